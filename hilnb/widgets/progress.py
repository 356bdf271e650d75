"""How far many threads are: a bar of tqdm's, where somebody may be looking."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from hilnb.widgets.wait import running_kernel, takes_clicks

TOLD_EVERY = 0.1  # seconds

FORMAT = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
"""tqdm's own, but for the rate: how many wait and have failed is of more use, and there has to be room for the bar."""


class Bar:
    """A bar, shown until the block ends; in a notebook its last state stays, as text.

    It is a widget under a cell, and a line in a terminal. Nothing is shown where output goes to a file or to nobody:
    what is kept there is the same each time.

    Args:
        total: How many threads there are.
        said: Tells how it stands with all of them.
        is_wanted: Whether to show it at all.
    """

    def __init__(self, total: int, said: Callable[[], str], is_wanted: bool) -> None:
        self._said, self._told = said, 0.0
        self._bar, self._handle = _bar(total, is_wanted)

    def step(self) -> None:
        """One more thread has ended, waits or has failed."""
        if self._bar is None:
            return
        if time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            self._bar.set_postfix_str(self._said(), refresh=False)
        self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is None:
            return
        self._bar.set_postfix_str(self._said())
        if self._handle is not None:  # a widget does not survive in a saved notebook
            self._handle.update({"text/plain": self._bar.container.__repr__(pretty=True)}, raw=True)
        self._bar.close()


def _bar(total: int, is_wanted: bool) -> tuple[Any, Any]:
    """The bar, and the display it stands in; None where there is none."""
    kernel = running_kernel()
    if not is_wanted or (kernel is not None and not takes_clicks(kernel)):
        return None, None
    if kernel is None:
        from tqdm import tqdm

        # None: shown where a terminal is.
        return _unwatched(tqdm)(total=total, bar_format=FORMAT, disable=None), None
    from IPython.display import display
    from tqdm.notebook import tqdm as tqdm_in_notebook

    bar = _unwatched(tqdm_in_notebook)(total=total, bar_format=FORMAT, display=False)
    bar.container.children[1].layout.min_width = "8em"
    return bar, display(bar.container, display_id=True)  # type: ignore[no-untyped-call]


def _unwatched(kind: Any) -> Any:
    """The bar without the thread that watches all of tqdm's bars: Pyodide has none to start."""
    return type("Bar", (kind,), {"monitor_interval": 0})
