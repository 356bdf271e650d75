"""Tool calls of another framework, decided about under the cell."""

from __future__ import annotations

from playwright.sync_api import expect

AGENT = """
import hilnb
from agents import Runner
from tests.payloads.scripted_agents import clerk

ran = []
agent = clerk([("send", {"to": "Ann"}), ("send", {"to": "<b>Bo</b>"})], [("send", {"to": "Cem"})], "Done.", ran=ran)
result = await Runner.run(agent, "Send it.")
run = hilnb.ask(result)
"""


def test_an_agent_of_openai_runs_on_with_what_was_decided_and_does_not_ask_what_is_allowed(open_notebook):
    notebook = open_notebook([AGENT, "result = await Runner.run(agent, await run)\nprint(result.final_output, ran)"])
    notebook.run_all()
    notebook.button(0).wait_for()
    shown = notebook.output(0)

    shown.get_by_label("Approve", exact=True).first.check()
    shown.get_by_label("Always allow").first.check()
    shown.get_by_label("Reject", exact=True).nth(1).check()
    shown.get_by_label("Reason", exact=True).nth(1).fill("Bo has it.")
    notebook.button(0).click()

    notebook.expect_finished(0)
    expect(notebook.output(1)).to_contain_text("Done. [('Ann', 1), ('Cem', 1)]")
    expect(shown).to_contain_text("<b>Bo</b>")
    expect(shown).to_contain_text("rejected, because: Bo has it.")
    assert shown.locator(".hilnb-graph").count() == 0
