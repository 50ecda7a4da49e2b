"""A site of a given size: customers, companies and cards in a real roster, made once and kept under build/."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from edge.core.credential import lookup_key
from edge.core.model import Card, CredentialKind
from edge.core.people import Company, Customer
from edge.core.place import AccessPoint, Profile, Schedule, Window, Zone, ZoneRight
from edge.store.create import open_stores
from edge.store.files import Files, connect
from edge.store.secrets import LOOKUP_KEY, Secrets
from edge.store.tables import TABLES, to_row

CARDS = 250_000
COMPANIES = 2_000
ROOT = Path(__file__).parents[1] / "build" / "bench"
POINT = "Main in"


def code(number: int) -> str:
    return f"BENCH{number:012}"


def uuid(kind: str, number: int) -> str:
    """A stable id of a UUID's length whose order is not the order of making."""
    found = hashlib.blake2b(f"{kind}{number}".encode(), digest_size=16).hexdigest()
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def adder(db: sqlite3.Connection) -> Callable[..., None]:
    """Puts a record into its table, with further columns."""

    def add(record: object, **extra: object) -> None:
        table = TABLES[type(record)]  # type: ignore[index]
        columns = table.written + tuple(extra)
        db.execute(
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            to_row(table, record) + tuple(extra.values()),  # type: ignore[arg-type]
        )

    return add


def opened(folder: Path) -> tuple[Files, bytes, sqlite3.Connection]:
    """(files, key of the look-up, roster in a transaction) of a new site in this folder."""
    folder.mkdir(parents=True)
    files = Files(folder)
    open_stores(files, uuid("log", 1))
    db = connect(files.roster)
    db.execute("BEGIN")
    return files, key_of(files), db


def _build(folder: Path, cards: int) -> None:
    _, key, db = opened(folder)

    add = adder(db)

    zone, week = uuid("zone", 1), uuid("schedule", 1)
    add(Zone(id=zone, ver=1, name="Main"))
    add(
        Schedule(
            id=week,
            ver=1,
            name="Week",
            windows=(Window(days=tuple(range(7)), start=0, end=720), Window(days=tuple(range(7)), start=720, end=1440)),
        )
    )
    for number in range(50):
        profile = uuid("profile", number)
        add(Profile(id=profile, ver=1, name=f"Profile {number}", zones=(ZoneRight(zone=zone, schedule=week),)))
        db.execute("INSERT INTO profile_zone VALUES (?, ?, ?)", (profile, zone, week))
    add(AccessPoint(id=uuid("point", 1), ver=1, name=POINT, door="main", to_zone=zone))
    for number in range(COMPANIES):
        add(Company(id=uuid("company", number), ver=1, name=f"Company {number}"))
    for number in range(cards):
        customer = uuid("customer", number)
        add(Customer(id=customer, ver=1, name=f"Customer {number}", number=number + 1, email=f"c{number}@example.org", phone=f"+48{number:09}",
                     company=uuid("company", number % COMPANIES), profiles=(uuid("profile", number % 50),), created_at=1))  # fmt: skip
        db.execute("INSERT INTO profile_grant VALUES (?, ?)", (customer, uuid("profile", number % 50)))
        add(Card(id=uuid("card", number), ver=1, customer=customer, username=f"c{number}", last4=code(number)[-4:], created_at=1),
            key=lookup_key(key, CredentialKind.QR, code(number)))  # fmt: skip
    db.execute("UPDATE head SET rev = 1, config_rev = 1, next_number = ?", (cards + 1,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("ANALYZE")
    db.close()


@contextmanager
def site(cards: int = CARDS, build: Callable[[Path, int], None] | None = None, name: str = "site") -> Iterator[Files]:
    """A fresh copy of a site with so many cards, on this disk; gone afterwards."""
    build = build or _build
    source = Path(build.__code__.co_filename).read_bytes()
    master = ROOT / f"{name}-{cards}-{hashlib.sha256(source + _schema()).hexdigest()[:12]}"
    if not master.exists():
        shutil.rmtree(ROOT / "making", ignore_errors=True)
        build(ROOT / "making", cards)
        (ROOT / "making").rename(master)
    copy = Path(mkdtemp(prefix="run-", dir=ROOT))
    try:
        for name in ("roster.db", "journal.db", "secrets.db"):
            subprocess.run(["cp", str(master / name), str(copy / name)], check=True)  # not by us: write_bytes counts what we write
        yield Files(copy)
    finally:
        shutil.rmtree(copy)


def _schema() -> bytes:
    folder = Path(__file__).parents[1] / "edge" / "store" / "schema"
    return b"".join(p.read_bytes() for p in sorted(folder.glob("*.sql")))


def codes(seed: int, number: int, cards: int = CARDS) -> list[str]:
    """Codes random over the whole table, one in ten unknown."""
    chance = random.Random(seed)
    return [
        code(chance.randrange(cards)) if chance.random() > 0.1 else f"UNKNOWN{chance.randrange(10**10):010}" for _ in range(number)
    ]


def key_of(files: Files) -> bytes:
    secrets = Secrets(files.secrets)
    try:
        return secrets.key(LOOKUP_KEY)
    finally:
        secrets.close()


def disk_of(path: Path) -> str:
    """The file system a path is on; a tmpfs is no disk."""
    best = ("", "")
    for row in Path("/proc/mounts").read_text().splitlines():
        _, mount, kind, *_ = row.split()
        if str(path.resolve()).startswith(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]
