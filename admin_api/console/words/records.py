"""What is said of customers, cards and payments, and of what was done with them."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Toned, Words
from edge.core.model import CardStatus, CredentialKind, Status
from edge.core.payment import PaymentMethod
from edge.core.people import AddressKind

KINDS: Words[CredentialKind] = Words(
    {
        CredentialKind.QR: N_("QR code"),
        CredentialKind.BARCODE: N_("Barcode"),
        CredentialKind.UID: N_("Card or tag"),
        CredentialKind.PLATE: N_("Number plate"),
        CredentialKind.PIN: N_("PIN"),
        CredentialKind.ROTATING_QR: N_("Rotating QR code"),
        CredentialKind.SIGNED_PASS: N_("Signed pass"),
    }
)
STATUS: Words[Status] = Words(
    {
        Status.ACTIVE: N_("Active"),
        Status.INACTIVE: N_("Inactive"),
        Status.SUSPENDED: N_("Suspended"),
        Status.INVITED: N_("Invited"),
    }
)
CARD_STATUS: Words[CardStatus] = Words(
    {
        CardStatus.ACTIVE: N_("Active"),
        CardStatus.INACTIVE: N_("Inactive"),
        CardStatus.SUSPENDED: N_("Suspended"),
        CardStatus.LOST: N_("Lost"),
        CardStatus.STOLEN: N_("Stolen"),
    }
)
METHODS: Words[PaymentMethod] = Words(
    {
        PaymentMethod.CASH: N_("Cash"),
        PaymentMethod.CARD: N_("Card"),
        PaymentMethod.TRANSFER: N_("Bank transfer"),
        PaymentMethod.VOUCHER: N_("Voucher"),
        PaymentMethod.ACCOUNT: N_("Account"),
    }
)
PAYMENT_STATES: Toned[str] = Toned(
    {
        "none": ("", "dim"),
        "unpaid": (N_("Unpaid"), "warn"),
        "pending": (N_("Pending"), "info"),
        "paid": (N_("Paid"), "ok"),
        "refunded": (N_("Refunded"), "dim"),
        "voided": (N_("Voided"), "dim"),
    }
)
"""A visit's or payment's state: word and tone."""
ADDRESSES: Words[AddressKind] = Words(
    {
        AddressKind.HOME: N_("Home address"),
        AddressKind.WORK: N_("Work address"),
        AddressKind.DELIVERY: N_("Delivery address"),
        AddressKind.BILLING: N_("Billing address"),
    }
)
FLAGS: Words[str] = Words(
    {
        "doubtful": N_("Unclear"),
        "ghost": N_("Closed by a second way in"),
        "void": N_("Did not take place"),
        "corrected": N_("Set by hand"),
    }
)
"""What is remarked of a visit."""
LANGUAGES: Words[str] = Words({"en": N_("English"), "fr": N_("French"), "pl": N_("Polish"), "ro": N_("Romanian")})
"""What a customer is written to in."""
COMMANDS: Words[str] = Words(
    {
        "add": N_("added"),
        "edit": N_("changed"),
        "delete": N_("deleted"),
        "restore": N_("restored"),
        "snapshot": N_("came with the whole list"),
        "delta": N_("changed at the central server"),
    }
)


def change(command: str) -> str:
    """ "customers.edit" -> "changed"."""
    return COMMANDS.get(command.rpartition(".")[2], command)
