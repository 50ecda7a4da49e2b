"""What is done to a customer or card beside its fields: documents, reviews, replacing, handing out, taking back."""

from __future__ import annotations

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from admin_api.auth import needs, parts_of, session_of
from admin_api.reads.conditions import Query
from admin_api.reads.quality import Finding
from admin_api.reads.summary import Summary, summary
from admin_api.rest.common import AnyRequest, Reasoned, etag, refusals, request_id, versioned
from edge.commands.card_life import HandOutCard, ReplaceCard, TakeBackCard
from edge.commands.credentials import CardMade
from edge.commands.customers import Document, RevealDocument, ReviewCustomer, SetDocument
from edge.core.model import Card, CardStatus, Permission
from edge.core.people import Customer


class DocumentFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """number: kept sealed; empty: none any more. issuer: who issued it."""

    number: str
    issuer: str = ""


class Replacement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """status: what became of the old card. code: what the reader will see; left empty, one is made."""

    reason: str
    status: CardStatus = CardStatus.INACTIVE
    code: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """How many customers have this to put right (counted up to 1000); the list of them: `/customers?finding=...`."""

    finding: Finding
    count: int


@get(
    "/customers/quality", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(), operation_id="dataQuality"
)
async def quality(request: AnyRequest) -> list[Found]:
    """What is amiss in the records: who has no company, who may be one person twice, whose record nobody reviewed."""
    roster = parts_of(request).roster
    return [Found(finding=each, count=await roster.count(Customer, Query(filters=(("finding", each),)))) for each in Finding]


@get(
    "/customers/{record_id:str}/summary", opt=needs(Permission.CUSTOMERS_VIEW), tags=["customers"], responses=refusals(404),
    operation_id="summarizeCustomer",
)  # fmt: skip
async def get_summary(request: AnyRequest, record_id: FromPath[str]) -> Summary:
    """One customer at a glance: inside, last seen, cards, vehicles, what is due, the next booking. What the role may not see is left out."""
    parts, session = parts_of(request), session_of(request)
    customer = await parts.roster.get(Customer, record_id)
    parts.views.saw(session.user, session.token, customer.id, parts.now())
    return await summary(parts.roster, parts.journal, customer, parts.now(), frozenset(p for p in Permission if session.may(p)))


@put(
    "/customers/{record_id:str}/document", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404, 413),
    operation_id="setDocument",
)  # fmt: skip
async def set_document(request: AnyRequest, record_id: FromPath[str], data: JSONBody[DocumentFields]) -> Response[Customer]:
    """Keep the number of an identity document, sealed apart from everything else."""
    return await _customer(request, SetDocument(id=record_id, number=data.number, issuer=data.issuer))


@post(
    "/customers/{record_id:str}/document/reveal", opt=needs(Permission.CUSTOMERS_REVEAL), tags=["customers"],
    responses=refusals(404, 413), status_code=200, operation_id="revealDocument",
)  # fmt: skip
async def reveal_document(request: AnyRequest, record_id: FromPath[str], data: JSONBody[Reasoned]) -> Response[Document]:
    """The number of an identity document. Every look is written down with who and why."""
    said = await parts_of(request).edge.ask(
        RevealDocument(id=record_id, reason=data.reason), Document, token=session_of(request).token, request=request_id(request)
    )
    return Response(said, headers={"Cache-Control": "no-store"})


@post(
    "/customers/{record_id:str}/review", opt=needs(Permission.CUSTOMERS_EDIT), tags=["customers"], responses=refusals(404),
    status_code=200, operation_id="reviewCustomer",
)  # fmt: skip
async def review(request: AnyRequest, record_id: FromPath[str]) -> Response[Customer]:
    """Say that somebody looked: this person's access and data still hold."""
    return await _customer(request, ReviewCustomer(id=record_id))


async def _customer(request: AnyRequest, command: SetDocument | ReviewCustomer) -> Response[Customer]:
    kept = await parts_of(request).edge.ask(command, Customer, token=session_of(request).token, request=request_id(request))
    return versioned(kept)


@post(
    "/cards/{record_id:str}/replace", opt=needs(Permission.CARDS_MANAGE), tags=["cards"], responses=refusals(404, 409, 413),
    status_code=201, operation_id="replaceCard",
)  # fmt: skip
async def replace(request: AnyRequest, record_id: FromPath[str], data: JSONBody[Replacement]) -> Response[CardMade]:
    """A new card in place of this one, which opens nothing any more. The answer says its code. Idempotency-Key: a retry makes no second one."""
    command = ReplaceCard(id=record_id, reason=data.reason, status=data.status, code=data.code)
    made = await parts_of(request).edge.ask(command, CardMade, token=session_of(request).token, request=request_id(request))
    headers = {"ETag": etag(made.card.ver), "Location": f"/api/v1/cards/{made.card.id}", "Cache-Control": "no-store"}
    return Response(made, status_code=201, headers=headers)


@post(
    "/cards/{record_id:str}/hand-out", opt=needs(Permission.CARDS_MANAGE), tags=["cards"], responses=refusals(404, 409),
    status_code=200, operation_id="handOutCard",
)  # fmt: skip
async def hand_out(request: AnyRequest, record_id: FromPath[str]) -> Response[Card]:
    """The card is in its holder's hands now."""
    return await _card(request, HandOutCard(id=record_id))


@post(
    "/cards/{record_id:str}/take-back", opt=needs(Permission.CARDS_MANAGE), tags=["cards"], responses=refusals(404, 409, 413),
    status_code=200, operation_id="takeBackCard",
)  # fmt: skip
async def take_back(request: AnyRequest, record_id: FromPath[str], data: JSONBody[Reasoned]) -> Response[Card]:
    """The card came back: it opens nothing until it is handed out again."""
    return await _card(request, TakeBackCard(id=record_id, reason=data.reason))


async def _card(request: AnyRequest, command: HandOutCard | TakeBackCard) -> Response[Card]:
    kept = await parts_of(request).edge.ask(command, Card, token=session_of(request).token, request=request_id(request))
    return versioned(kept)


HANDLERS = (quality, get_summary, set_document, reveal_document, review, replace, hand_out, take_back)
