"""What is amiss in the records: counted, listed, and gone when it is put right."""

from __future__ import annotations

import pytest

from admin_api.reads.quality import TERMS, Finding
from tests.admin_api.desk_facility import DeskFacility


async def counts(site: DeskFacility) -> dict[str, int]:
    return {row["finding"]: row["count"] for row in await site.get("/customers/quality")}


def test_every_finding_has_its_condition() -> None:
    assert set(TERMS) == set(Finding)


@pytest.mark.feature("S003-53", "S003-55")
async def test_findings_are_counted_and_listed_until_they_are_put_right(site: DeskFacility) -> None:
    acme = await site.add("/companies", name="Acme")
    ada, _ = await site.customer_with_card("Ada")
    await site.add("/customers", name="ADA", source="walk_in", mobile="12 34")
    async with site.api() as api:
        assert (await api.patch("/site", json={"shared_email": True})).status_code == 200
        eve = await site.add("/customers", name="Eve", email="ada@example.org", company=acme["id"])
        found = await counts(site)
        for finding, people in (
            ("no_company", ["Ada", "ADA"]), ("no_email", ["ADA"]), ("no_phone", ["Ada", "Eve"]), ("no_card_or_vehicle", ["ADA", "Eve"]),
            ("no_profile", ["ADA"]), ("same_email", ["Ada", "Eve"]), ("same_name", ["Ada", "ADA"]), ("shouted_name", []), ("short_phone", ["ADA"]),
            ("never_reviewed", ["Ada", "ADA", "Eve"]), ("active_never_seen", ["Ada", "ADA", "Eve"]), ("same_mobile", []), ("no_address", ["Ada", "ADA", "Eve"]),
        ):  # fmt: skip
            listed = [c["name"] for c in (await api.get("/customers", params={"finding": finding})).json()["items"]]
            assert sorted(listed) == sorted(people), finding
            assert found[finding] == len(people), finding
        await api.patch(f"/customers/{ada['id']}", json={"company": acme["id"]})
        await api.post(f"/customers/{eve['id']}/review")
        await api.delete(f"/customers/{eve['id']}")
    after = await counts(site)
    assert (after["no_company"], after["same_email"], after["never_reviewed"]) == (1, 0, 2)
