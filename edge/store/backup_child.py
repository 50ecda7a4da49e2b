"""The child that makes one backup, out of the gate's way: `python -m edge.store.backup_child STATE TARGET AT PROGRAM`. It says how it went as one line of JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from edge.core.errors import HouseError
from edge.store.backup import backup
from edge.store.files import Files


class Said(Struct, frozen=True, kw_only=True):
    """problem: why there is none; empty when there is."""

    problem: str = ""


def main(state: str, target: str, at: str, program: str) -> Said:
    os.umask(0o077)
    try:
        backup(Files(Path(state)), Path(target), at=int(at), program=program)
    except HouseError as error:
        return Said(problem=error.message)
    except OSError as error:
        return Said(problem=f"{target}: {error.strerror}")
    return Said()


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(main(*sys.argv[1:])).decode() + "\n")
