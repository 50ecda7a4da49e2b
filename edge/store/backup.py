"""Backup and restore of an edge's three databases and its photos: copied online by VACUUM INTO, verified, in one tar file with a manifest."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from edge.commands.photos import LARGEST_PHOTO
from edge.core.errors import Conflict, Invalid, StoreError
from edge.store.facts import FactsReader
from edge.store.files import MODE_PRIVATE, MODE_SHARED, VERSIONS, Files, connect, make_readable, sync_folder
from edge.store.journal import JournalTransaction, verify

NAMES = ("journal", "roster", "secrets")
"""In this order: what the journal counts as spent must be in the roster that is copied after it."""
FORMAT = 1
LARGEST_MANIFEST = 64 * 1024
WORKSPACE = ".backup-"
"""How the folder begins in which one is made; what is in it was never whole."""
_PHOTO = re.compile(r"photos/([0-9a-f]{64})\.jpg")


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds: when (ms), of which program, each file's SHA-256 and schema version, and where the journal stood."""

    format: int
    at: int
    program: str
    files: dict[str, str]
    schemas: dict[str, int]
    log_id: str
    last_seq: int
    events: int


def backup(files: Files, target: Path, *, at: int, program: str) -> Manifest:
    """Write a verified backup while the edge runs. Raises StoreError; an existing target is not touched (Conflict)."""
    if target.exists():
        raise Conflict(f"{target} exists already; name another file")
    with _workspace(target.parent) as folder:
        for name in NAMES:
            source = files.folder / f"{name}.db"
            try:
                with closing(connect(source, read_only=True)) as db:
                    db.execute(
                        "PRAGMA query_only = OFF"
                    )  # it would forbid the new file; the source is opened read-only all the same
                    db.execute("VACUUM INTO ?", (str(folder / f"{name}.db"),))
            except sqlite3.Error as error:
                raise StoreError(f"{source} cannot be copied: {error}") from error
        manifest = _look(folder, at=at, program=program)
        part = folder / "backup.tar"
        with tarfile.open(part, "w") as tar:
            text = msgspec.json.format(msgspec.json.encode(manifest))
            head = tarfile.TarInfo("manifest.json")
            head.size, head.mode = len(text), MODE_PRIVATE
            tar.addfile(head, io.BytesIO(text))
            for name in NAMES:
                tar.add(folder / f"{name}.db", f"{name}.db")
            for photo in sorted(files.photos.glob("*.jpg")):
                with suppress(FileNotFoundError):  # it was taken away just now
                    tar.add(photo, f"photos/{photo.name}")
        _durable(part)
        part.chmod(MODE_PRIVATE)
        os.replace(part, target)
        sync_folder(target.parent)
    return manifest


def manifest_of(source: Path) -> Manifest | None:
    """What a backup says that it holds, without looking further; None when it is none."""
    try:
        with tarfile.open(source) as tar:
            head = tar.next()
            stream = tar.extractfile(head) if head and head.name == "manifest.json" and head.size <= LARGEST_MANIFEST else None
            return msgspec.json.decode(stream.read(), type=Manifest) if stream else None
    except (tarfile.TarError, OSError, msgspec.MsgspecError):
        return None


def restore(source: Path, files: Files, *, at: int, new_log_id: str) -> tuple[Manifest, Path | None]:
    """Put a backup in place of the databases (the edge must be stopped). Returns (manifest, where the old ones lie now).

    Everything is verified before anything is moved. The journal gets a new log id: central must not take its next events
    for those that followed before. Raises Invalid when the backup is damaged or from a newer version.
    """
    files.folder.mkdir(parents=True, exist_ok=True)
    with _workspace(files.folder) as folder:
        manifest = _unpack(source, folder)
        _new_log(folder, new_log_id, at)
        aside = _move_aside(files, at)
        for name in NAMES:
            path = folder / f"{name}.db"
            path.chmod(MODE_PRIVATE if name == "secrets" else MODE_SHARED)
            owner = files.folder.stat()
            if os.geteuid() == 0:
                os.chown(path, owner.st_uid, owner.st_gid)
            _durable(path)
            os.replace(path, files.folder / path.name)
        _put_photos(folder / "photos", files)
        sync_folder(files.folder)
    for path in (files.roster, files.journal):
        make_readable(path)
        if os.geteuid() == 0:
            for suffix in ("-wal", "-shm"):
                os.chown(path.with_name(path.name + suffix), owner.st_uid, owner.st_gid)
    return manifest, aside


