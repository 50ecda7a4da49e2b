"""What central sends, in one commit: a bad row costs itself, codes may move, what is in use stays whole."""

from __future__ import annotations

from typing import Any

from edge.commands.central import apply_delta, apply_snapshot
from edge.core.judgement import Reason
from edge.core.merge import RosterOp
from edge.core.model import Role
from edge.core.people import Customer
from edge.core.place import Profile, Zone, ZoneRight
from tests.support.stores import BEGIN, Stores


def put(kind: str, id: str, ver: int = 1, **fields: Any) -> RosterOp:
    return RosterOp(op="put", type=kind, id=id, ver=ver, fields=fields)


def drop(kind: str, id: str, ver: int = 2) -> RosterOp:
    return RosterOp(op="delete", type=kind, id=id, ver=ver)


async def delta(stores: Stores, *ops: RosterOp, to: int = 1) -> list[str]:
    return await stores.roster.write(lambda tx: apply_delta(tx, ops, "epoch", to, BEGIN))


async def snapshot(stores: Stores, *ops: RosterOp, epoch: str = "epoch", rev: int = 9) -> list[str]:
    return await stores.roster.write(lambda tx: apply_snapshot(tx, ops, epoch, rev, BEGIN))


def card(id: str, code: str, ver: int = 1, customer: str = "cu") -> RosterOp:
    return put("card", id, ver, customer=customer, code=code, profiles=["p"])


async def holder(stores: Stores, code: str) -> str:
    admission = await stores.show(code)
    return admission.event.card or admission.decision.reason.value


async def test_rows_may_come_in_any_order_within_a_message(stores: Stores) -> None:
    rows = (card("k", "CODE-1"), put("customer", "cu", name="Ada", company="co", profiles=["p9"]), put("profile", "p9", name="New"))
    assert await delta(stores, *rows, put("company", "co", name="Acme")) == []
    assert await holder(stores, "CODE-1") == "k"
    assert await stores.roster.write(lambda tx: tx.central.position()) == ("epoch", 1)


async def test_a_row_that_makes_no_sense_costs_itself(stores: Stores) -> None:
    rows = (
        put("customer", "cu", name="Ada"),
        put("spaceship", "s"),
        put("customer", "bad", name=7),
        put("card", "no-code", customer="cu"),
        put("card", "orphan", customer="nobody", code="CODE-2"),
        put("card", "huge", customer="cu", code="CODE-3", uses=10**30),
        put("vehicle", "v", plate="?!", customer="cu"),
        put("card", "strange", 10**30, customer="cu", code="CODE-4"),
        drop("customer", "cu2", 10**30),
        card("good", "CODE-5"),
    )
    problems = await delta(stores, *rows)
    assert len(problems) == 8
    assert all(problems)
    assert await holder(stores, "CODE-5") == "good"
    assert await holder(stores, "CODE-3") == Reason.UNKNOWN_CREDENTIAL


async def test_a_row_that_is_not_newer_changes_nothing(stores: Stores) -> None:
    await delta(stores, put("customer", "cu", 5, name="Ada"))
    await delta(stores, put("customer", "cu", 5, name="Other"), put("customer", "cu", 4, name="Older"), drop("customer", "cu", 5))
    found = await stores.roster.write(lambda tx: tx.get(Customer, "cu"))
    assert (found.name, found.deleted_at) == ("Ada", None)


async def test_the_same_delta_twice_is_the_same_as_once(stores: Stores) -> None:
    rows = (put("customer", "cu", name="Ada"), card("k", "CODE-1"))
    await delta(stores, *rows)
    before = await stores.rows("SELECT rev FROM head", of="roster")
    assert await delta(stores, *rows) == []
    assert await stores.rows("SELECT rev FROM head", of="roster") == before


async def test_codes_move_along_a_chain_of_cards(stores: Stores) -> None:
    await delta(stores, put("customer", "cu", name="Ada"), *(card(f"k{n}", f"CODE-{n}") for n in range(5)))
    moved = [card(f"k{n}", f"CODE-{n + 1}", 2) for n in range(5)]
    assert await delta(stores, *moved, to=2) == []
    assert [await holder(stores, f"CODE-{n}") for n in range(6)] == [Reason.UNKNOWN_CREDENTIAL, "k0", "k1", "k2", "k3", "k4"]


async def test_a_code_freed_by_a_deletion_is_free_in_the_same_message(stores: Stores) -> None:
    await delta(stores, put("customer", "cu", name="Ada"), card("old", "CODE-1"))
    assert await delta(stores, card("new", "CODE-1"), drop("card", "old"), to=2) == []
    assert await holder(stores, "CODE-1") == "new"


