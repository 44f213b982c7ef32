"""Which pods can policies not tell apart? Each class of them is one bit of an int, in every set of pods.

The classes are made once over all states that are compared, so that a bit means the same pods in each.
"""
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import Addresses, Family, family_of
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.policies import BlockPeer, PodPeer, Policy
from kubectl_netpol.core.ports import NamedPort
from kubectl_netpol.core.profiles import PROFILES, Profile
from kubectl_netpol.core.selectors import Operator, Requirement, Selector, holds
from kubectl_netpol.core.tiers import NetworkPeer, NodePeer, TierPolicy
from kubectl_netpol.core.workloads import ContainerPorts, Pod, PortName, pods_of
from kubectl_netpol.snapshot import Key, Listing, Snapshot

Value = TypeVar("Value")
_NOT_YET: Any = object()
NAMESPACE_NAME = "kubernetes.io/metadata.name"                  # the control plane sets it on every namespace


class Features(Struct, frozen=True):
    """What the objects and the question mention: pods that agree in all of it are alike."""

    label_keys: frozenset[str]
    port_names: frozenset[str]
    with_owners: bool                                           # whether pods that nothing made are told apart
    cuts: tuple[int, ...]                                       # where blocks of addresses begin and end, in order


class Index(Struct, frozen=True):
    """Which classes have which label: (key, value) → set, key → set."""

    everyone: int
    having: dict[str, int]
    equal: dict[tuple[str, str], int]


