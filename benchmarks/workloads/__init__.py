"""The workloads, each written once for both libraries with its hand-written twin beside it."""

from benchmarks.job import Workload
from benchmarks.workloads.chains import chain, chain_async, compiling, first_event
from benchmarks.workloads.fans import fan_out, waiting
from benchmarks.workloads.loops import cycle, history, subgraphs, wide
from benchmarks.workloads.people import round_trip, round_trips_async
from benchmarks.workloads.talk import agent, chat

__all__ = ["ALL", "agent", "chain"]

ALL: list[Workload] = [
    chain(100, "none", goal=0.04),
    chain(100, "memory", goal=0.04),
    chain(1000, "memory", goal=None),
    cycle(1000, "memory", goal=0.05),
    fan_out(1000, "none", goal=0.05),
    fan_out(1000, "memory", goal=0.04),
    wide(300, 20, "none", goal=None),
    wide(300, 20, "memory", goal=0.20),
    subgraphs(100, "memory", goal=0.03),
    round_trip("memory", goal=0.025),
    agent(200, "memory", goal=0.04),
    agent(400, "memory", goal=0.02),
    chat(100, "memory", goal=0.07),
    chain_async(100, "memory", goal=0.05),
    round_trips_async(200, "memory", goal=0.06),
    history(1000, goal=0.12),
    first_event(100, "memory", goal=0.02),
    compiling(200, goal=0.04),
    chain(100, "sqlite", goal=0.40),
    round_trip("sqlite", goal=0.35),
    waiting(32, 0.01, goal=1.2),
]
"""Those of the table; a goal is the project's own, where it has one."""
