"""Wait in a cell for a person's click, without blocking the kernel that has to deliver it.

Whether a kernel hands on a click while a cell awaits depends on its version: ipykernel 6 does not (we hand it on
ourselves), 7.0 to 7.3 do through a subshell where the front end opens one, from 7.4 on all do.
"""

from __future__ import annotations

import asyncio
import os
from inspect import signature
from typing import TYPE_CHECKING, Any

from hilnb._pyodide import IN_PYODIDE
from hilnb.errors import NobodyCanAnswerError
from hilnb.widgets.nulls import send_none_as_null

if TYPE_CHECKING:
    from hilnb.widgets.session import Run

POLL = 0.1  # seconds
SUBSHELL_WITHIN = 3.0  # seconds a front end gets to open its subshell; measured: well under one


SEEN_WITHIN = 5.0  # seconds Voilà gets to show a panel while a cell waits; measured: well under two

NOT_IN_JUPYTERLITE = (
    "In JupyterLite no click is delivered while a cell runs: answer in the form above first, and run this cell then."
)

NOT_IN_VOILA = (
    "Voilà shows the page when all cells have run, so a cell that waits for a person would wait for ever:\nthe "
    "page ends here, and the form above works. The rest needs: voila --progressive_rendering=True, ipykernel>=7.4."
)


class WaitInterrupted(KeyboardInterrupt):
    """Interrupt Kernel ended an `await run`, or Ctrl-C the asking in a terminal; the run itself is as it was."""


def running_kernel() -> Any:
    """The Jupyter kernel this process is, or None in plain Python and in a terminal IPython."""
    try:
        from IPython.core.getipython import get_ipython  # slow to import, and not needed in a plain script
    except ImportError:
        return None
    return getattr(get_ipython(), "kernel", None)


def shell_of(kernel: Any) -> Any:
    """The kernel's IPython shell; JupyterLite's kernel has another name for it."""
    return kernel.interpreter if IN_PYODIDE else kernel.shell


def takes_clicks(kernel: Any) -> bool:
    """Whether the front end that sent the current cell has a person before it.

    It may ask for input then; nbclient and nbval say that it may not. So does Voilà, but its page can be clicked.
    """
    return in_voila() or bool(kernel.get_parent().get("content", {}).get("allow_stdin", True))


def in_voila() -> bool:
    """Whether Voilà has started this kernel."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def acknowledge_widget_messages(kernel: Any) -> None:
    """Have the kernel report each widget message as done, also those it handles while a cell awaits.

    ipykernel 7.4 lets them pass a cell that awaits, but sends no idle status for them then, and a widget sends its next
    change only after the last one was reported: of a text typed meanwhile only the first letter would ever arrive.
    JupyterLite's kernel reports them, and has a fault of its own.
    """
    if IN_PYODIDE:
        send_none_as_null()
        return
    handle = kernel.shell_handlers["comm_msg"]
    if getattr(handle, "acknowledges", False) or "concurrent" not in signature(kernel.dispatch_shell).parameters:
        return

    def acknowledged(stream: Any, identity: Any, message: dict[str, Any]) -> None:
        try:
            handle(stream, identity, message)
        finally:
            kernel._publish_status("idle", "shell", parent=message)

    acknowledged.acknowledges = True  # type: ignore[attr-defined]
    kernel.shell_handlers["comm_msg"] = acknowledged


async def wait_for(run: Run) -> None:
    """Return when the run has failed or finished.

    It looks again every tenth of a second: Interrupt Kernel cannot end the wait for a bare future.

    Raises:
        NobodyCanAnswerError: The run stands at a question, and no click can reach it while this cell waits.
        WaitInterrupted: Interrupt Kernel was pressed.
    """
    kernel = running_kernel()
    request = kernel.get_parent() if kernel else {}
    waited = 0.0
    try:
        while run.status not in ("failed", "finished"):
            if kernel:
                await _let_clicks_in(kernel, request, run, waited)
            await asyncio.sleep(POLL)
            waited += POLL
    except asyncio.CancelledError:
        if kernel is None:
            raise  # someone's own task was cancelled: theirs to handle
        raise WaitInterrupted(
            f"stopped waiting; the run is not lost: {run.headline}. Run `await` again to wait on."
        ) from None


async def _let_clicks_in(kernel: Any, request: dict[str, Any], run: Run, waited: float) -> None:
    needs_click = run.status in ("asking", "stopped", "elsewhere")
    if IN_PYODIDE:
        if needs_click:
            raise NobodyCanAnswerError(f"{run.headline}. {NOT_IN_JUPYTERLITE}")
        return
    import ipykernel  # there is a kernel, so it is installed

    if run.status == "elsewhere" and not takes_clicks(kernel):
        raise NobodyCanAnswerError(f"{run.headline}. run.look_again() finds out how it went on.")
    if needs_click and not takes_clicks(kernel):
        raise NobodyCanAnswerError(
            f"{run.headline}, and nobody can answer while this cell runs. Give the answers beforehand, "
            "run(…, unattended=[…]), or from code, run.submit(…)."
        )
    unseen = in_voila() and not run.on_screen
    if unseen and needs_click and waited > SEEN_WITHIN:
        print(NOT_IN_VOILA)  # Voilà does not show what an error says
        raise NobodyCanAnswerError(f"{run.headline}. {NOT_IN_VOILA}")
    version = ipykernel.version_info[:2]  # type: ignore[attr-defined]
    if version < (7, 0):
        await _hand_on_widget_messages(kernel, request)
    elif version < (7, 4) and not unseen and needs_click and waited > SUBSHELL_WITHIN and not _subshells(kernel):
        raise NobodyCanAnswerError(
            f"{run.headline}, but with ipykernel {'.'.join(map(str, version))} this front end delivers no click while "
            "a cell waits. Answer first and run this cell then; or pip install 'ipykernel>=7.4' and restart the kernel."
        )


def _subshells(kernel: Any) -> list[str]:
    thread = kernel.shell_channel_thread
    return list(thread.manager.list_subshell()) if thread else []


async def _hand_on_widget_messages(kernel: Any, request: dict[str, Any]) -> None:
    """Let ipykernel 6 handle the waiting widget messages now; cells that wait behind this one keep their order."""
    others = []
    while not kernel.msg_queue.empty():
        item = kernel.msg_queue.get_nowait()
        _, dispatch, arguments = item
        # Not everything queued is a message: the kernel also puts calls to itself there, without arguments.
        if arguments and _message_type(kernel.session, arguments[0]).startswith("comm_"):
            identity = kernel._parent_ident["shell"]
            await dispatch(*arguments)
            kernel.set_parent(identity, request)  # what is printed next belongs to the awaiting cell again
        else:
            others.append(item)
    for item in others:
        kernel.msg_queue.put_nowait(item)


def _message_type(session: Any, frames: Any) -> str:
    _, message = session.feed_identities(frames, copy=False)
    # content=False is a look from outside: the kernel itself may still read the message, which it may only once.
    return str(session.deserialize(message, content=False, copy=False)["header"]["msg_type"])
