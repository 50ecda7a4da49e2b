"""The database files: versions, damage, rights, and what may be written through which connection."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from edge.core.errors import StoreError
from edge.store.create import open_stores
from edge.store.files import VERSIONS, Files, connect, create_or_migrate, make_readable
from edge.store.secrets import LOOKUP_KEY, Secrets
from tests.support.stores import Stores


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    found = Files(tmp_path / "state")
    open_stores(found, "log-1")
    return found


def test_each_database_says_its_version(files: Files) -> None:
    for path in (files.roster, files.journal):
        db = sqlite3.connect(path)
        assert db.execute("PRAGMA user_version").fetchone() == (VERSIONS[path.stem],)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        db.close()


def test_opening_again_changes_nothing(files: Files) -> None:
    db = sqlite3.connect(files.journal)
    before = db.execute("SELECT * FROM head").fetchall()
    open_stores(files, "log-2")
    assert db.execute("SELECT * FROM head").fetchall() == before
    db.close()


@pytest.mark.parametrize("kind", ["roster", "journal"])
def test_a_database_from_a_newer_version_is_refused_in_one_clear_line(files: Files, kind: str) -> None:
    path = getattr(files, kind)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSIONS[kind] + 1}")
    db.close()
    with pytest.raises(StoreError) as caught:
        open_stores(files, "log-2")
    assert f"{path} was written by a newer version" in caught.value.message
    assert "Install that version again, or restore an older backup" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("damage", [b"this is no database at all, it is a letter to the editor" * 30, b"short"])
def test_a_damaged_file_is_named_with_what_to_do(files: Files, damage: bytes) -> None:
    for path in beside(files.roster):
        path.unlink(missing_ok=True)
    files.roster.write_bytes(damage)
    with pytest.raises(StoreError, match=r"damaged or not a database.*gatelatch restore"):
        open_stores(files, "log-2")
    assert files.roster.read_bytes() == damage, "what may be saved from it is left alone"


def test_an_empty_file_is_made_a_database(files: Files) -> None:
    for path in (files.roster, *beside(files.roster)):
        path.unlink(missing_ok=True)
    files.roster.touch()
    open_stores(files, "log-2")
    connect(files.roster).close()


def test_a_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="`state` in the settings"):
        open_stores(Files(tmp_path / "file" / "state"), "log-1")


def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "roster.db"
    with pytest.raises(StoreError):
        create_or_migrate(path, "roster", mode=0o640, on_create="INSERT INTO nowhere VALUES (1);")
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    db.close()


def test_the_roster_cannot_be_written_through_the_journals_connection(files: Files) -> None:
    db = connect(files.journal, attach={"roster": files.roster})
    assert db.execute("SELECT rev FROM roster.head").fetchone() == (0,)
    for change in (
        "UPDATE roster.head SET rev = 99",
        "INSERT INTO roster.role VALUES ('r', 1, 'Sneak', '[]')",
        "DROP TABLE roster.card",
        "DELETE FROM roster.head",
    ):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute(change)
    db.close()


def test_a_read_only_connection_writes_nothing(files: Files) -> None:
    db = connect(files.journal, read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("UPDATE head SET seq = 99")
    db.close()


def test_every_connection_that_writes_waits_for_the_disk(files: Files) -> None:
    db = connect(files.journal)
    found = [
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "foreign_keys", "wal_autocheckpoint")
    ]
    assert found == [2, "wal", 1, 0]
    db.close()


def test_the_keys_are_for_the_edge_alone(tmp_path: Path) -> None:
    old = os.umask(0o000)
    try:
        secrets = Secrets(tmp_path / "secrets.db")
        key = secrets.key(LOOKUP_KEY)
        assert len(key) == 32
        assert secrets.key(LOOKUP_KEY) == key
        for path in (tmp_path / "secrets.db", *beside(tmp_path / "secrets.db")):
            assert mode(path) == 0o600
        secrets.close()
    finally:
        os.umask(old)
    again = Secrets(tmp_path / "secrets.db")
    assert again.get(LOOKUP_KEY) == key
    assert again.get("nothing") is None
    again.close()


async def test_roster_and_journal_are_for_the_group_to_read(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "state")
    async with stores.running():
        await stores.furnish()
        assert mode(stores.files.roster) == mode(stores.files.journal) == 0o640


def test_what_a_reader_needs_beside_the_database_is_made_when_it_is_not_there(files: Files) -> None:
    for path in (files.roster, files.journal):
        for gone in beside(path):
            gone.unlink(missing_ok=True)
        make_readable(path)
        assert [mode(p) for p in (path, *beside(path))] == [0o640] * 3
        db = connect(path, read_only=True)
        assert db.execute("SELECT count(*) FROM head").fetchone() == (1,)
        db.close()
