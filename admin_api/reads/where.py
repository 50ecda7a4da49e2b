"""Where the databases are read from: their addresses, with or without an edge that has them open."""

from __future__ import annotations

import os

from edge.store.files import Files


def shared_memory(files: Files) -> list[int]:
    """The inodes of both -shm files, the journal's first; 0: it is not there."""
    return [inode(f"{path}-shm") for path in (files.journal, files.roster)]


def inode(path: str) -> int:
    """0: it is not there."""
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0


def addresses(files: Files, shared: list[int]) -> tuple[str, str]:
    """The URIs of journal and roster to read: without locks where no edge has the file open (`shared_memory`)."""
    journal, roster = (
        f"{path.absolute().as_uri()}?mode=ro{'' if shm else '&vfs=unix-none'}"
        for path, shm in zip((files.journal, files.roster), shared, strict=True)
    )
    return journal, roster
