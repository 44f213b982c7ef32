"""Which objects do documents hold? Each decoded, settled in a namespace, validated; all that is wrong is told at once."""
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import force_setattr, replace

from kubectl_netpol import api
from kubectl_netpol.api.engines import name_of
from kubectl_netpol.core.targets import did_you_mean
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import Document
from kubectl_netpol.inputs.templates import unrendered
from kubectl_netpol.inputs.tiers import misspelt_peers
from kubectl_netpol.inputs.validation import is_sound, problems_of, problems_of_name
from kubectl_netpol.snapshot import Key, Origin, Snapshot

Found = TypeVar("Found")
LineOf = Callable[[Origin, str], int | None]                    # of a path in the object at an origin

_ONCE_IN = {"extensions": {"Deployment": "apps", "DaemonSet": "apps", "ReplicaSet": "apps", "NetworkPolicy": "networking.k8s.io",
                           "Ingress": "networking.k8s.io"}}
_DECODERS: dict[Any, Any] = {}                                  # of kinds that were met: those of all would take longer than a small file
_QUIET = ("Pod", "EndpointSlice")                               # no word about where these stand, no documents of those that are made
_LONG = "CustomResourceDefinition"                              # no change of it is shown, and with its schemas it is long
_PLACES = {                                                     # where the objects of a kind are kept; of others with the workloads
    "Namespace": "namespaces", "Node": "nodes", "Pod": "pods", "Service": "services", "EndpointSlice": "endpoint_slices",
    "NetworkPolicy": "policies", **dict.fromkeys(api.TIER_KINDS, "tiers"), **dict.fromkeys(api.BESIDE_NAMES, "beside")}
_MOST_PROBLEMS = 50


