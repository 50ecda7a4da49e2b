"""A picture that somebody sends, as it is kept: really decoded, upright, without what the camera wrote into it, small, as JPEG."""

from __future__ import annotations

import asyncio
import io
import warnings

from edge.commands.photos import LARGEST_PHOTO
from edge.core.errors import Invalid

LARGEST_UPLOAD = 8 << 20
MOST_PIXELS = 24_000_000
"""What a good phone makes; a larger one costs more memory than this computer has to spare."""
WIDEST, TALLEST = 480, 640
_KINDS = ("JPEG", "PNG", "WEBP")
_QUALITIES = (85, 70, 55, 40)
_one_at_a_time = asyncio.Semaphore(1)


async def small_jpeg(data: bytes) -> bytes:
    """Of a JPEG, PNG or WebP. Raises Invalid. One at a time: each may take a hundred megabytes for a moment."""
    async with _one_at_a_time:
        return await asyncio.to_thread(shrunk, data)


def shrunk(data: bytes) -> bytes:
    """At most WIDEST x TALLEST pixels and LARGEST_PHOTO bytes. Raises Invalid."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not data or len(data) > LARGEST_UPLOAD:
        raise Invalid(f"a picture of at most {LARGEST_UPLOAD >> 20} MB", field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes that are refused here, more strictly
            with Image.open(io.BytesIO(data), formats=_KINDS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Invalid(f"a picture of at most {MOST_PIXELS // 1_000_000} million pixels", field="picture")
                opened.draft("RGB", (2 * WIDEST, 2 * TALLEST))
                upright = ImageOps.exif_transpose(opened)
                if upright.has_transparency_data:
                    ground = Image.new("RGBA", upright.size, "white")
                    upright = Image.alpha_composite(ground, upright.convert("RGBA"))
                picture = upright.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Invalid("this is not a JPEG, PNG or WebP picture that can be read", field="picture") from error
    picture.thumbnail((WIDEST, TALLEST))
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)  # pixels alone: whatever else the file said stays behind
    for quality in _QUALITIES:
        made = io.BytesIO()
        bare.save(made, "JPEG", quality=quality, optimize=True)
        if made.tell() <= LARGEST_PHOTO:
            return made.getvalue()
    raise Invalid("this picture cannot be made small enough", field="picture")
