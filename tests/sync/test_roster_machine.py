"""Edge's roster and a model of central over a wire that drops, doubles, reorders and breaks, with either side restarted and central put
back: afterwards both hold the same, and nobody whom central has blocked may enter meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import hypothesis.strategies as st
import msgspec
import pytest
from hw_sim.central_store import CentralStore
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.commands.central import apply_delta, apply_snapshot, apply_verdicts, to_send
from edge.core.errors import Conflict
from edge.core.merge import OWN_FIELDS, SYNCED, ChangeVerdict, DeskChange, RosterOp, may_enter, record_of
from edge.core.model import Card, CardStatus, CredentialKind, Status
from edge.core.people import Customer
from edge.ports import RosterPosition, SyncStore
from edge.store.create import open_stores
from edge.store.files import Files, connect
from edge.store.roster import Identity, RosterTransaction
from edge.store.sealed import SealedCodes
from edge.store.secrets import Secrets
from edge.sync import wire
from edge.sync.roster import RosterSide, digest
from tests.support.stores import BEGIN

T = TypeVar("T")
EXAMPLES = int(os.environ.get("GATELATCH_SYNC_EXAMPLES", "60"))
KEY = b"k" * 32
MEMORY = Path("/dev/shm")
PEOPLE, CARDS = [f"c-{i}" for i in range(2)], [f"k-{i}" for i in range(2)]
FIELDS = ("name", "phone")
EDGE = "gatelatch/1/main/north"


class Roster:
    """The roster of an edge as the sync sees it, on a real database; each call is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        open_stores(self.files, "log")
        self.secrets = Secrets(self.files.secrets)
        numbers = itertools.count(1)
        self._identity = Identity(lambda: f"id-{next(numbers):06}", lambda: "", lambda: f"MADE-{next(numbers):010}")
        self.open()

    def open(self) -> None:
        self.db = connect(self.files.roster)
        self._tx = RosterTransaction(
            self.db, KEY, self._identity, SealedCodes(self.secrets, KEY, (CredentialKind.QR,)), self.secrets, synced=True
        )
        self._staged: dict[tuple[Any, ...], dict[int, bytes]] = {}

    def close(self) -> None:
        self.db.close()

    def write(self, work: Callable[[RosterTransaction], T]) -> T:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self._tx.begin()
            self._tx.mark()
            done = work(self._tx)
            self._tx.finish()
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        return done

    async def roster_position(self) -> tuple[str, int]:
        return self.write(lambda tx: tx.central.position())

    async def roster(self) -> RosterPosition:
        return self.write(lambda tx: tx.central.where())

    async def changes(self, limit: int, max_bytes: int) -> tuple[DeskChange, ...]:
        return self.write(lambda tx: to_send(tx, limit, max_bytes))

    async def refused_rows(self, limit: int) -> list[tuple[str, str, str]]:
        return self.write(lambda tx: tx.central.refused(limit))

    async def apply_delta(self, ops: tuple[RosterOp, ...], epoch: str, to_rev: int) -> list[str]:
        return self.write(lambda tx: apply_delta(tx, ops, epoch, to_rev, BEGIN))

    async def apply_verdicts(self, verdicts: tuple[ChangeVerdict, ...], epoch: str) -> tuple[list[str], set[str]]:
        return self.write(lambda tx: apply_verdicts(tx, verdicts, epoch, BEGIN))

    async def stage(self, id: str, epoch: str, rev: int, n: int, sha256: str, i: int, rows: bytes) -> tuple[int, bool]:
        self._whole = self._staged.setdefault((id, epoch, rev, n, sha256), {})
        self._whole[i] = rows
        return len(self._whole), len(self._whole) == n

    async def apply_snapshot(self, epoch: str, rev: int) -> list[str]:
        ops = [op for i in sorted(self._whole) for op in msgspec.json.decode(self._whole[i], type=list[RosterOp])]
        self._staged.clear()
        return self.write(lambda tx: apply_snapshot(tx, ops, epoch, rev, BEGIN))


