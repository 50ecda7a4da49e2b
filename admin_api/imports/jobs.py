"""An import as the desk keeps it: a folder with the file as it came, its rows as they were checked, and import.json."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from admin_api.imports.order import Counts, Seen
from edge.core.importing import ImportKind, Twins

_JSON = "import.json"


class JobState(StrEnum):
    """CHECKING: its rows are being looked at. READY: they may be applied. APPLYING, UNDOING: under way. FAILED: it cannot be read."""

    CHECKING = "checking"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


UNDER_WAY = (JobState.CHECKING, JobState.APPLYING, JobState.UNDOING)


class Result(Struct, frozen=True, kw_only=True):
    """What an application did so far. kept: records that an undo left as they are, since they were changed meanwhile."""

    made: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    refused: int = 0
    kept: int = 0


class ImportJob(Struct, frozen=True, kw_only=True):
    """A file that came in. mapping: column -> field or None; encoding, delimiter: as somebody said, empty: as guessed; applied: the
    import's id in the edge; progress: 0 to 1; problem: why it failed or was undone, or what it waits for; times: ms."""

    id: str
    owner: str
    operator: str
    kind: ImportKind
    file: str
    size: int
    state: JobState = JobState.CHECKING
    encoding: str = ""
    delimiter: str = ""
    seen: Seen
    mapping: dict[str, str | None] = {}
    make_missing: bool = False
    counts: Counts = Counts()
    twins: Twins = Twins.SKIP
    skip_wrong: bool = False
    applied: str = ""
    result: Result = Result()
    kept: list[str] = []
    progress: float = 0.0
    problem: str = ""
    made_at: int = 0
    ended_at: int | None = None
    expires_at: int = 0


class JobFolder:
    """The imports of a desk: one folder each, mode 0700."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def of(self, id: str) -> Path:
        return self.home / id

    def make(self, id: str) -> Path:
        folder = self.of(id)
        folder.mkdir(mode=0o700, parents=True)
        return folder

    def put(self, job: ImportJob) -> ImportJob:
        """Whole or not at all."""
        path = self.of(job.id) / _JSON
        part = path.with_suffix(".part")
        fd = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.encode(job))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return job

    def load(self) -> list[ImportJob]:
        """All there are. What is damaged, or an upload that broke off, is removed."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        jobs = []
        for folder in self.home.iterdir():
            try:
                jobs.append(msgspec.json.decode((folder / _JSON).read_bytes(), type=ImportJob))
            except (OSError, msgspec.MsgspecError):
                shutil.rmtree(folder, ignore_errors=True)
        return jobs

    def remove(self, id: str) -> None:
        shutil.rmtree(self.of(id), ignore_errors=True)
