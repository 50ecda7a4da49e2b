"""The central server's page: who is there, what came up, how far each roster is, what could not be taken, and a switch for every fault."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterable
from importlib import resources
from typing import Any

from hw_sim import central_faults
from hw_sim.central import Central
from hw_sim.central_faults import SWITCHES
from hw_sim.central_watch import Seen
from hw_sim.little_page import LittlePage

PICTURES, SHOWN = 12, 50
"""Of pictures, of dead letters and of conflicts: the last ones."""

ACTS = {
    "poison": ("Refuse the next event", "it becomes a dead letter and counts as taken"),
    "save": ("Save a backup", "of events, cursors and roster"),
    "roll_back": ("Put the backup back", "as after a lost disk: an older past, a new epoch"),
    "epoch": ("New epoch", "every edge takes a snapshot"),
    "connection": ("", "the broker keeps what comes meanwhile"),
}
"""What is done once at a press: the button's words and what comes of it."""


class CentralPage:
    """On a free loopback port, or the one that is asked for. It reads the store and the watch, and turns the switches."""

    def __init__(self, central: Central) -> None:
        self._central = central
        self._little = LittlePage(self._page, self._do, lambda of: central.store.pictures.jpeg(of["log"], int(of["event"])))

    async def start(self, port: int = 0) -> None:
        await self._little.start(port)

    async def stop(self) -> None:
        await self._little.stop()

    @property
    def url(self) -> str:
        return self._little.url

    async def _do(self, asked: dict[str, str]) -> str:
        central, what = self._central, asked["what"]
        match what:
            case what if what in SWITCHES:
                on = not getattr(central.faults, what)
                setattr(central.faults, what, on)
                return f"{SWITCHES[what]}: {'on' if on else 'off'}"
            case "poison":
                central.faults.poison += 1
                return f"the next {central.faults.poison} to come are refused"
            case "save":
                central.store.save(central.backup)
                return "saved; what comes from now on is not in it"
            case "roll_back":
                await central_faults.roll_back(central)
                return "put back; every edge was told where it stands now"
            case "epoch":
                await central_faults.new_epoch(central)
                return f"epoch {central.store.position()[0]}; every edge gets a snapshot"
            case "connection" if central.connected:
                await central.disconnect()
                return "away from the broker"
            case "connection":
                await central.start()
                return "connecting again"
            case _:
                raise KeyError(f"no such thing to do: {what}")

    # ------------------------------------------------------------------------------------------------ what is shown

    def _page(self) -> str:
        central = self._central
        epoch, rev = central.store.position()
        dead = central.store.dead(SHOWN)
        values = {
            "connected": '<b class="good">connected</b>' if central.connected else '<b class="bad">away from the broker</b>',
            "epoch": html.escape(epoch),
            "rev": str(rev),
            "backup": "a backup is saved" if central.backup.exists() else "no backup is saved",
            "edges": _table(("Edge", "State", "Connection", "Last heard", "Clock", "Version", "Roster"), map(self._edge, sorted(central.watch.edges.items()))),
            "logs": _table(("Edge", "Log", "Cursor", "Last event", "Behind"), map(self._log, central.store.cursors())),
            "dead": _table(("Edge", "Event", "Code", "Body"), (_letter(*letter) for letter in dead)),
            "conflicts": _table(("Edge", "Row", "Asked for", "Verdict", "Lost", "Why"), map(_conflict, central.store.conflicts()[:SHOWN])),
            "pictures": "".join(_picture(*each) for each in central.store.pictures.newest(PICTURES)) or '<p class="none">none</p>',
            "counts": "".join(f"<li><b>{number}</b> {html.escape(word.replace('_', ' '))}</li>" for word, number in self._counts()),
            "switches": "".join(_switch(name, what, on=getattr(central.faults, name)) for name, what in SWITCHES.items()),
            "acts": "".join(self._act(name, *words) for name, words in ACTS.items()),
        }  # fmt: skip
        template = resources.files("hw_sim").joinpath("central.html").read_text("utf-8")
        return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)

    def _edge(self, of: tuple[str, Seen]) -> tuple[str, ...]:
        base, seen = of
        hello, position = seen.hello, self._central.store.position()
        epoch, rev = seen.roster
        there = (
            "in step" if (epoch, rev) == position else f"at {rev} of {position[1]}" if epoch == position[0] else "of another epoch"
        )
        return (
            _edge_name(base), '<b class="good">online</b>' if seen.online else '<b class="bad">offline</b>', str(seen.connection), _ago(seen.heard),
            html.escape(hello.clock.quality if hello else "?"), html.escape(hello.version if hello else "?"), html.escape(there),
        )  # fmt: skip

    def _log(self, of: tuple[str, str, int]) -> tuple[str, ...]:
        base, log_id, cursor = of
        seen = self._central.watch.edges.get(base)
        if not (seen and seen.hello and seen.hello.log_id == log_id):
            return _edge_name(base), html.escape(log_id), str(cursor), "", ""
        last = max(seen.hello.last_seq, cursor)
        return _edge_name(base), html.escape(log_id), str(cursor), str(last), str(last - cursor) if last > cursor else "0"

    def _counts(self) -> list[tuple[str, int]]:
        store = self._central.store
        return [
            ("events kept", store.count()),
            ("dead letters", store.dead_letters()),
            ("times restated", store.times_restated()),
            *sorted(self._central.counts.items()),
        ]

    def _act(self, name: str, label: str, comes: str) -> str:
        if name == "connection":
            label = "Leave the broker" if self._central.connected else "Come back to the broker"
        if name == "poison" and self._central.faults.poison:
            comes = f"{self._central.faults.poison} still to come"
        return f'<li><button data-what="{name}">{label}</button> <span>{html.escape(comes)}</span></li>'


