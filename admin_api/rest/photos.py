"""A customer's photograph: shown to who may see them, put and taken away by who may edit them."""

from __future__ import annotations

import asyncio

from litestar import Response, delete, get, put
from litestar.params import FromPath

from admin_api.auth import needs, parts_of, session_of
from admin_api.pictures import LARGEST_UPLOAD, small_jpeg
from admin_api.rest.common import AnyRequest, refusals, request_id, versioned
from edge.commands.photos import SetPhoto
from edge.core.errors import NotFound
from edge.core.model import Permission
from edge.core.people import Customer


@get(
    "/customers/{record_id:str}/photo", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(404),
    operation_id="getPhoto", media_type="image/jpeg",
)  # fmt: skip
async def photo(request: AnyRequest, record_id: FromPath[str]) -> Response[bytes]:
    """The photograph of a customer, as JPEG. That somebody saw it is written down, as of the record."""
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, record_id)
    if not customer.photo:
        raise NotFound("there is no photo of them", field="photo")
    path = parts.files.photos / f"{customer.photo}.jpg"
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise NotFound("their photo is not in its folder: put it anew", field="photo") from error
    parts.views.saw(session.user, session.token, customer.id, parts.now())
    return Response(data, media_type="image/jpeg")


@put(
    "/customers/{record_id:str}/photo", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 409, 413),
    operation_id="putPhoto", request_max_body_size=LARGEST_UPLOAD + 1,
)  # fmt: skip
async def put_photo(request: AnyRequest, record_id: FromPath[str]) -> Response[Customer]:
    """Keep this picture of a customer: the body is a JPEG, PNG or WebP of at most 8 MB and 24 million pixels.

    It is decoded, turned upright, made at most 480 x 640 and kept as JPEG with nothing but its pixels."""
    await parts_of(request).roster.get(Customer, record_id)
    return await _set(request, record_id, await small_jpeg(await request.body()))


@delete(
    "/customers/{record_id:str}/photo", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404),
    status_code=200, operation_id="deletePhoto",
)  # fmt: skip
async def delete_photo(request: AnyRequest, record_id: FromPath[str]) -> Response[Customer]:
    """Take the photograph away; its file goes too."""
    return await _set(request, record_id, b"")


async def _set(request: AnyRequest, id: str, picture: bytes) -> Response[Customer]:
    command = SetPhoto(id=id, picture=picture)
    kept = await parts_of(request).edge.ask(command, Customer, token=session_of(request).token, request=request_id(request))
    return versioned(kept)


HANDLERS = (photo, put_photo, delete_photo)
