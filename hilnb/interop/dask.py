"""Nodes on a Dask cluster."""

from __future__ import annotations

import contextlib
import pickle
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from typing import Any

try:
    from distributed import CancelledError, Client, KilledWorker, get_worker
    from distributed.diagnostics.plugin import SchedulerPlugin
except ModuleNotFoundError as error:
    raise ImportError('nodes on a Dask cluster need "distributed": pip install "distributed>=2025.1".') from error

from hilnb.graph.parcel import Parcel, carry_out, dumps

__all__ = ["executor"]

_OURS = "hilnb:"

Hear = Callable[[int, Any], None]


def executor(client: Client) -> Executor:
    """An executor for `compile(executor=…)` whose nodes run on a Dask cluster.

    The workers need hilnb and whatever the nodes import; functions and classes that were defined in the notebook travel
    with each turn. A question waits in the graph's checkpointer, and never on a worker.

    A turn runs once. One that is sent again while it is under way, as after Stop or an interrupted cell, is the same
    task to the cluster; what was sent is not called back. When a worker dies, Dask would run its tasks on another; for
    hilnb's it is told not to, as nobody knows how far a node had got: the run ends with a WorkerLostError, or the
    node's own `retry_policy` runs it again.

    What a node writes to the stream is told while it runs.

    Args:
        client: Of a running cluster. It stays yours to close.

    Raises:
        TypeError: It is no `distributed.Client`, or an asynchronous one.
    """
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(f"executor({client!r}): give a distributed.Client that blocks, as Client(cluster) makes it.")
    client.register_plugin(_NeverTwice(), name="hilnb")
    return _Cluster(client)


class _NeverTwice(SchedulerPlugin):
    """Has the scheduler give up a turn of ours when its worker dies, whether it was at work or had ended."""

    idempotent = True

    async def start(self, scheduler: Any) -> None:
        self.scheduler = scheduler

    def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:
        if not (isinstance(key, str) and key.startswith(_OURS)):
            return
        if finish == "processing":
            # It counts how many workers died of a task, and gives it up when there were more than these.
            self.scheduler.tasks[key].suspicious = self.scheduler.allowed_failures
        elif finish == "memory":
            self.scheduler.tasks[key].run_spec = None  # a result that is lost with its worker is not made anew


class _Cluster(Executor):
    """Sends turns to the cluster under their own keys, so that one that is sent again is the same task."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.is_shut = False
        self.listeners: dict[str, Hear] = {}  # of the turns under way, by key
        self.one_at_a_time = threading.Lock()
        self.topic = f"{_OURS}{uuid.uuid4()}"
        client.subscribe_topic(self.topic, self._hear)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a turn carried out by a worker."""
        (parcel,) = args
        return self._send(parcel, fn, parcel)

    def submit_aloud(self, parcel: Parcel, hear: Hear) -> Future[Any]:
        """The same, with what the node says while it runs; nothing more of it is heard when the future is done."""
        self.listeners[parcel.key] = hear
        return self._send(parcel, _carry_out_aloud, parcel, self.topic)

    def _send(self, parcel: Parcel, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        if self.is_shut:
            raise RuntimeError("the executor was shut down; make another: hilnb.interop.dask.executor(client).")
        sent = self.client.submit(fn, *args, key=parcel.key, pure=False, retries=0)
        reply: Future[Any] = Future()
        reply.set_running_or_notify_cancel()
        sent.add_done_callback(partial(self._pass_on, parcel.key, reply))
        return reply

    def _hear(self, event: tuple[float, Any]) -> None:
        """Hand over what a node says. The client calls this on its own loop."""
        _, (key, number, data) = event
        with self.one_at_a_time:
            if hear := self.listeners.get(key):
                hear(number, pickle.loads(data))  # by our own worker, whom we have sent code to run

    def _pass_on(self, key: str, reply: Future[Any], sent: Any) -> None:
        """Hand over what came, a dead worker in the words of every executor; the cluster then forgets it."""
        with self.one_at_a_time:
            self.listeners.pop(key, None)
        try:
            reply.set_result(sent.result())
        except KilledWorker as error:
            reply.set_exception(BrokenExecutor(f"Dask lost {error.last_worker.address}"))
        except CancelledError as error:
            reply.set_exception(BrokenExecutor(f"Dask says: {error}"))
        except BaseException as error:
            reply.set_exception(error)
        finally:
            sent.release()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work. The client stays open, and what was begun goes on."""
        self.is_shut = True


def _carry_out_aloud(parcel: Parcel, topic: str) -> bytes:
    """Carry out a turn on a worker; what its node says is sent at once, too, over Dask's log of events."""
    worker = get_worker()

    def say(number: int, event: Any) -> None:
        with contextlib.suppress(Exception):  # what cannot be pickled is refused at the end
            worker.log_event(topic, (parcel.key, number, dumps(event)))

    return carry_out(parcel, say)
