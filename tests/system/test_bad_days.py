"""Bad days: full disks, wrong clocks, wrong settings, a newer database. Each is said clearly, costs only itself and loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from edge.app import Edge
from edge.clock import BUILT_AT, Jump, SystemClock
from edge.commands.doors import GetHealth
from edge.commands.people import AddCustomer
from edge.commands.wire import Request, frame
from edge.core.errors import SettingsError, StoreError
from edge.core.event import Event
from edge.core.judgement import Reason
from edge.core.model import CardStatus, ClockQuality, CredentialKind, Reading
from edge.settings import load_or_last_good, parse
from edge.store.create import open_stores
from edge.store.files import Files, connect
from edge.store.journal import verify
from tests.support.facility import Facility, until
from tests.support.stores import refused

HOUR = 3_600_000


# ---------------------------------------------------------------------------------------------------- a wrong clock


class Hands:
    """A clock whose hands a test moves: wall and mono in ms, and is the wall clock trusted."""

    def __init__(self, wall: int = BUILT_AT + 1000 * HOUR, *, trusted: bool = False) -> None:
        self.wall, self.mono, self.trusted = wall, 10_000, trusted

    def pass_by(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms

    def clock(self, high_water: int = 0) -> SystemClock:
        return SystemClock(high_water, wall=lambda: self.wall, mono=lambda: self.mono, trusted=lambda: self.trusted, boot="boot")


def test_a_clock_at_1970_goes_on_from_what_was_written_before() -> None:
    hands = Hands(wall=0)
    clock = hands.clock(BUILT_AT + HOUR)
    for passed in (0, 60_000, 120_000):
        now = clock.now()
        assert (now.wall, now.quality) == (BUILT_AT + HOUR + passed, ClockQuality.RESTORED)
        hands.pass_by(60_000)


def test_a_clock_at_1970_on_a_new_device_says_that_it_knows_nothing() -> None:
    assert Hands(wall=0).clock().now().quality is ClockQuality.UNKNOWN
    assert Hands().clock().now().quality is ClockQuality.RTC
    assert Hands(trusted=True).clock().now().quality is ClockQuality.NTP


def test_an_untrusted_clock_that_steps_back_is_not_followed() -> None:
    hands = Hands()
    clock = hands.clock()
    before = clock.now().wall
    hands.wall -= 5 * HOUR
    hands.mono += 1000
    now = clock.now()
    assert (now.wall, now.quality) == (before + 1000, ClockQuality.RESTORED)


def test_small_steps_back_stand_still() -> None:
    hands = Hands()
    clock = hands.clock()
    before = clock.now().wall
    hands.wall -= 1500
    assert clock.now().wall == before


def test_a_trusted_clock_is_believed_wherever_it_goes() -> None:
    hands = Hands(trusted=True)
    clock = hands.clock()
    clock.now()
    hands.wall -= 5 * HOUR
    assert clock.now().wall == hands.wall


@pytest.mark.parametrize("by", [5 * HOUR, -5 * HOUR, 2001, -2001])
def test_a_jump_is_seen_once(by: int) -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_by(1000)
    assert clock.look() is None
    hands.pass_by(1000)
    hands.wall += by
    assert clock.look() == Jump(by, trusted=False)
    hands.pass_by(1000)
    assert clock.look() is None


def test_drifting_is_no_jump_and_becoming_trusted_is_news() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 1999
    assert clock.look() is None
    hands.trusted = True
    assert clock.look() == Jump(0, trusted=True)
    assert clock.look() is None


def test_a_start_with_a_trusted_clock_behind_the_journal_is_news_at_the_first_look() -> None:
    hands = Hands(trusted=True)
    clock = hands.clock(hands.wall + 5 * HOUR)
    assert clock.look() == Jump(-5 * HOUR, trusted=True)
    assert clock.look() is None


ALONE = '[site]\ntime_zone = "Europe/Warsaw"\n'


async def journal(edge: Edge) -> list[Event]:
    _, rows = await edge.journal.write(lambda tx: tx.events_after(0, 10_000, 1 << 30))
    return [msgspec.json.decode(body, type=Event) for _, body in rows]


async def shown(edge: Edge) -> Event:
    reading = Reading(reader="r", access_point="nowhere", kind=CredentialKind.QR, text="CODE-OF-NOBODY")
    return (await edge.gate.serve(reading)).event


async def adjusted(edge: Edge, count: int) -> None:
    """Wait until so many clock adjustments are written."""

    async def there() -> bool:
        return sum(e.code == "clock_adjusted" for e in await journal(edge)) >= count

    await until(there, f"{count} adjustments of the clock")


async def test_events_never_go_back_whatever_an_untrusted_clock_does_and_come_to_the_truth_once_it_is_trusted(
    tmp_path: Path,
) -> None:
    hands = Hands()
    truth = hands.wall
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        await shown(edge)
        hands.wall = truth + 5 * HOUR
        await adjusted(edge, 1)
        assert (await shown(edge)).at == truth + 5 * HOUR
        hands.wall = 0
        await adjusted(edge, 2)
        hands.pass_by(1000)
        late = await shown(edge)
        assert late.quality is ClockQuality.RESTORED
        assert late.at >= truth + 5 * HOUR
        times = [e.at for e in await journal(edge)]
        assert times == sorted(times)
        hands.wall, hands.trusted = truth + 60_000, True
        await adjusted(edge, 3)
        assert (await shown(edge)).at == truth + 60_000
        note = next(e.note for e in reversed(await journal(edge)) if e.code == "clock_adjusted")
        assert "trusted now" in note
    with contextlib.closing(connect(Files(tmp_path / "state").journal, read_only=True)) as db:
        assert verify(db)[1] == []


async def test_a_journal_written_hours_ahead_does_not_hold_back_the_truth_after_a_restart(tmp_path: Path) -> None:
    hands = Hands()
    truth = hands.wall
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    hands.wall += 5 * HOUR
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        assert (await shown(edge)).at == truth + 5 * HOUR
    hands.wall, hands.trusted = truth + 120_000, True
    async with Edge(settings, make_clock=hands.clock).running() as edge:
        await adjusted(edge, 1)
        assert (await shown(edge)).at == truth + 120_000


# ---------------------------------------------------------------------------------------------------- a full disk


class SmallDisk:
    """A file system of four megabytes that can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            for size in (65536, 4096, 512, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def empty(self) -> None:
        self._filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "state"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"not run: a small file system cannot be mounted here ({mounted.stderr.decode().strip()})")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=False)


