"""The office at central: by a seed, people join and leave, cards are blocked, re-issued and pass from hand to hand, profiles change."""

from __future__ import annotations

import random
from typing import Any

from edge.core.merge import RosterOp

Row = tuple[str, str, str, dict[str, Any]]
CROWD = (60, 160)
"""How many join when a club signs up: more than one delta holds."""


class Office:
    """Makes the next edit out of what central holds now. Every edit makes sense, so every row of it must arrive."""

    def __init__(self, chance: random.Random, zone: str) -> None:
        self._chance, self._zone = chance, zone
        self._made = 0

    def opening(self) -> list[Row]:
        """What central knows before anything breaks."""
        return [self._profile("p-1"), *self._join(20, ["p-1"])]

    def edit(self, held: list[RosterOp]) -> list[Row]:
        """The rows of one edit, all of them put or deleted together."""
        by = {kind: [op for op in held if op.type == kind] for kind in ("customer", "card", "profile")}
        profiles = [op.id for op in by["profile"]]
        deed = self._chance.choices(
            (self._some, self._crowd, self._change, self._status, self._leave, self._reissue, self._pass_on, self._reprofile),
            (4, 1, 6, 4, 2, 2, 2, 2),
        )[0]
        return deed(by, profiles)

    # ------------------------------------------------------------------------------------------------ deeds

    def _some(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        return self._join(self._chance.randint(1, 3), profiles)

    def _crowd(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        """A club signs up, with a profile of its own."""
        profile = self._profile(f"p-{self._next()}")
        return [profile, *self._join(self._chance.randint(*CROWD), [profile[2]])]

    def _change(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        fields = ({"name": self._name()}, {"email": f"{self._next()}@example.org"}, {"profiles": [self._chance.choice(profiles)]})
        return [("put", "customer", op.id, self._chance.choice(fields)) for op in self._of(by["customer"], 6)]

    def _status(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        return [
            ("put", "card", op.id, {"status": self._chance.choice(("active", "inactive", "lost"))})
            for op in self._of(by["card"], 6)
        ]

    def _leave(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        gone = {op.id for op in self._of(by["customer"], 2)}
        cards = [op.id for op in by["card"] if op.fields["customer"] in gone]
        return [*(("delete", "card", id, {}) for id in cards), *(("delete", "customer", id, {}) for id in sorted(gone))]

    def _reissue(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        """A card is taken out, and another one of the same person bears its code."""
        rows: list[Row] = []
        for op in self._of(by["card"], 2):
            rows += [("delete", "card", op.id, {}), ("put", "card", f"k-{self._next()}", dict(op.fields))]
        return rows

    def _pass_on(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        """A code goes from one card to another, whose own one is thrown away; the first gets a new one."""
        if len(by["card"]) < 2:
            return []
        giver, taker = self._chance.sample(by["card"], 2)
        return [("put", "card", giver.id, {"code": self._code()}), ("put", "card", taker.id, {"code": giver.fields["code"]})]

    def _reprofile(self, by: dict[str, list[RosterOp]], profiles: list[str]) -> list[Row]:
        return [("put", "profile", self._chance.choice(profiles), {"name": self._name(), "escort": self._chance.random() < 0.5})]

    # ------------------------------------------------------------------------------------------------ parts

    def _join(self, number: int, profiles: list[str]) -> list[Row]:
        rows: list[Row] = []
        for _ in range(number):
            n = self._next()
            customer = {"name": self._name(), "email": f"{n}@example.org", "profiles": [self._chance.choice(profiles)]}
            card = {"customer": f"c-{n}", "username": f"user{n}", "code": self._code()}
            rows += [("put", "customer", f"c-{n}", customer), ("put", "card", f"k-{n}", card)]
        return rows

    def _profile(self, id: str) -> Row:
        return ("put", "profile", id, {"name": self._name(), "zones": [{"zone": self._zone}]})

    def _of(self, held: list[RosterOp], most: int) -> list[RosterOp]:
        return self._chance.sample(held, min(len(held), self._chance.randint(1, most)))

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _name(self) -> str:
        return f"Name {self._next()}"

    def _code(self) -> str:
        return f"CHAOS-CARD-{self._next():06}"
