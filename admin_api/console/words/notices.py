"""What a page says after a change."""

from __future__ import annotations

from admin_api.console.language import N_
from admin_api.console.words.said import Words

NOTICES: Words[str] = Words(
    {
        "saved": N_("Saved."),
        "done": N_("Done; written down with your reason."),
        "view-saved": N_("The view is kept: find it under Views."),
        "added": N_("Added."),
        "set-up": N_("Set up: it works from now on."),
        "taken-out": N_("Taken out."),
        "deleted": N_("Deleted."),
        "revoked": N_("Revoked: it opens nothing from now on."),
        "removed": N_("Removed."),
        "restored": N_("Restored."),
        "erased": N_("Erased. The journal and the history are gone through now, which may take a while."),
        "activated": N_("Active now: the next reading opens."),
        "deactivated": N_("Inactive now: the next reading stays out."),
        "opened": N_("Opened. The journal has a line with your reason."),
        "remedied": N_("Corrected, judged again, and opened."),
        "remedied-not-opened": N_("Corrected and granted, but the door did not take it. See the health of the door."),
        "still-refused": N_("Corrected, but something else refuses now: see below."),
        "not-opened": N_("Written down, but the door did not take it. See the health of the door."),
        "acknowledged": N_("Acknowledged. The journal has your name and the note."),
        "paid": N_("Payment taken. The way out goes by it from now on."),
        "signed-out": N_("You are signed out."),
        "display-gone": N_("Taken away. The tablet shows nothing any more."),
        "kept-theirs": N_("Left as the central server has it."),
        "asked-again": N_("Changed here once more; the central server decides about it again."),
        "resent": N_("Sent again: the new event carries it."),
        "session-ended": N_("Signed out there."),
    }
)
"""What a page says after a change, by the word in `?done=`."""
