"""What does the API server hold of what is asked for? Lists come page by page and side by side; what is refused becomes a gap."""
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Generic, TextIO, TypeVar, cast

import msgspec
from msgspec import Raw, Struct, field
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.api.engines import NAMED
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.validation import problems_of
from kubectl_netpol.server.connection import Refused, Server
from kubectl_netpol.server.progress import Progress
from kubectl_netpol.server.resources import path_of, versions_of
from kubectl_netpol.server.threads import threads
from kubectl_netpol.snapshot import Key, Listing, Snapshot

_PAGE = 500                                                     # objects, as kubectl asks for
_TRIES = 5                                                      # of a list whose pages go out of date
_FORBIDDEN, _NOT_FOUND, _GONE = 403, 404, 410
_UNAVAILABLE = 503                                              # of a group whose own API server is down, as Calico may have one

_TYPES: dict[str, Any] = {
    "Namespace": api.Namespace, "Pod": api.Pod, "Service": api.Service, "EndpointSlice": api.EndpointSlice,
    "NetworkPolicy": api.NetworkPolicy, "CronJob": api.CronJob, "Node": api.Node, **dict.fromkeys(api.TIER_KINDS, api.TierPolicy),
    **api.BESIDE_NAMES,
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"), api.Workload)}
_PLACES = {"Pod": "pods", "Service": "services", "EndpointSlice": "endpoint_slices", "NetworkPolicy": "policies"}

Item = TypeVar("Item")


class _ListMeta(Struct, frozen=True):
    token: str = field(default="", name="continue")


class _Page(Struct, Generic[Item], frozen=True):
    items: tuple[Item, ...] | None = None
    metadata: _ListMeta = _ListMeta()


class _GroupVersion(Struct, frozen=True, rename="camel"):
    group_version: str


class _Group(Struct, frozen=True):
    versions: tuple[_GroupVersion, ...] | None = None


class _Groups(Struct, frozen=True):
    """APIGroupList of meta/v1: what an API server has beside the core."""

    groups: tuple[_Group, ...] | None = None


class Found(Struct, frozen=True):
    """What a listing brought: objects by kind, and what could not be read or understood of it."""

    listing: Listing
    objects: tuple[Any, ...] = ()
    gaps: dict[Listing, str] = {}


def read(listings: Iterable[Listing], snapshot: Snapshot, server: Server, stderr: TextIO = sys.stderr) -> Snapshot:
    """The snapshot with what the listings bring. Faults that are no refusal are raised."""
    progress = Progress(stderr)
    try:
        with threads(server) as lists, threads(server) as pages:
            reader = _Reader(server, pages, progress, snapshot.groups)
            listed = [lists.submit(reader.listed, listing) for listing in sorted(listings)]
            for each in as_completed(listed):
                each.result()                                   # the first fault ends it
    finally:
        progress.clear()
    return _with([each.result() for each in listed], snapshot)


class _Reader:
    def __init__(self, server: Server, pages: ThreadPoolExecutor, progress: Progress, groups: frozenset[str]) -> None:
        self.server, self.pages, self.progress, self.groups = server, pages, progress, groups

    def listed(self, listing: Listing) -> Found:
        try:
            if listing.kind == "APIGroup":
                return _groups_in(listing, self.server.get(path_of(listing)))
            return self._of_version(listing, *versions_of(listing.kind, self.groups))
        except Refused as refused:
            if refused.status == _NOT_FOUND:                    # no such object, or no such kind in this cluster
                return Found(listing)
            if refused.status == _FORBIDDEN or (refused.status == _UNAVAILABLE and listing.kind in NAMED):
                return Found(listing, (), {listing: refused.message})
            raise

    def _of_version(self, listing: Listing, version: str, *others: str) -> Found:
        """Of the first version of the API that is served."""
        try:
            if listing.name:
                return _understood(listing, [self.server.get(path_of(listing, version))])
            return self._of_pages(listing, version)
        except Refused as refused:
            if refused.status != _NOT_FOUND or not others:
                raise
            return self._of_version(listing, *others)

    def _of_pages(self, listing: Listing, version: str) -> Found:
        """A page that is out of date begins the list again: half of one state and half of another is no list."""
        for _ in range(_TRIES):
            try:
                parts = [self._counted(_understood(listing, [page], is_list=True)) for page in self._bodies(listing, version)]
            except Refused as refused:
                if refused.status != _GONE:
                    raise
                continue
            return Found(listing, tuple(each for part in parts for each in part.objects),
                         {gap: reason for part in parts for gap, reason in part.gaps.items()})
        raise NetpolError(f"{path_of(listing)} changes faster than it can be listed", hint="ask again, or for one namespace: -n NAME")

    def _bodies(self, listing: Listing, version: str) -> Iterator[bytes]:
        """The next page is asked for before this one is looked at."""
        query = {"limit": str(_PAGE), **({"labelSelector": listing.labels} if listing.labels else {}),
                 **({"fieldSelector": listing.fields} if listing.fields else {})}
        path = path_of(listing, version)
        body = self.server.get(path, query)
        while token := _token_in(body):
            following = self.pages.submit(self.server.get, path, {**query, "continue": token})
            yield body
            body = following.result()
        yield body

    def _counted(self, found: Found) -> Found:
        self.progress.add(found.listing.kind, len(found.objects))
        return found


def _groups_in(listing: Listing, body: bytes) -> Found:
    """Groups with their versions; which there are is not known where they cannot be understood."""
    try:
        groups = msgspec.json.decode(body, type=_Groups).groups or ()
    except msgspec.ValidationError as error:
        return Found(listing, (), {listing: str(error)})
    return Found(listing, tuple(version.group_version for group in groups for version in group.versions or ()))


_TOKEN = re.compile(rb'"continue"\s*:\s*"([^"]*)"')
_HEAD = 2048                                                    # bytes; in it the metadata of a list ends, or its items begin


def _token_in(body: bytes) -> str:
    """Of a page that has not been decoded yet. Lists of custom resources have their metadata at the end: their keys are sorted."""
    items = body.find(b'"items"', 0, _HEAD)
    found = _TOKEN.search(body, 0, items if items >= 0 else len(body)) or _TOKEN.search(body, max(body.rfind(b"]"), 0))
    return found[1].decode() if found else ""


# ---- decoding


def _understood(listing: Listing, bodies: Iterable[bytes], *, is_list: bool = False) -> Found:
    """What cannot be understood leaves a gap where all objects of its kind and namespace are: a policy may say anything, a pod have
    any label. Services and namespaces stand for themselves."""
    kind, objects, gaps = listing.kind, [], {}
    decoder = _decoder(kind, is_list)
    for body in bodies:
        try:
            found = decoder.decode(body)
            items = (found.items or ()) if is_list else (found,)
        except msgspec.ValidationError:
            items = msgspec.json.decode(body, type=_Page[Raw]).items or () if is_list else (Raw(body),)
        for item in items:
            each, problem = _checked(kind, item)
            if problem:
                gaps[_gap_of(listing, item)] = problem
            else:
                objects.append(each)
    return Found(listing, tuple(objects), gaps)


_DECODERS: dict[tuple[str, bool], Any] = {}


def _decoder(kind: str, is_list: bool) -> Any:
    if (kind, is_list) not in _DECODERS:
        own, page = _TYPES[kind], cast(Any, _Page)
        _DECODERS[kind, is_list] = msgspec.json.Decoder(page[own] if is_list else own)
    return _DECODERS[kind, is_list]


def _checked(kind: str, item: Any) -> tuple[Any, str]:
    """The object, or why it cannot be understood."""
    if isinstance(item, Raw):
        try:
            item = _decoder(kind, False).decode(item)
        except msgspec.ValidationError as error:
            return item, str(error)
    path, problem = next(problems_of(kind, item), ("", ""))
    return item, f"{path}: {problem}" if problem else ""


def _gap_of(listing: Listing, item: Any) -> Listing:
    """The listing itself, unless it is a wider one."""
    metadata = msgspec.json.decode(item).get("metadata", {}) if isinstance(item, Raw) else msgspec.to_builtins(item)["metadata"]
    kind, namespace = listing.kind, metadata.get("namespace") or ""
    own = Listing(kind, namespace, metadata.get("name") or "") if kind in ("Service", "Namespace") else Listing(kind, namespace)
    return own if listing in own.wider else listing


# ---- into the snapshot


def _with(found: Iterable[Found], snapshot: Snapshot) -> Snapshot:
    places: dict[str, dict[Any, Any]] = {
        place: dict(getattr(snapshot, place)) for place in ("namespaces", "nodes", "tiers", "workloads", "beside", *_PLACES.values())}
    gaps, done, groups = dict(snapshot.gaps), set(snapshot.read or ()), set(snapshot.groups)
    for each in found:
        gaps |= each.gaps
        if each.listing not in each.gaps:
            done.add(each.listing)
        if each.listing.kind == "APIGroup":
            groups.update(each.objects)
            continue
        for one in each.objects:
            _put(each.listing.kind, one, places)
    return replace(snapshot, **places, groups=frozenset(groups), gaps=gaps, read=frozenset(done))


def _put(kind: str, one: Any, places: dict[str, dict[Any, Any]]) -> None:
    metadata = one.metadata
    match kind:
        case "Namespace" | "Node":
            places["namespaces" if kind == "Namespace" else "nodes"][metadata.name] = one
        case _ if kind in api.TIER_KINDS:
            places["tiers"][kind, metadata.name] = one
        case _ if kind in api.BESIDE_NAMES:
            places["beside"][Key(kind, metadata.namespace or "", metadata.name)] = one
        case _ if kind in _PLACES:
            places[_PLACES[kind]][metadata.namespace or "", metadata.name] = one
        case _:
            places["workloads"][kind, metadata.namespace or "", metadata.name] = one
