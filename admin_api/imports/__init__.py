"""Imports: a file is read and checked by a process of its own, shown, and then applied by edge in steps."""
