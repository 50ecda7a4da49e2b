"""The command line: each verb says what it did, and on failure one line that says what to do."""
