"""One camera's watch: its newest picture looked at for codes at once, for plates when something is there; votes; health."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from edge.core.credential import MAX_LENGTH
from edge.core.model import CredentialKind
from edge.core.picture_source import SourceKind
from edge.drivers.eyes import codes
from edge.drivers.eyes.capture import Capture, Frame, Image
from edge.drivers.eyes.evidence import Evidence, small
from edge.drivers.eyes.motion import MotionGate, Scene, cut, grey
from edge.drivers.eyes.plate_worker import Job, PlateWorker
from edge.drivers.eyes.plates import DETECT_SIDES, PlateRead, is_sure
from edge.drivers.eyes.vote import Sighting, Voter
from edge.drivers.eyes.wire import (
    PICTURE_CAP,
    Again,
    CameraConfig,
    Decided,
    Down,
    Health,
    Look,
    Picture,
    Seen,
    SourceState,
)

EAGER_S = 20.0
"""Seconds after the last movement in which every picture climbs a rung of the ladder; later one picture a second does."""
MOVING_S, QUIET_S, IDLE_S = 0.3, 3.0, 10.0
"""Pause between two plate looks: at a moving car or an open vote, at a decided one, at an empty lane (a car may be learned)."""
CAP = MAX_LENGTH + 1
"""Characters of a code passed on. One more than a credential may have, so that what is cut can never be a valid one."""
LEAST_SCORE = 0.5
"""Score a plate read must have to vote."""
LEAST_HEIGHT = 0.6
"""Height a further plate in the same picture must have, as a part of the best one's: smaller ones stand behind."""


@dataclass(slots=True)
class _Counters:
    frames: int = 0
    plate_looks: int = 0
    told_frames: int = 0
    told_at: float = 0.0
    told_state: SourceState | None = None


