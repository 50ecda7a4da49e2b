"""The site's own look: its logo and colour on every page, readable in both themes, and refused where they would not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from admin_api.app import Desk
from admin_api.brand import DARK_CARD, brand_of, css_of
from edge.core.colour import READABLE, WHITE, contrast, parse
from edge.core.errors import SettingsError
from edge.settings import Settings, Site
from edge.settings import parse as read
from tests.admin_api.desk_facility import DeskFacility, desk_settings, make_users
from tests.support.facility import Facility

MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>'


@pytest.mark.parametrize("accent", ["#2f4fc4", "#0b6b4f", "#7a1fa2", "#000000", "#b0221b", "#5b5b00"])
def test_every_colour_that_is_taken_can_be_read_in_both_themes(accent: str) -> None:
    light, dark = css_of(parse(accent) or WHITE).split("\n")[:3:2]

    def token(css: str, name: str) -> tuple[int, int, int]:
        found = parse(re.findall(rf"--{name}:(#[0-9a-f]{{6}});", css)[0])
        assert found
        return found

    for css, behind in ((light, WHITE), (dark, DARK_CARD)):
        assert contrast(token(css, "accent"), behind) >= READABLE
        assert contrast(token(css, "on-accent"), token(css, "accent")) >= READABLE
        assert contrast(token(css, "accent-deep"), token(css, "accent-soft")) >= READABLE


@pytest.mark.parametrize(
    ("accent", "says"), [("blue", "six digits"), ("#12345", "six digits"), ("#ffe066", "too light"), ("#8fb3ff", "too light")]
)
def test_a_colour_that_could_not_be_read_is_refused_with_a_reason(accent: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read(f'[site]\naccent = "{accent}"\n')


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("logo.exe", lambda path: path.write_bytes(b"x"), "one of .svg"),
        ("missing.png", lambda path: None, "cannot be read"),
        ("large.png", lambda path: path.write_bytes(b"x" * 200_001), "at most 200 kB"),
    ],
)
def test_a_logo_that_is_none_is_named(tmp_path: Path, name: str, make: Callable[[Path], object], says: str) -> None:
    make(tmp_path / name)
    with pytest.raises(SettingsError, match=says):
        brand_of(Settings(site=Site(logo_file=str(tmp_path / name))))


@pytest.mark.feature("X-16")
async def test_logo_and_colour_are_on_the_pages_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "mark.svg").write_bytes(MARK)
    house = Facility(tmp_path / "site")
    try:
        async with house.running():
            await make_users(house)
            plain = desk_settings(house)
            mine = replace(plain.site, name="Port Gdynia", accent="#0b6b4f", logo_file=str(tmp_path / "mark.svg"))
            async with Desk(replace(plain, site=mine)).running() as desk, DeskFacility(house, desk).client() as http:
                page = (await http.get("/sign-in")).text
                style, logo = (
                    re.search(r'href="(/brand\.css[^"]+)"', page),
                    re.search(r'<img class="logo" src="(/logo[^"]+)"', page),
                )
                assert style and logo and "Port Gdynia" in page
                css, mark = await http.get(style[1]), await http.get(logo[1])
                assert "--accent:#0b6b4f" in css.text and css.headers["content-type"].startswith("text/css")
                assert mark.content == MARK and "default-src 'none'" in mark.headers["content-security-policy"]
    finally:
        await house.close()


async def test_without_them_the_product_looks_as_it_is() -> None:
    brand = brand_of(Settings())
    assert brand.css == "" and brand.logo == b""
