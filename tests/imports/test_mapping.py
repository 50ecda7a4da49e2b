"""Columns are recognised in four languages, by a slip of the pen, and by what is in them; never two for one field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.imports.fields import FIELDS
from admin_api.imports.mapping import LIKELY, columns_of, names_of, plain
from edge.core.importing import ImportKind

PEOPLE, CARDS, VEHICLES = ImportKind.CUSTOMERS, ImportKind.CARDS, ImportKind.VEHICLES


def guess(kind: ImportKind, *titles: str, row: list[str] | None = None) -> dict[str, str | None]:
    return {column.name: column.field for column in columns_of(kind, list(titles), [row] if row else [])}


@pytest.mark.feature("X-28")
@pytest.mark.parametrize(
    ("kind", "titles", "fields"),
    [
        (PEOPLE, ["First name", "Surname", "E-mail address", "Mobile phone", "Zip code", "Date of birth"], ["first_name", "last_name", "email", "mobile", "postal_code", "born"]),
        (PEOPLE, ["Prénom", "Nom", "Courriel", "Téléphone portable", "Société", "Ville"], ["first_name", "last_name", "email", "mobile", "company", "city"]),
        (PEOPLE, ["Imię", "Nazwisko", "Adres e-mail", "Telefon komórkowy", "Firma", "Miejscowość", "Płeć"], ["first_name", "last_name", "email", "mobile", "company", "city", "sex"]),
        (PEOPLE, ["Prenume", "Nume", "Adresă de email", "Telefon mobil", "Companie", "Localitate", "Țară"], ["first_name", "last_name", "email", "mobile", "company", "city", "country"]),
        (CARDS, ["Customer number", "Card name", "UID", "Valid until"], ["customer_number", "username", "code", "valid_to"]),
        (CARDS, ["Numer klienta", "Nazwa karty", "Kod karty", "Ważna do"], ["customer_number", "username", "code", "valid_to"]),
        (VEHICLES, ["Właściciel", "Nr rejestracyjny", "Marka", "Model", "Rocznik", "Kolor"], ["customer", "plate", "brand", "model", "year", "colour"]),
        (VEHICLES, ["Propriétaire", "Immatriculation", "Marque", "Modèle", "Couleur"], ["customer", "plate", "brand", "model", "colour"]),
    ],
)  # fmt: skip
def test_titles_are_known_in_four_languages(kind: ImportKind, titles: list[str], fields: list[str]) -> None:
    assert list(guess(kind, *titles).values()) == fields


def test_a_slip_of_the_pen_is_likely_and_nothing_is_nothing() -> None:
    (column, other) = columns_of(PEOPLE, ["Nationalty", "Shoe size"], [["PL", "43"]])
    assert (column.field, column.score) == ("citizenship", LIKELY) and (other.field, other.score) == (None, 0.0)


def test_what_is_in_a_column_speaks_where_its_title_does_not() -> None:
    found = guess(PEOPLE, "", "Kolumna2", row=["a@example.org", "+48 600 100 200"])
    assert found == {"column 1": "email", "Kolumna2": "mobile"}


def test_our_own_columns_of_wrong_rows_are_left_out() -> None:
    assert guess(PEOPLE, "Name", "row", "why") == {"Name": "name", "row": None, "why": None}


@given(st.lists(st.sampled_from([word for field in FIELDS[PEOPLE] for word in field.words] + ["", "x", "x"]), max_size=15))
def test_no_field_is_two_columns_and_every_column_has_a_name_of_its_own(titles: list[str]) -> None:
    columns = columns_of(PEOPLE, titles, [])
    fields = [column.field for column in columns if column.field]
    assert len(set(fields)) == len(fields) and len({column.name for column in columns}) == len(titles)
    assert names_of(titles) == [column.name for column in columns]


@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_word_of_the_table_is_known_by_itself(kind: ImportKind) -> None:
    for field in FIELDS[kind]:
        for word in field.words:
            (column,) = columns_of(kind, [word.upper() + ":"], [])
            alike = {other.name for other in FIELDS[kind] if plain(word) in {plain(w) for w in other.words}}
            assert column.field in alike, (word, column)
