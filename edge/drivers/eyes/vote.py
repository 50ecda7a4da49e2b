"""When a read becomes a reading: equal reads vote, what was reported stays quiet until it left or is asked for again. Pure.

A QR code carries its own checks: one read is enough. Barcodes have weak ones and plates none: two equal reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edge.core.model import CredentialKind
from edge.core.plate import folded

NEEDED = {CredentialKind.QR: 1, CredentialKind.BARCODE: 2, CredentialKind.PLATE: 2}
"""Equal reads that make a reading."""

NEEDED_LOOKALIKE = 4
"""Equal reads in a row for a plate one character beside the one just reported: a fleet's next car, or a misread."""

AGAIN_PAUSE_S, AGAIN_LIMIT = 3.0, 3
"""Pause before what is asked for again is reported once more, and how often that is done for one stay in the picture."""

PENDING_S = 2.0
"""How long an unreported read asks for a quick second look."""

MOST = 64
"""Texts remembered; above it the one not seen for longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One read in one picture."""

    kind: CredentialKind
    text: str
    score: float | None = None
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """What is remembered of one text while it is in the picture. Times in seconds, monotonic."""

    best: Sighting
    seen_at: float
    votes: int = 0
    reported_at: float | None = None
    answered: bool = False
    again: int = 0
    may_repeat: bool = False


@dataclass(slots=True)
class Voter:
    """The votes of one camera. code_gone_s, plate_gone_s: out of the picture for longer means gone."""

    code_gone_s: float = 3.0
    plate_gone_s: float = 10.0
    _known: dict[tuple[CredentialKind, str], _Known] = field(default_factory=dict)

    def see(self, sightings: list[Sighting], now: float) -> list[Sighting]:
        """Take the reads of one picture; give those that are to be reported now, each with its best score so far."""
        self._forget(now)
        return [best for sighting in sightings if (best := self._one(sighting, now)) is not None]

    def waiting(self, kind: CredentialKind) -> bool:
        """Whether something of this kind is on its way: read but not reported, or reported and not yet decided."""
        return any(k.reported_at is None or not k.answered or k.may_repeat for (of, _), k in self._known.items() if of is kind)

    def pending(self, kind: CredentialKind, now: float) -> bool:
        """Whether something of this kind was read a moment ago and lacks votes: a quick look settles it."""
        return any(
            of is kind and known.reported_at is None and now - known.seen_at < PENDING_S for (of, _), known in self._known.items()
        )

    def holds(self, kind: CredentialKind) -> bool:
        """Whether something of this kind is remembered as being in the picture."""
        return any(of is kind for of, _ in self._known)

    def decided(self, kind: CredentialKind, text: str, *, again: bool, now: float) -> None:
        """The decision on a report. again: report it once more while it stays, after AGAIN_PAUSE_S, AGAIN_LIMIT times."""
        known = self._known.get((kind, text))
        if known is not None and known.reported_at is not None:
            known.answered = True
            known.reported_at = now
            known.may_repeat = again and known.again < AGAIN_LIMIT

    def again(self) -> None:
        """Forget everything: what is in the picture is new."""
        self._known.clear()

    def _one(self, sighting: Sighting, now: float) -> Sighting | None:
        key = (sighting.kind, sighting.text)
        known = self._known.setdefault(key, _Known(sighting, now))
        known.seen_at = now
        known.votes += 1
        known.best = _better(known.best, sighting)
        if sighting.kind is CredentialKind.PLATE:
            self._reset_lookalikes(sighting.text)
        if known.reported_at is not None:
            if not (known.may_repeat and now - known.reported_at >= AGAIN_PAUSE_S):
                return None
            known.again += 1
        else:
            needed = self._needed(sighting)
            if needed is None or known.votes < needed:
                return None
        known.reported_at, known.answered, known.may_repeat = now, False, False
        return known.best

    def _needed(self, sighting: Sighting) -> int | None:
        """Equal reads this text needs; None: it says nothing that was not reported already."""
        if sighting.kind is not CredentialKind.PLATE:
            return NEEDED[sighting.kind]
        reported = [
            text
            for (kind, text), known in self._known.items()
            if kind is CredentialKind.PLATE and known.reported_at is not None and not known.may_repeat
        ]
        if any(folded(text) == folded(sighting.text) for text in reported):
            return None  # O and 0 are matched as one
        return NEEDED_LOOKALIKE if any(_one_beside(t, sighting.text) for t in reported) else NEEDED[sighting.kind]

    def _reset_lookalikes(self, text: str) -> None:
        """A plate that is read again takes the votes of its unreported look-alikes: they were misreads of it."""
        if self._known[CredentialKind.PLATE, text].reported_at is None:
            return
        for (kind, other), known in self._known.items():
            if kind is CredentialKind.PLATE and known.reported_at is None and _one_beside(other, text):
                known.votes = 0

    def _forget(self, now: float) -> None:
        for key, known in list(self._known.items()):
            gone = self.plate_gone_s if key[0] is CredentialKind.PLATE else self.code_gone_s
            if now - known.seen_at > gone:
                del self._known[key]
        while len(self._known) > MOST:
            del self._known[min(self._known, key=lambda key: self._known[key].seen_at)]


def _better(old: Sighting, new: Sighting) -> Sighting:
    best = new if (new.score or 0.0) > (old.score or 0.0) else old
    candidates = tuple(dict.fromkeys((*best.candidates, *old.candidates, *new.candidates)))[:5]
    return replace(best, candidates=candidates)


def _one_beside(a: str, b: str) -> bool:
    """Whether two plates of one length differ in one character, or one is the other without its first or last."""
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return len(long) - len(short) == 1 and short in (long[1:], long[:-1])
