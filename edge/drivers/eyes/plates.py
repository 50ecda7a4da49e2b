"""Number plates in a picture: PP-OCR text detection, then recognition, straight on onnxruntime. One reader, one thread.

The weights come with the wheel of rapidocr (Apache-2.0); its code is never imported (2.5 s and 71 MB for nothing used).
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.errors import DeviceMissing
from edge.core.plate import plate_key

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

DETECT_SIDES = (640, 960)
"""Longest side the detector sees, pixels, in order of trying: the second finds small plates and costs twice as much.

A side of 1280 finds a few more and takes the memory of the process over its bar.
"""

SURE = 0.8
"""Score from which a read is not looked for again at the next side."""

SHORTEST, LONGEST = 4, 9
"""Characters of a plausible plate."""

_MAP_THRESHOLD, _BOX_THRESHOLD, _UNCLIP = 0.3, 0.5, 1.6
_MAX_LINES = 24
"""Lines of text looked at in one picture, tallest first; a shop front behind the lane must not cost a second."""

_LOOKALIKE = dict(zip("АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJSABEZHIKMNOPTYX", strict=True))
"""Cyrillic and Greek capitals that look like Latin ones: plates use only those, and are registered in Latin."""

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SILENT = " -.·•:,'‐–—_|"
"""What may stand between the groups of a plate and is no part of it."""


@dataclass(frozen=True, slots=True)
class PlateRead:
    """One plate as read: text (letters and digits), further readings best first, probability of each character, where.

    score is the geometric mean of the character probabilities, 0..1; box is x, y, width, height in pixels of the picture.
    """

    text: str
    score: float
    candidates: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()
    box: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def rank(self) -> tuple[int, float]:
        """What sorts reads, the highest best: letters and digits (2) before digits (1) before words (0), then tall and sure."""
        shape = 0 if self.text.isalpha() else 1 if self.text.isdigit() else 2
        return shape, self.score * math.sqrt(max(self.box[3], 1))


@dataclass(frozen=True, slots=True)
class _Line:
    """A detected line of text: centre, size (width along the text), angle in radians."""

    x: float
    y: float
    width: float
    height: float
    angle: float


def weights(name: str) -> Path:
    """The file of an onnx model by its name. Raises DeviceMissing when the wheel with the weights is not installed."""
    try:
        files = importlib.metadata.files("rapidocr") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name:
            return Path(str(file.locate()))
    raise DeviceMissing(
        f"plate weights {name} are not installed: pip install --no-deps -r requirements/weights.lock, or read no plates"
    )


def _session(name: str) -> Any:
    import onnxruntime  # 20 MB that a child without plates does not need

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Every picture has another size: an arena and memory patterns would keep the largest of each for ever.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights(name)), options, providers=["CPUExecutionProvider"])


def is_sure(reads: list[PlateRead]) -> bool:
    """Whether the best read needs no second look at a larger side."""
    return bool(reads) and reads[0].score >= SURE and reads[0].rank[0] == 2


def ranked(reads: Iterable[PlateRead]) -> list[PlateRead]:
    """Those that may be plates, best first."""
    plates = [r for r in reads if SHORTEST <= len(r.text) <= LONGEST and plate_key(r.text) == r.text]
    return sorted(plates, key=lambda r: r.rank, reverse=True)


def joined(reads: list[PlateRead]) -> list[PlateRead]:
    """Reads of two short lines that stand on one plate, one above or one beside the other (motorcycles, wide gaps)."""
    short = [r for r in reads if 1 <= len(r.text) <= 4 and r.score > 0.6]
    found: list[PlateRead] = []
    for first in short:
        for second in short:
            text = first.text + second.text
            if first is not second and _one_plate(first.box, second.box) and not (text.isalpha() or text.isdigit()):
                left, top = min(first.box[0], second.box[0]), min(first.box[1], second.box[1])
                right = max(first.box[0] + first.box[2], second.box[0] + second.box[2])
                bottom = max(first.box[1] + first.box[3], second.box[1] + second.box[3])
                found.append(
                    PlateRead(
                        text=text,
                        score=min(first.score, second.score),
                        probabilities=first.probabilities + second.probabilities,
                        box=(left, top, right - left, bottom - top),
                    )
                )
    return found


def _one_plate(first: tuple[int, int, int, int], second: tuple[int, int, int, int]) -> bool:
    """Whether second follows first: same height, and right beside it or right below it with the same middle."""
    tall, other = first[3], second[3]
    if min(tall, other) < 0.7 * max(tall, other):
        return False
    beside = second[0] - (first[0] + first[2])
    below = second[1] - (first[1] + first[3])
    middle = abs(second[0] + second[2] / 2 - first[0] - first[2] / 2)
    level = abs(second[1] - first[1])
    return (-0.5 * tall < beside < 1.2 * tall and level < 0.3 * tall) or (-0.5 * tall < below < 0.4 * tall and middle < 0.7 * tall)


class PlateReader:
    """The two models, loaded once (about 0.5 s). read() may be called from one thread at a time."""

    def __init__(self) -> None:
        self._detector = _session("PP-OCRv6_det_small.onnx")
        self._recogniser = _session("PP-OCRv6_rec_small.onnx")
        alphabet = self._recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._classes, self._columns = plate_classes(alphabet)

    def read(self, image: Image, side: int = DETECT_SIDES[0]) -> list[PlateRead]:
        """Plausible plates in a BGR picture, best first; empty when there is none. side: one of DETECT_SIDES."""
        reads = [read for line in self._detect(image, side) if (read := self._recognise(image, line))]
        return ranked([*reads, *joined(reads)])

    def _detect(self, image: Image, side: int) -> list[_Line]:
        height, width = image.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        answer = self._detector.run(None, {"x": _normalised(small)})[0][0, 0]
        return lines_of(answer, width / size[0], height / size[1])

    def _recognise(self, image: Image, line: _Line) -> PlateRead | None:
        strip = _straight(image, line)
        probabilities = self._recogniser.run(None, {"x": _normalised(strip)})[0][0]
        text, chars = _decode(_folded_classes(probabilities, self._classes, self._columns))
        if not text:
            return None
        box = (int(line.x - line.width / 2), int(line.y - line.height / 2), int(line.width), int(line.height))
        best = tuple(p for p, _, _ in chars)
        score = math.exp(sum(math.log(max(p, 1e-6)) for p in best) / len(best))
        return PlateRead(text=text, score=round(score, 4), candidates=_candidates(text, chars), probabilities=best, box=box)


def _normalised(image: NDArray[Any]) -> Floats:
    """BGR bytes to what both models were trained on: planes first, -1..1."""
    return (image.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1.0).astype(np.float32)


def lines_of(heat: Floats, across: float, down: float) -> list[_Line]:
    """Lines of text in the detector's map (rows, columns; 0..1), in picture pixels: across and down are pixels per cell."""
    mask = cv2.dilate((heat > _MAP_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    lines: list[_Line] = []
    for contour in contours[:1000]:
        (x, y), (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < 3 or _mean_inside(heat, cv2.boxPoints(((x, y), (width, height), angle))) < _BOX_THRESHOLD:
            continue
        grow = 2 * width * height * _UNCLIP / (2 * (width + height))
        width, height, turn = width + grow, height + grow, math.radians(angle)
        if width < height:
            width, height, turn = height, width, turn - math.pi / 2
        turn = (turn + math.pi / 2) % math.pi - math.pi / 2  # never upside down: the rectangle does not know where up is
        if min(width, height) < 5 or abs(math.sin(turn)) > 0.7:
            continue
        lines.append(_stretched(_Line(x, y, width, height, turn), across, down))
    return sorted(lines, key=lambda line: -line.height)[:_MAX_LINES]


def _mean_inside(heat: Floats, corners: NDArray[Any]) -> float:
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = heat[top:bottom, left:right]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(part, inside)[0])


def _stretched(line: _Line, across: float, down: float) -> _Line:
    cos, sin = math.cos(line.angle), math.sin(line.angle)
    width = line.width * math.hypot(cos * across, sin * down)
    height = line.height * math.hypot(sin * across, cos * down)
    return _Line(line.x * across, line.y * down, width, height, math.atan2(sin * down, cos * across))


def _straight(image: Image, line: _Line) -> Image:
    """The line cut out upright, 48 pixels high, as wide as its shape asks for (48 to 640)."""
    height = 48
    width = int(min(640, max(48, math.ceil(height * line.width / max(line.height, 1.0)))))
    along = np.array([math.cos(line.angle), math.sin(line.angle)])
    across = np.array([-along[1], along[0]])
    centre = np.array([line.x, line.y])
    corner = centre - along * line.width / 2 - across * line.height / 2
    source = np.array([corner, corner + along * line.width, corner + across * line.height], np.float32)
    target = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    matrix = cv2.getAffineTransform(source, target)
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def plate_classes(alphabet: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each model class that matters its column (0 silent, 1.. characters): (class numbers, columns)."""
    classes, columns = [0], [0]
    last = 0
    for number, symbol in enumerate(alphabet, start=1):
        last = number
        upper = symbol.upper()
        upper = _LOOKALIKE.get(upper, upper)
        if symbol in _SILENT and symbol:
            column = 0
        elif len(upper) == 1 and upper in _CHARACTERS:
            column = 1 + _CHARACTERS.index(upper)
        else:
            continue
        classes.append(number)
        columns.append(column)
    classes.append(last + 1)  # the space, which the model keeps behind its alphabet
    columns.append(0)
    return np.array(classes), np.array(columns)


def _folded_classes(probabilities: Floats, classes: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    """Model classes summed into silence and 36 characters: (steps, 37)."""
    folded = np.zeros((probabilities.shape[0], 1 + len(_CHARACTERS)), np.float32)
    np.add.at(folded.T, columns, probabilities[:, classes].T)
    return folded


def _decode(steps: Floats) -> tuple[str, list[tuple[float, str, float]]]:
    """Best path: text, and for each character its probability, the runner-up and that one's probability."""
    text: list[str] = []
    chars: list[tuple[float, str, float]] = []
    best = steps.argmax(axis=1)
    before = 0
    for step, column in enumerate(best):
        if column and column == before:
            if steps[step, column] > chars[-1][0]:
                chars[-1] = _character(steps[step], int(column))
        elif column:
            text.append(_CHARACTERS[column - 1])
            chars.append(_character(steps[step], int(column)))
        before = int(column)
    return "".join(text), chars


def _character(step: Floats, column: int) -> tuple[float, str, float]:
    rest = step[1:].copy()
    rest[column - 1] = -1
    second = int(rest.argmax())
    return float(step[column]), _CHARACTERS[second], float(rest[second])


def _candidates(text: str, chars: list[tuple[float, str, float]], keep: int = 3) -> tuple[str, ...]:
    """Further readings: the text with its least certain characters exchanged, one at a time, likeliest first."""
    swaps = sorted(((other / max(p, 1e-6), i, second) for i, (p, second, other) in enumerate(chars)), reverse=True)
    return tuple(text[:i] + second + text[i + 1 :] for odds, i, second in swaps[:keep] if odds > 0.02)
