"""An import as its page shows it: columns to map, tiles that filter, rows with what is wrong with them, and what will be written."""

from __future__ import annotations

from dataclasses import dataclass, field

from admin_api.console import import_words
from admin_api.console.language import _, refused
from admin_api.console.lists.office import import_kinds, import_states, size_of
from admin_api.console.page import Page
from admin_api.console.times import Times
from admin_api.imports.fields import FIELDS
from admin_api.imports.jobs import UNDER_WAY, ImportJob, JobState
from admin_api.imports.rows import Choice, Outlook, RowState, ShownRow
from admin_api.imports.text import ENCODINGS
from edge.core.importing import ImportKind, Twins
from edge.core.model import Permission

Option = tuple[str, str]
"""(value, label)."""
OPENS = (JobState.READY, JobState.UNDONE, JobState.FAILED)
"""States in which the columns may be changed, and but for the last the rows applied."""


@dataclass(frozen=True, kw_only=True)
class KindView:
    """A kind of file with what is needed for it."""

    value: str
    label: str
    lead: str


@dataclass(frozen=True, kw_only=True)
class ImportNewPage(Page):
    """A file is chosen. error: beside the field of the file; problem: above the form."""

    template = "import_new.html"
    kinds: tuple[KindView, ...]
    kind: str
    encodings: tuple[str, ...]
    largest_mb: int
    largest: int
    error: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """A column of the file: which field it is, whether that was guessed, and its first values."""

    name: str
    title: str
    field: str
    guessed: bool
    sample: str


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A count that shows its rows. only: the state of those, empty: all."""

    label: str
    count: str
    tone: str
    href: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class CellView:
    """A cell of a row, with what is wrong with it."""

    label: str
    value: str
    error: str


@dataclass(frozen=True, kw_only=True)
class RowView:
    """A row of the file. problems: what is wrong with the row as a whole; becomes: of a duplicate, what is chosen for it alone."""

    number: int
    state: str
    word: str
    tone: str
    cells: tuple[CellView, ...]
    problems: tuple[str, ...]
    twin: str
    twin_href: str
    twin_by: str
    choice: str


@dataclass(frozen=True, kw_only=True)
class ImportPage(Page):
    """One import in whatever state it is. mine: this user may change it; where: the form that `problem` belongs to."""

    template = "import.html"
    job: ImportJob
    mine: bool
    word: str
    tone: str
    kind: str
    size: str
    busy: bool
    columns: tuple[ColumnView, ...]
    fields: tuple[Option, ...]
    encodings: tuple[str, ...]
    delimiters: tuple[Option, ...]
    open_columns: bool
    make_missing: bool
    tiles: tuple[Tile, ...]
    only: str
    rows: tuple[RowView, ...]
    following: str
    first: str
    here: str
    twins: str
    choices: tuple[Option, ...]
    sentence: str
    applies: bool
    problem: str = ""
    where: str = ""
    results: tuple[Option, ...] = ()
    kept: tuple[str, ...] = field(default_factory=tuple)

    @property
    def state(self) -> str:
        return self.job.state.value


def kinds(allowed: tuple[ImportKind, ...]) -> tuple[KindView, ...]:
    said = import_kinds()
    return tuple(KindView(value=k.value, label=said[k], lead=import_words.LEADS[k]) for k in allowed)


def shown(
    job: ImportJob, times: Times, *, mine: bool, only: str, twins: Twins, rows: list[ShownRow], following: int | None, after: int,
    expected: Outlook | None, mapping: dict[str, str | None] | None = None, problem: str = "", where: str = "",
) -> ImportPage:  # fmt: skip
    """mapping: as it was just typed, where it did not make sense; expected: None while there are no rows yet."""
    word, tone = import_states()[job.state]
    columns = _columns(job, job.mapping if mapping is None else mapping)
    at = f"/imports/{job.id}"
    kept = {**({"only": only} if only else {}), **({"twins": twins.value} if twins is Twins.UPDATE else {})}
    opens = mine and job.state in OPENS
    unclear = (
        any(c.sample and not c.field for c in columns) or job.seen.encoding_guessed or not job.counts.new + job.counts.duplicate
    )
    return ImportPage(
        title=job.file, section="key", job=job, mine=mine, word=word, tone=tone, kind=import_kinds()[job.kind], size=size_of(job.size),
        busy=job.state in UNDER_WAY, columns=columns if opens else (), fields=_fields(job), encodings=tuple(ENCODINGS) if job.seen.format == "csv" else (),
        delimiters=tuple(import_words.DELIMITERS.items()) if job.seen.format == "csv" else (), open_columns=unclear or where == "columns",
        make_missing=job.make_missing, tiles=_tiles(job, times, only, at, twins) if rows or expected else (), only=only,
        rows=tuple(_row(job, row) for row in rows), following=_link(at, {**kept, "after": str(following)}) if following else "",
        first=_link(at, kept) if after else "", here=_link(at, {**kept, **({"after": str(after)} if after else {})}), twins=twins.value,
        choices=_choices(), sentence=import_words.outlook(job.kind, expected, times) if expected else "",
        applies=opens and job.state is not JobState.FAILED and bool(expected), problem=problem, where=where,
        results=_results(job, times), kept=tuple(refused(line) for line in job.kept),
    )  # fmt: skip


def _link(at: str, parameters: dict[str, str]) -> str:
    return f"{at}?{'&'.join(f'{name}={value}' for name, value in parameters.items())}" if parameters else at


def _columns(job: ImportJob, mapping: dict[str, str | None]) -> tuple[ColumnView, ...]:
    return tuple(
        ColumnView(
            name=column.name, title=column.name, field=mapping.get(column.name) or "", sample=" · ".join(column.sample[:3]),
            guessed=bool(column.field) and mapping.get(column.name) == column.field and column.score < 0.9,
        )
        for column in job.seen.columns
    )  # fmt: skip


def _fields(job: ImportJob) -> tuple[Option, ...]:
    return tuple((one.name, import_words.field(one.name)) for one in FIELDS[job.kind])


def _tiles(job: ImportJob, times: Times, only: str, at: str, twins: Twins) -> tuple[Tile, ...]:
    counts = job.counts
    found = (
        ("", _("Rows"), counts.rows, "dim"), ("new", _("New"), counts.new, "ok"), ("duplicate", _("On record already"), counts.duplicate, "info"),
        ("wrong", _("Wrong"), counts.wrong, "no"),
    )  # fmt: skip
    kept = {"twins": twins.value} if twins is Twins.UPDATE else {}
    return tuple(
        Tile(
            label=label, count=times.number(count), tone=tone if count else "dim", here=state == only,
            href=_link(at, {**({"only": state} if state else {}), **kept}) + "#rows",
        )
        for state, label, count, tone in found
    )  # fmt: skip


def _choices() -> tuple[Option, ...]:
    return (
        (Choice.SKIP.value, _("Pass over")),
        (Choice.UPDATE.value, _("Take over into the record")),
        (Choice.NEW.value, _("Make a record of its own")),
    )


def _row(job: ImportJob, row: ShownRow) -> RowView:
    word, tone = {
        RowState.NEW: (_("New"), "ok"), RowState.DUPLICATE: (_("On record already"), "info"), RowState.WRONG: (_("Wrong"), "no"),
    }[row.state]  # fmt: skip
    errors: dict[str, list[str]] = {}
    for problem in row.problems:
        said = refused(problem.message)
        errors.setdefault(problem.field, []).append(said[:1].upper() + said[1:])
    cells = []
    for at, column in enumerate(job.seen.columns):
        name = job.mapping.get(column.name)
        value = row.cells[at] if at < len(row.cells) else ""
        if name and (value or name in errors):
            cells.append(CellView(label=import_words.field(name), value=value, error=". ".join(errors.pop(name, []))))
    problems = tuple(
        f"{import_words.field(name)}: {said}" if name else said for name, several in errors.items() for said in several
    )
    to = {ImportKind.CUSTOMERS: "/customers/%s", ImportKind.CARDS: "/cards/%s/edit", ImportKind.VEHICLES: "/vehicles/%s/edit"}
    twin = row.twin
    return RowView(
        number=row.row, state=row.state.value, word=word, tone=tone, cells=tuple(cells), problems=problems,
        twin=twin.name if twin else "", twin_href=to[job.kind] % twin.id if twin else "",
        twin_by=import_words.field(twin.by) if twin else "", choice=row.choice.value if row.choice else "",
    )  # fmt: skip


def _results(job: ImportJob, times: Times) -> tuple[Option, ...]:
    """What an application did, as far as it is."""
    result = job.result
    if job.state not in (JobState.APPLYING, JobState.APPLIED, JobState.UNDOING):
        return ()
    found = (
        (_("Added"), result.made), (_("Changed"), result.changed), (_("As they were"), result.same), (_("Passed over"), result.skipped),
        (_("Refused"), result.refused),
    )  # fmt: skip
    return tuple((label, times.number(count)) for label, count in found)


def allowed(may: frozenset[Permission]) -> tuple[ImportKind, ...]:
    """The kinds that somebody with these rights may bring in."""
    return tuple(kind for kind in ImportKind if set(kind.rights) <= may)
