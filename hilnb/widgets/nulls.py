"""None on its way to the page: JupyterLite's kernel drops it, so that what was hidden stays hidden, and a choice made.

Pyodide turns None into JavaScript's undefined, and a message has no place for that; it has one for null.
"""

from __future__ import annotations

import sys
from typing import Any


def send_none_as_null() -> None:
    """Have JupyterLite's kernel send what is None in a widget as null, from now on."""
    from pyodide import ffi

    kernel = sys.modules.get("pyodide_kernel.comm")  # of another one in Pyodide we know nothing
    if kernel is None or not hasattr(ffi, "jsnull"):  # Pyodide 0.27 has none
        return
    publish = kernel.Comm.publish_msg
    if getattr(publish, "knows_null", False):
        return

    def publish_msg(self: Any, msg_type: str, data: Any = None, *rest: Any, **keywords: Any) -> None:
        publish(self, msg_type, with_null(data or {}, ffi.jsnull), *rest, **keywords)

    publish_msg.knows_null = True  # type: ignore[attr-defined]
    kernel.Comm.publish_msg = publish_msg


def with_null(value: Any, null: Any) -> Any:
    """Return the value with another one in the place of each None, however deep.

    >>> with_null({"layout": {"display": None}, "options": ["a", None], "index": 0}, "null")
    {'layout': {'display': 'null'}, 'options': ['a', 'null'], 'index': 0}
    """
    if value is None:
        return null
    if isinstance(value, dict):
        return {key: with_null(each, null) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_null(each, null) for each in value]
    return value
