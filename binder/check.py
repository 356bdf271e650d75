"""Whether this environment can do what the lessons need: draw a graph, ask under a cell, go on with the answer."""

from __future__ import annotations

from typing import Any

from jupyter_client.manager import start_new_kernel

DRAW = """
import shutil
import hilnb
from hilnb import END, START, MemorySaver, StateGraph, interrupt

def ask(state):
    return {"said": interrupt("Does it work?")}

builder = StateGraph(dict).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
graph = builder.compile(checkpointer=MemorySaver())
graph
"""
ASK = """
run = hilnb.run(graph, {})
run.wait_until_standing()
run.submit("yes")
(await run)["said"]
"""


def main() -> None:
    """Run the two cells as a person before JupyterLab would.

    Raises:
        SystemExit: Something was not shown; the build of the image fails with it.
    """
    manager, kernel = start_new_kernel(startup_timeout=120)
    try:
        drawn, asked = (shown_by(kernel, cell) for cell in (DRAW, ASK))
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel()
    if not any("<svg" in data.get("text/html", "") for data in drawn):
        raise SystemExit(f"no graph was drawn, but: {drawn}")
    if not any("application/vnd.jupyter.widget-view+json" in data for data in asked):
        raise SystemExit(f"no form came up under the cell, but: {asked}")
    if asked[-1].get("text/plain") != "'yes'":
        raise SystemExit(f"the run did not go on with the answer, but: {asked[-1]}")
    print("a graph was drawn, a form came up, and the run went on with the answer")


def shown_by(kernel: Any, cell: str) -> list[dict[str, Any]]:
    """What a cell displays, last of all its result."""
    shown: list[dict[str, Any]] = []

    def take(message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] in ("display_data", "execute_result"):
            shown.append(message["content"]["data"])

    reply = kernel.execute_interactive(cell, allow_stdin=True, timeout=120, output_hook=take)
    if reply["content"]["status"] != "ok":
        raise SystemExit("\n".join(reply["content"]["traceback"]))
    return shown


if __name__ == "__main__":
    main()
