"""Imports in words: what the fields of a file are called, in which order kinds are offered, and what an application will do."""

from __future__ import annotations

from admin_api.console.language import N_, _, ngettext
from admin_api.console.times import Times
from admin_api.console.words.said import Words
from admin_api.imports.rows import Outlook
from edge.core.importing import ImportKind

FIELDS: Words[str] = Words(
    {
        "number": N_("Customer number"), "name": N_("Name"), "first_name": N_("First name"), "last_name": N_("Last name"), "email": N_("E-mail"),
        "mobile": N_("Mobile"), "phone": N_("Phone"), "evening_phone": N_("Phone in the evening"), "fax": N_("Fax"),
        "contact_person": N_("Contact person"), "company": N_("Company"), "groups": N_("Groups"), "lists": N_("Lists"),
        "profiles": N_("Access profiles"), "tags": N_("Tags"), "street": N_("Street"), "postal_code": N_("Postal code"), "city": N_("City"),
        "country": N_("Country"), "language": N_("Language"), "born": N_("Born"), "sex": N_("Sex"), "citizenship": N_("Citizenship"),
        "status": N_("Status"), "description": N_("Notes"), "discount": N_("Discount"), "payment_days": N_("Days to pay"),
        "external_id": N_("Number in another system"), "external_system": N_("Other system"), "customer": N_("Customer (name)"),
        "customer_number": N_("Customer's number"), "customer_email": N_("Customer's e-mail"), "customer_mobile": N_("Customer's mobile"),
        "username": N_("User name"), "code": N_("Code"), "kind": N_("Kind"), "valid_from": N_("Valid from"), "valid_to": N_("Valid until"),
        "uses": N_("Entries granted in all"), "daily_limit": N_("Entries a day"), "plate": N_("Plate"), "brand": N_("Brand"),
        "model": N_("Model"), "year": N_("Year"), "colour": N_("Colour"), "class": N_("Vehicle class"), "addresses": N_("Addresses"),
        "identities": N_("Number in another system"), "vehicle_class": N_("Vehicle class"),
    }
)  # fmt: skip
"""By the name that a file's field has in the API; the last few are what a record calls several of them."""

LEADS: Words[ImportKind] = Words(
    {
        ImportKind.CUSTOMERS: N_("A column with names, e-mail addresses, mobile numbers or customer numbers is enough. Groups, lists and profiles go by their names."),
        ImportKind.CARDS: N_("Whose a card is (e-mail, number, mobile or name of a customer), and its code. Without a code one is made."),
        ImportKind.VEHICLES: N_("The plate, and whose it is (e-mail, number, mobile or name of a customer, or a company)."),
    }
)  # fmt: skip

DELIMITERS: Words[str] = Words({";": N_("Semicolon"), ",": N_("Comma"), "\t": N_("Tab"), "|": N_("Bar")})


def field(name: str) -> str:
    """One that has no words here is shown as the file names it."""
    return FIELDS.get(name, "") or name.replace("_", " ")


def outlook(kind: ImportKind, expected: Outlook, times: Times) -> str:
    """What will be written, as a sentence."""
    n = expected.added
    added = {
        ImportKind.CUSTOMERS: ngettext("%(num)s customer will be added", "%(num)s customers will be added", n),
        ImportKind.CARDS: ngettext("%(num)s access card will be added", "%(num)s access cards will be added", n),
        ImportKind.VEHICLES: ngettext("%(num)s vehicle will be added", "%(num)s vehicles will be added", n),
    }[kind]
    out = expected.skipped + expected.wrong
    said = [
        added % {"num": times.number(n)},
        ngettext("%(num)s changed", "%(num)s changed", expected.changed) % {"num": times.number(expected.changed)},
        ngettext("%(num)s left out", "%(num)s left out", out) % {"num": times.number(out)},
    ]
    return _("%(added)s, %(changed)s, %(left_out)s.") % dict(zip(("added", "changed", "left_out"), said, strict=True))
