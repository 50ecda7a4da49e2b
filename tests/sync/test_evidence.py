"""Pictures of readings go to central when it has every event, whole or not at all, and are gone there with whom they show."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hw_sim.central_page import CentralPage
from hw_sim.central_pictures import Pictures
from hw_sim.central_store import CentralStore

from edge.core.model import CredentialKind, Reading
from edge.store.files import Files
from edge.sync import wire
from edge.sync.evidence import PART_BYTES
from tests.support.central import Site
from tests.support.facility import until

JPEG = b"\xff\xd8\xff" + os.urandom(3 * PART_BYTES) + b"\xff\xd9"


@pytest.fixture
async def site(at_rest: Site) -> AsyncIterator[Site]:
    at_rest.wire_up(more="evidence = true")
    async with at_rest.running():
        yield at_rest


async def seen(site: Site, code: str, picture: bytes | None, name: str = "gate-1.jpg") -> int:
    """A reading with a picture of its own; the number of its event. picture None: it has made room for newer ones already."""
    folder = Files(site.folder / "state").evidence
    folder.mkdir(exist_ok=True)
    path = folder / name
    if picture is not None:
        path.write_bytes(picture)
    reading = Reading(reader="scanner-in", access_point="North in", kind=CredentialKind.QR, text=code, evidence=str(path))
    return (await site.edge.gate.serve(reading)).event.seq


async def log_id(site: Site) -> str:
    return (await site.edge.journal.write(lambda tx: tx.position())).log_id


async def there(site: Site, seq: int, picture: bytes = JPEG) -> None:
    log = await log_id(site)
    await until(lambda: site.central.store.pictures.jpeg(log, seq) == picture, f"the picture of event {seq} to be at central", 20)


async def test_a_picture_comes_whole_after_its_event(site: Site) -> None:
    seq = await seen(site, "NOBODY", JPEG)
    await there(site, seq)
    assert site.central.store.cursor_of(await log_id(site)) >= seq
    page = CentralPage(site.central)
    await page.start()
    async with httpx.AsyncClient(trust_env=False, base_url=page.url) as http:
        got = await http.get("/picture", params={"log": await log_id(site), "event": seq})
        assert (got.headers["content-type"], got.content) == ("image/jpeg", JPEG)
        assert (await http.get("/picture", params={"log": "other", "event": seq})).status_code == 404
        assert (await http.get("/picture", params={"event": "x"})).status_code == 404
        assert f"event {seq}, 49 kB" in (await http.get("/")).text
    await page.stop()


async def test_one_that_is_no_longer_kept_stands_in_nobodys_way(site: Site) -> None:
    await seen(site, "NOBODY", None, "gone.jpg")
    await seen(site, "NOBODY", b"\xff" * (5 << 20), "huge.jpg")
    await there(site, await seen(site, "NOBODY", JPEG))
    assert len(site.central.store.pictures.newest(10)) == 1


async def test_one_that_central_never_says_it_has_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.sync.evidence.SILENCE_S", 0.2)

    def broken(self: Pictures, edge: str, part: wire.Evidence) -> bool:
        raise ValueError("this central cannot read it")

    with monkeypatch.context() as broken_central:
        broken_central.setattr(Pictures, "take", broken)
        await seen(site, "NOBODY", JPEG, "first.jpg")
        await until(lambda: site.edge.session.counts["evidence_given_up"], "the picture to be given up", 20)
    await there(site, await seen(site, "NOBODY", JPEG, "second.jpg"))
    assert len(site.central.store.pictures.newest(10)) == 1


async def test_a_central_put_back_gets_what_it_lost_and_nothing_twice(site: Site) -> None:
    first = await seen(site, "NOBODY", JPEG, "first.jpg")
    await there(site, first)
    site.central.store.save(site.central.backup)
    second = await seen(site, "NOBODY", JPEG[::-1], "second.jpg")
    await there(site, second, JPEG[::-1])
    await site.central.disconnect()
    site.central.store.put_back(site.central.backup)
    site.central.store.new_epoch()
    before = site.central.counts["evidence"]
    await site.central.start()
    await there(site, second, JPEG[::-1])
    assert site.central.counts["evidence"] - before == 1
    assert len(site.central.store.pictures.newest(10)) == 2


async def test_without_the_setting_none_leaves_the_edge(at_rest: Site) -> None:
    async with at_rest.running():
        await seen(at_rest, "NOBODY", JPEG)
        await at_rest.in_step()
        assert at_rest.edge.session.counts["evidence"] == 0
    assert at_rest.central.store.pictures.newest(10) == []


def part(seq: int, picture: bytes, i: int, n: int, sha256: str = "") -> wire.Evidence:
    size = -(-len(picture) // n)
    whole = sha256 or hashlib.sha256(picture).hexdigest()
    return wire.Evidence(connection=1, log_id="log", seq=seq, sha256=whole, i=i, n=n, jpeg=picture[i * size : (i + 1) * size])


def test_central_takes_parts_in_any_order_and_none_of_another_picture(tmp_path: Path) -> None:
    store = CentralStore(tmp_path / "central.db")
    take = store.pictures.take
    assert [take("edge", part(1, JPEG, i, 3)) for i in (2, 0, 0, 1)] == [False, False, False, True]
    assert not take("edge", part(2, JPEG, 0, 2))
    assert not take("edge", part(3, JPEG, 1, 2))
    assert take("edge", part(3, JPEG, 0, 2))
    assert [seq for _, _, seq, _ in store.pictures.newest(10)] == [3, 1]
    for wrong in (part(4, JPEG, 0, 1, "0" * 64), part(4, JPEG, 0, 5000), part(4, JPEG, 2, 2)):
        with pytest.raises(ValueError, match=r"picture|part"):
            take("edge", wrong)
    assert store.pictures.last("edge", "log") == 3
    store.close()


def test_what_shows_somebody_who_was_erased_goes_and_does_not_come_again(tmp_path: Path) -> None:
    store = CentralStore(tmp_path / "central.db")

    def lines(*said: tuple[str, str]) -> list[bytes]:
        return [
            f'{{"seq":{seq},"at":1,"kind":"decision","code":"{code}","customer":"{customer}"}}'.encode()
            for seq, (code, customer) in enumerate(said, store.cursor("edge", "log", 1)[0] + 1)
        ]

    store.take("edge", "log", 1, b"", lines(("granted", "ada"), ("granted", "grace"), ("granted", "ada")))
    assert all(store.pictures.take("edge", part(seq, JPEG, 0, 1)) for seq in (1, 2))
    store.take("edge", "log", 4, b"", lines(("customer_erased", "ada")))
    assert [seq for _, _, seq, _ in store.pictures.newest(10)] == [2]
    assert store.pictures.take("edge", part(3, JPEG, 0, 1)), "it counts as taken"
    assert [seq for _, _, seq, _ in store.pictures.newest(10)] == [2]
    store.close()
