"""One form on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from admin_api.console.forms import Form
from admin_api.console.marks import Mark
from admin_api.console.page import Page


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """delete_to: where its delete button posts, if there is one; delete_word: what that is called here. folded: headings whose fields
    are shown when asked for; tabs: the pages beside it, where it is one of them, at `path`. mark: how the record stands with central."""

    template = "form_page.html"
    form: Form
    parent: str = ""
    parent_href: str = ""
    lead: str = ""
    delete_to: str = ""
    delete_says: str = ""
    delete_word: str = ""
    folded: tuple[str, ...] = ()
    tabs: tuple[tuple[str, str], ...] = ()
    path: str = ""
    mark: Mark | None = None