class Cluster(Struct, frozen=True):
    """One state. Sets of pods are ints: bit i is classes[i]; classes are in order of namespace, then of their first pod."""

    snapshot: Snapshot
    classes: tuple[tuple[Pod, ...], ...]                        # () for a class that has pods in another state only
    pods: Index                                                 # by the labels of pods
    namespaces: Index                                           # by the labels of their namespaces
    by_namespace: dict[str, int]
    host_network: int
    several: int                                                # classes with more than one pod
    addressless: int                                            # the pods' addresses are not known
    by_address: dict[Family, tuple[tuple[int, int], ...]]       # (address, number of the class) in order of the addresses
    families: frozenset[Family]                                 # of any pod's address; both where no address is known
    unpoliced: int = 0                                          # in namespaces whose policies could not be read
    bare: int = 0                                               # pods without an owner, of which it is not known whether they are policed
    unlabelled: int = 0                                         # in namespaces whose labels could not be read
    own_dns: int = 0                                            # that do not ask the cluster's DNS
    known: dict[Any, Any] = {}                                  # what was worked out of all this, and is asked again

    @property
    def profile(self) -> Profile:
        return PROFILES[self.snapshot.cni]

    @property
    def unlocated(self) -> int:
        """The pods of which nobody can tell whether a block of addresses holds them."""
        return self.addressless if self.profile.blocks_hold_pods else 0

    def once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What is equal for all who ask with an equal key: made for the first of them. A key may name by id what is kept here."""
        found: Value = self.known.get(key, _NOT_YET)
        if found is _NOT_YET:
            found = self.known[key] = make()
        return found

    def shared(self, pods: int) -> int:
        """The same object for equal sets that are kept, so that its id is a key: of 50,000 classes each takes some kilobytes."""
        return cast(int, self.known.setdefault(signature(pods), pods))


def set_of(places: Sequence[int]) -> int:
    """The set of some numbers of classes."""
    if len(places) < 2:
        return 1 << places[0] if places else 0
    octets = bytearray((max(places) >> 3) + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def bits(pods: int) -> Iterator[int]:
    """The numbers of the classes in a set, in order."""
    first = (pods & -pods).bit_length() - 1
    digits = bin(pods >> first)[:1:-1] if pods else ""          # the lowest first; a look at each of them costs far less than arithmetic
    place = digits.find("1")
    while place >= 0:
        yield first + place
        place = digits.find("1", place + 1)


def signature(pods: int) -> tuple[int, int]:
    """A set as a key: the hashes of ints repeat every 61 bits, so that sets of one class each would nearly all collide."""
    return pods.bit_length(), pods


def clusters_of(snapshots: Sequence[Snapshot], features: Features) -> tuple[Cluster, ...]:
    """A Cluster for each snapshot, over the same classes."""
    keys, first = _ClassKeys(features), snapshots[0]
    if all(each.pods == first.pods and each.workloads == first.workloads for each in snapshots[1:]):
        classes = _classes(pods_of(first), keys)
        return tuple(_cluster(snapshot, classes) for snapshot in snapshots)
    states = [pods_of(snapshot) for snapshot in snapshots]
    members: dict[tuple[object, ...], list[tuple[Pod | None, ...]]] = defaultdict(list)
    for entity in _entities(*states):
        members[tuple(keys.of(pod) for pod in entity)].append(entity)
    order = sorted(members.values(), key=lambda entities: min(_place(entity) for entity in entities))
    return tuple(
        _cluster(snapshot, tuple(_present(entities, state) for entities in order))
        for state, snapshot in enumerate(snapshots))


def _classes(pods: tuple[Pod, ...], keys: "_ClassKeys") -> tuple[tuple[Pod, ...], ...]:
    """Of one state, or of several with the same pods, which are in order of their keys."""
    members: dict[tuple[object, ...], list[Pod]] = defaultdict(list)
    for pod in pods:
        members[keys.of(pod)].append(pod)
    return tuple(map(tuple, sorted(members.values(), key=lambda own: own[0].key.namespace)))


def _place(entity: tuple[Pod | None, ...]) -> tuple[str, Key]:
    key = min(pod.key for pod in entity if pod)
    return key.namespace, key


def _present(entities: list[tuple[Pod | None, ...]], state: int) -> tuple[Pod, ...]:
    """The pods of a class in one state; a template that several pods are paired with is one."""
    pods = {pod.key: pod for entity in entities if (pod := entity[state])}
    return tuple(pods[key] for key in sorted(pods))


def _entities(before: tuple[Pod, ...], after: tuple[Pod, ...]) -> list[tuple[Pod | None, ...]]:
    """What is the same in both states: pods of one name, and a workload's pods with its template."""
    old, new = {pod.key: pod for pod in before}, {pod.key: pod for pod in after}
    templates_before = {pod.workload: pod for pod in before if pod.is_template}
    templates_after = {pod.workload: pod for pod in after if pod.is_template}
    pairs: list[tuple[Pod | None, ...]] = [
        (pod, new.get(pod.key) or templates_after.get(pod.workload)) for pod in before]
    paired = {pod.key for _, pod in pairs if pod}
    arrivals = [pod for pod in after if pod.key not in paired]
    started = {pod.workload for pod in arrivals}
    pairs = [pair for pair in pairs if pair[1] or not (pair[0] and pair[0].is_template and pair[0].workload in started)]
    return [*pairs, *((old.get(pod.key) or templates_before.get(pod.workload), pod) for pod in arrivals)]


class _ClassKeys:
    def __init__(self, features: Features) -> None:
        self.features = features
        self._ports: dict[int, object] = {}                     # by the id of what containers declare, which many pods share

    def of(self, pod: Pod | None) -> tuple[object, ...]:
        if pod is None:
            return ()
        keys, cuts = self.features.label_keys, self.features.cuts
        declared = id(pod.ports)
        if declared not in self._ports:
            self._ports[declared] = self._named(pod.ports)
        return (
            pod.key.namespace, frozenset([label for label in pod.labels.items() if label[0] in keys]), self._ports[declared],
            tuple([(family_of(address), bisect_right(cuts, address)) for address in pod.addresses]),
            pod.host_network, pod.replicas > 0, pod.nameservers, self.features.with_owners and pod.is_bare)

    def _named(self, ports: ContainerPorts) -> object:
        """The ports that are named somewhere, and which of them policies know."""
        return tuple(
            frozenset((name, numbers) for name, numbers in own.items() if name[1] in self.features.port_names)
            for own in (ports.named, ports.of_sidecars))


