"""Which rules of the tiers decide about some sources at a destination, and whom do they leave to others?"""
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import groupby
from operator import and_, or_

from msgspec import Struct

from kubectl_netpol.core.addresses import NOWHERE, Addresses, Family, difference, intersection
from kubectl_netpol.core.answers import described_by, rulings_at, wanted_pods
from kubectl_netpol.core.classes import families_of
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.rules import Many
from kubectl_netpol.core.rulings import Area, Ruling
from kubectl_netpol.core.sources import term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block, Source
from kubectl_netpol.core.tiers import Action, DomainPeer, NetworkPeer, NodePeer, Tier, TierPeer


class Deciders(Struct, frozen=True):
    """Of a tier, in their order; those of whom nobody is left are not asked."""

    rulings: tuple[Ruling, ...]
    left: int                                                   # the pods that may be left for the next tier
    is_whole: bool                                              # nobody is left for it

    def refuse(self) -> tuple[Ruling, ...]:
        return tuple(ruling for ruling in self.rulings if ruling.action is Action.DENY)


class _Left(Struct, frozen=True):
    """The sources that no rule has decided about."""

    pods: int
    addresses: Addresses
    is_described: bool                                          # pods that are not there yet, by their labels

    def __bool__(self) -> bool:
        return bool(self.pods or self.addresses or self.is_described)

    def __and__(self, other: "_Left") -> "_Left":
        return _Left(self.pods & other.pods, intersection(self.addresses, other.addresses), self.is_described and other.is_described)


def deciders(ends: Ends, home: str, spot: Spot, direction: Direction, tier: Tier, state: State) -> Deciders:
    """Addresses outside are sources of ingress only. Of what nobody orders (equal priorities, versions of the API), each comes first."""
    pods, addresses = wanted_pods(ends, spot, state), ends.addresses if direction is Direction.INGRESS else NOWHERE
    start = _Left(pods, addresses, not (pods or addresses))
    said = [(ruling, surely) for ruling, surely in _rulings(ends, spot, direction, state) if ruling.policy.tier is tier]
    found: list[Ruling] = []
    passed, left = 0, start
    for _, of_version in groupby(sorted(said, key=lambda each: each[0].policy.version), key=lambda each: each[0].policy.version):
        own = start
        for _, equal in groupby(of_version, key=lambda each: each[0].policy.priority):
            first = own
            for _, of_policy in groupby(equal, key=lambda each: each[0].policy.key):
                rest = first
                for ruling, surely in of_policy:
                    after = _after(ruling, surely, rest, ends, home, spot, state)
                    if after is not None:
                        found.append(ruling)
                        passed |= rest.pods & ~after.pods if ruling.action is Action.PASS else 0
                        rest = after
                own &= rest
        left &= own
    passes = any(ruling.action is Action.PASS for ruling in found)
    return Deciders(tuple(found), left.pods | passed, not left and not passes)


def _rulings(ends: Ends, spot: Spot, direction: Direction, state: State) -> Sequence[tuple[Ruling, bool]]:
    if direction is Direction.INGRESS:
        return rulings_at(spot, direction, state) if spot.place is not None else []
    return state.judge.leaving(ends.pods, spot.place, spot.ports)


def _after(ruling: Ruling, surely: bool, left: _Left, ends: Ends, home: str, spot: Spot, state: State) -> _Left | None:
    """Whom a rule leaves of some sources; None: it matches none of them."""
    if left.is_described:
        met = described_by(ruling, ends, home, state)
        return _Left(0, NOWHERE, not (surely and met.sure)) if met.maybe else None
    met, area = _met(ruling, ends, spot, state), ruling.peers.addresses if ruling.direction is Direction.INGRESS else Area()
    if not (left.pods & met.maybe or intersection(left.addresses, area.maybe)):
        return None
    return _Left(left.pods & ~met.sure, difference(left.addresses, area.sure), False) if surely else left


def _met(ruling: Ruling, ends: Ends, spot: Spot, state: State) -> Many:
    """Which pods a rule matches as sources, in the families in which they may come."""
    peers, subject = ruling.peers, ruling.subject
    if spot.place is None:
        is_within = not difference(spot.addresses, peers.addresses.sure)
        return Many(subject.sure * is_within, subject.maybe * bool(intersection(spot.addresses, peers.addresses.maybe)))
    own = families_of(spot.place, state.cluster)
    families = own & spot.families & ends.families or own
    pods = [many for family, many in zip(Family, peers.pods, strict=True) if family in families]
    sure, maybe = reduce(and_, (many.sure for many in pods)), reduce(or_, (many.maybe for many in pods))
    if ruling.direction is Direction.INGRESS:
        return Many(sure, maybe)
    return Many(subject.sure * bool(sure >> spot.place & 1), subject.maybe * bool(maybe >> spot.place & 1))


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
