"""How does a change look in a report: manifests, Service ports, isolation, findings?"""
from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kubectl_netpol import api, reports
from kubectl_netpol.api.engines import NAMED, name_of
from kubectl_netpol.aside import aside
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.core.differences import (
    ServiceDifference,
    Touched,
    newly_isolated,
    service_differences,
    service_rows,
    touched_by,
)
from kubectl_netpol.core.endpoints import protocol_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.manifests import manifest
from kubectl_netpol.snapshot import Key, Snapshot

if TYPE_CHECKING:                                               # files are compared without it
    from kubectl_netpol.server.kubectl import Merged

_MANY = 200                                                     # Services that are compared by two processes
_OF_SERVER = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion",
              "selfLink", "uid")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class _Compared(Struct, frozen=True):
    """What some Services become, and what of the same ones stays as it is."""

    changed: tuple[reports.ServiceChange, ...]
    unchanged: tuple[reports.ServiceVerdict, ...]


def changes_between(before: State, after: State) -> reports.Changes:
    touched = touched_by(before, after)
    names = touched.services
    half = len(names) // 2
    with aside(lambda: _compared(names[half:], before, after, touched), _Compared, is_long=len(names) >= _MANY) as later:
        parts = _compared(names[:half], before, after, touched), later()
    return reports.Changes(
        manifests=manifest_changes(before.snapshot, after.snapshot),
        services=tuple(change for part in parts for change in part.changed),
        unchanged=tuple(verdict for part in parts for verdict in part.unchanged),
        isolated=tuple(reports.Isolation(object_ref(workload), direction.value.lower())
                       for workload, direction in newly_isolated(before, after)))


def _compared(names: Sequence[tuple[str, str]], before: State, after: State, touched: Touched) -> _Compared:
    rows = list(service_rows(names, before, after, touched))
    concerned = {each.service for each in rows if each.before is not each.after}
    return _Compared(
        tuple(_reported(each) for each in rows if each.before is not each.after),
        tuple(_unchanged(each) for each in rows if each.before is each.after and each.service in concerned))


def service_changes(before: State, after: State) -> tuple[reports.ServiceChange, ...]:
    return tuple(map(_reported, service_differences(before, after)))


def _reported(each: ServiceDifference) -> reports.ServiceChange:
    return reports.ServiceChange(
        _CHANGES.get((each.before, each.after), "changed"), object_ref(each.service), _port(each), format_source(each.source),
        each.before.value, each.after.value)


def _unchanged(each: ServiceDifference) -> reports.ServiceVerdict:
    return reports.ServiceVerdict(object_ref(each.service), _port(each), format_source(each.source), each.after.value)


def _port(each: ServiceDifference) -> reports.Port:
    return reports.Port(each.port.name or "", each.port.port, protocol_of(each.port))


_CHANGES = {(Verdict.DENIED, Verdict.ALLOWED): "added", (Verdict.ALLOWED, Verdict.DENIED): "removed"}


# ---- manifests


def manifest_changes(before: Snapshot, after: Snapshot) -> tuple[reports.ManifestChange, ...]:
    """Objects as they are written, without what the server keeps in them; in order of kind, namespace and name."""
    sides = _manifests(before, after), _manifests(after, before)
    found = (_change(key, *(side.get(key) for side in sides)) for key in sorted({**sides[0], **sides[1]}))
    return tuple(each for each in found if each)


def _manifests(snapshot: Snapshot, other: Snapshot) -> dict[Key, Any]:
    """What differs at all. Objects that both hold as one value are left out."""
    found: dict[Key, Any] = {}
    for kind, mine, theirs in (
            ("NetworkPolicy", snapshot.policies, other.policies), ("Service", snapshot.services, other.services),
            ("EndpointSlice", snapshot.endpoint_slices, other.endpoint_slices)):
        found |= {Key(kind, *name): each for name, each in mine.items() if theirs.get(name) is not each}
    found |= {Key(*name): each for name, each in snapshot.workloads.items() if other.workloads.get(name) is not each}
    found |= {Key("Namespace", "", name): each for name, each in snapshot.namespaces.items() if other.namespaces.get(name) is not each}
    found |= {Key("Node", "", name): each for name, each in snapshot.nodes.items() if other.nodes.get(name) is not each}
    found |= {Key(kind, "", name): each for (kind, name), each in snapshot.tiers.items() if other.tiers.get((kind, name)) is not each}
    found |= {key: each for key, each in snapshot.beside.items() if key.kind in NAMED and other.beside.get(key) is not each}
    found |= {Key("Pod", *name): each for name, each in snapshot.pods.items()
              if other.pods.get(name) is not each and not each.metadata.owner_references}
    return {key: snapshot.documents.get(key) or msgspec.to_builtins(each) for key, each in found.items()}


