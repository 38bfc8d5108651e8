"""Write the OpenAPI description of each kind of node that other nodes call, from its route table.

python scripts/openapi.py            writes docs/api/{gateway,network,jlis}.json
python scripts/openapi.py --check    fails when one of them is not what the code says
"""

import difflib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasuki.api.endpoint import Route

ROOT = Path(__file__).resolve().parents[1]
Schema = dict[str, Any]
SCHEMAS = "#/components/schemas/"
#: The kinds of node that serve others, with what they stand for.
KINDS = {
    "gateway": ("Tasuki gateway", "The intermediate server (中間サーバー): replicas, inquiries, answers."),
    "network": ("Tasuki network", "The network (情報提供ネットワークシステム): linkage codes and permits."),
    "jlis": ("Tasuki J-LIS stand-in", "A stand-in for J-LIS: individual numbers to requests for linkage codes."),
}


def documents() -> dict[Path, str]:
    """Return the text of every OpenAPI file by its path."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tasuki.config.settings.test"
    import django

    django.setup()
    return {ROOT / "docs" / "api" / f"{kind}.json": text_of(_document(kind)) for kind in KINDS}


def text_of(content: Schema) -> str:
    """Return a description as it is kept."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _document(kind: str) -> Schema:
    routes: Sequence[Route] = import_module(f"tasuki.api.{kind}.routes").ROUTES
    title, summary = KINDS[kind]
    references, schemas = _schemas(routes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "summary": summary,
            "description": (
                "Every call carries a list and is answered by a list. Both are signed once, over their exact bytes, by "
                "a detached JWS in a header. Nodes speak TLS 1.3 and show each other certificates. Generated from the "
                "route table; do not edit."
            ),
            "version": version("tasuki"),
            "license": {"name": "European Union Public Licence 1.2", "identifier": "EUPL-1.2"},
        },
        "security": [{"mutualTLS": []}],
        "paths": {route.path: {"post": _operation(route, references)} for route in routes} | {"/health": _health()},
        "components": {
            "schemas": schemas | {"Problem": _problem()},
            "parameters": {"Signature": _signature_parameter()},
            "headers": {"Signature": {"required": True, "schema": _signature_schema()}},
            "responses": _refusals(),
            "securitySchemes": {"mutualTLS": {"type": "mutualTLS"}},
        },
    }


def _schemas(routes: Sequence["Route"]) -> tuple[Mapping[Any, Schema], Schema]:
    """Return the reference to the envelope of each item class, and every schema they need.

    The receiver's view is described on both ways, because a reply is read by the same rules as a call.
    """
    from pydantic.json_schema import models_json_schema

    from tasuki.protocol.envelope import Envelope

    items = list(dict.fromkeys(item for route in routes for item in (route.item, route.reply)))
    envelopes = {item: Envelope[item] for item in items}  # type: ignore[valid-type]  # known only at run time
    found, definitions = models_json_schema(
        [(envelope, "validation") for envelope in envelopes.values()], ref_template=f"{SCHEMAS}{{model}}"
    )
    references = {item: found[envelope, "validation"] for item, envelope in envelopes.items()}
    return references, definitions["$defs"]


def _operation(route: "Route", references: Mapping[Any, Schema]) -> Schema:
    from tasuki.protocol.errors import STATUS
    from tasuki.protocol.signing import HEADER

    senders = sorted(sender.value for sender in route.senders)
    responses: Schema = {
        "200": {
            "description": "The list in reply: what became of each item.",
            "headers": {HEADER: {"$ref": "#/components/headers/Signature"}},
            "content": {"application/json": {"schema": _envelope(references[route.reply], route.kind, reply=True)}},
        }
    }
    for status in sorted({str(status) for status in STATUS.values()}):
        responses[status] = {"$ref": f"#/components/responses/Refused{status}"}
    return {
        "operationId": route.path.removeprefix("/v1/").replace("-", "_"),
        "summary": route.summary,
        "description": f"Senders that may call this: {', '.join(senders)}.",
        "x-tasuki-senders": senders,
        "parameters": [{"$ref": "#/components/parameters/Signature"}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _envelope(references[route.item], route.kind, reply=False)}},
        },
        "responses": responses,
    }


def _envelope(reference: Schema, kind: str, *, reply: bool) -> Schema:
    """Narrow the envelope to this route: its kind, and whether it answers another message."""
    narrowed: Schema = {**reference, "properties": {"kind": {"const": str(kind)}}}
    if reply:
        narrowed["properties"]["in_reply_to"] = {"type": "string"}
        narrowed["required"] = ["in_reply_to"]
    return narrowed


def _refusals() -> Schema:
    from tasuki.protocol.errors import STATUS

    by_status: dict[int, list[str]] = defaultdict(list)
    for refusal, status in STATUS.items():
        by_status[status].append(refusal.value)
    return {
        f"Refused{status}": {
            "description": f"Refused and recorded; nothing was changed: {', '.join(by_status[status])}.",
            "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
        }
        for status in sorted(by_status)
    }


def _problem() -> Schema:
    from tasuki.protocol.errors import Refusal

    return {
        "type": "object",
        "required": ["refusal", "detail"],
        "properties": {
            "refusal": {"type": "string", "enum": [refusal.value for refusal in Refusal]},
            "detail": {"type": "string", "description": "Never repeats a value of the message: it may be personal."},
        },
    }


def _signature_schema() -> Schema:
    return {"type": "string", "maxLength": 1024, "pattern": r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"}


def _signature_parameter() -> Schema:
    from tasuki.protocol.signing import HEADER

    return {
        "name": HEADER,
        "in": "header",
        "required": True,
        "description": (
            "Detached JWS (EdDSA with Ed25519, b64=false, kid is the sender's node name) whose payload is the digest "
            "of the body's exact bytes as a Content-Digest field has it: sha-256=:, Base64 of the SHA-256, and a colon."
        ),
        "schema": _signature_schema(),
    }


def _health() -> Schema:
    able = {
        "description": "Whether the node can serve, and what fails if it cannot.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["node", "kind", "able", "failed"],
                    "properties": {
                        "node": {"type": "string"},
                        "kind": {"type": "string"},
                        "able": {"type": "boolean"},
                        "failed": {
                            "type": "array",
                            "items": {"enum": ["evidence", "signing_key", "certificate", "worker", "maintenance"]},
                        },
                    },
                }
            }
        },
    }
    summary = "Say whether the node can serve, which it can when it can record"
    return {"get": {"operationId": "health", "summary": summary, "responses": {"200": able, "503": able}}}


def settle(files: Mapping[Path, str], *, check: bool) -> int:
    """Write the files, or only compare them; return the exit status."""
    stale = {path: text for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        name = path.relative_to(ROOT).as_posix()
        if check:
            kept = path.read_text("utf-8") if path.exists() else ""
            print("\n".join(difflib.unified_diff(kept.splitlines(), text.splitlines(), name, "generated", lineterm="")))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    if check and stale:
        print("Generated documents are out of date: run `python scripts/docs.py`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(settle(documents(), check="--check" in sys.argv[1:]))
