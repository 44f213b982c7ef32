"""Which rules of the tiers decide about some sources at a destination, and whom do they leave to others?"""
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_netpol.core.addresses import NOWHERE, Addresses, difference, intersection
from kubectl_netpol.core.answers import rulings_at, wanted_pods
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.sources import Terms, term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block, Source
from kubectl_netpol.core.tiers import Action, DomainPeer, NetworkPeer, NodePeer, Tier, TierPeer, TierRule


class Deciders(Struct, frozen=True):
    """Of a tier, in their order; those of whom nobody is left are not asked."""

    rulings: tuple[Ruling, ...]
    is_whole: bool                                              # nobody is left for the next tier

    def refuse_all(self) -> bool:
        return self.is_whole and all(ruling.action is Action.DENY for ruling in self.rulings)


def deciders(ends: Ends, spot: Spot, direction: Direction, tier: Tier, state: State) -> Deciders:
    """Addresses outside are sources of ingress only."""
    left, found = wanted_pods(ends, spot, state), []
    addresses = ends.addresses if direction is Direction.INGRESS else NOWHERE
    has_members, is_named = bool(left or addresses), False
    for ruling, surely in _rulings(ends, spot, direction, state):
        if ruling.policy.tier is not tier or (has_members and not left and not addresses) or is_named:
            continue
        sure, maybe, area = _met(ruling, spot, direction)
        met = intersection(addresses, area) if addresses else None
        names = not has_members and _names(ruling, ends.source, state)
        if not (left & maybe or met or names):
            continue
        found.append(ruling)
        if surely:
            left, is_named = left & ~sure, names
            addresses = difference(addresses, ruling.peers.addresses.sure) if addresses else addresses
    is_whole = not left and not addresses if has_members else is_named
    passes = any(ruling.action is Action.PASS for ruling in found)
    return Deciders(tuple(found), is_whole and not passes)


def _rulings(ends: Ends, spot: Spot, direction: Direction, state: State) -> Sequence[tuple[Ruling, bool]]:
    if direction is Direction.INGRESS:
        return rulings_at(spot, direction, state) if spot.place is not None else []
    return state.judge.leaving(ends.pods, spot.place, spot.ports)


def _met(ruling: Ruling, spot: Spot, direction: Direction) -> tuple[int, int, Addresses]:
    """Whom of the sources a rule surely, and possibly, matches; and which addresses."""
    peers, subject = ruling.peers, ruling.subject
    pods = [peers.pods[index].maybe for index in range(2)]
    if direction is Direction.INGRESS:
        return peers.pods[0].sure & peers.pods[1].sure, pods[0] | pods[1], peers.addresses.maybe
    if spot.place is None:
        is_within = not difference(spot.addresses, peers.addresses.sure)
        return subject.sure * is_within, subject.maybe * bool(intersection(spot.addresses, peers.addresses.maybe)), NOWHERE
    bit = 1 << spot.place
    is_sure = all(each.sure & bit for each in peers.pods)
    return subject.sure * is_sure, subject.maybe * bool((pods[0] | pods[1]) & bit), NOWHERE


def _names(ruling: Ruling, source: Source, state: State) -> bool:
    """Of pods that are not there yet: whether it names all of them."""
    peers = rule_of(ruling, state).peers
    return peers is None or Terms(_pod_terms(peers), "").hold(source)


def _pod_terms(peers: Iterable[TierPeer]) -> list[Source]:
    return [term_of(peer, "", "") for peer in peers if isinstance(peer, PodPeer)]


def rule_of(ruling: Ruling, state: State) -> TierRule:
    return state.tiers[ruling.ref.policy].rules[ruling.direction][ruling.ref.rule]


def terms_of_peers(peers: Iterable[TierPeer], home: str) -> tuple[list[Source], list[str]]:
    """Those that the grammar of sources has, and how the others are written: nodes by label, names of domains."""
    terms: list[Source] = []
    others: list[str] = []
    for peer in peers:
        match peer:
            case PodPeer(): terms.append(term_of(peer, "", home))
            case NetworkPeer(cidrs): terms += map(Block, cidrs)
            case NodePeer(): others.append("nodes")
            case DomainPeer(names): others += names
    return terms, others
