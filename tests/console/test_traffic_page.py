"""Charts: where their bars and lines stand, and that the page says of a day what its events say."""

from __future__ import annotations

import re

import pytest

from admin_api.console.charts import TALL, TOP, hourly, nice
from tests.admin_api.desk_facility import DeskFacility
from tests.console.test_customers_pages import text_of


@pytest.mark.parametrize(
    ("most", "end"), [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (41, 100), (999, 1000), (1001, 2000)]
)
def test_an_axis_ends_at_a_round_number_whose_half_is_whole(most: int, end: int) -> None:
    assert nice(most) == end and end % 2 == 0


def test_bars_stand_on_the_floor_and_a_line_breaks_where_nothing_is_known() -> None:
    drawn = hourly([0, 2, 4], [1, None, 3], ["00", "01", "02"], ["none", "two", "four"], bars=True)
    assert [round(bar.y + bar.height, 1) for bar in drawn.bars] == [drawn.floor] * 3
    assert drawn.bars[2].y == TOP and drawn.bars[2].says == "four" and drawn.floor < TALL
    assert drawn.other.count("M") == 2 and "L" not in drawn.other and drawn.line == ""
    assert [tick.label for tick in drawn.up] == ["0", "2", "4"]
    today = hourly([1, 2, None], [1, 1, 1], ["00", "01", "02"], ["", "", ""], bars=False)
    assert today.bars == () and today.line.count("L") == 1, "hours to come are not drawn"


@pytest.mark.feature("X-30")
async def test_the_page_of_a_day_counts_what_its_events_say(site: DeskFacility) -> None:
    _, ada = await site.customer_with_card("Ada")
    _, bob = await site.customer_with_card("Bob")
    for code in (ada, bob, "nobody", "stranger"):
        await site.show(code)
    async with site.browser("Operator") as http:
        page = (await http.get("/traffic")).text
        text = text_of(page)
        assert "Came in 2" in text and "Refused 2" in text and "Most inside at once, by the hour 2" in text
        assert re.search(r'<rect class="now"[^>]*><title>\d\d h: 2 entries</title>', page)
        reason = re.search(r'href="(/events\?reason=unknown_credential[^"]+)"', page)
        assert reason
        listed = await http.get(reason[1].replace("&amp;", "&"))
        assert len(re.findall(r'<td class="lead">', listed.text)) == 2
        out = text_of((await http.get(f"/traffic?point={site.house.ids['North out']}")).text)
        assert "Came in 0" in out and "Inside over the day" not in out
        for odd in ("/traffic?day=yesterday", "/traffic?day=2999-01-01", "/traffic?zone=nowhere&point=nothing"):
            assert "Came in 2" in text_of((await http.get(odd)).text)
        assert "Came in 0" in text_of((await http.get("/traffic?day=2020-02-29")).text)
