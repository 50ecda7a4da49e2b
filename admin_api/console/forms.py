"""Forms as a list of fields: what is shown, what is read back, and errors beside the field they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any
from uuid import uuid4

import msgspec
from litestar.datastructures import FormMultiDict

from admin_api.console import addresses, hours
from admin_api.console.language import _, ngettext, refused
from admin_api.console.times import Times, day, minor_units, plain
from admin_api.console.words import sentence
from edge.core.errors import HouseError, Invalid
from edge.core.people import Address
from edge.core.place import Holiday, Window

Choice = tuple[str, str]
"""(value, label)."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input. kind: text, email, tel, password, textarea, number, percent, date, time, select, check, checks, words, person, decimal, fractions, colour, grants, windows, holidays, addresses,
    money, rows.

    label, hint and group (the heading it stands under) are marked with N_ and translated when they are shown; labels of choices are as
    they are to be shown. empty: what an empty input means ("" or None). wide: takes the whole row. check: the address that says what
    is wrong with it while somebody types. adds: where a further choice is made in place. percent: hundredths of one. words: several,
    with commas between. decimal: any number; fractions: four from 0 to 1 with commas between. text with choices: those it may be, as
    it is typed. person: a customer, by their number; its choices are those it may be now. money: an amount in the currency that the form's
    field `currency` names. rows: several things, each a row of the fields `columns`, at most `most`; an empty row is none.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    wide: bool = False
    empty: str | None = ""
    autocomplete: str = "off"
    group: str = ""
    check: str = ""
    adds: str = ""
    columns: tuple[Field, ...] = ()
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class Input:
    """A field with what is in it. theirs: what somebody else has put there in the meantime. rows: of several things, their inputs.
    note: what its check says of it at first."""

    field: Field
    value: str = ""
    chosen: tuple[str, ...] = ()
    checked: bool = False
    error: str = ""
    theirs: str | None = None
    rows: tuple[tuple[Input, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form ready to be shown. request: its id, so that sending it twice does it once."""

    action: str
    submit: str
    inputs: tuple[Input, ...]
    request: str
    ver: int | None = None
    problem: str = ""
    back: str = "/"

    @property
    def wrong(self) -> bool:
        return bool(self.problem) or any(i.error or i.theirs is not None for i in self.inputs)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Input, ...]], ...]:
        """The inputs under their headings, in the order in which these come first."""
        names = dict.fromkeys(i.field.group for i in self.inputs)
        return tuple((name, tuple(i for i in self.inputs if i.field.group == name)) for name in names)


def blank(fields: Sequence[Field], *, action: str, submit: str, back: str, **given: Any) -> Form:
    """An empty form; given: values to begin with."""
    return Form(action=action, submit=submit, back=back, request=uuid4().hex, inputs=_inputs(fields, given, None))


def filled(
    fields: Sequence[Field], record: msgspec.Struct, times: Times, *, action: str, submit: str, back: str, ver: int | None
) -> Form:
    """A form with a record's values."""
    values = msgspec.to_builtins({f.name: getattr(record, f.name) for f in fields if hasattr(record, f.name)})
    return filled_with(fields, values, times, action=action, submit=submit, back=back, ver=ver)


def filled_with(
    fields: Sequence[Field], values: Mapping[str, Any], times: Times, *, action: str, submit: str, back: str, ver: int | None
) -> Form:
    """A form with these values."""
    return Form(action=action, submit=submit, back=back, request=uuid4().hex, ver=ver, inputs=_inputs(fields, values, times))


def typed(fields: Sequence[Field], data: FormMultiDict, *, action: str, submit: str, back: str, error: HouseError) -> Form:
    """The form as it was typed, with the error beside its field, or on top when it belongs to none."""
    inputs = []
    hit = False
    for field in fields:
        mine = error.field.partition("[")[0].partition(".")[0] == field.name
        hit |= mine
        if field.kind == "rows":
            inputs.append(_rows_input(field, _typed_rows(field, data), error if mine else None))
            continue
        raw = [str(v) for v in data.getall(field.name, [])]
        inputs.append(
            Input(
                field=field,
                value=raw[0] if raw and field.kind != "password" else "",
                chosen=tuple(raw),
                checked=bool(raw),
                error=refused(error.message) if mine else "",
            )
        )
    ver = str(data.get("ver", ""))
    return Form(
        action=action, submit=submit, back=back, request=form_id(data), ver=int(ver) if ver.isdecimal() else None,
        inputs=tuple(inputs), problem="" if hit else sentence(error.message),
    )  # fmt: skip


def conflicting(form: Form, now: Form) -> Form:
    """After somebody else was quicker: both values side by side, and the version that saving again starts from."""
    inputs = []
    for mine, theirs in zip(form.inputs, now.inputs, strict=True):
        same = (mine.value, mine.checked, set(mine.chosen)) == (theirs.value, theirs.checked, set(theirs.chosen))
        if mine.field.kind == "check":
            same = mine.checked == theirs.checked
        elif mine.field.kind in ("checks", "grants"):
            same = set(mine.chosen) == set(theirs.chosen)
        elif mine.field.kind == "password":
            same = True
        else:
            same = mine.value.strip() == theirs.value.strip()
        inputs.append(replace(mine, theirs=None if same else _in_words(theirs)))
    return replace(
        form,
        inputs=tuple(inputs),
        ver=now.ver,
        request=uuid4().hex,
        problem=_(
            "Somebody else changed this while you were typing. Where the values differ, theirs is shown below yours; "
            "saving again keeps yours."
        ),
    )


def parse(fields: Sequence[Field], data: FormMultiDict, times: Times) -> dict[str, Any]:
    """Field -> value as a command takes it; a choice that the form did not carry is not there. Raises Invalid naming the field."""
    return {
        f.name: _value(f, data, times)
        for f in fields
        if f.kind != "password" and not (f.kind in ("select", "percent", "number", "decimal", "date") and f.name not in data)
    }


def in_words(found: Input) -> str:
    """What is in a field, for people; empty where nothing is."""
    nothing = not (found.checked if found.field.kind == "check" else found.chosen or found.value)
    return "" if nothing else _in_words(found)


def form_id(data: FormMultiDict) -> str:
    """The id a form was shown with; a new one when it carries none that could be one."""
    given = str(data.get("request", ""))
    return given if 16 <= len(given) <= 40 and given.isalnum() else uuid4().hex


def request_of(data: FormMultiDict) -> str:
    """The request id of a form as it was sent: a double click is the same request, the same form sent with other values is not."""
    content = sorted((key, str(value)) for key, value in data.multi_items())
    return hashlib.sha256(msgspec.json.encode([form_id(data), content])).hexdigest()[:48]


def ver_of(data: FormMultiDict) -> int | None:
    text = str(data.get("ver", ""))
    return int(text) if text.isdecimal() else None


# ---------------------------------------------------------------------------------------------------- one field


def _inputs(fields: Sequence[Field], values: Mapping[str, Any], times: Times | None) -> tuple[Input, ...]:
    currency = str(values.get("currency", ""))
    return tuple(_input(field, values.get(field.name), times, currency) for field in fields)


def _input(field: Field, value: Any, times: Times | None, currency: str) -> Input:
    match field.kind:
        case "rows":
            texts = [[_input(c, row.get(c.name), times, currency).value for c in field.columns] for row in value or ()]
            return _rows_input(field, texts, None)
        case "money":
            return Input(field=field, value="" if value is None else plain(value, currency))
        case "check":
            return Input(field=field, checked=bool(value))
        case "checks":
            return Input(field=field, chosen=tuple(value or ()))
        case "grants":
            return Input(field=field, chosen=tuple(f"{g['zone']}|{g.get('schedule') or ''}" for g in value or ()))
        case "addresses":
            return Input(field=field, value=addresses.write(msgspec.convert(value or (), tuple[Address, ...])))
        case "windows":
            return Input(field=field, value=hours.write_windows(msgspec.convert(value or (), tuple[Window, ...])))
        case "holidays":
            return Input(field=field, value=hours.write_holidays(msgspec.convert(value or (), tuple[Holiday, ...])))
        case "time":
            return Input(field=field, value=times.field(value) if times else "")
        case "percent":
            return Input(field=field, value=f"{value / 100:.2f}".rstrip("0").rstrip(".") if value else "")
        case "words":
            return Input(field=field, value=", ".join(value or ()))
        case "decimal":
            return Input(field=field, value="" if value is None else f"{value:g}")
        case "fractions":
            return Input(field=field, value=", ".join(f"{part:g}" for part in value or ()))
        case "person":
            return Input(field=field, value=dict(field.choices).get(value, value or ""))
        case _:
            return Input(field=field, value="" if value is None else str(value))


def _value(field: Field, data: FormMultiDict, times: Times) -> Any:
    text = str(data.get(field.name, "")).strip()
    match field.kind:
        case "rows":
            return _rows(field, data, times)
        case "money":
            return _money(text, field, str(data.get("currency", "")).strip())
        case "check":
            return field.name in data
        case "checks":
            return [str(v) for v in data.getall(field.name, [])]
        case "grants":
            pairs = [str(v).partition("|") for v in data.getall(field.name, [])]
            return [{"zone": zone, "schedule": schedule or None} for zone, _, schedule in pairs]
        case "addresses":
            return msgspec.to_builtins(addresses.read(text, field.name))
        case "windows":
            return msgspec.to_builtins(hours.read_windows(text, field.name))
        case "holidays":
            return msgspec.to_builtins(hours.read_holidays(text, field.name))
        case "time":
            return times.parse(text, field.name)
        case "number":
            return _number(text, field)
        case "percent":
            return _hundredths(text, field)
        case "decimal":
            return _decimal(text, field)
        case "fractions":
            return [_decimal(part, field) for part in text.replace(";", ",").split(",")] if text else None
        case "words":
            return [word for part in text.split(",") if (word := part.strip())]
        case "person":
            return next((id for id, label in field.choices if label == text), text) or None
        case _:
            return text if text else field.empty


def _number(text: str, field: Field) -> int | None:
    if not text:
        if field.required:
            raise Invalid("a number is needed here", field=field.name)
        return None
    try:
        return int(text)
    except ValueError as error:
        raise Invalid("a whole number", field=field.name) from error


def _decimal(text: str, field: Field) -> float:
    try:
        found = float(text.strip() or "0")
    except ValueError as error:
        raise Invalid("a number such as 2.5", field=field.name) from error
    if not isfinite(found):
        raise Invalid("a number such as 2.5", field=field.name)
    return found


def _hundredths(text: str, field: Field) -> int:
    """ "12.5" -> 1250. Raises Invalid."""
    whole, _point, rest = text.removesuffix("%").strip().replace(",", ".").partition(".")
    if not text:
        return 0
    if not whole.isdecimal() or len(whole) > 3 or len(rest) > 2 or not (rest.isdecimal() or not rest):
        raise Invalid("a percentage such as 12.5", field=field.name)
    return int(whole) * 100 + int(f"{rest:0<2}")


def _money(text: str, field: Field, currency: str) -> int | None:
    if not text and not field.required:
        return None
    return minor_units(text, currency, field.name)


def _typed_rows(field: Field, data: FormMultiDict) -> list[list[str]]:
    """What was typed, row by row, without the empty ones."""
    columns = [[str(v).strip() for v in data.getall(f"{field.name}.{c.name}", [])] for c in field.columns]
    return [list(row) for row in zip(*columns, strict=False) if any(row)][: field.most]


def _rows(field: Field, data: FormMultiDict, times: Times) -> list[dict[str, Any]]:
    """Raises Invalid naming row and column, as the edge does: "steps[0].price"."""
    made = []
    for at, texts in enumerate(_typed_rows(field, data)):
        row = FormMultiDict(
            [("currency", str(data.get("currency", ""))), *((c.name, t) for c, t in zip(field.columns, texts, strict=True))]
        )
        try:
            made.append(parse(field.columns, row, times))
        except Invalid as error:
            raise Invalid(error.message, field=f"{field.name}[{at}].{error.field}") from error
    return made


def _rows_input(field: Field, texts: list[list[str]], error: HouseError | None) -> Input:
    """With room for two more. The error stands beside the row it belongs to, or the whole field."""
    said, spare = refused(error.message) if error else "", [[""] * len(field.columns)] * 2
    rows = tuple(
        tuple(
            Input(field=c, value=text, error=said if error and error.field == f"{field.name}[{at}].{c.name}" else "")
            for c, text in zip(field.columns, row, strict=True)
        )
        for at, row in enumerate([*texts, *spare][: field.most])
    )
    return Input(field=field, value="; ".join(" · ".join(row) for row in texts), error=said, rows=rows)


def _in_words(found: Input) -> str:
    labels = dict(found.field.choices)
    match found.field.kind:
        case "check":
            return _("yes") if found.checked else _("no")
        case "checks":
            return ", ".join(label for value, label in found.field.choices if value in found.chosen) or _("none")
        case "grants":
            count = len(found.chosen)
            return ngettext("%(num)s right", "%(num)s rights", count) % {"num": count} if count else _("none")
        case "select":
            return labels.get(found.value, found.value) or _("empty")
        case "date" if found.value:
            return day(found.value)
        case "percent" if found.value:
            return f"{found.value} %"
        case _:
            return found.value or _("empty")
