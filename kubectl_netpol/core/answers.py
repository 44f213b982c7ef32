"""May these sources reach those pods, and who may at all? The verdict of one question at both of its ends, and what decides it."""
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TypeVar

from msgspec import Struct

from kubectl_netpol.core.addresses import BOTH, FAMILIES, Addresses, difference, family_of, intersection, union
from kubectl_netpol.core.classes import Cluster as ClusterState
from kubectl_netpol.core.classes import bits, families_of, has_labels_of, may_match, signature
from kubectl_netpol.core.destinations import Spot, alike, standing_for
from kubectl_netpol.core.dialling import let_out
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import at_place, may_concern, unsure
from kubectl_netpol.core.policies import PodPeer, PolicyRule
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import NONE, Many, Rule, RuleRef
from kubectl_netpol.core.rulings import Algebra, Area, Ruling, chosen_pods, decided, either_pods
from kubectl_netpol.core.selectors import EVERYTHING
from kubectl_netpol.core.sources import Terms, implies, term_of, terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Block, Entry, Object, Outside, Source
from kubectl_netpol.core.tiers import Action
from kubectl_netpol.core.unread import are_free_to_leave, home_of, is_somebody, may_hold_unread
from kubectl_netpol.core.verdicts import Tally, Verdict, verdict_of
from kubectl_netpol.snapshot import Key


class Judgement(Struct, frozen=True):
    """ingress and egress are apart: None where no policy of that end is concerned."""

    verdict: Verdict
    ingress: Verdict | None
    egress: Verdict | None


