"""Cameras as readers: the driver's side of the vision child. Eyes owns the one child, a Camera is a ports.Reader on it.

The child decodes pictures from the network with native code: it gets no secrets in its environment, its own session, a
memory cap, and it may crash. Then run() raises DeviceLost and the supervisor starts it afresh.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from edge import logs
from edge.core.device import CameraReader, problems
from edge.core.errors import DeviceLost, DeviceMissing, SettingsError
from edge.core.judgement import Decision, Reason, Remedy
from edge.core.model import CredentialKind, Reading
from edge.core.picture_source import parse_source
from edge.drivers.eyes import wire
from edge.ports import ReaderSink

CHILD_SILENT_S = 15.0
"""Seconds without a line from the child after which it hangs: it is killed. It says how it is every 2 s, also while it loads weights."""
FIRST_PICTURE_S = 20.0
"""Seconds a camera is waited for at the start before it counts as missing."""
PICTURE_S = 3.0
"""Seconds for the child to send a picture that somebody wants to see."""
WAITING = 8
"""Readings of one camera that wait for their decision; above it the oldest is dropped, the newest person is in front."""
AFTER_CRASH_S, REMEMBERED = 30.0, 16
"""What was delivered so many seconds before a crash is not delivered again so soon after it: the new child has forgotten it,
and a card that stays before the camera would be decided twice. So many readings are remembered."""
_STOP_S = 3.0
_LOG_LINE = 400
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")

log = logs.get("camera")


def check(settings: CameraReader) -> None:
    """Raises SettingsError, with what to write instead, for a camera that cannot work."""
    for field, message in problems(settings):
        raise SettingsError(f"camera {settings.name}: {message}", field=field)


class Eyes:
    """The vision child and the lines to and from it. run() is supervised by itself; every Camera attaches to it.

    evidence_dir: folder for the pictures of readings (None: none are kept), evidence_keep: how many stay.
    """

    name = "eyes"

    def __init__(
        self,
        cameras: Sequence[CameraReader],
        *,
        evidence_dir: Path | None = None,
        evidence_keep: int = 500,
        memory_mb: int = 1024,
    ) -> None:
        for camera in cameras:
            check(camera)
        names = [c.name for c in cameras]
        if len(set(names)) != len(names):
            raise SettingsError("two cameras have the same name; readers are told apart by it", field="name")
        self._config = wire.Config(
            cameras=tuple(_config_of(c) for c in cameras),
            evidence_dir=None if evidence_dir is None else str(evidence_dir),
            evidence_keep=evidence_keep,
            memory_mb=memory_mb,
        )
        self.cameras = {c.name: Camera(c, self) for c in cameras}
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        """Run the child until cancelled. Raises DeviceLost when it ends, hangs or talks nonsense; DeviceMissing without weights."""
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge.drivers.eyes",
            stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=wire.LINE_CAP, start_new_session=True, env=environment,
        )  # fmt: skip
        self._process = process
        said: deque[str] = deque(maxlen=3)
        complaints = asyncio.create_task(self._pass_on(process, said), name="eyes stderr")
        reason = "the vision child was stopped"
        try:
            await self._talk(process)
        except DeviceLost as lost:
            reason = lost.message
            code = await _put_down(process)
            await asyncio.wait([complaints], timeout=1.0)
            reason = f"{reason} (exit code {code}{': ' + said[-1] if said else ''})"
            raise (DeviceMissing(said[-1]) if code == 2 and said else DeviceLost(reason)) from lost
        finally:
            self._process = None
            for camera in self.cameras.values():
                camera.child_gone(reason)
            await _ended(process)
            complaints.cancel()

    def tell(self, line: wire.Down) -> None:
        """Send a control line; dropped while there is no child, which forgets everything when it starts anyway."""
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(wire.encode(line))

    async def _talk(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(wire.encode(self._config))
            await process.stdin.drain()
            while True:
                try:
                    async with asyncio.timeout(CHILD_SILENT_S):
                        line = await process.stdout.readline()
                except TimeoutError as error:
                    raise DeviceLost(f"eyes: the vision child said nothing for {CHILD_SILENT_S:.0f} s") from error
                if not line:
                    raise DeviceLost("eyes: the vision child ended; it is started again by itself")
                news = wire.decode_up(line)
                camera = self.cameras.get(news.camera)
                if camera is not None:
                    camera.heard(news)
        except (ConnectionError, ValueError) as error:  # ValueError: a line over the limit, or no JSON (msgspec)
            raise DeviceLost(f"eyes: the vision child cannot be understood: {error}") from error

    async def _pass_on(self, process: Process, said: deque[str]) -> None:
        """What the child and its libraries say on stderr goes to the log, line by line and cut."""
        assert process.stderr is not None
        rest = b""
        while data := await process.stderr.read(4096):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[-4096:]
            for line in lines:
                text = line[:_LOG_LINE].decode("utf-8", "replace").strip()
                if text:
                    said.append(text)
                    log.warning("eyes", said=text)


async def _put_down(process: Process) -> int:
    """The exit code of a child that is of no use any more. One that closed its stdout is ending: it gets a moment to say why."""
    if process.stdout is not None and process.stdout.at_eof():
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                return await process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return await process.wait()


async def _ended(process: Process) -> None:
    """Close the child's stdin, which ends it; kill it when it does not go."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        await _put_down(process)


