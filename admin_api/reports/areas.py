"""What can be exported, as a table: right, title, columns, where rows come from and in which order they are read."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.reads.entries import PAYMENT as PAYMENT_STATE
from admin_api.reports.columns import Column, Kind, money, yes
from edge.core.model import Card, Record, Vehicle
from edge.core.people import Company, Customer
from edge.core.place import Booking
from edge.core.saved import ExportArea, ExportFormat

A, C, K = ExportArea, Column, Kind


@dataclass(frozen=True, kw_only=True)
class Area:
    """One kind of list. base: the table that is walked, as `t`; join: what its columns need beside it.

    key: its primary key: a table is read as it lies on the disk (by name, each row would be a random page of a card: 500 times
    slower on first touch), so lists are in the order they were made; down: from the last to the first. kind: the record whose list it is.
    """

    title: str
    base: str
    key: str
    columns: tuple[Column, ...]
    join: str = ""
    down: bool = False
    kind: type[Record] | None = None

    @property
    def paper(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.paper)


def _held(table: str, owner: str, column: str, names: str) -> str:
    """The names of what a record belongs to, comma between."""
    return f"(SELECT group_concat(x.name, ', ') FROM roster.{table} m JOIN roster.{names} x ON x.id = m.{column} WHERE m.{owner} = t.id)"


_TAGS = "(SELECT group_concat(tag, ', ') FROM roster.tagged WHERE owner = t.id)"
_PROFILES = _held("profile_grant", "holder", "profile", "profile")
_OF_SOMEBODY = (
    " LEFT JOIN roster.customer u ON u.id = t.customer LEFT JOIN roster.company co ON co.id = ifnull(t.company, u.company)"
)
_VISITOR = " LEFT JOIN roster.customer u ON u.id = n.customer LEFT JOIN roster.company co ON co.id = u.company"

AREAS: dict[ExportArea, Area] = {
    A.CUSTOMERS: Area(
        title="Customers", base="roster.customer t", key="t.id", kind=Customer,
        join=" LEFT JOIN roster.company co ON co.id = t.company LEFT JOIN roster.customer h ON h.id = t.host",
        columns=(
            C("Number", "t.number", K.NUMBER, paper=True), C("Name", "t.name", paper=True), C("First name", "t.first_name"),
            C("Last name", "t.last_name"), C("E-mail", "t.email", paper=True), C("Mobile", "t.mobile", paper=True),
            C("Phone", "t.phone", paper=True), C("Evening phone", "t.evening_phone"), C("Fax", "t.fax"), C("Contact person", "t.contact_person"),
            C("Company", "co.name", paper=True), C("Kind", "t.kind", K.CODE), C("Status", "t.status", K.CODE, paper=True),
            C("Block list", yes("t.blocklisted"), K.CODE), C("Groups", _held("group_member", "customer", "member_of", "customer_group")),
            C("Lists", _held("list_member", "customer", "list", "customer_list")), C("Tags", _TAGS), C("Access profiles", _PROFILES),
            C("Street", "t.addresses ->> '$[0].street'"), C("Postal code", "t.addresses ->> '$[0].postal_code'"),
            C("City", "t.addresses ->> '$[0].city'"), C("Country", "t.addresses ->> '$[0].country'"), C("Language", "t.language"),
            C("Born", "t.born", K.CODE), C("Host", "h.name"), C("Discount %", "t.discount / 100.0", K.NUMBER),
            C("Source", "t.source", K.CODE), C("Description", "t.description"), C("On record since", "t.created_at", K.TIME),
            C("Id", "t.id", K.CODE),
        ),
    ),
    A.COMPANIES: Area(
        title="Companies", base="roster.company t", key="t.id", kind=Company,
        columns=(
            C("Name", "t.name", paper=True), C("Status", "t.status", K.CODE, paper=True), C("Description", "t.description", paper=True),
            C("Access profiles", _PROFILES, paper=True), C("Overdue since", "t.overdue_since", K.TIME, paper=True),
            C("Customers", "(SELECT count(*) FROM roster.customer WHERE company = t.id AND deleted_at IS NULL)", K.NUMBER, paper=True),
            C("Id", "t.id", K.CODE),
        ),
    ),
    A.CARDS: Area(
        title="Access cards", base="roster.card t", key="t.id", kind=Card, join=_OF_SOMEBODY,
        columns=(
            C("Customer", "u.name", paper=True), C("Customer number", "u.number", K.NUMBER), C("Company", "co.name", paper=True),
            C("Label", "t.username", paper=True), C("Kind", "t.kind", K.CODE, paper=True), C("Last four", "t.last4", paper=True),
            C("Status", "t.status", K.CODE, paper=True), C("Valid from", "t.valid_from", K.TIME, paper=True),
            C("Valid to", "t.valid_to", K.TIME, paper=True), C("Uses granted", "t.uses", K.NUMBER),
            C("Uses spent", "(SELECT spent FROM presence WHERE holder = t.id)", K.NUMBER), C("Daily limit", "t.daily_limit", K.NUMBER),
            C("Access profiles", _PROFILES), C("Handed out", "t.handed_out_at", K.TIME), C("Taken back", "t.taken_back_at", K.TIME),
            C("Made", "t.created_at", K.TIME), C("Id", "t.id", K.CODE),
        ),
    ),
    A.VEHICLES: Area(
        title="Vehicles", base="roster.vehicle t", key="t.id", kind=Vehicle, join=_OF_SOMEBODY,
        columns=(
            C("Plate", "t.plate", paper=True), C("Country", "t.country", paper=True), C("Brand", "t.brand", paper=True),
            C("Model", "t.model", paper=True), C("Year", "t.year", K.NUMBER), C("Colour", "t.colour", paper=True),
            C("Class", "t.vehicle_class", K.CODE), C("Customer", "u.name", paper=True), C("Customer number", "u.number", K.NUMBER),
            C("Company", "co.name", paper=True), C("Status", "t.status", K.CODE, paper=True), C("Valid from", "t.valid_from", K.TIME),
            C("Valid to", "t.valid_to", K.TIME), C("Tags", _TAGS), C("Access profiles", _PROFILES), C("Made", "t.created_at", K.TIME),
            C("Id", "t.id", K.CODE),
        ),
    ),
    A.BOOKINGS: Area(
        title="Bookings", base="roster.booking t", key="t.id", kind=Booking,
        join=" LEFT JOIN roster.customer u ON u.id = t.customer LEFT JOIN roster.company co ON co.id = u.company"
        " LEFT JOIN roster.zone z ON z.id = t.zone",
        columns=(
            C("Customer", "u.name", paper=True), C("Customer number", "u.number", K.NUMBER), C("Company", "co.name", paper=True),
            C("Zone", "z.name", paper=True), C("From", "t.from_at", K.TIME, paper=True), C("To", "t.to_at", K.TIME, paper=True),
            C("State", "t.state", K.CODE, paper=True), C("Note", "t.note", paper=True), C("Made by", "t.made_by", paper=True),
            C("Made", "t.created_at", K.TIME), C("Id", "t.id", K.CODE),
        ),
    ),
    A.ENTRIES: Area(
        title="Entries", base="entry n", key="n.in_seq", down=True, join=_VISITOR + " LEFT JOIN roster.zone z ON z.id = n.zone",
        columns=(
            C("Number", "n.in_seq", K.NUMBER, paper=True), C("Customer", "ifnull(u.name, n.label)", paper=True),
            C("Customer number", "u.number", K.NUMBER), C("Company", "co.name", paper=True), C("Card or vehicle", "n.label", paper=True),
            C("Zone", "z.name", paper=True), C("In", "n.in_at", K.TIME, paper=True), C("Out", "n.out_at", K.TIME, paper=True),
            C("Minutes", "(n.out_at - n.in_at) / 60000", K.NUMBER, paper=True), C("Flag", "n.flag", K.CODE),
            C("Total", money("n.total", "n.currency"), K.NUMBER, paper=True), C("Paid", money("n.paid", "n.currency"), K.NUMBER),
            C("Currency", "n.currency", K.CODE, paper=True), C("Payment", PAYMENT_STATE, K.CODE, paper=True),
        ),
    ),
    A.EVENTS: Area(
        title="Events", base="event e", key="e.seq", down=True,
        columns=(
            C("Number", "e.seq", K.NUMBER, paper=True), C("Time", "e.at", K.TIME, paper=True), C("Kind", "e.kind", K.CODE, paper=True),
            C("Code", "e.code", K.CODE, paper=True), C("Outcome", "e.outcome", K.CODE, paper=True),
            C("Access point", "e.body ->> '$.access_point_name'", paper=True), C("Door", "e.body ->> '$.door'"),
            C("Customer", "e.body ->> '$.customer_name'", paper=True), C("Card or vehicle", "e.body ->> '$.card_label'", paper=True),
            C("Credential", "e.body ->> '$.credential'", K.CODE), C("Last four", "e.body ->> '$.last4'", paper=True),
            C("Reader", "e.body ->> '$.reader'"), C("Operator", "e.body ->> '$.actor'", paper=True), C("Note", "e.body ->> '$.note'"),
        ),
    ),
    A.PAYMENTS: Area(
        title="Payments", base="payment p", key="p.id", down=True,
        join=" LEFT JOIN entry n ON n.in_seq = p.entry" + _VISITOR,
        columns=(
            C("Number", "p.id", K.NUMBER, paper=True), C("Taken", "p.taken_at", K.TIME, paper=True),
            C("Customer", "ifnull(u.name, n.label)", paper=True), C("Customer number", "u.number", K.NUMBER),
            C("Company", "co.name", paper=True), C("Entry", "p.entry", K.NUMBER, paper=True),
            C("Amount", money("p.amount", "p.currency"), K.NUMBER, paper=True),
            C("Refunded", money("p.refunded", "p.currency"), K.NUMBER, paper=True), C("Currency", "p.currency", K.CODE, paper=True),
            C("Method", "p.method", K.CODE, paper=True), C("State", "p.state", K.CODE, paper=True),
            C("Taken by", "p.taken_by", paper=True), C("Note", "p.note"),
        ),
    ),
    A.REVIEWS: Area(
        title="Access review", base="roster.review_item t", key="t.id",
        join=" JOIN roster.access_review r ON r.id = t.review LEFT JOIN roster.customer u ON u.id = t.customer"
        " LEFT JOIN roster.company co ON co.id = u.company",
        columns=(
            C("Review", "r.name", paper=True), C("Customer number", "t.number", K.NUMBER, paper=True), C("Customer", "u.name", paper=True),
            C("Company", "co.name", paper=True), C("Cards", "json_array_length(t.cards)", K.NUMBER, paper=True),
            C("Vehicles", "json_array_length(t.vehicles)", K.NUMBER, paper=True), C("Verdict", "t.verdict", K.CODE, paper=True),
            C("Taken away", "t.how", K.CODE), C("By", "t.by", paper=True), C("Decided", "t.at", K.TIME, paper=True),
            C("Reason", "t.note", paper=True), C("Result SHA-256", "r.result", K.CODE), C("Event", "nullif(r.event, 0)", K.NUMBER),
        ),
    ),
}  # fmt: skip

ENDINGS: dict[ExportFormat, str] = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    ExportFormat.PDF: "application/pdf",
    ExportFormat.HTML: "text/html; charset=utf-8",
    ExportFormat.VCF: "text/vcard; charset=utf-8",
}
"""The media type of each format."""
