"""The console's pages with a quarter of a million customers: how long any list takes, and what the first page weighs on a cold cache."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import uvloop
from hw_sim.broker import free_port
from hw_sim.product import Product

from benches.people import CUSTOMERS, Client, build, lists, queries, took, up
from benches.site import site, uuid
from benches.table import Figure, below, bench, percentile
from edge.store.files import Files

ASKED = 200
OTHERS = ("/cards", "/cards?status=active&sort=-valid_to", "/vehicles", "/vehicles?brand=skoda", "/companies", "/guests", "/groups")
NOT_OF_PAGES = {"limit", "created_from"}
"""Parameters of the API that a page has in another form."""


@bench("page-list/p50", "page-list/p95", "page-weight")
def pages() -> Iterator[Figure]:
    """The product as it is run, over one keep-alive connection; a page with its head, filters, views and rows."""
    with site(CUSTOMERS, build, "people") as files, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(files))


async def _measured(files: Files) -> list[Figure]:
    port = free_port()
    settings = files.folder / "gatelatch.toml"
    settings.write_text(f'state = "{files.folder}"\n[desk]\nlisten = "127.0.0.1:{port}"\n')
    product = Product(settings, files.folder / "log")
    product.start()
    try:
        await up(port)
        asked = [_page(query) for query in (*lists(ASKED), *queries(ASKED))] + [p for p in OTHERS for _ in range(10)]
        random.Random(5).shuffle(asked)
        async with Client(port, "Cookie: gatelatch=") as client:
            await took(client, asked[:30])
            spent = await took(client, asked)
            slowest = max(zip(spent, asked, strict=True))
            weight, parts = await _weight(port, f"/customers?{urlencode({'company': uuid('company', 7)})}")
    finally:
        await product.stop()
    return [
        below("page-list/p50", percentile(spent, 0.5), 300, "ms"),
        below("page-list/p95", percentile(spent, 0.95), 300, "ms", note=f"slowest {slowest[0]:.0f} ms: {slowest[1][:60]}"),
        below("page-weight", weight / 1000, 150, "kB", note=", ".join(f"{name} {size / 1000:.0f}" for name, size in parts)),
    ]


def _page(query: dict[str, str]) -> str:
    kept = {name: value for name, value in query.items() if name not in NOT_OF_PAGES}
    return f"/customers?{urlencode(kept)}"


async def _weight(port: int, path: str) -> tuple[int, list[tuple[str, int]]]:
    """Bytes of a page and of all it asks for, as they are sent to a browser that takes gzip."""
    async with Client(port, "Accept-Encoding: gzip\r\nCookie: gatelatch=") as client:
        _, page = await client.get(path)
        found = [("page", len(page))]
        for address in dict.fromkeys(re.findall(r'(?:href|src)="(/(?:static|brand)[^"]+)"', page.decode())):
            _, body = await client.get(address)
            found.append((address.partition("?")[0].rpartition("/")[2], len(body)))
        return sum(size for _, size in found), found
