"""People: customers with what is known of them, their companies, groups, lists and tags."""

from __future__ import annotations

from enum import StrEnum

from edge.core.model import Record, Status, Value


class AddressKind(StrEnum):
    """What an address is for. DELIVERY: where a card is posted."""

    HOME = "home"
    WORK = "work"
    DELIVERY = "delivery"
    BILLING = "billing"


class Address(Value, frozen=True, kw_only=True):
    """country: ISO 3166, two letters; empty: nobody said."""

    kind: AddressKind = AddressKind.HOME
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


class Purpose(StrEnum):
    """What somebody may be written to about."""

    NEWSLETTER = "newsletter"
    PROMO_SMS = "promo_sms"


class Consent(Value, frozen=True, kw_only=True):
    """A yes or no to one purpose. basis: on what ground it is held ("form of 3 May", "contract"); at: when it was given (ms)."""

    purpose: Purpose
    given: bool
    basis: str
    at: int


class ExternalIdentity(Value, frozen=True, kw_only=True):
    """Who this customer is in another system ("central", "pms", "calendar")."""

    system: str
    id: str


class Sex(StrEnum):
    UNSAID = ""
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Source(StrEnum):
    """How a customer came to be on record."""

    TELEPHONE = "telephone"
    WALK_IN = "walk_in"
    ONLINE = "online"
    IMPORT = "import"
    SYNC = "sync"


class PersonKind(StrEnum):
    """What brings somebody here. A user is staff. Guests, deliveries, contractors and services have a host, and are visitors to the rules."""

    CUSTOMER = "customer"
    USER = "user"
    GUEST = "guest"
    DELIVERY = "delivery"
    CONTRACTOR = "contractor"
    SERVICE = "service"

    @property
    def visits(self) -> bool:
        """Is this a visitor."""
        return self not in (PersonKind.CUSTOMER, PersonKind.USER)


class Company(Record, frozen=True, kw_only=True):
    """overdue_since: when its account fell due (ms); None: nothing is overdue."""

    name: str
    status: Status = Status.ACTIVE
    description: str = ""
    profiles: tuple[str, ...] = ()
    overdue_since: int | None = None
    deleted_at: int | None = None


class Group(Record, frozen=True, kw_only=True):
    """Customers who hold the same profiles."""

    name: str
    description: str = ""
    profiles: tuple[str, ...] = ()


class CustomerList(Record, frozen=True, kw_only=True):
    """A static list of customers that opens nothing: evacuation wardens, whom to write to about the regatta."""

    name: str
    description: str = ""


class Customer(Record, frozen=True, kw_only=True):
    """A person cards and vehicles belong to. number is for people, never reused; deleted_at keeps the row for the books.

    name is shown everywhere; first_name and last_name are its parts, and make it where only they are given. phone is a landline,
    evening_phone the one to ring when something is up at the gate, contact_person whom to ring about this customer. company is
    the primary one, companies are further ones. kind and host: a guest, delivery, contractor or service, and whom they come to
    (for a minor: the guardian). born: YYYY-MM-DD. citizenship: ISO 3166, two letters. has_document: an identity document is
    kept, sealed, with document_issuer. accessible: doors stay released for longer. portal_blocked: no pass on a phone; doors
    do not ask for it. account_manager: the user who looks after them. discount: hundredths of a percent off tariffs.
    payment_days: until an invoice is due; overdue_since: when the account fell due (ms). source: how they came on record;
    origin_site: at which site. reviewed_at: when somebody last looked whether all this still holds (ms). merged_into: who this
    deleted one turned out to be. erased_at: when everything that says who it was was taken out, for good (ms).
    photo: SHA-256 (hex) of a JPEG in the folder of photos; empty: there is none.
    """

    name: str
    number: int = 0
    email: str = ""
    phone: str = ""
    description: str = ""
    language: str = "en"
    status: Status = Status.ACTIVE
    blocklisted: bool = False
    company: str | None = None
    groups: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    kind: PersonKind = PersonKind.CUSTOMER
    host: str | None = None
    born: str = ""
    accessible: bool = False
    discount: int = 0
    overdue_since: int | None = None
    created_at: int = 0
    deleted_at: int | None = None
    first_name: str = ""
    last_name: str = ""
    mobile: str = ""
    evening_phone: str = ""
    fax: str = ""
    contact_person: str = ""
    addresses: tuple[Address, ...] = ()
    companies: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sex: Sex = Sex.UNSAID
    citizenship: str = ""
    has_document: bool = False
    document_issuer: str = ""
    portal_blocked: bool = False
    account_manager: str | None = None
    payment_days: int | None = None
    source: Source = Source.TELEPHONE
    origin_site: str = ""
    consents: tuple[Consent, ...] = ()
    identities: tuple[ExternalIdentity, ...] = ()
    reviewed_at: int | None = None
    merged_into: str | None = None
    erased_at: int | None = None
    photo: str = ""


class MergedField(Value, frozen=True, kw_only=True):
    """A field of the customer kept that a merge changed: as it was and as it became, in JSON."""

    name: str
    before: str
    after: str


class Merge(Record, frozen=True, kw_only=True):
    """Two customers who turned out to be one: what moved from the other to the one kept, so that it can be taken back.

    guests: customers whose host the other was. merged_at, undone_at: ms; undone_at None: it stands.
    """

    kept: str
    other: str
    fields: tuple[MergedField, ...] = ()
    cards: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()
    bookings: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    merged_at: int = 0
    merged_by: str = ""
    undone_at: int | None = None


class Erasure(Record, frozen=True, kw_only=True):
    """That a person was erased: what is left of it to say. events: of the journal, that names were taken out of.

    finished_at None: the journal and the audit are still being gone through.
    """

    customer: str
    number: int
    reason: str
    by: str
    at: int
    events: int = 0
    finished_at: int | None = None


SEVERAL = 50
"""At most so many addresses, tags, lists and the like of one customer."""

REQUIRABLE = frozenset(
    {
        "email", "phone", "mobile", "evening_phone", "contact_person", "first_name", "last_name", "born", "sex", "citizenship",
        "addresses", "company", "language", "account_manager",
    }
)  # fmt: skip
"""What a site may require of a customer (place.SitePolicy.required)."""
