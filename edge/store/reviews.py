"""How far an access review is, and the hash of its result: counted over its rows, without making records of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter

from edge.core.review import ReviewTally, Verdict, result_line

RESULT_SQL = "SELECT number, customer, verdict, how, by, at FROM {schema}review_item WHERE review = ? ORDER BY number, customer"


def tally(db: sqlite3.Connection, review: str) -> ReviewTally:
    digest, counts = hashlib.sha256(), Counter[str]()
    for row in db.execute(RESULT_SQL.format(schema=""), (review,)):
        counts[row[2]] += 1
        digest.update(result_line(*row))
    return ReviewTally(
        open=counts[Verdict.OPEN], confirmed=counts[Verdict.CONFIRMED], revoked=counts[Verdict.REVOKED], result=digest.hexdigest()
    )
