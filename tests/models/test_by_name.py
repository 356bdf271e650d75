"""Models by their names, as tutorials name them."""

import pytest

from hilnb.models import init_chat_model
from hilnb.prebuilt import create_react_agent


@pytest.mark.parametrize("name", ["anthropic:claude-opus-5-5", "claude-opus-5-5"])
def test_a_name_makes_claude(name):
    assert repr(init_chat_model(name, max_tokens=10)) == "ChatAnthropic(model='claude-opus-5-5', max_tokens=10)"


def test_a_provider_may_stand_beside_the_name():
    assert init_chat_model("my-own", model_provider="anthropic").model == "my-own"


def test_no_name_means_the_default(monkeypatch):
    monkeypatch.setenv("HILNB_MODEL", "claude-of-the-house")

    assert init_chat_model().model == "claude-of-the-house"


@pytest.mark.parametrize("name", ["openai:gpt-4o", "gpt-4o"])
def test_another_providers_model_is_refused_and_says_what_to_do(name):
    with pytest.raises(ValueError, match=f"{name}.*make LangChain's chat model and use it in its place"):
        init_chat_model(name)


def test_an_agent_takes_a_models_name():
    assert "agent" in create_react_agent("anthropic:claude-opus-5-5", []).nodes

    with pytest.raises(ValueError, match="hilnb has Anthropic's models"):
        create_react_agent("openai:gpt-4o", [])
