"""Opening the database files: which pragmas, which rights, which version. Nothing else in the house opens them."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from edge.core.errors import StoreError

JOURNAL_PAGE = 1024
"""Small pages: a line of the journal touches half a dozen of them, and each is written twice (measured 14 kB a line in the WAL, 28 with 4 KiB)."""
VERSIONS = {"roster": 3, "journal": 2, "secrets": 2}
WAL_ROOM = 24 << 20
"""The journal's WAL keeps this much room: a commit that grows the file waits longer for the disk (measured 343 us against 175)."""
ROSTER_CACHE_KB = 24_000
"""Pages of the roster the journal's connection keeps: a decision looks at half a dozen random ones."""
MODE_SHARED, MODE_PRIVATE = 0o640, 0o600


@dataclass(frozen=True)
class Files:
    """Where the databases of one edge lie."""

    folder: Path

    @property
    def roster(self) -> Path:
        return self.folder / "roster.db"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.db"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.db"

    @property
    def codes_key(self) -> Path:
        return self.folder / "card-codes.key"

    @property
    def parts(self) -> Path:
        return self.folder / "snapshot.parts"

    @property
    def photos(self) -> Path:
        return self.folder / "photos"

    @property
    def evidence(self) -> Path:
        """The pictures kept with readings."""
        return self.folder / "evidence"

    @property
    def socket(self) -> Path:
        return self.folder / "edge.sock"


def connect(path: Path, *, read_only: bool = False, attach: dict[str, Path] | None = None) -> sqlite3.Connection:
    """A connection in autocommit mode with the house's pragmas; attached files are read-only always.

    WAL and FULL: an acknowledged commit survives a power cut. The writer checkpoints, nobody else does.
    """
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    try:
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
        db.execute("PRAGMA busy_timeout = 5000")
        if read_only:
            db.execute("PRAGMA query_only = ON")
        else:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what was erased is not left lying in the pages it was in
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute(f"PRAGMA journal_size_limit = {WAL_ROOM}")
        db.execute("PRAGMA cache_size = -8000")
        db.execute("PRAGMA temp_store = MEMORY")
        for name, other in (attach or {}).items():
            db.execute(f"ATTACH DATABASE ? AS {name}", (f"{other.absolute().as_uri()}?mode=ro",))
            db.execute(f"PRAGMA {name}.cache_size = -{ROSTER_CACHE_KB}")
    except sqlite3.Error as error:
        raise StoreError(
            f"{path}: cannot be opened: {error}. `gatelatch doctor` checks the files; `gatelatch restore` puts a backup back."
        ) from error
    return db


def create_or_migrate(path: Path, kind: str, *, mode: int, page_size: int = 4096, on_create: str = "") -> None:
    """Bring a database of this kind to the present version, in one transaction a step; forward only.

    on_create: SQL run in the same transaction as the first version. Raises StoreError for a file from a newer version.
    """
    try:
        fresh = not path.exists() or path.stat().st_size == 0
        if fresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, mode))
            path.chmod(mode)
            sync_folder(path.parent)
        db = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path}: cannot be made or opened: {error}. Is `state` in the settings a folder this user may write?"
        ) from error
    try:
        if fresh:
            db.execute(f"PRAGMA page_size = {page_size}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        found: int = db.execute("PRAGMA user_version").fetchone()[0]
        newest = VERSIONS[kind]
        if found > newest:
            raise StoreError(
                f"{path} was written by a newer version (schema {found}, this one knows {newest}). Install that version again, or restore an older backup."
            )
        for version in range(found + 1, newest + 1):
            script = resources.files("edge.store.schema").joinpath(f"{kind}_{version:04}.sql").read_text("utf-8")
            extra = on_create if version == 1 else ""
            db.executescript(f"BEGIN IMMEDIATE;\n{script}\n{extra}\nPRAGMA user_version = {version};\nCOMMIT;")
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"{path}: cannot be opened for writing: {error}. Is the disk full? `gatelatch doctor` shows what is."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: damaged or not a database: {error}. `gatelatch restore BACKUP` puts a backup back.") from error
    finally:
        db.close()


def make_readable(path: Path, mode: int = MODE_SHARED) -> None:
    """See to it that -wal and -shm exist with the group's read right, so that the desk can read with edge up or down.

    A read-only WAL connection needs both files; the folder is not writable for its user, so it cannot make them.
    """
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, mode))
        file.chmod(mode)


def make_room(path: Path) -> None:
    """Give a database whose WAL is missing or empty one with room in it. Call it before the first connection.

    SQLite takes a WAL without a valid header for an empty one and writes over it from the start. A WAL that holds anything
    is never touched; nothing locks this file, so opening it takes no lock away.
    """
    wal = path.with_name(path.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        return
    fd = os.open(wal, os.O_CREAT | os.O_WRONLY, MODE_SHARED)
    try:
        # Written, not only allocated: an extent's first write costs the disk a line of its own journal. Block by block, or the
        # kernel keeps it in huge pages and books two megabytes for every line.
        block = bytes(4096)
        for start in range(0, WAL_ROOM, len(block)):
            os.pwrite(fd, block, start)
        os.fdatasync(fd)
    except OSError:
        os.ftruncate(fd, 0)  # the disk has not that much left: room is a comfort, what is left is for what happens
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable (fsync of the directory)."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