async def test_a_profile_of_central_that_is_still_held_here_stays_whole(stores: Stores) -> None:
    await delta(stores, put("profile", "pc", name="From central", zones=[{"zone": "z"}]))
    await stores.roster.write(lambda tx: tx.put(Customer(id="local", name="L", number=90, profiles=("pc",))))
    problems = await delta(stores, drop("profile", "pc"), to=2)
    assert len(problems) == 1
    assert "still used" in problems[0]
    kept = await stores.roster.write(lambda tx: tx.get(Profile, "pc"))
    assert kept.zones == (ZoneRight(zone="z"),)


async def test_central_takes_away_nothing_of_a_kind_that_it_may_not_send(stores: Stores) -> None:
    await stores.roster.write(lambda tx: tx.put(Role(id="r", name="Night guard", rights=())))
    await delta(stores, drop("role", "r"))
    assert (await stores.roster.write(lambda tx: tx.get(Role, "r"))).name == "Night guard"


async def test_a_customer_taken_away_is_marked_deleted_and_no_longer_enters(stores: Stores) -> None:
    await delta(stores, put("customer", "cu", name="Ada"), card("k", "CODE-1"))
    assert (await stores.show("CODE-1")).decision.granted
    await delta(stores, drop("customer", "cu"), to=2)
    assert (await stores.show("CODE-1")).decision.reason is Reason.CUSTOMER_DELETED


async def test_a_snapshot_takes_out_what_central_no_longer_holds_and_leaves_what_was_made_here(stores: Stores) -> None:
    local = await stores.card("local")
    await delta(stores, put("customer", "cu", name="Ada"), card("k1", "CODE-1"), card("k2", "CODE-2"))
    assert await snapshot(stores, put("customer", "cu", 2, name="Ada"), card("k1", "CODE-1", 2)) == []
    assert await holder(stores, "CODE-1") == "k1"
    assert await holder(stores, "CODE-2") == Reason.UNKNOWN_CREDENTIAL
    assert await holder(stores, local) == "card-local"
    assert await stores.roster.write(lambda tx: tx.central.position()) == ("epoch", 9)


async def test_a_snapshot_without_a_row_that_is_in_use_here_is_applied_but_for_that_row(stores: Stores) -> None:
    await delta(stores, put("zone", "zc", name="Deck"), put("customer", "cu", name="Ada"))
    await stores.roster.write(lambda tx: tx.put(Zone(id="local", name="Corner", parent="zc")))
    problems = await snapshot(stores, put("customer", "cu", 2, name="Ada Lovelace"))
    assert len(problems) == 1
    assert (await stores.roster.write(lambda tx: tx.get(Zone, "zc"))).name == "Deck"
    assert (await stores.roster.write(lambda tx: tx.get(Customer, "cu"))).name == "Ada Lovelace"
    await stores.roster.write(lambda tx: tx.delete(tx.get(Zone, "local")))
    assert await snapshot(stores, put("customer", "cu", 3, name="Ada Lovelace"), rev=10) == []
    assert await stores.roster.write(lambda tx: tx.find(Zone, id="zc")) is None


async def test_a_row_that_only_other_rows_of_central_held_goes_once_they_have_changed(stores: Stores) -> None:
    await delta(stores, put("profile", "pc", name="Old"), put("customer", "cu", name="Ada", profiles=["pc"]))
    assert await snapshot(stores, put("customer", "cu", 2, name="Ada", profiles=["p"])) == []
    assert await stores.roster.write(lambda tx: tx.find(Profile, id="pc")) is None


async def test_in_a_new_epoch_every_row_is_news(stores: Stores) -> None:
    await delta(stores, put("customer", "cu", 50, name="Ada"))
    assert await snapshot(stores, put("customer", "cu", 1, name="Grace"), epoch="restored", rev=1) == []
    assert (await stores.roster.write(lambda tx: tx.get(Customer, "cu"))).name == "Grace"
    assert await stores.roster.write(lambda tx: tx.central.position()) == ("restored", 1)


async def test_a_newer_central_may_send_fields_that_this_version_does_not_know(stores: Stores) -> None:
    assert await delta(stores, put("customer", "cu", name="Ada", shoe_size=38), card("k", "CODE-1")) == []
    assert await holder(stores, "CODE-1") == "k"


async def test_what_only_deleted_people_held_can_be_taken_out_and_its_name_is_free_again(stores: Stores) -> None:
    people = (
        put("company", "co", name="Acme", profiles=["p9"]),
        put("customer", "cu", name="Ada", profiles=["p9"], groups=["g"], lists=["l"]),
    )
    held = (put("profile", "p9", name="Berths"), put("group", "g", name="Crew"), put("customerlist", "l", name="Wardens"))
    assert await delta(stores, *held, *people) == []
    gone = [
        drop(kind, id)
        for kind, id in (("customer", "cu"), ("company", "co"), ("profile", "p9"), ("group", "g"), ("customerlist", "l"))
    ]
    assert await delta(stores, *gone, put("profile", "p10", name="Berths"), to=2) == []
    assert await stores.roster.write(lambda tx: (tx.find(Profile, id="p9"), tx.get(Customer, "cu").deleted_at)) == (None, BEGIN)