def judgement(ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Judgement:
    """The verdict of all sources for all spots; home is the namespace that sources without one mean."""
    if not spots:
        return Judgement(Verdict.NO_ENDPOINTS, None, None)
    told = standing_for(ends.pods, alike(spots, state, (Direction.INGRESS, Direction.EGRESS)))
    if not ends.is_known:
        return _of_anybody(ends, home, told, state)
    return _with_unread(ends, home, told, state) if has_unread(ends) else _of_known(ends, home, told, state)


def _of_known(ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Judgement:
    entering = entering_all(ends, home, spots, state)
    if ends.is_open_set:
        return Judgement(verdict_of(entering), _verdict(entering), None)
    leaving, whole = Tally(), Tally()
    for spot in spots:
        leaving |= leaving_to(ends, spot, state)
        whole |= _both(ends, home, spot, state)
    return Judgement(verdict_of(whole if whole.wanted or _is_an_object(ends) else entering), _verdict(entering), _verdict(leaving))


def _of_anybody(ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Judgement:
    """Of a source that may be any of its members: sure is what is so for all. Pods among them may be kept in by their own egress."""
    verdict = verdict_of(entering_all(ends, home, spots, state))
    entering = Verdict.UNKNOWN if verdict is Verdict.PARTIAL else verdict
    return Judgement(Verdict.UNKNOWN if ends.pods and entering is Verdict.ALLOWED else entering, entering, None)


def _is_an_object(ends: Ends) -> bool:
    """An object is the pods that it has; a set stands for those to come too."""
    return bool(ends.pods) and isinstance(ends.source, Object | Entry)


def _verdict(tally: Tally) -> Verdict | None:
    return verdict_of(tally) if tally.wanted else None


def wanted_pods(ends: Ends, spot: Spot, state: State) -> int:
    """Without the only pod of a class when it is the destination: a pod always reaches itself."""
    if spot.place is None or state.cluster.several & 1 << spot.place:
        return ends.pods
    return ends.pods & ~(1 << spot.place)


def entering_at(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """What the policies of the destination say. Where a rule names just this source, it admits whatever pods that will be;
    but an object is the pods that it has, and nothing is said of the destination itself."""
    if spot.place is None:
        return Tally(wanted=True, possible=True) if ends.is_open_set else _pods(ends.pods, [Many(ends.pods, ends.pods)])
    pods, has_others = wanted_pods(ends, spot, state), state.judge.has_others(spot.place, Direction.INGRESS)
    if (pods or not _is_an_object(ends)) and not has_others and _is_named(ends, home, spot, state):
        return Tally(wanted=True, possible=True)
    families = ends.families & spot.families
    tally = _pods(pods, state.cluster.once(
        ("admitted at", spot, families), lambda: [many for _, many in at(state.judge.admitted(spot.place or 0, families), spot.ports)]))
    if ends.addresses:
        areas = [area for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)]
        tally |= _areas_outside(ends, spot, areas, state)
    return tally | _of_pods_elsewhere(ends, home, spot, state)


def _of_pods_elsewhere(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """Of anywhere, where not all pods were read: rules that name some of them admit a part of it. Whether all are admitted is told by
    addresses, which hold all pods."""
    if ends.is_whole or not isinstance(ends.source, Anywhere):
        return Tally()
    refusing = [peer for ruling, _ in rulings_at(spot, Direction.INGRESS, state) if ruling.action is Action.DENY
                for peer in ruling.rule.peers or ()]
    if any(isinstance(peer, PodPeer) and may_hold_unread(peer, "", ends.source, home, state.snapshot) for peer in refusing):
        return Tally(wanted=True, missing=True, possible=True)
    return Tally(wanted=True, possible=any(
        isinstance(peer, PodPeer) and may_hold_unread(peer, ref.policy.namespace, ends.source, home, state.snapshot)
        for rule, _ in matching_at(spot, Direction.INGRESS, state) for ref in rule.said_by for peer in said(ref, state).peers))


def _is_named(ends: Ends, home: str, spot: Spot, state: State) -> bool:
    """Whether a rule surely names the source, or more than it."""
    return state.cluster.once(("sure", spot, home), lambda: _sure_terms(spot, home, state)).hold(ends.source)


def _sure_terms(spot: Spot, home: str, state: State) -> Terms:
    admitting = admitting_at(spot, Direction.INGRESS, home, state)
    return state.cluster.once(("sure terms", id(admitting), home), lambda: Terms((each.term for each in admitting if each.surely), home))


class Overview(Struct, frozen=True):
    """Whom all of some spots admit, and whom some of them possibly but not surely do."""

    admitted: int
    doubtful: int
    are_areas_clear: bool                                       # no address is doubtful

    def admits(self, ends: Ends) -> bool:
        """Whether all spots surely admit a source of several classes, so that no pod's own one is all of it."""
        return bool(ends.pods & ends.pods - 1) and not (ends.pods & ~self.admitted or ends.addresses) and ends.families == BOTH

    def is_clear(self, ends: Ends) -> bool:
        """Whether nothing is doubtful of a source with members: once some are admitted and some are not, that is all."""
        return bool(ends.pods or ends.addresses) and not ends.pods & self.doubtful and (self.are_areas_clear or not ends.addresses)


NOTHING_KNOWN = Overview(0, -1, False)


def overview(spots: Iterable[Spot], state: State) -> Overview:
    admitted, doubtful, are_areas_clear = state.cluster.pods.everyone, 0, True
    for spot in spots:
        if spot.place is None:
            return NOTHING_KNOWN
        for _, many in at(state.judge.admitted(spot.place, spot.families), spot.ports):
            admitted, doubtful = admitted & many.sure, doubtful | many.maybe & ~many.sure
        areas = at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)
        are_areas_clear = are_areas_clear and all(area.sure == area.maybe for _, area in areas)
    return Overview(admitted, doubtful, are_areas_clear)


def entering_all(ends: Ends, home: str, spots: Sequence[Spot], state: State, seen: Overview = NOTHING_KNOWN) -> Tally:
    """What the policies of all destinations say. Addresses count for the pods of their family only; what can reach none is nobody."""
    if seen.admits(ends):
        return Tally(wanted=True, possible=True)
    tally, is_clear = Tally(), seen.is_clear(ends)
    for spot in spots:
        tally |= _entering_if_any(ends, home, spot, state)
        if tally.missing and tally.possible and (tally.unsure or is_clear):
            break                                               # what others say changes nothing
    if not (tally.wanted or _is_an_object(ends)):
        for spot in spots:
            tally |= _of_nobody(ends, home, spot, state)
    return tally


def _entering_if_any(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """A set without any member is judged at each destination, as a rule of one of them may name it while another refuses all."""
    enters = entering_at(ends, home, spot, state)
    return enters if enters.wanted or ends.pods or ends.addresses else _of_nobody(ends, home, spot, state)


def _of_nobody(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """A set without any member now: admitted where a rule names it, refused where no rule opens the port to its namespace at all."""
    if spot.place is None:
        return Tally()
    if state.judge.has_others(spot.place, Direction.INGRESS):
        found = _foretold(ends, home, spot, state)
        return Tally(True, not found.sure, bool(found.maybe), found.sure != found.maybe)
    return _by_policies_of_nobody(ends, home, spot, state)


def _by_policies_of_nobody(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    assert spot.place is not None
    if _is_named(ends, home, spot, state):
        return Tally(wanted=True, possible=True)
    if not (isolating_at(spot.place, Direction.INGRESS, state) or state.cluster.unpoliced >> spot.place & 1):
        return Tally(wanted=True, possible=True)
    opens = bool(state.cluster.host_network >> spot.place & 1) or bool(state.cluster.unpoliced >> spot.place & 1) or any(
        _may_hold(said(ref, state), ref.policy.namespace, ends.source, home, state)
        for rule, _ in matching_at(spot, Direction.INGRESS, state) for ref in rule.said_by)
    return Tally(wanted=True, missing=True, possible=opens, unsure=opens)


_YES, _PERHAPS = Many(1, 1), Many(0, 1)


def _foretold(ends: Ends, home: str, spot: Spot, state: State) -> Many:
    """Whether pods that are described, and not there yet, would be let in through all tiers: 1 stands for all of them."""
    assert spot.place is not None
    by_policies, place = _by_policies_of_nobody(ends, home, spot, state), spot.place
    said = [(ruling, described_by(ruling, ends, home, state) if surely else _PERHAPS & described_by(ruling, ends, home, state))
            for ruling, surely in rulings_at(spot, Direction.INGRESS, state)]
    isolated = state.judge.rules.isolated[Direction.INGRESS]
    found = decided(
        said, Many(isolated.sure >> place & 1, isolated.maybe >> place & 1), Many(int(not by_policies.missing), int(by_policies.possible)),
        Algebra(_YES, NONE, chosen_pods, either_pods))
    found = either_pods((found, _YES, NONE)) if state.judge.rulings.are_unread else found
    return unsure(found, at_place(place, state.judge.concerns.among_pods[Direction.INGRESS], 1))


def described_by(ruling: Ruling, ends: Ends, home: str, state: State) -> Many:
    """Whether a rule of a tier names all pods of a description, or may name some: 1 stands for all of them. A namespace that is there is
    known by its labels."""
    peers = ruling.rule.peers
    if peers is None:
        return _YES
    if isinstance(ends.source, Block | Outside):                # ingress rules of tiers mean pods alone, which are judged as such
        return NONE
    own = home_of(ends.source, home)
    pods = tuple(_in_own(peer, own, state) for peer in peers if isinstance(peer, PodPeer))
    if Terms((term_of(peer, "", home) for peer in pods), home).hold(ends.source):
        return _YES
    return _PERHAPS if pods and _may_hold(PolicyRule(pods, ruling.ports), "", ends.source, home, state) else NONE


def _in_own(peer: PodPeer, namespace: str | None, state: State) -> PodPeer:
    """A peer without what it asks of namespaces, if one is known that has it."""
    assert peer.namespace_selector is not None
    if namespace is None or not has_labels_of(namespace, state.snapshot):
        return peer
    return PodPeer(peer.pod_selector, EVERYTHING) if may_match(peer.namespace_selector, namespace, state.snapshot) else peer


def _may_hold(rule: PolicyRule, own: str, source: Source, home: str, state: State) -> bool:
    """Whether some pod of the source's namespace may be among the peers of a rule of a policy in the own namespace."""
    namespace = home_of(source, home)
    if namespace is None:
        return True
    return not rule.peers or any(
        not isinstance(peer, PodPeer) or (namespace == own if peer.namespace_selector is None else
                                          may_match(peer.namespace_selector, namespace, state.snapshot)) for peer in rule.peers)


def leaving_to(ends: Ends, spot: Spot, state: State) -> Tally:
    """What the sources' own policies say."""
    if spot.place is not None or spot.dialled is not None:
        return _pods(wanted_pods(ends, spot, state), _released(ends, spot, state))
    tally = Tally()
    for place in bits(ends.pods):
        tally |= _leaving_cluster(place, spot, state)
    return tally


def _released(ends: Ends, spot: Spot, state: State) -> list[Many]:
    if spot.dialled is not None:
        return [let_out(spot.dialled, state)]
    return [many for _, many in at(state.judge.released(spot.place or 0, ends.families & spot.families), spot.ports)]


def _leaving_cluster(place: int, spot: Spot, state: State) -> Tally:
    """An address outside behind a Service is only maybe what an ipBlock sees (network-policies docs, "it is not defined")."""
    return _areas(spot.addresses, [area for _, area in at(state.judge.area(place, Direction.EGRESS), spot.ports)])


def _both(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """Pairs that both ends allow; addresses have no egress."""
    if spot.place is None:
        return leaving_to(ends, spot, state)
    pods = wanted_pods(ends, spot, state)
    if not pods and not _is_an_object(ends):
        return _of_those_to_come(ends, home, spot, state)
    tally = _pods(pods, _through(ends, spot, state))
    areas = [area for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)]
    return tally | _areas_outside(ends, spot, areas, state)


def _through(ends: Ends, spot: Spot, state: State) -> list[Many]:
    """Whom both ends let through."""
    assert spot.place is not None
    families = ends.families & spot.families
    if spot.dialled is None:
        return [many for _, many in at(state.judge.sources(spot.place, families), spot.ports)]
    leaving = let_out(spot.dialled, state)
    return [many & leaving for _, many in at(state.judge.admitted(spot.place, families), spot.ports)]


def _of_those_to_come(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """Of a set without a member here beside the destination: what rules say of it, and the egress of members like the one there."""
    entering = _entering_if_any(ends, home, spot, state)
    leaving = _pods(ends.pods, _released(ends, spot, state))
    return leaving if entering.wanted and leaving.missing else entering


def _pods(pods: int, pieces: Iterable[Many]) -> Tally:
    if not pods:
        return Tally()
    pieces = list(pieces)
    return Tally(
        True, any(pods & ~many.sure for many in pieces), any(pods & many.maybe for many in pieces),
        any(pods & many.maybe & ~many.sure for many in pieces))


def _areas(addresses: Addresses, pieces: Iterable[Area], concern: Callable[[Addresses], bool] = bool) -> Tally:
    """concern: whether any of some addresses counts."""
    if not addresses:
        return Tally()
    pieces = list(pieces)
    return Tally(
        True, any(concern(difference(addresses, area.sure)) for area in pieces),
        any(concern(intersection(addresses, area.maybe)) for area in pieces),
        any(concern(difference(intersection(addresses, area.maybe), area.sure)) for area in pieces))


def _areas_outside(ends: Ends, spot: Spot, pieces: Iterable[Area], state: State) -> Tally:
    reachable = _reachable(ends.addresses, spot, state)
    return _areas(reachable, pieces, lambda addresses: _has_outside(addresses, state.cluster))


def _has_outside(addresses: Addresses, cluster: ClusterState) -> bool:
    """Whether one of the addresses is no pod's: pods are judged as pods."""
    for start, after in addresses.ranges:
        known = cluster.by_address[family_of(start)]
        within = known[bisect_left(known, (start, 0)):bisect_left(known, (after, 0))]
        if after - start > len(within) or after - start > len({address for address, _ in within}):
            return True
    return False


def _reachable(addresses: Addresses, spot: Spot, state: State) -> Addresses:
    """Only addresses of the families that the destination has, and is dialled in, can reach it."""
    if not addresses or spot.place is None:
        return addresses
    families = families_of(spot.place, state.cluster) & spot.families
    return intersection(addresses, union([FAMILIES[family] for family in families]))


# ---- pods that were not read

# of pods of which there may be none: together with those that are known
_ALLOWED, _DENIED, _UNKNOWN = Tally(True, False, True, False), Tally(True, True, False, False), Tally(True, True, True, True)


def as_far_as_read(found: Judgement, *, is_whole: bool) -> Judgement:
    """The judgement of a target all of whose pods were read, or not."""
    return found if is_whole else Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, None)


def has_unread(ends: Ends) -> bool:
    return not ends.is_whole and not isinstance(ends.source, Anywhere)


def _with_unread(ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Judgement:
    """Of a source of which not all pods were read: sure is only what is so whether there are more of them or not."""
    entering, leaving, whole = Tally(), Tally(), Tally()
    has_egress = not ends.is_open_set and is_somebody(ends.source)
    free = not has_egress or (
        are_free_to_leave(ends.source, home, state.snapshot)
        and not may_concern(home_of(ends.source, home), Direction.EGRESS, state.judge.concerns))
    for spot in spots:
        enters = _unread_at(ends, home, spot, state)
        entering |= enters
        leaving |= _ALLOWED if free else _UNKNOWN
        whole |= enters if free or enters in (_DENIED, Tally()) else _UNKNOWN
    known = _of_known(ends, home, spots, state)
    egress = _together(known.egress, leaving) if has_egress else known.egress
    return Judgement(_together(known.verdict, whole), _together(known.ingress, entering), egress)


def entering_verdict(ends: Ends, home: str, spots: Sequence[Spot], state: State, seen: Overview = NOTHING_KNOWN) -> Verdict:
    """Whether the policies of some spots admit all of a source, with those of its pods that were not read."""
    if not has_unread(ends):
        return verdict_of(entering_all(ends, home, spots, state, seen))
    unread = reduce(or_, (_unread_at(ends, home, spot, state) for spot in spots))
    return _together(_verdict(entering_all(ends, home, spots, state)), unread)


def _together(known: Verdict | None, unread: Tally) -> Verdict:
    more = verdict_of(unread) if unread.wanted else known or Verdict.UNKNOWN
    if known in (None, more) or (known is Verdict.PARTIAL and more in (Verdict.ALLOWED, Verdict.DENIED)):
        return known or more
    return Verdict.UNKNOWN


def _unread_at(ends: Ends, home: str, spot: Spot, state: State) -> Tally:
    """Whether the policies of a destination admit pods of a source, whatever these are. Those of an object may be on the host network
    or the destination itself; sets leave such out."""
    if spot.place is None:
        return _ALLOWED
    reachable = _reachable(ends.addresses, spot, state)
    if ends.addresses and not reachable:
        return Tally()                                          # they are of another family
    if not isolating_at(spot.place, Direction.INGRESS, state) and not state.judge.has_others(spot.place, Direction.INGRESS):
        return _ALLOWED                                         # as far as policies could be read: that is known of the others, too
    if state.judge.has_others(spot.place, Direction.INGRESS):
        foretold = _foretold(ends, home, spot, state)
        return _ALLOWED if foretold.sure else _UNKNOWN if foretold.maybe or isinstance(ends.source, Object) else _DENIED
    source, areas = ends.source, [area for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)]
    if _is_named(ends, home, spot, state) or (reachable and not any(difference(reachable, area.sure) for area in areas)):
        return _ALLOWED
    refs = [ref for rule, _ in matching_at(spot, Direction.INGRESS, state) for ref in rule.said_by]
    opens = isinstance(source, Object) or any(not said(ref, state).peers or any(
        may_hold_unread(peer, ref.policy.namespace, source, home, state.snapshot) for peer in said(ref, state).peers) for ref in refs)
    return _UNKNOWN if opens else _DENIED


# ---- what decides


class Admitting(Struct, frozen=True):
    """Rules that open some ports for a term."""

    term: Source
    surely: bool
    said_by: tuple[RuleRef, ...]


def matching_at(spot: Spot, direction: Direction, state: State) -> list[tuple[Rule, bool]]:
    assert spot.place is not None
    return state.judge.matching(spot.place, direction, spot.ports, state.judge.named(spot.place))


def rulings_at(spot: Spot, direction: Direction, state: State) -> list[tuple[Ruling, bool]]:
    """The rules of tiers with the spot's pods as their subject whose ports match, in their order, and whether surely."""
    assert spot.place is not None
    return state.judge.ruling(spot.place, direction, spot.ports)


def said(ref: RuleRef, state: State) -> PolicyRule:
    """The rule as its policy has it."""
    return state.policies[ref.policy].rules[Direction(ref.direction)][ref.rule]


def admitting_at(spot: Spot, direction: Direction, home: str, state: State) -> list[Admitting]:
    """Whom the rules of the spot's own policies admit, a term after the other, in the order of the policies."""
    matching = matching_at(spot, direction, state)
    return state.cluster.once(("admitting", id(matching), home), lambda: _admitting(matching, home, state))


def _admitting(matching: Sequence[tuple[Rule, bool]], home: str, state: State) -> list[Admitting]:
    terms: dict[tuple[Source, bool], list[tuple[RuleRef, ...]]] = {}
    for rule, surely in matching:
        for term, refs in _terms(rule, home, state):
            terms.setdefault((term, surely), []).append(refs)
    found = [Admitting(term, surely, joined(refs)) for (term, surely), refs in terms.items()]
    return sorted(found, key=lambda each: each.said_by)


def _terms(rule: Rule, home: str, state: State) -> list[tuple[Source, tuple[RuleRef, ...]]]:
    """The terms of a rule, each with those who say it so: sets that are equal may have other names."""
    return state.cluster.once(("terms", id(rule), home), lambda: _terms_of(rule, home, state))


def _terms_of(rule: Rule, home: str, state: State) -> list[tuple[Source, tuple[RuleRef, ...]]]:
    terms: dict[Source, list[RuleRef]] = {}
    for ref in rule.said_by:
        for term in terms_of(said(ref, state), ref.policy.namespace, home):
            terms.setdefault(term, []).append(ref)
    return [(term, tuple(sorted(refs))) for term, refs in terms.items()]


def isolating_at(place: int, direction: Direction, state: State) -> tuple[Key, ...]:
    """The policies that isolate the pods of a class."""
    return state.judge.rules.isolators[direction].get(place, ())


def isolating_any(pods: int, direction: Direction, state: State) -> tuple[Key, ...]:
    """The policies that isolate some of the pods, in order."""
    return state.cluster.once(
        ("isolating", signature(pods), direction), lambda: joined(isolating_at(place, direction, state) for place in bits(pods)))


def literal(source: Source, home: str, admitting: Sequence[Admitting]) -> Admitting | None:
    """The rule that names the source, or more than it: surely, if there is such a one."""
    found = [each for each in admitting if implies(source, each.term, home)]
    return next((each for each in found if each.surely), found[0] if found else None)


Ordered = TypeVar("Ordered", Key, RuleRef)


def joined(parts: Iterable[tuple[Ordered, ...]]) -> tuple[Ordered, ...]:
    """All of them in order, each once. What several pods have in common is mostly one and the same tuple, which may be long."""
    distinct = list({id(each): each for each in parts}.values())
    return distinct[0] if len(distinct) == 1 else tuple(sorted({each for part in distinct for each in part}))
