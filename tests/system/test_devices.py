"""Readers and doors set up from the console: they work from the answer on, and whatever else is wired goes on as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hw_sim.door import DoorBoard
from hw_sim.serial_line import SerialScanner

from edge.app import Edge
from edge.commands.devices import AddDevice, DeleteDevice, EditDevice, FindDevices, FoundDevices
from edge.commands.site import AddAccessPoint, AddProfile, AddSchedule, EditPolicy
from edge.core.device import MASK, CameraReader, LineDoor, SerialReader
from edge.core.errors import Conflict, Invalid, NotFound
from edge.settings import parse
from tests.support.facility import Facility, until


@pytest.fixture
async def board() -> AsyncIterator[DoorBoard]:
    made = DoorBoard("south", travel_s=0.01)
    await made.start()
    yield made
    await made.stop()


async def set_up_south(facility: Facility, board: DoorBoard, port: Path) -> dict[str, Any]:
    """A second door with its access point and reader, as an installer sets them up."""
    point = await facility.do(
        AddAccessPoint(fields={"name": "South in", "door": "south", "strike_ms": 200, "to_zone": facility.ids["zone"]})
    )
    door = await facility.do(AddDevice(wired=LineDoor(name="south", address=f"127.0.0.1:{board.port}")))
    reader = await facility.do(AddDevice(wired=SerialReader(name="south-scanner", access_point=point["id"], port=str(port))))
    await until(lambda: facility.part("door", "south") == "up", "the new door to be connected")
    await until(lambda: facility.part("reader", "south-scanner") == "up", "the new reader to be open")
    return {"point": point, "door": door, "reader": reader}


@pytest.mark.feature("X-19")
async def test_a_door_and_a_reader_work_from_the_answer_on_and_the_rest_is_not_touched(
    facility: Facility, board: DoorBoard, tmp_path: Path
) -> None:
    scanner = SerialScanner(tmp_path / "tty-south")
    scanner.plug_in()
    before = {part.name: (part.since, part.count) for part in facility.edge.health.parts() if part.kind in ("door", "reader")}
    made = await set_up_south(facility, board, scanner.path)

    _, _, code = await facility.customer_with_card("Ada")
    scanner.scan(code)
    await until(lambda: len(board.moves) == 1, "the new door to move")
    (event,) = await facility.events()
    assert (event.access_point_name, event.reader, event.door) == ("South in", "south-scanner", "south")
    assert await facility.scan(code) == "granted"
    now = {part.name: (part.since, part.count) for part in facility.edge.health.parts() if part.kind in ("door", "reader")}
    assert {name: now[name] for name in before} == before, "nobody else was stopped"

    moved = SerialScanner(tmp_path / "tty-moved")
    moved.plug_in()
    wired = msgspec.structs.replace(msgspec.convert(made["reader"]["wired"], SerialReader), port=str(moved.path))
    await facility.do(EditDevice(id=made["reader"]["id"], wired=wired, ver=made["reader"]["ver"]))
    await until(
        lambda: facility.detail("reader", "south-scanner") and facility.part("reader", "south-scanner") == "up", "the new port"
    )
    moved.scan(code)
    await until(lambda: len(board.moves) == 2, "the door to move for the new port")
    with pytest.raises(Conflict) as stale:
        await facility.do(EditDevice(id=made["reader"]["id"], wired=wired, ver=made["reader"]["ver"]))
    assert stale.value.field == "ver"

    await facility.do(DeleteDevice(id=made["reader"]["id"]))
    await facility.do(DeleteDevice(id=made["door"]["id"]))
    assert (facility.part("reader", "south-scanner"), facility.part("door", "south")) == ("", "")
    assert not facility.edge.gate.drives("south")
    scanner.unplug()
    moved.unplug()


async def test_they_are_there_after_a_restart_and_one_of_the_file_comes_back_when_what_took_its_place_is_taken_out(
    tmp_path: Path, board: DoorBoard
) -> None:
    facility = Facility(tmp_path)
    elsewhere = SerialScanner(tmp_path / "tty-elsewhere")
    elsewhere.plug_in()
    async with facility.running():
        _, _, code = await facility.customer_with_card("Ada")
        instead = SerialReader(name="scanner-in", access_point=facility.ids["North in"], port=str(elsewhere.path))
        made = await facility.do(AddDevice(wired=instead))
        await until(lambda: facility.part("reader", "scanner-in") == "up", "the reader that took its place")
    async with facility.running():
        elsewhere.scan(code)
        await until(lambda: len(facility.board.moves) == 1, "the door to move for the port that was set from the console")
        await facility.do(DeleteDevice(id=made["id"]))
        await until(lambda: facility.part("reader", "scanner-in") == "up", "the file's own port to be open again")
        assert await facility.scan(code) == "granted"
    await facility.close()
    elsewhere.unplug()


@pytest.mark.parametrize(
    ("wired", "field"),
    [
        (SerialReader(name="", access_point="North in", port="/dev/x"), "name"),
        (SerialReader(name="a", access_point="North in", port="COM1"), "port"),
        (SerialReader(name="a", access_point="North in", port="/dev/x", baud=0), "baud"),
        (SerialReader(name="a", access_point="Nowhere", port="/dev/x"), "access_point"),
        (LineDoor(name="a", address="box"), "address"),
        (LineDoor(name="a", address="box:1", exit_ms=1), "exit_ms"),
        (CameraReader(name="a", access_point="North in", source="ftp://x"), "source"),
        (CameraReader(name="a", access_point="North in", source=f"rtsp://me:{MASK}@x/1"), "source"),
        (CameraReader(name="a", access_point="North in", source="rtsp://x/1", reads=()), "reads"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field(facility: Facility, wired: Any, field: str) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        await facility.do(AddDevice(wired=wired))
    assert refused.value.field == field
    assert facility.part("settings", "file") == "up"


async def test_two_of_one_name_are_refused_but_a_reader_may_be_called_as_its_door(facility: Facility) -> None:
    await facility.do(AddDevice(wired=LineDoor(name="box", address="127.0.0.1:1")))
    with pytest.raises(Conflict):
        await facility.do(AddDevice(wired=LineDoor(name="box", address="127.0.0.1:2")))
    await facility.do(AddDevice(wired=SerialReader(name="box", access_point=facility.ids["North in"], port="/nowhere")))


async def test_a_device_that_does_not_fit_the_file_any_more_is_left_out_and_health_says_so(tmp_path: Path) -> None:
    text = f'state = "{tmp_path / "state"}"\n'
    async with Edge(parse(text + '[emergency]\nboard = "127.0.0.1:1"\n')).running() as edge:
        facility = Facility(tmp_path)
        facility.edge = edge
        await facility.do(AddDevice(wired=LineDoor(name="fire door", address="127.0.0.1:1", emergency=True)))
        assert edge.gate.drives("fire door")
    async with Edge(parse(text)).running() as facility.edge:
        assert not facility.edge.gate.drives("fire door")
        assert facility.part("settings", "file") == "trouble"
        assert "fire door is left out" in facility.detail("settings", "file")


async def test_a_reader_that_is_plugged_in_is_found_by_what_it_reads(tmp_path: Path) -> None:
    facility = Facility(tmp_path)
    silent, spoken = SerialScanner(tmp_path / "tty-a"), SerialScanner(tmp_path / "tty-b")
    silent.plug_in()
    spoken.plug_in()

    async def heard() -> dict[str, Any]:
        answer: FoundDevices = await facility.do(FindDevices(listen=True))
        return {port.port: port for port in answer.ports}

    try:
        async with facility.running():
            found = await heard()
            assert set(found) == {str(silent.path), str(spoken.path)}, "what is in use is not among them"

            async def said() -> Any:
                spoken.scan("HELLO-1234")
                port = (await heard())[str(spoken.path)]
                return port if port.heard else None

            port = await until(said, "the reader to be heard")
            assert (port.heard, port.problem) == ("HELLO-1234", "")
            assert (await heard())[str(silent.path)].heard == ""

            point = facility.ids["North in"]
            await facility.do(
                AddDevice(wired=SerialReader(name="found", access_point=point, port=str(spoken.path), baud=port.baud))
            )
            await until(lambda: facility.part("reader", "found") == "up", "the reader to be open: nobody listens there any more")
            assert set(await heard()) == {str(silent.path)}
    finally:
        await facility.close()
        silent.unplug()
        spoken.unplug()


@pytest.mark.feature("X-16")
async def test_the_sites_time_zone_set_from_the_console_counts_at_the_next_reading(facility: Facility) -> None:
    now = facility.edge.clock.now().wall
    hour = (now // 3_600_000) % 24
    # A schedule that is open in this hour in Kiritimati (UTC+14) and in no other; Warsaw has another hour.
    local = (hour + 14) % 24
    weekday = (now // 86_400_000 + 3 + (hour + 14 >= 24)) % 7
    window = {"days": [weekday], "start": local * 60, "end": local * 60 + 60}
    schedule = await facility.do(AddSchedule(fields={"name": "That hour", "windows": [window]}))
    profile = await facility.do(
        AddProfile(fields={"name": "Then", "zones": [{"zone": facility.ids["zone"], "schedule": schedule["id"]}]})
    )
    _, _, code = await facility.customer_with_card("Ada", profiles=[profile["id"]])
    assert await facility.scan(code) == "outside_schedule"
    await facility.do(EditPolicy(changes={"time_zone": "Pacific/Kiritimati", "site_name": "Marina"}))
    assert await facility.scan(code) == "granted"
    assert facility.edge.settings.site.name == "Marina"
    for changes, field in (
        ({"time_zone": "Mars"}, "time_zone"),
        ({"accent": "#ffffff"}, "accent"),
        ({"language": "xx"}, "language"),
    ):
        with pytest.raises(Invalid) as refused:
            await facility.do(EditPolicy(changes=changes))
        assert refused.value.field == field
