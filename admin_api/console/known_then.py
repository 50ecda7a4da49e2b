"""What a decision knew when it was made, in words: the facts that its event keeps."""

from __future__ import annotations

from admin_api.console import words
from admin_api.console.customer import validity
from admin_api.console.times import Times
from admin_api.parts import Parts
from edge.core.event import Event
from edge.core.facts import Holder, Kept, Pin
from edge.core.model import CredentialKind
from edge.core.place import Antipassback, Profile, Schedule, Zone
from edge.core.presence import NOWHERE


async def known_then(parts: Parts, event: Event, kept: Kept, times: Times) -> tuple[tuple[str, str], ...]:
    """What the decision knew, in words."""
    roster = parts.roster
    zones, profiles, schedules = await roster.names(Zone), await roster.names(Profile), await roster.names(Schedule)
    return tuple(_in_words(event, kept, times, zones, profiles, schedules))


def _in_words(
    event: Event, kept: Kept, times: Times, zones: dict[str, str], profiles: dict[str, str], schedules: dict[str, str]
) -> list[tuple[str, str]]:
    found = [("Direction", "Way out" if kept.way_out else "Way in")]
    if event.card:
        kind = words.KINDS[CredentialKind(event.credential)] if event.credential else "Card"
        held = kept.holder or Holder()
        found.append(("Credential", f"{kind}, {words.CARD_STATUS[held.status].lower()}"))
        if held.valid_from is not None or held.valid_to is not None:
            found.append(("Valid", validity(held.valid_from, held.valid_to, times)))
        if held.uses is not None:
            found.append(("Entries used", f"{(kept.where or NOWHERE).spent} of {held.uses}"))
    elif kept.matches > 1:
        found.append(("Registered plates that fit", str(kept.matches)))
    if kept.person:
        state = "deleted" if kept.person.deleted else words.STATUS[kept.person.status].lower()
        found.append(("Customer", f"{event.customer_name}, {state}{', blocklisted' if kept.person.blocklisted else ''}"))
    if kept.firm:
        found.append(("Company", "deleted" if kept.firm.deleted else words.STATUS[kept.firm.status].lower()))
    rights = ", ".join(
        f"{profiles.get(p, 'a profile that is gone')} ({schedules.get(s, 'hours that are gone') if s else 'always'})"
        for p, s in kept.rights
    )
    if event.card and not kept.way_out:
        found.append(("Rights to this zone", rights or "none"))
    if event.card:
        where = kept.where or NOWHERE
        place = zones.get(where.zone, "a zone that is gone") if where.zone else "outside"
        found.append(("Was", f"{place}, since {times.short(where.since)}" if where.zone else place))
    found += [(f"Mode of the {of}", words.MODES[mode].lower()) for of, mode in kept.modes]
    if kept.antipassback is not Antipassback.OFF:
        found.append(("Second way in", words.ANTIPASSBACK[kept.antipassback].lower()))
    if kept.door_fault:
        found.append(("Door fault", kept.door_fault))
    found += _more(kept, times)
    return found


def _more(kept: Kept, times: Times) -> list[tuple[str, str]]:
    """What only some access points ask for."""
    found = []
    if kept.pin is not Pin.ABSENT or kept.tries:
        found.append(("PIN", f"{PINS[kept.pin]}, {kept.tries.wrong if kept.tries else 0} wrong in a row before"))
    if kept.proof:
        found.append(("Proof", "genuine" if kept.proof.genuine else "not genuine"))
    if kept.beside:
        found.append(("Plate beside it", "registered" if kept.beside.matches == 1 else "not registered"))
    found += [("Booking", f"{times.short(start)} to {times.short(end)}") for start, end in kept.bookings]
    if kept.companion:
        found.append(("Shown just before", times.short(kept.companion.at)))
    if kept.host_inside is not None:
        found.append(("Host", "inside" if kept.host_inside else "not inside"))
    if kept.open_doors:
        found.append(("Not shut", ", ".join(kept.open_doors)))
    if kept.inside:
        found.append(("In the zone", str(kept.inside)))
    if kept.synced_at is not None:
        found.append(("Central last heard", times.short(kept.synced_at) if kept.synced_at else "never"))
    return found


PINS = {Pin.ABSENT: "none typed", Pin.RIGHT: "right", Pin.WRONG: "wrong", Pin.DURESS: "of duress"}
