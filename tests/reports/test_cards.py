"""Printed cards: what is printed reads back, whatever the name, and nothing runs over the card's edge."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from collections.abc import Iterable

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from admin_api.reports import fonts
from admin_api.reports.card_face import FINEST_MM, ID_1, POINT, CardFace, Modules, Size, Words, bar_row, drawing, qr_rows
from admin_api.reports.card_picture import card_png, qr_png
from admin_api.reports.card_sheet import LAYOUTS, Layout, write_pdf
from edge.core.errors import Invalid
from edge.core.model import CredentialKind

CODE = "7Q2M4XK9TB0123456789"
ADA = CardFace(site="Harbour", name="Ada Lovelace", label="Berth 42", code=CODE, last4="6789", valid_to="31 Dec 2026")
BARRED = CardFace(site="Harbour", name="Ada", kind=CredentialKind.BARCODE, code=CODE, last4="6789")
TAG = CardFace(site="Harbour", name="Ada", kind=CredentialKind.UID, last4="A2B3")
DOTS = 6
"""Picture dots a point when a page is looked at: 432 an inch."""


def written(faces: Iterable[CardFace], layout: Layout) -> pypdfium2.PdfDocument:
    file = io.BytesIO()
    write_pdf(faces, layout, file)
    return pypdfium2.PdfDocument(file.getvalue())


def looked_at(page: pypdfium2.PdfPage) -> np.ndarray:
    return np.asarray(cv2.cvtColor(page.render(scale=DOTS).to_numpy(), cv2.COLOR_BGR2GRAY))


def read(picture: np.ndarray) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def place(picture: np.ndarray, layout: Layout, number: int) -> np.ndarray:
    """One card cut out of a page."""
    (x, y), dots = layout.place(number), DOTS / POINT
    return picture[int(y * dots) : int((y + layout.card.height) * dots), int(x * dots) : int((x + layout.card.width) * dots)]


def picture_of(png: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))


@pytest.mark.feature("X-1")
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_card_of_a_sheet_reads_back_as_its_own_code(name: str) -> None:
    layout = LAYOUTS[name]
    barred = name != "labels-65"
    faces = [
        CardFace(site="Harbour", name=f"Nr {n}", code=f"{CODE}{n:02}", last4=f"{n:04}", kind=CredentialKind.BARCODE if barred and n % 3 == 1 else CredentialKind.QR)
        for n in range(layout.places + 1)
    ]  # fmt: skip
    pages = written(faces, layout)
    assert len(pages) == 2
    first = looked_at(pages[0])
    for number, face in enumerate(faces[: layout.places]):
        assert read(place(first, layout, number)) == [face.code], number
    assert read(place(looked_at(pages[1]), layout, 0)) == [faces[-1].code]
    assert pages[0].get_size() == pytest.approx((layout.page.width / POINT, layout.page.height / POINT), abs=0.2)


@pytest.mark.feature("X-1")
@pytest.mark.parametrize("face", [ADA, BARRED], ids=["qr", "barcode"])
def test_a_picture_of_a_card_reads_back_as_its_code(face: CardFace) -> None:
    picture = picture_of(card_png(face))
    assert picture.shape == (864, 1370)
    assert read(picture) == [CODE]
    assert read(cv2.resize(picture, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)) == [CODE], "as a phone shows it"


def test_the_code_alone_is_a_picture_too() -> None:
    assert read(picture_of(qr_png(CODE))) == [CODE]
    assert read(picture_of(qr_png("zażółć 漢"))) == ["zażółć 漢"]


def test_a_tag_has_words_alone() -> None:
    assert all(isinstance(shape, Words) for shape in drawing(TAG, ID_1))
    assert read(picture_of(card_png(TAG))) == []


def test_the_words_of_a_card_are_words_in_the_file() -> None:
    names = ("Zażółć Gęślą", "Ελένη Παππά", "Зоя Ёлкина", "Ģirts Ķēniņš", "Ştefan Țepeș", "ნინო", "Նարե")
    pages = written(
        (CardFace(site="Парк «Заря»", name=name, label="Żurawia 7", code=CODE, last4="6789") for name in names), LAYOUTS["card"]
    )
    for page, name in zip(pages, names, strict=True):
        text = " ".join(page.get_textpage().get_text_bounded().split())
        assert name in text and "Парк «Заря»" in text and "Żurawia 7" in text and "…6789" in text and CODE not in text


def test_letters_that_cannot_be_set_right_are_boxes_and_never_missing() -> None:
    assert fonts.printable("王小明 Wang") == "□□□ Wang"
    assert fonts.printable("דוד\u202e \x07 a\tb") == "□□□□ □ a b"
    assert fonts.printable("Zoe\u0308") == "Zoë"


words = st.text(st.characters(blacklist_categories=("Cs",)), max_size=80) | st.text("WMŻ ", max_size=200) | st.just("W" * 300)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    words, words, words, words, st.sampled_from(list(CredentialKind)),
    st.sampled_from([layout.card for layout in LAYOUTS.values()] + [Size(50.0, 30.0)]),
)  # fmt: skip
def test_no_word_runs_over_an_edge_or_into_the_code(
    site: str, name: str, label: str, until: str, kind: CredentialKind, size: Size
) -> None:
    face = CardFace(site=site, name=name, label=label, kind=kind, code=CODE[:8], last4="6789", valid_to=until)
    shapes = drawing(face, size)
    codes = [s for s in shapes if isinstance(s, Modules)]
    foot = [s for s in shapes if isinstance(s, Words)]
    assert len(codes) == (kind in (CredentialKind.QR, CredentialKind.BARCODE))
    for word in foot:
        right = word.x + fonts.width(word.text, word.size, bold=word.bold) * POINT
        assert word.x >= 0 and right <= size.width and word.y - word.size * POINT * 0.7 > 0 and word.y <= size.height
        for code in codes:
            wide = max(c + n for c, _, n, _ in code.parts) * code.step
            assert right <= code.x or word.y <= code.y, (word, code)
            assert code.x + wide <= size.width
    tops = sorted(foot, key=lambda w: w.y)
    assert all(b.y - a.y >= b.size * POINT * 0.85 for a, b in itertools.pairwise(tops)), "no line over another"


def test_a_code_too_fine_for_its_size_is_refused_and_says_so() -> None:
    with pytest.raises(Invalid) as refused:
        drawing(BARRED, LAYOUTS["labels-65"].card)
    assert refused.value.field == "layout" and "6789" in refused.value.message
    for code in ("żółć", ""):
        with pytest.raises(Invalid):
            bar_row(code)
    with pytest.raises(Invalid):
        qr_rows("X" * 5000)
    assert min(s.step for s in drawing(ADA, ID_1) if isinstance(s, Modules)) > 4 * FINEST_MM


def test_a_barcode_is_code_128_in_its_own_modules() -> None:
    bars = bar_row("AB-12")
    assert bars.startswith(b"\1\1\0\1\0\0") and bars.endswith(b"\1\1\0\0\0\1\1\1\0\1\0\1\1"), "start B or A, stop"
    assert len(bars) % 11 == 2


def test_a_thousand_cards_take_little_memory() -> None:
    many = (CardFace(site="Harbour", name=f"Nr {n}", code=f"{CODE}{n:04}", last4=f"{n:04}") for n in range(1000))
    file = io.BytesIO()
    drawing(ADA, ID_1)  # fonts are read once
    tracemalloc.start()
    try:
        assert write_pdf(many, LAYOUTS["sheet"], file) == 1000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24_000_000


def test_a_sheet_of_no_cards_is_refused() -> None:
    with pytest.raises(Invalid):
        write_pdf((), LAYOUTS["sheet"], io.BytesIO())
