"""A large snapshot, read by a child: the same as read here row by row, whatever is here before; whole or not at all; found by the search after."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.bridge import SyncBridge
from edge.core.merge import RosterOp
from edge.core.model import Card, CredentialKind, Moment
from edge.core.people import Customer
from edge.core.place import Profile, ZoneRight
from edge.identity import uuid7
from edge.store.roster import RosterTransaction
from edge.store.sealed import SealedCodes, sealing_key
from edge.store.secrets import LOOKUP_KEY, Secrets
from tests.support.stores import Stores, at

KEPT = (CredentialKind.QR,)
LOOKED_AT = ("customer", "card", "vehicle", "company", "profile", "central_row", "profile_grant", "group_member", "central_digest")


def put(entity: str, id: str, ver: int = 1, **fields: Any) -> RosterOp:
    return RosterOp(op="put", type=entity, id=id, ver=ver, fields=fields)


def rows(count: int, seed: int = 1, changed: int = 0) -> list[RosterOp]:
    """Everything central holds: people with a card and often a vehicle, some rows that make no sense. changed: how many were edited since."""
    chance = random.Random(seed)
    found = [put("company", "co", name="Acme"), put("profile", "p-1", name="Central", zones=[{"zone": "z"}])]
    found += [put("customer", f"c-{i:05}", 2 if i < changed else 1, name=f"Member {i}" if i >= changed else f"Renamed {i}",
                  number=10_000 + i, profiles=["p-1"], company="co" if i % 3 else None) for i in range(count)]  # fmt: skip
    found += [put("card", f"k-{i:05}", customer=f"c-{i:05}", code=f"CODE-{i:06}", username=f"m{i}") for i in range(count)]
    found += [put("vehicle", f"v-{i:05}", plate=f"ZH {i + 1000}", customer=f"c-{i:05}") for i in range(0, count, 2)]
    found += [put("customer", "guest", name="Guest", number=9_999, host="c-00001", kind="guest")]
    found += [
        put("card", "bad", customer="nobody", code="CODE-BAD"),
        put("card", "worse", customer="c-00001"),
        put("spaceship", "s"),
    ]
    found += [put("card", "twin", customer="c-00001", code="CODE-000007")]
    chance.shuffle(found)
    return found


class Still:
    """A clock that stands."""

    def now(self) -> Moment:
        return at()


class Edge:
    """The stores of an edge with the sync's bridge over them."""

    def __init__(self, folder: Path) -> None:
        self.stores = Stores(folder)
        files = self.stores.files
        files.folder.mkdir(parents=True, exist_ok=True)
        self.stores.codes = SealedCodes(Secrets(files.secrets), sealing_key(files.codes_key), KEPT)

    def open(self) -> SyncBridge:
        stores, files = self.stores, self.stores.files
        stores.secrets.put(LOOKUP_KEY, b"k" * 32)
        return SyncBridge(stores.journal, stores.roster, Still(), uuid7, files, KEPT, lambda: None)

    async def take(self, bridge: SyncBridge, ops: list[RosterOp], per_part: int, rev: int = 9, epoch: str = "epoch") -> list[str]:
        chunks = [msgspec.json.encode(ops[i : i + per_part]) for i in range(0, len(ops), per_part)]
        sha = hashlib.sha256(b"".join(chunks)).hexdigest()
        for i, chunk in enumerate(chunks):
            _, whole = await bridge.stage(sha[:16], epoch, rev, len(chunks), sha, i, chunk)
            assert whole is (i == len(chunks) - 1)
        return await bridge.apply_snapshot(epoch, rev)

    async def tables(self) -> dict[str, list[Any]]:
        return {name: sorted(await self.stores.rows(f"SELECT * FROM {name}", of="roster"), key=repr) for name in LOOKED_AT}


def before(tx: RosterTransaction) -> None:
    """What is here when central's first word comes: one of its customers, and somebody with a plate and a number that it gives too."""
    tx.put(Customer(id="c-00003", name="Known here", number=tx.next_customer_number()))
    tx.put(Customer(id="mine", name="Mine", number=10_004))
    tx.put(Card(id="own", customer="mine"), code="CODE-000009")
    tx.put(Profile(id="p-9", name="Mine", zones=(ZoneRight(zone="z"),)))