class Sync(RuleBasedStateMachine):
    """Messages are what goes over the wire, in the wire's own types; only broker and envelope are left out."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.exists() else None))
        self.loop = asyncio.new_event_loop()
        self.edge = Roster(self.folder / "edge")
        self.store = CentralStore(self.folder / "central.db")
        self.backup: Path | None = None
        self.counts: Counter[str] = Counter()
        self.up: list[wire.Message] = []
        self.down: list[wire.Message] = []
        self.connection = self.hello = 0
        self.values = itertools.count(1)
        self.decided: set[str] = set()
        """Changes that the edge was told the verdict of."""
        self.begin_again()

    def begin_again(self) -> None:
        self.side = RosterSide(cast(SyncStore, self.edge), self.counts)
        self.connect()

    def connect(self) -> None:
        self.connection += 1
        self.side.connected(self.connection)
        self.up.append(self.greeting())

    def greeting(self) -> wire.Hello:
        here = self.edge.write(lambda tx: tx.central.where())
        return wire.Hello(
            connection=self.connection, boot="b", log_id="log", first_seq=1, last_seq=0, acked=0, acked_hash="",
            roster=wire.RosterPosition(epoch=here.epoch, rev=here.rev, count=here.count, digest=digest(here)),
            clock=wire.Clock(wall=BEGIN, quality="ntp"), version="",
        )  # fmt: skip

    async def sent(self, message: wire.Message) -> None:
        self.up.append(message)

    # ------------------------------------------------------------------------------------------------ people

    @rule(id=st.sampled_from(PEOPLE), field=st.sampled_from((*FIELDS, "status")), off=st.booleans())
    def somebody_edits_at_the_desk(self, id: str, field: str, off: bool) -> None:
        value = (Status.INACTIVE if off else Status.ACTIVE) if field == "status" else f"desk-{next(self.values)}"

        def edit(tx: RosterTransaction) -> None:
            before = tx.find(Customer, id=id)
            if before is None:
                before = Customer(id=id, name=f"Made at the desk {next(self.values)}", number=tx.next_customer_number())
            if before.deleted_at is None:
                tx.put(msgspec.structs.replace(before, **{field: value}))

        self.try_at_the_desk(edit)

    @rule(id=st.sampled_from(CARDS), owner=st.sampled_from(PEOPLE), code=st.integers(0, 2), deletes=st.booleans())
    def somebody_edits_a_card_at_the_desk(self, id: str, owner: str, code: int, deletes: bool) -> None:
        def edit(tx: RosterTransaction) -> None:
            before = tx.find(Card, id=id)
            if before is not None and deletes:
                tx.delete(before)
            elif tx.find(Customer, id=owner) is not None:
                made = before or Card(id=id, customer=owner)
                tx.put(msgspec.structs.replace(made, username=f"desk-{next(self.values)}"), code=f"DESK-CODE-{code}")

        self.try_at_the_desk(edit)

    def try_at_the_desk(self, edit: Callable[[RosterTransaction], None]) -> None:
        with contextlib.suppress(Conflict):  # a code that is taken, somebody whom central has blocked: the desk says so
            self.edge.write(edit)

    @rule(id=st.sampled_from(PEOPLE), field=st.sampled_from((*FIELDS, "status")), off=st.booleans(), deletes=st.integers(0, 9))
    def somebody_edits_at_central(self, id: str, field: str, off: bool, deletes: int) -> None:
        value = ("inactive" if off else "active") if field == "status" else f"central-{next(self.values)}"
        there = self.store.row("customer", id)
        if there is not None and there.op == "put" and deletes == 0:
            self.edit([("delete", "customer", id, {})])
        else:
            born = {} if there is not None and there.op == "put" else {"name": f"Made at central {next(self.values)}"}
            self.edit([("put", "customer", id, {**born, field: value})])

    @rule(id=st.sampled_from(PEOPLE), field=st.sampled_from((*FIELDS, "status")), here=st.booleans(), there=st.booleans())
    def both_sides_edit_one_field(self, id: str, field: str, here: bool, there: bool) -> None:
        self.somebody_edits_at_the_desk(id, field, here)
        self.somebody_edits_at_central(id, field, there, 9)

    @rule(id=st.sampled_from(CARDS), owner=st.sampled_from(PEOPLE), code=st.integers(0, 2), deletes=st.booleans())
    def somebody_edits_a_card_at_central(self, id: str, owner: str, code: int, deletes: bool) -> None:
        there = self.store.row("card", id)
        held = {op.fields.get("code") for op in self.store.snapshot() if op.type == "card" and op.id != id}
        if there is not None and there.op == "put" and deletes:
            self.edit([("delete", "card", id, {})])
        elif self.alive(owner) and f"DESK-CODE-{code}" not in held:
            self.edit([("put", "card", id, {"customer": owner, "code": f"DESK-CODE-{code}"})])

    def alive(self, customer: str) -> bool:
        there = self.store.row("customer", customer)
        return there is not None and there.op == "put"

    def edit(self, changes: list[tuple[str, str, str, dict[str, Any]]]) -> None:
        before, _ = self.store.edit(changes)
        self.tell(before)

    def tell(self, rev: int) -> None:
        epoch, newest = self.store.position()
        if newest > rev:
            ops = tuple(op for _, op in self.store.ops_after(rev))
            self.down.append(wire.RosterDelta(epoch=epoch, from_rev=rev, to_rev=newest, ops=ops))

    # ------------------------------------------------------------------------------------------------ the wire

    @rule()
    def the_edge_sends_changes(self) -> None:
        self.loop.run_until_complete(self.side.send_more(self.sent))

    @rule(which=st.integers(0, 20), again=st.booleans())
    def central_hears(self, which: int, again: bool) -> None:
        if self.up:
            which %= len(self.up)
            self.hear(self.up[which] if again else self.up.pop(which))

    @rule(which=st.integers(0, 20), again=st.booleans())
    def the_edge_hears(self, which: int, again: bool) -> None:
        if self.down:
            which %= len(self.down)
            self.take(self.down[which] if again else self.down.pop(which))

    @rule(sends=st.booleans())
    def the_wire_is_good_for_a_while(self, sends: bool) -> None:
        if sends:
            self.the_edge_sends_changes()
        self.deliver()

    @rule()
    def central_hears_all(self) -> None:
        self.the_edge_sends_changes()
        while self.up:
            self.hear(self.up.pop(0))

    @rule(which=st.integers(0, 20), way=st.booleans())
    def a_message_is_lost(self, which: int, way: bool) -> None:
        wire_ = self.up if way else self.down
        if wire_:
            wire_.pop(which % len(wire_))

    @rule(late=st.booleans())
    def the_connection_breaks(self, late: bool) -> None:
        """late: a broker keeps what was under way."""
        if not late:
            self.up.clear()
            self.down.clear()
        self.connect()

    @rule()
    def the_edge_is_killed_and_started_again(self) -> None:
        self.edge.close()
        self.edge.open()
        self.begin_again()

    @rule()
    def central_is_backed_up(self) -> None:
        self.backup = self.folder / "backup.db"
        self.backup.unlink(missing_ok=True)
        self.store._db.execute("VACUUM INTO ?", (str(self.backup),))

    @rule()
    def central_is_put_back(self) -> None:
        """What it said since is void: it has a new epoch, and the edge connects again."""
        if self.backup is None:
            return
        self.store.close()
        for end in ("", "-wal", "-shm"):
            (self.folder / f"central.db{end}").unlink(missing_ok=True)
        shutil.copy(self.backup, self.folder / "central.db")
        self.store = CentralStore(self.folder / "central.db")
        self.store.new_epoch()
        self.up = [message for message in self.up if not isinstance(message, wire.Hello)]
        self.connect()

    # ------------------------------------------------------------------------------------------------ both ends

    def hear(self, message: wire.Message) -> None:
        match message:
            case wire.Hello():
                if message.connection < self.hello:
                    return
                self.hello = message.connection
                self.down.append(wire.EventsAck(
                    log_id="log", upto=0, connection=message.connection, hello=True, roster=self.store.stands()
                ))  # fmt: skip
                self.bring_up(message.roster.epoch, message.roster.rev)
            case wire.RosterWant():
                if message.reason == "refused":
                    self.tell(self.store.say_again(message.rows))
                else:
                    self.bring_up(message.epoch if message.reason == "gap" else "", message.have_rev)
            case wire.Changes():
                before, verdicts = self.store.change(EDGE, message.changes)
                self.down.append(wire.ChangeVerdicts(epoch=self.store.position()[0], verdicts=tuple(verdicts)))
                self.tell(before)

    def bring_up(self, epoch: str, rev: int) -> None:
        ours, newest = self.store.position()
        if epoch == ours and rev >= self.store.horizon():
            self.tell(rev)
            return
        rows = msgspec.json.encode(self.store.snapshot())
        part = wire.SnapshotPart(
            connection=self.hello,
            id=f"{ours}-{newest}",
            epoch=ours,
            rev=newest,
            i=0,
            n=1,
            sha256=f"{hash(rows)}",
            rows=msgspec.Raw(rows),
        )
        self.down.append(part)

    def take(self, message: wire.Message) -> None:
        side, run = self.side, self.loop.run_until_complete
        match message:
            case wire.EventsAck() if message.connection == self.connection:
                run(side.compare(message.roster, self.sent))
            case wire.SnapshotPart() if message.connection == self.connection:
                run(side.part(message, self.sent))
            case wire.RosterDelta():
                run(side.delta(message, self.sent))
            case wire.ChangeVerdicts():
                run(side.verdicts(message, self.sent))
                waiting = {change.id for change in self.edge.write(lambda tx: tx.changes.waiting(1000, 1 << 30))}
                self.decided.update(verdict.id for verdict in message.verdicts if verdict.id not in waiting)

    # ------------------------------------------------------------------------------------------------ what must hold

    @invariant()
    def nobody_whom_central_has_blocked_may_enter(self) -> None:
        if not hasattr(self, "edge"):
            return
        held = self.edge.db.execute("SELECT entity, id FROM central_row WHERE held").fetchall()
        for entity, id in held:
            record = self.edge.write(lambda tx, e=entity, i=id: tx.find(SYNCED[e], id=i))
            assert record is None or not may_enter(record), (entity, id)

    @invariant()
    def what_was_changed_here_shows_until_central_has_decided(self) -> None:
        """Of what is asked again of a central that was put back, what it has ruled on and still knows may show as it stands there."""
        if not hasattr(self, "edge"):
            return
        latest: dict[str, dict[str, Any]] = {}
        for change in self.edge.write(lambda tx: tx.changes.waiting(1000, 1 << 30)):
            if change.id in self.decided and self.store.ruled(EDGE, change.id):
                continue
            if change.type == "customer" and change.op == "put":
                latest.setdefault(change.row, {}).update(change.fields)
        for id, fields in latest.items():
            record = self.edge.write(lambda tx, i=id: tx.find(Customer, id=i))
            if record is not None and record.deleted_at is None:
                shown = msgspec.to_builtins(record)
                assert all(shown.get(field, "") == fields[field] for field in FIELDS if field in fields), (id, fields, shown)

    def teardown(self) -> None:
        """From here on the wire is good: soon both hold the same."""
        if not hasattr(self, "edge"):
            return
        try:
            self.settle()
        finally:
            self.edge.close()
            self.edge.secrets.close()
            self.store.close()
            self.loop.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self) -> None:
        while self.up or self.down:
            while self.up:
                self.hear(self.up.pop(0))
            while self.down:
                self.take(self.down.pop(0))
            self.the_edge_sends_changes()

    def settle(self) -> None:
        for _ in range(40):
            self.side = RosterSide(cast(SyncStore, self.edge), self.counts)
            self.connect()
            self.deliver()
            if self.alike():
                break
        here = self.edge.write(lambda tx: tx.central.where())
        assert wire.RosterPosition(epoch=here.epoch, rev=here.rev, count=here.count, digest=digest(here)) == self.store.stands()
        assert self.edge.write(lambda tx: to_send(tx, 10, 10_000)) == ()
        problems = {(e, i): p for e, i, p in self.edge.write(lambda tx: tx.central.refused(100))}
        rows = {(op.type, op.id): op for op in self.store.snapshot()}
        for (kind, id), op in rows.items():
            if (kind, id) in problems:
                continue
            record, code = record_of(op)
            found = self.edge.write(lambda tx, r=record: tx.find(type(r), id=r.id))
            assert found is not None, (kind, id)
            own = OWN_FIELDS.get(type(record), frozenset()) | {"ver", "number"}
            for field in record.__struct_fields__:
                if field not in own:
                    assert getattr(found, field) == getattr(record, field), (kind, id, field)
            if code is not None:
                assert self.edge.write(lambda tx, i=id, c=code: tx.has_code(i, CredentialKind.QR, c))
        for card in self.edge.write(lambda tx: tx.every(Card)):
            assert ("card", card.id) in rows, f"{card.id} opens here and central knows nothing of it"
            assert card.status is CardStatus.ACTIVE

    def alike(self) -> bool:
        here = self.edge.write(lambda tx: tx.central.where())
        at = wire.RosterPosition(epoch=here.epoch, rev=here.rev, count=here.count, digest=digest(here))
        return at == self.store.stands() and not self.edge.write(lambda tx: tx.changes.waiting(1, 1))


Sync.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=50, deadline=None, derandomize=True)
TestRosters = pytest.mark.timeout(7200)(Sync.TestCase)
