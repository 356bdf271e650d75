"""The key is used, and appears nowhere: a test looks for it in everything there is to see."""

import asyncio
import copy
import gc
import logging
import pickle
import pprint
import traceback

import pytest
from IPython.core.ultratb import VerboseTB

from hilnb.errors import ModelError
from hilnb.models import ChatAnthropic, cassette
from hilnb.models.secrets import Secret, scrubbed
from hilnb.prebuilt import create_react_agent
from tests.models.programs import KEY, claude, search
from tests.models.server import Refusal, Server, Silence, calls, says

LEAKING = f"the proxy says: bad header authorization: Bearer {KEY}"
TROUBLE = {
    "key": Refusal(401, "authentication_error", LEAKING),
    "request": Refusal(400, "invalid_request_error", LEAKING),
    "server": Refusal(500, "api_error", LEAKING, {"x-request-headers": KEY}),
    "lost": says("one two three", lost_after=3),
    "silence": Silence(),
}


def all_that_a_traceback_shows(error):
    """The traceback with the variables of every frame, and those of every error behind it."""
    seen = []
    while error is not None:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        seen += ["".join(told.format()), repr(error), pprint.pformat(vars(error)), repr(error.args)]
        seen.append(VerboseTB().text(type(error), error, error.__traceback__))  # a notebook's "%xmode Verbose"
        error = error.__cause__ or error.__context__
    return "\n".join(seen)


@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream"])
@pytest.mark.parametrize("trouble", TROUBLE)
def test_no_error_shows_the_key(trouble, way):
    async def alisten(model):
        return [chunk async for chunk in model.astream("hi")]

    with Server(TROUBLE[trouble]) as server:
        model = claude(server, timeout=0.05 if trouble == "silence" else 30).bind_tools([search])
        ask = {
            "invoke": lambda: model.invoke("hi", max_tokens=30_000),  # so that it is streamed
            "stream": lambda: list(model.stream("hi")),
            "ainvoke": lambda: asyncio.run(model.ainvoke("hi", max_tokens=30_000)),
            "astream": lambda: asyncio.run(alisten(model)),
        }[way]
        with pytest.raises(ModelError) as raised:
            ask()

    assert KEY in server.headers[0]["authorization"]
    shown = all_that_a_traceback_shows(raised.value)
    assert "hi" in shown
    assert KEY not in shown
    assert KEY.encode() not in pickle.dumps(raised.value)


def test_an_error_before_the_request_does_not_show_the_key():
    with Server() as server, pytest.raises(ModelError) as raised:
        claude(server).invoke("hi", metadata={"user_id": object()})

    assert "The request could not be made: TypeError" in str(raised.value)
    assert KEY not in all_that_a_traceback_shows(raised.value)


def test_a_key_that_is_refused_is_not_shown():
    with pytest.raises(ModelError) as raised:
        ChatAnthropic(api_key=KEY + "\n")

    # The frame of this test, in which the key is a name like any other, is the caller's.
    assert KEY not in all_that_a_traceback_shows(raised.value.with_traceback(raised.tb.tb_next))


def test_the_log_of_the_sdk_does_not_show_the_key(caplog):
    caplog.set_level(logging.DEBUG)
    with Server(says("Hello"), Refusal(400, "invalid_request_error", "no")) as server, pytest.raises(ModelError):
        model = claude(server)
        model.invoke("hi")
        list(model.stream("hi"))

    assert "anthropic" in caplog.text
    assert KEY not in caplog.text


def test_nothing_a_model_gives_shows_the_key(tmp_path, capsys):
    path = tmp_path / "told.json"
    with Server(calls("search", {"query": "weather"}), says("It is sunny."), says(f"Your key is {KEY}")) as server:
        model = claude(server)
        recorded = cassette(path, model)
        agent = create_react_agent(recorded, [search])
        given = {"messages": [("user", f"What is the weather? My key is {KEY}, by the way.")]}
        events = [str(event) for event in agent.stream(given, stream_mode=["messages", "updates", "debug"])]
        message = model.invoke("hi")
    shown = {
        "repr": [repr(model), str(model), repr(model.bind_tools([search])), repr(recorded), repr(agent)],
        "vars": [pprint.pformat(vars(each)) for each in (model, recorded, model._connection)],
        "attributes": [repr([getattr(each, name) for name in dir(each)]) for each in (model, model._connection)],
        "pickle": [str(pickle.dumps(model)), str(pickle.dumps(model.bind(metadata={})))],
        "output": [*capsys.readouterr()],
        "html": [getattr(model, "_repr_html_", str)()],
        "cassette": [path.read_text()],
        "events": [event.replace(f"My key is {KEY}, by the way", "") for event in events],
    }

    assert [name for name, texts in shown.items() if any(KEY in text for text in texts)] == []
    assert "My key is [secret], by the way" in shown["cassette"][0]
    assert message.content.endswith(KEY)  # the model's words are not touched, only what is kept beside them


def test_a_pickled_model_takes_the_key_of_the_process_it_comes_to(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-other-key")
    with Server(says("1"), says("2")) as server:
        model = claude(server).bind_tools([search])
        model.invoke("hi")

        pickle.loads(pickle.dumps(model)).invoke("hi")

    assert [headers["authorization"] for headers in server.headers] == [f"Bearer {KEY}", "Bearer the-other-key"]
    assert server.bodies[0]["tools"] == server.bodies[1]["tools"]


@pytest.mark.parametrize(
    ("name", "instead"), [("anthropic_api_key", "api_key=…"), ("default_headers", "extra_headers={…}")]
)
def test_a_key_under_another_name_is_refused_unseen(name, instead):
    with pytest.raises(TypeError, match=f"ChatAnthropic\\({name}=…\\): write {instead}") as raised:
        ChatAnthropic(**{name: KEY})

    assert KEY not in all_that_a_traceback_shows(raised.value.with_traceback(raised.tb.tb_next))


def test_headers_are_sent_and_not_recorded(tmp_path):
    with Server(says("Hi")) as server:
        model = claude(server, extra_headers={"x-gateway": KEY})
        cassette(tmp_path / "told.json", model).invoke("hi")

    assert server.headers[0]["x-gateway"] == KEY
    assert KEY not in (tmp_path / "told.json").read_text()
    assert cassette(tmp_path / "told.json").invoke("hi").content == "Hi"
    assert KEY not in repr(model)


def test_a_copied_model_is_the_same_one():
    model = ChatAnthropic(api_key=KEY)

    assert copy.copy(model) is copy.deepcopy(model) is model


def test_a_secret_keeps_to_itself():
    secret = Secret(KEY)

    assert (repr(secret), f"{secret}", secret.reveal()) == ("[secret]", "[secret]", KEY)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_what_is_short_is_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    with Server(says("This is a test.")) as server:
        ChatAnthropic(base_url=server.url)
        cassette(tmp_path / "told.json", ChatAnthropic(base_url=server.url)).invoke("a test")

    assert "This is a test." in (tmp_path / "told.json").read_text()


def test_anything_that_looks_like_a_key_is_one():
    assert scrubbed("sk-ant-api03-AbC_123-xyz!") == "[secret]!"


def test_a_model_that_is_gone_closes_its_connections():
    with Server(says("Hi")) as server:
        model = claude(server)
        model.invoke("hi")
        client = model._connection._client

        del model
        gc.collect()

        assert client.is_closed()
