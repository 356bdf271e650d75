"""Whether this is Pyodide, Python in a browser: there are no threads and no other programs, but there is JavaScript."""

import sys

__all__ = ["IN_PYODIDE"]

IN_PYODIDE: bool = sys.platform == "emscripten"
"""What a thread would do is then done by the caller at once, or on the running event loop."""
