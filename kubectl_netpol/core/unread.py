"""What of the pods of an object, or of a source, was not read? What depends on it is unknown: never denied, and never allowed."""
from collections.abc import Iterable

from kubectl_netpol.core.addresses import POD_NETWORKS, addresses_of, intersection
from kubectl_netpol.core.classes import may_match
from kubectl_netpol.core.deciding import isolates_egress
from kubectl_netpol.core.needs import MEMBERS, of_object, of_source, single_address
from kubectl_netpol.core.policies import Peer, PodPeer
from kubectl_netpol.core.selectors import format_selector
from kubectl_netpol.core.targets import Anywhere, Block, Cluster, Entry, Nodes, Object, Pods, SameNamespace, Source, TargetKind
from kubectl_netpol.snapshot import Listing, Snapshot


def hidden(kind: TargetKind, home: str, name: str, snapshot: Snapshot) -> tuple[Listing, ...]:
    """What of an object and of its pods may not be read."""
    if not snapshot.gaps:
        return ()
    own = (kind.value, "EndpointSlice", *MEMBERS)
    return _gaps([each for each in of_object(kind, home, name, snapshot) if each.kind in own], snapshot)


def hidden_of(source: Source, home: str, snapshot: Snapshot) -> tuple[Listing, ...]:
    """What of a source's pods may not be read."""
    return _gaps(_members(source, home, snapshot), snapshot) if snapshot.gaps else ()


def is_read(source: Source, home: str, snapshot: Snapshot) -> bool:
    """Whether all pods of a source are here, and what would make more of them."""
    return snapshot.read is None or all(map(snapshot.has_read, _members(source, home, snapshot)))


def is_somebody(source: Source) -> bool:
    """Whether it means pods, or an address that may be one's. Blocks of addresses are judged as such."""
    return not isinstance(source, Block) or bool(single_address(source.cidr))


def has_pods_of(namespace: str, snapshot: Snapshot) -> bool:
    return all(snapshot.has_read(Listing(kind, namespace)) for kind in MEMBERS)


def _members(source: Source, home: str, snapshot: Snapshot) -> list[Listing]:
    """What holds the pods of a source. Of blocks of addresses only where the networks of pods are."""
    match source:
        case Anywhere() | Cluster():
            return [Listing(kind) for kind in MEMBERS]
        case Block(cidr) if intersection(addresses_of((cidr,)), POD_NETWORKS):
            address = single_address(cidr)
            return [Listing("Pod", fields=f"status.podIP={address}" if address else "")]
        case Object(kind):
            return [each for each in of_source(source, home, snapshot) if each.kind in (kind.value, *MEMBERS)]
        case SameNamespace() | Pods():
            return [each for each in of_source(source, home, snapshot)
                    if each.kind in MEMBERS or (each.kind == "Namespace" and not each.name)]
        case Entry() | Nodes():
            return [each for each in of_source(source, home, snapshot) if each.kind not in ("NetworkPolicy", "Namespace")]
        case _:
            return []


def _gaps(listings: Iterable[Listing], snapshot: Snapshot) -> tuple[Listing, ...]:
    return tuple(dict.fromkeys(gap for each in listings if (gap := snapshot.gap_at(each))))


# ---- what of it can be told all the same


def may_hold_unread(peer: Peer, own: str, source: Source, home: str, snapshot: Snapshot) -> bool:
    """Whether some pod of the source that was not read may be a peer of a policy in the own namespace."""
    if not isinstance(peer, PodPeer):
        return not isinstance(source, Block | Anywhere)         # their addresses are judged as such
    homes, namespaces = _unread_homes(source, home, snapshot), peer.namespace_selector
    if namespaces is None:
        return own in homes if homes is not None else not has_pods_of(own, snapshot)
    return homes is None or any(may_match(namespaces, name, snapshot) for name in homes)


def _unread_homes(source: Source, home: str, snapshot: Snapshot) -> list[str] | None:
    """The namespaces in which a source may have pods that were not read; None: in some that nobody knows."""
    if namespace := home_of(source, home):
        return [namespace]
    match source:
        case Pods(selector, _, namespaces) if namespaces is not None:
            listing = Listing("Namespace", labels=format_selector(namespaces))
            found = [name for name in snapshot.namespaces if may_match(namespaces, name, snapshot)
                     and not is_read(Pods(selector, name), home, snapshot)]
        case _:
            listing = Listing("Namespace")
            found = [name for name in snapshot.namespaces if not has_pods_of(name, snapshot)]
    return found if snapshot.has_read(listing) else None


def home_of(source: Source, home: str) -> str | None:
    """The namespace of all pods of a source, if that is one."""
    match source:
        case SameNamespace(): return home
        case Object(namespace=named) | Pods(namespace=named, namespaces=None): return named or home
        case _: return None


def are_free_to_leave(source: Source, home: str, snapshot: Snapshot) -> bool:
    """Whether no policy of their namespace isolates any pods for egress."""
    namespace = home_of(source, home)
    return namespace is not None and snapshot.has_read(Listing("NetworkPolicy", namespace)) and not any(
        isolates_egress(policy) for name, policy in snapshot.policies.items() if name[0] == namespace)
