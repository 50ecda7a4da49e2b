"""The console in the language of who reads it: which one that is, that nothing is left in English, and how times and amounts are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from litestar.handlers import HTTPRouteHandler

from admin_api.console import hours, language, words
from admin_api.console.device_fields import DRIVERS
from admin_api.console.language import LANGUAGES, _, accepted, ngettext, speak
from admin_api.console.page import env
from admin_api.console.times import Times, money
from admin_api.parts import wall_ms
from edge import __version__
from edge.commands.displays import AddDisplay, DisplayMade
from edge.core.judgement import Reason
from edge.core.model import LANGUAGES as CODES
from edge.core.place import Window
from tests.admin_api.desk_facility import DeskFacility
from tests.admin_api.test_alerts import an_alert
from tests.admin_api.test_central import event_refused, not_taken, refused, waits
from tests.admin_api.test_imports import settled
from tests.admin_api.test_payments import parked
from tests.admin_api.test_sign_in import csrf_of
from tests.console.test_customers_pages import text_of, values_of
from tests.languages import CONSOLE, gathered, lacks

OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    yield
    speak("en")


# ---------------------------------------------------------------------------------------------------- the catalogues


@pytest.mark.feature("X-24")
@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_in_every_language(code: str) -> None:
    assert list(lacks(code, gathered())) == []


def test_a_text_that_is_missing_untranslated_or_gone_is_named(tmp_path: Path) -> None:
    texts = gathered()
    left = Catalog(locale="fr")
    for message in texts:
        if message.id and message.id not in ("Sign in", "Customers", "Save", "Code %(code)s"):
            left.add(message.id, message.string)
    left.add("Customers")
    left.add("Code %(code)s", "Code %(cod)s")
    left.add("Nobody says this", "Personne ne dit cela")
    with (tmp_path / "fr.po").open("wb") as file:
        write_po(file, left)
    found = set(lacks("fr", texts, tmp_path))
    assert {
        "fr: missing: Sign in", "fr: missing: Save", "fr: untranslated: Customers", "fr: other placeholders or tags than: Code %(code)s",
        "fr: nobody says any more: Nobody says this",
    } <= found  # fmt: skip


def test_no_text_is_within_an_f_string_where_it_would_not_be_gathered() -> None:
    for path in CONSOLE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                called = {c.func.id for c in ast.walk(node) if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)}
                assert not called & {"_", "N_", "ngettext"}, (path.name, node.lineno)


def test_edge_and_desk_know_the_same_languages() -> None:
    assert tuple(LANGUAGES) == CODES


@pytest.mark.parametrize(
    ("header", "best"),
    [("fr-CA,fr;q=0.8,en;q=0.5", "fr"), ("de,pl;q=0.7,en;q=0.6", "pl"), ("de", ""), ("", ""), ("ro;q=0,en", "en"), ("pl;q=high,ro;q=0.1", "ro")],
)  # fmt: skip
def test_the_best_of_what_a_browser_asks_for(header: str, best: str) -> None:
    assert accepted(header) == best


# ---------------------------------------------------------------------------------------------------- which language


@pytest.mark.feature("S003-23", "X-24", "X-25")
async def test_a_person_chooses_language_and_time_zone_for_themselves(site: DeskFacility) -> None:
    async with site.browser("Guard") as http:
        english = await http.get("/customers")
        assert '<html lang="en"' in english.text and ">Customers<" in english.text
        me = (await http.get("/me")).text
        wrong = await http.post("/me/preferences", data={"csrf": csrf_of(me), "language": "pl", "time_zone": "Mars/Base"})
        assert wrong.status_code == 400 and "A time zone as in Europe/Warsaw" in wrong.text and 'value="Mars/Base"' in wrong.text
        chosen = await http.post("/me/preferences", data={"csrf": csrf_of(me), "language": "pl", "time_zone": "Asia/Tokyo"})
        assert chosen.status_code == 303
        page = (await http.get("/customers", headers={"Accept-Language": "fr"})).text
        assert '<html lang="pl"' in page and ">Klienci<" in page, "what one chose stands above what the browser asks for"
        session = (await http.get("/me")).text
        assert "Asia/Tokyo" in session
    (guard,) = [u for u in (await site.get("/users"))["items"] if u["login"] == "guard"]
    assert (guard["language"], guard["time_zone"]) == ("pl", "Asia/Tokyo")
    async with site.browser() as http:
        assert '<html lang="en"' in (await http.get("/customers")).text, "nobody else's changed"


@pytest.mark.feature("X-24")
async def test_over_rest_one_chooses_for_oneself_and_an_administrator_for_others(site: DeskFacility) -> None:
    async with site.api("Viewer") as http:
        assert (await http.put("/preferences", json={"language": "xx"})).json()["field"] == "language"
        user = (await http.put("/preferences", json={"language": "ro"})).json()
        assert user["language"] == "ro"
    async with site.browser("Viewer") as http:
        assert '<html lang="ro"' in (await http.get("/customers")).text
    async with site.api() as http:
        assert (await http.patch(f"/users/{user['id']}", json={"language": "fr"})).status_code == 200
    async with site.browser("Viewer") as http:
        assert '<html lang="fr"' in (await http.get("/customers")).text


@pytest.mark.feature("X-24")
async def test_who_is_not_signed_in_is_answered_as_the_browser_asks_or_as_they_chose_here(site: DeskFacility) -> None:
    async with site.client(headers={"Accept-Language": "fr-BE, de;q=0.9"}) as http:
        page = (await http.get("/sign-in?next=/events")).text
        assert '<html lang="fr"' in page and "Se connecter" in page
        assert all(name in page for name in LANGUAGES.values())
        link = re.search(r'href="(/sign-in\?language=pl[^"]*)"', page)
        assert link
        chosen = await http.get(link[1].replace("&amp;", "&"))
        assert chosen.status_code == 303 and chosen.headers["location"] == "/sign-in?next=%2Fevents"
        assert '<html lang="pl"' in (await http.get(chosen.headers["location"])).text
        assert '<html lang="pl"' in (await http.get("/no-such-page")).text, "an error page as well"
        assert (await http.get("/sign-in?language=xx")).status_code == 200


@pytest.mark.feature("X-24")
async def test_what_is_refused_is_said_in_the_language_too(site: DeskFacility) -> None:
    async with site.browser(role="Guard") as http:
        page = (await http.get("/users", headers={"Accept-Language": "fr"})).text
    speak("fr")
    assert _("Your role does not include this") in page and "Your role" not in page


@pytest.mark.feature("X-24")
async def test_what_is_wrong_in_a_form_is_said_in_the_language_with_its_values(site: DeskFacility) -> None:
    customer = await site.add("/customers", name="Bob", email="bob@example.org")
    async with site.browser() as http:
        http.headers["Accept-Language"] = "pl"
        hidden = values_of((await http.get("/customers/new")).text)
        for typed, says in (
            ({"name": "", "email": "ada@example.org"}, "To pole nie może być puste"),
            (
                {"name": "Ada", "email": "bob@example.org"},
                f"Inny klient ma już tę wartość (e-mail address): Bob, numer {customer['number']}",
            ),
        ):
            page = await http.post("/customers/new", data={**hidden, "status": "active", "language": "pl", **typed})
            assert page.status_code in (400, 409) and says in text_of(page.text)
    async with site.api() as http:
        http.headers["Accept-Language"] = "pl"
        refused = await http.patch(f"/customers/{customer['id']}", json={"name": ""})
        assert refused.json()["detail"] == "this cannot be empty", "a program reads the same in every country"


def test_a_message_with_values_finds_its_translation_and_another_stays_as_it_is() -> None:
    speak("fr")
    assert words.sentence("your role (Guard) does not include users.view") == "Votre rôle (Guard) ne comprend pas users.view."
    assert words.sentence("of another version, 5 % of it") == "Of another version, 5 % of it."


# ---------------------------------------------------------------------------------------------------- how it is written


def test_times_and_amounts_are_written_as_the_language_does() -> None:
    times = Times("Europe/Warsaw", 1_795_348_800_000)  # 2026-11-22 13:00
    earlier, hour = times.now - 40 * 86_400_000, times.now - 3_600_000
    written = {}
    for code in LANGUAGES:
        speak(code)
        written[code] = (
            times.date(earlier), times.short(hour), times.ago(hour).replace("\xa0", " "), money(125_000, "EUR").replace("\xa0", " ").replace("\u202f", " "),
            money(12_500, "IQD").replace("\xa0", " "),
        )  # fmt: skip
    assert written["en"] == ("13 Oct 2026", "12:00", "1 h ago", "1250.00 EUR", "12.500 IQD")
    assert written["fr"] == ("13 oct. 2026", "12:00", "il y a 1 h", "1 250,00 €", "12,500 IQD")
    assert written["pl"] == ("13 paź 2026", "12:00", "1 godz. temu", "1 250,00 €", "12,500 IQD")
    assert written["ro"] == ("13 oct. 2026", "12:00", "acum 1 h", "1.250,00 EUR", "12,500 IQD")


def test_plurals_follow_the_rule_of_the_language() -> None:
    speak("pl")
    said = [ngettext("%(num)s card", "%(num)s cards", n) % {"num": n} for n in (1, 2, 5, 22)]
    assert said == ["1 karta", "2 karty", "5 kart", "22 karty"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_hours_are_read_as_they_are_written_in_every_language(code: str) -> None:
    windows = (Window(days=(0, 1, 2, 3, 4), start=420, end=1140), Window(days=(5, 6), start=540, end=720))
    speak(code)
    assert hours.read_windows(hours.write_windows(windows), "windows") == windows
    assert hours.read_windows("Mon-Fri 07:00-19:00\nSat,Sun 9:00-12:00", "windows") == windows


def test_a_word_of_a_table_is_said_in_the_language_of_the_moment() -> None:
    english = words.REASONS[Reason.ZONE_FULL].short
    speak("fr")
    assert english == "Zone full" and words.REASONS[Reason.ZONE_FULL].short != english


# ---------------------------------------------------------------------------------------------------- nothing is left out

NO_PAGES = (
    "/alive", "/brand.css", "/customers/check", "/customers/{customer_id:str}/fields", "/display", "/first-run/door/state", "/first-run/reader/found", "/first-run/shown", "/live/stream", "/logo", "/pass", "/site-ca.crt", "/site/devices/new/found", "/site/schedules/week", "/static", "/exports/scheduled/when",
)  # fmt: skip
DATA = re.compile(
    r"127\.0\.0\.1 .*|http://127\S+|\w+: .* → .*|lun\.-ven\.|"
    r"\d{1,2} \w+\.?( \d{4})?( \d\d:\d\d(:\d\d)?)?"  # days and times, the months as Babel writes them
    r"|il y a \d+\s\w+|\d+([.,]\d+)?\s(CHF|€)|[+-]?\d+"
    r"|[\w.]+@[\w.]+|(Africa|America|Europe)/\w+|[A-Z]{2} ?\d{3,4}\w?"  # addresses, zones of the tz database, plates
    r"|[a-z]+_[a-z_]+|/[\w/.-]+|…[\w-]{4}|x{40}|\d+\.\d kB|#[0-9a-f]{6}|Port: /.*; it is tried again by itself\."  # codes of reasons, paths, a card
)
NAMES = (
    "Test", "Garage", "North in", "North out", "north", "All hours", "Administrator", "administrator", "Ada", "ada", "Volvo XC60", "blue", "Harbour Ltd",
    "Swimmers", "Wardens", "Working days", "In autumn", "terminal 1", "Hourly", "command line", "system",
    "Not set by the network (no NTP): hours and validity go by it all the same",
    "127.0.0.1:1: nothing answers at this address. Check cable and power; it is tried again by itself.", "not connected yet", "shed", "tty-new",
    f"version {__version__}", "test", "granted",
    "gatelatch run", "guard", "operator", "technician", "viewer", "Guard", "Operator", "Technician", "Viewer", "scanner-in", "scanner-out", "Volvo", "XC60",
    "UTF-8", "UTF-16", "Windows-1250", "Windows-1252", "Excel", "not_an_event",
    "XLSX", "CSV", "ODS", "PDF", "HTML", "VCF", "JPEG", "PNG", "WebP", "XLSX", "CSV", "ODS", "PDF", "HTML", "VCF", "QR", "PIN",
    *LANGUAGES.values(),
)  # fmt: skip
"""What people and the house itself call things, and what the edge says of a part of itself (the same line is in its log)."""
NAMED = re.compile(rf"(?<![\w@.])({'|'.join(map(re.escape, sorted(NAMES, key=len, reverse=True)))})(?![\w@.])")
SPOKEN = (
    "aria-label",
    "placeholder",
    "title",
    "alt",
    "data-label",
    "data-one",
    "data-many",
    "data-no-answer",
    "data-connected",
    "data-lost",
)
UNSEEN = ("script", "style", "svg", "code", "kbd", "pre", "textarea")
EMPTY = ("meta", "link", "input", "img", "br", "hr", "path", "circle", "rect")


class Texts(HTMLParser):
    """Every text that a page shows or says."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in EMPTY:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not set(self._within) & set(UNSEEN) and data.strip():
            self.found.append(" ".join(data.split()))


