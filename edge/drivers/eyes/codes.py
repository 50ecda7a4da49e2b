"""QR codes and barcodes in a picture: zxing-cpp on every frame, and a ladder of second looks, one rung a frame.

Preparing a picture before the first look lowers the rate (measured); after a failure each rung finds what others miss.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from edge.core.model import CredentialKind

try:
    from pyzbar import pyzbar
except ImportError as error:  # the wheel brings no library: it comes from the system's package
    pyzbar = None
    print(f"codes are read without the second decoder; install libzbar0 ({error})", file=sys.stderr)

Image = NDArray[np.uint8]
Kinds = Collection[CredentialKind]

_QR = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode)
_BARCODE = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code39,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.EANUPC,
    zxingcpp.BarcodeFormat.ITF,
    zxingcpp.BarcodeFormat.PDF417,
    zxingcpp.BarcodeFormat.Aztec,
    zxingcpp.BarcodeFormat.DataMatrix,
)
# Of the linear codes only those that both decoders write the same way: zbar gives UPC-A as EAN-13.
_ZBAR = {CredentialKind.QR: ("QRCODE",), CredentialKind.BARCODE: ("CODE128", "CODE39")}
_LARGEST_DOUBLED = 1_000_000
"""Pixels of a picture that is still looked at twice its size; above, a code is large enough or too costly."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code as read: kind, text (a QR code holds up to 7089 characters), which look found it."""

    kind: CredentialKind
    text: str
    rung: str = "first"


def look(luma: Image, kinds: Kinds, binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage) -> list[Code]:
    """Codes in a grey picture by zxing-cpp alone: 2 to 5 ms for 720p. Never raises for what a picture holds."""
    formats = [*(_QR if CredentialKind.QR in kinds else ()), *(_BARCODE if CredentialKind.BARCODE in kinds else ())]
    if not formats:
        return []
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(luma),
        formats=zxingcpp.BarcodeFormats(formats),
        binarizer=binarizer,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return _unique(
        Code(kind=CredentialKind.QR if code.format in _QR_FAMILY else CredentialKind.BARCODE, text=_text(code))
        for code in found
        if code.valid
    )


_QR_FAMILY = (*_QR, zxingcpp.BarcodeFormat.QRCodeModel1, zxingcpp.BarcodeFormat.QRCodeModel2)


def _text(code: zxingcpp.Barcode) -> str:
    """The payload as text: bytes that are UTF-8 as such (no decoder's guess), anything else as zxing knows to read it."""
    try:
        return code.bytes.decode("utf-8")
    except UnicodeDecodeError:
        return str(code.text)


def _unique(codes: Iterable[Code]) -> list[Code]:
    return list({(code.kind, code.text): code for code in codes if code.text}.values())


# ---------------------------------------------------------------------------------------------------- second looks


def _zbar(luma: Image, kinds: Kinds) -> list[Code]:
    """pyzbar. It guesses encodings, so only plain ASCII is believed."""
    if pyzbar is None:
        return []
    symbols = [pyzbar.ZBarSymbol[name] for kind in kinds for name in _ZBAR.get(kind, ())]
    found = pyzbar.decode(np.ascontiguousarray(luma), symbols=symbols) if symbols else []
    return _unique(
        Code(kind=CredentialKind.QR if c.type == "QRCODE" else CredentialKind.BARCODE, text=c.data.decode("ascii"))
        for c in found
        if c.data.isascii()
    )


def _blurred(luma: Image, kinds: Kinds) -> list[Code]:
    """Against the screen's own pixel grid, moire and print raster."""
    return look(np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.5), np.uint8), kinds)


def _levelled(luma: Image, kinds: Kinds) -> list[Code]:
    """Against shade and glare over part of the code."""
    return look(np.asarray(cv2.createCLAHE(3.0, (8, 8)).apply(luma), np.uint8), kinds)


def _thresholded(luma: Image, kinds: Kinds) -> list[Code]:
    """Against a steep gradient of light."""
    size = max(15, min(luma.shape[:2]) // 16) | 1
    return look(
        np.asarray(cv2.adaptiveThreshold(luma, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, size, 5), np.uint8), kinds
    )


def _one_threshold(luma: Image, kinds: Kinds) -> list[Code]:
    """One threshold from the histogram: against blur in even light."""
    return look(luma, kinds, zxingcpp.Binarizer.GlobalHistogram)


def _despeckled(luma: Image, kinds: Kinds) -> list[Code]:
    """Against noise in the dark and dirt on paper."""
    return look(np.asarray(cv2.medianBlur(luma, 5), np.uint8), kinds)


def _doubled(luma: Image, kinds: Kinds) -> list[Code]:
    """Against modules below two pixels."""
    if luma.size > _LARGEST_DOUBLED:
        return []
    return look(np.asarray(cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8), kinds)


def _halved(luma: Image, kinds: Kinds) -> list[Code]:
    """Against a code that fills a large picture with all its texture."""
    return look(np.asarray(cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8), kinds)


LADDER: tuple[tuple[str, Callable[[Image, Kinds], list[Code]]], ...] = (
    ("zbar", _zbar),
    ("blurred", _blurred),
    ("levelled", _levelled),
    ("thresholded", _thresholded),
    ("one threshold", _one_threshold),
    ("despeckled", _despeckled),
    ("doubled", _doubled),
    ("halved", _halved),
)
"""The second looks in order; the loop tries one with each frame in which something is there and nothing was read."""


def second_look(rung: int, luma: Image, kinds: Kinds) -> list[Code]:
    """Codes by one rung of the ladder; rung counts on for ever and wraps. From 5 ms to 60 ms for 720p."""
    name, method = LADDER[rung % len(LADDER)]
    return [Code(kind=code.kind, text=code.text, rung=name) for code in method(luma, kinds)]