class Policy(Facility):
    """A facility whose door opens, or stays shut, while the journal cannot be written."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(folder)
        self._policy = policy

    def settings(self) -> str:
        return super().settings().replace('name = "north"\n', f'name = "north"\nwhen_journal_fails = "{self._policy}"\n')


@contextlib.asynccontextmanager
async def house_of(folder: Path, policy: str) -> AsyncIterator[Policy]:
    house = Policy(folder, policy)
    async with house.running():
        yield house
    await house.close()


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life several times a second, as systemd may ask for: what is held is tried as often."""
    monkeypatch.setenv("WATCHDOG_USEC", "300000")


async def held(house: Facility, lines: int) -> None:
    await until(lambda: f" {lines} lines are held" in house.detail("journal", "writing"), f"{lines} lines to be held")


async def fill_up_the_last_block(house: Facility) -> None:
    """Small lines may still fit into the last block of a full disk: show a stranger until one is held."""
    while house.part("journal", "writing") != "down":
        before = last_line(house)
        house.scanner.scan("CODE-OF-NOBODY")

        def answered(before: int = before) -> bool:
            return house.part("journal", "writing") == "down" or last_line(house) > before

        await until(answered, "the stranger to be refused")


def last_line(house: Facility) -> int:
    with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
        return int(db.execute("SELECT seq FROM head").fetchone()[0])


async def written(house: Facility) -> list[Event]:
    """The decisions, once what was held is written."""
    await until(lambda: house.part("journal", "writing") == "up", "the held lines to be written")
    return await house.events()


