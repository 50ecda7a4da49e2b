"""Examples of the API document: a body for every request that has one, answers worth seeing, and a problem for each status.

IDS are of a made-up site: a zone, a profile, a customer with a card. A test sends every body to a site where they exist.
"""

from __future__ import annotations

from typing import Any

from admin_api.errors import STATUS, TITLES

IDS = {
    name: f"019a2c3e-7d00-7000-8000-{n:012d}"
    for n, name in enumerate(
        (
            "customer",
            "twin",
            "company",
            "group",
            "list",
            "card",
            "vehicle",
            "zone",
            "point",
            "profile",
            "schedule",
            "role",
            "user",
            "booking",
        ),
        start=1,
    )
}
"""Ids by what they are of."""
FROM, TO = 4070908800000, 4070995200000  # 1 and 2 January 2099: examples of things to come stay so
_WHY = {"reason": "asked for at the desk"}

BODIES: dict[str, dict[str, Any]] = {
    "AgainRequest": {"reason": "Ada called again"},
    "Credentials": {"login": "ada", "password": "correct horse", "code": ""},
    "PasswordAgain": {"password": "correct horse"},
    "FirstCode": {"code": "492039"},
    "Reasoned": _WHY,
    "KeyFields": {"name": "till", "scopes": ["customers.view"], "per_minute": 120},
    "ApiKeyChanges": {"name": "the other till", "per_minute": 60},
    "WebhookFields": {"name": "alarm desk", "url": "http://127.0.0.1:9000/gatelatch", "events": ["access.denied", "alert.raised"]},
    "WebhookChanges": {"active": False},
    "CustomerFields": {
        "name": "Ada Kowalska", "email": "ada.kowalska@example.org", "mobile": "+48 600 700 800", "language": "pl",
        "company": IDS["company"], "groups": [IDS["group"]], "profiles": [IDS["profile"]], "tags": ["berth 14"],
        "addresses": [{"kind": "home", "street": "Portowa 3", "postal_code": "81-350", "city": "Gdynia", "country": "PL"}],
        "consents": [{"purpose": "newsletter", "given": True, "basis": "form of 3 May", "at": 1746230400000}],
    },
    "CustomerChanges": {"description": "prefers the side gate", "tags": ["berth 14", "season"]},
    "CompanyFields": {"name": "Harbour Works", "description": "Repairs on pier 2"},
    "CompanyChanges": {"description": "Repairs on piers 2 and 3"},
    "GroupFields": {"name": "Season 2027", "profiles": [IDS["profile"]]},
    "GroupChanges": {"description": "from April to October"},
    "CustomerListFields": {"name": "Evacuation wardens"},
    "CustomerListChanges": {"description": "one for each pier"},
    "GuestFields": {"name": "Piotr the plumber", "kind": "contractor", "host": IDS["customer"], "valid_from": FROM, "valid_to": TO, "uses": 2, "plate": "GA 4411"},
    "CardFields": {"customer": IDS["customer"], "kind": "qr", "username": "ada-2", "valid_to": TO, "uses": 10},
    "CardChanges": {"valid_to": TO, "status": "suspended"},
    "VehicleFields": {
        "customer": IDS["customer"], "plate": "GD 1234K", "country": "PL", "brand": "Skoda", "model": "Fabia", "year": 2021, "colour": "red",
    },
    "VehicleChanges": {"colour": "blue"},
    "ZoneFields": {"name": "Pier 2", "capacity": 40},
    "ZoneChanges": {"capacity": 45},
    "ScheduleFields": {"name": "Working days", "windows": [{"days": [0, 1, 2, 3, 4], "start": 420, "end": 1140}]},
    "ScheduleChanges": {"holidays": [{"date": "2026-12-25", "name": "Christmas"}]},
    "ProfileFields": {"name": "Residents", "zones": [{"zone": IDS["zone"]}]},
    "ProfileChanges": {"escort": True},
    "AccessPointFields": {"name": "North side gate", "door": "north", "to_zone": IDS["zone"]},
    "AccessPointChanges": {"strike_ms": 4000},
    "AlertRuleFields": {"kind": "denials", "threshold": 5, "window_minutes": 10},
    "AlertRuleChanges": {"threshold": 3},
    "TariffFields": {"name": "Day visitors", "currency": "PLN", "steps": [{"unit": 60, "price": 500}], "free_minutes": 15},
    "TariffChanges": {"free_minutes": 20},
    "DeviceFields": {"wired": {"driver": "serial", "name": "side scanner", "access_point": IDS["point"], "port": "/dev/serial/by-id/usb-scanner-if00"}},
    "BookingFields": {"customer": IDS["customer"], "zone": IDS["zone"], "from_at": FROM, "to_at": TO},
    "BookingChanges": {"note": "arrives late"},
    "PassKeyFields": {"name": "central, 2027", "key": "H27", "public": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
    "PassKeyChanges": {"name": "central, old"},
    "ScheduledExportFields": {
        "name": "Who came, weekly", "area": "entries", "format": "xlsx", "cron": "0 6 * * 1", "folder": "/var/lib/gatelatch-desk/weekly",
        "filters": [["zone", IDS["zone"]]],
    },
    "ScheduledExportChanges": {"active": False},
    "UserFields": {"login": "jan", "name": "Jan Nowak", "role": IDS["role"], "password": "a long way to Gdynia", "zones": [IDS["zone"]]},
    "UserChanges": {"time_zone": "Europe/Warsaw"},
    "Preferences": {"language": "pl", "time_zone": "Europe/Warsaw"},
    "RoleFields": {"name": "Harbour master", "rights": ["customers.view", "events.view", "doors.open"]},
    "RoleChanges": {"rights": ["customers.view", "events.view"]},
    "RemedyRequest": {"remedy": "activate_card", "reason": "known at the desk"},
    "UnlockRequest": _WHY,
    "HoldRequest": {"reason": "a lorry is unloaded", "until": TO},
    "ExplainRequest": {"access_point": "North in", "kind": "qr", "code": "K7QF2M9XW4"},
    "AcknowledgeRequest": {"note": "the hinge was mended"},
    "PinFields": {"pin": "4711", "reason": "asked for at the desk"},
    "PassFields": {"name": "Day guest", "zones": [IDS["zone"]], "valid_from": FROM, "valid_to": TO, "uses": 1, "reason": "open day"},
    "DocumentFields": {"number": "ABC 123456", "issuer": "City of Gdynia"},
    "Replacement": {"reason": "lost on the beach", "status": "lost"},
    "Selection": {"all": True, "filters": {"status": "active", "tag": "berth 14"}},
    "BulkWanted": {"selection": {"ids": [IDS["customer"]]}, "action": "tag", "what": "season", "reason": "spring letter"},
    "MergeFields": {"other": IDS["twin"], "take": ["phone"], "reason": "the same person twice"},
    "PaymentFields": {"method": "card", "note": "at the booth"},
    "RefundFields": {"reason": "charged twice", "amount": 500},
    "VoidFields": {"reason": "typed at the wrong visit"},
    "PresenceFields": {"reason": "left through the fire door", "zone": None},
    "CountFields": {"by": 1, "reason": "counted by hand"},
    "ResetFields": {"reason": "closed for the night"},
    "ModeFields": {"mode": "card_only", "zone": IDS["zone"], "reason": "market day", "until": TO},
    "SitePolicyChanges": {"shared_mobile": True},
    "CancelFields": {"reason": "the boat stays in Sopot"},
    "PrintRequest": {"ids": [IDS["card"]], "reason": "first card", "layout": "card", "format": "pdf"},
    "ExportRequest": {"area": "customers", "format": "xlsx", "filters": {"status": "active"}},
    "EraseFields": {"confirm": 1042, "reason": "asked for in writing, 3 May"},
    "MappingRequest": {"columns": {"E-mail": "email", "Nickname": None}},
    "ChoiceRequest": {"choice": "update"},
    "ApplyRequest": {"skip_wrong": True, "duplicates": "update"},
    "UndoRequest": {"reason": "the wrong file"},
    "SavedFilterFields": {"name": "Season", "area": "customers", "filters": [["tag", "season"], ["created_from", "-90d"]], "shared": True},
    "SavedFilterChanges": {"shared": False},
    "ReviewFields": {"name": "Autumn 2098", "due_at": FROM, "filters": {"status": "active"}},
    "ReviewDecision": {"customers": [IDS["customer"]], "verdict": "revoked", "how": "cards", "reason": "left in May"},
    "StatementRequest": {"customer": IDS["customer"], "from": "2026-01-01", "to": "2026-03-31"},
}  # fmt: skip
"""By the name of the body's schema."""

ANSWERS: dict[str, dict[str, Any]] = {
    "Customer": {
        "id": IDS["customer"], "ver": 3, "number": 1042, "name": "Ada Kowalska", "email": "ada.kowalska@example.org", "language": "pl",
        "status": "active", "profiles": [IDS["profile"]], "created_at": 1767225600000,
    },
    "Card": {"id": IDS["card"], "ver": 1, "kind": "qr", "username": "ada", "last4": "9XW4", "customer": IDS["customer"], "status": "active"},
    "Vehicle": {"id": IDS["vehicle"], "ver": 1, "plate": "GD1234K", "country": "PL", "customer": IDS["customer"], "status": "active"},
}  # fmt: skip
"""By the name of the answer's schema; what is at its default is left out, as in real answers."""

_SAID = {
    "invalid": ("at most 40 characters", "name"),
    "not_signed_in": ("sign in first", ""),
    "forbidden": ("your role does not include customers.edit", ""),
    "not_found": ("there is no such customer", "id"),
    "conflict": ("somebody else has this e-mail address", "email"),
    "stale": ("it was changed in the meantime: read it again", "ver"),
    "too_large": ("a request is at most 1 MB", ""),
    "too_many": ("too many requests; try again in 2 s", ""),
    "busy": ("this takes too long to look up; narrow the search", ""),
}
PROBLEM: dict[int, dict[str, Any]] = {
    STATUS[code]: {
        "type": f"urn:gatelatch:problem:{code}", "title": TITLES[code], "status": STATUS[code], "detail": detail, "code": code, "field": field,
    }
    for code, (detail, field) in _SAID.items()
}  # fmt: skip
"""By status."""
