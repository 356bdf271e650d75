"""The tool with which a model asks a person."""

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ask_human, create_react_agent
from hilnb.types import Command
from tests.prebuilt.graphs import THREAD, answers, calling

HI = {"messages": [("user", "hi")]}


def agent(args, saver=None):
    model = ScriptedModel([calling(("ask_human", args)), "done"])
    return create_react_agent(model, [ask_human], checkpointer=saver or MemorySaver())


def test_the_answer_is_the_tools_result(run, saver):
    graph = agent({"question": "Which size?"}, saver)

    (question,) = run(graph, HI, THREAD)["__interrupt__"]
    state = run(graph, Command(resume="large"), THREAD)

    assert (question.value, question.response_schema) == ("Which size?", None)
    assert answers(state) == [("large", "success")]


def test_choices_become_the_form_of_the_answer(run, saver):
    graph = agent({"question": "Which size?", "choices": ["small", "large"]}, saver)

    (question,) = run(graph, HI, THREAD)["__interrupt__"]
    state = run(graph, Command(resume="large"), THREAD)

    assert question.value == "Which size?"
    assert question.response_schema == {"type": "string", "enum": ["small", "large"]}
    assert answers(state) == [("large", "success")]


@pytest.mark.parametrize(("answer", "heard"), [({"n": 1}, '{"n": 1}'), (["a"], '["a"]'), (3, "3"), (False, "false")])
def test_an_answer_that_is_no_text_is_heard_as_json(answer, heard):
    graph = agent({"question": "Which size?"})
    graph.invoke(HI, THREAD)

    (told,) = answers(graph.invoke(Command(resume=answer), THREAD))

    assert told == (heard, "success")


def test_a_model_reads_what_the_arguments_are():
    assert ask_human.args["question"]["description"].startswith("What you want to know")
    assert ask_human.args["choices"]["description"].startswith("The possible answers")
    assert ask_human.get_input_jsonschema()["required"] == ["question"]