def english_in(page: str) -> list[str]:
    """Texts that are neither translated (in brackets) nor data."""
    reader = Texts()
    reader.feed(page)
    # One sentence may be in several nodes, with markup between them: then the bracket opens in one and closes in another.
    left, depth = [], 0
    for text in reader.found:
        outside = ""
        for letter in text:
            depth += (letter == "⟦") - (letter == "⟧")
            outside += letter if depth == 0 and letter != "⟧" else " "
        if re.search(r"[^\W\d_]", DATA.sub(" ", NAMED.sub(" ", outside))):
            left.append(text)
    return left


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While a test runs, French is every text in brackets."""
    made = Catalog(locale="fr")
    for message in gathered():
        if message.id:
            many = message.pluralizable
            made.add(message.id, tuple(f"⟦{each}⟧" for each in message.id) if many else f"⟦{message.id}⟧")
    with (tmp_path / "fr.po").open("wb") as file:
        write_po(file, made)
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


LISTS = (
    "/audit", "/bookings", "/site/devices", "/site/displays", "/cards", "/companies", "/customers", "/entries", "/events", "/exports", "/groups", "/guests", "/imports", "/lists", "/payments", "/site", "/site/access-points", "/site/alert-rules", "/site/profiles", "/site/schedules", "/site/zones", "/users", "/users/roles", "/vehicles", "/exports/scheduled", "/office/keys", "/office/webhooks", "/site/pass-keys", "/site/tariffs",
)  # fmt: skip


async def an_import(site: DeskFacility, state: str) -> str:
    """An import with a row of each kind, whose columns and cells are names, in this state."""
    data = "Ada;Volvo\nada@example.org;Ada\nAda;Ada\n" + (
        "blue@example.org;Volvo\n" if state == "ready" else f"{state}@example.org;Volvo\n"
    )
    async with site.api() as http:
        id: str = (await http.post("/imports", params={"kind": "customers", "file": "test"}, content=data)).json()["id"]
        await settled(http, id)
        await http.put(f"/imports/{id}/mapping", json={"columns": {"Ada": "email", "Volvo": "name"}})
        await settled(http, id)
        if state != "ready":
            await http.post(f"/imports/{id}/apply", json={"skip_wrong": True})
            await settled(http, id)
        if state == "undone":
            await http.post(f"/imports/{id}/undo", json={"reason": "42"})
            await settled(http, id)
    return id


async def pages_of(site: DeskFacility) -> dict[str, list[str]]:
    """Every page of the console (route: addresses) at a site with something of everything."""
    ids = site.house.ids
    await an_alert(site)
    entry, code = await parked(site)
    async with site.api() as http:
        (customer,) = (await http.get("/customers")).json()["items"]
        (card,) = (await http.get("/cards")).json()["items"]
        company = await site.add("/companies", name="Harbour Ltd")
        await refused(site, "c1", "customer", customer["id"], {"status": "active"}, {"status": "inactive"}, "changed_since")
        await waits(site, "card", card["id"])
        await not_taken(site, "company", company["id"], "this was decided already")
        await event_refused(site, entry)
        group = await site.add("/groups", name="Swimmers")
        await site.add("/cards", customer=customer["id"], kind="rotating_qr")
        about = {"company": company["id"], "groups": [group["id"]], "profiles": [ids["profile"]]}
        await http.patch(f"/customers/{customer['id']}", json=about)
        await http.post(
            f"/entries/{entry}/payments", json={"method": "card", "currency": "CHF", "note": "terminal 1", "amount": 100}
        )
    vehicle = await site.add(
        "/vehicles", customer=customer["id"], plate="GD 1234A", brand="Volvo", model="XC60", colour="blue", year=2024
    )
    for shown in ("x" * 40, code):
        await site.show(shown, at="North out")
    await site.show(code)
    review = await site.add("/access-reviews", name="In autumn", due_at=wall_ms() + 86_400_000)
    who, events = f"/customers/{customer['id']}", await site.house.events()
    schedule = await site.add("/schedules", name="Working days", windows=[{"days": [0, 1, 2, 3, 4], "start": 420, "end": 1140}])
    rule = await site.add("/alert-rules", kind="denials", threshold=5, window_minutes=5)
    key, hook = (
        await site.add("/keys", name="Ada", scopes=["events.view"]),
        await site.add("/webhooks", name="Ada", url="http://127.0.0.1:9/x", active=False),
    )
    calendar = await site.add("/scheduled-exports", name="Ada", area="customers", cron="0 6 * * 1", folder="/srv/files")
    await site.add("/pass-keys", key="42", name="Ada", public="0" * 43 + "=")
    named = await site.add("/lists", name="Wardens")
    tariff = (await site.get("/tariffs"))["items"][0]
    user, role = (await site.get("/users"))["items"][0], (await site.get("/roles"))["items"][0]
    made = {
        "/companies": company["id"], "/groups": group["id"], "/lists": named["id"], "/site/access-points": ids["North in"], "/site/zones": ids["zone"],
        "/site/profiles": ids["profile"], "/site/schedules": schedule["id"], "/site/alert-rules": rule["id"], "/site/tariffs": tariff["id"], "/site/pass-keys": "42",
        "/office/keys": key["record"]["id"], "/office/webhooks": hook["webhook"]["id"], "/exports/scheduled": calendar["id"], "/users": user["id"], "/users/roles": role["id"],
    }  # fmt: skip
    shed = await site.add("/devices", wired={"driver": "line", "name": "shed", "address": "127.0.0.1:1"})
    (site.house.folder / "tty-new").symlink_to("/dev/null")
    imports = [await an_import(site, state) for state in ("ready", "applied", "undone")]
    tabs = [
        f"{who}?tab={tab}"
        for tab in ("events", "vehicles", "cards", "entries", "companies", "addresses", "bookings", "payments", "history")
    ]
    return {
        "/": ["/"],
        "/access-points/{point:str}/open": [f"/access-points/{ids['North in']}/open"],
        "/alerts": ["/alerts"],
        "/site/displays/new": ["/site/displays/new"],
        "/cameras": ["/cameras"],
        "/help": ["/help"],
        "/traffic": ["/traffic"],
        "/cards/{card_id:str}/edit": [f"/cards/{card['id']}/edit"],
        "/cards/{card_id:str}/phone": [f"/cards/{card['id']}/phone"],
        **{path: [path] for path in LISTS},
        **{f"{path}/new": [f"{path}/new"] for path in made},
        **{f"{path}/{{record_id:str}}": [f"{path}/{id}"] for path, id in made.items()},
        "/customers/new": ["/customers/new"],
        "/customers/{customer_id:str}": [who, *tabs],
        "/customers/{customer_id:str}/cards/new": [f"{who}/cards/new"],
        "/customers/{customer_id:str}/cards/print": [f"{who}/cards/print"],
        "/customers/{customer_id:str}/edit": [f"{who}/edit"],
        "/customers/{customer_id:str}/erase": [f"{who}/erase"],
        "/customers/{customer_id:str}/vehicles/new": [f"{who}/vehicles/new"],
        "/entries/{seq:int}": [f"/entries/{entry}"],
        "/events/{seq:int}": [*(f"/events/{event.seq}" for event in events), "/events/1"],
        "/guests/new": ["/guests/new", "/guests/new?q=a", f"/guests/new?q=zz&host={customer['id']}"],
        "/imports/new": ["/imports/new"],
        "/imports/{id:str}": [
            *(f"/imports/{id}" for id in imports),
            f"/imports/{imports[0]}?only=wrong",
            f"/imports/{imports[0]}?only=new&twins=update",
        ],
        "/site/policy": ["/site/policy"],
        "/site/sync": ["/site/sync"],
        "/site/backup": ["/site/backup"],
        "/me": ["/me"],
        "/muster": ["/muster"],
        "/reviews": ["/reviews"],
        "/reviews/new": ["/reviews/new"],
        "/reviews/{review:str}": [f"/reviews/{review['review']['id']}"],
        "/sign-in": ["/sign-in"],
        "/search": ["/search", "/search?q=ada", "/search?q=zz9zz", "/search?q=1"],
        "/first-run": ["/first-run"],
        **{f"/first-run/{step}": [f"/first-run/{step}"] for step in ("site", "door", "reader", "card")},
        "/site/devices/new": ["/site/devices/new", *(f"/site/devices/new?driver={driver}" for driver in DRIVERS)],
        "/site/devices/{device_id:str}": [f"/site/devices/{shed['id']}"],
        "/site/settings": ["/site/settings"],
        "/vehicles/{vehicle_id:str}/edit": [f"/vehicles/{vehicle['id']}/edit"],
    }


def routes_of(site: DeskFacility) -> set[str]:
    """The addresses of all pages of the console, as routes."""
    return {
        route.path
        for route in site.desk.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
        if not route.path.startswith(("/api/", *NO_PAGES))
    }  # fmt: skip


@pytest.mark.feature("X-24")
async def test_no_page_shows_a_text_that_nobody_can_translate(site: DeskFacility, pseudo: None) -> None:
    pages = await pages_of(site)
    assert set(pages) == routes_of(site), "every page is looked at"
    left = {}
    async with site.browser() as http:
        for path in (path for paths in pages.values() for path in paths):
            async with site.client() as stranger:
                page = await (stranger if path == "/sign-in" else http).get(
                    path, headers={"Accept-Language": "fr"}, follow_redirects=path in ("/site", "/first-run")
                )
            assert page.status_code == 200 and '<html lang="fr"' in page.text, path
            left[path] = english_in(page.text)
    assert {path: texts for path, texts in left.items() if texts} == {}


async def test_a_display_speaks_the_language_of_the_site_whatever_the_tablet_asks_for(site: DeskFacility, pseudo: None) -> None:
    _, code = await parked(site)
    async with site.api() as api:
        assert (await api.patch("/site", json={"language": "fr"})).status_code == 200
    for at, shown, line in (("North in", "x" * 40, "⟦Not let in⟧"), ("North out", code, "⟦Please pay first⟧")):
        command = AddDisplay(name="Tablet", access_point=site.house.ids[at])
        made = await site.desk.parts.edge.ask(command, DisplayMade, token=await site.token())
        async with site.api() as api:
            (customer,) = (await api.get("/customers")).json()["items"]
            await api.patch(f"/customers/{customer['id']}", json={"language": "fr"})
        await site.show(shown, at=at)
        async with site.client(cookies={"gatelatch-display": made.key}) as http:
            page = (await http.get("/display", headers={"Accept-Language": "pl"})).text
            assert '<html lang="fr"' in page and line in page and english_in(page) == []


async def test_the_stream_of_the_live_page_speaks_the_same_language(site: DeskFacility, pseudo: None) -> None:
    async with site.browser() as http, http.stream("GET", "/live/stream?after=0", headers={"Accept-Language": "fr"}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and "health" in line:
                assert "⟦" in line
                break


def test_a_percent_sign_in_a_text_of_a_template_is_no_placeholder() -> None:
    """Jinja fills in values in every text that it translates; so a bare % would break the page, in one language perhaps."""
    for message in gathered():
        for text in message.id if message.pluralizable else (message.id,):
            assert not re.search(r"(?<!%)%(?![(%])", str(text)), text
    assert env.from_string("{{ '50 %'|said }}").render() == "50 %"
