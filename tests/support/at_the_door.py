"""Showing codes at the doors of a test's stores."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.commands.doors import Admission, Awaited, admit_or_wait
from edge.core.judgement import Reason
from tests.support.stores import Stores, at, no_fault, read


async def reason(stores: Stores, code: str, point: str = "in", ms: int = 0, **reading: Any) -> Reason:
    return (await stores.show(code, point, ms, **reading)).decision.reason


async def wait_or_decide(stores: Stores, code: str, **reading: Any) -> Admission | Awaited:
    shown = msgspec.structs.replace(read(code), **reading)
    return await stores.journal.write(lambda tx: admit_or_wait(tx, shown, now=at(), doors=no_fault))
