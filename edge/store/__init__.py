"""The databases: files, schema, one writer thread each, and the transactions that commands and decisions run in."""
