"""Stylesheet, scripts and marks: read and packed once, when the desk starts; their address carries what they are, so they may be kept for a year."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from admin_api.auth import ANYBODY
from edge.core.errors import NotFound

FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Asset:
    """A file as it is sent, plain or packed (RFC 1952), whichever the browser takes."""

    media_type: str
    plain: bytes
    packed: bytes


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file of the folder by its path; about 150 kB."""
    found = {}
    for path in sorted(p for p in FOLDER.rglob("*") if p.is_file()):
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        kind = f"{kind}; charset=utf-8" if kind.startswith(("text/", "application/javascript")) else kind
        plain = path.read_bytes()
        found[path.relative_to(FOLDER).as_posix()] = Asset(kind, plain, gzip.compress(plain, 9, mtime=0))
    return found


@get("/static/{file_path:path}", opt=ANYBODY, include_in_schema=False)
async def asset_file(request: Request[Any, Any, Any], file_path: FromPath[Path]) -> Response[bytes]:
    """Raises NotFound. (Pages are not packed: their length would say something of what is secret in them.)"""
    asset = assets().get(file_path.as_posix().lstrip("/"))
    if asset is None:
        raise NotFound("there is no such file")
    packs = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if packs else {})}
    return Response(asset.packed if packs else asset.plain, media_type=asset.media_type, headers=headers)
