"""Which objects, ports and pods does a text of the grammar mean in this cluster? What is not there gets the nearest name."""
import difflib
from collections.abc import Sequence
from functools import reduce
from operator import or_

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.addresses import (
    BOTH,
    EVERYWHERE,
    NOWHERE,
    Addresses,
    Family,
    addresses_of,
    difference,
    families_in,
    intersection,
    union,
)
from kubectl_netpol.core.classes import Cluster as State
from kubectl_netpol.core.classes import bits, in_namespaces, labels_of_namespace, located, selected
from kubectl_netpol.core.controllers import Carrier, carrier_of, carriers_of
from kubectl_netpol.core.endpoints import meets, pod_port, protocol_of, selected_by, spec_of
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.selectors import EVERYTHING, Selector, matches
from kubectl_netpol.core.sources import addresses_in, peer_of
from kubectl_netpol.core.targets import (
    ENTRY_KINDS,
    SHORT,
    Anywhere,
    Block,
    Cluster,
    Entry,
    Nodes,
    Object,
    Outside,
    Pods,
    PortSpec,
    SameNamespace,
    Source,
    Target,
    TargetKind,
    format_port,
    format_target,
)
from kubectl_netpol.core.unread import is_read
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.snapshot import Key, Listing, Snapshot

# ---- objects


def keys_of(kind: TargetKind, snapshot: Snapshot) -> list[tuple[str, str]]:
    """(namespace, name) of all objects of a kind, in order; the namespace of a Namespace is ""."""
    match kind:
        case TargetKind.SERVICE:
            return sorted(snapshot.services)
        case TargetKind.POD:
            return sorted(snapshot.pods)
        case TargetKind.NETWORKPOLICY:
            return sorted(snapshot.policies)
        case TargetKind.NAMESPACE:
            return [("", name) for name in sorted(namespaces_of(snapshot))]
        case _:
            return sorted((namespace, name) for own, namespace, name in snapshot.workloads if own == kind.value)


def namespaces_of(snapshot: Snapshot) -> set[str]:
    """Those that are declared, and those that objects are in."""
    objects = (*snapshot.services, *snapshot.pods, *snapshot.policies)
    return {*snapshot.namespaces, *(namespace for namespace, _ in objects), *(namespace for _, namespace, _ in snapshot.workloads)}


def targets_in(target: Target, namespace: str | None, snapshot: Snapshot, selector: Selector | None = None) -> tuple[Target, ...]:
    """The target with its namespace; a bare type is all of them that have the labels. namespace is -n, None for all."""
    if target.kind is TargetKind.DIALLED:
        said = format_target(target)
        raise NetpolError(f"{said} is what clients dial: policies are written for objects",
                          hint=f"kubectl netpol explain {said} tells which it is; then name that, svc/NAME")
    if target.name is not None:
        if target.kind is TargetKind.NAMESPACE:
            return (replace(target, name=_namespace_named(target.name, snapshot)[1]),)
        return (replace(target, namespace=named(target, namespace, snapshot)),)
    within = None if target.kind is TargetKind.NAMESPACE else target.namespace or namespace
    found = [key for key in keys_of(target.kind, snapshot) if within in (None, key[0])
             and (selector is None or matches(selector, labels_of(target.kind, *key, snapshot)))]
    return tuple(replace(target, namespace=own or None, name=name) for own, name in found)


def labels_of(kind: TargetKind, namespace: str, name: str, snapshot: Snapshot) -> dict[str, str]:
    """An object's own labels: those of its pods may be others."""
    match kind:
        case TargetKind.NAMESPACE:
            return labels_of_namespace(snapshot, name)
        case TargetKind.SERVICE:
            return snapshot.services[namespace, name].metadata.labels or {}
        case TargetKind.POD:
            return snapshot.pods[namespace, name].metadata.labels or {}
        case TargetKind.NETWORKPOLICY:
            return snapshot.policies[namespace, name].metadata.labels or {}
        case _:
            return snapshot.workloads[kind.value, namespace, name].metadata.labels or {}


