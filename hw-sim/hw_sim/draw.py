"""Pictures a gate camera would take, drawn from a seed: an empty lane, a phone with a QR code, a printed one, a car front."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

Image = NDArray[np.uint8]
WIDTH, HEIGHT = 1280, 720


def lane(seed: int) -> Image:
    """The empty lane: asphalt, kerbs, a wall behind, light from one side; without noise, which the camera adds."""
    rng = np.random.default_rng(seed)
    image = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    horizon = HEIGHT // 3
    image[:horizon] = np.linspace(150, 120, horizon)[:, None, None] + np.array([6, 2, -4])
    image[horizon:] = np.linspace(95, 70, HEIGHT - horizon)[:, None, None]
    grain = cv2.resize(rng.normal(0, 9, (HEIGHT // 4, WIDTH // 4)).astype(np.float32), (WIDTH, HEIGHT))
    image += grain[:, :, None]
    picture = np.clip(image, 0, 255).astype(np.uint8)
    for side in (-1, 1):
        foot, top = WIDTH // 2 + side * 620, WIDTH // 2 + side * 210
        cv2.line(picture, (foot, HEIGHT), (top, horizon), (165, 170, 172), 14, cv2.LINE_AA)
    light = np.linspace(0.85, 1.1, WIDTH, dtype=np.float32)
    return _bytes(picture * (light[::-1] if rng.random() < 0.5 else light)[None, :, None])


def qr(text: str, module: int = 8) -> Image:
    """A QR code of the text, grey, with its quiet zone, `module` pixels a module. Raises segno.DataOverflowError."""
    code = segno.make_qr(text, error="m" if len(text) < 1000 else "l")
    rows = np.array([list(row) for row in code.matrix_iter(border=4)], np.uint8)
    return np.kron((1 - rows) * np.uint8(255), np.ones((module, module), np.uint8)).astype(np.uint8)


def phone(text: str, seed: int, size: int = 300) -> Image:
    """A phone held before the camera, the code on its bright screen: pixel grid, glow, tilt. size: pixels across the code."""
    rng = np.random.default_rng(seed)
    code = cv2.resize(qr(text), (560, 560), interpolation=cv2.INTER_AREA)
    screen = np.full((1120, 640, 3), 244, np.uint8)
    cv2.rectangle(screen, (0, 0), (639, 120), (150, 84, 40), -1)
    cv2.putText(screen, "Access pass", (150, 78), cv2.FONT_HERSHEY_DUPLEX, 1.6, (255, 255, 255), 3, cv2.LINE_AA)
    screen[240:800, 40:600] = code[:, :, None]
    screen[::3] = (screen[::3] * 0.93).astype(np.uint8)  # the screen's own rows, which beat with the camera's
    body = cv2.copyMakeBorder(screen, 60, 60, 24, 24, cv2.BORDER_CONSTANT, value=(28, 26, 24))
    return _bytes(_put(lane(seed), _bytes(body), rng, width=int(size * 688 / 560), gain=1.08))


def sheet(text: str, seed: int, size: int = 280) -> Image:
    """A printed sheet with the code, a little bent and in shade. size: pixels across the code."""
    rng = np.random.default_rng(seed)
    code = cv2.resize(qr(text), (520, 520), interpolation=cv2.INTER_AREA)
    paper = np.full((900, 700, 3), (222, 228, 230), np.uint8)
    cv2.putText(paper, "Visitor", (220, 100), cv2.FONT_HERSHEY_TRIPLEX, 2, (60, 60, 60), 3, cv2.LINE_AA)
    paper[180:700, 90:610] = np.minimum(paper[180:700, 90:610], np.maximum(code, 38)[:, :, None])
    for line in range(760, 860, 30):
        cv2.line(paper, (90, line), (610, line), (150, 150, 150), 4, cv2.LINE_AA)
    shade = np.linspace(0.7, 1.0, 700, dtype=np.float32)[None, :, None]
    return _bytes(_put(lane(seed), _bytes(paper * shade), rng, width=int(size * 700 / 520), gain=0.95))


def car(plate: str, seed: int, width: int = 230) -> Image:
    """A car front at the barrier with its plate (letters, digits, spaces). width: pixels across the plate."""
    rng = np.random.default_rng(seed)
    image = lane(seed)
    paint = tuple(int(v) for v in rng.integers(40, 190, 3))
    middle, top = WIDTH // 2 + int(rng.integers(-60, 60)), 130
    place = np.array([middle, top])
    body = np.array([[-330, 0], [330, 0], [420, 230], [430, 520], [-430, 520], [-420, 230]]) + place
    cv2.fillPoly(image, [body.astype(np.int32)], paint, cv2.LINE_AA)
    glass = np.array([[-280, 15], [280, 15], [345, 190], [-345, 190]]) + place
    cv2.fillPoly(image, [glass.astype(np.int32)], (52, 44, 36), cv2.LINE_AA)
    for side in (-1, 1):
        cv2.ellipse(image, (middle + side * 320, top + 300), (85, 42), side * 8, 0, 360, (225, 228, 230), -1, cv2.LINE_AA)
    cv2.rectangle(image, (middle - 190, top + 265), (middle + 190, top + 325), (30, 30, 30), -1)
    for bar in range(top + 275, top + 325, 16):
        cv2.line(image, (middle - 185, bar), (middle + 185, bar), (95, 95, 95), 3, cv2.LINE_AA)
    return _bytes(_put(image, plate_face(plate), rng, width=width, gain=1.0, at=(middle, top + 420), tilt=0.04))


def plate_face(plate: str) -> Image:
    """The plate alone: black characters of even stroke on white, a blue band at the left."""
    face = np.full((120, 560, 3), 246, np.uint8)
    cv2.rectangle(face, (0, 0), (559, 119), (20, 20, 20), 5)
    cv2.rectangle(face, (6, 6), (44, 113), (160, 60, 10), -1)
    scale, thick = 2.7, 9
    (across, tall), _ = cv2.getTextSize(plate, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    text = np.full((tall + 40, across + 40), 255, np.uint8)
    cv2.putText(text, plate, (20, tall + 20), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, thick, cv2.LINE_AA)
    room = 480
    fitted = cv2.resize(text, (min(room, int(text.shape[1] * 100 / text.shape[0])), 100), interpolation=cv2.INTER_AREA)
    left = 58 + (room - fitted.shape[1]) // 2
    face[10:110, left : left + fitted.shape[1]] = np.minimum(face[10:110, left : left + fitted.shape[1]], fitted[:, :, None])
    return face


def noisy(image: Image, seed: int, level: float = 3.0, blur: float = 0.6) -> Image:
    """As a small sensor sees it: soft, with noise of `level` grey levels."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(image, (0, 0), blur) if blur > 0 else image
    half = cv2.resize(rng.normal(0, level * 1.6, (HEIGHT // 2, WIDTH // 2)).astype(np.float32), (image.shape[1], image.shape[0]))
    return _bytes(soft + half[:, :, None])


def _put(
    scene: Image,
    thing: Image,
    rng: np.random.Generator,
    *,
    width: int,
    gain: float,
    at: tuple[int, int] | None = None,
    tilt: float = 0.12,
) -> NDArray[np.float32]:
    """The thing in the scene, seen a little from the side and turned, `width` pixels across."""
    height = int(width * thing.shape[0] / thing.shape[1])
    height = min(height, HEIGHT - 20)
    x, y = at if at is not None else (int(rng.integers(WIDTH // 3, 2 * WIDTH // 3)), HEIGHT // 2)
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]], np.float32) / 2
    corners += rng.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * min(width, height) / 2
    turn = rng.uniform(-tilt, tilt)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    target = (corners @ spin.T + np.array([x, y], np.float32)).astype(np.float32)
    tall, wide = thing.shape[:2]
    source = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    # Shrunk first, or fine print would break up: warping samples single pixels.
    small = cv2.resize(thing, (max(2, width * 2), max(2, height * 2)), interpolation=cv2.INTER_AREA)
    source *= np.array([small.shape[1] / wide, small.shape[0] / tall], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    warped = cv2.warpPerspective(small, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(small.shape[:2], 255, np.uint8), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    share = (mask.astype(np.float32) / 255)[:, :, None]
    return np.asarray(scene * (1 - share) + warped.astype(np.float32) * gain * share, np.float32)


def _bytes(image: NDArray[Any]) -> Image:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
