"""The pictures kept with readings: one folder, the newest few hundred, the rest deleted."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import cv2
import numpy as np

from edge.core.errors import SettingsError
from edge.drivers.eyes.capture import Frame, Image

LONGEST_SIDE, QUALITY = 1280, 80
"""Pixels and JPEG quality of a picture that has to be made; one that came as JPEG is kept as it came."""
WATCHED = 640
"""Pixels of the longest side of a picture that somebody watches."""
_SUFFIX = ".jpg"


class Evidence:
    """A folder of at most `keep` pictures, oldest first out. Pictures of an earlier run count.

    Raises SettingsError when the folder cannot be made or read.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            old = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda f: f.stat().st_mtime_ns)
        except OSError as error:
            raise SettingsError(f"pictures of readings cannot be kept in {folder}: {error.strerror}") from error
        self._folder = folder
        self._keep = max(1, keep)
        self._files = deque(old)

    def save(self, frame: Frame, camera: str, wall_ms: int) -> str | None:
        """Keep a picture; its path, or None when the folder cannot be written (a reading must not fail for its picture)."""
        data = frame.data if isinstance(frame.data, bytes) else _jpeg(frame)
        if data is None:
            return None
        path = self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', camera)[:40]}-{wall_ms}{_SUFFIX}"
        try:
            path.write_bytes(data)
            if not self._files or self._files[-1] != path:
                self._files.append(path)
            while len(self._files) > self._keep:
                self._files.popleft().unlink(missing_ok=True)
        except OSError:
            return None
        return str(path)


def small(image: Image, most: int) -> bytes | None:
    """A picture for people to look at: WATCHED pixels wide at most, as good as fits into so many bytes; None: it does not."""
    scale = WATCHED / max(image.shape[:2])
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    for quality in (70, 50, 30, 15):
        good, data = cv2.imencode(_SUFFIX, image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if good and data.nbytes <= most:
            return data.tobytes()
    return None


def _jpeg(frame: Frame) -> bytes | None:
    image = frame.image()
    if image is None:
        return None
    scale = LONGEST_SIDE / max(image.shape[:2])
    if scale < 1:
        made = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        good, data = cv2.imencode(_SUFFIX, made, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    else:
        good, data = cv2.imencode(_SUFFIX, image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes() if good else None
