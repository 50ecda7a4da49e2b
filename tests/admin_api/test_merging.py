"""Two customers who are one: side by side, merged, and taken back, as the gate and the lists see it."""

from __future__ import annotations

from typing import Any

import pytest

from edge.core.judgement import Reason
from tests.admin_api.desk_facility import DeskFacility


async def twins(site: DeskFacility) -> tuple[dict[str, Any], dict[str, Any], str]:
    """(kept, other, the other's code): the same person twice, each with something the other has not."""
    group = await site.add("/groups", name="Night shift")
    kept = await site.add(
        "/customers", name="Ada Lovelace", email="lovelace@example.org", phone="1", tags=["vip"], description="first"
    )
    other, code = await site.customer_with_card("Ada")
    async with site.api() as api:
        changes = {
            "email": "ada@work.example",
            "phone": "2",
            "born": "1990-01-01",
            "groups": [group["id"]],
            "tags": ["vip", "berth"],
        }
        other = (await api.patch(f"/customers/{other['id']}", json=changes)).json()
    await site.add("/vehicles", plate="WX 1", customer=other["id"])
    await site.add("/bookings", customer=other["id"], zone=site.house.ids["zone"], from_at=1_000_000, to_at=2_000_000)
    await site.add("/customers", name="Guest of Ada", kind="guest", host=other["id"])
    return kept, other, code


@pytest.mark.feature("S001-18")
async def test_two_records_become_one_with_everything_of_both_and_two_again(site: DeskFacility) -> None:
    kept, other, code = await twins(site)
    assert await site.show(code) is Reason.GRANTED
    async with site.api() as api:
        seen = (await api.get(f"/customers/{kept['id']}/merge/{other['id']}")).json()
        assert seen["moves"] == {"cards": 1, "vehicles": 1, "bookings": 1, "guests": 1}
        assert {f["name"] for f in seen["differ"]} == {"name", "email", "phone", "description", "born"}
        body = {"other": other["id"], "take": ["phone"], "reason": "the same person"}
        made = (await api.post(f"/customers/{kept['id']}/merge", json=body)).json()
        one = (await api.get(f"/customers/{kept['id']}")).json()
        assert (one["name"], one["email"], one["phone"], one["born"], one["description"]) == (
            "Ada Lovelace", "lovelace@example.org", "2", "1990-01-01", "first",
        )  # fmt: skip
        assert (one["tags"], len(one["groups"]), one["profiles"]) == (["berth", "vip"], 1, other["profiles"])
        gone = (await api.get(f"/customers/{other['id']}")).json()
        assert gone["deleted_at"] and gone["merged_into"] == kept["id"]
        assert await site.show(code, at="North out") is Reason.GRANTED, "the card opens for the one kept"
        assert len((await api.get("/entries", params={"customer": kept["id"]})).json()["items"]) == 1, "and its visits are theirs"
        assert [v["plate"] for v in (await api.get("/vehicles", params={"customer": kept["id"]})).json()["items"]] == ["WX 1"]
        assert [c["name"] for c in (await api.get("/customers", params={"host": kept["id"]})).json()["items"]] == ["Guest of Ada"]

        await api.patch(f"/customers/{kept['id']}", json={"phone": "3"})
        assert (await api.post(f"/merges/{made['id']}/undo")).status_code == 200
        one, two = [(await api.get(f"/customers/{id}")).json() for id in (kept["id"], other["id"])]
        assert (one["phone"], one.get("born"), one["tags"], one.get("groups")) == ("3", None, ["vip"], None), (
            "what was changed since stays"
        )
        assert (two["email"], two.get("deleted_at"), two.get("merged_into")) == ("ada@work.example", None, None)
        assert len((await api.get("/cards", params={"customer": other["id"]})).json()["items"]) == 1
        assert (await api.post(f"/merges/{made['id']}/undo")).status_code == 409
        assert [m.get("undone_at") is None for m in (await api.get("/merges", params={"customer": kept["id"]})).json()] == [False]
    assert await site.show(code) is Reason.GRANTED


async def test_an_address_of_the_other_can_be_taken_and_is_given_back(site: DeskFacility) -> None:
    kept, other, _ = await twins(site)
    async with site.api() as api:
        body = {"other": other["id"], "take": ["email"]}
        made = (await api.post(f"/customers/{kept['id']}/merge", json=body)).json()
        assert (await api.get(f"/customers/{kept['id']}")).json()["email"] == "ada@work.example"
        assert (await api.post(f"/merges/{made['id']}/undo")).status_code == 200
        emails = [(await api.get(f"/customers/{id}")).json()["email"] for id in (kept["id"], other["id"])]
        assert emails == ["lovelace@example.org", "ada@work.example"]


async def test_a_blocklisted_or_overdue_person_stays_so_whoever_is_kept(site: DeskFacility) -> None:
    kept, other, code = await twins(site)
    async with site.api() as api:
        await api.patch(f"/customers/{other['id']}", json={"blocklisted": True, "overdue_since": 5})
        await api.post(f"/customers/{kept['id']}/merge", json={"other": other["id"]})
        one = (await api.get(f"/customers/{kept['id']}")).json()
        assert (one["blocklisted"], one["overdue_since"]) == (True, 5)
    assert await site.show(code) is Reason.BLOCKLISTED


async def test_what_cannot_be_merged_is_refused(site: DeskFacility) -> None:
    kept, other, _ = await twins(site)
    path = f"/customers/{kept['id']}/merge"
    async with site.api() as api:
        for body, status in (
            ({"other": kept["id"]}, 400), ({"other": "nobody"}, 404), ({"other": other["id"], "take": ["number"]}, 400),
            ({"other": other["id"], "take": ["shoe_size"]}, 400), ({}, 400),
        ):  # fmt: skip
            assert (await api.post(path, json=body)).status_code == status, body
        await api.delete(f"/customers/{other['id']}")
        assert (await api.post(path, json={"other": other["id"]})).status_code == 409
    role = await site.add("/roles", name="Editor", rights=["customers.view", "customers.edit"])
    await site.add("/users", login="editor", role=role["id"], password="correct horse")
    async with site.api("editor") as api:
        assert (await api.post(path, json={"other": other["id"]})).status_code == 403
