"""Customers: what a site requires, what two may share, names in parts, documents under seal, lists and tags."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from edge.commands.companies import AddCompany, AddList, DeleteList
from edge.commands.customers import (
    AddCustomer,
    DeleteCustomer,
    EditCustomer,
    RestoreCustomer,
    RevealDocument,
    ReviewCustomer,
    SetDocument,
)
from edge.commands.site import EditPolicy
from edge.core.errors import Conflict, Invalid, NotFound
from edge.core.people import Customer
from edge.store.files import connect
from tests.support.facility import Facility
from tests.support.stores import Stores, refused

ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}


async def add(stores: Stores, **fields: Any) -> Customer:
    customer: Customer = await stores.do(AddCustomer(fields={**ADA, **fields}), ms=5)
    return customer


# ---------------------------------------------------------------------------------------------------- what a site requires


@pytest.mark.feature("S003-14")
async def test_a_site_says_which_fields_a_customer_must_have(stores: Stores) -> None:
    error = await refused(lambda: add(stores, email=""))
    assert isinstance(error, Invalid) and error.field == "email"
    await stores.do(EditPolicy(changes={"required": ["mobile", "born"]}))
    error = await refused(lambda: add(stores, mobile="+48 601 234 567"))
    assert isinstance(error, Invalid) and error.field == "born"
    assert (await add(stores, email="", mobile="+48 601 234 567", born="1990-01-01")).mobile == "+48 601 234 567"


async def test_of_a_walk_in_or_a_guest_the_name_is_enough(stores: Stores) -> None:
    assert (await add(stores, email="", source="walk_in")).source == "walk_in"
    assert (await add(stores, email="", kind="guest")).kind.visits


async def test_what_was_missing_before_the_site_required_it_does_not_stop_a_change(stores: Stores) -> None:
    await stores.put(Customer(id="old", name="Old", number=70))
    assert (await stores.do(EditCustomer(id="old", changes={"phone": "1"}))).phone == "1"
    ada = await add(stores)
    error = await refused(lambda: stores.do(EditCustomer(id=ada.id, changes={"email": ""})))
    assert isinstance(error, Invalid) and error.field == "email"


async def test_a_policy_that_requires_what_there_is_not_is_refused(stores: Stores) -> None:
    error = await refused(lambda: stores.do(EditPolicy(changes={"required": ["shoe_size"]})))
    assert isinstance(error, Invalid) and error.field == "required"


# ---------------------------------------------------------------------------------------------------- what two may share


@pytest.mark.feature("S001-5", "S002-31")
async def test_an_address_or_mobile_belongs_to_one_unless_the_site_lets_people_share(stores: Stores) -> None:
    await add(stores, mobile="+48 601-234-567")
    for field, value in (("email", "ADA@example.org "), ("mobile", "0601 234 567")):
        fields = {"name": "Bob", "email": "bob@example.org", field: value}
        error = await refused(lambda fields=fields: stores.do(AddCustomer(fields=fields)))
        assert isinstance(error, Conflict) and error.field == field and "Ada Lovelace, number" in error.message
    await stores.do(EditPolicy(changes={"shared_email": True, "shared_mobile": True}))
    bob = await stores.do(AddCustomer(fields={"name": "Bob", "email": "ada@example.org", "mobile": "601234567"}))
    await stores.do(EditPolicy(changes={"shared_email": False, "shared_mobile": False}))
    assert (await stores.do(EditCustomer(id=bob.id, changes={"phone": "2"}))).email == "ada@example.org", "what is shared stays so"


async def test_what_a_deleted_customer_had_is_free_and_is_not_taken_back_from_another(stores: Stores) -> None:
    ada = await add(stores)
    await stores.do(DeleteCustomer(id=ada.id))
    await stores.do(AddCustomer(fields={"name": "Eve", "email": "ada@example.org"}))
    error = await refused(lambda: stores.do(RestoreCustomer(id=ada.id)))
    assert isinstance(error, Conflict) and error.field == "email"


# ---------------------------------------------------------------------------------------------------- names, consents, the rest


@pytest.mark.feature("S000-14", "S000-15", "S002-29")
async def test_a_name_may_come_in_parts_and_follows_them(stores: Stores) -> None:
    ada = await stores.do(AddCustomer(fields={"first_name": "Ada", "last_name": "Byron", "email": "ada@example.org"}))
    assert (ada.name, ada.first_name, ada.last_name) == ("Ada Byron", "Ada", "Byron")
    married = await stores.do(EditCustomer(id=ada.id, changes={"last_name": "Lovelace"}))
    assert married.name == "Ada Lovelace"
    known = await stores.do(EditCustomer(id=ada.id, changes={"name": "Countess Lovelace", "first_name": "Augusta"}))
    assert known.name == "Countess Lovelace"


@pytest.mark.feature("S002-36", "S002-37")
async def test_consent_to_the_newsletter_is_the_sites_default_only_where_its_policy_says_so(stores: Stores) -> None:
    assert (await add(stores)).consents == ()
    await stores.do(EditPolicy(changes={"newsletter": True}))
    bob = await stores.do(AddCustomer(fields={"name": "Bob", "email": "bob@example.org"}), ms=9)
    assert [(c.purpose, c.given, c.basis) for c in bob.consents] == [("newsletter", True, "the site's policy")]
    no = {"purpose": "newsletter", "given": False, "basis": "said so on the phone", "at": 7}
    sms = {"purpose": "promo_sms", "given": True, "basis": "form", "at": 8}
    eve = await stores.do(AddCustomer(fields={"name": "Eve", "email": "eve@example.org", "consents": [no, sms]}))
    assert [(c.purpose, c.given) for c in eve.consents] == [("newsletter", False), ("promo_sms", True)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"citizenship": "Poland"}, "citizenship"),
        ({"payment_days": 366}, "payment_days"),
        ({"payment_days": -1}, "payment_days"),
        ({"addresses": [{"country": "POL"}]}, "addresses[0].country"),
        ({"addresses": [{"street": "x" * 201}]}, "addresses[0].street"),
        ({"addresses": [{}] * 51}, "addresses"),
        ({"tags": ["a", " "]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"consents": [{"purpose": "newsletter", "given": True, "basis": " ", "at": 1}]}, "consents"),
        ({"consents": [{"purpose": "promo_sms", "given": g, "basis": "b", "at": 1} for g in (True, False)]}, "consents"),
        ({"identities": [{"system": "pms", "id": ""}]}, "identities"),
        ({"account_manager": "nobody"}, "id"),
        ({"lists": ["nowhere"]}, "lists"),
        ({"companies": ["nowhere"]}, "companies"),
        ({"mobile": "1" * 41}, "mobile"),
        ({"first_name": "a\x00b"}, "first_name"),
        ({"has_document": True}, "has_document"),
        ({"reviewed_at": 1}, "reviewed_at"),
        ({"sex": "yes"}, "sex"),
        ({"source": "pigeon"}, "source"),
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused_naming_the_field(stores: Stores, fields: dict[str, Any], field: str) -> None:
    error = await refused(lambda: add(stores, **fields))
    assert getattr(error, "field", None) == field, error


@pytest.mark.feature("S002-13", "S001-10")
async def test_a_customer_is_in_several_companies_with_one_primary_and_on_lists(stores: Stores) -> None:
    one, two = [await stores.do(AddCompany(fields={"name": name})) for name in ("Acme", "Byte")]
    wardens = await stores.do(AddList(fields={"name": "Evacuation wardens"}))
    ada = await add(stores, company=one.id, companies=[two.id], lists=[wardens.id, wardens.id], tags=["VIP", "vip", "Berth 4"])
    assert (ada.company, ada.companies, ada.lists, ada.tags) == (one.id, (two.id,), (wardens.id,), ("berth 4", "vip"))
    error = await refused(lambda: stores.do(EditCustomer(id=ada.id, changes={"companies": [one.id]})))
    assert isinstance(error, Invalid) and error.field == "companies"
    assert isinstance(await refused(lambda: stores.do(DeleteList(id=wardens.id))), Conflict)
    await stores.do(EditCustomer(id=ada.id, changes={"lists": []}))
    await stores.do(DeleteList(id=wardens.id))
    assert isinstance(await refused(lambda: stores.do(DeleteList(id=wardens.id))), NotFound)


# ---------------------------------------------------------------------------------------------------- documents, reviews


@pytest.mark.feature("S002-34", "S002-35")
async def test_the_number_of_a_document_is_sealed_and_shown_on_demand_and_every_look_is_written_down(facility: Facility) -> None:
    ada = (await facility.do(AddCustomer(fields=ADA)))["id"]
    kept = await facility.do(SetDocument(id=ada, number=" ABC 123456 ", issuer="Gdynia"))
    assert (kept["has_document"], kept["document_issuer"]) == (True, "Gdynia")
    files = facility.edge.files
    for file in (files.roster, files.journal, files.secrets):
        assert b"123456" not in file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
    for _ in range(2):
        said = await facility.do(RevealDocument(id=ada, reason="asked for at the gate"), "the-same-request")
        assert (said["number"], said["issuer"]) == ("ABC 123456", "Gdynia")
    with contextlib.closing(connect(files.roster, read_only=True)) as db:
        lines = db.execute("SELECT op, reason FROM change WHERE command = 'customers.reveal_document'").fetchall()
    assert lines == [("reveal", "asked for at the gate")] * 2, "a retry looks again, and that is written down again"
    error = await refused(lambda: facility.do(RevealDocument(id=ada, reason=" ")))
    assert isinstance(error, Invalid) and error.field == "reason"
    gone = await facility.do(SetDocument(id=ada, number="", issuer="Gdynia"))
    assert "has_document" not in gone and "document_issuer" not in gone
    assert (await facility.do(RevealDocument(id=ada, reason="again")))["number"] is None


@pytest.mark.feature("S003-54")
async def test_a_review_leaves_its_time(stores: Stores) -> None:
    ada = await add(stores)
    assert ada.reviewed_at is None
    assert (await stores.do(ReviewCustomer(id=ada.id), ms=77)).reviewed_at is not None
