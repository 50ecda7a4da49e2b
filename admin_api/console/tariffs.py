"""What a stay would cost by a tariff that is being typed: the amount, how it comes about, and how it grows with the hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar import Response, post
from litestar.datastructures import FormMultiDict

from admin_api.auth import needs, parts_of
from admin_api.console.charts import Stairs, stairs
from admin_api.console.form_page import FormPage
from admin_api.console.forms import Field, Form, Input, blank, form_id, parse, typed
from admin_api.console.language import N_, _
from admin_api.console.page import AnyRequest, render, render_piece, times_of
from admin_api.console.payments import price_line
from admin_api.console.times import Times, lasting, money, plain
from admin_api.console.words import sentence
from admin_api.parts import Parts
from edge.core.errors import Invalid
from edge.core.model import Permission
from edge.core.place import Zone
from edge.core.tariff import DAY, MINUTE_MS, MOST_STEPS, MOST_TAXES, Tariff, Visit, price, problems

PATH = "/site/tariffs"
STAYS = (30, 60, 120, 240, 480, DAY, 3 * DAY)
"""Quick choices, minutes."""
SPANS = {DAY: 360, 3 * DAY: DAY, 7 * DAY: DAY, 30 * DAY: 5 * DAY}
"""How far a curve goes (the first that the stay is within), and how far its marks are apart, minutes."""
POINTS = 144

ASKED = (
    Field(name="stay", label=N_("A stay of")),
    Field(name="came", label=N_("Comes at"), kind="time"),
    Field(name="left", label=N_("Leaves at"), kind="time"),
    Field(name="discount", label=N_("Discount of the customer in percent"), kind="percent"),
)


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """What a stay costs. problem: why that cannot be said (yet); figures: (stay, amount) of the quick choices."""

    problem: str = ""
    lasted: str = ""
    total: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    curve: Stairs | None = None
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TariffPage(FormPage):
    """The form of a tariff with the calculator beside it. asked: its inputs; zones: (id, name) of those that cost this."""

    template = "tariff.html"
    id: str
    asked: dict[str, Input]
    stays: tuple[tuple[str, str], ...]
    reckoned: Reckoned
    zones: tuple[tuple[str, str], ...]


async def tariff_fields(parts: Parts, new: bool) -> tuple[Field, ...]:
    return (
        Field(name="name", label=N_("Name"), required=True),
        Field(name="currency", label=N_("Currency"), required=True, hint=N_("Three letters, as on a bank statement: EUR, CHF, PLN.")),
        Field(
            name="steps", label=N_("Prices"), kind="rows", most=MOST_STEPS, group=N_("What a stay costs"), hint=N_("One after the other from entering. A unit that was started is paid in full; the last line holds for ever."),
            columns=(
                Field(name="minutes", label=N_("Holds for, minutes"), kind="number", hint=N_("for ever")),
                Field(name="unit", label=N_("Each unit, minutes"), kind="number", required=True), Field(name="price", label=N_("Price of a unit"), kind="money", required=True),
            ),
        ),
        Field(name="free_minutes", label=N_("Free minutes"), kind="number", required=True, group=N_("What a stay costs"), hint=N_("A longer stay pays from its first minute.")),
        Field(name="daily_cap", label=N_("Most for 24 hours"), kind="money", group=N_("What a stay costs"), hint=N_("Counted from entering. Empty: no limit.")),
        Field(
            name="taxes", label=N_("Taxes added to the price"), kind="rows", most=MOST_TAXES, group=N_("Taxes and paying"), hint=N_("None, one or two. The number is printed on receipts."),
            columns=(Field(name="name", label=N_("Name")), Field(name="number", label=N_("Number")), Field(name="rate", label=N_("Percent"), kind="percent")),
        ),
        Field(name="rounding", label=N_("Round to"), kind="money", required=True, group=N_("Taxes and paying"), hint=N_("The smallest amount you ask for, such as 0.05.")),
        Field(name="grace_minutes", label=N_("Time to leave after paying"), kind="number", required=True, group=N_("Taxes and paying"), hint=N_("Minutes.")),
    )  # fmt: skip


async def around(parts: Parts, plain: FormPage, id: str) -> TariffPage:
    """The form's page with a calculator, at first for two hours."""
    times = times_of(parts)
    return await _page(parts, plain, id, blank(ASKED, action="", submit="", back="", stay="120"), times)


async def _page(parts: Parts, plain: FormPage, id: str, asked: Form, times: Times) -> TariffPage:
    zones = [z for z in await parts.roster.every(Zone) if id and z.tariff == id]
    shown = {
        name: getattr(plain, name)
        for name in ("title", "section", "form", "parent", "parent_href", "lead", "delete_to", "delete_says")
    }
    inputs = {i.field.name: i for i in asked.inputs}
    fields = tuple(i.field for i in plain.form.inputs)
    return TariffPage(
        **shown, id=id, asked=inputs, stays=tuple((str(m), lasting(m)) for m in STAYS), zones=tuple((z.id, z.name) for z in zones),
        reckoned=reckon(fields, _typed(plain.form), inputs, times),
    )  # fmt: skip


