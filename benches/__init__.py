"""Measurements: each a ratio against a limit that is measured in the same run, printed with its absolutes and its bar."""
