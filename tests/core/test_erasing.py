"""What is taken out of an event, and what is not."""

from __future__ import annotations

from msgspec.structs import replace

from edge.core.erasing import Erasing, erased_name, erased_plate, hidden, texts_of, with_texts, without_names
from edge.core.event import Event, EventKind
from edge.core.facts import Companion, Kept, Person

ADA = with_texts(
    Erasing(id="e", names={"ada": erased_name(7)}, labels={"car": erased_plate("car-0123456789")}),
    texts_of({"name": "Ada Lovelace", "email": "ada@example.org", "username": "phone", "plate": "GD 123"}),
)
SEEN = Event(
    at=1, kind=EventKind.DECISION, code="granted", customer="ada", customer_name="Ada Lovelace", card="card", card_label="phone", last4="1234",
    evidence="/p/1.jpg", note="a note", salt="00", facts=Kept(person=Person(born="1985-12-10")),
)  # fmt: skip


def test_an_event_of_the_person_keeps_what_happened_and_not_who_it_was() -> None:
    after = without_names(SEEN, ADA)
    assert after == Event(
        at=1,
        kind=EventKind.DECISION,
        code="granted",
        customer="ada",
        customer_name="Erased 7",
        card="card",
        facts=Kept(person=Person()),
    )
    assert without_names(after, ADA) is after, "doing it again changes nothing"


def test_a_vehicle_keeps_a_pseudonym_for_its_plate() -> None:
    assert without_names(replace(SEEN, card="car", card_label="GD 123"), ADA).card_label == "erased-23456789"


def test_the_house_s_own_notes_stay() -> None:
    alarm = replace(SEEN, kind=EventKind.ALARM, note="event 12")
    assert without_names(alarm, ADA).note == "event 12"


def test_events_of_others_lose_what_they_say_of_the_person_alone() -> None:
    bob = Event(
        at=1, kind=EventKind.DECISION, code="granted", customer="bob", customer_name="Bob", card="card", card_label="phone", salt="00",
        note="came with Ada Lovelace (ada@example.org)", facts=Kept(companion=Companion(holder="card", person="ada", at=1, born="1985-12-10")),
    )  # fmt: skip
    after = without_names(bob, ADA)
    assert (after.customer_name, after.card_label, after.salt) == ("Bob", "phone", "00")
    assert after.note == "came with Erased 7 (Erased 7)"
    assert after.facts and after.facts.companion and after.facts.companion.born == ""


def test_nothing_else_is_touched() -> None:
    namesake = replace(SEEN, customer="another", customer_name="Ada Lovelace", note="Ada was here")
    assert without_names(namesake, ADA) is namesake
    line = Event(
        at=1, kind=EventKind.SYSTEM, code="events_erased", customer="ada", customer_name="Erased 7", erases=((1, "00"),), salt="11"
    )
    assert without_names(line, ADA) is line


def test_single_words_and_short_ones_are_not_looked_for() -> None:
    assert texts_of({"name": "Visitor", "username": "phone", "plate": "A 1", "mobile": "601 777"}) == ["601 777"]
    assert hidden("phone of Visitor", ADA) == "phone of Visitor"
    longer_first = with_texts(ADA, ["Ada Lovelace-King"])
    assert hidden("Ada Lovelace-King", longer_first) == "Erased 7"
