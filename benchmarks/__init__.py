"""What hilnb costs beside LangGraph and beside a plain loop: `python -m benchmarks`.

Read in this order:

| files | what they are about |
|---|---|
| `engines` | the names of both libraries |
| `job` `keeping` `graph_job` `loop_job` | what an engine does, and how it is proved that it did |
| `workloads` | the work itself |
| `quiet` `measure` | how engines take turns, and what is told of it |
| `size` `growth` `imports` `fsyncs` | what is no plain ratio of times |
| `report` | the tables |
"""