def _typed(form: Form) -> FormMultiDict:
    """What is in a form, as it would be sent."""
    pairs: list[tuple[str, Any]] = []
    for i in form.inputs:
        pairs += [(f"{i.field.name}.{c.field.name}", c.value) for row in i.rows for c in row] or [(i.field.name, i.value)]
    return FormMultiDict(pairs)


# ---------------------------------------------------------------------------------------------------- what it costs


def reckon(fields: tuple[Field, ...], data: FormMultiDict, asked: dict[str, Input], times: Times) -> Reckoned:
    """By the tariff as it stands in the form, saved or not."""
    try:
        tariff = _tariff(fields, data, times)
        visit = _visit(asked, times)
    except Invalid as error:
        return Reckoned(problem=sentence(error.message))
    found = price(tariff, visit, times.now)
    cost = {m: price(tariff, _stay(m, visit.discount), times.now).total for m in STAYS}
    span = next((s for s in SPANS if found.minutes <= s), max(SPANS))
    points = [(m, price(tariff, _stay(m, visit.discount), times.now).total) for m in range(0, span + 1, span // POINTS)]
    dot = (found.minutes, found.total) if found.minutes <= span else None
    marks = [(m, lasting(m) if m else "0") for m in range(0, span + 1, SPANS[span])]
    return Reckoned(
        lasted=lasting(found.minutes), total=money(found.total, tariff.currency), lines=tuple(price_line(line, tariff.currency) for line in found.lines),
        curve=stairs(points, marks, lambda amount: plain(amount, tariff.currency), dot), figures=tuple((lasting(m), money(amount, tariff.currency)) for m, amount in cost.items()),
    )  # fmt: skip


def _tariff(fields: tuple[Field, ...], data: FormMultiDict, times: Times) -> Tariff:
    """Raises Invalid, as saving it would."""
    if not str(data.get("currency", "")).strip():
        raise Invalid(_("Name the currency first."))
    values = parse(fields, data, times)
    if not values["steps"]:
        raise Invalid(_("Type the price of a unit, and what is charged is worked out here."))
    tariff = msgspec.convert({**values, "id": "typed"}, Tariff)
    for _field, message in problems(tariff):
        raise Invalid(message)
    return tariff


def _visit(asked: dict[str, Input], times: Times) -> Visit:
    """Raises Invalid."""
    data = FormMultiDict([(name, i.value) for name, i in asked.items()])
    values = parse(tuple(i.field for i in asked.values()), data, times)
    if values["stay"] in (str(m) for m in STAYS):
        return _stay(int(values["stay"]), values["discount"])
    if values["came"] is None or values["left"] is None:
        raise Invalid(_("Say when somebody comes and when they leave."))
    if values["left"] < values["came"]:
        raise Invalid(_("They leave before they come."))
    return Visit(entered_at=values["came"], left_at=values["left"], discount=values["discount"])


def _stay(minutes: int, discount: int) -> Visit:
    return Visit(entered_at=0, left_at=minutes * MINUTE_MS, discount=discount)


@post(f"{PATH}/price", opt=needs(Permission.SITE_MANAGE), status_code=200)
async def price_page(request: AnyRequest) -> Response[str]:
    """What is being typed, reckoned: for htmx the calculator's answer, without a script the whole page with all that was typed."""
    parts, data, times = parts_of(request), await request.form(), times_of(parts_of(request))
    id = str(data.get("of", ""))[:80]
    record = await parts.roster.find(Tariff, id)
    nothing = Invalid("")
    action = f"{PATH}/{id}" if record else f"{PATH}/new"
    form = typed(
        await tariff_fields(parts, record is None),
        data,
        action=action,
        submit=_("Save") if record else _("Add tariff"),
        back=PATH,
        error=nothing,
    )
    asked = typed(ASKED, data, action="", submit="", back="", error=nothing)
    plain = FormPage(
        title=record.name if record else _("New tariff"), section="site", form=replace(form, problem="", request=form_id(data)), parent=_("Tariffs"), parent_href=PATH,
        delete_to=f"{action}/delete" if record else "", delete_says=_("Only a tariff that no zone has can be deleted."),
    )  # fmt: skip
    page = await _page(parts, plain, record.id if record else "", asked, times)
    if request.headers.get("hx-request"):
        return await render_piece(request, page, "tariff_price.html")
    return await render(request, page)


HANDLERS = (price_page,)
