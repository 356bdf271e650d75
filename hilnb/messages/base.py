"""What all messages have in common: they do not change, and they compare, copy, print and show themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, Literal, NoReturn, Self

from hilnb.messages.blocks import standard_blocks
from hilnb.messages.display import message_html
from hilnb.messages.frozen import FINAL, NO_DICT, freeze, thaw

__all__ = ["BaseMessage", "is_message", "kind_of"]

Content = str | list[str | dict[str, Any]]

_KINDS = {"human", "ai", "system", "tool", "remove", "function", "chat"}
_KINDS |= {f"{kind}MessageChunk" for kind in ("Human", "AI", "System", "Tool", "Function", "Chat")}


class Text(str):
    """A message's text. Old programs call it, `message.text()`; new ones do not."""

    __slots__ = ()

    def __call__(self) -> str:
        return str(self)


class BaseMessage:
    """What somebody said in a conversation (names and arguments: langchain-core's class of this name).

    A message does not change once it is made, nor do the lists and dicts it holds, so states and checkpoints share it:
    copying one gives the same object. To change it, make another: `message.model_copy(update={"content": "…"})`.

    Args:
        content: The text, or a list of content blocks as the model's API gives them.
        content_blocks: The same under its newer name; used when there is no `content`.
        given: Other fields by name: `id`, `name`, `additional_kwargs`, `response_metadata`, those of the subclass, and
            any of your own, which become attributes too.

    Raises:
        ValueError: A field holds what it cannot hold.
    """

    __slots__ = ("__dict__", "__weakref__", "_conversation")  # the last is for `add_messages` alone, and no field

    content: Content
    additional_kwargs: dict[str, Any]
    response_metadata: dict[str, Any]
    name: str | None
    id: str | None
    type: str = "base"

    _defaults: ClassVar[dict[str, Any]] = {
        "content": None,
        "additional_kwargs": NO_DICT,
        "response_metadata": NO_DICT,
        "name": None,
        "id": None,
    }
    _left_out_of_repr: ClassVar[tuple[str, ...]] = ()

    def __init__(self, content: Content | None = None, content_blocks: list[Any] | None = None, **given: Any) -> None:
        self._fill({"content": content_blocks if content is None else content, **given})

    def _fill(self, given: dict[str, Any]) -> None:
        fields = {**self._defaults, **given}
        if fields.pop("type", self.type) != self.type:
            raise self._wrong("type", given["type"], f"it is always {self.type!r}")
        self._settle(fields)
        self.__dict__.update({k: v if type(v) in FINAL else freeze(v) for k, v in fields.items()})

    def _settle(self, fields: dict[str, Any]) -> None:
        """Check the fields and bring them into their final form, in place."""
        content = fields["content"]
        if type(content) is tuple:
            content = fields["content"] = list(content)
        if (
            type(content) is not str
            and not isinstance(content, str)
            and not (isinstance(content, list) and all(isinstance(block, (str, dict)) for block in content))
        ):
            raise self._wrong("content", content, "it has to be text, or a list of texts and content blocks (dicts)")
        for name in ("additional_kwargs", "response_metadata"):
            if fields[name] is not NO_DICT and not isinstance(fields[name], dict):
                raise self._wrong(name, fields[name], "it has to be a dict")
        if fields["id"] is not None:
            fields["id"] = str(fields["id"])
        if fields["name"] is not None and not isinstance(fields["name"], str):
            raise self._wrong("name", fields["name"], "it has to be text or None")

    def _wrong(self, field: str, value: Any, rule: str) -> ValueError:
        return ValueError(f"{type(self).__name__}({field}={value!r:.200}): {rule}.")

    @property
    def text(self) -> Text:
        """The text of the content: of its text blocks, joined, when it is a list."""
        if isinstance(self.content, str):
            return Text(self.content)
        blocks = [block if isinstance(block, dict) else {"type": "text", "text": block} for block in self.content]
        return Text("".join(b["text"] for b in blocks if b.get("type") == "text" and isinstance(b.get("text"), str)))

    @property
    def content_blocks(self) -> list[dict[str, Any]]:
        """The content as LangChain's standard blocks, the tool calls among them."""
        return standard_blocks(self)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """This message with some fields changed, checked as if it were made anew; itself when nothing is changed.

        Args:
            update: The changed fields.
            deep: Makes no difference: nothing in a message can change.
        """
        return self._made({**vars(self), **update}) if update else self

    def with_id(self, id: str) -> Self:
        """This message with another id."""
        message = type(self).__new__(type(self))
        message.__dict__.update(vars(self), id=id)
        return message

    @classmethod
    def _made(cls, fields: dict[str, Any]) -> Self:
        message = cls.__new__(cls)
        message._fill(fields)
        return message

    @classmethod
    def model_validate(cls, value: Any) -> Self:
        """The message these fields make; a message as it is.

        Raises:
            ValueError: A field holds what it cannot hold.
        """
        return value if isinstance(value, cls) else cls(**value)

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
    ) -> dict[str, Any]:
        """The fields as plain lists and dicts.

        Args:
            mode: "json" leaves nothing that JSON does not have.
            include: Only these fields.
            exclude: Not these fields.
            exclude_none: Whether fields that are None are left out.
        """
        fields = dict.fromkeys(("content", "additional_kwargs", "response_metadata"))  # `type` comes fourth
        fields = {**fields, "type": self.type, **{name: thaw(value) for name, value in vars(self).items()}}
        kept = {
            name: value
            for name, value in fields.items()
            if (include is None or name in include)
            and name not in (exclude or ())
            and not (exclude_none and value is None)
        }
        return json.loads(json.dumps(kept)) if mode == "json" else kept

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """The fields as JSON text; the options are those of `model_dump`."""
        between = (",", ":") if indent is None else (",", ": ")
        return json.dumps(self.model_dump(**options), ensure_ascii=False, separators=between, indent=indent)

    def pretty_repr(self, html: bool = False) -> str:
        """The message under a headline of 80 characters.

        Args:
            html: Print the headline's text bold, by terminal codes. (The name is langchain-core's.)
        """
        title = f" {self.type.title()} Message "
        bars = "=" * ((80 - len(title)) // 2)
        headline = f"{bars}\033[1m{title}\033[0m{bars}" if html else f"{bars}{title}{bars}"
        headline += "=" * (len(title) % 2)
        named = f"\nName: {self.name}" if self.name is not None else ""
        return f"{headline}{named}\n\n{self.content}"

    def pretty_print(self) -> None:
        """Print `pretty_repr`, with a bold headline where someone is at the prompt."""
        print(self.pretty_repr(html=hasattr(sys, "ps2")))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(
            f"{type(self).__name__}.{name} = …: a message does not change once it is made. "
            f"Make a changed copy: message.model_copy(update={{{name!r}: …}})."
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"del {type(self).__name__}.{name}: a message does not change once it is made.")

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it holds lists and dicts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._shown())})"

    def __str__(self) -> str:
        return " ".join(self._shown())

    def _shown(self) -> Iterator[str]:
        for name, value in vars(self).items():
            default = self._defaults.get(name, ...)
            usual = value is default or (isinstance(default, str) and value == default)
            if name not in self._left_out_of_repr and (not usual or isinstance(default, (list, dict))):
                yield f"{name}={value!r}"

    def _repr_html_(self) -> str:
        return message_html(self)

    @classmethod
    def _accepted(cls, value: Any) -> Any:
        """What pydantic, where someone uses it, makes of a value for a field of this class."""
        if isinstance(value, cls) or (is_message(value) and cls.type in ("base", value.type)):
            return value
        if isinstance(value, Mapping) and value.get("type") == cls.type:
            return cls(**value)
        raise ValueError(f"{value!r:.200} is not an instance of {cls.__name__}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # only pydantic calls this

        plain = core_schema.plain_serializer_function_ser_schema(lambda message: message.model_dump())
        return core_schema.no_info_plain_validator_function(cls._accepted, serialization=plain)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        text_or_blocks = [{"type": "string"}, {"type": "array", "items": {"type": ["string", "object"]}}]
        properties = {"type": {"const": cls.type}, "content": {"anyOf": text_or_blocks}}
        return {"title": cls.__name__, "type": "object", "properties": properties, "required": ["content"]}


def kind_of(message: Any) -> str:
    """The message's type, in which a chunk is of the kind of the message it becomes."""
    return str(message.type).removesuffix("MessageChunk").lower()


def is_message(value: Any) -> bool:
    """Whether it is a message: one of ours, or, by its attributes, one of LangChain's."""
    # (What a table has under `type` is a whole column, which cannot be looked up in a set.)
    return isinstance(value, BaseMessage) or (
        isinstance(kind := getattr(value, "type", None), str)
        and kind in _KINDS
        and hasattr(value, "content")
        and hasattr(value, "model_copy")
    )
