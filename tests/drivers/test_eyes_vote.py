"""When a read becomes a reading."""

from __future__ import annotations

from edge.core.model import CredentialKind
from edge.drivers.eyes.plates import PlateRead
from edge.drivers.eyes.vote import AGAIN_LIMIT, AGAIN_PAUSE_S, MOST, Sighting, Voter
from edge.drivers.eyes.watch import sightings

QR, BARCODE, PLATE = CredentialKind.QR, CredentialKind.BARCODE, CredentialKind.PLATE


def plate(text: str, score: float = 0.9, candidates: tuple[str, ...] = ()) -> Sighting:
    return Sighting(kind=PLATE, text=text, score=score, candidates=candidates)


def texts(voter: Voter, *reads: Sighting, now: float) -> list[str]:
    return [s.text for s in voter.see(list(reads), now)]


def test_a_qr_code_is_reported_at_once_and_stays_quiet_while_it_stays() -> None:
    voter = Voter(code_gone_s=3.0)
    assert texts(voter, Sighting(QR, "A"), now=0) == ["A"]
    assert [texts(voter, Sighting(QR, "A"), now=t) for t in (0.1, 1.0, 3.5, 6.0)] == [[], [], [], []]


def test_a_code_that_left_is_reported_anew() -> None:
    voter = Voter(code_gone_s=3.0)
    assert texts(voter, Sighting(QR, "A"), now=0) == ["A"]
    assert texts(voter, Sighting(QR, "A"), now=3.1) == ["A"]


def test_two_codes_in_one_picture_are_two_readings() -> None:
    assert texts(Voter(), Sighting(QR, "A"), Sighting(QR, "B"), now=0) == ["A", "B"]


def test_barcodes_and_plates_need_two_equal_reads() -> None:
    voter = Voter()
    assert texts(voter, Sighting(BARCODE, "123"), plate("AB123"), now=0) == []
    assert texts(voter, Sighting(BARCODE, "124"), plate("XY987"), now=0.5) == []
    assert texts(voter, Sighting(BARCODE, "123"), plate("AB123"), now=1.0) == ["123", "AB123"]


def test_the_best_score_and_all_candidates_are_reported() -> None:
    voter = Voter()
    voter.see([plate("AB123", 0.7, ("A8123",))], 0)
    (report,) = voter.see([plate("AB123", 0.9, ("AB128",))], 1)
    assert (report.score, report.candidates) == (0.9, ("AB128", "A8123"))


def test_the_same_plate_with_o_for_zero_is_not_a_second_reading() -> None:
    voter = Voter()
    texts(voter, plate("AB100"), now=0)
    assert texts(voter, plate("AB100"), now=1) == ["AB100"]
    assert [texts(voter, plate("AB1O0"), now=t) for t in range(2, 8)] == [[]] * 6


def test_a_misread_between_right_reads_is_never_reported() -> None:
    voter = Voter()
    right, wrong = plate("KT4711"), plate("KT4714")
    order = [right, right, wrong, wrong, wrong, right, wrong, wrong, wrong, right, wrong]
    assert [t for i, read in enumerate(order) for t in texts(voter, read, now=i)] == ["KT4711"]


def test_the_next_car_of_a_fleet_is_read_although_its_plate_differs_by_one() -> None:
    voter = Voter()
    reads = [plate("KT4711")] * 2 + [plate("KT4712")] * 4
    assert [t for i, read in enumerate(reads) for t in texts(voter, read, now=i)] == ["KT4711", "KT4712"]


def test_a_plate_waits_until_it_is_decided() -> None:
    voter = Voter()
    texts(voter, plate("AB123"), now=0)
    assert voter.waiting(PLATE)
    texts(voter, plate("AB123"), now=1)
    assert voter.waiting(PLATE)
    voter.decided(PLATE, "AB123", again=False, now=1.1)
    assert not voter.waiting(PLATE)
    assert voter.holds(PLATE)


def test_asked_for_again_it_is_reported_after_a_pause_and_not_for_ever() -> None:
    voter = Voter()
    assert texts(voter, Sighting(QR, "A"), now=0) == ["A"]
    voter.decided(QR, "A", again=True, now=0)
    reports, now = 0, 0.0
    while now < 60:
        now += 0.5
        for text in texts(voter, Sighting(QR, "A"), now=now):
            reports += 1
            assert now >= AGAIN_PAUSE_S
            voter.decided(QR, text, again=True, now=now)
    assert reports == AGAIN_LIMIT


def test_forgetting_makes_what_stays_new() -> None:
    voter = Voter()
    texts(voter, Sighting(QR, "A"), now=0)
    voter.again()
    assert texts(voter, Sighting(QR, "A"), now=0.1) == ["A"]


def test_a_flood_of_codes_is_remembered_only_so_far() -> None:
    voter = Voter()
    voter.see([Sighting(QR, f"code {i}") for i in range(10 * MOST)], 0)
    voter.see([], 0.1)
    assert len(voter._known) <= MOST


def test_small_print_beside_a_plate_does_not_vote() -> None:
    reads = [
        PlateRead(text="KT4711", score=0.95, box=(100, 100, 200, 50)),
        PlateRead(text="2026", score=0.99, box=(10, 10, 60, 15)),
        PlateRead(text="4711", score=0.90, box=(180, 100, 120, 50)),
    ]
    assert [s.text for s in sightings(reads)] == ["KT4711"]
