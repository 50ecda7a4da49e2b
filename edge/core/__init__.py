"""Frozen values and pure functions: nothing here knows a clock, a socket, a thread, a database or a log."""
