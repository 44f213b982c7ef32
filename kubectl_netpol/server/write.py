"""How is a policy that was suggested written to the server, or deleted from it?

Each request holds for the object that was shown and for no other: it carries its resourceVersion, and the server refuses it (409)
where the object has changed, is gone, or has come into being meanwhile.
"""
from collections.abc import Mapping
from typing import Any

import msgspec

from kubectl_netpol.core.writes import Document, Write, version_of
from kubectl_netpol.server.connection import Server
from kubectl_netpol.server.resources import path_of
from kubectl_netpol.snapshot import Listing

# No object has this version: etcd counts from 1, and its first revisions are not objects of ours. The server compares it where there
# is an object, and creates one where there is none (apiserver pkg/registry/generic/registry/store.go, Update).
NOT_THERE = "1"


def applied(write: Write, manager: str, server: Server, *, dry_run: bool = False) -> None:
    """By server-side apply. Whose fields are taken over was settled before, and the version holds that."""
    query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
    server.send("PATCH", _path(write), query, msgspec.json.encode(body_of(write, manager)), "application/apply-patch+yaml")


def deleted(write: Write, server: Server, *, dry_run: bool = False) -> None:
    """All is said in the body: a server that gets one does not look at the query (apiserver endpoints/handlers/delete.go)."""
    assert write.before
    options = {
        "apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"] if dry_run else [],
        "preconditions": {"uid": write.before["metadata"]["uid"], "resourceVersion": version_of(write.before)}}
    server.send("DELETE", _path(write), {}, msgspec.json.encode(options), "application/json")


def _path(write: Write) -> str:
    return path_of(Listing("NetworkPolicy", write.key.namespace, write.key.name))


def body_of(write: Write, manager: str) -> Document:
    """What is applied: labels and annotations that differ or are ours already, so that those of others stay theirs, and the whole spec.
    A field of the spec that goes is null, as server-side apply leaves alone what it is not told."""
    before, after = write.before or {"metadata": {}}, write.after
    assert after
    metadata: Document = {
        "name": write.key.name, "namespace": write.key.namespace, "resourceVersion": version_of(write.before) or NOT_THERE,
        **({"uid": before["metadata"]["uid"]} if write.before else {})}
    for field in ("labels", "annotations"):
        known, ours = before["metadata"].get(field) or {}, _ours(field, before, manager)
        if own := {name: value for name, value in (after["metadata"].get(field) or {}).items() if known.get(name) != value or name in ours}:
            metadata[field] = own
    gone = {field: None for field in before.get("spec") or {} if field not in after["spec"]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {**after["spec"], **gone}}


def _ours(field: str, document: Mapping[str, Any], manager: str) -> set[str]:
    """The labels or annotations that an apply of ours has set: one that is left out would go."""
    entries = [each for each in document["metadata"].get("managedFields") or ()
               if each.get("manager") == manager and each.get("operation") == "Apply"]
    paths = [path for each in entries for path in ((each.get("fieldsV1") or {}).get("f:metadata") or {}).get(f"f:{field}") or {}]
    return {path.removeprefix("f:") for path in paths}
