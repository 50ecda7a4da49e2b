"""What a decision knew when it was made, in words: the facts that its event keeps."""

from __future__ import annotations

from admin_api.console import words
from admin_api.console.language import N_, _
from admin_api.console.lists.things import until
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
    found = [(_("Direction"), _("Way out") if kept.way_out else _("Way in"))]
    if event.card:
        kind = words.KINDS[CredentialKind(event.credential)] if event.credential else _("Card")
        held = kept.holder or Holder()
        found.append((_("Credential"), f"{kind}, {words.CARD_STATUS[held.status].lower()}"))
        if held.valid_from is not None or held.valid_to is not None:
            found.append((_("Valid"), until(held.valid_from, held.valid_to, times)))
        if held.uses is not None:
            found.append(
                (_("Entries used"), _("%(spent)s of %(granted)s") % {"spent": (kept.where or NOWHERE).spent, "granted": held.uses})
            )
    elif kept.matches > 1:
        found.append((_("Registered plates that fit"), str(kept.matches)))
    if kept.person:
        state = _("deleted") if kept.person.deleted else words.STATUS[kept.person.status].lower()
        listed = (_("blocklisted"),) if kept.person.blocklisted else ()
        found.append((_("Customer"), ", ".join((event.customer_name, state, *listed))))
    if kept.firm:
        found.append((_("Company"), _("deleted") if kept.firm.deleted else words.STATUS[kept.firm.status].lower()))
    always, gone, closed = _("always"), _("a profile that is gone"), _("hours that are gone")
    rights = ", ".join(f"{profiles.get(p, gone)} ({schedules.get(s, closed) if s else always})" for p, s in kept.rights)
    if event.card and not kept.way_out:
        found.append((_("Rights to this zone"), rights or _("none")))
    if event.card:
        where = kept.where or NOWHERE
        place = zones.get(where.zone, _("a zone that is gone")) if where.zone else _("outside")
        found.append(
            (_("Was"), _("%(zone)s, since %(when)s") % {"zone": place, "when": times.short(where.since)} if where.zone else place)
        )
    found += [(_(MODES_OF[of]), words.MODES[mode].lower()) for of, mode in kept.modes]
    if kept.antipassback is not Antipassback.OFF:
        found.append((_("Second way in"), words.ANTIPASSBACK[kept.antipassback].lower()))
    if kept.door_fault:
        found.append((_("Door fault"), kept.door_fault))
    found += _more(kept, times)
    return found


def _more(kept: Kept, times: Times) -> list[tuple[str, str]]:
    """What only some access points ask for."""
    found = []
    if kept.pin is not Pin.ABSENT or kept.tries:
        found.append(
            (
                _("PIN"),
                _("%(pin)s, %(count)s wrong in a row before")
                % {"pin": PINS[kept.pin], "count": kept.tries.wrong if kept.tries else 0},
            )
        )
    if kept.proof:
        found.append((_("Proof"), _("genuine") if kept.proof.genuine else _("not genuine")))
    if kept.beside:
        found.append((_("Plate beside it"), _("registered") if kept.beside.matches == 1 else _("not registered")))
    found += [
        (_("Booking"), _("%(start)s to %(end)s") % {"start": times.short(start), "end": times.short(end)})
        for start, end in kept.bookings
    ]
    if kept.companion:
        found.append((_("Shown just before"), times.short(kept.companion.at)))
    if kept.host_inside is not None:
        found.append((_("Host"), _("inside") if kept.host_inside else _("not inside")))
    if kept.open_doors:
        found.append((_("Not shut"), ", ".join(kept.open_doors)))
    if kept.inside:
        found.append((_("In the zone"), str(kept.inside)))
    if kept.synced_at is not None:
        found.append((_("Central last heard"), times.short(kept.synced_at) if kept.synced_at else _("never")))
    return found


PINS = words.Words({Pin.ABSENT: N_("none typed"), Pin.RIGHT: N_("right"), Pin.WRONG: N_("wrong"), Pin.DURESS: N_("of duress")})
MODES_OF = {"access point": N_("Mode of the access point"), "zone": N_("Mode of the zone"), "site": N_("Mode of the site")}
