"""What people, models and tools say to one another (names: langchain-core's `messages`).

Read in this order: frozen, blocks, display, base, kinds, merging, partial_json, chunks, convert, step, select, trim,
openai, utils.
"""

from hilnb.messages.base import BaseMessage
from hilnb.messages.chunks import (
    AIMessageChunk,
    BaseMessageChunk,
    HumanMessageChunk,
    SystemMessageChunk,
    ToolCallChunk,
    ToolMessageChunk,
    message_chunk_to_message,
)
from hilnb.messages.convert import (
    AnyMessage,
    MessageLikeRepresentation,
    convert_to_messages,
    message_to_dict,
    messages_from_dict,
    messages_to_dict,
)
from hilnb.messages.kinds import (
    AIMessage,
    HumanMessage,
    InvalidToolCall,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UsageMetadata,
)
from hilnb.messages.openai import convert_to_openai_messages
from hilnb.messages.select import filter_messages, get_buffer_string, merge_message_runs
from hilnb.messages.trim import count_tokens_approximately, trim_messages

__all__ = [
    "AIMessage",
    "AIMessageChunk",
    "AnyMessage",
    "BaseMessage",
    "BaseMessageChunk",
    "HumanMessage",
    "HumanMessageChunk",
    "InvalidToolCall",
    "MessageLikeRepresentation",
    "RemoveMessage",
    "SystemMessage",
    "SystemMessageChunk",
    "ToolCall",
    "ToolCallChunk",
    "ToolMessage",
    "ToolMessageChunk",
    "UsageMetadata",
    "convert_to_messages",
    "convert_to_openai_messages",
    "count_tokens_approximately",
    "filter_messages",
    "get_buffer_string",
    "merge_message_runs",
    "message_chunk_to_message",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
    "trim_messages",
]
