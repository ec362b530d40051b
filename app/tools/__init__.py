"""The tools: plain functions over opened slides, for agents, for other programs, and for the page's conversation.

`toolbox.Toolbox` has one method for each tool. `tool_calls` describes them to others and checks their arguments.
"""
