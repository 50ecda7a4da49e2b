"""Bringing the databases of an edge into being, or up to the present version."""

from __future__ import annotations

from edge.store.files import JOURNAL_PAGE, MODE_SHARED, Files, create_or_migrate, make_room
from edge.store.journal import first_hash


def open_stores(files: Files, new_log_id: str) -> None:
    """Create or migrate roster and journal. new_log_id: the log of a journal that is created now. Raises StoreError."""
    genesis = first_hash(new_log_id).hex()
    create_or_migrate(files.roster, "roster", mode=MODE_SHARED)
    create_or_migrate(
        files.journal,
        "journal",
        mode=MODE_SHARED,
        page_size=JOURNAL_PAGE,
        on_create=f"INSERT INTO head VALUES (1, '{new_log_id}', 0, x'{genesis}', 1, x'{genesis}', 0, 0, 0);",
    )
    make_room(files.journal)
