"""Hours as a picture: what is drawn is what the schedule means, while it is typed."""

from __future__ import annotations

import re

import pytest

from admin_api.console.hours import read_holidays, read_windows
from admin_api.console.week import months_of, week_of
from tests.admin_api.desk_facility import DeskFacility


@pytest.mark.parametrize(
    ("text", "day", "spans"),
    [
        ("Mon-Fri 07:00-19:00", 0, [(420, 720)]),
        ("Mon-Fri 07:00-19:00", 5, []),
        ("Sat 22:00-02:00", 5, [(1320, 120)]),
        ("Sat 22:00-02:00", 6, [(0, 120)]),
        ("Sun 22:00-02:00", 0, [(0, 120)]),
        ("Mon 00:00-24:00", 0, [(0, 1440)]),
        ("Mon 18:00-00:00", 1, []),
        ("Mon 13:00-17:00\nMon 08:00-12:00", 0, [(480, 240), (780, 240)]),
    ],
)
def test_a_week_is_drawn_as_it_opens(text: str, day: int, spans: list[tuple[int, int]]) -> None:
    assert [(s.start, s.length) for s in week_of(read_windows(text, "windows"))[day].spans] == spans


def test_the_months_with_holidays_are_drawn_with_what_is_different_then() -> None:
    holidays = read_holidays("2027-01-01 New Year\n2026-12-25 Christmas\n2026-12-24 Eve 08:00-12:00", "holidays")
    december, january = months_of(holidays)
    days = {d.number: d for week in december.weeks for d in week if d.number}
    assert len(days) == 31 and (days[25].mark, days[25].says) == ("closed", "Christmas: closed")
    assert (days[24].mark, days[24].says) == ("hours", "Eve: 08:00-12:00") and days[23].mark == ""
    assert "2027" in january.name and {len(week) for week in january.weeks} == {7}


async def test_the_picture_follows_what_is_typed_and_says_what_is_wrong(site: DeskFacility) -> None:
    async with site.browser() as http:
        piece = await http.get("/site/schedules/week", params={"windows": "Mon-Fri 07:00-19:00"})
        assert len(re.findall(r'<rect class="now"', piece.text)) == 5 and "<html" not in piece.text
        assert "line 1" in (await http.get("/site/schedules/week", params={"windows": "whenever"})).text.lower()
        assert "There is no such day" in (await http.get("/site/schedules/week", params={"holidays": "2026-02-30 Never"})).text
        strange = await http.get("/site/schedules/week", params={"holidays": "2026-02-03 <script>alert(1)</script>"})
        assert "<script>" not in strange.text and "&lt;script&gt;" in strange.text
        assert '<svg class="chart week"' in (await http.get("/site/schedules/new")).text
