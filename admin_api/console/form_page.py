"""One form on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.console.forms import Form
from admin_api.console.page import Page


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """One form on a page of its own. delete_to: where its delete button posts, if there is one; delete_label: what it says, where that is not "Delete".

    tabs and path: of a form that is itself a page of its section, and which of them it is."""

    template = "form_page.html"
    form: Form
    parent: str = ""
    parent_href: str = ""
    lead: str = ""
    delete_to: str = ""
    delete_says: str = ""
    delete_label: str = ""
    tabs: tuple[tuple[str, str], ...] = ()
    path: str = ""