def seen(house: Facility) -> tuple[int, int]:
    """How often health's word on the roster changed, and when it was last looked at (ms)."""
    (part,) = [p for p in house.edge.health.parts() if (p.kind, p.name) == ("database", "roster")]
    return part.count, part.at


def sound(house: Facility) -> bool:
    with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
        return verify(db)[1] == []


async def test_with_a_full_disk_a_door_that_is_to_stay_shut_stays_shut_and_nothing_is_lost(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "shut") as house:
        _, _, code = await house.customer_with_card("Ada", uses=5)
        small_disk.fill()
        await fill_up_the_last_block(house)
        house.scanner.scan(code)
        await held(house, 2)
        assert house.board.moves == []
        await until(lambda: house.part("database", "journal") == "down", "health to say that the journal cannot be written")
        assert "full" in house.detail("journal", "writing")
        assert (await house.do(GetHealth()))["state"] == "down", "who asks is answered all the same"
        error = await refused(lambda: house.do(AddCustomer(fields={"name": "Eve"})))
        assert isinstance(error, StoreError)
        assert "Is the disk full?" in error.message
        await until(lambda: house.part("database", "roster") == "down", "health to say that the roster cannot be written")
        count, at = seen(house)
        await until(lambda: seen(house)[1] > at + 300, "more signs of life")
        assert (seen(house)[0], house.part("database", "roster")) == (count, "down"), "it does not flicker"
        small_disk.empty()
        first, second = [e for e in await written(house) if e.late]
        assert first.code == "unknown_credential"
        assert (second.code, second.note) == ("granted", "not opened: the journal could not be written")
        assert await house.scan(code) is Reason.GRANTED
        assert len(house.board.moves) == 1
        await house.do(AddCustomer(fields={"name": "Eve"}))
        for name in ("journal", "roster"):
            await until(lambda name=name: house.part("database", name) == "up", f"the {name} to be well again")
        assert sound(house)
        with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
            assert db.execute("SELECT spent FROM presence").fetchall() == [(1,)], "what did not open spent nothing"


async def test_with_a_full_disk_a_door_that_is_to_open_opens_once_for_each_use(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "open") as house:
        _, _, code = await house.customer_with_card("Ada", uses=2)
        _, card, stolen = await house.customer_with_card("Eve", status=CardStatus.STOLEN)
        small_disk.fill()
        await fill_up_the_last_block(house)
        for text in (code, code, code, stolen, code):
            reading = Reading(reader="scanner-in", access_point="North in", kind=CredentialKind.QR, text=text)
            assert (await house.edge.gate.serve(reading)).event.late
        assert len(house.board.moves) == 2
        small_disk.empty()
        stranger, *found = [e for e in await written(house) if e.late]
        assert stranger.code == "unknown_credential"
        assert [e.code for e in found] == ["granted", "granted", "no_uses_left", "card_stolen", "no_uses_left"]
        (alarm,) = await house.events("alarm")
        assert (alarm.code, alarm.card, alarm.late) == ("card_stolen", card, True)
        with contextlib.closing(connect(house.edge.files.journal, read_only=True)) as db:
            rows = dict(db.execute("SELECT holder, spent FROM presence").fetchall())
            assert sorted(rows.values()) == [0, 2]
            assert db.execute("SELECT count(*) FROM entry WHERE out_at IS NULL").fetchone() == (1,)
        assert any(e.code == "door_unlocked" and e.late for e in await house.events("door")), "what the door did is held too"
        seqs = {e.seq: e for e in found if e.card_label == "ada"}
        assert [e.prev for e in seqs.values()] == [0, *list(seqs)[:-1]], "a card's events stay one chain"
        assert sound(house)


async def test_a_start_on_a_full_disk_is_one_clear_line_and_costs_nothing_that_was_there(
    small_disk: SmallDisk, lively: None, tmp_path: Path
) -> None:
    async with house_of(tmp_path, "open") as house:
        _, _, code = await house.customer_with_card("Ada")
        assert await house.scan(code) is Reason.GRANTED
    again = Policy(tmp_path, "open")
    again.ids = house.ids
    small_disk.fill()
    with pytest.raises(StoreError, match="Is the disk full"):
        async with Edge(parse(house.settings())).running():
            pass
    small_disk.empty()
    async with again.running():
        assert await again.scan(code) is not None
        assert [e.code for e in await again.events()] == ["granted", "granted"]
        assert sound(again)
    await again.close()