def named(target: Target, namespace: str | None, snapshot: Snapshot) -> str:
    """The namespace of a named target: its own, -n, or the only one that has such an object."""
    within = target.namespace or namespace
    if within and _is_there(target, within, snapshot):
        return within
    known = keys_of(target.kind, snapshot)
    homes = [own for own, name in known if name == target.name and within in (None, own)]
    if len(homes) == 1:
        return homes[0]
    if not homes and within and not snapshot.has_read(Listing(target.kind.value, within, target.name or "")):
        return within                                           # it may be there
    text = f"{SHORT[target.kind]}/{target.name}"
    if homes:
        raise NetpolError(
            f"{text} is in {len(homes)} namespaces: {', '.join(homes)}", hint=f"name one: -n {homes[0]}, or ns/{homes[0]}:{text}")
    if gap := snapshot.gap_at(Listing(target.kind.value, within or "", fields=f"metadata.name={target.name}")):
        raise NetpolError(snapshot.gaps[gap], hint=f"name the namespace of {text}, if you may read that: -n NAME")
    where = f' in namespace "{within}"' if within else ""
    raise NetpolError(f"{text} not found{where}", hint=_nearest(target, known, within))


def _is_there(target: Target, namespace: str, snapshot: Snapshot) -> bool:
    """Told without a look at all the others."""
    match target.kind:
        case TargetKind.SERVICE:
            return (namespace, target.name) in snapshot.services
        case TargetKind.POD:
            return (namespace, target.name) in snapshot.pods
        case TargetKind.NETWORKPOLICY:
            return (namespace, target.name) in snapshot.policies
        case TargetKind.NAMESPACE:
            return False
        case kind:
            return (kind.value, namespace, target.name) in snapshot.workloads


def refuse_hidden(target: Target, snapshot: Snapshot) -> None:
    """Of what may not be read nothing can be told, and nothing written for it: an object with its namespace, or all of a kind."""
    wanted = Listing(target.kind.value, target.namespace or "", target.name or "")
    if (wanted.namespace, wanted.name) in keys_of(target.kind, snapshot) or snapshot.has_read(wanted):
        return
    if gap := next((each for each in wanted.wider if each in snapshot.gaps), None):
        raise NetpolError(snapshot.gaps[gap], hint="ask for that right; kubectl auth can-i --list -n NAMESPACE shows those that you have")


