"""How far an access review is, and its result as it is signed."""

from __future__ import annotations

import hashlib

from admin_api.reads.database import Database
from edge.core.review import ReviewTally, result_line
from edge.store.reviews import RESULT_SQL


async def progress(database: Database, review: str) -> ReviewTally:
    """How many of it are open, confirmed and revoked."""
    rows = await database.fetch("SELECT verdict, count(*) FROM roster.review_item WHERE review = ? GROUP BY verdict", (review,))
    return ReviewTally(**dict(rows))


async def result(database: Database, review: str) -> tuple[list[str], str]:
    """(its lines without their ends, the SHA-256 of all of them)."""
    lines = [result_line(*row) for row in await database.fetch(RESULT_SQL.format(schema="roster."), (review,))]
    return [line.decode().rstrip("\n") for line in lines], hashlib.sha256(b"".join(lines)).hexdigest()