def _change(key: Key, before: Any, after: Any) -> reports.ManifestChange | None:
    kept = before and _kept(key, before, after) if after else before
    old, new = (_text(key, each) if each else "" for each in (kept, after))
    if old == new:
        return None
    change = "changed" if before and after else "added" if after else "removed"
    name = "/".join(filter(None, (key.kind.lower(), key.namespace, key.name)))
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True),
        f"before/{name}" if old else "/dev/null", f"after/{name}" if new else "/dev/null")
    return reports.ManifestChange(change, object_ref(key), "".join(lines))


def _kept(key: Key, before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """An apply leaves alone what the server filled in: of an object of a server only the fields that the new one has are compared.
    The spec of a policy is written whole, and of its fields the server fills in policyTypes."""
    if not (before.get("metadata") or {}).get("uid"):
        return before
    common: dict[str, Any] = _common(before, after)
    if key.kind != "NetworkPolicy":
        return common
    wanted = after.get("spec") or {}
    spec = {name: each for name, each in (before.get("spec") or {}).items() if name in wanted or name != "policyTypes"}
    return {**common, "spec": spec}


def _common(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: _common(value, after[key]) for key, value in before.items() if key in after}
    return before


def _text(key: Key, document: Mapping[str, Any]) -> str:
    metadata = {name: value for name, value in document.get("metadata", {}).items()
                if name not in _OF_SERVER and value not in (None, {}, [])}
    if annotations := {name: value for name, value in metadata.pop("annotations", {}).items() if name != _LAST_APPLIED}:
        metadata["annotations"] = annotations
    rest = {name: value for name, value in document.items() if name not in ("apiVersion", "kind", "metadata", "status")}
    api_version = document.get("apiVersion") or _API_VERSIONS.get(key.kind, "v1")
    return manifest({"apiVersion": api_version, "kind": key.kind.partition(".")[0], "metadata": metadata, **_without_none(rest)})


_API_VERSIONS = {
    "NetworkPolicy": "networking.k8s.io/v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1", "EndpointSlice": "discovery.k8s.io/v1", **api.TIER_VERSIONS,
    **{each.name: f"{each.group}/{each.versions[0]}" for each in NAMED.values()}}


def _without_none(value: Any) -> Any:
    """What is not set is not written."""
    match value:
        case dict():
            return {key: _without_none(each) for key, each in value.items() if each is not None}
        case list() | tuple():
            return [_without_none(each) for each in value]
    return value


def merged_changes(merged: Merged) -> tuple[reports.ManifestChange, ...]:
    """What kubectl diff shows, in its order."""
    return tuple(
        reports.ManifestChange("changed" if name in merged.live else "added", _ref(merged.merged[name]), text)
        for name, text in merged.diffs.items())


def external_diff(merged: Merged) -> reports.ExternalDiff | UnsetType:
    return reports.ExternalDiff(tuple(_ref(each) for each in merged.merged.values()), merged.text) if merged.is_own else UNSET


def _ref(document: Mapping[str, Any]) -> reports.ObjectRef:
    metadata = document["metadata"]
    kind = name_of(document["apiVersion"].rpartition("/")[0], document["kind"])
    return reports.ObjectRef(kind, metadata.get("namespace") or "", metadata["name"])


# ---- findings


def finding_changes(before: Sequence[reports.Finding], after: Sequence[reports.Finding]) -> reports.FindingChanges:
    """Which come and which go; where they stand in a file is no matter."""
    return reports.FindingChanges(tuple(_beyond(after, before)), tuple(_beyond(before, after)))


def _beyond(those: Sequence[reports.Finding], others: Sequence[reports.Finding]) -> Iterator[reports.Finding]:
    known = {(each.id, each.object, each.message) for each in others}
    return (each for each in those if (each.id, each.object, each.message) not in known)
