"""Bridges to other libraries: each is an extra, and imported only when it is asked for."""
