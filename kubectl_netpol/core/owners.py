"""Who holds an object, and what will write it again? People, by kubectl's field managers; owners, by the marks that controllers leave.

An owner writes its own state again sooner or later, so a change is made at the owner's. Documents are whole objects of the server.
"""
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

Document = Mapping[str, Any]

US = "kubectl-netpol"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# field managers that nobody runs in a loop: kubectl and its commands (kubectl-client-side-apply, kubectl-edit, …), and
# "before-first-apply", which a server gives to fields that are older than the tracking (managedfields/internal/skipnonapplied.go)
_PEOPLE = re.compile(r"kubectl|kubectl-.+|before-first-apply")


class OwnerKind(Enum):
    """The value is part of the codes of its sentences."""

    FLUX_KUSTOMIZATION = "flux-kustomization"
    FLUX_HELM_RELEASE = "flux-helm-release"
    ARGO_CD = "argo-cd"
    HELM = "helm"
    REFERENCE = "reference"
    MANAGER = "manager"


class Owner(Struct, frozen=True):
    """name: of the release, the Kustomization, the Application, the field manager; of an ownerReference kind/name, as kubectl writes it."""

    kind: OwnerKind
    name: str
    namespace: str = ""


class Holders(Struct, frozen=True):
    """Who has a say in what a write changes."""

    owners: tuple[Owner, ...] = ()                              # controllers: asked for by name, or not written at all
    people: tuple[str, ...] = ()                                # field managers of kubectl whose fields are taken over
    is_applied: bool = False                                    # the last-applied annotation: the next apply of its file brings it back


def holders_of(before: Document, after: Document | None, manager: str) -> Holders:
    """Of a live object and of what it will be (None: deleted), for who writes as manager."""
    owners = owners_of(before)
    managers = managers_of(before, after)
    people = tuple(each for each in managers if _PEOPLE.fullmatch(each) and each not in (US, manager))
    known = {_MANAGER_OF.get(each.kind, "") for each in owners}
    others = tuple(Owner(OwnerKind.MANAGER, each) for each in managers
                   if not _PEOPLE.fullmatch(each) and each != manager and each not in known)
    return Holders((*owners, *others), people, LAST_APPLIED in _annotations(before) and not owners)


# ---- owners


def owners_of(document: Document) -> tuple[Owner, ...]:
    """The one that deploys it, and those of its ownerReferences."""
    deployers = (owner for look in (_kustomization, _flux_release, _argo_application, _release) if (owner := look(document)))
    references = [Owner(OwnerKind.REFERENCE, f"{each['kind'].lower()}/{each['name']}", _namespace(document))
                  for each in document["metadata"].get("ownerReferences") or ()]
    return (*[each for each in [next(deployers, None)] if each], *references)


def _kustomization(document: Document) -> Owner | None:
    """Flux: https://fluxcd.io/flux/components/kustomize/kustomizations/#garbage-collection"""
    return _labelled(document, "kustomize.toolkit.fluxcd.io", OwnerKind.FLUX_KUSTOMIZATION)


def _flux_release(document: Document) -> Owner | None:
    """helm-controller sets the labels of its HelmRelease beside those of Helm."""
    return _labelled(document, "helm.toolkit.fluxcd.io", OwnerKind.FLUX_HELM_RELEASE)


def _labelled(document: Document, prefix: str, kind: OwnerKind) -> Owner | None:
    labels = document["metadata"].get("labels") or {}
    name = labels.get(f"{prefix}/name")
    return Owner(kind, name, labels.get(f"{prefix}/namespace", "")) if name else None


def _argo_application(document: Document) -> Owner | None:
    """Argo CD tracks by annotation (APPLICATION:GROUP/KIND:NAMESPACE/NAME), by a label of its own, or by one that others use too:
    https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/"""
    labels = document["metadata"].get("labels") or {}
    application, _, thing = _annotations(document).get("argocd.argoproj.io/tracking-id", "").partition(":")
    if application and thing.endswith(f"{document['kind']}:{_namespace(document)}/{document['metadata']['name']}"):
        return _application(application)
    label = labels.get("argocd.argoproj.io/instance") or labels.get("app.kubernetes.io/instance")
    is_tracked = "argocd.argoproj.io/instance" in labels or "argocd-controller" in _managers(document)
    return _application(label) if label and is_tracked else None


def _application(name: str) -> Owner:
    """namespace_name, where Applications may stand in any namespace."""
    namespace, _, own = name.rpartition("_")
    return Owner(OwnerKind.ARGO_CD, own, namespace)


def _release(document: Document) -> Owner | None:
    """Helm takes for its own what has its label and both annotations (pkg/action/validate.go). The label alone is in each chart's
    templates, applied by whom ever."""
    name = _annotations(document).get("meta.helm.sh/release-name")
    return Owner(OwnerKind.HELM, name, _annotations(document).get("meta.helm.sh/release-namespace", "")) if name else None


_MANAGER_OF = {
    OwnerKind.FLUX_KUSTOMIZATION: "kustomize-controller", OwnerKind.FLUX_HELM_RELEASE: "helm-controller",
    OwnerKind.ARGO_CD: "argocd-controller", OwnerKind.HELM: "helm"}


def _annotations(document: Document) -> Mapping[str, str]:
    return document["metadata"].get("annotations") or {}


def _namespace(document: Document) -> str:
    return document["metadata"].get("namespace") or ""


# ---- field managers


def managers_of(before: Document, after: Document | None) -> tuple[str, ...]:
    """Those that own something that differs, in order. What is deleted differs whole; what only a subresource writes is its own."""
    concerned = {
        entry["manager"] for entry in _entries(before)
        if (fields := _spoken(entry)) and _differs(fields, before, {} if after is None else after)}
    return tuple(sorted(concerned))


def _entries(document: Document) -> Iterator[Mapping[str, Any]]:
    return (entry for entry in document["metadata"].get("managedFields") or () if entry.get("manager") and not entry.get("subresource"))


def _managers(document: Document) -> set[str]:
    return {entry["manager"] for entry in _entries(document)}


def _spoken(entry: Mapping[str, Any]) -> Document:
    """The fields of an entry without metadata and status: labels and annotations are set by many, and bring back nothing."""
    return {field: each for field, each in (entry.get("fieldsV1") or {}).items() if field not in ("f:metadata", "f:status")}


def _differs(fields: Document, before: Any, after: Any) -> bool:
    """Whether anything that is named in fields, a set of paths as FieldsV1 writes them, is another thing after.

    "f:<name>" is a field, "k:<keys>" an item of a list by its keys, "v:<value>" an item that is a value, "i:<place>" one by its place,
    "." the thing itself (apimachinery meta/v1 FieldsV1)."""
    if not fields:
        return bool(before != after)
    return any(
        (before is None) != (after is None) if path == "." else _differs(below, _part(path, before), _part(path, after))
        for path, below in fields.items())


def _part(path: str, value: Any) -> Any:
    sort, _, name = path.partition(":")
    if sort == "f":
        return value.get(name) if isinstance(value, dict) else None
    items = value if isinstance(value, list) else []
    if sort == "k":
        keys = msgspec.json.decode(name).items()
        return next((each for each in items if isinstance(each, dict) and keys <= each.items()), None)
    if sort == "v":
        return next((each for each in items if each == msgspec.json.decode(name)), None)
    return items[int(name)] if int(name) < len(items) else None
