"""A file behind a password: one entry in a zip with AES-256 (WinZip's AE-2), which 7-Zip, WinZip and macOS open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyzipper


def seal(plain: Path, name: str, password: str, to: Path) -> None:
    """Write the zip and remove the plain file; nothing of it is read whole."""
    with pyzipper.AESZipFile(to, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as made:
        made.setpassword(password.encode())
        with plain.open("rb") as source, made.open(name, "w", force_zip64=True) as entry:
            shutil.copyfileobj(source, entry, 1 << 18)
    plain.unlink()
