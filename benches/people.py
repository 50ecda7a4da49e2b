"""get, search and list over the API: a quarter of a million customers, 300 000 cards, 200 000 vehicles."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

import uvloop
from hw_sim.broker import free_port
from hw_sim.product import Product

from admin_api.reads.conditions import Query, conditions, ordered
from admin_api.reads.database import Database
from admin_api.reads.searching import wanted
from benches.process import private_mb
from benches.site import adder, code, opened, site, uuid
from benches.table import Figure, at_least, at_most, below, bench, percentile
from edge.core.credential import lookup_key
from edge.core.model import Card, CredentialKind, Record, Role, User, Vehicle
from edge.core.people import Address, Company, Customer
from edge.core.plate import plate_key
from edge.store import search
from edge.store.files import Files, connect
from edge.store.tables import TABLES

CUSTOMERS, CARDS, VEHICLES, COMPANIES = 250_000, 300_000, 200_000, 2_000
ASKED = 400
TOKENS = 60
FOREVER = 1 << 50
_STEMS = (
    "kowal",
    "nowak",
    "wiśn",
    "lewand",
    "dąbr",
    "zieli",
    "szym",
    "woźn",
    "koz",
    "jank",
    "mazur",
    "kraw",
    "piotr",
    "grab",
    "paw",
    "król",
)
_ENDS = ("ski", "czyk", "ewicz", "owska", "iak", "ek", "ow", "inska", "as", "el")
_FIRST = (
    "Anna",
    "Jan",
    "Zofia",
    "Piotr",
    "Łucja",
    "Paweł",
    "Maria",
    "Tomasz",
    "Ewa",
    "Adam",
    "Helena",
    "Igor",
    "Nadia",
    "Oskar",
    "Rita",
)
_CITIES = ("Gdynia", "Warszawa", "Łódź", "Kraków", "Poznań", "Sopot", "Hel", "Gdańsk")
HELLO = """
import uvicorn, sys
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", loop="uvloop", lifespan="off")
"""


def name_of(number: int) -> tuple[str, str]:
    chance = random.Random(number)
    last = chance.choice(_STEMS) + chance.choice("aeiouy") + chance.choice("lnrstz") + chance.choice(_ENDS)
    return chance.choice(_FIRST), last.capitalize()


def plate_of(number: int) -> str:
    return f"G{'DAKS'[number % 4]} {number:05X}"


def build(folder: Path, customers: int) -> None:
    _, key, db = opened(folder)
    add = adder(db)

    def findable(record: Record, **extra: object) -> None:
        add(record, **extra)
        search.keep(db, [(None, record)])

    add(Role(id=uuid("role", 1), ver=1, name="Bench", rights=("customers.view", "cards.view", "vehicles.view", "companies.view")))
    add(User(id=uuid("user", 1), ver=1, login="bench", role=uuid("role", 1)))
    for number in range(TOKENS):
        digest = hashlib.sha256(f"token-{number}".encode()).digest()
        db.execute("INSERT INTO session (token_hash, user, created_at, seen_at, expires_at, client) VALUES (?, ?, 1, ?, ?, '')",
                   (digest, uuid("user", 1), FOREVER, FOREVER))  # fmt: skip
    for number in range(COMPANIES):
        findable(Company(id=uuid("company", number), ver=1, name=f"Company {number}"))
    for number in range(customers):
        first, last = name_of(number)
        where = Address(
            street=f"Portowa {number % 300}",
            postal_code=f"{number % 90 + 10}-{number % 1000:03}",
            city=_CITIES[number % 8],
            country="PL",
        )
        findable(
            Customer(
                id=uuid("customer", number), ver=1, name=f"{first} {last}", first_name=first, last_name=last, number=number + 1,
                email=f"{first}.{last}{number}@example.org".casefold(), mobile=f"+48 5{number:08}", company=uuid("company", number % COMPANIES),
                addresses=(where,), created_at=number,
            )
        )  # fmt: skip
    for number in range(CARDS * customers // CUSTOMERS):
        card = Card(
            id=uuid("card", number),
            ver=1,
            customer=uuid("customer", number % customers),
            username=f"fob{number}",
            last4=code(number)[-4:],
        )
        findable(card, key=lookup_key(key, CredentialKind.QR, code(number)))
    for number in range(VEHICLES * customers // CUSTOMERS):
        plate = plate_of(number)
        findable(
            Vehicle(
                id=uuid("vehicle", number),
                ver=1,
                plate=plate,
                plate_key=plate_key(plate),
                brand="Škoda",
                customer=uuid("customer", number),
            )
        )
    db.execute("UPDATE head SET rev = 1, config_rev = 1, next_number = ?", (customers + 1,))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def queries(number: int) -> list[dict[str, str]]:
    """What people type: names, parts of them, addresses, numbers, plates, with a typo in one of ten."""
    chance = random.Random(7)
    found = []
    for _ in range(number):
        person = chance.randrange(CUSTOMERS)
        first, last = name_of(person)
        wrong = last[:4] + "x" + last[5:]
        typed = chance.choice(
            (last, f"{first} {last}", last[:5], f"{last} {first[:2]}", f"{first}.{last}{person}", f"5{person:08}"[-6:], plate_of(chance.randrange(VEHICLES)),
             str(person + 1), f"fob{person}", wrong)
        )  # fmt: skip
        found.append({"q": typed, "limit": "50"})
    return found


def lists(number: int) -> list[dict[str, str]]:
    """Filters and sorts as the pages have them."""
    chance = random.Random(8)
    choices: tuple[Callable[[], dict[str, str]], ...] = (
        dict,
        lambda: {"sort": "-number"},
        lambda: {"company": uuid("company", chance.randrange(COMPANIES))},
        lambda: {"city": chance.choice(_CITIES)},
        lambda: {"last_name": name_of(chance.randrange(CUSTOMERS))[1]},
        lambda: {"status": "active", "sort": "-created_at"},
        lambda: {"postal_code": f"{chance.randrange(10, 99)}-"},
        lambda: {"created_from": str(chance.randrange(CUSTOMERS)), "sort": "created_at"},
    )
    return [{**chance.choice(choices)(), "limit": "50"} for _ in range(number)]


class Client:
    """One keep-alive connection; as little as an HTTP client can do."""

    def __init__(self, port: int, proof: str = "Authorization: Bearer ") -> None:
        """proof: the header that the token of a session goes behind."""
        self._port, self._proof = port, proof
        self._tokens = itertools.cycle(range(TOKENS))

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{self._proof}token-{next(self._tokens)}\r\n\r\n"
        self._writer.write(head.encode())
        raw = await self._reader.readuntil(b"\r\n\r\n")
        lower = raw.lower()
        length = int(lower.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        return int(raw[9:12]), await self._reader.readexactly(length)


async def took(client: Client, paths: list[str]) -> list[float]:
    """ms of each, one after the other."""
    found = []
    for path in paths:
        start = perf_counter()
        status, body = await client.get(path)
        found.append((perf_counter() - start) * 1000)
        if status != 200:
            raise SystemExit(f"{path}: {status} {body[:300]!r}")
    return found


@bench("get", "search/p50", "search/p95", "list/p50", "list/p95", "rss/desk-lists")
def people() -> Iterator[Figure]:
    """The product as it is run, over one keep-alive connection; the limit of search and list is a get and the bare statement."""
    with site(CUSTOMERS, build, "people") as files, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(files))


async def _measured(files: Files) -> list[Figure]:
    port, hello_port = free_port(), free_port()
    settings = files.folder / "gatelatch.toml"
    settings.write_text(f'state = "{files.folder}"\n[desk]\nlisten = "127.0.0.1:{port}"\n')
    product = Product(settings, files.folder / "log")
    hello = subprocess.Popen([sys.executable, "-c", HELLO, str(hello_port)])
    product.start()
    try:
        await up(port)
        await up(hello_port)
        gets = [f"/api/v1/customers/{uuid('customer', n)}" for n in random.Random(3).sample(range(CUSTOMERS), 1500)]
        async with Client(port) as client, Client(hello_port) as bare:
            await took(client, gets[:300])
            ours, limit = await took(client, gets[300:]), await took(bare, ["/"] * 1200)
            get = percentile(ours, 0.5)
            figures = [at_least("get", 1000 * len(ours) / sum(ours), 1000 * len(limit) / sum(limit), 0.25, "/s")]
            for what, asked, most in (("search", queries(ASKED), 15.0), ("list", lists(ASKED), 60.0)):
                paths = [f"/api/v1/customers?{urlencode(query)}" for query in asked]
                await took(client, paths[:50])
                spent = await took(client, paths)
                sql = await _bare(files, asked)
                figures += [
                    at_most(f"{what}/p50", percentile(spent, 0.5), get + percentile(sql, 0.5), 2.5, "ms", note=f"get {get:.2f} ms"),
                    below(
                        f"{what}/p95",
                        percentile(spent, 0.95),
                        most,
                        "ms",
                        note=f"bare statement p95 {percentile(sql, 0.95):.2f} ms",
                    ),
                ]
        figures.append(below("rss/desk-lists", private_mb(product.pid("desk")), 150, "MB"))
        return figures
    finally:
        hello.terminate()
        await product.stop()


async def up(port: int) -> None:
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("it does not come up")


async def _bare(files: Files, asked: list[dict[str, str]]) -> list[float]:
    """ms of the one statement that answers each, on a connection of the standard library: of a search, with the index's own search in it."""
    database = Database(files)
    made: list[tuple[str, tuple[object, ...]]] = []
    columns = ", ".join(f"t.{c}" for c in TABLES[Customer].columns)
    for one in asked:
        given = dict(one)
        query = Query(q=given.pop("q", ""), sort=given.pop("sort", ""), limit=int(given.pop("limit")),
                      filters=tuple((k, int(v) if v.isdigit() and k.startswith("created") else v) for k, v in given.items()))  # fmt: skip
        found = await conditions(database, Customer, query)
        _, sort, down = ordered(Customer, query)
        plus, order = "+" if found.few else "", "DESC" if down else "ASC"
        tail = f"ORDER BY {plus}{sort} {order}, {plus}t.id {order} LIMIT 51"
        if query.q and (typed := wanted(query.q)):
            of_index = "SELECT owner FROM roster.searched WHERE n IN (SELECT rowid FROM roster.search s WHERE s.search MATCH ?)"
            where = f"WHERE t.deleted_at IS NULL AND t.id IN ({of_index})"
            made.append(
                (f"SELECT {columns} FROM roster.customer t {where} ORDER BY {sort}, t.id LIMIT 51", (typed.match.expression,))
            )
            continue
        made.append((f"SELECT {columns} FROM roster.customer t {found.where} {tail}", found.values))
    await database.close()
    db = connect(files.journal, read_only=True, attach={"roster": files.roster})
    return await asyncio.to_thread(_timed, db, made)


def _timed(db: sqlite3.Connection, made: list[tuple[str, tuple[object, ...]]]) -> list[float]:
    found = []
    for sql, values in made:
        start = perf_counter()
        db.execute(sql, values).fetchall()
        found.append((perf_counter() - start) * 1000)
    return found
