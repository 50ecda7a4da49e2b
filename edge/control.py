"""Commands: who asks, may they, and do it once. The only way anything is changed from outside the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from edge.access_point import Gate
from edge.backups import Backups
from edge.commands import account, remedies, reviews, scope, users
from edge.commands.backups import BackupBegun, GetBackups, MakeBackup
from edge.commands.base import JOURNAL_HANDLERS, QUESTIONS, Command, SaidOnce
from edge.commands.catalog import WIRED
from edge.commands.devices import FindDevices, FoundDevices
from edge.commands.doors import (
    Admission,
    Explain,
    ExplainEvent,
    GetHealth,
    GetPicture,
    HoldDoor,
    LockDoor,
    Picture,
    UnlockDoor,
    Unlocking,
    unlock,
    write_order,
)
from edge.commands.erasing import EraseCustomer
from edge.commands.exports import NoteScheduled
from edge.commands.imports import UndoImport
from edge.commands.photos import SetPhoto
from edge.commands.remedies import ApplyRemedy
from edge.commands.wire import COMMAND_LINE, LOCAL, Request
from edge.core.decide import Explanation, explain
from edge.core.errors import Conflict, Forbidden, Invalid, NotSignedIn, SecondFactorNeeded
from edge.core.event import Event
from edge.core.model import Actor, Moment, Permission, Reading, User
from edge.core.place import AccessPoint
from edge.core.review import AccessReview
from edge.passwords import Passwords
from edge.photos import Photos
from edge.ports import Clock
from edge.second_factor import SecondFactors
from edge.store.journal import JournalTransaction
from edge.store.roster import RosterTransaction
from edge.store.writer import Writer


class Finds(Protocol):
    """Who looks for what is plugged in (Finder.find)."""

    async def __call__(self, *, listens: bool) -> FoundDevices: ...


class Control:
    """Does commands; every one is checked here, whatever the desk has checked before."""

    def __init__(
        self,
        roster: Writer[RosterTransaction],
        journal: Writer[JournalTransaction],
        passwords: Passwords,
        factors: SecondFactors,
        gate: Gate,
        clock: Clock,
        health_report: Callable[[], Any],
        photos: Photos,
        backups: Backups,
    ) -> None:
        self._roster, self._journal, self._passwords, self._factors = roster, journal, passwords, factors
        self._gate, self._clock, self._health_report, self._photos = gate, clock, health_report, photos
        self.backups = backups
        self.on_change: Callable[[], None] = lambda: None
        self.on_erase: Callable[[], None] = lambda: None
        self.on_settings: Callable[[], Awaitable[None]]
        self.watch: Callable[[str, AccessPoint], Awaitable[bytes]]
        self.find: Finds

    async def do(self, request: Request, *, local: bool = False, known: Actor | None = None) -> Any:
        """Do a command once; a retry with the same id gets the first result. known: who asks, without a session. Raises HouseError."""
        command: Command = request.command
        now = self._clock.now()
        if not 8 <= len(request.id) <= 64:
            raise Invalid("a request id has 8 to 64 characters", field="id")
        if request.token == LOCAL:
            if not local:
                raise NotSignedIn("only root and the edge's own user may use the command line")
            known = COMMAND_LINE
        match command:
            case users.SignIn():
                return await self._sign_in(command, now)
            case users.SignOut():
                return await self._roster.write(lambda tx: tx.end_session(request.token))
            case users.SessionSeen():
                return await self._roster.write(lambda tx: tx.session_seen(request.token, now.wall))
            case account.EnrolSecondFactor():
                return await self._enrol(command, request, now)
            case account.ConfirmSecondFactor():
                return await self._confirm(command, request, now, known)
            case account.SwitchOffSecondFactor():
                return await self._switch_off(command, request, now, known)
            case UnlockDoor():
                return await self._unlock(command, request, now, known)
            case HoldDoor() | LockDoor():
                return await self._order(command, request, now, known)
            case GetHealth():
                await self._journal.write(lambda tx: self._actor(tx, command, request, now, known))
                return self._health_report()
            case FindDevices():
                await self._roster.write(lambda tx: self._actor(tx, command, request, now, known))
                return await self.find(listens=command.listen)
            case GetPicture():
                return await self._picture(command, request, now, known)
            case Explain():
                return await self._explain(command, request, now, known)
            case ExplainEvent():
                return await self._explain_event(command, request, now, known)
            case ApplyRemedy():
                return await self._remedy(command, request, now, known)
            case reviews.FinishReview():
                return await self._finish_review(command, request, now, known)
            case SetPhoto():
                return await self._set_photo(command, request, now, known)
            case MakeBackup():
                await self._roster.write(lambda tx: self._actor(tx, command, request, now, known))
                return await self._backup(command, request, now, known)
            case GetBackups():
                await self._roster.write(lambda tx: self._actor(tx, command, request, now, known))
                return await self.backups.now()
            case EraseCustomer():
                erasure = await self._change(command, request, now, known)
                self.on_erase()
                return erasure
            case _ if type(command) in QUESTIONS:
                return await self._journal.write(
                    lambda tx: QUESTIONS[type(command)](tx, command, self._actor(tx, command, request, now, known), now)
                )
            case _ if type(command) in JOURNAL_HANDLERS:
                return await self._set_right(command, request, now, known)
            case _:
                return await self._change(command, request, now, known)

    async def _change(
        self,
        command: Command,
        request: Request,
        now: Moment,
        known: Actor | None,
        do: Callable[[RosterTransaction, Actor], Any] | None = None,
    ) -> Any:
        password: str | None = getattr(command, "password", None)
        if password is not None:
            users.check_password(password)

        def work(tx: RosterTransaction) -> tuple[str, bool]:
            actor = self._actor(tx, command, request, now, known)
            first = tx.first_result(request.id)
            if first == "":
                raise Conflict("this request was done; whom it was about has been erased since")
            if first is not None:
                return first, False
            tx.by = (actor.name, type(command).__struct_config__.tag or "", getattr(command, "reason", "")[:300], now.wall)  # type: ignore[assignment]
            result = do(tx, actor) if do else scope.do(tx, command, actor, now)
            kept = result.kept() if isinstance(result, SaidOnce) else result
            if kept is not None or result is None:  # secrets are not left lying about: a retry asks again
                tx.keep_result(request.id, msgspec.json.encode(kept).decode(), now.wall)
            return msgspec.json.encode(result).decode(), True

        text, did = await self._roster.write(work, patient=command.patient)
        result = msgspec.json.decode(text)
        if password is not None and (did or self._passwords.missing(result["id"])):
            await self._passwords.keep(result["id"], password)
        self.on_change()
        if isinstance(command, WIRED):
            await self.on_settings()
        return result

    async def _backup(self, command: MakeBackup, request: Request, now: Moment, known: Actor | None) -> BackupBegun:
        """Who asked is written down first; the child begins behind that line."""

        async def write_down() -> BackupBegun:
            return msgspec.convert(await self._change(command, request, now, known), BackupBegun)

        return await self.backups.ask(request.id, write_down)

    async def _finish_review(self, command: reviews.FinishReview, request: Request, now: Moment, known: Actor | None) -> Any:
        """Roster first, then the line that signs it; power lost in between, and finishing it again writes that line."""
        await self._change(command, request, now, known)
        review = await self._roster.write(lambda tx: tx.get(AccessReview, command.id))
        if review.event:
            return review

        def sign(tx: JournalTransaction) -> int:
            return reviews.sign_result(tx, review, self._actor(tx, command, request, now, known), now)

        event = await self._journal.write(sign)
        self._gate.on_event()

        def note(tx: RosterTransaction) -> AccessReview:
            tx.by = (review.finished_by, "reviews.finish", "", now.wall)
            return reviews.note_signed(tx, review.id, event)

        return await self._roster.write(note)

    async def _set_photo(self, command: SetPhoto, request: Request, now: Moment, known: Actor | None) -> Any:
        """The picture first, then the record that names it; who may not, writes neither."""
        await self._roster.write(lambda tx: self._actor(tx, command, request, now, known))
        async with self._photos.changing():
            await self._photos.put(command.picture)
            kept = await self._change(command, request, now, known)
        await self._photos.sweep_quietly()
        return kept

    async def _set_right(self, command: Command, request: Request, now: Moment, known: Actor | None) -> Any:
        def work(tx: JournalTransaction) -> str:
            actor = self._actor(tx, command, request, now, known)
            done = tx.executed(request.id)
            if done is None:
                done = msgspec.json.encode(JOURNAL_HANDLERS[type(command)](tx, command, actor, now)).decode()
                tx.remember_executed(request.id, done, now.wall)
            return done

        text = await self._journal.write(work)
        self._gate.on_event()
        return msgspec.json.decode(text)

    async def _unlock(self, command: UnlockDoor, request: Request, now: Moment, known: Actor | None) -> Any:
        def work(tx: JournalTransaction) -> Any:
            actor = self._actor(tx, command, request, now, known)
            return unlock(tx, command, actor, request.id, now=now)

        done = await self._journal.write(work)
        opened = False
        if not done.again:
            opened = await self._gate.open_by_operator(done)
        return {"event": done.event_seq, "opened": opened, "again": done.again}

    async def _order(self, command: HoldDoor | LockDoor, request: Request, now: Moment, known: Actor | None) -> Any:
        def work(tx: JournalTransaction) -> Unlocking:
            order = write_order(tx, command, self._actor(tx, command, request, now, known), request.id, now=now)
            if not self._gate.drives(order.access_point.door):  # raised in here: then nothing is written down either
                raise Conflict(f"door {order.access_point.door} is not in the settings of this edge", field="door")
            return order

        done = await self._journal.write(work)
        if not done.again:
            door = done.access_point.door
            if isinstance(command, HoldDoor):
                await self._gate.hold_open(door, command.until, command.reason.strip())
            else:
                await self._gate.lock(door)
        self._gate.on_event()
        return {"event": done.event_seq, "again": done.again}

    async def _explain(self, command: Explain, request: Request, now: Moment, known: Actor | None) -> Explanation:
        reading = Reading(reader="explain", access_point=command.access_point, kind=command.kind, text=command.code)
        at = command.at if command.at is not None else now.wall

        def work(tx: JournalTransaction) -> Explanation:
            self._actor(tx, command, request, now, known)
            return explain(tx.facts(reading, msgspec.structs.replace(now, wall=at), self._gate.say), at)

        return await self._journal.write(work)

    async def _explain_event(self, command: ExplainEvent, request: Request, now: Moment, known: Actor | None) -> Explanation:
        def work(tx: JournalTransaction) -> Explanation:
            self._actor(tx, command, request, now, known)
            event = tx.event(command.event)
            return explain(tx.facts_then(event), event.at)

        return await self._journal.write(work)

    async def _remedy(self, command: ApplyRemedy, request: Request, now: Moment, known: Actor | None) -> Any:
        """Roster first, then the journal, then the door; a retry goes through the same commits and finds them done."""

        def look(tx: JournalTransaction) -> tuple[Event, str | None]:
            actor = self._actor(tx, command, request, now, known)
            if command.open and not actor.may(Permission.DOORS_OPEN):
                raise Forbidden(f"your role does not include {Permission.DOORS_OPEN.value}")
            event = tx.event(command.event)
            remedies.check(command, event)
            return event, tx.executed(request.id)

        event, done = await self._journal.write(look)
        if done is not None:
            return msgspec.json.decode(done)
        result: Any = None
        if command.remedy in remedies.IN_ROSTER:
            result = await self._change(
                command, request, now, known, lambda tx, actor: remedies.cure_roster(tx, command, event, actor, now)
            )
        holder = event.card or remedies.holder_after(result)

        def judge(tx: JournalTransaction) -> tuple[Admission | None, remedies.Remedied]:
            actor = self._actor(tx, command, request, now, known)
            if command.remedy in remedies.IN_JOURNAL:
                remedies.cure_journal(tx, command, event, actor, now)
            again = remedies.judge_again(tx, command, event, holder, actor, now=now, doors=self._gate.say) if command.open else None
            decision = again.decision if again else None
            told = remedies.Remedied(
                event=again.event.seq if again else 0,
                reason=decision.reason if decision else None,
                granted=bool(decision and decision.granted),
            )
            tx.remember_executed(request.id, msgspec.json.encode(told).decode(), now.wall)
            return again, told

        again, told = await self._journal.write(judge)
        if again and again.decision.granted:
            told = msgspec.structs.replace(told, opened=await self._gate.open(again.event, again.decision.strike_ms))
        self._gate.on_event()
        return told

    async def _picture(self, command: GetPicture, request: Request, now: Moment, known: Actor | None) -> Picture:
        def look(tx: JournalTransaction) -> AccessPoint:
            self._actor(tx, command, request, now, known)
            return tx.access_point(command.access_point)

        point = await self._journal.write(look)
        return Picture(jpeg=await self.watch(command.reader, point))

    async def _sign_in(self, command: users.SignIn, now: Moment) -> users.SignedIn:
        login = command.login.strip().casefold()[:64]
        user: User | None = await self._roster.write(lambda tx: tx.find(User, login=login))
        active = user if user and user.active else None
        await self._passwords.check(login, active.id if active else None, command.password)
        assert active is not None  # check() refuses nobody's password
        has = await asyncio.to_thread(self._factors.has, active.id)
        if has:
            if not command.code:
                raise SecondFactorNeeded("the code of your second factor is needed as well", field="code")
            if not await asyncio.to_thread(self._factors.take, active.id, command.code, now.wall):
                self._passwords.wrong(login)
                raise SecondFactorNeeded("this code is wrong, too old, or was used before", field="code")
        self._passwords.right(login)

        def work(tx: RosterTransaction) -> users.SignedIn:
            account.has_second_factor(tx, active.id, has)
            return users.sign_in(tx, active, command.client, now)

        return await self._roster.write(work)

    async def _enrol(self, command: account.EnrolSecondFactor, request: Request, now: Moment) -> account.Seed:
        """The password is asked for again: whoever finds a session open must not lock its owner out."""

        def look(tx: RosterTransaction) -> User:
            actor = tx.actor(request.token, now.wall)
            account.own_account(actor)
            return tx.get(User, actor.id)

        user = await self._roster.write(look)
        await self._passwords.check(user.login, user.id, command.password)
        seed, uri = await asyncio.to_thread(self._factors.enrol, user.id, user.login)
        self._passwords.right(user.login)
        return account.Seed(seed=seed, uri=uri)

    async def _confirm(
        self, command: account.ConfirmSecondFactor, request: Request, now: Moment, known: Actor | None
    ) -> account.RecoveryCodes:
        def look(tx: RosterTransaction) -> Actor:
            actor = self._actor(tx, command, request, now, known)
            account.own_account(actor)
            return actor

        actor = await self._roster.write(look)
        codes = await asyncio.to_thread(self._factors.confirm, actor.id, command.code, now.wall)
        # Power lost here leaves a record that says no; signing in puts it right.
        await self._change(command, request, now, known, lambda tx, actor: account.has_second_factor(tx, actor.id, True))
        return account.RecoveryCodes(codes=codes)

    async def _switch_off(self, command: account.SwitchOffSecondFactor, request: Request, now: Moment, known: Actor | None) -> Any:
        """The record first, with its reason; power lost in between leaves the factor on, and signing in says so again."""

        def off(tx: RosterTransaction, actor: Actor) -> User:
            user = account.may_switch_off(tx, command, actor)
            tx.end_sessions_of(user.id)
            return account.has_second_factor(tx, user.id, False)

        done = await self._change(command, request, now, known, off)
        await asyncio.to_thread(self._factors.switch_off, command.user)
        return done

    def _actor(
        self, tx: RosterTransaction | JournalTransaction, command: Command, request: Request, now: Moment, known: Actor | None
    ) -> Actor:
        """Who asks, with the right this command needs, of what it touches. Raises NotSignedIn, Forbidden, NotFound."""
        if isinstance(command, NoteScheduled):
            # The calendar asked, not a person: all this can do is write one more line about a record that says to make exports.
            return Actor(id="calendar", name="calendar")
        if isinstance(command, UndoImport) and not request.token:
            # The desk came up, or the session ended, with an import half applied: all this can do is take such a one back.
            return Actor(id="desk", name="desk")
        actor = known or tx.actor(request.token, now.wall)
        right = type(command).right
        if right is not None and not actor.may(right):
            raise Forbidden(f"your role does not include {right.value}")
        scope.look(tx, command, actor)
        return actor
