"""Cameras end to end: the real vision child, MJPEG over a loopback socket, drawn pictures, faults. Nothing is pretended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hw_sim import draw
from hw_sim.camera import CameraServer

from edge.core.credential import canonical
from edge.core.device import CameraReader
from edge.core.errors import DeviceLost, DeviceMissing, SettingsError
from edge.core.judgement import Decision, Outcome, Reason
from edge.core.model import CredentialKind, Reading
from edge.core.picture_source import SourceKind, parse_source
from edge.drivers import camera as driver
from edge.drivers.camera import Camera, Eyes, check, look_again
from edge.drivers.eyes import wire
from edge.drivers.eyes.evidence import small

QR, BARCODE, PLATE = CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.PLATE


async def until(fact: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait for a fact; fails with its name at the deadline."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            pytest.fail(f"after {seconds:.0f} s still not: {what}")
        await asyncio.sleep(0.02)


@dataclass
class Desk:
    """A ReaderSink that grants everything and remembers."""

    camera: Camera
    readings: list[Reading] = field(default_factory=list)
    ups: int = 0
    troubles: list[str] = field(default_factory=list)

    async def deliver(self, reading: Reading) -> None:
        self.readings.append(reading)
        await self.camera.show(Decision(outcome=Outcome.GRANTED, reason=Reason.GRANTED))

    def up(self, detail: str = "") -> None:
        self.ups += 1

    def trouble(self, detail: str) -> None:
        self.troubles.append(detail)

    @property
    def texts(self) -> list[str]:
        return [r.text for r in self.readings]


@dataclass
class Site:
    """One camera at work: the simulator, the child, the reader and its sink."""

    cameras: CameraServer
    eyes: Eyes
    camera: Camera
    desk: Desk
    child: asyncio.Task[None]
    reader: asyncio.Task[None]

    @property
    def health(self) -> wire.Health | None:
        return self.camera.health

    def looked(self, pictures: int) -> Callable[[], bool]:
        """True once so many more pictures were looked at."""
        start = self.health.frames if self.health else 0
        return lambda: self.health is not None and self.health.frames >= start + pictures

    async def attach_again(self) -> None:
        self.reader = asyncio.create_task(self.camera.run(self.desk))
        ups = self.desk.ups
        await until(lambda: self.desk.ups > ups, "the camera is up again")


@asynccontextmanager
async def running(eyes: Eyes) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(eyes.run(), name="eyes")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def site(reads: tuple[CredentialKind, ...] = (QR,), *, evidence: Path | None = None, **limits: float) -> AsyncIterator[Site]:
    async with CameraServer(("gate",), fps=15) as cameras:
        settings = CameraReader(
            name="north", access_point="north-in", source=cameras.url("gate"), reads=reads, fps=15, code_gone_s=0.7
        )
        settings = msgspec.structs.replace(settings, **limits)
        eyes = Eyes([settings], evidence_dir=evidence)
        camera = eyes.cameras["north"]
        desk = Desk(camera)
        async with running(eyes) as child:
            reader = asyncio.create_task(camera.run(desk), name="north")
            here = Site(cameras, eyes, camera, desk, child, reader)
            try:
                await until(lambda: desk.ups or reader.done(), "the camera is up")
                yield here
            finally:
                here.reader.cancel()
                await asyncio.gather(here.reader, return_exceptions=True)


async def lost(task: asyncio.Task[None]) -> DeviceLost:
    await until(task.done, "the task ended")
    error = task.exception()
    assert isinstance(error, DeviceLost), error
    return error


# ---------------------------------------------------------------------------------------------------- what is seen


async def test_phone_and_paper_become_readings_once_for_each_time_they_are_shown(tmp_path: Path) -> None:
    async with site(evidence=tmp_path) as s:
        s.cameras.show("gate", draw.phone("GL-PHONE", 1))
        await until(lambda: s.desk.readings, "the phone was read")
        await until(s.looked(20), "it stayed for 20 pictures")
        assert s.desk.texts == ["GL-PHONE"], "the same code is not delivered again while it stays"
        s.cameras.show("gate", draw.sheet("GL-PAPER", 2))
        await until(lambda: len(s.desk.readings) == 2, "the sheet was read")
        await until(s.looked(20), "the phone is gone")
        s.cameras.show("gate", draw.phone("GL-PHONE", 1))
        await until(lambda: len(s.desk.readings) == 3, "the phone was read again after it had left")
        assert s.desk.texts == ["GL-PHONE", "GL-PAPER", "GL-PHONE"]
        first = s.desk.readings[0]
        assert (first.reader, first.access_point, first.kind) == ("north", "north-in", QR)
        assert first.evidence is not None
        kept = cv2.imread(first.evidence)
        assert kept is not None
        assert kept.shape == (draw.HEIGHT, draw.WIDTH, 3)


async def test_a_plate_becomes_one_reading_after_two_equal_reads_within_the_memory_bar() -> None:
    async with site((QR, PLATE)) as s:
        s.cameras.show("gate", draw.car("KT 4711", 4))
        await until(lambda: s.desk.readings, "the plate was read")
        reading = s.desk.readings[0]
        assert (reading.kind, reading.text) == (PLATE, "KT4711")
        assert reading.score is not None
        assert reading.score > 0.8
        await until(lambda: s.health and s.health.plate_looks >= 4, "the car was looked at again")
        assert s.desk.texts == ["KT4711"]
        s.cameras.show("gate", draw.phone("GL-BESIDE", 1))
        await until(lambda: len(s.desk.readings) == 2, "a code is read by the same camera")
        assert private_mb(s.eyes.pid or 0) <= 300


async def test_somebody_looks_through_the_camera_while_it_reads() -> None:
    async with site() as s:
        s.cameras.show("gate", draw.phone("GL-PHONE", 1))
        first, second = await asyncio.gather(s.camera.picture(), s.camera.picture())
        assert first == second, "whoever asks meanwhile gets the same"
        seen = cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_COLOR)
        assert seen is not None and max(seen.shape[:2]) <= 640 and len(first) <= wire.PICTURE_CAP
        await until(lambda: s.desk.texts == ["GL-PHONE"], "it was read all the same")
        assert await s.camera.picture() != b""


async def test_noise_still_fits_on_the_wire() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3), np.uint8)
    made = small(noise, wire.PICTURE_CAP)
    assert made is not None and len(wire.encode(wire.Picture(camera="north", jpeg=made))) < wire.LINE_CAP


async def test_a_camera_that_is_gone_shows_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "PICTURE_S", 0.2)
    camera = Eyes([CameraReader(name="north", access_point="a", source="http://127.0.0.1:9/x")]).cameras["north"]
    with pytest.raises(DeviceLost, match="no picture comes; the vision child is not running"):
        await camera.picture()


async def test_a_torn_picture_costs_only_itself() -> None:
    async with site() as s:
        s.cameras.corrupt_next("gate", 4)
        await until(lambda: s.health and s.health.corrupt == 4, "four torn pictures were counted")
        await until(lambda: s.desk.troubles, "it was said")
        s.cameras.show("gate", draw.phone("GL-AFTER", 3))
        await until(lambda: s.desk.readings, "the next picture was read")
        assert s.health is not None
        assert (s.health.state, s.health.reopened) == (wire.SourceState.LIVE, 0)


async def test_the_biggest_qr_code_is_refused_as_malformed_and_hurts_nobody() -> None:
    big = cv2.cvtColor(cv2.resize(draw.qr("x" * 2900, 4), (720, 720), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    scene = draw.lane(1)
    scene[:, 280:1000] = big
    async with site() as s:
        s.cameras.show("gate", scene)
        await until(lambda: s.desk.readings, "the big code was read")
        assert canonical(QR, s.desk.readings[0].text) is None
        s.cameras.show("gate", draw.sheet("GL-NEXT", 2))
        await until(lambda: "GL-NEXT" in s.desk.texts, "the next code was read")


async def test_a_folder_is_shown_in_order_and_once(tmp_path: Path) -> None:
    for name, text in (("2.png", "GL-TWO"), ("1.jpg", "GL-ONE"), ("3.png", "GL-THREE")):
        cv2.imwrite(str(tmp_path / name), draw.sheet(text, 1))
    (tmp_path / "0.jpg").write_bytes(b"no picture at all")
    (tmp_path / "notes.txt").write_text("not looked at")
    eyes = Eyes([CameraReader(name="f", access_point="a", source=f"folder:{tmp_path}?once&hold=0.4")])
    camera = eyes.cameras["f"]
    desk = Desk(camera)
    async with running(eyes):
        reader = asyncio.create_task(camera.run(desk))
        await until(lambda: camera.health and camera.health.state is wire.SourceState.ENDED, "every picture was shown")
        await until(lambda: len(desk.readings) == 3, "three readings")
        assert desk.texts == ["GL-ONE", "GL-TWO", "GL-THREE"]
        assert camera.health is not None
        assert camera.health.corrupt == 1
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


# ---------------------------------------------------------------------------------------------------- what fails


async def test_a_camera_that_falls_silent_is_lost_and_comes_back() -> None:
    async with site(silence_s=1.0) as s:
        s.cameras.silence("gate")
        error = await lost(s.reader)
        assert "sent nothing for 1 s" in error.message
        s.cameras.resume("gate")
        await s.attach_again()
        s.cameras.show("gate", draw.phone("GL-BACK", 1))
        await until(lambda: s.desk.texts == ["GL-BACK"], "it reads again")


async def test_a_camera_that_restarts_is_lost_and_a_code_that_stayed_is_not_decided_twice() -> None:
    async with site(code_gone_s=20.0) as s:
        s.cameras.show("gate", draw.phone("GL-STAYS", 1))
        await until(lambda: s.desk.texts == ["GL-STAYS"], "it was read")
        s.cameras.drop("gate")
        assert "closed the stream" in (await lost(s.reader)).message
        await s.attach_again()
        await until(s.looked(20), "20 more pictures")
        assert s.desk.texts == ["GL-STAYS"]


async def test_one_camera_that_hangs_does_not_hold_up_another() -> None:
    async with CameraServer(("good", "bad")) as cameras:
        cameras.silence("bad")
        eyes = Eyes([CameraReader(name=n, access_point="a", source=cameras.url(n), silence_s=60) for n in ("good", "bad")])
        good, bad = eyes.cameras["good"], eyes.cameras["bad"]
        desk = Desk(good)
        async with running(eyes):
            reader = asyncio.create_task(good.run(desk))
            cameras.show("good", draw.phone("GL-GOOD", 1))
            await until(lambda: desk.texts == ["GL-GOOD"], "the good one reads")
            # The child may be kept waiting between that reading and its next line. Never opened again: it hung all along.
            await until(lambda: bad.health, "it was said how the bad one is")
            assert bad.health is not None
            assert (bad.health.state, bad.health.frames, bad.health.reopened) == (wire.SourceState.OPENING, 0, 0)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def test_a_reading_that_nobody_heard_is_made_again() -> None:
    async with site() as s:
        s.reader.cancel()
        await asyncio.gather(s.reader, return_exceptions=True)
        s.cameras.show("gate", draw.phone("GL-UNHEARD", 1))
        await until(s.looked(10), "it was looked at with nobody attached")
        await s.attach_again()
        await until(lambda: s.desk.texts == ["GL-UNHEARD"], "it was delivered")


async def test_a_stream_of_garbage_is_capped_and_the_camera_opened_again() -> None:
    async with site(silence_s=2.0) as s:
        s.cameras.babble("gate")
        s.cameras.drop("gate")
        await lost(s.reader)
        await until(lambda: s.health and "no picture of at most" in s.health.detail, "the babble was recognised")
        assert private_mb(s.eyes.pid or 0) < 200
        s.cameras.resume("gate")
        s.cameras.drop("gate")
        await s.attach_again()


async def test_a_killed_child_is_a_lost_device_starts_afresh_and_nothing_is_delivered_twice() -> None:
    async with site() as s:
        s.cameras.show("gate", draw.sheet("GL-BEFORE", 2))
        await until(lambda: s.desk.texts == ["GL-BEFORE"], "it was read")
        assert s.eyes.pid is not None
        os.kill(s.eyes.pid, signal.SIGKILL)
        assert "exit code -9" in (await lost(s.child)).message
        await lost(s.reader)
        async with running(s.eyes):
            await s.attach_again()
            await until(s.looked(10), "the same code was looked at by the new child")
            assert s.desk.texts == ["GL-BEFORE"]
            s.cameras.show("gate", draw.phone("GL-REBORN", 1))
            await until(lambda: s.desk.texts == ["GL-BEFORE", "GL-REBORN"], "it reads again")


async def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site() as s:
        monkeypatch.setattr(driver, "CHILD_SILENT_S", 1.0)
        pid = s.eyes.pid
        assert pid is not None
        await until(s.looked(1), "it works")
        os.kill(pid, signal.SIGSTOP)
        assert "said nothing" in (await lost(s.child)).message
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_sources_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(driver, "FIRST_PICTURE_S", 4.0)
    with_port = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    port = with_port.sockets[0].getsockname()[1]
    with_port.close()
    await with_port.wait_closed()
    sources = {
        "http": f"http://user:secret@127.0.0.1:{port}/x.mjpeg",
        "rtsp": f"rtsp://user:secret@127.0.0.1:{port}/x",
        "v4l2": "v4l2:/dev/video-none",
        "folder": f"folder:{tmp_path}",
    }
    eyes = Eyes([CameraReader(name=n, access_point="a", source=s, silence_s=1.0) for n, s in sources.items()])
    async with running(eyes):
        runs = {name: asyncio.create_task(eyes.cameras[name].run(Desk(eyes.cameras[name]))) for name in sources}
        await asyncio.wait(runs.values(), timeout=20)
        for name, run in runs.items():
            error = run.exception()
            assert isinstance(error, DeviceMissing), (name, error)
            assert name in error.message
            assert "secret" not in error.message
            assert error.message.split("; ", 1)[1], name


async def test_a_folder_for_evidence_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    eyes = Eyes([CameraReader(name="n", access_point="a", source="v4l2:/dev/video0")], evidence_dir=tmp_path / "file")
    async with running(eyes) as child:
        await until(child.done, "the child gave up")
        error = child.exception()
    assert isinstance(error, DeviceMissing)
    assert "pictures of readings cannot be kept" in error.message


async def test_a_camera_without_a_child_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "FIRST_PICTURE_S", 0.1)
    camera = Eyes([CameraReader(name="n", access_point="a", source="v4l2:/dev/video0")]).cameras["n"]
    with pytest.raises(DeviceMissing, match="vision child is not running"):
        await camera.run(Desk(camera))


def test_the_child_ends_when_its_stdin_does_and_says_what_is_wrong_with_its_config() -> None:
    command = [sys.executable, "-m", "edge.drivers.eyes"]
    ended = subprocess.run(command, input=wire.encode(wire.Config(cameras=())), capture_output=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (0, b"")
    for nonsense in (b"", b"not json\n", b"x" * (wire.LINE_CAP + 10)):
        ended = subprocess.run(command, input=nonsense, capture_output=True, timeout=20, check=False)
        assert ended.returncode == 2
        assert b"no config" in ended.stderr


VIDEO_NODES = sorted(Path("/dev").glob("video*"))


@pytest.mark.skipif(not VIDEO_NODES, reason="no /dev/video* device node here: V4L2 was not run")
async def test_a_v4l2_camera_gives_pictures() -> None:
    eyes = Eyes([CameraReader(name="v", access_point="a", source=f"v4l2:{VIDEO_NODES[0]}")])
    async with running(eyes):
        await until(lambda: (h := eyes.cameras["v"].health) and h.frames > 3, "pictures came")


# ---------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("source", "kind", "address"),
    [
        ("v4l2:/dev/video0", SourceKind.V4L2, "/dev/video0"),
        ("rtsp://10.0.0.5/h264", SourceKind.RTSP, "rtsp://10.0.0.5/h264"),
        ("http://u:p@10.0.0.5:8080/a.mjpeg", SourceKind.MJPEG, "http://u:p@10.0.0.5:8080/a.mjpeg"),
        ("folder:/srv/pictures?once&hold=2&fps=5", SourceKind.FOLDER, "/srv/pictures"),
    ],
)
def test_sources_as_settings_write_them(source: str, kind: SourceKind, address: str) -> None:
    parsed = parse_source(source)
    assert (parsed.kind, parsed.address) == (kind, address)


@pytest.mark.parametrize(
    "source",
    ["", "/dev/video0", "v4l2:0", "usb:1", "http://", "http:///x", "http://h:99999/", "rtsp://a b/c", "folder:pictures",
     "folder:/p?twice", "folder:/p?hold=never", "ftp://h/x"],
)  # fmt: skip
def test_a_bad_source_says_what_to_write(source: str) -> None:
    with pytest.raises(SettingsError, match=r"source|folder|is no kind") as caught:
        check(CameraReader(name="n", access_point="a", source=source))
    assert caught.value.field == "source"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("reads", ()), ("reads", (CredentialKind.UID,)), ("region", (0.5, 0.0, 0.6, 1.0)),
     ("plate_region", (0.0, 0.0, 0.0, 1.0)), ("fps", 0.0), ("silence_s", 0.0), ("plate_gone_s", 1.0)],
)  # fmt: skip
def test_a_bad_setting_names_its_field(field: str, value: object) -> None:
    good: dict[str, object] = {"name": "n", "access_point": "a", "source": "v4l2:/dev/video0"}
    with pytest.raises(SettingsError) as caught:
        check(CameraReader(**{**good, field: value}))  # type: ignore[arg-type]
    assert caught.value.field == field


def test_two_cameras_of_one_name_are_refused() -> None:
    one = CameraReader(name="n", access_point="a", source="v4l2:/dev/video0")
    with pytest.raises(SettingsError, match="same name"):
        Eyes([one, one])


@pytest.mark.parametrize(
    ("reason", "again"), [(Reason.PLATE_UNSURE, True), (Reason.CARD_EXPIRED, False), (Reason.UNKNOWN_CREDENTIAL, False)]
)
def test_only_an_unsure_look_is_worth_another(reason: Reason, again: bool) -> None:
    assert look_again(Decision(outcome=Outcome.DENIED, reason=reason)) is again


def private_mb(pid: int) -> int:
    """Private memory of a process, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) // 1024
