"""What is said of the doors for programs."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Words
from edge.core.webhook import WebhookEvent

WEBHOOK_EVENTS: Words[WebhookEvent] = Words(
    {
        WebhookEvent.ACCESS_GRANTED: N_("Somebody was let in or out"),
        WebhookEvent.ACCESS_DENIED: N_("Somebody was refused"),
        WebhookEvent.ALERT_RAISED: N_("An alert was raised"),
        WebhookEvent.DEVICE_ONLINE: N_("A device is there again"),
        WebhookEvent.DEVICE_OFFLINE: N_("A device is gone"),
    }
)