def _switch(name: str, what: str, *, on: bool) -> str:
    return f'<li><button role="switch" aria-checked="{str(on).lower()}" data-what="{name}">{name.replace("_", " ")}</button> <span>{what}</span></li>'


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of HTML under their heads; each cell says its head too, for a narrow screen."""
    body = "".join(
        "<tr>" + "".join(f'<td data-head="{head}">{cell}</td>' for head, cell in zip(heads, row, strict=True)) + "</tr>"
        for row in rows
    )
    if not body:
        return '<p class="none">none</p>'
    return f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{body}</tbody></table>"


def _letter(base: str, log_id: str, seq: int, code: str, body: str) -> tuple[str, ...]:
    shown = f'<details id="{html.escape(log_id)}-{seq}"><summary>show</summary><pre>{html.escape(body)}</pre></details>'
    return _edge_name(base), f"{seq} <small>of {html.escape(log_id)}</small>", f"<b>{html.escape(code)}</b>", shown


def _picture(edge: str, log_id: str, seq: int, size: int) -> str:
    where = html.escape(f"/picture?log={log_id}&event={seq}")
    what = f"{_edge_name(edge)}, event {seq}"
    return f'<a href="{where}"><img src="{where}" loading="lazy" alt="{what}"><small>{what}, {max(1, round(size / 1000))} kB</small></a>'


def _conflict(said: dict[str, Any]) -> tuple[str, ...]:
    row, why = f"{said['type']} {said['row']}", " ".join(filter(None, (said.get("code"), said.get("reason"))))
    asked = ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said["fields"].items())
    lost = ", ".join(said.get("lost") or ())
    return (
        _edge_name(said["edge"]),
        *map(html.escape, (row, asked)),
        f"<b>{html.escape(said['verdict'])}</b>",
        *map(html.escape, (lost, why)),
    )


def _edge_name(base: str) -> str:
    """SITE/EDGE of the topics' base."""
    return html.escape("/".join(base.split("/")[2:]))


def _ago(at: float) -> str:
    if not at:
        return "never"
    seconds = int(time.time() - at)
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"
