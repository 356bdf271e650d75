"""Lead what a node prints or displays into its run's log, and leave everybody else's output alone.

Who prints is decided by a context variable, not by the thread: the engine runs nodes under copied context, so
the output of parallel nodes and of async nodes finds its run too, and a cell running at the same time keeps its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Sink(Protocol):
    """Something that takes a node's output, from any thread."""

    def write(self, text: str) -> None:
        """Take printed text."""

    def show(self, data: dict[str, Any]) -> None:
        """Take a displayed mimebundle."""


_sink: ContextVar[Sink | None] = ContextVar("hilnb_output_sink", default=None)


@contextmanager
def captured_by(sink: Sink) -> Iterator[None]:
    """Send what is printed and displayed in this context, and in copies of it, to `sink`."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


class _Switched:
    """Stands in for `sys.stdout` or `sys.stderr`: asks for a sink, and is otherwise the stream itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> Any:
        sink = _sink.get()
        if sink is None:
            return self._stream.write(text)
        sink.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def install(display_publisher: Any) -> None:
    """Make the present stdout, stderr and IPython's display publisher ask for a sink first.

    Called at the start of each run, because tools such as `%%capture` exchange these objects; what asks already stays
    as it is. (Wrapping the streams' own `write` would be simpler, but IPython does that too, and undoes it, per cell.)
    """
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), _Switched):
            setattr(sys, name, _Switched(getattr(sys, name)))
    if not hasattr(display_publisher.publish, "asks_for_sink"):
        display_publisher.publish = _publish_through(display_publisher.publish)


def _publish_through(original: Callable[..., Any]) -> Callable[..., Any]:
    def publish(data: dict[str, Any], *args: Any, **options: Any) -> Any:
        sink = _sink.get()
        # An update belongs to a display made elsewhere; only the front end can find it.
        if sink is None or options.get("update"):
            return original(data, *args, **options)
        sink.show(data)
        return None

    publish.asks_for_sink = True  # type: ignore[attr-defined]
    return publish