def _nearest(target: Target, known: Sequence[tuple[str, str]], within: str | None) -> str:
    """What there is: the nearest names first, those of the namespace before those elsewhere."""
    word = SHORT[target.kind]
    elsewhere = [own for own, name in known if name == target.name]
    if elsewhere:
        return f"it is in namespace {elsewhere[0]}: ns/{elsewhere[0]}:{word}/{target.name}"
    names = [name for own, name in known if within in (None, own)]
    near = difflib.get_close_matches(target.name or "", names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {word}/{near[0]}?" + (f" there is also {', '.join(near[1:])}" if near[1:] else "")
    return f"there is {_some(names)}" if names else f"there is no {target.kind.value} there"


def _some(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _namespace_named(name: str, snapshot: Snapshot) -> tuple[str, str]:
    known = sorted(namespaces_of(snapshot))
    if name not in known and snapshot.has_read(Listing("Namespace", name=name)):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        there = f"there is {_some(known)}" if known else "there is none at all"
        raise NetpolError(f'namespace "{name}" not found', hint=f"did you mean ns/{near[0]}?" if near else there)
    return "", name


def checked_home(namespace: str | None, snapshot: Snapshot) -> None:
    """-n must name what is there: an empty answer would look like an open one."""
    if namespace is not None:
        _namespace_named(namespace, snapshot)


def policy_named(target: Target, namespace: str | None, snapshot: Snapshot) -> tuple[str, str]:
    home = named(target, namespace, snapshot)
    refuse_hidden(replace(target, namespace=home), snapshot)
    return home, target.name or ""


# ---- ports of a Service


class NamedPorts(Struct, frozen=True):
    """Ports of a Service that were asked for, and what was translated on the way."""

    ports: tuple[api.ServicePort, ...]
    notes: tuple[str, ...] = ()


def service_ports(
        service: api.Service, specs: Sequence[PortSpec], cluster: State | None = None, *, translate: bool = False) -> NamedPorts:
    """The ports by number or name. A number that is only a targetPort or a nodePort is an error with a hint, or is translated;
    what a named targetPort means is known where the cluster is."""
    ports = spec_of(service).ports or ()
    found: list[api.ServicePort] = []
    notes: list[str] = []
    for spec in specs:
        own = [port for port in ports if meets(spec, port)]
        meant = own or [port for port in ports if _is_behind(spec, port, service, cluster)]
        if not meant:
            raise NetpolError(f"svc/{service.metadata.name} has no port {format_port(spec)}", hint=_ports_there(service))
        if not own:
            said = f"{format_port(spec)} is the {_role(spec, meant[0])} of svc/{service.metadata.name}, whose port is {meant[0].port}"
            if not translate:
                raise NetpolError(said, hint=f"write svc/{service.metadata.name}:{meant[0].port}")
            notes.append(said)
        found += meant
    return NamedPorts(tuple(dict.fromkeys(found)) if specs else ports, tuple(notes))


def _is_behind(spec: PortSpec, port: api.ServicePort, service: api.Service, cluster: State | None) -> bool:
    if spec.protocol not in (None, protocol_of(port)) or spec.last is not None:
        return False
    if spec.first in (port.target_port, port.node_port):
        return True
    pods = bits(selected_by(service, cluster)) if cluster and isinstance(port.target_port, str) else ()
    return any(spec.first == pod_port(port, cluster.classes[place][0]) for place in pods if cluster)


def _role(spec: PortSpec, port: api.ServicePort) -> str:
    return "node port" if spec.first == port.node_port else "target port"


def _ports_there(service: api.Service) -> str:
    said = [f"{port.port}/{protocol_of(port)}" + (f" ({port.name})" if port.name else "") for port in spec_of(service).ports or ()]
    return f"its ports are {', '.join(said)}" if said else "it has no ports"


# ---- pods of objects and of sources


class Ends(Struct, frozen=True):
    """What a source (or destination) means: pods, and addresses that are no pod's."""

    source: Source
    pods: int = 0
    addresses: Addresses = NOWHERE
    families: frozenset[Family] = BOTH                          # of the addresses that were named
    is_open_set: bool = False                                   # anywhere, outside, cluster: judged at the other side's policies only
    is_whole: bool = True                                       # all of its pods were read, and what would make more of them
    is_known: bool = True                                       # else nobody can tell who it is: it holds all whom it may be


def pods_of_object(kind: TargetKind, namespace: str, name: str, cluster: State) -> int:
    """Classes with a pod of the object. A Service's pods are those that it selects."""
    if kind is TargetKind.SERVICE:
        service = cluster.snapshot.services.get((namespace, name))
        return selected_by(service, cluster) if service else 0
    key = Key(kind.value, namespace, name)
    return sum(
        1 << place for place in bits(cluster.by_namespace.get(namespace, 0))
        if any(key in (pod.key, pod.owner, pod.workload) for pod in cluster.classes[place]))


def ends_of(source: Source, home: str, cluster: State, pod_cidrs: Sequence[str] = ()) -> Ends:
    """home is the namespace that a source without one means. Sets leave out host-network pods: they are nodes."""
    ends = _known_of(source, home, cluster, pod_cidrs)
    if is_read(source, home, cluster.snapshot) or (pod_cidrs and _is_outside(source, pod_cidrs)):
        return ends
    if isinstance(source, Block):                               # those of its pods that happen to be known are no better than the others
        ends = Ends(source, 0, addresses_in(source), ends.families)
    return replace(ends, is_whole=False)


def is_nobody_now(source: Source, home: str, cluster: State) -> bool:
    """Pods by labels that surely no pod and no template has today: whoever gets them will be one."""
    if not isinstance(source, Pods):
        return False
    ends = cluster.once(("ends", source, home), lambda: ends_of(source, home, cluster))
    return ends.is_whole and not ends.pods


def _is_outside(source: Source, pod_cidrs: Sequence[str]) -> bool:
    return isinstance(source, Block) and not intersection(addresses_in(source), addresses_of(tuple(pod_cidrs)))


def _known_of(source: Source, home: str, cluster: State, pod_cidrs: Sequence[str]) -> Ends:
    match source:
        case Anywhere():
            return Ends(source, _pod_network(cluster), EVERYWHERE, is_open_set=True)
        case Outside():
            return Ends(source, 0, difference(EVERYWHERE, addresses_of(tuple(pod_cidrs))), is_open_set=True)
        case Cluster():
            return Ends(source, _pod_network(cluster), is_open_set=True)
        case SameNamespace() | Pods():
            return _labelled(source, home, cluster)
        case Object(kind, name, namespace):
            own = named(Target(kind, name, namespace or home), None, cluster.snapshot)
            return Ends(source, pods_of_object(kind, own, name, cluster))
        case Block():
            return _located(source, cluster)
        case Nodes():
            addresses = node_addresses(EVERYTHING, cluster.snapshot)
            return Ends(source, 0, addresses, families_in(addresses)) if addresses else Ends(source, 0, EVERYWHERE, is_known=False)
        case Entry():
            return _carried(source, home, cluster)


def _carried(source: Entry, home: str, cluster: State) -> Ends:
    """The pods, or the addresses, that carry the traffic of an entry point."""
    carrier = carrier_at(entry_key(source, home), cluster)
    found = [_known_of(each, home, cluster, ()) for each in carrier.sources]
    pods, addresses = reduce(or_, (each.pods for each in found), 0), union([each.addresses for each in found])
    if not (pods or addresses):
        return Ends(source, 0 if carrier.is_outside else _pod_network(cluster), EVERYWHERE, is_known=False)
    return Ends(source, pods, addresses, families_in(addresses) if addresses and not pods else BOTH)


def carrier_at(entry: Key, cluster: State) -> Carrier:
    return cluster.once("carriers", lambda: carriers_of(cluster.snapshot)).get(entry) or carrier_of(entry, cluster.snapshot)


def entry_key(source: Entry, home: str) -> Key:
    return Key(ENTRY_KINDS[source.kind], source.namespace or home, source.name)


def source_of_entry(entry: Key) -> Entry:
    kind = next(kind for kind, word in ENTRY_KINDS.items() if word == entry.kind)
    return Entry(kind, entry.name, entry.namespace)


def checked_source(source: Source, snapshot: Snapshot) -> None:
    """A name that matches nothing is an error, whoever asks; so is the address of a Service, which policies do not see."""
    if isinstance(source, Pods) and source.namespace is not None:
        _namespace_named(source.namespace, snapshot)
    if isinstance(source, Block) and (service := _service_at(source, snapshot)):
        name = f"ns/{service.metadata.namespace}:svc/{service.metadata.name}"
        address = source.cidr.partition("/")[0]
        raise NetpolError(f"{address} is the ClusterIP of {name}: policies see the pods behind it", hint=f"name {name}")


def checked_entry(source: Source, home: str, snapshot: Snapshot) -> None:
    """An Ingress, Gateway or Route that somebody names must be there; those that others name are looked at as far as they are."""
    if not isinstance(source, Entry):
        return
    key = entry_key(source, home)
    if key in snapshot.beside:
        return
    known = sorted(each for each in snapshot.beside if each.kind == key.kind)
    if not snapshot.has_read(Listing(key.kind, key.namespace, key.name)):
        return
    names = [each.name for each in known if each.namespace == key.namespace]
    near = difflib.get_close_matches(key.name, names, n=1, cutoff=0.5)
    elsewhere = next((each.namespace for each in known if each.name == key.name), None)
    hint = f"it is in namespace {elsewhere}: ns/{elsewhere}:{source.kind.value}/{key.name}" if elsewhere else \
        f"did you mean {source.kind.value}/{near[0]}?" if near else f"there is {_some(names)}" if names else f"there is no {key.kind} there"
    raise NetpolError(f'{source.kind.value}/{source.name} not found in namespace "{key.namespace}"', hint=hint)


def _service_at(block: Block, snapshot: Snapshot) -> api.Service | None:
    for service in snapshot.services.values():
        spec = spec_of(service)
        for address in (*(spec.cluster_ips or ()), spec.cluster_ip):
            if address and f"{address}/{128 if ':' in address else 32}" == block.cidr:
                return service
    return None


def _pod_network(cluster: State) -> int:
    return cluster.pods.everyone & ~cluster.host_network


def _labelled(source: SameNamespace | Pods, home: str, cluster: State) -> Ends:
    peers = peer_of(source, home)
    assert peers and isinstance(peers[0], PodPeer)
    namespaces = peers[0].namespace_selector
    within = cluster.by_namespace.get(home, 0) if namespaces is None else in_namespaces(namespaces, cluster)[0]
    pods = within & selected(peers[0].pod_selector, cluster.pods)
    return Ends(source, pods & _pod_network(cluster) or pods)   # labels of host-network pods only mean these


def _located(source: Block, cluster: State) -> Ends:
    """Known addresses of pods in the block are those pods."""
    addresses = addresses_in(source)
    pods = located(addresses, Family.IPV4, cluster) | located(addresses, Family.IPV6, cluster)
    taken = [Addresses(((address, address + 1),)) for place in bits(pods) for pod in cluster.classes[place] for address in pod.addresses]
    return Ends(source, pods, difference(addresses, union(taken)) if taken else addresses, families_in(addresses))
