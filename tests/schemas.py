"""Which JSON does each kind of report promise? Schemas made from reports.KINDS, and a test of any output against them.

    python -m tests.schemas --write             writes docs/schema
"""
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import msgspec

from kubectl_netpol.api import TIER_KINDS
from kubectl_netpol.api.engines import NAMED
from kubectl_netpol.reports import API_VERSION, KINDS

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

VERDICTS = ["allowed", "denied", "partial", "unknown", "no-endpoints"]
DIRECTIONS = ["ingress", "egress"]
CHANGES = ["added", "removed", "changed"]
PROTOCOLS = ["TCP", "UDP", "SCTP"]
CHOICES: dict[tuple[str, str], list[str]] = {
    ("Access", "verdict"): VERDICTS,
    ("Answer", "verdict"): VERDICTS,
    ("Answer", "ingress"): VERDICTS,
    ("Answer", "egress"): VERDICTS,
    ("AnswerPart", "verdict"): VERDICTS,
    ("Step", "result"): [*VERDICTS, "note"],
    ("IntentMeaning", "proved"): VERDICTS,
    ("ServiceVerdict", "verdict"): VERDICTS,
    ("ServiceChange", "before"): VERDICTS,
    ("ServiceChange", "after"): VERDICTS,
    ("ServiceChange", "change"): CHANGES,
    ("ManifestChange", "change"): CHANGES,
    ("ConnectionChange", "change"): CHANGES,
    ("PolicyRef", "direction"): DIRECTIONS,
    ("PolicyRef", "kind"): [*TIER_KINDS, *NAMED],
    ("Isolation", "direction"): DIRECTIONS,
    ("PolicyReport", "isolates"): DIRECTIONS,
    ("Finding", "severity"): ["error", "warning", "info"],
    ("ServiceAccess", "type"): ["ClusterIP", "Headless", "NodePort", "LoadBalancer", "ExternalName"],
    ("Port", "protocol"): PROTOCOLS,
    ("PortAccess", "protocol"): PROTOCOLS,
    ("PodPorts", "protocol"): PROTOCOLS,
}
OPTIONAL = {"Access": {"more", "nobodyNow"}, "PolicyRef": {"kind"}, "PodPorts": {"endPort"}, "End": {"group", "cidrs"},
            "Difference": {"externalDiff"}}
EITHER = {"End": [{"required": ["group"]}, {"required": ["cidrs"]}]}


def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """What msgspec makes of the kind, made strict: nothing is left out, nothing else stands there."""
    made = msgspec.json.schema(kind)
    definitions = {name: strict(name, definition) for name, definition in sorted(made["$defs"].items())}
    root = definitions.pop(kind.__name__)
    return {"$schema": DIALECT, "$id": f"urn:{API_VERSION.replace('/', ':')}:{kind.__name__}", **root, "$defs": definitions}


def strict(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    properties = {field: chosen(CHOICES.get((name, field)), without_default(schema)) for field, schema in definition["properties"].items()}
    if "apiVersion" in properties:
        properties |= {"apiVersion": {"const": API_VERSION}, "kind": {"const": name}}
    required = [field for field in properties if field not in OPTIONAL.get(name, ())]
    either = {"oneOf": EITHER[name]} if name in EITHER else {}
    return {**definition, "properties": properties, "required": required, "additionalProperties": False, **either}


def chosen(choices: list[str] | None, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a string, of a string or null, or of a list of strings, kept to the choices."""
    if choices is None:
        return schema
    if schema.get("type") == "array":
        return {**schema, "items": chosen(choices, schema["items"])}
    if "anyOf" in schema:
        return {"enum": [*choices, None]}
    return {"enum": choices}


def without_default(schema: dict[str, Any]) -> dict[str, Any]:
    """A default would say that the field may be absent."""
    return {key: value for key, value in schema.items() if key != "default"}


def hold(json_text: str) -> None:
    """Does this output keep what docs/schema promises of its kind? Raises jsonschema.ValidationError."""
    document = json.loads(json_text)
    if error := next(_validator(document["kind"]).iter_errors(document), None):
        raise error


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8")))


def files() -> dict[str, str]:
    return {f"{kind.__name__}.json": json.dumps(schema_of(kind), indent=2) + "\n" for kind in KINDS}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
