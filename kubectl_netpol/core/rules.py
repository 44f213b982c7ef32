"""Whom does each rule of each policy concern? Selectors and blocks resolved once, into sets of one cluster."""
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import chain
from operator import or_

from msgspec import Struct

from kubectl_netpol.core.addresses import EVERYWHERE, FAMILIES, Addresses, Family, intersection, union
from kubectl_netpol.core.classes import Cluster, bits, in_namespaces, located, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.enforcement import heeded, is_heeded
from kubectl_netpol.core.policies import BlockPeer, Peer, PodPeer, Policy, PolicyRule
from kubectl_netpol.core.ports import PolicyPorts
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.snapshot import Key


class Many(Struct, frozen=True):
    """A set of pods that is known in part: sure is inside maybe."""

    sure: int = 0
    maybe: int = 0

    def __or__(self, other: "Many") -> "Many":
        sure = self.sure | other.sure
        return exactly(sure) if self.is_exact and other.is_exact else Many(sure, self.maybe | other.maybe)

    def __and__(self, other: "Many") -> "Many":
        sure = self.sure & other.sure
        return exactly(sure) if self.is_exact and other.is_exact else Many(sure, self.maybe & other.maybe)

    @property
    def is_exact(self) -> bool:
        """Both parts are one and the same object: large sets are kept, and worked with, once."""
        return self.sure is self.maybe


def exactly(pods: int) -> Many:
    return Many(pods, pods)


NONE = Many()


class Peers(Struct, frozen=True):
    """The other side of a rule: pods by labels, and pods and what is outside by address."""

    pods: Many                                                  # host-network pods only maybe: plugins differ
    located: tuple[int, int]                                    # pods whose known IPv4, IPv6 address is in the blocks
    addresses: Addresses


def may_be_among(peers: Peers, cluster: Cluster) -> int:
    """All pods that they may hold: blocks hold pods too, where their addresses are not known perhaps any."""
    return peers.pods.maybe | peers.located[0] | peers.located[1] | (cluster.unlocated if peers.addresses else 0)


class RuleRef(Struct, frozen=True, order=True):
    """Who says a rule; rules are counted from 0."""

    policy: Key
    direction: str
    rule: int


class Rule(Struct, frozen=True):
    """One object for all rules that mean the same in this cluster."""

    direction: Direction
    subject: int                                                # the pods that the policy selects, those of the host network too
    peers: Peers
    ports: PolicyPorts
    said_by: tuple[RuleRef, ...]


class Isolated(Struct, frozen=True):
    """The policies that isolate one set of pods in a direction, whatever their rules allow."""

    policies: tuple[Key, ...]                                   # in order
    direction: Direction
    subject: int


class Rules(Struct, frozen=True):
    """All rules of a cluster, by direction and by the class that they concern as a subject."""

    every: dict[Direction, tuple[Rule, ...]]
    of: dict[Direction, dict[int, tuple[int, ...]]]             # class → places in every, rising
    isolated: dict[Direction, Many]                             # host-network pods, and those of unread policies, only maybe
    isolating: dict[Direction, tuple[Isolated, ...]]
    isolators: dict[Direction, dict[int, tuple[Key, ...]]]      # class → the policies that isolate it


def rules_of(policies: Iterable[Policy], cluster: Cluster) -> Rules:
    resolver = _Resolver(cluster)
    said: dict[Direction, dict[object, tuple[int, Peers, PolicyPorts, list[RuleRef]]]] = {direction: {} for direction in Direction}
    isolating: dict[Direction, dict[int, tuple[int, list[Key]]]] = {direction: {} for direction in Direction}     # by the ids of subjects
    for policy in policies:
        subject = resolver.subject(policy)
        for direction in policy.rules if cluster.profile.enforces else ():
            if not is_heeded(direction, cluster.profile):
                continue
            isolating[direction].setdefault(id(subject), (subject, []))[1].append(policy.key)
            for place, rule in _heeded(policy, direction, cluster) if subject else ():
                peers = resolver.peers(rule.peers, policy.namespace)
                meaning = id(subject), id(peers), rule.ports
                refs = said[direction].setdefault(meaning, (subject, peers, rule.ports, []))[-1]
                refs.append(RuleRef(policy.key, direction.value, place))
    every = {
        direction: tuple(Rule(direction, subject, peers, ports, tuple(refs)) for subject, peers, ports, refs in each.values())
        for direction, each in said.items()}
    isolated = {
        direction: tuple(Isolated(tuple(keys), direction, subject) for subject, keys in each.values())
        for direction, each in isolating.items()}
    return Rules(
        every, {direction: _by_subject([rule.subject for rule in rules]) for direction, rules in every.items()},
        {direction: _isolated(each, cluster) for direction, each in isolated.items()}, isolated,
        {direction: _isolators(each) for direction, each in isolated.items()})


def _heeded(policy: Policy, direction: Direction, cluster: Cluster) -> Iterator[tuple[int, PolicyRule]]:
    """The parts of the rules that the network plugin heeds, with the number of each rule."""
    return ((place, part) for place, rule in enumerate(policy.rules[direction]) for part in heeded(rule, direction, cluster.profile))


