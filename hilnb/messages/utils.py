"""LangChain's second path to what is done with messages; the code is in the files beside this one."""

from hilnb.messages.chunks import message_chunk_to_message
from hilnb.messages.convert import (
    AnyMessage,
    MessageLikeRepresentation,
    convert_to_messages,
    messages_from_dict,
)
from hilnb.messages.openai import convert_to_openai_messages
from hilnb.messages.select import filter_messages, get_buffer_string, merge_message_runs
from hilnb.messages.trim import count_tokens_approximately, trim_messages

__all__ = [
    "AnyMessage",
    "MessageLikeRepresentation",
    "convert_to_messages",
    "convert_to_openai_messages",
    "count_tokens_approximately",
    "filter_messages",
    "get_buffer_string",
    "merge_message_runs",
    "message_chunk_to_message",
    "messages_from_dict",
    "trim_messages",
]
