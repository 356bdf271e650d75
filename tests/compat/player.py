"""What a program does with its graphs, written down so that two libraries can be compared."""

import asyncio
from dataclasses import dataclass, field
from pprint import pformat
from typing import Any

from tests.compat.plain import Plain, Raised

THREAD = {"configurable": {"thread_id": "1"}}


@dataclass
class Player:
    """Calls graphs, blocking or awaiting, and keeps what is heard: events, results, states, errors."""

    awaiting: bool
    heard: list[Any] = field(default_factory=list)
    plain: Plain = field(default_factory=Plain)

    def stream(
        self, graph, given, mode=("updates", "values", "tasks"), config=THREAD, *, sort=False, shown=None, **options
    ):
        """Stream to the end and write every event down, or what `shown` makes of it.

        The events are sorted when several nodes finish in any order.
        """
        events: list[Any] = []
        modes = list(mode) if isinstance(mode, tuple) else mode
        self._try(lambda: self._collect(graph, given, config, {"stream_mode": modes, **options}, events))
        if sort:
            events.sort(key=lambda event: pformat(Plain()(event)))
            # Turns are told apart by what they were given; what comes of them may be the same, in any order.
            for event in events:
                if isinstance(event, tuple) and isinstance(event[-1], dict) and "triggers" in event[-1]:
                    self.plain(event)
            events.sort(key=lambda event: pformat(self.plain(event)))
        self.heard += [self.plain(shown(event) if shown else event) for event in events]
        return events

    def invoke(self, graph, given, config=THREAD, **options):
        """Invoke and write the result down."""
        return self.call(graph, "invoke", given, config, **options)

    def state(self, graph, config=THREAD, **options):
        """Write the thread's state down, or what the config names."""
        return self.call(graph, "get_state", config, **options)

    def update(self, graph, values, config=THREAD, **options):
        """Write to the thread's state from outside; the config of the new checkpoint."""
        return self.call(graph, "update_state", config, values, **options)

    def call(self, graph, method, *args, **options):
        """Call a method that has an async twin and write its result down."""
        return self.attempt(lambda: self._call(graph, method, *args, **options))

    def history(self, graph, config=THREAD, **options):
        """Write the thread's history down, newest first."""
        snapshots = self._try(lambda: self._snapshots(graph, config, options)) or []
        self.heard += [self.plain(snapshot) for snapshot in snapshots]
        return snapshots

    def attempt(self, action):
        """Do something and write down what comes of it: its result or its error."""
        return self._try(action, note=True)

    def note(self, what):
        """Write down anything else."""
        self.heard.append(self.plain(what))

    def _call(self, graph, method, *args, **options):
        if self.awaiting:
            return asyncio.run(getattr(graph, f"a{method}")(*args, **options))
        return getattr(graph, method)(*args, **options)

    def _collect(self, graph, given, config, options, events):
        if not self.awaiting:
            for event in graph.stream(given, config, **options):
                events.append(event)
            return

        async def collect():
            async for event in graph.astream(given, config, **options):
                events.append(event)

        asyncio.run(collect())

    def _snapshots(self, graph, config, options):
        if not self.awaiting:
            return list(graph.get_state_history(config, **options))

        async def collect():
            return [snapshot async for snapshot in graph.aget_state_history(config, **options)]

        return asyncio.run(collect())

    def _try(self, action, *, note=False):
        try:
            result = action()
        except Exception as error:
            self.heard.append(Raised(error))
            return None
        if note:
            self.note(result)
        return result
