"""A desk over a small facility: real edge, real files, real socket, real HTTP on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from admin_api.app import Desk
from edge.commands.users import DEFAULT_ROLES, AddUser
from edge.core.judgement import Reason
from edge.core.model import CredentialKind, Reading
from edge.settings import Settings, parse
from tests.support.facility import Facility, until

PASSWORD = "correct horse"


class DeskFacility:
    """The facility of tests/support with a desk in front: users "administrator", "guard", ... one for each role."""

    def __init__(self, house: Facility, desk: Desk | Beside) -> None:
        self.house, self.desk = house, desk
        self._tokens: dict[str, str] = {}
        self._keys = itertools.count(1)

    @property
    def url(self) -> str:
        return self.desk.url

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20, **more)

    async def token(self, role: str = "Administrator") -> str:
        """A session of the user of this role; one for each role and desk."""
        if role not in self._tokens:
            async with self.client() as http:
                answer = await http.post("/api/v1/sessions", json={"login": role.lower(), "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            self._tokens[role] = answer.json()["token"]
        return self._tokens[role]

    @contextlib.asynccontextmanager
    async def api(self, role: str = "Administrator") -> AsyncIterator[httpx.AsyncClient]:
        """HTTP as a script of a user of this role does it."""
        headers = {"Authorization": f"Bearer {await self.token(role)}"}
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=20) as http:
            yield http

    @contextlib.asynccontextmanager
    async def browser(self, role: str = "Administrator") -> AsyncIterator[httpx.AsyncClient]:
        """HTTP as a browser of a user of this role does it: the session is in a cookie."""
        async with self.client(cookies={"gatelatch": await self.token(role)}) as http:
            yield http

    async def add(self, path: str, **fields: Any) -> Any:
        """A record made by an administrator over REST."""
        async with self.api() as http:
            answer = await http.post(path, json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        """What an administrator reads over REST."""
        async with self.api() as http:
            answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def show(self, code: str, kind: CredentialKind = CredentialKind.QR, at: str = "North in") -> Reason:
        """Show a code at the gate; the reason of its decision."""
        reading = Reading(reader="test", access_point=at, kind=kind, text=code)
        return (await self.house.edge.gate.serve(reading)).decision.reason

    async def customer_with_card(self, name: str) -> tuple[dict[str, Any], str]:
        """(customer, code) made over REST, with the right to come in at all hours."""
        customer = await self.add(
            "/customers", name=name, email=f"{name.lower()}@example.org", profiles=[self.house.ids["profile"]]
        )
        made = await self.add("/cards", customer=customer["id"], username=name)
        return customer, made["code"]


def desk_settings(house: Facility, listen: str = "127.0.0.1:0", more: str = "") -> Settings:
    return parse(house.settings() + f'\n[desk]\nlisten = "{listen}"\n{more}')


async def make_users(house: Facility) -> None:
    """A user for every default role."""
    with contextlib.closing(sqlite3.connect(f"file:{house.folder}/state/roster.db?mode=ro", uri=True)) as roster:
        roles = dict(roster.execute("SELECT name, id FROM role").fetchall())
    for role in DEFAULT_ROLES:
        await house.do(AddUser(fields={"login": role.lower(), "name": f"{role} Test", "role": roles[role]}, password=PASSWORD))


@contextlib.asynccontextmanager
async def desk_over(house: Facility, **settings: str) -> AsyncIterator[DeskFacility]:
    async with Desk(desk_settings(house, **settings)).running() as desk:
        yield DeskFacility(house, desk)


class Beside:
    """A desk as a process of its own, as it runs on a site: for tests in which the edge comes and goes under it.

    (In one process SQLite's connections share locks and what they know of a WAL: a desk that was there before its edge would see what no desk sees.)
    """

    def __init__(self, url: str) -> None:
        self.url = url


@contextlib.asynccontextmanager
async def desk_beside(house: Facility) -> AsyncIterator[DeskFacility]:
    """The same in a process of its own, ended at the exit."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    file = house.folder / "desk.toml"
    file.write_text(house.settings() + f'\n[desk]\nlisten = "{address}"\n')
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "admin_api", "--settings", str(file), "--log", "error")
    site = DeskFacility(house, Beside(f"http://{address}"))

    async def there() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            async with site.client() as http:
                return (await http.get("/alive")).status_code == 200
        return False

    try:
        await until(there, "the desk to serve", 20)
        yield site
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[DeskFacility]:
    """Facility, users and desk, up."""
    house = Facility(folder)
    try:
        async with house.running():
            await make_users(house)
            async with desk_over(house) as site:
                yield site
    finally:
        await house.close()
