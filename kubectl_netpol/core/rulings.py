"""Whom does each rule of the tiers concern, and what do all of them together decide? Resolved once, into sets of one cluster.

The first rule that matches decides. What is not known of some rule is carried along as it would be decided either way, so that a
connection is certain wherever all ways agree.
"""
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import Generic, TypeVar

from msgspec import Struct

from kubectl_netpol.api import TIER_VERSIONS
from kubectl_netpol.core.addresses import EVERYWHERE, FAMILIES, NOWHERE, Addresses, Family, difference, intersection, union
from kubectl_netpol.core.classes import Cluster, bits, in_namespaces, located, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.enforcement import heeds_tiers
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.ports import PolicyPorts
from kubectl_netpol.core.rules import NONE, Many, RuleRef, exactly
from kubectl_netpol.core.tiers import Action, DomainPeer, NetworkPeer, NodePeer, Tier, TierPolicy, TierRule

Known = TypeVar("Known")


class Area(Struct, frozen=True):
    """Addresses outside that are known in part: sure is inside maybe."""

    sure: Addresses = NOWHERE
    maybe: Addresses = NOWHERE


class RulingPeers(Struct, frozen=True):
    """The other side of a rule: pods by IPv4 and by IPv6, and addresses."""

    pods: tuple[Many, Many]
    addresses: Area


class Ruling(Struct, frozen=True):
    """A rule of a tier in a cluster."""

    policy: TierPolicy
    rule: TierRule
    direction: Direction
    action: Action
    subject: Many                                               # never pods of the host network
    peers: RulingPeers
    ports: PolicyPorts
    ref: RuleRef


class Rulings(Struct, frozen=True):
    """All rules of the tiers in the order in which they are asked, and by whom they concern: places in every, rising."""

    every: dict[Direction, tuple[Ruling, ...]]
    of: dict[Direction, dict[int, tuple[int, ...]]]             # by the class of a subject
    towards: dict[int, tuple[int, ...]]                         # those of egress, by the class of a destination
    are_unread: bool = False                                    # there may be others that could not be read


NO_RULINGS = Rulings({direction: () for direction in Direction}, {direction: {} for direction in Direction}, {})


def rulings_of(policies: Iterable[TierPolicy], cluster: Cluster) -> Rulings:
    """Of the kinds that the network plugin implements. Where nobody can tell whether it does, each rule holds perhaps."""
    every: dict[Direction, list[Ruling]] = {direction: [] for direction in Direction}
    for policy in policies:
        is_heeded = heeds_tiers(policy.key.kind, cluster.profile)
        subject = NONE if is_heeded is False else _pods(policy.subject, cluster) & Many(-1 if is_heeded else 0, -1)
        for direction, rules in policy.rules.items():
            for place, rule in enumerate(rules if subject.maybe else ()):
                ref = RuleRef(policy.key, direction.value, place)
                every[direction].append(Ruling(policy, rule, direction, rule.action, subject, _peers(rule, cluster), rule.ports, ref))
    return Rulings(
        {direction: tuple(found) for direction, found in every.items()},
        {direction: _by_class([ruling.subject.maybe for ruling in found]) for direction, found in every.items()},
        _by_class([ruling.peers.pods[0].maybe | ruling.peers.pods[1].maybe for ruling in every[Direction.EGRESS]]),
        _are_unread(cluster))


def _are_unread(cluster: Cluster) -> bool:
    """Whether there are, or may be, some that could not be read: lists that are forbidden, or only versions that are not known here."""
    snapshot, heeded = cluster.snapshot, [kind for kind in TIER_VERSIONS if heeds_tiers(kind, cluster.profile) is not False]
    if not heeded:
        return False
    known = set(TIER_VERSIONS.values())
    others = {version for version in snapshot.groups if version.startswith("policy.networking.k8s.io/")} - known
    return any(listing.kind in ("APIGroup", *heeded) for listing in snapshot.gaps) or bool(others and not known & snapshot.groups)


