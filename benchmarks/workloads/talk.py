"""Talk: a model and its tools, in one long turn or in many short ones, on a list of messages that grows."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, TypedDict

from benchmarks.engines import Library
from benchmarks.graph_job import graph_job
from benchmarks.job import Job, Workload
from benchmarks.keeping import Keep, Keeping, State
from benchmarks.loop_job import loop_job

__all__ = ["agent", "chat"]


class Line(NamedTuple):
    """A message of the hand-written loop."""

    type: str
    content: str
    tool_calls: Sequence[dict[str, Any]] = ()

    @classmethod
    def HumanMessage(cls, content: str) -> "Line":  # noqa: N802 - the libraries' name
        """What a person said."""
        return cls("human", content)

    @classmethod
    def AIMessage(cls, content: str, tool_calls: Sequence[dict[str, Any]] = ()) -> "Line":  # noqa: N802
        """What the model said."""
        return cls("ai", content, tool_calls)

    @classmethod
    def ToolMessage(cls, content: str, tool_call_id: str) -> "Line":  # noqa: N802
        """What the tool found."""
        return cls("tool", content)


def agent(turns: int, keeping: Keeping, goal: float | None) -> Workload:
    """One call in which the model asks for a tool `turns` times: 2 · turns + 2 messages."""
    return _talk(
        f"agent/{turns}/{keeping}", f"an agent's conversation of {turns} turns", goal, keeping, calls=1, turns=turns
    )


def chat(calls: int, keeping: Keeping, goal: float | None) -> Workload:
    """Many calls on one thread, each of them a question, a tool's call, its result and an answer."""
    return _talk(f"chat/{calls}/{keeping}", f"{calls} calls on one thread", goal, keeping, calls=calls, turns=1)


def _talk(name: str, about: str, goal: float | None, keeping: Keeping, *, calls: int, turns: int) -> Workload:
    def graph(library: Library) -> Job:
        def run(invoke: Callable[[Any], Any]) -> Any:
            for n in range(calls):
                result = invoke({"messages": [library.HumanMessage(f"question {n}")]})
            return result

        return graph_job(library, _agent(library, turns), run, keeping)

    def loop(keep: Keep | None) -> State:
        model, tool = _script(Line, turns)
        state: dict[str, list[Line]] = {"messages": []}

        def add(update: State) -> None:
            state["messages"] = state["messages"] + update["messages"]
            if keep:
                keep(state)

        for n in range(calls):
            add({"messages": [Line.HumanMessage(f"question {n}")]})
            add(model(state))
            while state["messages"][-1].tool_calls:
                add(tool(state))
                add(model(state))
        return state

    said = _said(calls, turns)
    return Workload(
        name,
        about,
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final={"messages": said},
        history=lambda: ({"messages": said[:n]} for n in range(len(said), 0, -1)),
    )


def _script(words: Any, turns: int) -> tuple[Callable[[Any], State], Callable[[Any], State]]:
    """A model that asks for its tool `turns` times and then answers, and the tool; both make messages of `words`."""

    def model(state: Any) -> State:
        turn, answers = divmod((len(state["messages"]) - 1) % (2 * turns + 2), 2)
        assert not answers, "the model speaks after the person and after the tool"
        if turn == turns:
            return {"messages": [words.AIMessage("answer")]}
        call = {"name": "look_up", "args": {"n": turn}, "id": f"call {turn}"}
        return {"messages": [words.AIMessage(f"look up {turn}", tool_calls=[call])]}

    def tool(state: Any) -> State:
        (call,) = state["messages"][-1].tool_calls
        return {"messages": [words.ToolMessage(f"found {call['args']['n']}", tool_call_id=call["id"])]}

    return model, tool


def _agent(library: Library, turns: int) -> Any:
    model, tool = _script(library, turns)
    add_messages = library.add_messages

    def route(state: Any) -> str:
        return "tool" if state["messages"][-1].tool_calls else library.END

    class Talk(TypedDict):
        messages: Annotated[list[Any], add_messages]

    builder = library.StateGraph(Talk)
    builder.add_node("model", model)
    builder.add_node("tool", tool)
    builder.add_edge(library.START, "model")
    builder.add_conditional_edges("model", route, ["tool", library.END])
    return builder.add_edge("tool", "model")


def _said(calls: int, turns: int) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    for n in range(calls):
        said.append(("human", f"question {n}"))
        for turn in range(turns):
            said += [("ai", f"look up {turn}"), ("tool", f"found {turn}")]
        said.append(("ai", "answer"))
    return said
