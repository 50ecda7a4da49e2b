"""Codes of cards are kept sealed beside their hashes: for printing again, and for nobody who copies the databases."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.core.model import Card, CredentialKind
from edge.store.files import connect
from edge.store.roster import RosterTransaction
from edge.store.sealed import KEY_BYTES, SealedCodes, sealing_key
from edge.store.secrets import Secrets
from tests.support.stores import Stores

QR, UID = CredentialKind.QR, CredentialKind.UID
KEY = b"s" * KEY_BYTES


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[Secrets]:
    made = Secrets(tmp_path / "secrets.db")
    yield made
    made.close()


def test_a_code_comes_back_and_is_in_no_file_as_it_is(secrets: Secrets, tmp_path: Path) -> None:
    codes = SealedCodes(secrets, KEY, (QR,))
    codes.keep([("card-1", QR, "VERY-SECRET-CODE"), ("card-2", QR, "Żółć 02")])
    assert (codes.open("card-1"), codes.open("card-2"), codes.open("card-3")) == ("VERY-SECRET-CODE", "Żółć 02", None)
    assert not any(b"VERY-SECRET" in f.read_bytes() for f in tmp_path.iterdir())


def test_a_code_is_sealed_for_its_own_card_and_key(secrets: Secrets) -> None:
    codes = SealedCodes(secrets, KEY, (QR,))
    codes.keep([("card-1", QR, "CODE-1"), ("card-2", QR, "CODE-1")])
    assert secrets.code("card-1") != secrets.code("card-2"), "the same code twice cannot be seen"
    secrets.put_codes([("card-2", secrets.code("card-1"))])
    assert codes.open("card-2") is None
    assert SealedCodes(secrets, b"other" + KEY[5:], (QR,)).open("card-1") is None
    secrets.put_codes([("card-1", b"short")])
    assert codes.open("card-1") is None


def test_kinds_that_are_not_kept_are_a_hash_alone_and_what_was_kept_is_erased(secrets: Secrets) -> None:
    codes = SealedCodes(secrets, KEY, (QR,))
    codes.keep([("tag", UID, "04A2B3C4"), ("card", QR, "CODE"), ("gone", QR, "CODE"), ("gone", None, "")])
    assert (codes.open("tag"), codes.open("card"), codes.open("gone")) == (None, "CODE", None)
    codes.keep([("card", UID, "04A2B3C4")])
    assert codes.open("card") is None and secrets.code("card") is None


def test_a_write_that_fails_leaves_everything_as_it_was(secrets: Secrets) -> None:
    secrets.put_codes([("a", b"1")])
    with pytest.raises(sqlite3.Error):
        secrets.put_codes([("a", b"2"), ("b", object())])  # type: ignore[list-item]
    assert secrets.code("a") == b"1"


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "card-codes.key"
    key = sealing_key(path)
    assert len(key) == KEY_BYTES
    assert sealing_key(path) == key == path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_damaged_key_is_moved_aside_and_the_gate_starts(tmp_path: Path) -> None:
    path = tmp_path / "card-codes.key"
    path.write_bytes(b"half")
    (tmp_path / "card-codes.key.part").write_bytes(b"left over by a power cut")
    assert len(sealing_key(path)) == KEY_BYTES
    assert (tmp_path / "card-codes.key.damaged").read_bytes() == b"half"


def test_secrets_of_the_first_version_are_brought_up_and_keep_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "secrets.db"
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
        "INSERT INTO secret VALUES ('lookup-key', x'00ff'); PRAGMA user_version = 1;"
    )
    db.close()
    secrets = Secrets(path)
    assert secrets.get("lookup-key") == b"\x00\xff" and secrets.code("card") is None
    secrets.close()


@pytest.fixture
async def house(tmp_path: Path, secrets: Secrets) -> Stores:
    made = Stores(tmp_path / "state")
    made.codes = SealedCodes(secrets, KEY, (QR,))
    return made


async def test_the_roster_keeps_a_code_with_its_card_and_only_the_present_one_is_said(house: Stores, secrets: Secrets) -> None:
    card = Card(id="card", customer=None, company=None)

    def said(tx: RosterTransaction) -> str | None:
        return tx.code_of(card)

    async with house.running():
        await house.roster.write(lambda tx: (tx.put(card, code="FIRST-CODE"), said(tx)))
        assert await house.roster.write(said) == "FIRST-CODE"
        await house.roster.write(lambda tx: tx.put(msgspec.structs.replace(tx.get(Card, "card"), username="Ada")))
        assert await house.roster.write(said) == "FIRST-CODE"
        assert await house.roster.write(lambda tx: (tx.put(tx.get(Card, "card"), code="SECOND-CODE"), said(tx))[1]) == "SECOND-CODE"

        def breaks(tx: RosterTransaction) -> None:
            tx.put(tx.get(Card, "card"), code="NEVER-COMMITTED")
            raise RuntimeError("a fault of this piece of work")

        with pytest.raises(RuntimeError):
            await house.roster.write(breaks)
        assert await house.roster.write(said) == "SECOND-CODE"
        SealedCodes(secrets, KEY, (QR,)).keep([("card", QR, "KEPT-BUT-NOT-COMMITTED")])  # the power went between the two
        assert await house.roster.write(said) is None
        await house.roster.write(lambda tx: tx.delete(tx.get(Card, "card")))
        assert secrets.code("card") is None
        assert await house.roster.write(said) is None


async def test_a_house_that_keeps_no_codes_says_none(tmp_path: Path) -> None:
    house, card = Stores(tmp_path / "state"), Card(id="card")
    async with house.running():
        await house.roster.write(lambda tx: tx.put(card, code="CODE"))
        assert await house.roster.write(lambda tx: tx.code_of(card)) is None


async def test_a_start_makes_the_key_and_a_copy_of_the_databases_alone_says_nothing(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets.db")
    SealedCodes(secrets, sealing_key(tmp_path / "card-codes.key"), (QR,)).keep([("card", QR, "CODE")])
    secrets.close()
    (tmp_path / "card-codes.key").unlink()
    again = Secrets(tmp_path / "secrets.db")
    assert SealedCodes(again, sealing_key(tmp_path / "card-codes.key"), (QR,)).open("card") is None
    assert connect(tmp_path / "secrets.db", read_only=True).execute("SELECT count(*) FROM card_code").fetchone() == (1,)
    again.close()
