"""The read side: short queries over roster.db and journal.db, opened read-only. Nothing here can change a row."""
