"""Backups on this machine: having one made, and which there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from edge.commands.base import Command, handles
from edge.core.model import Actor, Moment, Permission, Value
from edge.ports import RosterTx


class MakeBackup(Command, tag="backups.make", frozen=True, kw_only=True):
    """Have a verified backup made beside the databases, by a child, while the gate goes on. One at a time."""

    right: ClassVar = Permission.SITE_MANAGE


class GetBackups(Command, tag="backups.get", frozen=True, kw_only=True):
    """Which there are, and how far the one is that is being made. A question: changes nothing."""

    right: ClassVar = Permission.SITE_MANAGE


class BackupBegun(Value, frozen=True, kw_only=True):
    """name: of the file it will be."""

    name: str


class Backup(Value, frozen=True, kw_only=True):
    """One that was made and verified: when (ms), bytes, events up to last_seq, of which version."""

    name: str
    at: int
    size: int
    events: int
    last_seq: int
    program: str


class BackupsNow(Value, frozen=True, kw_only=True):
    """kept: newest first. making: the one that is being made (empty: none), since when (ms), and about which share of it is done.
    problem: why the last one failed, and when (ms)."""

    folder: str
    kept: tuple[Backup, ...] = ()
    making: str = ""
    since: int | None = None
    share: float = 0.0
    problem: str = ""
    problem_at: int | None = None


@handles(MakeBackup)
def make_backup(tx: RosterTx, command: MakeBackup, actor: Actor, now: Moment) -> BackupBegun:
    begun = BackupBegun(name=f"gatelatch-{datetime.fromtimestamp(now.wall / 1000, UTC):%Y%m%d-%H%M%S}.tar")
    tx.say("backup", begun.name, "add", begun)
    return begun
