"""The looks at one picture: codes, the ladder, plates, motion. Drawn pictures, no camera."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hw_sim import draw
from numpy.typing import NDArray

from edge.core.credential import canonical
from edge.core.model import CredentialKind
from edge.drivers.eyes.capture import Frame, decode
from edge.drivers.eyes.codes import LADDER, Code, Kinds, look, second_look
from edge.drivers.eyes.evidence import Evidence
from edge.drivers.eyes.motion import MotionGate, cut, grey
from edge.drivers.eyes.plates import DETECT_SIDES, PlateRead, PlateReader, is_sure, joined, lines_of, plate_classes, ranked
from edge.drivers.eyes.watch import CAP

Image = NDArray[np.uint8]
QR, BARCODE = CredentialKind.QR, CredentialKind.BARCODE
plate_reader = cache(PlateReader)


def read_codes(image: Image, kinds: Kinds = (QR,)) -> list[Code]:
    """The first look and, while nothing is read, the whole ladder, in one go."""
    luma = grey(image)
    rungs = (second_look(rung, luma, kinds) for rung in range(len(LADDER)))
    return look(luma, kinds) or next((found for found in rungs if found), [])


def read_plates(image: Image) -> list[PlateRead]:
    """Plausible plates, best first, in looks of growing care until one is sure."""
    found: list[PlateRead] = []
    for side in DETECT_SIDES:
        found = ranked([*found, *plate_reader().read(image, side)])
        if is_sure(found):
            break
    return found


@pytest.mark.parametrize("seed", range(4))
def test_phone_and_paper_are_read(seed: int) -> None:
    for scene in (draw.phone(f"GL-{seed}", seed), draw.sheet(f"GL-{seed}", seed)):
        assert [c.text for c in read_codes(draw.noisy(scene, seed))] == [f"GL-{seed}"]


def test_an_empty_lane_holds_no_code_and_no_plate() -> None:
    lane = draw.noisy(draw.lane(3), 3)
    assert read_codes(lane, (QR, BARCODE)) == []
    assert read_plates(lane) == []


def test_a_barcode_is_read_as_barcode_and_only_where_asked_for() -> None:
    bars = np.array(zxingcpp.create_barcode("GL-CODE-128", zxingcpp.BarcodeFormat.Code128).to_image(scale=3))
    picture = np.pad(np.kron(bars, np.ones((20, 1), np.uint8)), 60, constant_values=255).astype(np.uint8)
    assert [(c.kind, c.text) for c in look(picture, (QR, BARCODE))] == [(BARCODE, "GL-CODE-128")]
    assert look(picture, (QR,)) == []


@pytest.mark.parametrize("text", ["x" * 2900, "7" * 7080])
def test_the_biggest_qr_codes_are_read_and_what_is_passed_on_is_no_credential(text: str) -> None:
    (code,) = look(np.asarray(draw.qr(text, 4), np.uint8), (QR,))
    assert code.text == text
    assert canonical(code.kind, code.text[:CAP]) is None


@pytest.mark.parametrize("text", ["grüße", "価格", "a b\tc"])
def test_text_beyond_ascii_comes_as_it_was_written(text: str) -> None:
    assert [c.text for c in look(draw.qr(text, 6), (QR,))] == [text]


def test_each_rung_reads_a_plain_code() -> None:
    luma = grey(draw.sheet("GL-RUNGS", 5))
    small = np.asarray(cv2.resize(luma, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), np.uint8)
    for rung, (name, _) in enumerate(LADDER):
        picture = small if name == "doubled" else luma
        assert [(c.text, c.rung) for c in second_look(rung, picture, (QR,))] == [("GL-RUNGS", name)]
    assert second_look(len(LADDER), luma, (QR,))[0].rung == LADDER[0][0]


def test_the_ladder_reads_what_the_first_look_misses() -> None:
    rng = np.random.default_rng(7)
    code = draw.qr("GL-SPECKLED", 5)
    speckled = np.where(rng.random(code.shape) < 0.12, 255 - code, code).astype(np.uint8)
    assert look(speckled, (QR,)) == []
    assert [c.text for c in read_codes(speckled)] == ["GL-SPECKLED"]


@pytest.mark.parametrize("plate", ["KT 4711", "VBE 2444", "M AB 123"])
def test_a_drawn_plate_is_read_without_its_spaces(plate: str) -> None:
    best = read_plates(draw.noisy(draw.car(plate, 11), 11))[0]
    assert best.text == plate.replace(" ", "")
    assert len(best.probabilities) == len(best.text)
    assert best.score > 0.8


def test_two_lines_of_one_plate_are_joined() -> None:
    top = PlateRead(text="ABC", score=0.9, box=(100, 100, 120, 50), probabilities=(0.9,) * 3)
    low = PlateRead(text="1234", score=0.8, box=(95, 155, 130, 50), probabilities=(0.8,) * 4)
    far = PlateRead(text="99", score=0.9, box=(600, 155, 130, 50))
    assert [(r.text, r.score) for r in joined([low, far, top])] == [("ABC1234", 0.8)]


def test_the_detector_map_gives_a_line_with_its_angle() -> None:
    heat = np.zeros((160, 320), np.float32)
    cv2.fillPoly(heat, [np.array([[60, 80], [220, 100], [218, 118], [58, 98]])], 1.0)
    (line,) = lines_of(heat, 2.0, 2.0)
    assert (line.x, line.y) == pytest.approx((278, 198), abs=4)
    assert np.degrees(line.angle) == pytest.approx(7, abs=2)
    assert line.width > 320


def test_look_alike_letters_of_other_alphabets_are_latin_ones() -> None:
    classes, columns = plate_classes(["A", "а", "Α", "·", "京", "7"])
    by_class = dict(zip(classes.tolist(), columns.tolist(), strict=True))
    assert by_class[1] == by_class[2] == by_class[3] != 0
    assert by_class[4] == 0
    assert 5 not in by_class


def test_a_torn_jpeg_is_no_picture() -> None:
    good, data = cv2.imencode(".jpg", draw.lane(1))
    assert good
    jpeg = data.tobytes()
    assert decode(jpeg) is not None
    for bad in (jpeg[:-2], jpeg[: len(jpeg) // 2], b"", b"\xff\xd8\xff\xd9", b"GET / HTTP/1.1", random.Random(1).randbytes(5000)):
        assert decode(bad) is None


def test_the_gate_sees_what_comes_and_goes() -> None:
    gate = MotionGate()
    lane = [grey(draw.noisy(draw.lane(2), i)) for i in range(2)]
    car = [grey(draw.noisy(draw.car("KT 4711", 2), i)) for i in range(2)]
    assert gate.look(lane[0], 0.0).present
    for i in range(1, 10):
        scene = gate.look(lane[i % 2], i / 10)
    assert not scene.moving
    assert not scene.present
    scene = gate.look(car[0], 1.0)
    assert scene.moving
    assert scene.present
    for i in range(50):
        scene = gate.look(car[i % 2], 1.1 + i)
    assert not scene.moving
    assert scene.present, "a car that stands for most of a minute is still there"


def test_a_picture_that_never_changes_is_frozen_and_a_covered_lens_blind() -> None:
    gate, lane = MotionGate(), grey(draw.lane(2))
    for i in range(10):
        scene = gate.look(lane, float(i))
    assert scene.frozen_s == 9
    assert scene.blind_s == 0
    for i in range(10, 20):
        scene = gate.look(np.full_like(lane, 12 + i % 2), float(i))
    assert scene.blind_s == 10
    assert scene.frozen_s == 0


def test_a_part_of_a_picture_is_never_empty() -> None:
    picture = np.zeros((720, 1280, 3), np.uint8)
    assert cut(picture, (0.25, 0.5, 0.5, 0.5)).shape == (360, 640, 3)
    assert cut(picture, (0.999, 0.999, 0.001, 0.001)).shape == (16, 16, 3)


def test_evidence_keeps_the_newest_and_counts_those_of_an_earlier_run(tmp_path: Path) -> None:
    frame = Frame(draw.lane(1), 0.0)
    first = Evidence(tmp_path, keep=3)
    for i in range(3):
        assert first.save(frame, "north/in", 1000 + i) is not None
    second = Evidence(tmp_path, keep=3)
    path = second.save(frame, "north/in", 2000)
    assert path is not None
    assert cv2.imread(path) is not None
    assert len(list(tmp_path.iterdir())) == 3
    assert not (tmp_path / "north_in-1000.jpg").exists()
