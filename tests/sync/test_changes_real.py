"""Changes made at the desk, over a real broker: they go up once, central's order decides field by field, nobody blocked comes in."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from edge.commands.credentials import DeleteCard, EditCard
from edge.commands.customers import AddCustomer, EditCustomer
from edge.commands.disagreements import AskAgain, KeepTheirs
from edge.core.errors import Conflict
from edge.core.judgement import Reason
from edge.core.model import Card, Status
from edge.core.people import Customer
from tests.support.central import Site
from tests.support.facility import until


async def customer(site: Site, id: str) -> Customer:
    return await site.edge.roster.write(lambda tx: tx.get(Customer, id))


async def disagreements(site: Site) -> list[tuple[str, dict[str, Any], dict[str, Any], str]]:
    """(id, what was wanted here, what central has, code) of every refused change."""

    def look(tx: Any) -> list[Any]:
        ids = [id for (id,) in tx._db.execute("SELECT id FROM desk_change WHERE state = 'refused' ORDER BY n").fetchall()]
        return [tx.changes.disagreement(id) for id in ids]

    return [(d.change.id, d.change.fields, d.theirs, d.code) for d in await site.edge.roster.write(look)]


async def alone(site: Site) -> None:
    """The broker is gone, and the edge has seen it."""
    site.broker.kill()
    await until(lambda: site.part("sync", "central") == "down", "the loss of the broker to be seen")


async def test_what_is_made_at_the_desk_is_at_central_once_with_its_code(site: Site) -> None:
    person, card, code = await site.customer_with_card("Ada")
    await site.rosters_alike()
    said = site.central.store.row("customer", person), site.central.store.row("card", card)
    assert said[0] and said[0].fields["name"] == "Ada"
    assert said[1] and said[1].fields["code"] == code
    assert await site.scan(code) is Reason.GRANTED
    heard = site.central.store.changes_heard()
    site.broker.kill()
    await site.broker.start()
    await site.do(EditCustomer(id=person, changes={"phone": "+41 21 000 00 00"}))
    await site.rosters_alike()
    assert site.central.store.changes_heard() == heard + 1
    assert (await customer(site, person)).phone == "+41 21 000 00 00"


async def test_everything_that_was_here_before_the_first_contact_goes_up(at_rest: Site) -> None:
    wired, at_rest.sync = at_rest.sync, ""
    async with at_rest.running():
        person, card, code = await at_rest.customer_with_card("Ada")
    at_rest.sync = wired
    async with at_rest.running():
        await at_rest.rosters_alike()
        kept = at_rest.central.store.row("card", card)
        assert kept is None or kept.fields["code"] == code  # whose code is kept goes up; any other card stays this edge's own
        assert at_rest.central.store.row("customer", person)
        assert at_rest.central.store.row("zone", at_rest.ids["zone"])
        assert await at_rest.scan(code) is Reason.GRANTED


async def test_two_fields_changed_on_two_sides_are_both_kept(site: Site) -> None:
    person, _, _ = await site.customer_with_card("Ada")
    await site.rosters_alike()
    await alone(site)
    await site.do(EditCustomer(id=person, changes={"phone": "here"}))
    await site.central.edit([("put", "customer", person, {"email": "there@example.org"})])
    await site.broker.start()
    await site.rosters_alike()
    found = await customer(site, person)
    assert (found.phone, found.email) == ("here", "there@example.org")
    assert await disagreements(site) == []


async def test_one_field_changed_on_two_sides_is_centrals_and_both_values_are_shown(site: Site) -> None:
    person, _, _ = await site.customer_with_card("Ada")
    await site.rosters_alike()
    await alone(site)
    await site.do(EditCustomer(id=person, changes={"phone": "here", "fax": "also here"}))
    assert (await customer(site, person)).phone == "here", "applied at once"
    await site.central.edit([("put", "customer", person, {"phone": "there"})])
    await site.broker.start()
    await site.rosters_alike()
    found = await customer(site, person)
    assert (found.phone, found.fax) == ("there", "also here")
    ((id, ours, theirs, code),) = await disagreements(site)
    assert (ours, theirs, code) == ({"phone": "here"}, {"phone": "there"}, "changed_since")
    await site.do(AskAgain(id=id))
    await site.rosters_alike()
    assert (await customer(site, person)).phone == "here"
    row = site.central.store.row("customer", person)
    assert row and row.fields["phone"] == "here"
    assert await disagreements(site) == []


async def test_what_central_has_blocked_is_not_let_in_by_a_desk_that_has_not_heard_of_it(site: Site) -> None:
    person, _, code = await site.customer_with_card("Ada")
    await site.do(EditCustomer(id=person, changes={"status": "inactive"}))
    await site.rosters_alike()
    await alone(site)
    await site.do(EditCustomer(id=person, changes={"status": "active"}))
    assert await site.scan(code) is Reason.GRANTED, "the edge decides alone, by what it knows"
    await site.central.edit([("put", "customer", person, {"status": "suspended"})])
    await site.broker.start()
    await site.rosters_alike()
    assert await site.scan(code) is Reason.CUSTOMER_INACTIVE
    ((id, _, theirs, code_),) = await disagreements(site)
    assert (theirs, code_) == ({"status": "suspended"}, "blocked")
    with pytest.raises(Conflict, match="central server has blocked"):
        await site.do(AskAgain(id=id))
    with pytest.raises(Conflict, match="central server has blocked"):
        await site.do(EditCustomer(id=person, changes={"status": "active"}))
    await site.do(KeepTheirs(id=id))
    assert await disagreements(site) == []
    await site.central.edit([("put", "customer", person, {"status": "active"})])
    await site.rosters_alike()
    assert await site.scan(code) is Reason.GRANTED


async def test_a_block_at_the_desk_holds_though_central_changed_the_state_meanwhile(site: Site) -> None:
    person, _, code = await site.customer_with_card("Ada")
    await site.do(EditCustomer(id=person, changes={"status": "inactive"}))
    await site.rosters_alike()
    await alone(site)
    await site.do(EditCustomer(id=person, changes={"status": "suspended"}))
    await site.central.edit([("put", "customer", person, {"status": "active"})])
    await site.broker.start()
    await site.rosters_alike()
    assert (await customer(site, person)).status is Status.SUSPENDED
    assert await site.scan(code) is Reason.CUSTOMER_INACTIVE


async def test_a_new_card_that_central_refuses_opens_no_longer(site: Site) -> None:
    await site.rosters_alike()
    await alone(site)
    person, card, code = await site.customer_with_card("Ada")
    assert await site.scan(code) is Reason.GRANTED
    site.central.faults.refuse_changes = True
    await site.broker.start()

    async def gone() -> bool:
        return await site.edge.roster.write(lambda tx: tx.find(Card, id=card)) is None

    await until(gone, "the refused card to be taken out", 20)
    assert await site.scan(code) is Reason.UNKNOWN_CREDENTIAL
    assert {code for _, _, _, code in await disagreements(site)} == {"refused"}
    assert (await customer(site, person)).deleted_at is not None


async def test_a_card_deleted_here_and_changed_there_stays_and_says_so(site: Site) -> None:
    _, card, code = await site.customer_with_card("Ada")
    await site.rosters_alike()
    await alone(site)
    await site.do(DeleteCard(id=card))
    assert await site.scan(code) is Reason.UNKNOWN_CREDENTIAL
    await site.central.edit([("put", "card", card, {"username": "changed there"})])
    await site.broker.start()
    await site.rosters_alike()
    assert (await site.edge.roster.write(lambda tx: tx.get(Card, card))).username == "changed there"
    assert await site.scan(code) is Reason.GRANTED
    assert [code for _, _, _, code in await disagreements(site)] == ["changed_since"]


async def test_a_restored_central_hears_again_what_it_had_accepted(site: Site) -> None:
    person, card, _ = await site.customer_with_card("Ada")
    await site.rosters_alike()
    await site.central.stop()
    shutil.copytree(site.folder / "central", site.folder / "backup")
    await site.open_central()
    await site.do(EditCustomer(id=person, changes={"phone": "here"}))
    await site.do(EditCard(id=card, changes={"username": "renamed"}))
    other, renewed, others = await site.customer_with_card("Grace")
    await site.rosters_alike()
    await site.central.stop()
    shutil.rmtree(site.folder / "central")
    shutil.move(site.folder / "backup", site.folder / "central")
    await site.open_central()
    site.central.store.new_epoch()
    site.broker.kill()
    await site.broker.start()
    await site.rosters_alike()
    assert (await customer(site, person)).phone == "here"
    row = site.central.store.row("customer", person)
    assert row and row.fields["phone"] == "here"
    assert site.central.store.row("customer", other)
    kept = await site.edge.roster.write(lambda tx: tx.code_of(tx.get(Card, renewed)))
    assert (site.central.store.row("card", renewed) is None) == (kept is None), "a code that is not kept cannot be said again"
    assert await site.scan(others) is Reason.GRANTED
    assert await disagreements(site) == []


async def test_a_row_that_could_not_be_taken_comes_again_once_the_way_is_free(site: Site) -> None:
    """Two customers who were given one number on two sides: central gives ours another, and then its own can come in."""
    await site.rosters_alike()
    await alone(site)
    ours = await site.do(AddCustomer(fields={"name": "Ours", "email": "ours@example.org"}))
    await site.central.edit([("put", "customer", "c-9", {"name": "Theirs", "number": ours["number"]})])
    await site.broker.start()

    async def both() -> bool:
        theirs = await site.edge.roster.write(lambda tx: tx.find(Customer, id="c-9"))
        return theirs is not None and theirs.number == ours["number"]

    await until(both, "both to be here", 20)
    await site.rosters_alike()
    assert (await customer(site, ours["id"])).number == ours["number"] + 1


async def test_a_roster_that_differs_though_it_should_not_is_repaired(site: Site) -> None:
    await site.central.edit([("put", "customer", f"c-{i}", {"name": f"Customer {i}"}) for i in range(20)])
    await site.rosters_alike()

    def spoil(tx: Any) -> None:
        tx._db.execute("DELETE FROM customer WHERE id = 'c-7'")
        tx._db.execute("DELETE FROM central_row WHERE id = 'c-7'")

    await site.edge.roster.write(spoil)
    site.broker.kill()
    await site.broker.start()
    await site.rosters_alike()
    assert (await customer(site, "c-7")).name == "Customer 7"
    assert site.edge.session.counts["repairs"] == 1


async def test_an_edge_that_was_away_longer_than_deletes_are_kept_takes_a_snapshot(site: Site) -> None:
    await site.central.edit([("put", "customer", "c-1", {"name": "Grace"}), ("put", "customer", "c-2", {"name": "Ada"})])
    await site.rosters_alike()
    await alone(site)
    await site.central.edit([("delete", "customer", "c-1", {})])
    site.central.store.forget_deleted()
    await site.broker.start()
    await site.rosters_alike()
    assert (await customer(site, "c-1")).deleted_at is not None
    assert (await customer(site, "c-2")).deleted_at is None


async def test_the_code_of_a_change_is_sealed_until_central_has_it_and_then_erased(site: Site) -> None:
    await site.rosters_alike()
    await alone(site)
    _, _, code = await site.customer_with_card("Ada")
    said = await site.edge.roster.write(lambda tx: tx._db.execute("SELECT group_concat(fields) FROM desk_change").fetchone()[0])
    assert code not in said
    sealed = "SELECT count(*) FROM card_code WHERE card LIKE 'change:%'"
    assert site.edge.secrets._db.execute(sealed).fetchone() == (1,)
    await site.broker.start()
    await site.rosters_alike()
    assert site.edge.secrets._db.execute(sealed).fetchone() == (0,)
