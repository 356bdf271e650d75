"""What these tests share: messages that call tools, a graph around a ToolNode, a model that follows a script."""

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, MessagesState, StateGraph
from hilnb.messages import AIMessage
from hilnb.models import ScriptedModel
from hilnb.prebuilt import create_react_agent

THREAD = {"configurable": {"thread_id": "1"}}
HI = {"messages": [("user", "hi")]}


class Conversation(MessagesState):
    user: str


def calling(*calls, id="ai", message=AIMessage):
    """A model's message that calls tools: `(name, arguments)` each."""
    made = [
        {"name": name, "args": args, "id": f"{id}-{n}", "type": "tool_call"} for n, (name, args) in enumerate(calls)
    ]
    return message("", id=id, tool_calls=made)


def around(node, **options):
    """A graph whose one node is the ToolNode."""
    builder = StateGraph(Conversation).add_node("tools", node).add_edge(START, "tools").add_edge("tools", END)
    return builder.compile(checkpointer=MemorySaver(), **options)


def asked(*calls):
    """A state in which a model calls tools."""
    return {"messages": [calling(*calls)], "user": "Ann"}


def answers(state):
    """What the tools answered: `(content, status)` each."""
    return [(message.content, message.status) for message in state["messages"] if message.type == "tool"]


def approved(tools, approval, *said, saver=None, **options):
    """An agent whose tool calls a person approves; the model says this, and then that it is done."""
    return create_react_agent(
        ScriptedModel([*said, "done"]), tools, post_model_hook=approval, checkpointer=saver or MemorySaver(), **options
    )


class Scripted:
    """A model that says what it was given, one message a turn, and remembers what it was asked."""

    def __init__(self, *said):
        self.said, self.heard, self.tools = list(said), [], None

    def bind_tools(self, tools, **_):
        self.tools = tools
        return self

    def with_structured_output(self, schema):
        return Filled(schema)

    def invoke(self, messages, config=None):
        self.heard.append([(message.type, message.content) for message in messages])
        return self.said[len(self.heard) - 1]

    async def ainvoke(self, messages, config=None):
        return self.invoke(messages)


class Filled:
    """What a model's structured output is: here the schema's name and the last words."""

    def __init__(self, schema):
        self.schema = schema

    def invoke(self, messages, config=None):
        return {self.schema.__name__: messages[-1].content, "first": messages[0].content}

    async def ainvoke(self, messages, config=None):
        return self.invoke(messages)
