"""What comes too late, from a central that has gone on or was put back: steps of the roster machine, each by itself."""

from __future__ import annotations

from edge.core.model import CredentialKind
from edge.sync import wire
from tests.sync.test_roster_machine import CARDS, PEOPLE, Sync


def test_what_a_restored_central_lacks_shows_as_it_is_asked_for_again() -> None:
    state = Sync()
    state.begin()
    state.central_is_backed_up()
    state.somebody_edits_at_the_desk(PEOPLE[0], "name", off=False)
    state.somebody_edits_a_card_at_the_desk(CARDS[0], PEOPLE[0], 0, deletes=False)
    state.the_wire_is_good_for_a_while(sends=True)
    state.somebody_edits_at_central(PEOPLE[0], "name", off=False, deletes=9)
    state.somebody_edits_a_card_at_central(CARDS[0], PEOPLE[0], 1, deletes=False)
    state.the_wire_is_good_for_a_while(sends=True)
    assert state.edge.write(lambda tx: tx.has_code(CARDS[0], CredentialKind.QR, "DESK-CODE-1"))
    state.central_is_put_back()
    state.hear(state.up.pop())
    state.take(state.down[1])
    state.what_was_changed_here_shows_until_central_has_decided()
    assert state.edge.write(lambda tx: tx.has_code(CARDS[0], CredentialKind.QR, "DESK-CODE-1"))
    state.teardown()


def test_a_verdict_that_a_newer_row_has_overtaken_is_asked_for_again() -> None:
    """It cannot take off what lies over the newer row."""
    state = Sync()
    state.begin()
    state.the_wire_is_good_for_a_while(sends=True)
    state.both_sides_edit_one_field(PEOPLE[0], "name", here=False, there=False)
    state.central_hears_all()
    verdict = next(message for message in state.down if isinstance(message, wire.ChangeVerdicts))
    state.somebody_edits_at_central(PEOPLE[0], "phone", off=False, deletes=9)
    state.down.remove(verdict)
    state.the_wire_is_good_for_a_while(sends=False)
    state.take(verdict)
    assert len(state.edge.write(lambda tx: tx.changes.waiting(9, 1 << 30))) == 1
    state.teardown()


def test_the_verdict_of_a_central_that_was_put_back_since_counts_for_nothing() -> None:
    state = Sync()
    state.begin()
    state.the_wire_is_good_for_a_while(sends=True)
    state.central_is_backed_up()
    state.somebody_edits_at_the_desk(PEOPLE[0], "name", off=False)
    state.central_hears_all()
    verdict = next(message for message in state.down if isinstance(message, wire.ChangeVerdicts))
    state.central_is_put_back()
    state.down.clear()
    state.hear(state.up.pop())
    state.take(state.down[1])
    state.take(verdict)
    state.settle()
    assert state.alive(PEOPLE[0])
    state.teardown()
