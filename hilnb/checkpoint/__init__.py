"""Keeping threads: the saver contract and the savers."""
