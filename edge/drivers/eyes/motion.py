"""Is anything there, does it move, can the camera see at all: judged on 320 x 180 grey pixels, about 1 ms a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.drivers.eyes.wire import Part

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 180

_STEP = 18
"""Grey levels between two pixels that count as different; sensor noise stays below it after shrinking."""
_PART = 0.004
"""Fraction of pixels that must differ: a phone at arm's length covers more."""
_EMPTY_LANE_S, _STANDING_S = 10.0, 900.0
"""How fast the empty picture is learned where nothing differs, and where something stands (a bin put down is no car)."""
_BLIND_SPREAD = 4.0
"""Standard deviation of grey levels below which a picture shows nothing: a hand, a bag, a dead sensor, black night."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one picture says: moving and present, and for how many seconds nothing changed at all or nothing could be seen."""

    moving: bool
    present: bool
    frozen_s: float = 0.0
    blind_s: float = 0.0


def grey(image: Image) -> Image:
    """BGR (or grey) to grey."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def cut(image: Image, part: Part | None) -> Image:
    """The part of a picture, at least 16 x 16 pixels; a view, nothing is copied."""
    if part is None:
        return image
    height, width = image.shape[:2]
    left, top = min(int(part[0] * width), width - 16), min(int(part[1] * height), height - 16)
    return image[top : top + max(16, int(part[3] * height)), left : left + max(16, int(part[2] * width))]


class MotionGate:
    """Compares each picture with the one before and with the empty lane as learned. One gate for one region of one camera."""

    def __init__(self) -> None:
        self._before: Image | None = None
        self._empty = np.zeros((HEIGHT, WIDTH), np.float32)
        self._at = 0.0
        self._changed_at = 0.0
        self._seen_at = 0.0

    def look(self, luma: Image, now: float) -> Scene:
        """Judge a grey picture taken at now (seconds, monotonic). The first picture counts as moving and present."""
        small = np.asarray(cv2.resize(luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        before, self._before = self._before, small
        if float(small.std()) >= _BLIND_SPREAD or before is None:
            self._seen_at = now
        if before is None:
            self._empty[:] = small
            self._at = self._changed_at = now
            return Scene(moving=True, present=True)
        change = cv2.absdiff(small, before)
        if change.any():
            self._changed_at = now
        different = cv2.absdiff(small, cv2.convertScaleAbs(self._empty)) > _STEP
        self._learn(small, different, now - self._at)
        self._at = now
        return Scene(
            moving=float((change > _STEP).mean()) > _PART,
            present=float(different.mean()) > _PART,
            frozen_s=now - self._changed_at,
            blind_s=now - self._seen_at,
        )

    def _learn(self, small: Image, different: NDArray[np.bool_], seconds: float) -> None:
        rate = np.where(different, seconds / _STANDING_S, seconds / _EMPTY_LANE_S).clip(0, 1).astype(np.float32)
        self._empty += (small - self._empty) * rate