def _by_class(sets: Sequence[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for number, pods in enumerate(sets):
        for place in bits(pods):
            found.setdefault(place, []).append(number)
    return {place: tuple(numbers) for place, numbers in found.items()}


def _pods(peer: PodPeer, cluster: Cluster) -> Many:
    """"Note that host-networked pods are not included", neither in subjects nor in peers."""
    assert peer.namespace_selector is not None
    within = Many(*in_namespaces(peer.namespace_selector, cluster))
    return within & exactly(selected(peer.pod_selector, cluster.pods) & ~cluster.host_network)


def _peers(rule: TierRule, cluster: Cluster) -> RulingPeers:
    if rule.peers is None:
        everyone = Many(cluster.pods.everyone & ~cluster.host_network, cluster.pods.everyone)       # of pods on nodes perhaps the own one
        return RulingPeers((everyone, everyone), Area(EVERYWHERE, EVERYWHERE))
    pods, areas = NONE, []
    for peer in rule.peers:
        match peer:
            case PodPeer(): pods |= _pods(peer, cluster)
            case NetworkPeer(_, addresses): areas.append(Area(addresses, addresses))
            case NodePeer(selector): areas.append(_of_nodes(node_addresses(selector, cluster.snapshot)))
            case DomainPeer(): areas.append(Area(NOWHERE, EVERYWHERE))
    area = Area(union([each.sure for each in areas]), union([each.maybe for each in areas]))
    is_named_only = all(isinstance(peer, PodPeer | DomainPeer) for peer in rule.peers)     # no name of a domain is a pod's
    ipv4, ipv6 = (pods if is_named_only else pods | _located(area, family, cluster) for family in Family)
    return RulingPeers((ipv4, ipv6), area)


def _of_nodes(addresses: Addresses | None) -> Area:
    return Area(NOWHERE, EVERYWHERE) if addresses is None else Area(addresses, addresses)


def _located(area: Area, family: Family, cluster: Cluster) -> Many:
    """The pods at these addresses; where they have none that is known, perhaps, unless the whole family is meant."""
    whole, addressless = FAMILIES[family], cluster.addressless
    unknown = Many(addressless * (intersection(area.sure, whole) == whole), addressless * bool(intersection(area.maybe, whole)))
    return Many(located(area.sure, family, cluster), located(area.maybe, family, cluster)) | unknown


# ---- what is decided


class Algebra(Struct, Generic[Known], frozen=True):
    """How sets of one sort are put together: of pods, or of addresses."""

    everything: Known
    nothing: Known
    chosen: Callable[[Known, Known, Known], Known]              # (condition, then, otherwise)
    either: Callable[[Sequence[Known]], Known]                  # one of some, nobody knows which


def chosen_pods(condition: Many, then: Many, otherwise: Many) -> Many:
    sure = then.sure & otherwise.sure | condition.sure & then.sure | otherwise.sure & ~condition.maybe
    return Many(sure, condition.maybe & then.maybe | otherwise.maybe & ~condition.sure)


def either_pods(those: Sequence[Many]) -> Many:
    return reduce(lambda one, other: Many(one.sure & other.sure, one.maybe | other.maybe), those)


def chosen_areas(condition: Area, then: Area, otherwise: Area) -> Area:
    sure = union([intersection(then.sure, otherwise.sure), intersection(condition.sure, then.sure),
                  difference(otherwise.sure, condition.maybe)])
    return Area(sure, union([intersection(condition.maybe, then.maybe), difference(otherwise.maybe, condition.sure)]))


def either_areas(those: Sequence[Area]) -> Area:
    return reduce(lambda one, other: Area(intersection(one.sure, other.sure), union([one.maybe, other.maybe])), those)


AREAS = Algebra(Area(EVERYWHERE, EVERYWHERE), Area(), chosen_areas, either_areas)
Said = tuple[Ruling, Known]                                     # a rule and whom it matches


def decided(said: Sequence[Said[Known]], isolated: Known, by_policies: Known, algebra: Algebra[Known]) -> Known:
    """Who is let through by all tiers: the Admin ones, where these leave it open the NetworkPolicies of those whom they isolate, else
    the Baseline ones; what nobody decides is allowed."""
    baseline = [each for each in said if each[0].policy.tier is Tier.BASELINE]
    admin = [each for each in said if each[0].policy.tier is Tier.ADMIN]
    below = _of_tier(baseline, algebra.everything, algebra)
    return _of_tier(admin, algebra.chosen(isolated, by_policies, below), algebra)


def _of_tier(said: Sequence[Said[Known]], after: Known, algebra: Algebra[Known]) -> Known:
    """after: what becomes of those who are passed on, and of those whom no rule matches. Which version of the API comes first nobody
    can tell."""
    versions = [[each for each in said if each[0].policy.version == version] for version in (1, 2)]
    if not all(versions):
        return _of_version(said, after, after, algebra)
    orders = (versions, versions[::-1])
    return algebra.either([_of_version(first, _of_version(then, after, after, algebra), after, algebra) for first, then in orders])


def _of_version(said: Sequence[Said[Known]], otherwise: Known, after: Known, algebra: Algebra[Known]) -> Known:
    found = otherwise
    for _, same in reversed([(priority, list(own)) for priority, own in groupby(said, key=lambda each: each[0].policy.priority)]):
        found = _of_priority([list(own) for _, own in groupby(same, key=lambda each: each[0].policy.key)], found, after, algebra)
    return found


def _of_priority(policies: list[list[Said[Known]]], otherwise: Known, passed: Known, algebra: Algebra[Known]) -> Known:
    """"If two (or more) policies in the same tier with the same priority could match a connection, then the implementation can apply any
    of the matching policies": each of them may be the first."""
    if len({ruling.action for own in policies for ruling, _ in own}) == 1:
        return _in_order([each for own in policies for each in own], otherwise, passed, algebra)
    return algebra.either([_in_order(each, otherwise, passed, algebra) for each in _turns(policies)])


def _turns(policies: list[list[Said[Known]]]) -> Iterator[list[Said[Known]]]:
    for first, own in enumerate(policies):
        yield [*own, *(each for place, other in enumerate(policies) if place != first for each in other)]


def _in_order(said: Sequence[Said[Known]], otherwise: Known, passed: Known, algebra: Algebra[Known]) -> Known:
    then = {Action.ALLOW: algebra.everything, Action.DENY: algebra.nothing, Action.PASS: passed}
    for ruling, matched in reversed(said):
        otherwise = algebra.chosen(matched, then[ruling.action], otherwise)
    return otherwise