class Collector:
    """Gathers documents; snapshot() raises what is wrong with any of them."""

    def __init__(self, default_namespace: str | None, keep: frozenset[Key] | None, line_of: LineOf) -> None:
        self.default, self.keep, self.line_of = default_namespace or "default", keep, line_of
        self.objects: dict[str, dict[Any, Any]] = {name: {} for name in ("workloads", *_PLACES.values())}
        self.origins: dict[Key, Origin] = {}
        self.documents: dict[Key, dict[str, Any]] = {}
        self.unread: dict[str, int] = {}
        self.problems: list[str] = []
        self.hints: list[str] = []
        self.homeless: list[Key] = []
        self.parts: dict[object, object] = {}                   # of Pods, which many have in common

    def add(self, document: Document) -> None:
        group = document.api_version.rpartition("/")[0]
        group = _ONCE_IN.get(group, {}).get(document.kind, group)
        kind = api.KINDS.get((group, document.kind))
        if (name := name_of(group, document.kind)) != document.kind:
            document = replace(document, kind=name)
        if isinstance(document.body, list):
            self._add_many(document)
        elif kind is not None:
            self._decode(document, kind)
        elif (group, document.kind) == ("", "Endpoints"):
            self._endpoints(document)
        else:
            self.unread[document.kind] = self.unread.get(document.kind, 0) + 1

    def snapshot(self) -> Snapshot:
        if self.problems:
            more = len(self.problems) - _MOST_PROBLEMS
            said = [*self.problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
            hints = list(dict.fromkeys(self.hints))
            raise NetpolError("\n".join(said), hint="\n".join(hints[:5]) or "correct what is named, then ask again")
        return Snapshot(
            **self.objects,  # type: ignore[arg-type]  # by the names of its fields
            origins=self.origins, documents=self.documents, unread=dict(sorted(self.unread.items())))

    def _add_many(self, document: Document) -> None:
        """Of one kind. What is as it mostly is takes the short way."""
        first, kind = document.origin, document.kind
        known = self.objects[_PLACES.get(kind, "workloads")]
        for number, found in enumerate(document.body, start=first.item):
            home, name = found.metadata.namespace, found.metadata.name
            own = _name_of(kind, home, name)
            if kind not in api.TIER_KINDS and bool(home) != (kind in api.CLUSTER_SCOPED) and own not in known and is_sound(kind, found):
                known[own] = found if kind != "Pod" else self._sharing(found)
                if kind not in _QUIET:
                    self.origins[Key(kind, home or "", name)] = Origin(first.path, first.document, number)
            else:
                self._keep(Document(Origin(first.path, first.document, number), document.api_version, kind, found), found)

    def _sharing(self, pod: api.Pod) -> api.Pod:
        """With the containers and conditions of the first pod that has the same: a fifth of the memory of a large cluster. Nobody else
        has the pod yet, so that this is still a part of its making."""
        for part, field in ((pod.spec, "containers"), (pod.status, "conditions")):
            if part and (value := getattr(part, field)):
                force_setattr(part, field, self.parts.setdefault(value, value))
        return pod

    # ---- one object

    def _decode(self, document: Document, kind: Any) -> None:
        try:
            found = _decoded(document.body, kind)
        except (msgspec.ValidationError, RecursionError) as error:
            path, problem, hint = _said(str(error), kind)
            self._problem(document, _name_in(document), path, problem, hint)
            return
        self._keep(document, found)

    def _keep(self, document: Document, found: Any) -> None:
        metadata, kind = found.metadata, document.kind
        for path, problem in (*problems_of_name(kind, metadata), *problems_of(kind, found), *_problems_of_manifest(document, found)):
            if "{{" in problem:
                raise unrendered(document.origin.path)
            self._problem(document, metadata.name, path, problem)
            return
        key = Key(kind, "" if kind in api.CLUSTER_SCOPED else metadata.namespace or self.default, metadata.name)
        if not metadata.namespace and key.namespace:
            self.homeless.append(key)
            found = replace(found, metadata=replace(metadata, namespace=self.default))
        self._put(found, key, document)

    def _put(self, found: Any, key: Key, document: Document) -> None:
        place, name = _PLACES.get(key.kind, "workloads"), _name_of(key.kind, key.namespace, key.name)
        known = self.objects[place].get(name)
        if known is not None and known != found:
            there = f" and at {_at(self.origins[key], self.line_of)}" if key in self.origins else " twice"
            self._problem(document, key.name, "", f"it is given here{there}, and not the same", "leave one of them out")
            return
        self.objects[place][name] = found
        if key.kind not in _QUIET:
            self.origins.setdefault(key, document.origin)
        if key in self.keep if self.keep is not None else key.kind != _LONG and (
                key.kind not in _QUIET or not found.metadata.owner_references):
            body = _dict(document.body)
            self.documents[key] = {**body, "metadata": {**body["metadata"], **({"namespace": key.namespace} if key.namespace else {})}}

    def _endpoints(self, document: Document) -> None:
        """Endpoints that somebody made by hand, as the slices that the mirroring controller would make of them."""
        body = _dict(document.body)
        labels = {"kubernetes.io/service-name": _dig(body, "metadata", "name")}
        for number, subset in enumerate(_list(_dig(body, "subsets"))):
            for ready, field in ((True, "addresses"), (False, "notReadyAddresses")):
                ends = [{"addresses": [_dig(each, "ip")], "conditions": {"ready": ready}, "targetRef": _dig(each, "targetRef")}
                        for each in _list(_dig(subset, field))]
                metadata = {**_dig(body, "metadata"), "name": f"{labels['kubernetes.io/service-name']}-{number}-{field.lower()}",
                            "labels": labels, "annotations": None, "ownerReferences": None}
                addresses = "IPv6" if any(":" in str(each["addresses"][0]) for each in ends) else "IPv4"
                made = {"metadata": metadata, "addressType": addresses, "endpoints": ends, "ports": _dig(subset, "ports")}
                if ends and labels["kubernetes.io/service-name"]:
                    self._decode(Document(document.origin, "discovery.k8s.io/v1", "EndpointSlice", made), api.EndpointSlice)

    def _problem(self, document: Document, name: str, path: str, problem: str, hint: str = "") -> None:
        where = _at(document.origin, lambda origin, _: self.line_of(origin, path))
        self.problems.append(f"{where}: {document.kind}/{name or '?'}: {path + ': ' if path else ''}{problem}")
        if hint:
            self.hints.append(hint)


def _problems_of_manifest(document: Document, found: Any) -> Iterable[tuple[str, str]]:
    """Of what an API server did not check yet."""
    if not isinstance(found, api.TierPolicy):
        return
    if document.api_version != api.TIER_VERSIONS[document.kind]:
        yield "apiVersion", f"{document.api_version} of it is not known here, {api.TIER_VERSIONS[document.kind]} is"
    if not _dig(_dict(document.body), "metadata", "uid"):
        yield from misspelt_peers(found)


def _name_of(kind: str, home: str | None, name: str) -> object:
    """The key of an object among those of its place."""
    if kind in api.BESIDE_NAMES:
        return Key(kind, home or "", name)
    if kind in ("Namespace", "Node"):
        return name
    if kind in api.TIER_KINDS:
        return kind, name
    return (home, name) if kind in _PLACES else (kind, home, name)


def _at(origin: Origin, line_of: LineOf) -> str:
    line = line_of(origin, "")
    if line is not None:
        return f"{origin.path}:{line}"
    item = f", item {origin.item}" if origin.item else ""
    return f"{origin.path}, document {origin.document}{item}" if origin.document > 1 or item else origin.path


# ---- decoding


def _decoded(body: Any, kind: type[Found]) -> Found:
    """kind, apiVersion and what else the Structs do not hold is left aside; those of policies hold all."""
    if isinstance(body, msgspec.Raw):
        if kind not in _DECODERS:
            _DECODERS[kind] = msgspec.json.Decoder(kind)
        return _DECODERS[kind].decode(body)  # type: ignore[no-any-return]
    return msgspec.convert(body, kind)


def _dict(body: Any) -> dict[str, Any]:
    found = msgspec.json.decode(body) if isinstance(body, msgspec.Raw) else body
    return found if isinstance(found, dict) else {}


def _name_in(document: Document) -> str:
    name = _dig(_dict(document.body), "metadata", "name")
    return name if isinstance(name, str) else ""


_WHERE = re.compile(r"(?P<problem>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_QUOTED = re.compile(r"`([^`]*)`")


def _said(message: str, kind: Any) -> tuple[str, str, str]:
    """(path, problem, hint) of what msgspec tells: "Expected `int`, got `str` - at `$.spec.ports[0].port`"."""
    found = _WHERE.fullmatch(message)
    assert found
    path = (found["path"] or "").removeprefix("key in ").removeprefix("$").removeprefix(".")
    names = _QUOTED.findall(found["problem"])
    if "unknown field" in message:
        return f"{path}.{names[0]}".lstrip("."), "unknown field", did_you_mean(names[0], sorted(_fields(kind))) or (
            "look at the fields of a NetworkPolicy: kubectl explain networkpolicy.spec --recursive")
    if "missing required field" in message:
        return f"{path}.{names[0]}".lstrip("."), "Required value", ""
    if len(names) == 2:
        return path, f"expected {_type(names[0])}, got {_type(names[1])}", ""
    return path, found["problem"][:1].lower() + found["problem"][1:], ""


def _type(text: str) -> str:
    return text.replace(" | null", "").replace(" | ", " or ").replace("object", "map").replace("array", "list")


def _fields(kind: Any) -> set[str]:
    """The names of all fields in a type and in what it holds."""
    schema = msgspec.json.schema(kind)
    return {name for each in schema.get("$defs", {}).values() for name in each.get("properties", ())}


def _dig(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
