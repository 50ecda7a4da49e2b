"""docs/protocol/asyncapi.json: the protocol as AsyncAPI 3 says it, made from the wire's own types. `python -m tests.sync.protocol` writes it anew."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import msgspec

from edge.core.merge import RosterOp
from edge.sync import wire

ROOT = Path(__file__).parents[2] / "docs" / "protocol"
DOCUMENT = ROOT / "asyncapi.json"
EXAMPLES = ROOT / "examples"
SHAPES = (wire.Envelope, RosterOp)
REF = "#/components/schemas/{name}"


def example(word: str) -> bytes:
    """An example of the message with this word in its topic, as it stands in the docs."""
    return (EXAMPLES / f"{word}.json").read_bytes()


def document() -> dict[str, Any]:
    """The whole of it. Down messages are shown as they are inside their envelope."""
    kinds = [*wire.UP.values(), *wire.DOWN.values(), *SHAPES]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REF)
    channels, operations = {}, {}
    for way, words in (("up", wire.UP), ("down", wire.DOWN)):
        for word, kind in words.items():
            behind = BEHIND.get(kind, ())
            parameters = ["site", "edge", *behind]
            channels[word] = {
                "address": f"{wire.ROOT}/{{site}}/{{edge}}/{way}/{'/'.join((word, *(f'{{{name}}}' for name in behind)))}",
                "parameters": {name: {"description": PARAMETERS[name]} for name in parameters},
                "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
                "bindings": {"mqtt": {"bindingVersion": "0.2.0"}},
            }
            operations[f"{'send' if way == 'up' else 'receive'}-{word}"] = {
                "action": "send" if way == "up" else "receive",
                "channel": {"$ref": f"#/channels/{word}"},
                "summary": (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " "),
                "bindings": {"mqtt": {"qos": 1, "retain": kind is wire.State, "bindingVersion": "0.2.0"}},
            }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Gatelatch sync", "version": wire.ROOT.rsplit("/", 1)[1], "description": DESCRIPTION},
        "defaultContentType": wire.PLAIN,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                kind.__name__: {
                    "name": kind.__name__,
                    "contentType": wire.PLAIN,
                    "payload": {"$ref": REF.format(name=kind.__name__)},
                    "examples": [{"payload": msgspec.json.decode(example(word))}],
                }
                for word, kind in (wire.UP | wire.DOWN).items()
            },
            "schemas": schemas,
        },
    }


BEHIND: dict[type[wire.Message], tuple[str, ...]] = {wire.SnapshotPart: ("snapshot", "part"), wire.Evidence: ("event",)}
"""What stands in a topic behind the message's word."""
PARAMETERS = {
    "site": "The site's id.",
    "edge": "The edge's id; with TLS also the user name of its certificate.",
    "snapshot": "The snapshot's id.",
    "part": "Which part, from 0.",
    "event": "The event whose reading it shows.",
}
DESCRIPTION = (
    f"What an edge sends and receives over MQTT 5, seen from the edge. JSON; above {wire.COMPRESS_ABOVE} bytes compressed by zlib with the content type"
    f" {wire.DEFLATED}; at most {wire.LARGEST} bytes, compressed or not. Every message down is the body of an Envelope, signed by central; one that is not"
    " genuine is counted and ignored. Unknown fields are ignored. The rules are in sync.md."
)


def written() -> bytes:
    return msgspec.json.format(msgspec.json.encode(document()), indent=1) + b"\n"


if __name__ == "__main__":
    DOCUMENT.write_bytes(written())
