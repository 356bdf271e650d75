"""Ready-made: the node that runs tools, an agent that uses it, the payloads people are asked with.

Read in this order: interrupt, injected, requests, failures, tool_node, chat_agent_executor.
"""

from hilnb.prebuilt.chat_agent_executor import create_react_agent
from hilnb.prebuilt.tool_node import InjectedState, InjectedStore, ToolNode, ToolRuntime, tools_condition

__all__ = ["InjectedState", "InjectedStore", "ToolNode", "ToolRuntime", "create_react_agent", "tools_condition"]
