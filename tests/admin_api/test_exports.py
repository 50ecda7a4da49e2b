"""Exports over REST: what is in the file is what is in the list; asked for, made, written down, fetched, gone."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.admin_api.desk_facility import DeskFacility
from tests.support.facility import until


async def made(http: httpx.AsyncClient, path: str = "/exports", **order: Any) -> dict[str, Any]:
    """An export that is over: done, or why not."""
    answer = await http.post(path, json=order)
    assert answer.status_code == 202, answer.text
    id = answer.json()["id"]

    async def over() -> Any:
        job = (await http.get(f"/exports/{id}")).json()
        return job if job["state"] not in ("waiting", "running") else None

    job: dict[str, Any] = await until(over, f"the export {order}", 30)
    return job


async def fetched(http: httpx.AsyncClient, **order: Any) -> bytes:
    job = await made(http, **order)
    assert job["state"] == "done", job
    answer = await http.get(f"/exports/{job['id']}/file")
    assert answer.status_code == 200
    return answer.content


@pytest.mark.feature("S000-10", "S000-34", "S001-7")
async def test_a_list_is_asked_for_made_and_fetched(site: DeskFacility) -> None:
    for name in ("Ada", "Bob", "Żaneta"):
        await site.customer_with_card(name)
    async with site.api() as http:
        data = await fetched(http, area="customers", format="csv", filters={"q": "a"})
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    print(rows)
    assert {row[1] for row in rows[7:]} == {"Ada", "Żaneta"}