def subject_of(policy: Policy, cluster: Cluster) -> int:
    """The pods that a policy selects: those of its own namespace only."""
    return selected(policy.pod_selector, cluster.pods) & cluster.by_namespace.get(policy.namespace, 0)


def _isolated(isolating: tuple[Isolated, ...], cluster: Cluster) -> Many:
    pods, unread = reduce(or_, (each.subject for each in isolating), 0), cluster.unpoliced
    return Many(pods & ~(cluster.host_network | cluster.bare | unread), pods | unread)


def _isolators(isolating: tuple[Isolated, ...]) -> dict[int, tuple[Key, ...]]:
    joined: dict[tuple[int, ...], tuple[Key, ...]] = {}         # classes with the same policies share them
    found = {}
    for pod, places in _by_subject([each.subject for each in isolating]).items():
        if places not in joined:
            joined[places] = tuple(sorted(key for place in places for key in isolating[place].policies))
        found[pod] = joined[places]
    return found


def _by_subject(subjects: list[int]) -> dict[int, tuple[int, ...]]:
    """Class → the places of the subjects that hold it, rising. Equal subjects are one object, and taken apart once."""
    members: dict[int, tuple[int, list[int]]] = {}
    for place, subject in enumerate(subjects):
        members.setdefault(id(subject), (subject, []))[1].append(place)
    places: dict[int, list[list[int]]] = defaultdict(list)
    for subject, own in members.values():
        for pod in bits(subject):
            places[pod].append(own)
    return {pod: tuple(each[0]) if len(each) == 1 else tuple(sorted(chain.from_iterable(each))) for pod, each in places.items()}


class _Resolver:
    """Equal peers of a namespace are resolved once."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.known: dict[tuple[str, tuple[Peer, ...]], Peers] = {}
        self.interned: dict[object, Peers] = {}
        self.subjects: dict[tuple[str, Selector], int] = {}
        self.namespaces: dict[Selector, Many] = {}
        everyone = cluster.pods.everyone
        self.everything = self.one_of(exactly(everyone), (everyone, everyone), EVERYWHERE)

    def subject(self, policy: Policy) -> int:
        name = policy.namespace, policy.pod_selector
        if name not in self.subjects:
            pods = subject_of(policy, self.cluster)
            on_nodes = self.cluster.host_network if self.cluster.profile.polices_hosts is False else 0
            self.subjects[name] = self.cluster.shared(pods & ~on_nodes if on_nodes else pods)
        return self.subjects[name]

    def peers(self, peers: tuple[Peer, ...], namespace: str) -> Peers:
        if not peers:
            return self.everything
        if (namespace, peers) not in self.known:
            self.known[namespace, peers] = self._resolve(peers, namespace)
        return self.known[namespace, peers]

    def one_of(self, pods: Many, located: tuple[int, int], addresses: Addresses) -> Peers:
        """The same object for equal ones."""
        sure, maybe, ipv4, ipv6 = map(self.cluster.shared, (pods.sure, pods.maybe, *located))
        key = id(sure), id(maybe), id(ipv4), id(ipv6), addresses
        if key not in self.interned:
            self.interned[key] = Peers(Many(sure, maybe), (ipv4, ipv6), addresses)
        return self.interned[key]

    def _resolve(self, peers: tuple[Peer, ...], namespace: str) -> Peers:
        pods = NONE
        for peer in peers:
            if isinstance(peer, PodPeer):
                pods |= self.pods(peer, namespace)
        addresses = union([peer.addresses for peer in peers if isinstance(peer, BlockPeer)])
        ipv4, ipv6 = (located(addresses, family, self.cluster) for family in Family)
        if self.cluster.host_network:
            is_met = any(intersection(addresses, FAMILIES[family]) for family in self.cluster.families)
            pods = self._with_hosts(pods, ipv4 | ipv6 | (self.cluster.addressless if is_met else 0))
        return self.one_of(pods, (ipv4, ipv6) if self.cluster.profile.blocks_hold_pods else (0, 0), addresses)

    def _with_hosts(self, pods: Many, in_blocks: int) -> Many:
        """As far as these are on the host network: selectors match them or not, or nobody can tell. Where they do, it is by the address
        of the node, which all of its pods have; where blocks hold no pods, to hold nodes is a setting."""
        hosts, profile = self.cluster.host_network, self.cluster.profile
        perhaps = Many(0, 0 if profile.blocks_hold_pods else hosts & in_blocks)
        match profile.selects_hosts:
            case None: return Many(pods.sure & ~hosts, pods.maybe) | perhaps
            case False: return pods & exactly(~hosts) | perhaps
            case True: return pods | Many(0, hosts if pods.maybe & hosts else 0) | perhaps

    def pods(self, peer: PodPeer, namespace: str) -> Many:
        if peer.namespace_selector is None:
            own = self.cluster.by_namespace.get(namespace, 0)
            within = exactly(own)
        else:
            if peer.namespace_selector not in self.namespaces:
                self.namespaces[peer.namespace_selector] = Many(*in_namespaces(peer.namespace_selector, self.cluster))
            within = self.namespaces[peer.namespace_selector]
        if not within.maybe:
            return NONE
        return within & exactly(selected(peer.pod_selector, self.cluster.pods))


