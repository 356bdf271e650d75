"""A message shows itself: printed as the how-to prints it, and as HTML in which nothing it says is markup."""

import re
import sys
from html.parser import HTMLParser

import langchain_core.messages
import pytest

from hilnb.messages import AIMessage, AIMessageChunk, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from hilnb.messages.display import message_html

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><a href='javascript:alert(3)'>&amp;</a>"


class Page(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert {name for name, _ in attrs} <= {"style"}

    def handle_data(self, data):
        self.text += data


EVIL_MESSAGES = {
    "text": HumanMessage(EVIL),
    "name": HumanMessage("", name=EVIL),
    "block": AIMessage([{"type": "text", "text": EVIL}]),
    "block type": AIMessage([{"type": EVIL}]),
    "thinking": AIMessage([{"type": "thinking", "thinking": EVIL}]),
    "tool name": AIMessage("", tool_calls=[{"name": EVIL, "args": {}, "id": "1"}]),
    "argument name": AIMessage("", tool_calls=[{"name": "f", "args": {EVIL: 1}, "id": "1"}]),
    "argument": AIMessage("", tool_calls=[{"name": "f", "args": {"a": EVIL}, "id": "1"}]),
    "unreadable arguments": AIMessage("", invalid_tool_calls=[{"name": "f", "args": EVIL, "id": "1"}]),
    "their error": AIMessage("", invalid_tool_calls=[{"name": "f", "args": "", "id": "1", "error": EVIL}]),
    "result": ToolMessage(EVIL, tool_call_id="1", status="error"),
    "id": RemoveMessage(EVIL),
}


@pytest.mark.parametrize("message", EVIL_MESSAGES.values(), ids=EVIL_MESSAGES)
def test_markup_in_a_message_is_shown_as_text(message):
    page = Page(message._repr_html_())

    assert EVIL in page.text
    assert set(page.tags) <= {"div", "b", "span", "pre", "details", "summary"}


def test_an_argument_deep_inside_is_escaped_too():
    message = AIMessage("", tool_calls=[{"name": "f", "args": {"a": [{"b": "<img src=x>"}]}, "id": "1"}])

    page = Page(message._repr_html_())

    assert "img" not in page.tags
    assert '[{"b": "<img src=x>"}]' in page.text


def test_a_message_shows_role_text_and_calls():
    message = AIMessage(
        [{"type": "text", "text": "Let me ask."}, {"type": "tool_use", "id": "1", "name": "ask_human", "input": {}}],
        tool_calls=[{"name": "ask_human", "args": {"question": "Where?", "options": ["ä"], "n": None}, "id": "1"}],
    )

    shown = Page(message._repr_html_()).text

    assert shown == 'AILet me ask.calls ask_humanquestionWhere?options["ä"]nnull'


def test_each_role_has_its_name():
    messages = [HumanMessage("a", name="ada"), SystemMessage("b"), AIMessageChunk("c"), RemoveMessage("7")]

    assert [Page(m._repr_html_()).text for m in messages] == ["Human adaa", "Systemb", "AIc", "Remove 7"]


def test_a_failed_tool_says_so():
    assert Page(ToolMessage("no", tool_call_id="1", name="f", status="error")._repr_html_()).text == "Tool f errorno"


def test_a_langchain_message_can_be_shown():
    assert Page(message_html(langchain_core.messages.AIMessage("hi"))).text == "AIhi"


def test_colours_are_the_pages_own():
    html = ToolMessage("no", tool_call_id="1", status="error")._repr_html_()

    # Text inherits its colour, so it is readable on any page; only stripes and the word "error" have their own.
    assert set(re.findall(r";color:([^;\"]+)", html)) == {"inherit"}


def test_a_message_prints_under_a_headline(capsys, monkeypatch):
    monkeypatch.delattr(sys, "ps2", raising=False)

    HumanMessage("hi").pretty_print()

    assert (
        capsys.readouterr().out
        == "================================ Human Message =================================\n\nhi\n"
    )


def test_a_headline_is_bold_where_someone_is_at_the_prompt(capsys, monkeypatch):
    monkeypatch.setattr(sys, "ps2", "... ", raising=False)

    AIMessage("hi").pretty_print()

    assert "=\033[1m Ai Message \033[0m=" in capsys.readouterr().out
