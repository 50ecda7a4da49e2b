"""A picture source as settings write it: one line of text to what the child opens, or a word on what to write instead."""

from __future__ import annotations

import urllib.parse
from enum import StrEnum

from edge.core.errors import Invalid
from edge.core.model import Value


class SourceKind(StrEnum):
    """How pictures are got."""

    V4L2 = "v4l2"
    RTSP = "rtsp"
    MJPEG = "mjpeg"
    FOLDER = "folder"


class Source(Value, frozen=True, kw_only=True, tag_field="type", tag="source"):
    """Where pictures come from. address: device path, URL or folder; once: a folder is shown once, not for ever.

    hold_s: seconds each picture of a folder stays in view; fps: pictures a second it is shown with.
    """

    kind: SourceKind
    address: str
    once: bool = False
    hold_s: float = 1.0
    fps: float = 10.0


def parse_source(text: str) -> Source:
    """A source as settings write it. Raises Invalid that says what to write instead; never repeats a password."""
    scheme, _, rest = text.partition(":")
    if scheme in ("rtsp", "rtsps", "http", "https"):
        try:
            url = urllib.parse.urlsplit(text)
            sound = bool(url.hostname) and (url.port is None or 0 < url.port < 65536)
        except ValueError:
            sound = False
        if not sound or any(ord(c) < 33 for c in text):
            raise Invalid(f"a {scheme} source is {scheme}://host/path or {scheme}://user:password@host:port/path", field="source")
        return Source(kind=SourceKind.MJPEG if scheme.startswith("http") else SourceKind.RTSP, address=text)
    if scheme == "v4l2":
        if not rest.startswith("/dev/"):
            raise Invalid("a V4L2 source is v4l2:/dev/video0 (or /dev/v4l/by-id/..., which stays the same)", field="source")
        return Source(kind=SourceKind.V4L2, address=rest)
    if scheme == "folder":
        return _folder(rest)
    raise Invalid(
        f"{scheme[:20]!r} is no kind of source: write v4l2:/dev/video0, rtsp://host/path, http://host/stream.mjpeg or folder:/path",
        field="source",
    )


def _folder(rest: str) -> Source:
    path, _, query = rest.partition("?")
    options = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    once = options.pop("once", None) is not None
    try:
        hold, fps = float(options.pop("hold", "1")), float(options.pop("fps", "10"))
    except ValueError:
        hold, fps = 0.0, 0.0
    if not path.startswith("/") or options or not (0 < hold <= 3600 and 0.1 <= fps <= 30):
        raise Invalid("a folder source is folder:/path/of/pictures, with ?once, &hold=SECONDS and &fps=N if wanted", field="source")
    return Source(kind=SourceKind.FOLDER, address=path, once=once, hold_s=hold, fps=fps)
