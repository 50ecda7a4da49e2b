"""The desk as a process of its own: it tells systemd when it is ready, and stops at once when asked, streams and all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from admin_api.app import watchdog_interval
from admin_api.reads.database import CONNECTIONS
from tests.admin_api.desk_facility import PASSWORD, desk_over, make_users
from tests.support.facility import Facility


async def test_it_is_ready_serves_and_stops_with_a_stream_open(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    async with house.running():
        await make_users(house)
        settings = tmp_path / "gatelatch.toml"
        settings.write_text(house.settings() + '\n[desk]\nlisten = "127.0.0.1:0"\n')
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(str(tmp_path / "notify"))
        told.setblocking(False)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api", "--settings", str(settings), env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(20):
                ready = (await asyncio.get_running_loop().sock_recv(told, 1000)).decode()
            url = re.search(r"https?://\S+", ready)
            assert ready.startswith("READY=1") and url
            async with httpx.AsyncClient(base_url=url[0], trust_env=False) as http:
                signed = await http.post("/api/v1/sessions", json={"login": "viewer", "password": PASSWORD})
                headers = {"Authorization": f"Bearer {signed.json()['token']}"}
                async with http.stream("GET", "/api/v1/events/stream", headers=headers) as stream:
                    assert stream.status_code == 200
                    began = time.monotonic()
                    desk.send_signal(signal.SIGTERM)
                    assert await desk.wait() == 0
                    assert time.monotonic() - began < 3
        finally:
            told.close()
            if desk.returncode is None:
                desk.kill()
    await house.close()


async def test_it_gives_signs_of_life_and_none_while_its_reads_do_not_come_back(tmp_path: Path) -> None:
    house = Facility(tmp_path / "site")
    settings = tmp_path / "gatelatch.toml"
    settings.write_text(house.settings() + '\n[desk]\nlisten = "127.0.0.1:0"\n')
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.setblocking(False)

    async def next_word() -> str:
        async with asyncio.timeout(20):
            return (await asyncio.get_running_loop().sock_recv(told, 1000)).decode()

    async with house.running():
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "900000"}
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api", "--settings", str(settings), env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            words = {(await next_word()).partition("\n")[0] for _ in range(4)}
            assert words == {"READY=1", "WATCHDOG=1"}
            began = time.monotonic()
            for _ in range(4):
                assert await next_word() == "WATCHDOG=1"
            assert 0.6 < time.monotonic() - began < 3, "a third of what systemd allows"
            desk.send_signal(signal.SIGTERM)
            while (word := await next_word()) == "WATCHDOG=1":
                pass
            assert word == "STOPPING=1" and await desk.wait() == 0
        finally:
            told.close()
            if desk.returncode is None:
                desk.kill()
    await house.close()


@pytest.mark.parametrize(
    ("micros", "pid", "seconds"), [("30000000", "", 10.0), ("", "", None), ("0", "", None), ("30000000", "1", None)]
)
def test_signs_of_life_are_given_when_this_process_is_asked_for_them(
    monkeypatch: pytest.MonkeyPatch, micros: str, pid: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", micros)
    monkeypatch.setenv("WATCHDOG_PID", pid)
    assert watchdog_interval() == seconds
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert watchdog_interval() == (float(micros or 0) / 3e6 or None)


async def test_no_sign_of_life_while_reads_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = Facility(tmp_path / "site")
    async with house.running():
        pass
    await house.close()
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    loop = asyncio.get_running_loop()

    async def sign_within(seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await loop.sock_recv(told, 1000) != b"WATCHDOG=1":
                    pass
                return True
        return False

    async with desk_over(house) as site:
        assert await sign_within(10), "with the edge down the desk is well all the same"
        async with AsyncExitStack() as held:
            for _ in range(CONNECTIONS):  # whoever reads now waits for ever
                await held.enter_async_context(site.desk.parts.database.connection())
            while await sign_within(0.01):
                pass  # what was on its way
            assert not await sign_within(0.9)
        assert await sign_within(10), "and gives signs again when reads come back"
    told.close()


async def test_settings_that_cannot_be_used_are_said_in_one_line(tmp_path: Path) -> None:
    settings = tmp_path / "gatelatch.toml"
    taken = socket.create_server(("127.0.0.1", 0))
    for text, says in (
        ('[desk]\nlisten = "somewhere"\n', b"desk.listen"),
        ('[dekc]\nlisten = "127.0.0.1:0"\n', b"did you mean desk"),
        (f'state = "{tmp_path}"\n[desk]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n', b"Is another desk running"),
    ):
        settings.write_text(text)
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "admin_api", "--settings", str(settings), stderr=asyncio.subprocess.PIPE
        )
        _, errors = await desk.communicate()
        assert desk.returncode == 2 and says in errors and b"Traceback" not in errors, errors
    taken.close()
