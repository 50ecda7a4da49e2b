"""What a file may hold, as a table: the fields of each kind, and the words that stand above such columns in four languages."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.importing import ImportKind


@dataclass(frozen=True)
class Field:
    """A field of a file. words: what its column is called (en, fr, pl, ro), folded as search does; the first is shown."""

    name: str
    words: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.words[0]


def _f(name: str, words: str) -> Field:
    return Field(name, tuple(word.strip() for word in words.split("|")))


_HOLDER = (
    _f(
        "customer_number", "customer number|customer no|client number|numero client|numer klienta|nr klienta|numar client|nr client"
    ),
    _f(
        "customer_email",
        "customer email|customer e-mail|owner email|email client|email du client|email klienta|email wlasciciela|email titular",
    ),
    _f("customer_mobile", "customer mobile|owner mobile|mobile client|komorka klienta|telefon klienta|mobil client"),
    _f("customer", "customer|owner|holder|client|titulaire|proprietaire|klient|wlasciciel|posiadacz|titular|proprietar"),
    _f(
        "company",
        "company|organisation|organization|firm|employer|societe|entreprise|firma|pracodawca|spolka|companie|societate|angajator",
    ),
)
_LIMITS = (
    _f("status", "status|state|statut|etat|stan|stare"),
    _f("valid_from", "valid from|from|start|begins|valable du|valide du|debut|wazne od|wazna od|od|valabil din|valabil de la|de la|inceput"),
    _f("valid_to", "valid to|valid until|until|expires|expiry|end|valable au|valide jusqu au|expire|fin|wazne do|wazna do|do|valabil pana la|pana la|expira|sfarsit"),
    _f("profiles", "access profiles|access profile|profiles|profile|access|profils|profil d acces|profile dostepu|profil|dostep|profiluri|acces"),
)  # fmt: skip
_TAGS = _f("tags", "tags|tag|labels|keywords|etiquettes|mots cles|etykiety|tagi|znaczniki|etichete|cuvinte cheie")

FIELDS: dict[ImportKind, tuple[Field, ...]] = {
    ImportKind.CUSTOMERS: (
        _f("number", "number|no|customer number|customer no|client number|numero|numero client|numer|nr|numer klienta|numar|numar client"),
        _f("name", "name|full name|customer|customer name|client|person|nom complet|nom et prenom|imie i nazwisko|nazwisko i imie|nazwa|nume complet|nume si prenume"),
        _f("first_name", "first name|given name|forename|firstname|prenom|imie|prenume"),
        _f("last_name", "last name|surname|family name|lastname|nom|nom de famille|nazwisko|nume|nume de familie"),
        _f("email", "email|e-mail|mail|email address|e-mail address|courriel|adresse email|adresse e-mail|adres email|adres e-mail|poczta|adresa email|adresa de email"),
        _f("mobile", "mobile|mobile phone|mobile number|cell|cell phone|portable|telephone portable|komorka|telefon komorkowy|kom|mobil|telefon mobil"),
        _f("phone", "phone|telephone|tel|phone number|landline|telephone fixe|fixe|telefon|telefon stacjonarny|nr telefonu|numar de telefon|telefon fix"),
        _f("evening_phone", "evening phone|phone evening|telephone du soir|telefon wieczorem|telefon seara"),
        _f("fax", "fax|telecopie|telefax|faks"),
        _f("contact_person", "contact person|contact|personne a contacter|osoba kontaktowa|kontakt|persoana de contact"),
        _f("company", "company|organisation|organization|firm|employer|societe|entreprise|firma|pracodawca|spolka|companie|societate|angajator"),
        _f("groups", "groups|group|groupes|groupe|grupy|grupa|grupuri|grup"),
        _f("lists", "lists|list|listes|liste|listy|lista"),
        _f("profiles", "access profiles|access profile|profiles|profile|profils|profil d acces|profile dostepu|profil|profiluri|profil de acces"),
        _TAGS,
        _f("street", "street|address|street address|address line 1|rue|adresse|ulica|adres|strada|adresa"),
        _f("postal_code", "postal code|zip|zip code|postcode|code postal|cp|kod pocztowy|kod|cod postal"),
        _f("city", "city|town|ville|miasto|miejscowosc|oras|localitate"),
        _f("country", "country|country code|pays|kraj|panstwo|tara"),
        _f("language", "language|lang|langue|jezyk|limba"),
        _f("born", "born|birthday|birth date|date of birth|dob|ne le|date de naissance|naissance|data urodzenia|urodzony|urodziny|data nasterii|nascut"),
        _f("sex", "sex|gender|sexe|genre|plec|sex gen|gen"),
        _f("citizenship", "citizenship|nationality|nationalite|citoyennete|obywatelstwo|narodowosc|cetatenie|nationalitate"),
        _f("status", "status|state|statut|etat|stan|stare"),
        _f("description", "description|note|notes|remarks|comment|remarque|commentaire|opis|uwagi|notatka|komentarz|descriere|observatii|nota"),
        _f("discount", "discount %|discount|remise|rabat|znizka|reducere"),
        _f("payment_days", "payment days|terms of payment|delai de paiement|termin platnosci|termen de plata"),
        _f("external_id", "external id|external number|foreign id|identifiant externe|id externe|identyfikator zewnetrzny|id zewnetrzne|id extern"),
        _f("external_system", "external system|system|systeme|system zewnetrzny|sistem extern|sistem"),
    ),
    ImportKind.CARDS: (
        *_HOLDER,
        _f("username", "username|card name|card|label|user name|nom de carte|carte|nazwa karty|karta|etykieta|nume card|eticheta"),
        _f("code", "code|card code|uid|card uid|card number|barcode|qr|code carte|numero de carte|kod|kod karty|numer karty|cod|cod card|numar card"),
        _f("kind", "kind|type|card type|credential|genre|type de carte|rodzaj|typ|typ karty|tip|tip card|fel"),
        *_LIMITS,
        _f("uses", "uses|entries|number of entries|utilisations|entrees|liczba wejsc|wejscia|utilizari|intrari"),
        _f("daily_limit", "daily limit|entries a day|limite par jour|limit dzienny|limita zilnica"),
    ),
    ImportKind.VEHICLES: (
        *_HOLDER,
        _f("plate", "plate|number plate|licence plate|license plate|registration|plaque|immatriculation|plaque d immatriculation|tablica|numer rejestracyjny|nr rejestracyjny|rejestracja|numar de inmatriculare|nr inmatriculare|inmatriculare"),
        _f("country", "country|plate country|pays|kraj|tara"),
        _f("brand", "brand|make|manufacturer|marque|marka|marca"),
        _f("model", "model|modele"),
        _f("year", "year|model year|annee|rok|rocznik|an|an fabricatie"),
        _f("colour", "colour|color|couleur|kolor|culoare"),
        _f("class", "class|vehicle class|vehicle type|type|categorie|type de vehicule|klasa|typ pojazdu|rodzaj|clasa|tip vehicul"),
        *_LIMITS,
        _TAGS,
    ),
}  # fmt: skip

NEEDED: dict[ImportKind, tuple[frozenset[str], ...]] = {
    ImportKind.CUSTOMERS: (frozenset({"name", "first_name", "last_name", "number", "email", "mobile", "external_id"}),),
    ImportKind.CARDS: (
        frozenset({"customer", "customer_number", "customer_email", "customer_mobile", "company", "username", "code"}),
    ),
    ImportKind.VEHICLES: (frozenset({"plate"}),),
}
"""Of each of these at least one column, or no row makes sense."""
IGNORED = ("why", "row")
"""Columns of our own file of wrong rows."""
