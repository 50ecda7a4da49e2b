"""REST under /api/v1: one shape for records, one for errors; every route names the right it needs."""

from __future__ import annotations

from litestar import Router

from admin_api.rest.account import HANDLERS as ACCOUNT
from admin_api.rest.alerts import HANDLERS as ALERTS
from admin_api.rest.audit import HANDLERS as AUDIT
from admin_api.rest.backups import HANDLERS as BACKUPS
from admin_api.rest.bulk import HANDLERS as BULK
from admin_api.rest.cameras import HANDLERS as CAMERAS
from admin_api.rest.credentials import HANDLERS as CREDENTIALS
from admin_api.rest.customers import HANDLERS as CUSTOMERS
from admin_api.rest.devices import HANDLERS as DEVICES
from admin_api.rest.doors import HANDLERS as DOORS
from admin_api.rest.entries import HANDLERS as ENTRIES
from admin_api.rest.erasing import HANDLERS as ERASING
from admin_api.rest.events import HANDLERS as EVENTS
from admin_api.rest.exports import HANDLERS as EXPORTS
from admin_api.rest.guests import HANDLERS as GUESTS
from admin_api.rest.imports import HANDLERS as IMPORTS
from admin_api.rest.keys import HANDLERS as KEYS
from admin_api.rest.merging import HANDLERS as MERGING
from admin_api.rest.payments import HANDLERS as PAYMENTS
from admin_api.rest.photos import HANDLERS as PHOTOS
from admin_api.rest.presence import HANDLERS as PRESENCE
from admin_api.rest.prints import HANDLERS as PRINTS
from admin_api.rest.records import controllers
from admin_api.rest.reviews import HANDLERS as REVIEWS
from admin_api.rest.saved_filters import HANDLERS as SAVED_FILTERS
from admin_api.rest.search import HANDLERS as SEARCH
from admin_api.rest.sessions import HANDLERS as SESSIONS
from admin_api.rest.site import HANDLERS as SITE
from admin_api.rest.sync import HANDLERS as SYNC
from admin_api.rest.webhooks import HANDLERS as WEBHOOKS


def router() -> Router:
    """Everything under /api/v1."""
    return Router(
        path="/api/v1",
        route_handlers=[
            *SESSIONS,
            *ACCOUNT,
            *KEYS,
            *WEBHOOKS,
            *AUDIT,
            *controllers(),
            *EVENTS,
            *CAMERAS,
            *ENTRIES,
            *DOORS,
            *DEVICES,
            *ALERTS,
            *CREDENTIALS,
            *CUSTOMERS,
            *GUESTS,
            *BULK,
            *MERGING,
            *ERASING,
            *PHOTOS,
            *SAVED_FILTERS,
            *REVIEWS,
            *SEARCH,
            *PAYMENTS,
            *PRESENCE,
            *SITE,
            *SYNC,
            *BACKUPS,
            *PRINTS,
            *EXPORTS,
            *IMPORTS,
        ],
    )
