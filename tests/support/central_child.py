"""The simulated central server as a process of its own: FOLDER PORT. Each line of its input is an edit, a JSON list of rows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import aiomqtt
from hw_sim.central import Central


async def main(folder: Path, port: int) -> None:
    """Until its input ends."""
    central = Central(folder, ("127.0.0.1", port))
    lines = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await central.start()
    while line := await lines.readline():
        with contextlib.suppress(aiomqtt.MqttError):  # the rows are kept; edges get them when the broker is back
            await central.edit([(op, kind, id, fields) for op, kind, id, fields in json.loads(line)])
    await central.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
