"""Run one program on LangGraph and on hilnb, blocking and awaiting, and tell what each of them did."""

import asyncio
import importlib
import re
import warnings
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

THREAD = {"configurable": {"thread_id": "1"}}


def library(name: str) -> SimpleNamespace:
    """The public names of a library, by LangGraph's import paths."""
    graph, types, memory, errors = (
        importlib.import_module(f"{name}.{path}") for path in ("graph", "types", "checkpoint.memory", "errors")
    )
    names = {
        **{n: getattr(graph, n) for n in ("StateGraph", "START", "END")},
        **{n: getattr(types, n) for n in ("Command", "Send", "interrupt", "Interrupt")},
        **{n: getattr(errors, n) for n in ("GraphInterrupt", "InvalidUpdateError", "EmptyInputError")},
        "MemorySaver": memory.MemorySaver,
    }
    return SimpleNamespace(name=name, **names)


@dataclass
class Player:
    """What a program does with its graphs, written down: events, results, states, errors."""

    awaiting: bool
    heard: list[Any] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def stream(self, graph, given, mode=("updates", "values", "tasks"), config=THREAD, *, sort=False):
        """Stream to the end and write every event down; sorted when several nodes finish in any order."""
        events: list[Any] = []
        self._try(lambda: self._collect(graph, given, config, list(mode) if isinstance(mode, tuple) else mode, events))
        if sort:
            events.sort(key=lambda event: re.sub("[0-9a-f]{8}-?[0-9a-f-]{23,}", "", repr(event)))
        self.heard += [self._plain(event) for event in events]
        return events

    def invoke(self, graph, given, config=THREAD, **options):
        """Invoke and write the result down."""
        return self._try(lambda: self._call(graph, "invoke", given, config, **options), note=True)

    def state(self, graph, config=THREAD):
        """Write the thread's state down."""
        return self._try(lambda: self._call(graph, "get_state", config), note=True)

    def history(self, graph, config=THREAD):
        """Write the thread's history down."""
        self.heard += [self._plain(snapshot) for snapshot in graph.get_state_history(config)]

    def note(self, what):
        """Write down anything else."""
        self.heard.append(self._plain(what))

    def _call(self, graph, method, *args, **options):
        if self.awaiting:
            return asyncio.run(getattr(graph, f"a{method}")(*args, **options))
        return getattr(graph, method)(*args, **options)

    def _collect(self, graph, given, config, mode, events):
        if not self.awaiting:
            for event in graph.stream(given, config, stream_mode=mode):
                events.append(event)
            return

        async def collect():
            async for event in graph.astream(given, config, stream_mode=mode):
                events.append(event)

        asyncio.run(collect())

    def _try(self, action, *, note=False):
        try:
            result = action()
        except Exception as error:
            self.heard.append(("raised", _lineage(error)))
            return None
        if note:
            self.note(result)
        return result

    def _plain(self, value: Any) -> Any:
        """Without what differs between any two runs: ids by order of appearance, no times."""
        if isinstance(value, BaseException):
            return ("error", _lineage(value))
        if hasattr(value, "_asdict"):
            return self._plain({k: v for k, v in value._asdict().items() if k != "created_at"})
        if isinstance(value, dict):
            return {k: self._id(v) if k in ("id", "checkpoint_id") else self._plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._plain(item) for item in value)
        if type(value).__name__ == "Interrupt":
            return ("Interrupt", self._plain(value.value), self._id(value.id))
        return value

    def _id(self, value: Any) -> str:
        return self.ids.setdefault(value, f"id-{len(self.ids)}")


def _lineage(error: BaseException) -> str:
    """The built-in kind of an error: libraries may name theirs more closely."""
    for kind in type(error).__mro__:
        if kind.__module__ == "builtins" or kind.__name__ in ("InvalidUpdateError", "EmptyInputError"):
            return kind.__name__
    return "BaseException"


def heard(program, name: str, awaiting: bool) -> list[Any]:
    """What a program hears on one library, in one of the two worlds."""
    player = Player(awaiting)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program(library(name), player)
    return player.heard