@pytest.mark.parametrize("furnish", [None, before], ids=["empty", "furnished"])
async def test_read_by_a_child_or_here_it_comes_to_the_same(
    tmp_path: Path, furnish: Callable[[RosterTransaction], None] | None
) -> None:
    found = []
    for name, per_part in (("small", 1000), ("large", 12)):
        edge = Edge(tmp_path / name)
        async with edge.stores.running():
            await edge.stores.furnish()
            if furnish:
                await edge.stores.roster.write(furnish)
            bridge = edge.open()
            problems = sorted(await edge.take(bridge, rows(300), per_part))
            again = sorted(await edge.take(bridge, rows(300, seed=2, changed=40)[:-30], per_part, rev=12))
            # Central is put back: it counts anew, lacks what it changed since, and has some rows as they were, under lower versions.
            await edge.take(bridge, rows(300, seed=5, changed=20)[:-40], per_part, rev=3, epoch="another")
            while await edge.stores.roster.write(lambda tx: tx.arriving.catch_up_search(50)):
                pass
            sought = await edge.stores.rows("SELECT id, entity, owner, name, card, plate FROM searched ORDER BY id", of="roster")
            codes = await edge.stores.roster.write(lambda tx: [tx.code_of(tx.get(Card, f"k-{i:05}")) for i in (20, 21)])
            found.append((problems, again, await edge.tables(), sought, codes))
    small, large = found
    assert large[0] == small[0] and large[1] == small[1]
    for name in LOOKED_AT:
        assert large[2][name] == small[2][name], name
    assert large[3:] == small[3:]
    assert len(large[0]) >= 4
    assert large[4] == ["CODE-000020", "CODE-000021"]


async def test_the_same_again_writes_nothing_but_its_parts(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    async with edge.stores.running():
        await edge.stores.furnish()
        bridge = edge.open()
        await edge.take(bridge, [op for op in rows(300) if op.type in ("customer", "profile", "company")], 12)
        before = await edge.tables(), await edge.stores.rows("SELECT rev FROM head", of="roster")
        await edge.take(
            bridge,
            [op for op in rows(300, seed=3) if op.type in ("customer", "profile", "company")],
            12,
            rev=10,
        )
        assert (await edge.tables(), await edge.stores.rows("SELECT rev FROM head", of="roster")) == before


async def test_a_damaged_part_costs_the_snapshot_and_nothing_else(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    async with edge.stores.running():
        await edge.stores.furnish()
        bridge = edge.open()
        chunks = [msgspec.json.encode(rows(300)[i : i + 12]) for i in range(0, 600, 12)]
        for i, chunk in enumerate(chunks):
            await bridge.stage("one", "epoch", 9, len(chunks), "0" * 64, i, chunk)
        before = await edge.tables()
        with pytest.raises(ValueError, match="add up"):
            await bridge.apply_snapshot("epoch", 9)
        assert await edge.tables() == before
        await edge.take(bridge, rows(300), 12)
        assert await edge.stores.roster.write(lambda tx: tx.central.position()) == ("epoch", 9)


async def test_who_has_no_number_gets_one_after_those_whose_numbers_are_given(tmp_path: Path) -> None:
    edge = Edge(tmp_path)
    async with edge.stores.running():
        bridge = edge.open()
        given = {f"c-{i}": i + 50 for i in range(0, 300, 3)}
        ops = [put("customer", f"c-{i}", name=f"Member {i}", number=given.get(f"c-{i}", 0)) for i in range(300)]
        assert await edge.take(bridge, ops, 12) == []
        found = dict(await edge.stores.rows("SELECT id, number FROM customer", of="roster"))
        assert {id: number for id, number in found.items() if id in given} == given
        assert sorted(number for id, number in found.items() if id not in given) == list(range(348, 548))
        assert await edge.stores.roster.write(lambda tx: tx.next_customer_number()) == 548
