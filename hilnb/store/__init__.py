"""Remembering across threads: the store contract and the stores."""
