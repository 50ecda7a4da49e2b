"""Erasing a person over REST, and that nothing anywhere says any more who it was."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hw_sim.central_store import CentralStore

from edge.commands.erasing import EraseCustomer, erase_customer
from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Reading
from edge.core.people import Customer
from edge.store import passages
from edge.store.files import connect
from edge.store.journal import verify
from edge.store.roster import RosterTransaction
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_imports import applied, brought
from tests.support.facility import Facility, until
from tests.support.stores import EVERYTHING, at

WHO = {
    "name": "Ada Lovelace-King", "first_name": "Ada", "last_name": "Lovelace-King", "email": "ada.king@example.org",
    "mobile": "+48 601 777 888", "evening_phone": "+48 58 999 0001", "fax": "+48 58 999 0002", "born": "1985-12-10",
    "description": "prefers the berth by the crane", "contact_person": "Charles Babbage", "citizenship": "GB", "tags": ["countess"],
    "addresses": [{"kind": "home", "street": "St James Square 12", "postal_code": "SW1Y", "city": "Londinium", "country": "GB"}],
    "identities": [{"system": "pms", "id": "PMS-4711"}],
    "consents": [{"purpose": "newsletter", "given": True, "basis": "form of 3 May", "at": 1}],
}  # fmt: skip
SAID = (
    "Lovelace", "ada.king", "601 777 888", "999 0001", "999 0002", "1985-12-10", "by the crane", "Babbage", "countess", "St James", "SW1Y",
    "Londinium", "PMS-4711", "form of 3 May", "GD 12345", "GD12345", "adas phone", "Bugatti", "Ada Byron", "ABC 999",
    "with her parrot", "erase-me-code",
)  # fmt: skip
"""Whatever was said of her anywhere, as it was written."""


async def somebody(site: DeskFacility) -> tuple[dict[str, Any], str]:
    """Ada, with everything there is to have, who came and went. (customer, code of her card)"""
    ada = await site.add("/customers", profiles=[site.house.ids["profile"]], **{**WHO, "name": "Ada Byron", "last_name": "Byron"})
    path = f"/customers/{ada['id']}"
    card = await site.add("/cards", customer=ada["id"], username="adas phone", code="erase-me-code-7777")
    await site.add("/vehicles", customer=ada["id"], plate="GD 12345", brand="Bugatti")
    await site.add("/bookings", customer=ada["id"], zone=site.house.ids["zone"], from_at=1, to_at=2, note="with her parrot")
    async with site.api() as api:
        await api.patch(path, json={"name": WHO["name"], "last_name": WHO["last_name"]})
        await api.put(f"{path}/document", json={"number": "ABC 999", "issuer": "Gdynia"})
        await api.get("/customers", params={"q": "lovelace"})
        brought_in = await brought(api, "E-mail;Description\nada.king@example.org;prefers the side gate\n")
        assert (await applied(api, brought_in["id"], duplicates="update"))["result"]["changed"] == 1
    await site.show(card["code"])
    await site.show(card["code"], at="North out")
    return ada, card["code"]


async def shown_with_a_picture(site: DeskFacility, plate: str) -> Path:
    """A plate at the gate, with the picture that a camera keeps of it."""
    folder = site.house.folder / "state" / "evidence"
    folder.mkdir(exist_ok=True)
    picture = folder / "north-1.jpg"
    picture.write_bytes(b"jpeg")
    await site.house.edge.gate.serve(
        Reading(reader="test", access_point="North in", kind=CredentialKind.PLATE, text=plate, evidence=str(picture))
    )
    return picture


async def erased(site: DeskFacility, customer: dict[str, Any], reason: str = "asked for it in writing") -> dict[str, Any]:
    async with site.api() as api:
        answer = await api.post(f"/customers/{customer['id']}/erase", json={"confirm": customer["number"], "reason": reason})
        assert answer.status_code == 202, answer.text

        async def finished() -> Any:
            said = (await api.get(f"/customers/{customer['id']}/erasure")).json()
            return said if said.get("finished_at") else None

        return dict(await until(finished, "the erasing to be done"))


def dump(site: DeskFacility) -> str:
    """Every value of every table of the three files."""
    lines = []
    for name in ("roster", "journal", "secrets"):
        with closing(sqlite3.connect(site.house.folder / "state" / f"{name}.db")) as db:
            lines += db.iterdump()
    return "\n".join(lines)


def in_files(site: DeskFacility, said: Iterable[str]) -> list[tuple[str, str]]:
    """(file, text) wherever a text is in the bytes of a file, write-ahead logs too."""
    found = sorted((site.house.folder / "state").glob("*.db*"))
    return [(file.name, text) for file in found for text in said if text.encode() in file.read_bytes()]


@pytest.mark.feature("S003-50")
async def test_nothing_says_any_more_who_somebody_was_and_the_log_still_verifies(site: DeskFacility) -> None:
    ada, code = await somebody(site)
    picture = await shown_with_a_picture(site, "GD 12345")
    async with site.api() as api:
        seq = (await api.get("/events", params={"customer": ada["id"]})).json()["items"][0]["seq"]
        point = site.house.ids["North in"]
        await api.post(f"/access-points/{point}/unlock", json={"reason": "Ada Lovelace-King wears a hat"})
        (card,) = (await api.get("/cards", params={"customer": ada["id"]})).json()["items"]
        await api.post(f"/cards/{card['id']}/hand-out")
        before = dump(site)
    assert all(said in before for said in SAID if said not in ("ABC 999", "GD12345", "erase-me-code"))
    count = len(await site.house.events())
    said = await erased(site, ada)
    after, left = dump(site), in_files(site, (text for text in SAID if len(text) > 4))
    assert [text for text in SAID if text in after] == []
    assert left == []
    assert not picture.exists() and said["events"] >= 3
    assert await site.show(code) is Reason.UNKNOWN_CREDENTIAL
    assert await site.show("GD 12345", CredentialKind.PLATE) is not Reason.GRANTED
    assert len(await site.house.events()) == count + 2
    state = site.house.folder / "state"
    with closing(connect(state / "journal.db", read_only=True)) as db:
        assert verify(db)[1] == []
        made = passages.rebuilt(db).rows()
        assert {t: made[t] for t in ("entry", "payment")} == {t: passages.present(db)[t] for t in ("entry", "payment")}
    async with site.api() as api, site.browser() as page:
        event = (await api.get(f"/events/{seq}")).json()
        assert event["customer_name"] == f"Erased {ada['number']}" and event["customer"] == ada["id"]
        for path in (
            "/customers?deleted=true", f"/customers/{ada['id']}", "/events", f"/events?customer={ada['id']}", "/cards", "/vehicles",
            "/bookings", "/audit", f"/customers/{ada['id']}/history", "/entries", "/search?q=lovelace", "/search?q=12345", f"/events/{seq}",
        ):  # fmt: skip
            text = (await api.get(path)).text
            assert [word for word in SAID if word in text] == [], path
        for path in ("/", "/events", f"/events/{seq}", f"/customers/{ada['id']}", "/customers?deleted=on"):
            text = (await page.get(path)).text
            assert [word for word in SAID if word in text] == [], path
        assert (await api.patch(f"/customers/{ada['id']}", json={"name": "Ada again"})).status_code == 409
        assert (await api.post(f"/customers/{ada['id']}/restore")).status_code == 409
        again = await api.post("/cards", json={"customer": ada["id"]})
        assert again.status_code == 409 and again.json()["field"] == "customer"
        lines = (await api.get(f"/customers/{ada['id']}/history")).json()["items"]
        assert {"customers.add", "customers.edit", "customers.erase"} <= {line["command"] for line in lines}
        assert all(line["changes"] == [] for line in lines) and lines[0]["actor"] == "administrator"


@pytest.mark.feature("S003-50")
async def test_only_the_right_one_is_erased_by_whom_it_is_given_to(site: DeskFacility) -> None:
    ada, _ = await somebody(site)
    body = {"confirm": ada["number"] + 1, "reason": "asked"}
    async with site.api("Operator") as api:
        assert (await api.post(f"/customers/{ada['id']}/erase", json=body)).status_code == 403
    async with site.api() as api:
        wrong = await api.post(f"/customers/{ada['id']}/erase", json=body)
        assert wrong.status_code == 400 and wrong.json()["field"] == "confirm"
        named = await api.post(
            f"/customers/{ada['id']}/erase", json={"confirm": ada["number"], "reason": "Ada Lovelace-King asked for it"}
        )
        assert named.status_code == 400 and named.json()["field"] == "reason"
        assert (await api.get(f"/customers/{ada['id']}/erasure")).status_code == 404
    await erased(site, ada)
    async with site.api() as api:
        assert (await api.post(f"/customers/{ada['id']}/erase", json={**body, "confirm": ada["number"]})).status_code == 409


async def test_who_was_merged_into_them_goes_with_them_and_somebody_of_the_same_name_stays(site: DeskFacility) -> None:
    ada, _ = await somebody(site)
    twin = await site.add("/customers", name="Ada Twin", email="twin@example.org")
    other = await site.add("/customers", name=WHO["name"], email="other@example.org", host=ada["id"])
    async with site.api() as api:
        assert (await api.post(f"/customers/{ada['id']}/merge", json={"other": twin["id"]})).status_code == 201
        refused = await api.post(f"/customers/{twin['id']}/erase", json={"confirm": twin["number"], "reason": "asked"})
        assert refused.status_code == 409
    await erased(site, ada)
    text = dump(site)
    assert "Ada Twin" not in text and "twin@example.org" not in text
    assert (await site.get(f"/customers/{other['id']}"))["name"] == WHO["name"]
    assert "Lovelace" in str(await site.get("/search?q=lovelace"))


async def test_an_event_changed_under_the_pretext_of_erasing_is_found(site: DeskFacility) -> None:
    ada, _ = await somebody(site)
    await erased(site, ada)
    path = site.house.folder / "state" / "journal.db"
    with closing(sqlite3.connect(path)) as db:
        (seq, body), *_ = db.execute('SELECT seq, body FROM event WHERE instr(body, \'"erased":"\') ORDER BY seq').fetchall()
        with db:
            db.execute("UPDATE event SET body = ? WHERE seq = ?", (body.replace('"outcome":"granted"', '"outcome":"denied"'), seq))
        assert verify(db)[1] == [f"event {seq}: it was changed, and no erasing says so"]
        with db:
            db.execute("UPDATE event SET body = ? WHERE seq = ?", (body, seq))
        other, kept, whole = db.execute("SELECT seq, hash, body FROM event WHERE code = 'edge_started'").fetchone()
        said = json.loads(whole) | {"note": "nothing happened here", "erased": bytes(kept).hex()}
        with db:
            db.execute("UPDATE event SET body = ? WHERE seq = ?", (json.dumps(said), other))
        assert verify(db)[1] == [f"event {other}: it was changed, and no erasing says so"]


async def test_events_that_central_has_not_got_yet_reach_it_without_names_and_in_their_chain(site: DeskFacility) -> None:
    ada, _ = await somebody(site)
    await erased(site, ada)
    before, events = await site.house.edge.journal.write(lambda tx: tx.events_after(0, 10_000, 1 << 30))
    last = await site.house.edge.journal.write(lambda tx: tx.hash_at(events[-1][0]))
    with closing(CentralStore(site.house.folder / "central.db")) as central:
        taken = central.take("edge", "log", 1, before, [body for _, body in events])
        assert (taken.cursor, taken.hash, taken.refused) == (events[-1][0], last, ())
        told = central.events_of("log")
    assert "Lovelace" not in json.dumps(told)
    await site.house.edge.journal.write(lambda tx: tx.fork("another-log", 0, "put back from a backup"))
    with closing(connect(site.house.folder / "state" / "journal.db", read_only=True)) as db:
        assert verify(db)[1] == [], "in a new log the hashes are of what stands there"
    assert [e["customer"] for e in told if e["code"] == "customer_erased"] == [ada["id"]]


async def test_what_an_event_was_cannot_be_guessed_from_the_hash_it_keeps(site: DeskFacility) -> None:
    _, code = await site.customer_with_card("Ada")
    await site.show(code)
    await site.show(code, at="North out")
    salts = {e.salt for e in await site.house.events() if e.customer}
    assert len(salts) == 2 and all(len(salt) == 16 for salt in salts)


async def test_an_erasing_that_a_power_cut_ended_is_done_after_the_next_start(tmp_path: Path) -> None:
    house = Facility(tmp_path)
    try:
        async with house.running():
            ada, _, code = await house.customer_with_card("Lovelace")
            await house.scan(code)

            def begun(tx: RosterTransaction) -> None:
                number = tx.get(Customer, ada).number
                erase_customer(tx, EraseCustomer(id=ada, confirm=number, reason="asked"), EVERYTHING, at())

            await house.edge.roster.write(begun)  # and nobody was told before the power went
        async with house.running():

            async def done() -> bool:
                return await house.edge.roster.write(lambda tx: tx.erasings() == [])

            await until(done, "the erasing to be done")
            assert [e.customer_name for e in await house.events()] == ["Erased 1"]
            (told,) = [e for e in await house.events("operator") if e.code == "customer_erased"]
            assert (told.customer, told.actor) == (ada, "boss")
    finally:
        await house.close()
