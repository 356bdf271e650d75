"""What hilnb costs beside LangGraph and beside a plain loop: `python -m benchmarks`.

Read in this order: engines, job, workloads, measure, size, growth, imports, fsyncs, report, __main__.
"""
