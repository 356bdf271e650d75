"""Nodes on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from typing import Any

try:
    from distributed import CancelledError, Client, KilledWorker
    from distributed.diagnostics.plugin import SchedulerPlugin
except ModuleNotFoundError as error:
    raise ImportError('nodes on a Dask cluster need "distributed": pip install "distributed>=2025.1".') from error

__all__ = ["executor"]

_OURS = "hilnb:"


def executor(client: Client) -> Executor:
    """An executor for `compile(executor=…)` whose nodes run on a Dask cluster.

    The workers need hilnb and whatever the nodes import; functions and classes that were defined in the notebook travel
    with each turn. A question waits in the graph's checkpointer, and never on a worker.

    A turn runs once. One that is sent again while it is under way, as after Stop or an interrupted cell, is the same
    task to the cluster; what was sent is not called back. When a worker dies, Dask would run its tasks on another; for
    hilnb's it is told not to, as nobody knows how far a node had got: the run ends with a WorkerLostError, or the
    node's own `retry_policy` runs it again.

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

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a turn carried out by a worker."""
        if self.is_shut:
            raise RuntimeError("the executor was shut down; make another: hilnb.interop.dask.executor(client).")
        (parcel,) = args
        sent = self.client.submit(fn, parcel, key=parcel.key, pure=False, retries=0)
        reply: Future[Any] = Future()
        reply.set_running_or_notify_cancel()
        sent.add_done_callback(partial(_pass_on, reply))
        return reply

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work. The client stays open, and what was begun goes on."""
        self.is_shut = True


def _pass_on(reply: Future[Any], sent: Any) -> None:
    """Hand over what came, a dead worker in the words of every executor; the cluster then forgets it."""
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
