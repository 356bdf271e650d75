"""Threads kept in a file: what was answered is on disk before the node that asked goes on.

Read `saver` first (what is asked of it), then `values` (what a step costs) and `file` (what can go wrong).
"""

from hilnb.checkpoint.sqlite.saver import SqliteSaver

__all__ = ["SqliteSaver"]