# ---------------------------------------------------------------------------------------------------- wrong settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[site]\ntimezone = "UTC"', "unknown setting site.timezone; did you mean time_zone?"),
        ('stat = "/tmp"', "unknown setting stat; did you mean state?"),
        ('[[reader]]\ndriver = "serial"\nname = "a"\naccess_point = "b"\nport = "c"\nbauds = 9600', "reader[0].bauds; did you mean baud?"),
        ('[[door]]\ndriver = "line"\nname = "a"\nadress = "b"', "door[0].adress; did you mean address?"),
        ("ninepins = 1", "unknown setting ninepins; known here:"),
        ('[site]\ntime_zone = "Europe/Warszawa"', "site.time_zone: no such zone; did you mean Europe/Warsaw?"),
        ('[site]\ntime_zone = "Europe"', "site.time_zone: no such zone"),
        ("site = 5", "site: Expected `object`, got `int`"),
        ("[site", "not valid TOML"),
        ('[[reader]]\ndriver = "telepathy"\nname = "a"', "telepathy"),
        ('[desk]\nlisten = "8480"', "desk.listen: write address:port"),
        ('[desk]\nlisten = "localhost:\u00b2"', "desk.listen: write address:port"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x"', "door[0].address: write address:port"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x:1"\nwhen_journal_fails = "ajar"', "door[0].when_journal_fails: write 'shut' or 'open'"),
        ('[[door]]\ndriver = "line"\nname = "a"\naddress = "x:1"\n' * 2, "door[1].name: there is another door called a"),
        ('[sync]\nbroker = "http://x"\nsite = "a"\nedge = "b"\ncentral_keys = {k = "x"}', "sync.broker: write mqtt://host:1883"),
        ('[sync]\nbroker = "mqtt://x"\nsite = "a"\nedge = "b"\ncentral_keys = {}', "sync.central_keys: name at least one public key"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_in_one_line_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "gatelatch.toml")
    assert says in caught.value.message
    assert caught.value.message.startswith("gatelatch.toml: ")
    assert "\n" not in caught.value.message


def test_the_last_good_settings_are_kept_and_used_until_the_file_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "gatelatch.toml"
    file.write_text('[site]\nname = "Marina"\n')
    assert load_or_last_good(file)[1] == ""
    for wrong in ('[site]\nnaem = "Marina"\n', "", None):
        if wrong is None:
            file.unlink()
        else:
            file.write_text(wrong or "[[")
        settings, problem = load_or_last_good(file)
        assert settings.site.name == "Marina"
        assert "Running with the last good settings" in problem
        assert "\n" not in problem
    file.write_text('[site]\nname = "Marina two"\n')
    settings, problem = load_or_last_good(file)
    assert (settings.site.name, problem) == ("Marina two", "")


def test_with_nothing_good_the_line_is_about_the_file_that_a_person_edits(tmp_path: Path) -> None:
    file = tmp_path / "gatelatch.toml"
    for kept in (None, "also = wrong"):
        if kept:
            (tmp_path / "gatelatch.toml.last-good").write_text(kept)
        file.write_text("colour = 1")
        with pytest.raises(SettingsError, match="unknown setting colour") as caught:
            load_or_last_good(file)
        assert caught.value.message.startswith(f"{file}: ")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_or_last_good(file)


async def test_an_edge_that_runs_with_its_last_good_settings_says_so_in_health(tmp_path: Path) -> None:
    settings = parse(f'state = "{tmp_path / "state"}"\n{ALONE}')
    async with Edge(settings, problem="unknown setting colour").running() as edge:
        (part,) = [p for p in edge.report()["parts"] if p["kind"] == "settings"]
        assert (part["state"], part["detail"]) == ("trouble", "unknown setting colour")


# ---------------------------------------------------------------------------------------------------- the process


class Process:
    """`gatelatch run --edge-only` as systemd runs it, with a notify socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = Files(folder / "state")
        self.settings = folder / "gatelatch.toml"
        self.settings.write_text(f'state = "{self.files.folder}"\n{ALONE}')
        self.notes: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self.child: asyncio.subprocess.Process

    @contextlib.asynccontextmanager
    async def running(self, **env: str) -> AsyncIterator[Process]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, lambda: self.notes.append(self._socket.recv(4096).decode()))
        self.child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge", "run", "--edge-only", "--settings", str(self.settings),
            env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), **env},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield self
        finally:
            if self.child.returncode is None:
                self.child.kill()
            await self.child.wait()
            loop.remove_reader(self._socket)
            self._socket.close()

    def told(self, word: str) -> Callable[[], bool]:
        return lambda: any(word in note.splitlines() for note in self.notes)

    async def ended(self) -> tuple[int, list[str]]:
        """(exit code, lines it said)."""
        said, _ = await self.child.communicate()
        assert self.child.returncode is not None
        return self.child.returncode, said.decode().strip().splitlines()


async def test_a_database_from_a_newer_version_ends_the_edge_with_one_line_and_exit_code_1(tmp_path: Path) -> None:
    process = Process(tmp_path)
    open_stores(process.files, "log-1")
    with contextlib.closing(sqlite3.connect(process.files.roster)) as db:
        db.execute("PRAGMA user_version = 99")
    async with process.running():
        code, lines = await process.ended()
    assert code == 1
    assert len(lines) == 1, lines
    assert "was written by a newer version (schema 99" in lines[0]
    assert not process.told("READY=1")()


async def test_settings_with_nothing_good_end_the_edge_with_one_line_and_exit_code_1(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.settings.write_text("colour = 1")
    async with process.running():
        code, lines = await process.ended()
    assert code == 1
    assert len(lines) == 1, lines
    assert "unknown setting colour" in lines[0]


async def test_systemd_hears_ready_signs_of_life_and_stopping_and_the_stop_is_quick_and_leaves_readable_files(
    tmp_path: Path,
) -> None:
    process = Process(tmp_path)
    async with process.running(WATCHDOG_USEC="600000"):
        await until(process.told("READY=1"), "READY=1", 20)
        await until(lambda: sum(n == "WATCHDOG=1" for n in process.notes) >= 3, "three signs of life")
        for path in (process.files.roster, process.files.journal):
            assert [_mode(p) for p in _with_its_own(path)] == [0o640] * 3
        begun = asyncio.get_running_loop().time()
        process.child.send_signal(signal.SIGTERM)
        code, lines = await process.ended()
        assert asyncio.get_running_loop().time() - begun < 5
        await until(process.told("STOPPING=1"), "STOPPING=1")
    assert code == 0, lines
    assert not [line for line in lines if "Traceback" in line]
    assert _mode(process.files.secrets) == 0o600
    for path in (process.files.roster, process.files.journal):
        assert [_mode(p) for p in _with_its_own(path)] == [0o640] * 3
    with contextlib.closing(connect(process.files.journal, read_only=True)) as db:
        assert verify(db) == (1, [])
    assert not process.files.socket.exists()


async def test_somebody_who_asks_and_never_listens_does_not_keep_the_edge_from_stopping(tmp_path: Path) -> None:
    process = Process(tmp_path)
    async with process.running():
        await until(process.told("READY=1"), "READY=1", 20)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
            deaf.connect(str(process.files.socket))
            deaf.setblocking(False)
            asked = b"".join(frame(Request(id=f"request-{n:06}", token="@local", command=GetHealth())) for n in range(5000))
            with contextlib.suppress(BlockingIOError):
                while asked:
                    asked = asked[deaf.send(asked) :]
            begun = asyncio.get_running_loop().time()
            process.child.send_signal(signal.SIGTERM)
            code, lines = await process.ended()
            assert asyncio.get_running_loop().time() - begun < 5
        assert code == 0, lines


def _with_its_own(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
