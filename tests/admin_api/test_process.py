"""The desk as a process of its own: it tells systemd when it is ready, and stops at once when asked, streams and all."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import httpx

from tests.admin_api.desk_facility import PASSWORD, make_users
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