def _cluster(snapshot: Snapshot, classes: tuple[tuple[Pod, ...], ...]) -> Cluster:
    homes, labels = defaultdict[str, list[int]](list), defaultdict[tuple[str, str], list[int]](list)
    host_network, several, addressless, own_dns = list[int](), list[int](), list[int](), list[int]()
    addresses: dict[Family, list[tuple[int, int]]] = {family: [] for family in Family}
    for place, members in enumerate(classes):
        if not members:
            continue
        first = members[0]
        homes[first.key.namespace].append(place)
        for label in first.labels.items():
            labels[label].append(place)
        if first.host_network:
            host_network.append(place)
        if len(members) > 1 or first.replicas > 1 or first.key.kind == "DaemonSet":     # of which each node has a pod
            several.append(place)
        if not first.addresses:
            addressless.append(place)
        if first.nameservers is not None:
            own_dns.append(place)
        for address in first.addresses:
            addresses[family_of(address)].append((address, place))
    by_namespace = {name: set_of(places) for name, places in homes.items()}
    everyone = _union(list(by_namespace.values()))
    return Cluster(
        snapshot, classes,
        _index(everyone, {label: set_of(places) for label, places in labels.items()}),
        _index_of_namespaces(snapshot, everyone, by_namespace), by_namespace, set_of(host_network), set_of(several), set_of(addressless),
        {family: tuple(sorted(each)) for family, each in addresses.items()},
        frozenset(family for family, each in addresses.items() if each) or frozenset(Family),
        _union([pods for name, pods in by_namespace.items() if not snapshot.has_read(Listing("NetworkPolicy", name))]
               if PROFILES[snapshot.cni].enforces else []),
        set_of([place for place, members in enumerate(classes) if members and members[0].is_bare]
               if PROFILES[snapshot.cni].isolates_bare_pods is None else []),
        _union([pods for name, pods in by_namespace.items() if not has_labels_of(name, snapshot)]), set_of(own_dns))


def has_labels_of(name: str, snapshot: Snapshot) -> bool:
    """Whether the labels of a namespace are known."""
    return name in snapshot.namespaces or snapshot.has_read(Listing("Namespace", name=name))


def labels_of_namespace(snapshot: Snapshot, name: str) -> dict[str, str]:
    """A namespace that nothing declares has the label of its name alone."""
    namespace = snapshot.namespaces.get(name)
    return {**((namespace and namespace.metadata.labels) or {}), NAMESPACE_NAME: name}


def _index_of_namespaces(snapshot: Snapshot, everyone: int, by_namespace: dict[str, int]) -> Index:
    sets = defaultdict[tuple[str, str], list[int]](list)
    for name, pods in by_namespace.items():
        for label in labels_of_namespace(snapshot, name).items():
            sets[label].append(pods)
    return _index(everyone, {label: _union(own) for label, own in sets.items()})


def _index(everyone: int, equal: dict[tuple[str, str], int]) -> Index:
    having: dict[str, int] = defaultdict(int)
    for (key, _), pods in equal.items():
        having[key] |= pods
    return Index(everyone, dict(having), equal)


def _union(sets: list[int]) -> int:
    result = 0
    for each in sets:
        result |= each
    return result


# ---- sets by labels and by addresses


def selected(selector: Selector, index: Index) -> int:
    """The set that a selector matches: no look at any single class."""
    if not selector.requirements:
        return index.everyone
    result = _holding(selector.requirements[0], index)
    for requirement in selector.requirements[1:]:
        result &= _holding(requirement, index)
    return result


def in_namespaces(selector: Selector, cluster: Cluster) -> tuple[int, int]:
    """The sets of pods surely and possibly in namespaces that a selector matches: the label of its name each namespace has."""
    sure = maybe = cluster.namespaces.everyone
    for requirement in selector.requirements:
        held, unknown = _holding(requirement, cluster.namespaces), cluster.unlabelled * (requirement.key != NAMESPACE_NAME)
        sure, maybe = sure & held & ~unknown, maybe & (held | unknown)
    return sure, maybe


