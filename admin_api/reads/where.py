"""Where the databases are read from: their addresses, with or without an edge that has them open."""

from __future__ import annotations

from edge.store.files import Files


def shared_memory(files: Files) -> list[int]:
    """The inodes of both -shm files, the journal's first; 0: it is not there."""
    found = []
    for path in (files.journal, files.roster):
        try:
            found.append(path.with_name(f"{path.name}-shm").stat().st_ino)
        except FileNotFoundError:
            found.append(0)
    return found


def addresses(files: Files, shared: list[int]) -> tuple[str, str]:
    """The URIs of journal and roster to read: without locks where no edge has the file open (`shared_memory`)."""
    journal, roster = (
        f"{path.absolute().as_uri()}?mode=ro{'' if shm else '&vfs=unix-none'}"
        for path, shm in zip((files.journal, files.roster), shared, strict=True)
    )
    return journal, roster
