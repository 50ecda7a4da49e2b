"""The truth three ways: what was shown and which relays moved, what the journal says, what central has. Differences, each named."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import Any

from msgspec import Struct

from hw_sim.play import Shown
from hw_sim.world import World


class Tally(Struct, kw_only=True):
    """What was counted. differences is a line each; unopened: granted lines whose pulse a kill came between (never the reverse)."""

    shown: int
    tried_again: int
    decisions: int
    granted: int
    reasons: dict[str, int]
    relay_moves: int
    at_central: int
    journal_lines: int
    unopened: int
    stream_breaks: int
    differences: list[str]


def count(
    world: World, shown: list[Shown], events: list[dict[str, Any]], central: list[dict[str, Any]], *, kills: int, stream_breaks: int
) -> Tally:
    """Compare the three. kills: how often the edge was killed, each of which may have cut off one pulse a reader after its commit."""
    differences: list[str] = []
    decisions = [e for e in events if e["kind"] == "decision"]
    _lines_answer_what_was_shown(shown, decisions, differences)
    unopened = _relays_follow_lines(world, events, kills, differences)
    by_seq = {e["seq"]: e for e in central}
    for event in events:
        if event["seq"] not in by_seq:
            differences.append(f"event {event['seq']} is in the journal and not at central")
        elif by_seq[event["seq"]] != event:
            differences.append(f"event {event['seq']} differs at central")
    if len(central) != len(by_seq):
        differences.append(f"central has {len(central) - len(by_seq)} events twice")
    known = {e["seq"] for e in events}
    differences += [f"event {seq} is at central and not in the journal" for seq in by_seq if seq not in known]
    seqs = [e["seq"] for e in events]
    if seqs != list(range(seqs[0], seqs[0] + len(seqs))):
        differences.append("the journal's numbers have a gap or a double")
    return Tally(
        shown=len(shown), tried_again=sum(s.times - 1 for s in shown), decisions=len(decisions),
        granted=sum(e.get("outcome") == "granted" for e in decisions), reasons=dict(Counter(e["code"] for e in decisions)),
        relay_moves=sum(len(d.moves) for d in world.doors.values()), at_central=len(central), journal_lines=len(events), unopened=unopened,
        stream_breaks=stream_breaks, differences=differences,
    )  # fmt: skip


def _lines_answer_what_was_shown(shown: list[Shown], decisions: list[dict[str, Any]], differences: list[str]) -> None:
    """Per reader, in order: every line answers something shown, nothing shown goes without a line.

    The same card shown by two people in a row is one run: it needs a line each, and may have one for each time it was shown.
    """
    lines: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for event in decisions:
        lines[event["reader"]].append((event["credential"], event.get("last4", "")))
    for reader in {s.reader for s in shown} | set(lines):
        waiting = list(lines[reader])
        at_reader = [s for s in shown if s.reader == reader]
        for what, group in itertools.groupby(at_reader, key=lambda s: (s.credential, s.last4)):
            run = list(group)
            most, answers = sum(s.times for s in run), 0
            while waiting and answers < most and waiting[0] == what:
                waiting.pop(0)
                answers += 1
            if answers < len(run):
                differences.append(f"{reader}: {what[0]} ...{what[1]} was shown by {len(run)} and has {answers} lines in its place")
        differences += [f"{reader}: a line for {kind} ...{tail} that nobody showed" for kind, tail in waiting]


def _relays_follow_lines(world: World, events: list[dict[str, Any]], kills: int, differences: list[str]) -> int:
    """Per door: every move of the relay has its own granted line before it. A kill may leave a line without its pulse."""
    unopened = 0
    readers = len(world.scanners) + len(world.scenario.camera)
    for name, door in world.doors.items():
        granted = [
            e for e in events if e.get("door") == name and e.get("outcome") == "granted" and e["kind"] in ("decision", "operator")
        ]
        failed = sum(e.get("code") == "door_not_opened" and e.get("door") == name for e in events)
        moves = len(door.moves)
        if moves > len(granted):
            differences.append(f"door {name}: its relay moved {moves} times for {len(granted)} granted lines")
        missing = len(granted) - failed - moves
        if missing > kills * readers:
            differences.append(f"door {name}: {missing} granted lines without a move of the relay")
        unopened += max(0, missing)
        differences += [
            f"door {name}: move {i + 1} of the relay came before its line"
            for i, move in enumerate(door.moves)
            if i < len(granted) and move.at * 1000 + 50 < granted[i]["at"]
        ]
    return unopened
