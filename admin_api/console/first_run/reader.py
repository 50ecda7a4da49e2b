"""The third step: a reader, found by itself when a code is shown to it; or a camera."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from admin_api.auth import parts_of, session_of
from admin_api.console.devices import found_of
from admin_api.console.first_run.steps import MANAGE, PATH, StepPage, progress, steps_of
from admin_api.console.forms import Field, Form, blank, request_of, typed
from admin_api.console.language import N_, _
from admin_api.console.lists.devices import states
from admin_api.console.page import AnyRequest, render, render_piece
from admin_api.devices import devices
from admin_api.errors import problem_of
from admin_api.parts import Parts
from edge.commands.devices import AddDevice, FoundDevices
from edge.core.device import CameraReader, DeviceKind, DeviceSettings, SerialReader
from edge.core.errors import HouseError, Invalid, NotSignedIn
from edge.core.model import CredentialKind
from edge.core.place import AccessPoint

HERE = f"{PATH}/reader"


@dataclass(frozen=True, kw_only=True)
class ReaderView:
    """A reader that is set up."""

    name: str
    points: str
    state: str
    tone: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ReaderPage(StepPage):
    """What is plugged in, what is set up. found None: the edge is down."""

    template = "first_run_reader.html"
    readers: tuple[ReaderView, ...]
    found: FoundDevices | None
    points: bool


async def _fields(parts: Parts) -> tuple[Field, ...]:
    points = tuple((p.id, p.name) for p in await parts.roster.every(AccessPoint))
    return (
        Field(
            name="access_point", label=N_("At the access point"), kind="select", choices=points, hint=N_("Whose door it asks for.")
        ),
        Field(
            name="address",
            label=N_("Or a camera in the network"),
            hint=N_("rtsp://user:password@camera/stream or http://camera/video.mjpeg"),
        ),
    )


async def _page(request: AnyRequest, form: Form, *, listen: bool) -> ReaderPage:
    parts = parts_of(request)
    now, said = await progress(parts), states()
    there = [d for d in await devices(parts, session_of(request)) if d.kind is not DeviceKind.DOOR]
    return ReaderPage(
        title=_("Set up this site"), section="site", steps=steps_of(now, "reader"), form=form, found=await found_of(request, listen=listen), points=bool(now.points),
        readers=tuple(
            ReaderView(name=d.name, points=", ".join(d.access_points), state=said[d.state][0], tone=said[d.state][1], detail=d.detail if d.state != "up" else "")
            for d in there
        ),
    )  # fmt: skip


@get(HERE, opt=MANAGE)
async def reader_step(request: AnyRequest) -> Response[str]:
    form = blank(await _fields(parts_of(request)), action=HERE, submit="", back="/")
    return await render(request, await _page(request, form, listen=True))


@get(f"{HERE}/found", opt=MANAGE)
async def readers_found(request: AnyRequest) -> Response[str]:
    """What is plugged in and what it read, as a piece that is asked for again and again."""
    form = Form(action=HERE, submit="", inputs=(), request="")
    return await render_piece(request, await _page(request, form, listen=True), "first_run_readers.html")


@post(HERE, opt=MANAGE, status_code=200)
async def set_up_reader(request: AnyRequest) -> Response[str]:
    """take: "serial:BAUD:PORT", "camera:SOURCE", or "address" for the one that was typed."""
    parts, data = parts_of(request), await request.form()
    try:
        await parts.edge.send(AddDevice(wired=await _wired(parts, data)), token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        form = typed(await _fields(parts), data, action=HERE, submit="", back="/", error=_beside(error))
        return await render(request, await _page(request, form, listen=False), status=problem_of(error).status)
    return Redirect(f"{HERE}?done=set-up", status_code=303)


async def _wired(parts: Parts, data: FormMultiDict) -> DeviceSettings:
    """Raises Invalid."""
    take, point = str(data.get("take", "")), str(data.get("access_point", ""))
    found = await parts.roster.find(AccessPoint, point)
    if found is None:
        raise Invalid("there is no such access point", field="access_point")
    name = _named(parts, found.name)
    what, _colon, rest = take.partition(":")
    if what == "serial":
        baud, _colon, port = rest.partition(":")
        return SerialReader(name=name, access_point=point, port=port, baud=int(baud) if baud.isdecimal() and int(baud) else 9600)
    source = rest if what == "camera" else str(data.get("address", "")).strip()
    return CameraReader(name=name, access_point=point, source=source, reads=(CredentialKind.QR, CredentialKind.BARCODE))


def _named(parts: Parts, point: str) -> str:
    """A name that no reader has."""
    taken = {r.name for r in parts.settings.reader}
    name = _("%(point)s, reader") % {"point": point}
    return next(n for n in (name, *(f"{name} {i}" for i in range(2, 1000))) if n not in taken)


def _beside(error: HouseError) -> HouseError:
    """A wrong camera address is said beside where it was typed."""
    if error.field == "source":
        error.field = "address"
    return error


HANDLERS = (reader_step, readers_found, set_up_reader)
