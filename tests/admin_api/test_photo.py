"""A customer's photo over REST and on the page: decoded, upright, bare, small; one file a picture, gone with the last who has it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from admin_api.pictures import MOST_PIXELS, shrunk
from edge.commands.photos import SetPhoto
from edge.core.errors import Invalid
from edge.identity import uuid7
from edge.store.backup import backup, restore
from edge.store.files import Files
from tests.admin_api.desk_facility import PASSWORD, DeskFacility
from tests.support.facility import Facility, until


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (1600, 900), colour: str = "red", mode: str = "RGB", turned: int = 1
) -> bytes:
    """A picture with a white corner at its upper left; turned: its EXIF orientation, with a place in it."""
    image = Image.new(mode, size, colour)
    image.paste("white", (0, 0, size[0] // 3, size[1] // 3))
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010E] = turned, "taken at home"
    image.save(made, kind, exif=exif)
    return made.getvalue()


def folder(site: DeskFacility) -> list[Path]:
    return sorted((site.house.folder / "state" / "photos").glob("*"))


async def test_a_photo_is_kept_small_and_bare_and_shown_on_the_page(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    path = f"/customers/{ada['id']}/photo"
    async with site.api() as api, site.browser() as page:
        assert (await api.get(path)).status_code == 404
        assert "<img" not in (await page.get(f"/customers/{ada['id']}")).text
        for kind in ("PNG", "WEBP", "JPEG"):
            put = await api.put(path, content=picture(kind, turned=6))
            assert put.status_code == 200, put.text
            (kept,) = folder(site)
            assert kept.stem == put.json()["photo"] and kept.stat().st_mode & 0o777 == 0o640
        answer = await api.get(path)
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
        shown = Image.open(io.BytesIO(answer.content))
        assert shown.format == "JPEG" and shown.size == (360, 640) and not shown.getexif()
        assert b"taken at home" not in answer.content
        assert shown.getpixel((350, 10))[1] > 200 > shown.getpixel((10, 630))[1]  # a quarter turn to the right
        assert f'<img class="photo" src="/api/v1{path}' in (await page.get(f"/customers/{ada['id']}")).text
        assert (await page.get(f"/api/v1{path}")).content == answer.content

        await site.desk.parts.views.flush()
        lines = (await api.get(f"/customers/{ada['id']}/history")).json()["items"]
        assert any(line["op"] == "view" and line["actor"] == "administrator" for line in lines)
        assert (await api.delete(path)).status_code == 200
        assert (await api.get(path)).status_code == 404 and folder(site) == []


async def test_who_was_let_in_is_shown_with_their_photo_to_who_may_see_customers(site: DeskFacility) -> None:
    ada, code = await site.customer_with_card("Ada")
    role = await site.add("/roles", name="Doorman", rights=["doors.view", "events.view"])
    await site.add("/users", login="doorman", role=role["id"], password=PASSWORD)
    async with site.api() as api:
        assert (await api.put(f"/customers/{ada['id']}/photo", content=picture())).status_code == 200
    await site.show(code)
    async with site.browser("Guard") as guard, site.browser("Doorman") as doorman:
        assert f"/api/v1/customers/{ada['id']}/photo" in (await guard.get("/")).text
        plain = (await doorman.get("/")).text
        assert "Ada" in plain and "/photo" not in plain
        async with guard.stream("GET", "/live/stream", params={"after": 0}) as stream:
            async for line in stream.aiter_lines():
                if "last-" in line and "Ada" in line:
                    assert f"/customers/{ada['id']}/photo" in line
                    break


async def test_a_backup_brings_photos_back(facility: Facility, tmp_path: Path) -> None:
    ada, _, _ = await facility.customer_with_card("Ada")
    kept = await facility.do(SetPhoto(id=ada, picture=shrunk(picture())))
    file = tmp_path / "gate.tar"
    backup(facility.edge.files, file, at=1, program="test")
    other = Files(tmp_path / "other")
    other.photos.mkdir(parents=True)
    (other.photos / "before.jpg").write_bytes(b"of another time")
    other.roster.touch()
    _, aside = restore(file, other, at=2, new_log_id=uuid7())
    (there,) = other.photos.iterdir()
    assert there.stem == kept["photo"] and there.stat().st_mode & 0o777 == 0o640
    assert aside is not None and (aside / "photos" / "before.jpg").exists()


async def test_who_may_only_look_changes_nothing_and_what_is_no_picture_is_refused(site: DeskFacility) -> None:
    ada = await site.add("/customers", name="Ada", email="ada@example.org")
    path = f"/customers/{ada['id']}/photo"
    async with site.api("Viewer") as api:
        assert (await api.put(path, content=picture())).status_code == 403
    async with site.api() as api:
        for nonsense in (b"", b"not a picture", picture()[:500], b"\xff\xd8\xff" + bytes(4000), b"GIF89a" + bytes(50)):
            refused = await api.put(path, content=nonsense)
            assert refused.status_code == 400 and refused.json()["field"] == "picture", nonsense[:10]
        assert (await api.put(path, content=bytes((8 << 20) + 2))).status_code == 413
        assert (await api.put("/customers/no-such-id/photo", content=picture())).status_code == 404
        assert (await api.patch(f"/customers/{ada['id']}", json={"photo": "x"})).status_code == 400
    assert not (site.house.folder / "state" / "photos").exists()


async def test_one_picture_of_two_stays_until_neither_has_it(site: DeskFacility) -> None:
    ada, bob = [await site.add("/customers", name=name, email=f"{name}@example.org") for name in ("Ada", "Bob")]
    async with site.api() as api:
        for one in (ada, bob):
            assert (await api.put(f"/customers/{one['id']}/photo", content=picture())).status_code == 200
        assert len(folder(site)) == 1
        await api.delete(f"/customers/{ada['id']}/photo")
        assert (await api.get(f"/customers/{bob['id']}/photo")).status_code == 200
        merged = await api.post(f"/customers/{ada['id']}/merge", json={"other": bob["id"]})
        assert merged.status_code == 201
        assert (await api.get(f"/customers/{ada['id']}/photo")).status_code == 200
        body = {"confirm": ada["number"], "reason": "asked"}
        assert (await api.post(f"/customers/{ada['id']}/erase", json=body)).status_code == 202
        await until(lambda: folder(site) == [], "the picture to be gone")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    side = int(MOST_PIXELS**0.5) + 100
    made = io.BytesIO()
    Image.new("1", (side, side)).save(made, "PNG")
    with pytest.raises(Invalid, match="24 million pixels"):
        shrunk(made.getvalue())


def test_what_can_be_seen_through_is_white_behind() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(made, "PNG")
    assert Image.open(io.BytesIO(shrunk(made.getvalue()))).getpixel((20, 20)) == (255, 255, 255)