class Watch:
    """Belongs to the processing loop; nothing here is called from another thread. Times are seconds, monotonic."""

    def __init__(self, config: CameraConfig, capture: Capture, plates: PlateWorker | None, evidence: Evidence | None) -> None:
        self.config = config
        self._capture = capture
        self._plates = plates
        self._evidence = evidence
        self._voter = Voter(code_gone_s=config.code_gone_s, plate_gone_s=config.plate_gone_s)
        self._code_kinds = tuple(k for k in config.reads if k in (CredentialKind.QR, CredentialKind.BARCODE))
        self._gate = MotionGate()
        self._plate_gate = MotionGate()
        self._scene = Scene(moving=False, present=False)
        self._rung = 0
        self._side = 0
        self._next_look = 0.0
        self._next_rung = 0.0
        self._next_plates = 0.0
        self._moved_at = 0.0
        self._count = _Counters()
        self._watched = False

    def due(self) -> float | None:
        """When the picture that waits may be looked at; None while there is none."""
        return self._next_look if self._capture.pending else None

    def step(self, now: float) -> Iterator[Seen | Picture]:
        """Look at the newest picture if it is time; readings to report, and the picture itself where somebody watches."""
        if now < self._next_look or (frame := self._capture.take()) is None:
            return
        self._next_look = now + 1 / self.config.fps
        self._count.frames += 1
        image = frame.image()
        if image is None:
            self._capture.count_corrupt()
            return
        if self._watched:
            self._watched = False
            if (jpeg := small(image, PICTURE_CAP)) is not None:
                yield Picture(camera=self.config.name, jpeg=jpeg)
        if self._code_kinds:
            yield from self._report(self._voter.see(self._codes(image, now), now), frame)
        if self._plates is not None and CredentialKind.PLATE in self.config.reads:
            self._look_for_plates(image, frame, now)

    def plates_read(self, job: Job, reads: list[PlateRead], now: float) -> Iterator[Seen]:
        """What the plate worker found in a picture of this camera; readings to report."""
        self._side = 0 if is_sure(reads) else (self._side + 1) % len(DETECT_SIDES)
        yield from self._report(self._voter.see(sightings(reads), now), job.frame)
        if self._voter.pending(CredentialKind.PLATE, now):
            self._next_plates = min(self._next_plates, now + MOVING_S)

    def control(self, line: Down, now: float) -> None:
        """A control line for this camera."""
        match line:
            case Decided():
                self._voter.decided(line.kind, line.text, again=line.again, now=now)
            case Again():
                self._voter.again()
            case Look():
                self._watched = True

    def health(self, now: float) -> Health:
        """A line for the driver; the loop asks at every change of state and every health_s."""
        standing = self._capture.standing()
        quiet = self.config.source.kind is SourceKind.FOLDER  # pictures of a folder stand still by nature
        live = standing.state is SourceState.LIVE
        frozen = live and not quiet and self._scene.frozen_s > self.config.frozen_s
        blind = live and self._scene.blind_s > self.config.blind_s
        count = self._count
        seconds = now - count.told_at
        line = Health(
            camera=self.config.name,
            state=standing.state,
            frames=count.frames,
            fps=round((count.frames - count.told_frames) / seconds, 1) if seconds > 0.2 and count.told_at else 0.0,
            age_s=None if standing.last is None else round(max(0.0, now - standing.last), 2),
            corrupt=standing.corrupt,
            reopened=standing.reopened,
            plate_looks=count.plate_looks,
            blind=blind,
            frozen=frozen,
            detail=standing.detail,
        )
        count.told_frames, count.told_at, count.told_state = count.frames, now, standing.state
        return line

    def stuck(self, now: float) -> bool:
        """Whether the source hangs inside a library, where no time-out reaches it: only a new process helps."""
        standing = self._capture.standing()
        return (
            standing.state is SourceState.LIVE
            and standing.last is not None
            and now - standing.last > 3 * self.config.silence_s + 5.0
        )

    def changed(self) -> bool:
        """Whether the state of the source is another than was told last."""
        return self._capture.standing().state is not self._count.told_state

    # ------------------------------------------------------------------------------------------------ looking

    def _codes(self, image: Image, now: float) -> list[Sighting]:
        luma = grey(cut(image, self.config.region))
        self._scene = self._gate.look(luma, now)
        found = codes.look(luma, self._code_kinds)
        if self._scene.moving:
            self._moved_at = now
        if not found and (self._scene.moving or self._scene.present) and now >= self._next_rung:
            found = codes.second_look(self._rung, luma, self._code_kinds)
            self._rung += 1
            self._next_rung = now if now - self._moved_at < EAGER_S else now + 1.0
        return [Sighting(kind=code.kind, text=code.text[:CAP]) for code in found]

    def _look_for_plates(self, image: Image, frame: Frame, now: float) -> None:
        part = cut(image, self.config.plate_region)
        scene = self._plate_gate.look(grey(part), now)
        if not self._code_kinds:
            self._scene = scene
        if scene.moving:
            # Something came or went: the pause that suited the scene before does not suit this one.
            self._next_plates = min(self._next_plates, now + MOVING_S)
            self._moved_at = now
        if now < self._next_plates or self._plates is None or self._plates.busy:
            return
        job = Job(camera=self.config.name, image=part.copy(), side=DETECT_SIDES[self._side], frame=frame)
        if self._plates.offer(job):
            self._count.plate_looks += 1
            self._next_plates = now + self._pause(scene, now)

    def _pause(self, scene: Scene, now: float) -> float:
        if scene.moving or self._voter.pending(CredentialKind.PLATE, now):
            return MOVING_S
        if self._voter.waiting(CredentialKind.PLATE):
            return self.config.plate_every_s
        if self._voter.holds(CredentialKind.PLATE):
            return QUIET_S
        if scene.present:
            return self.config.plate_every_s if now - self._moved_at < EAGER_S else QUIET_S
        return IDLE_S

    def _report(self, sightings: list[Sighting], frame: Frame) -> Iterator[Seen]:
        for sighting in sightings:
            path = self._evidence.save(frame, self.config.name, time.time_ns() // 1_000_000) if self._evidence else None
            yield Seen(
                camera=self.config.name,
                kind=sighting.kind,
                text=sighting.text,
                score=sighting.score,
                candidates=sighting.candidates,
                evidence=path,
            )


def sightings(reads: list[PlateRead]) -> list[Sighting]:
    """The plate reads that may vote: the best one, and others about as tall (two cars side by side)."""
    sure = [r for r in reads if r.score >= LEAST_SCORE]
    tall = [r for r in sure if r.box[3] >= LEAST_HEIGHT * sure[0].box[3] and r.rank[0] == sure[0].rank[0]]
    return [Sighting(kind=CredentialKind.PLATE, text=r.text, score=r.score, candidates=r.candidates) for r in _apart(tall)[:3]]


def _apart(reads: list[PlateRead]) -> list[PlateRead]:
    """Reads of different places: of two that overlap (a line, and the two lines it was joined from) the better."""
    kept: list[PlateRead] = []
    for read in reads:
        x, y, w, h = read.box
        if all(x >= a + c or a >= x + w or y >= b + d or b >= y + h for a, b, c, d in (k.box for k in kept)):
            kept.append(read)
    return kept
