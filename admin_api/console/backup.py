"""Backups: making one with a button, those there are, and how one is put back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from litestar import Response, get, post
from litestar.response import Redirect

from admin_api.auth import needs, parts_of, session_of
from admin_api.console.forms import request_of
from admin_api.console.language import _, ngettext
from admin_api.console.lists.office import size_of
from admin_api.console.page import AnyRequest, Page, render, render_piece, times_of
from admin_api.console.sections import tabs_of
from admin_api.console.times import Times
from admin_api.console.words import sentence
from admin_api.errors import problem_of
from edge.commands.backups import Backup, BackupBegun, BackupsNow, GetBackups, MakeBackup
from edge.core.errors import HouseError, NotSignedIn, Unavailable
from edge.core.model import Permission

PATH = "/site/backup"


@dataclass(frozen=True, kw_only=True)
class BackupView:
    """command: what puts it back."""

    name: str
    when: str
    about: str
    command: str


@dataclass(frozen=True, kw_only=True)
class BackupPage(Page):
    """known: does the edge say which there are. making: since when one is being made; share: of it, percent. failed: why the last one was
    not made; problem: why this one was not begun. command: what puts a file back that is not among them."""

    template = "backup.html"
    path: str
    tabs: tuple[tuple[str, str], ...]
    request: str
    known: bool
    folder: str
    kept: tuple[BackupView, ...]
    command: str
    making: str = ""
    share: int = 0
    failed: str = ""
    failed_at: str = ""
    problem: str = ""


async def _page(request: AnyRequest, problem: str = "") -> BackupPage:
    parts, session, times = parts_of(request), session_of(request), times_of(parts_of(request))
    folder = str(Path(parts.settings.state) / "backups")
    plain = {
        "title": _("Backup"),
        "section": "system",
        "path": PATH,
        "tabs": tabs_of("system", session),
        "request": uuid4().hex,
        "problem": problem,
    }
    try:
        now = await parts.edge.ask(GetBackups(), BackupsNow, token=session.token)
    except Unavailable:
        return BackupPage(**plain, known=False, folder=folder, kept=(), command=_command(f"{folder}/FILE"))  # type: ignore[arg-type]
    return BackupPage(
        **plain, known=True, folder=now.folder, kept=tuple(_view(b, now.folder, times) for b in now.kept), command=_command("FILE"),  # type: ignore[arg-type]
        making=times.clock(now.since) if now.since else "", share=round(100 * now.share), failed=sentence(now.problem) if now.problem else "",
        failed_at=times.short(now.problem_at) if now.problem_at else "",
    )  # fmt: skip


def _view(backup: Backup, folder: str, times: Times) -> BackupView:
    said = {"size": size_of(backup.size), "num": times.number(backup.events), "program": backup.program}
    about = (
        ngettext("%(size)s · %(num)s event · version %(program)s", "%(size)s · %(num)s events · version %(program)s", backup.events)
        % said
    )
    return BackupView(
        name=backup.name,
        when=f"{times.day(backup.at)} {times.at(backup.at):%H:%M}",
        about=about,
        command=_command(f"{folder}/{backup.name}"),
    )


def _command(file: str) -> str:
    return f"gatelatch restore {file}"


@get(PATH, opt=needs(Permission.SITE_MANAGE))
async def backup_page(request: AnyRequest) -> Response[str]:
    """The page; for htmx what changes of it."""
    page = await _page(request)
    if request.headers.get("hx-request"):
        return await render_piece(request, page, "backup_now.html")
    return await render(request, page)


@post(PATH, opt=needs(Permission.SITE_MANAGE), status_code=200)
async def make_backup(request: AnyRequest) -> Response[str]:
    data = await request.form()
    try:
        await parts_of(request).edge.ask(MakeBackup(), BackupBegun, token=session_of(request).token, request=request_of(data))
    except NotSignedIn:
        raise
    except HouseError as error:
        return await render(request, await _page(request, sentence(error.message)), status=problem_of(error).status)
    return Redirect(PATH, status_code=303)


HANDLERS = (backup_page, make_backup)
