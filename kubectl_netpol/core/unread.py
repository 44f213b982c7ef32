"""What of the pods of an object, or of a source, was not read? What depends on it is unknown: never denied, and never allowed."""
from collections.abc import Iterable

from kubectl_netpol.core.addresses import POD_NETWORKS, addresses_of, intersection
from kubectl_netpol.core.classes import may_match
from kubectl_netpol.core.deciding import isolates_egress
from kubectl_netpol.core.needs import MEMBERS, of_object, of_source, single_address
from kubectl_netpol.core.policies import Peer, PodPeer
from kubectl_netpol.core.targets import Anywhere, Block, Cluster, Object, Pods, SameNamespace, Source, TargetKind
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
        case _:
            return []


def _gaps(listings: Iterable[Listing], snapshot: Snapshot) -> tuple[Listing, ...]:
    """What is missing of those, and why: where they were not asked for themselves, as nobody knew of them, what holds them."""
    unread = (each for each in listings if not snapshot.has_read(each))
    return tuple(dict.fromkeys(gap for each in unread if (gap := next((wide for wide in each.wider if wide in snapshot.gaps), None))))


# ---- what of it can be told all the same


def may_hold_unread(peer: Peer, own: str, source: Source, home: str, snapshot: Snapshot) -> bool:
    """Whether some pod of the source that was not read may be a peer of a policy in the own namespace."""
    if not isinstance(peer, PodPeer):
        return not isinstance(source, Block | Anywhere)         # their addresses are judged as such
    namespace = home_of(source, home)
    if namespace is not None:
        return namespace == own if peer.namespace_selector is None else may_match(peer.namespace_selector, namespace, snapshot)
    if peer.namespace_selector is None:
        return not has_pods_of(own, snapshot)
    return not snapshot.has_read(Listing("Namespace")) or any(
        may_match(peer.namespace_selector, name, snapshot) and not has_pods_of(name, snapshot) for name in snapshot.namespaces)


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
