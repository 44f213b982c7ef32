"""What is known of the cluster at one moment: the API objects, where each came from, and what could not be read."""
from typing import Any

from msgspec import Struct

from kubectl_netpol import api


class Origin(Struct, frozen=True):
    """Where an object stands: a file (or "-"), the document in it counted from 1, and the item of a List counted from 1 or 0."""

    path: str
    document: int = 1
    item: int = 0


class Key(Struct, frozen=True, order=True):
    """What names an object. The namespace of a cluster-scoped kind is ""."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


class Gap(Struct, frozen=True):
    """What could not be read: a forbidden list is never taken for an empty one."""

    verb: str
    resource: str
    namespace: str
    reason: str


class Snapshot(Struct, frozen=True):
    """Every mapping is from (namespace, name); the namespace of a Namespace is ""; workloads from (kind, namespace, name).

    Namespaces of objects are settled here: no key and no metadata of a namespaced object lacks one.
    """

    namespaces: dict[str, api.Namespace] = {}
    pods: dict[tuple[str, str], api.Pod] = {}
    workloads: dict[tuple[str, str, str], api.Workload | api.CronJob] = {}
    services: dict[tuple[str, str], api.Service] = {}
    endpoint_slices: dict[tuple[str, str], api.EndpointSlice] = {}
    policies: dict[tuple[str, str], api.NetworkPolicy] = {}
    service_references: tuple[api.ServiceReference, ...] = ()
    origins: dict[Key, Origin] = {}                     # of everything but Pods and EndpointSlices
    documents: dict[Key, dict[str, Any]] = {}           # whole documents, of overlays only (what diff -f shows)
    unread: dict[str, int] = {}                         # kinds that say nothing of connectivity, counted
    gaps: tuple[Gap, ...] = ()
