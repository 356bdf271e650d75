"""A conversation with a model, recorded once and replayed without a key."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal

from hilnb.errors import CassetteError
from hilnb.messages import AIMessage, AIMessageChunk
from hilnb.models.base import ChatModel
from hilnb.models.pieces import cut, joined
from hilnb.models.question import Question
from hilnb.models.tape import Tape, asked_of, difference, read_tape, turn_of, write_tape, written

__all__ = ["Cassette", "cassette"]

_SHOWN_LINES = 60


def cassette(path: str | os.PathLike[str], model: ChatModel | None = None) -> Cassette:
    """A model that records another one's turns in a file, and answers from the file once it is there.

    The file's turns are answered in their order, and each has to be asked as it was when it was recorded: the same
    messages, tools and options. To record again, delete the file.

    Args:
        path: The file, JSON. Keys of Anthropic's, and what the environment and the model know as one, are left out.
        model: Answers while it records; not asked, and not needed, when the file is there.

    Raises:
        CassetteError: The file cannot be read; or it is not there, and neither is a model.
        TypeError: The model is not one of hilnb's.
    """
    return Cassette(path, model)


class Cassette(ChatModel):
    """A model that records or replays; `cassette` makes it, and says how it works.

    Args:
        path: The file.
        model: The model to record.

    Attributes:
        path: The file.
        mode: "recording" or "replaying".
    """

    path: Path
    mode: Literal["recording", "replaying"]

    def __init__(self, path: str | os.PathLike[str], model: ChatModel | None = None) -> None:
        if model is not None and not isinstance(model, ChatModel):
            raise TypeError(f"cassette(…, {model!r:.100}): it records models of hilnb.models: ChatAnthropic, for one.")
        self.path = Path(path)
        self.mode = "replaying" if self.path.exists() else "recording"
        if self.mode == "replaying":
            tape = read_tape(self.path)
        elif model is None:
            raise CassetteError(
                f"There is no cassette {self.path} to replay. Check the name and the folder ({Path.cwd()}); or give a "
                "model to record: cassette(file, ChatAnthropic())."
            )
        elif not self.path.parent.is_dir():
            raise CassetteError(f"There is no folder {self.path.parent} to record {self.path.name} in. Make it first.")
        else:
            tape = Tape(repr(model), written(model.kwargs, model._secrets()), model._forces_tools())
        super().__init__(tags=model.tags if model else None, **(model.kwargs if model else tape.bound))
        self._model, self._reel = model, _Reel(tape)

    def _answer(self, question: Question) -> AIMessage:
        if self.mode == "replaying":
            return self._replayed(question)
        return self._recorded(question, self._recorder._answer(question))

    async def _aanswer(self, question: Question) -> AIMessage:
        if self.mode == "replaying":
            return self._replayed(question)
        return self._recorded(question, await self._recorder._aanswer(question))

    def _pieces(self, question: Question) -> Iterator[AIMessageChunk]:
        if self.mode == "replaying":
            yield from cut(self._replayed(question))
            return
        chunks = []
        for chunk in self._recorder._pieces(question):
            chunks.append(chunk)
            yield chunk
        self._recorded(question, joined(chunks))

    async def _apieces(self, question: Question) -> AsyncIterator[AIMessageChunk]:
        if self.mode == "replaying":
            for chunk in cut(self._replayed(question)):
                yield chunk
            return
        chunks = []
        async for chunk in self._recorder._apieces(question):
            chunks.append(chunk)
            yield chunk
        self._recorded(question, joined(chunks))

    @property
    def _recorder(self) -> ChatModel:
        assert self._model is not None
        return self._model

    def _recorded(self, question: Question, answer: AIMessage) -> AIMessage:
        turn = turn_of(question, answer, self._secrets())
        with self._reel.lock:
            self._reel.tape.turns.append(turn)
            write_tape(self.path, self._reel.tape)
        return answer

    def _replayed(self, question: Question) -> AIMessage:
        asked = asked_of(question, self._secrets())
        with self._reel.lock:
            turns, number = self._reel.tape.turns, self._reel.used + 1
            if number > len(turns):
                raise CassetteError(
                    f"{self.path} has {len(turns)} turns, all replayed, and was asked once more: "
                    f"{asked['messages'][-1]!r:.300}. {_ANEW}"
                )
            turn = turns[number - 1]
            if changed := difference(turn.asked, asked):
                raise CassetteError(
                    f"{self.path}: turn {number} is asked differently from when it was recorded. {_ANEW}\n"
                    f"{_shortened(changed)}"
                )
            self._reel.used = number
        return turn.message

    def _secrets(self) -> set[str]:
        return super()._secrets() if self._model is None else self._model._secrets()

    def _about(self, question: Question) -> dict[str, Any]:
        return super()._about(question) if self._model is None else self._model._about(question)

    def _forces_tools(self) -> bool:
        return self._reel.tape.forces_tools if self._model is None else self._model._forces_tools()

    def _shown(self) -> list[str]:
        turns = len(self._reel.tape.turns)
        done = f"{self._reel.used} of {turns} turns used" if self.mode == "replaying" else f"{turns} turns so far"
        return [repr(str(self.path)), f"{self.mode}, {done}"]


_ANEW = "Ask as it was asked then, or delete the file and run this with a model to record it again."


class _Reel:
    """A tape and the place reached on it; models that are bound copies share it."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.used = 0
        self.lock = threading.Lock()


def _shortened(text: str) -> str:
    lines = text.splitlines()
    left = len(lines) - _SHOWN_LINES
    return text if left <= 0 else "\n".join([*lines[:_SHOWN_LINES], f"… and {left} more lines"])