def may_match(selector: Selector, namespace: str, snapshot: Snapshot) -> bool:
    """Whether a selector of namespaces matches one, or may: where its labels are not known, by its name."""
    labels, is_known = labels_of_namespace(snapshot, namespace), has_labels_of(namespace, snapshot)
    return all(holds(each, labels.get(each.key)) for each in selector.requirements if is_known or each.key == NAMESPACE_NAME)


def _holding(requirement: Requirement, index: Index) -> int:
    having = index.having.get(requirement.key, 0)
    match requirement.operator:
        case Operator.IN if len(requirement.values) == 1:
            return index.equal.get((requirement.key, requirement.values[0]), 0)
        case Operator.IN:
            return _union([index.equal.get((requirement.key, value), 0) for value in requirement.values])
        case Operator.NOT_IN:
            return index.everyone & ~_union([index.equal.get((requirement.key, value), 0) for value in requirement.values])
        case Operator.EXISTS:
            return having
        case Operator.DOES_NOT_EXIST:
            return index.everyone & ~having


def addressed(family: Family, cluster: Cluster) -> int:
    """The set with a known address of a family."""
    return set_of([place for _, place in cluster.by_address[family]])


def located(addresses: Addresses, family: Family, cluster: Cluster) -> int:
    """The set whose known address of the family lies in there."""
    known, found = cluster.by_address[family], list[int]()
    for start, after in addresses.ranges if known else ():
        for number in range(bisect_left(known, (start, 0)), len(known)):
            address, place = known[number]
            if address >= after:
                break
            found.append(place)
    return set_of(found)


_ALONE = {family: frozenset({family}) for family in Family}


def families_of(place: int, cluster: Cluster) -> frozenset[Family]:
    """The families in which the pods of a class can be reached: those of their addresses, else all that are possible."""
    addresses = cluster.classes[place][0].addresses
    if len(addresses) == 1:
        return _ALONE[family_of(addresses[0])]
    return frozenset(map(family_of, addresses)) or cluster.families


def port_names(pod: Pod, cluster: Cluster) -> dict[PortName, tuple[int, ...]]:
    """What policies know the ports of a pod by: those of init containers only with some network plugins, after the others."""
    own = pod.ports
    if not (own.of_sidecars and cluster.profile.knows_sidecars):
        return own.named
    return {name: tuple(dict.fromkeys((*own.named.get(name, ()), *own.of_sidecars.get(name, ()))))
            for name in (*own.named, *own.of_sidecars)}


# ---- what is mentioned


def features_of(
        snapshots: Sequence[Snapshot], policies: Iterable[Policy | TierPolicy],
        selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> Features:
    """What the policies and Services of all states name, and what the question names beside."""
    mentioned, areas, names = list(selectors), list(blocks), set[str]()
    for policy in policies:
        mentioned.append(policy.pod_selector if isinstance(policy, Policy) else policy.subject.pod_selector)
        for rule in (rule for rules in policy.rules.values() for rule in rules):
            names.update(port.name for port in rule.ports if isinstance(port, NamedPort))
            for peer in rule.peers or ():
                match peer:
                    case PodPeer(): mentioned.append(peer.pod_selector)     # namespaces' labels are the same for all of a namespace
                    case BlockPeer() | NetworkPeer(): areas.append(peer.addresses)
                    case NodePeer(selector): areas += filter(None, (node_addresses(selector, each) for each in snapshots))
    keys = {each.key for selector in mentioned for each in selector.requirements}
    for service in (service for snapshot in snapshots for service in snapshot.services.values()):
        spec = service.spec or api.ServiceSpec()
        keys.update(spec.selector or ())
        names.update(port.target_port for port in spec.ports or () if isinstance(port.target_port, str))
    cuts = {place for area in areas for each in area.ranges for place in each}
    with_owners = any(PROFILES[each.cni].isolates_bare_pods is None for each in snapshots)
    return Features(frozenset(keys), frozenset(names), with_owners, tuple(sorted(cuts)))
