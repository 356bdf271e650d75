"""Ready-made: the node that runs tools, an agent that uses it, a person's approval, the payloads people are asked with.

Read in this order: interrupt, human_in_the_loop, asking, injected, requests, failures, finished, tool_node, decisions,
approval, agent_model, chat_agent_executor.
"""

from hilnb.prebuilt.approval import ToolApproval
from hilnb.prebuilt.asking import ask_human
from hilnb.prebuilt.chat_agent_executor import create_react_agent
from hilnb.prebuilt.tool_node import InjectedState, InjectedStore, ToolNode, ToolRuntime, tools_condition

__all__ = [
    "InjectedState",
    "InjectedStore",
    "ToolApproval",
    "ToolNode",
    "ToolRuntime",
    "ask_human",
    "create_react_agent",
    "tools_condition",
]
