"""What the package offers, and what importing it costs."""

import subprocess
import sys

import pytest

import hilnb.models


def test_all_names_are_there():
    assert all(getattr(hilnb.models, name).__name__ == name for name in hilnb.models.__all__)
    assert set(hilnb.models.__all__) <= set(dir(hilnb.models))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'ChatOpenAI'"):
        _ = hilnb.models.ChatOpenAI


@pytest.mark.parametrize(
    "code",
    [
        "import hilnb.models",
        "from hilnb.models import ChatAnthropic; repr(ChatAnthropic(api_key='a-key').bind(metadata={}))",
        "from hilnb.models import ScriptedModel; ScriptedModel(['Hi']).invoke('hi')",
    ],
)
def test_the_sdk_is_not_loaded_before_claude_is_asked(code):
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*{{'anthropic', 'httpx2', 'pydantic'}} & {{*sys.modules}})"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == ""
