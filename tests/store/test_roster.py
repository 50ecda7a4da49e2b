"""The roster: every record comes back as it went in, every change has its line, a conflict names its field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.core.alerts import AlertKind, AlertRule
from edge.core.device import CameraReader, Device, GpioDoor
from edge.core.errors import Conflict, NotFound
from edge.core.importing import Import, ImportKind, ImportState, Twins
from edge.core.model import ApiKey, Card, CardStatus, CredentialKind, Record, Role, Status, User, Vehicle
from edge.core.people import (
    Address,
    Company,
    Consent,
    Customer,
    CustomerList,
    Erasure,
    ExternalIdentity,
    Group,
    Merge,
    MergedField,
    Purpose,
    Sex,
    Source,
)
from edge.core.place import (
    AccessPoint,
    Antipassback,
    Booking,
    Holiday,
    Mode,
    ModeHours,
    PassKey,
    Profile,
    RevokedPass,
    Schedule,
    SitePolicy,
    Window,
    Zone,
    ZoneRight,
)
from edge.core.plate import folded
from edge.core.review import AccessReview, ReviewItem, ReviewState, Verdict
from edge.core.saved import ExportArea, ExportFormat, SavedFilter, ScheduledExport
from edge.core.tariff import Tariff, TariffStep, Tax
from edge.core.webhook import Webhook, WebhookEvent
from edge.store.tables import TABLES
from tests.support.stores import Stores, refused

EVERY: tuple[Record, ...] = (
    Device(id="de", wired=CameraReader(name="lane", access_point="ap", source="http://x/1", region=(0, 0, 0.5, 0.5))),
    Device(id="de2", wired=GpioDoor(name="lane", chip="/dev/gpiochip0", relay_line=4)),
    Company(id="co", name="Acme", status=Status.SUSPENDED, description="x" * 300, profiles=("p",), deleted_at=5),
    Merge(id="me", kept="cu", other="x", fields=(MergedField(name="phone", before='""', after='"1"'),), cards=("ca",), merged_at=3, merged_by="ada"),
    Company(id="co2", name="Second"),
    CustomerList(id="li", name="Wardens", description="floor 2"),
    Group(id="g", name="Night shift", description="żółć", profiles=("p", "p2")),
    Customer(
        id="cu", name="Zażółć", number=17, email="a@b.example", phone="+48 1", addresses=(Address(street="Road 1", city="Łódź"),), companies=("co2",), lists=("li",), tags=("a", "b"), mobile="+48 601 2", sex=Sex.OTHER,
        consents=(Consent(purpose=Purpose.NEWSLETTER, given=False, basis="form", at=3),), identities=(ExternalIdentity(system="pms", id="7"),),
        payment_days=14, source=Source.IMPORT, portal_blocked=True, description="d\nd", language="pl",
        status=Status.INVITED, blocklisted=True, company="co", groups=("g",), profiles=("p",), created_at=1, deleted_at=2,
    ),
    Card(
        id="ca", kind=CredentialKind.UID, username="u", customer="cu", company="co", status=CardStatus.LOST, valid_from=0, valid_to=-1,
        uses=0, daily_limit=3, min_interval_s=60, profiles=("p", "p2"), created_at=9,
    ),
    Vehicle(
        id="v", plate="WX 12-34", plate_key="WX1234", country="PL", brand="Fiat", model="126p", year=1980, colour="red", customer="cu",
        company="co", status=CardStatus.STOLEN, valid_from=1, valid_to=2, profiles=("p2",), created_at=3,
    ),
    Tariff(id="t1", name="Garage", currency="EUR", steps=(TariffStep(unit=60, price=250),), taxes=(Tax(name="VAT", rate=2300),)),
    SitePolicy(id="site", pin_tries=3, mode_hours=(ModeHours(mode=Mode.LOCKED_DOWN, schedule="s1"),)),
    PassKey(id="2026A", public="AAAA"),
    RevokedPass(id="pass-1", note="left the company"),
    Zone(id="z2", name="Deck", parent="z", mode=Mode.CARD_ONLY, antipassback=Antipassback.TIMED, antipassback_minutes=30),
    Schedule(
        id="s", name="Office", windows=(Window(days=(0, 1), start=480, end=1080),), holidays=(Holiday(date="2026-12-24", name="Eve", windows=((1, 2),)),)
    ),
    Profile(id="p3", name="Both", zones=(ZoneRight(zone="z", schedule="s"), ZoneRight(zone="z2")), lockdown_override=True),
    AccessPoint(
        id="a2", name="side", door="d", from_zone="z", to_zone="z2", kinds=(CredentialKind.PLATE,), mode=Mode.FREE_PASSAGE, in_service=False,
        pedestrian=False, refuse_blocklisted=False, lock_exit=True, strike_ms=500,
    ),
    AlertRule(id="ar", kind=AlertKind.DENIALS, enabled=False, threshold=3, window_minutes=2),
    AccessReview(id="ar1", name="Spring", filters=(("tag", "season"),), due_at=9, state=ReviewState.OPEN, started_by="ada", total=1, event=4),
    ReviewItem(
        id="ar1.cu", review="ar1", customer="cu", number=7, cards=("ca",), verdict=Verdict.REVOKED, how="cards", by="ada", at=3, note="left"
    ),
    SavedFilter(id="sf", name="Alarms", area=ExportArea.EVENTS, filters=(("kind", "alarm"),), shared=True, owner="us"),
    ScheduledExport(
        id="se", name="Weekly", area=ExportArea.EVENTS, filters=(("since", "-7d"), ("kind", "alarm")), cron="0 6 * * 1",
        format=ExportFormat.PDF, folder="/srv/exports", active=False, made_by="ada", saved="sf",
    ),
    Import(
        id="im", kind=ImportKind.CARDS, file="cards.csv", rows=3, twins=Twins.UPDATE, skip_wrong=True, make_missing=True, state=ImportState.UNDONE,
        begun_at=1, begun_by="ada", ended_at=2, made=1, changed=2, same=3, skipped=4, wrong=5, kept=6, problem="row 2",
    ),
    Role(id="r", name="Janitor", rights=("doors.open", "doors.view")),
    Booking(id="b1", customer="cu", zone="z", from_at=10, to_at=20, note="berth 4"),
    User(id="us", login="ada", name="Ada", role="r", active=False, companies=("co",), zones=("z",), time_zone="Europe/Paris"),
    ApiKey(id="ak", name="till", user="us", scopes=("doors.view",), expires_at=9, per_minute=5, revoked=True, created_at=1, last4="abcd"),
    Erasure(id="er", customer="cu", number=7, reason="asked", by="ada", at=1, events=3, finished_at=2),
    Webhook(id="wh", name="central desk", url="https://example.org/hook", events=(WebhookEvent.ALERT_RAISED,), active=False),
)  # fmt: skip


async def stocked(stores: Stores) -> None:
    await stores.roster.write(lambda tx: tx.put(Profile(id="p2", name="Second")))
    for record in EVERY:
        code = "04A2B3C4" if isinstance(record, Card) else None
        await stores.roster.write(lambda tx, record=record, code=code: tx.put(record, code=code))


def test_every_kind_of_record_is_among_them() -> None:
    assert {type(r) for r in EVERY} == set(TABLES)


async def test_every_record_comes_back_as_it_went_in(stores: Stores) -> None:
    await stocked(stores)
    for record in EVERY:
        found = await stores.roster.write(lambda tx, r=record: tx.get(type(r), r.id))
        expected = msgspec.structs.replace(record, ver=1, **({"last4": "B3C4"} if isinstance(record, Card) else {}))
        assert found == expected
    assert (await stores.rows("SELECT folded FROM vehicle", of="roster")) == [(folded("WX1234"),)]


async def test_a_record_stored_again_is_one_version_on_and_otherwise_the_same(stores: Stores) -> None:
    await stocked(stores)
    for record in EVERY:
        again = await stores.roster.write(lambda tx, r=record: tx.put(tx.get(type(r), r.id)))
        assert again.ver == 2
        assert again == await stores.roster.write(lambda tx, r=record: tx.get(type(r), r.id))


async def test_a_record_made_empty_again_comes_back_empty(stores: Stores) -> None:
    await stocked(stores)
    plain = Customer(id="cu", name="Ada", number=17)
    await stores.roster.write(lambda tx: tx.put(plain))
    assert await stores.roster.write(lambda tx: tx.get(Customer, "cu")) == msgspec.structs.replace(plain, ver=2)
    assert await stores.rows("SELECT * FROM group_member", of="roster") == []


async def test_a_row_has_the_lists_that_decisions_read_beside_it_as_they_are_by_profile_and_group(stores: Stores) -> None:
    await stocked(stores)
    for profiles, groups in ((("p2", "p"), ("g",)), ((), ()), (("p2",), ("g",)), (("p", "p2", "p"), ())):
        for kind, id in ((Company, "co"), (Group, "g"), (Customer, "cu"), (Card, "ca"), (Vehicle, "v")):
            lists = {"profiles": profiles} | ({"groups": groups} if kind is Customer else {})
            await stores.roster.write(
                lambda tx, kind=kind, id=id, lists=lists: tx.put(msgspec.structs.replace(tx.get(kind, id), **lists))
            )
        beside = await stores.rows(
            "SELECT id, held FROM company UNION SELECT id, held FROM customer_group UNION SELECT id, held FROM customer"
            " UNION SELECT id, held FROM card UNION SELECT id, held FROM vehicle",
            of="roster",
        )
        for id, held in beside:
            assert [(p,) for p in held.split(",") if p] == await stores.rows(
                f"SELECT profile FROM profile_grant WHERE holder = '{id}' ORDER BY profile", of="roster"
            )
        assert await stores.rows("SELECT member_of FROM customer", of="roster") == [(",".join(groups),)]


async def test_every_change_has_a_line_with_before_and_after_who_and_why(stores: Stores) -> None:
    def change(tx: Any) -> None:
        tx.by = ("ada", "zones.edit", "spring cleaning", 4711)
        tx.put(Zone(id="z", name="Garage 2"))

    await stores.roster.write(change)
    rows = await stores.rows(
        "SELECT at, actor, command, entity, entity_id, op, before, after, reason FROM change ORDER BY rev DESC LIMIT 1", of="roster"
    )
    at, actor, command, entity, id, op, before, after, reason = rows[0]
    assert (at, actor, command, entity, id, op, reason) == (4711, "ada", "zones.edit", "zone", "z", "put", "spring cleaning")
    assert msgspec.json.decode(before, type=Zone) == Zone(id="z", ver=1, name="Garage")
    assert msgspec.json.decode(after, type=Zone) == Zone(id="z", ver=2, name="Garage 2")


async def test_a_deletion_has_a_line_without_an_after(stores: Stores) -> None:
    await stores.roster.write(lambda tx: tx.delete(tx.get(AccessPoint, "a-out")))
    ((op, before, after),) = await stores.rows("SELECT op, before, after FROM change ORDER BY rev DESC LIMIT 1", of="roster")
    assert (op, after) == ("delete", None)
    assert msgspec.json.decode(before, type=AccessPoint).name == "out"


async def test_the_name_of_who_asked_does_not_stay_for_the_next(stores: Stores) -> None:
    def change(tx: Any) -> None:
        tx.by = ("ada", "zones.edit", "", 1)
        tx.put(Zone(id="z", name="Garage 2"))

    await stores.roster.write(change)
    await stores.roster.write(lambda tx: tx.put(Zone(id="z", name="Garage 3")))
    assert await stores.rows("SELECT actor FROM change ORDER BY rev DESC LIMIT 2", of="roster") == [("system",), ("ada",)]


async def test_the_site_is_read_anew_only_when_it_changed(stores: Stores) -> None:
    before = await stores.rows("SELECT rev, config_rev FROM head", of="roster")
    await stores.card("ada")
    ((rev, config_rev),) = await stores.rows("SELECT rev, config_rev FROM head", of="roster")
    assert (rev, config_rev) == (before[0][0] + 2, before[0][1])
    await stores.roster.write(lambda tx: tx.put(Zone(id="z", name="Garage 2")))
    assert await stores.rows("SELECT rev, config_rev FROM head", of="roster") == [(rev + 1, rev + 1)]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (Customer(id="n", name="N", number=99, company="nowhere"), "company"),
        (Customer(id="n", name="N", number=99, groups=("nowhere",)), "groups"),
        (Customer(id="n", name="N", number=99, profiles=("p", "nowhere")), "profiles"),
        (Vehicle(id="n", plate="N1", plate_key="N1", customer="nobody"), "customer"),
        (Vehicle(id="n", plate="N1", plate_key="N1", company="nobody"), "company"),
        (Zone(id="n", name="N", parent="nowhere"), "parent"),
        (Profile(id="n", name="N", zones=(ZoneRight(zone="nowhere"),)), "zones"),
        (Profile(id="n", name="N", zones=(ZoneRight(zone="z", schedule="never"),)), "zones"),
        (AccessPoint(id="n", name="N", door="d", from_zone="z", to_zone="nowhere"), "to_zone"),
        (AccessPoint(id="n", name="N", door="d", from_zone="nowhere", to_zone="z"), "from_zone"),
        (User(id="n", login="nn", role="nothing"), "role"),
    ],
)
async def test_a_reference_to_nothing_names_its_field(stores: Stores, record: Record, field: str) -> None:
    error = await refused(lambda: stores.roster.write(lambda tx: tx.put(record)))
    assert isinstance(error, Conflict)
    assert "refers to something that is not there" in error.message
    assert error.field == field


@pytest.mark.parametrize(
    ("record", "code", "field"),
    [
        (Card(id="n", customer="cu"), "04A2B3C4", ""),
        (Vehicle(id="n", plate="wx1234", plate_key="WX1234", customer="cu"), None, "plate"),
        (Zone(id="n", name="Deck"), None, "name"),
        (Role(id="n", name="Janitor"), None, "name"),
        (User(id="n", login="ada", role="r"), None, "login"),
        (AccessPoint(id="n", name="side", door="e", to_zone="z"), None, "name"),
        (Customer(id="n", name="N", number=17), None, "number"),
    ],
)
async def test_what_is_there_already_names_its_field(stores: Stores, record: Record, code: str | None, field: str) -> None:
    await stocked(stores)
    if not field:
        await stores.roster.write(lambda tx: tx.put(record, code=code))
        return
    error = await refused(lambda: stores.roster.write(lambda tx: tx.put(record, code=code)))
    assert isinstance(error, Conflict)
    assert error.field == field


async def test_two_cards_cannot_have_one_code_and_a_qr_code_is_a_barcode(stores: Stores) -> None:
    code = await stores.card("ada")
    for kind in (CredentialKind.QR, CredentialKind.BARCODE):
        twin = Card(id="twin", kind=kind, customer="customer-ada")
        error = await refused(lambda twin=twin: stores.roster.write(lambda tx: tx.put(twin, code=code)))
        assert isinstance(error, Conflict)
        assert error.field == "code"


@pytest.mark.parametrize(("kind", "id"), [(Zone, "z"), (Profile, "p"), (Schedule, "s"), (Role, "r"), (Group, "g"), (Zone, "z2")])
async def test_what_is_still_used_stays_whole(stores: Stores, kind: type[Record], id: str) -> None:
    await stocked(stores)
    await stores.card("ada")
    before = await stores.roster.write(lambda tx: tx.get(kind, id))
    error = await refused(lambda: stores.roster.write(lambda tx: tx.delete(tx.get(kind, id))))
    assert isinstance(error, Conflict)
    assert "still used" in error.message
    assert await stores.roster.write(lambda tx: tx.get(kind, id)) == before


async def test_a_profile_named_twice_is_held_once(stores: Stores) -> None:
    await stores.roster.write(lambda tx: tx.put(Customer(id="a", name="A", number=90, profiles=("p", "p"))))
    assert (await stores.roster.write(lambda tx: tx.get(Customer, "a"))).profiles == ("p",)
    twice = Profile(id="p", name="All hours", zones=(ZoneRight(zone="z"), ZoneRight(zone="z")))
    assert (await stores.roster.write(lambda tx: tx.put(twice))).zones == (ZoneRight(zone="z"),)


async def test_customer_numbers_are_never_given_twice(stores: Stores) -> None:
    first = await stores.roster.write(lambda tx: tx.next_customer_number())
    await stores.roster.write(lambda tx: tx.reserve_customer_number(500))
    assert await stores.roster.write(lambda tx: tx.next_customer_number()) == 501
    await stores.roster.write(lambda tx: tx.reserve_customer_number(3))
    assert await stores.roster.write(lambda tx: tx.next_customer_number()) == 502
    assert first < 500


async def test_the_code_of_a_card_is_nowhere_in_the_files(stores: Stores) -> None:
    code = await stores.card("ada", username="ada")
    await stores.show(code)
    for path in stores.files.folder.iterdir():
        assert code.encode() not in path.read_bytes(), path.name


async def test_a_record_that_is_not_there_is_not_found(stores: Stores) -> None:
    assert isinstance(await refused(lambda: stores.roster.write(lambda tx: tx.get(Card, "nothing"))), NotFound)
    assert await stores.roster.write(lambda tx: tx.find(Card, id="nothing")) is None
