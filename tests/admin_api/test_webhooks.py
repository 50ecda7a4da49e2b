"""Webhooks over REST: the secret is said once, how far each is can be seen, and only who runs the site may change them."""

from __future__ import annotations

import pytest

from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until


@pytest.mark.feature("X-23")
async def test_a_webhook_is_made_looked_at_changed_and_taken_away(site: DeskFacility) -> None:
    fields = {"name": "central desk", "url": "http://127.0.0.1:9/nobody", "events": ["access.denied"]}
    async with site.api("Technician") as http, site.api("Operator") as looks:
        made = await http.post("/webhooks", json=fields, headers={"Idempotency-Key": "once"})
        assert made.status_code == 201 and len(made.json()["secret"]) == 64 and made.headers["cache-control"] == "no-store"
        id = made.json()["webhook"]["id"]
        again = await http.post("/webhooks", json=fields, headers={"Idempotency-Key": "once"})
        assert (again.json()["webhook"]["id"], again.json()["secret"]) == (id, "")
        assert (await http.post("/webhooks", json=fields)).status_code == 409
        assert (await http.post("/webhooks", json={**fields, "url": "http://example.org/"})).json()["field"] == "url"
        assert made.json()["secret"] not in (await looks.get("/webhooks")).text
        assert (await looks.patch(f"/webhooks/{id}", json={"active": False})).status_code == 403

        async def fails() -> bool:
            told = (await looks.get(f"/webhooks/{id}/delivery")).json()
            return bool(told["tries"]) and "not reached" in told["problem"] and told["behind"] > 0

        await site.show("NOBODYS-CODE")
        await until(fails, "the failure to be told of")
        tag = (await looks.get(f"/webhooks/{id}")).headers["etag"]
        assert (await http.patch(f"/webhooks/{id}", json={"active": False}, headers={"If-Match": tag})).status_code == 200
        assert (await http.patch(f"/webhooks/{id}", json={"active": True}, headers={"If-Match": tag})).status_code == 412
        assert (await http.delete(f"/webhooks/{id}")).status_code == 204
        assert (await looks.get(f"/webhooks/{id}/delivery")).status_code == 404
