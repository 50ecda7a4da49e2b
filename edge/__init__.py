"""The gate's own daemon: reads credentials, decides, writes down, moves doors, syncs. The only writer of the databases."""

__version__ = "0.1.0"