@contextmanager
def _workspace(beside: Path) -> Iterator[Path]:
    """A private folder on the same file system, gone afterwards."""
    with TemporaryDirectory(prefix=WORKSPACE, dir=beside) as folder:
        yield Path(folder)


def _look(folder: Path, *, at: int, program: str) -> Manifest:
    """Verify the copies and say what they are. Raises StoreError."""
    schemas = {}
    for name in NAMES:
        with closing(sqlite3.connect(folder / f"{name}.db")) as db:
            found = db.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise StoreError(f"{name}.db is damaged: {found}")
            schemas[name] = db.execute("PRAGMA user_version").fetchone()[0]
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        events, wrong = verify(db)
        if wrong:
            raise StoreError(f"the journal does not verify: {wrong[0]}")
        log_id, seq = db.execute("SELECT log_id, seq FROM head").fetchone()
    sums = {name: _sum(folder / f"{name}.db") for name in NAMES}
    return Manifest(format=FORMAT, at=at, program=program, files=sums, schemas=schemas, log_id=log_id, last_seq=seq, events=events)


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source) as tar:
            members = {m.name: m for m in tar.getmembers() if m.isreg()}
            head = members.get("manifest.json")
            stream = tar.extractfile(head) if head and head.size <= LARGEST_MANIFEST else None
            if stream is None:
                raise Invalid(f"{source} is not a Gatelatch backup: it has no manifest")
            manifest = msgspec.json.decode(stream.read(), type=Manifest)
            for name in NAMES:
                stream = tar.extractfile(members[f"{name}.db"])
                if stream is None:
                    raise KeyError(name)
                with (folder / f"{name}.db").open("wb") as out:
                    shutil.copyfileobj(stream, out)
            for name, member in members.items():
                _unpack_photo(tar, name, member, folder)
    except (tarfile.TarError, OSError, KeyError, msgspec.DecodeError) as error:
        raise Invalid(f"{source} is not a whole Gatelatch backup: {error}") from error
    newer = [n for n in NAMES if manifest.schemas.get(n, 0) > VERSIONS[n]]
    if newer or manifest.format > FORMAT:
        raise Invalid(f"{source} was written by a newer version ({manifest.program}); install that one first")
    for name in NAMES:
        if _sum(folder / f"{name}.db") != manifest.files[name]:
            raise Invalid(f"{source}: {name}.db is not what was backed up (its checksum differs)")
    _look(folder, at=manifest.at, program=manifest.program)
    return manifest


def _unpack_photo(tar: tarfile.TarFile, name: str, member: tarfile.TarInfo, folder: Path) -> None:
    """A photo is called by its own hash: one that is not what it is called is left out, the record says that it is missing."""
    found, stream = _PHOTO.fullmatch(name), tar.extractfile(member)
    if found is None or stream is None or member.size > LARGEST_PHOTO:
        return
    data = stream.read()
    if hashlib.sha256(data).hexdigest() == found[1]:
        (folder / "photos").mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _put_photos(source: Path, files: Files) -> None:
    if not source.exists():
        return
    target, owner = files.photos, files.folder.stat()
    target.mkdir(mode=0o750, exist_ok=True)
    for path in source.iterdir():
        path.chmod(MODE_SHARED)
        _durable(path)
        os.replace(path, target / path.name)
    if os.geteuid() == 0:
        for path in (target, *target.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
    sync_folder(target)


def _new_log(folder: Path, new_log_id: str, at: int) -> None:
    with closing(connect(folder / "journal.db", attach={"roster": folder / "roster.db"})) as db:
        tx = JournalTransaction(db, FactsReader(db, b"", "UTC"))
        db.execute("BEGIN IMMEDIATE")
        tx.begin()
        tx.fork(new_log_id, at, "restored from a backup")
        tx.finish()
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _move_aside(files: Files, at: int) -> Path | None:
    """What was there is kept beside: a restore can be a mistake too."""
    there = [p for name in NAMES for s in ("", "-wal", "-shm") if (p := files.folder / f"{name}.db{s}").exists()]
    if not there:
        return None
    aside = files.folder / f"before-restore-{at}"
    aside.mkdir(mode=0o700)
    for path in (*there, files.photos):
        if path.exists():
            os.replace(path, aside / path.name)
    return aside


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _durable(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
