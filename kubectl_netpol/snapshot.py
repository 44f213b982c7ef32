"""What is known of the cluster at one moment: the API objects, where each came from, and what could not be read."""
from typing import Any

from msgspec import Struct

from kubectl_netpol import api


class Origin(Struct, frozen=True):
    """Where an object stands: a file (or "-"), the document in it counted from 1, and the item of a List counted from 1 or 0."""

    path: str
    document: int = 1
    item: int = 0


class Key(Struct, frozen=True, order=True, cache_hash=True):
    """What names an object. The namespace of a cluster-scoped kind is ""."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


class Listing(Struct, frozen=True, order=True):
    """Objects of a kind that an API server can be asked for at once: of a namespace, else of all; the one of a name,
    else those with labels or fields, in the API's own syntax."""

    kind: str
    namespace: str = ""
    name: str = ""
    labels: str = ""
    fields: str = ""

    @property
    def verb(self) -> str:
        return "get" if self.name else "list"

    @property
    def wider(self) -> tuple["Listing", "Listing", "Listing"]:
        """Itself, and the listings that hold all of it."""
        return self, Listing(self.kind, self.namespace), Listing(self.kind)


class Snapshot(Struct, frozen=True):
    """Every mapping is from (namespace, name); the namespace of a Namespace is ""; workloads from (kind, namespace, name).

    Namespaces of objects are settled here: no key and no metadata of a namespaced object lacks one.
    """

    namespaces: dict[str, api.Namespace] = {}
    nodes: dict[str, api.Node] = {}
    pods: dict[tuple[str, str], api.Pod] = {}
    workloads: dict[tuple[str, str, str], api.Workload | api.CronJob] = {}
    services: dict[tuple[str, str], api.Service] = {}
    endpoint_slices: dict[tuple[str, str], api.EndpointSlice] = {}
    policies: dict[tuple[str, str], api.NetworkPolicy] = {}
    tiers: dict[tuple[str, str], api.TierPolicy] = {}   # from (kind, name)
    groups: frozenset[str] = frozenset()                # groups and versions of the API that a server has: "apps/v1"
    beside: dict[Key, Any] = {}                         # objects of api.BESIDE
    origins: dict[Key, Origin] = {}                     # of everything but Pods and EndpointSlices
    documents: dict[Key, dict[str, Any]] = {}           # whole documents, of overlays only (what diff -f shows)
    unread: dict[str, int] = {}                         # kinds that are not looked at, counted
    read: frozenset[Listing] | None = None              # what was asked of a server; None: files, which are the whole
    cni: str = "generic"                                # by whose rules it is judged: a name of core.profiles
    gaps: dict[Listing, str] = {}                       # what could not be read, and why: a forbidden list is never taken for an empty one

    def has_read(self, listing: Listing) -> bool:
        """Whether all objects of a listing are here, if there are any. A gap in what holds it is one of it."""
        found = next((each for each in listing.wider if each in self.gaps or each in (self.read or ())), None)
        return self.read is None or (found is not None and found not in self.gaps)

    def gap_at(self, listing: Listing) -> Listing | None:
        """What kept a listing from being read. Who may not list all namespaces may still list one, and get one object."""
        alike = (listing,) if listing.name else (listing, Listing(listing.kind, listing.namespace))
        return None if self.has_read(listing) else next((each for each in alike if each in self.gaps), None)