def _config_of(settings: CameraReader) -> wire.CameraConfig:
    return wire.CameraConfig(
        name=settings.name,
        source=parse_source(settings.source),
        reads=settings.reads,
        region=settings.region,
        plate_region=settings.plate_region,
        fps=settings.fps,
        silence_s=settings.silence_s,
        code_gone_s=settings.code_gone_s,
        plate_gone_s=settings.plate_gone_s,
    )


class Camera:
    """ports.Reader of one camera. Its picture source is opened again by the child; run() raises so that health shows it."""

    def __init__(self, settings: CameraReader, eyes: Eyes) -> None:
        self.name = settings.name
        self.health: wire.Health | None = None
        """The newest line about this camera, None while the child is down."""
        self._settings = settings
        self._eyes = eyes
        self._readings: deque[wire.Seen] = deque(maxlen=WAITING)
        self._news = asyncio.Event()
        self._gone = ""
        self._attached = False
        self._missed = False
        self._decision: Decision | None = None
        self._delivered: dict[tuple[CredentialKind, str], float] = {}
        self._crashed_at: float | None = None
        self._picture: asyncio.Future[bytes] | None = None

    def heard(self, news: wire.Up) -> None:
        """A line from the child; called by Eyes."""
        if isinstance(news, wire.Health):
            self.health = news
        elif isinstance(news, wire.Picture):
            if self._picture is not None and not self._picture.done():
                self._picture.set_result(news.jpeg)
            return
        elif self._is_repeat(news):
            self._eyes.tell(wire.Decided(camera=self.name, kind=news.kind, text=news.text))
        elif self._attached:
            if len(self._readings) == WAITING:
                log.warning("reading dropped, decisions take too long", camera=self.name)
            self._readings.append(news)
        else:
            self._missed = True
        self._news.set()

    def child_gone(self, reason: str) -> None:
        """The child ended; called by Eyes."""
        self.health = None
        self._crashed_at = time.monotonic()
        self._gone = reason
        self._news.set()

    async def run(self, sink: ReaderSink) -> None:
        """Deliver what is seen until cancelled. Raises DeviceMissing when no picture ever comes, DeviceLost when they stop."""
        self._gone = ""
        self._attached = True
        if self._missed or self._readings:
            # Seen while nobody listened, so not decided: what is still in the picture is to be reported. Not otherwise, or
            # a camera that blinks would have the same card decided twice.
            self._missed = False
            self._readings.clear()
            self._eyes.tell(wire.Again(camera=self.name))
        try:
            await self._first_picture()
            sink.up()
            await self._serve(sink)
        finally:
            self._attached = False

    async def picture(self) -> bytes:
        """What the camera sees now, as a small JPEG; whoever asks meanwhile gets the same. Raises DeviceLost when none comes."""
        if self._picture is None or self._picture.done():
            self._picture = asyncio.get_running_loop().create_future()
            self._eyes.tell(wire.Look(camera=self.name))
        try:
            async with asyncio.timeout(PICTURE_S):
                return await asyncio.shield(self._picture)
        except TimeoutError as error:
            why = self.health.detail if self.health is not None else "the vision child is not running"
            raise DeviceLost(
                f"camera {self.name}: no picture comes; {why or 'it may be slow, or a folder that is through'}"
            ) from error

    async def show(self, decision: Decision) -> None:
        """A camera has no light of its own; the decision tells the child whether to look again."""
        self._decision = decision

    def _is_repeat(self, seen: wire.Seen) -> bool:
        delivered = self._delivered.get((seen.kind, seen.text))
        return (
            delivered is not None
            and self._crashed_at is not None
            and delivered <= self._crashed_at
            and time.monotonic() - delivered < AFTER_CRASH_S
        )

    async def _first_picture(self) -> None:
        try:
            async with asyncio.timeout(FIRST_PICTURE_S):
                while self.health is None or self.health.state not in (wire.SourceState.LIVE, wire.SourceState.ENDED):
                    await self._heard_something()
        except TimeoutError as error:
            why = self.health.detail if self.health is not None else "the vision child is not running"
            raise DeviceMissing(f"camera {self.name}: no picture yet; {why or 'it is being opened'}") from error

    async def _heard_something(self) -> None:
        self._news.clear()
        if not self._gone:
            await self._news.wait()
        if self._gone:
            gone, self._gone = self._gone, ""
            raise DeviceLost(f"camera {self.name}: {gone}")

    async def _serve(self, sink: ReaderSink) -> None:
        health = self.health
        while True:
            while self._readings:
                await self._deliver(sink, self._readings.popleft())
            if self.health is not None and self.health is not health:
                self._report(sink, health, self.health)
                health = self.health
            if not self._readings:
                await self._heard_something()

    async def _deliver(self, sink: ReaderSink, seen: wire.Seen) -> None:
        self._decision = None
        await sink.deliver(
            Reading(
                reader=self.name,
                access_point=self._settings.access_point,
                kind=seen.kind,
                text=seen.text,
                score=seen.score,
                candidates=seen.candidates,
                evidence=seen.evidence,
            )
        )
        self._delivered.pop((seen.kind, seen.text), None)
        self._delivered[seen.kind, seen.text] = time.monotonic()
        while len(self._delivered) > REMEMBERED:
            del self._delivered[next(iter(self._delivered))]
        again = self._decision is not None and look_again(self._decision)
        self._eyes.tell(wire.Decided(camera=self.name, kind=seen.kind, text=seen.text, again=again))

    def _report(self, sink: ReaderSink, before: wire.Health | None, now: wire.Health) -> None:
        """A change for the worse is a word to the sink, a lost source an error, a change for the better an up."""
        if now.state is wire.SourceState.LOST or (before is not None and now.reopened > before.reopened):
            raise DeviceLost(f"camera {self.name}: {now.detail}; it is opened again by itself")
        faults = [
            text
            for off, text in (
                (now.blind, "nothing can be seen: covered, dark, or out of focus?"),
                (now.frozen, "the picture does not change at all: the camera hangs; switch it off and on"),
                (
                    before is not None and now.corrupt > before.corrupt,
                    f"{now.corrupt} pictures so far could not be used; cable or network?",
                ),
            )
            if off
        ]
        if faults:
            if before is None or (now.blind, now.frozen, now.corrupt) != (before.blind, before.frozen, before.corrupt):
                sink.trouble("; ".join(faults))
        else:
            sink.up()


def look_again(decision: Decision) -> bool:
    """Whether a second look at what stays in the picture can change this decision."""
    return not decision.granted and (Remedy.SHOW_AGAIN in decision.remedies or decision.reason is Reason.PLATE_UNSURE)
