"""Whom does each rule of each policy concern? Selectors and blocks resolved once, into sets of one cluster."""
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from kubectl_netpol.core.addresses import EVERYWHERE, Addresses, Family, union
from kubectl_netpol.core.classes import Cluster, bits, in_namespaces, located, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import BlockPeer, Peer, PodPeer, Policy
from kubectl_netpol.core.ports import PolicyPorts
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.snapshot import Key


class Many(Struct, frozen=True):
    """A set of pods that is known in part: sure is inside maybe."""

    sure: int = 0
    maybe: int = 0

    def __or__(self, other: "Many") -> "Many":
        return Many(self.sure | other.sure, self.maybe | other.maybe)

    def __and__(self, other: "Many") -> "Many":
        return Many(self.sure & other.sure, self.maybe & other.maybe)


NONE = Many()


class Peers(Struct, frozen=True):
    """The other side of a rule: pods by labels, and pods and what is outside by address."""

    pods: Many                                                  # host-network pods only maybe: plugins differ
    located: tuple[int, int]                                    # pods whose known IPv4, IPv6 address is in the blocks
    addresses: Addresses


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
    """A policy that isolates pods in a direction, whatever its rules allow."""

    policy: Key
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
    said: dict[Direction, dict[tuple[int, Peers, PolicyPorts], list[RuleRef]]] = {direction: {} for direction in Direction}
    isolating: dict[Direction, list[Isolated]] = {direction: [] for direction in Direction}
    for policy in policies:
        subject = subject_of(policy, cluster)
        for direction, rules in policy.rules.items():
            isolating[direction].append(Isolated(policy.key, direction, subject))
            for place, rule in enumerate(rules if subject else ()):
                meaning = subject, resolver.peers(rule.peers, policy.namespace), rule.ports
                said[direction].setdefault(meaning, []).append(RuleRef(policy.key, direction.value, place))
    every = {direction: tuple(Rule(direction, *meaning, tuple(refs)) for meaning, refs in each.items()) for direction, each in said.items()}
    return Rules(
        every, {direction: _by_subject(rules) for direction, rules in every.items()},
        {direction: _isolated(each, cluster) for direction, each in isolating.items()},
        {direction: tuple(each) for direction, each in isolating.items()},
        {direction: _isolators(each) for direction, each in isolating.items()})


def subject_of(policy: Policy, cluster: Cluster) -> int:
    """The pods that a policy selects: those of its own namespace only."""
    return selected(policy.pod_selector, cluster.pods) & cluster.by_namespace.get(policy.namespace, 0)


def _isolated(policies: list[Isolated], cluster: Cluster) -> Many:
    pods = 0
    for each in policies:
        pods |= each.subject
    return Many(pods & ~cluster.host_network & ~cluster.unpoliced, pods | cluster.unpoliced)


def _isolators(policies: list[Isolated]) -> dict[int, tuple[Key, ...]]:
    found: dict[int, list[Key]] = defaultdict(list)
    for each in policies:
        for place in bits(each.subject):
            found[place].append(each.policy)
    return {place: tuple(keys) for place, keys in found.items()}


def _by_subject(rules: tuple[Rule, ...]) -> dict[int, tuple[int, ...]]:
    places: dict[int, list[int]] = defaultdict(list)
    for place, rule in enumerate(rules):
        for pod in bits(rule.subject):
            places[pod].append(place)
    return {pod: tuple(each) for pod, each in places.items()}


class _Resolver:
    """Equal peers of a namespace are resolved once."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.known: dict[tuple[str, tuple[Peer, ...]], Peers] = {}
        self.interned: dict[Peers, Peers] = {}
        self.namespaces: dict[Selector, Many] = {}
        self.everything = Peers(
            Many(cluster.pods.everyone, cluster.pods.everyone),
            (cluster.pods.everyone, cluster.pods.everyone), EVERYWHERE)

    def peers(self, peers: tuple[Peer, ...], namespace: str) -> Peers:
        if not peers:
            return self.everything
        if (namespace, peers) not in self.known:
            resolved = self._resolve(peers, namespace)
            self.known[namespace, peers] = self.interned.setdefault(resolved, resolved)
        return self.known[namespace, peers]

    def _resolve(self, peers: tuple[Peer, ...], namespace: str) -> Peers:
        pods = NONE
        for peer in peers:
            if isinstance(peer, PodPeer):
                pods |= self.pods(peer, namespace)
        addresses = union([peer.addresses for peer in peers if isinstance(peer, BlockPeer)])
        return Peers(
            Many(pods.sure & ~self.cluster.host_network, pods.maybe),
            (located(addresses, Family.IPV4, self.cluster), located(addresses, Family.IPV6, self.cluster)), addresses)

    def pods(self, peer: PodPeer, namespace: str) -> Many:
        if peer.namespace_selector is None:
            own = self.cluster.by_namespace.get(namespace, 0)
            within = Many(own, own)
        else:
            if peer.namespace_selector not in self.namespaces:
                self.namespaces[peer.namespace_selector] = Many(*in_namespaces(peer.namespace_selector, self.cluster))
            within = self.namespaces[peer.namespace_selector]
        if not within.maybe:
            return NONE
        pods = selected(peer.pod_selector, self.cluster.pods)
        return within & Many(pods, pods)


