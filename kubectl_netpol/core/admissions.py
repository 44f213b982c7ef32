"""Who may reach some pods at all, in the terms of the policies' own rules?"""
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.answers import (
    NOTHING_KNOWN,
    Overview,
    admitting_at,
    entering_verdict,
    isolating_at,
    joined,
    overview,
    rulings_at,
)
from kubectl_netpol.core.classes import set_of
from kubectl_netpol.core.destinations import Alike, Spot, alike, standing_for
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import concerning, objects_in
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.sources import term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Source
from kubectl_netpol.core.tiers import Action, Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key

_MANY = 10                                                      # parts of some spots that are looked at together first
_ANYWHERE = Anywhere()


class Admission(Struct, frozen=True):
    """One term of who may reach some spots, its verdict over all of them, and who says so; for denied: who isolates, or which rules of
    tiers refuse it."""

    source: Source
    verdict: Verdict
    rules: tuple[RuleRef, ...] = ()
    isolated_by: tuple[Key, ...] = ()
    unjudged: tuple[Key, ...] = ()                              # of an unknown one: policies of other engines


def admissions(spots: Sequence[Spot], home: str, state: State) -> tuple[Admission, ...]:
    """Who may reach the spots by their ingress policies, in the terms of the rules."""
    found = _admissions(spots, home, state)
    if not state.judge.concerns.every:
        return found
    pods = set_of([spot.place for spot in spots if spot.place is not None])
    unjudged = objects_in(concerning(pods, Direction.INGRESS, state.judge.concerns))
    return tuple(replace(each, unjudged=unjudged) if each.verdict is Verdict.UNKNOWN else each for each in found)


def _elsewhere(spot: Spot, state: State) -> tuple[bool, bool]:
    """Whether other engines may change anything at a spot, and allow what is refused."""
    unsettled, place = state.judge.concerns.with_outside[Direction.INGRESS], spot.place
    return place is not None and bool(unsettled.concerned >> place & 1), place is not None and bool(unsettled.openable >> place & 1)


def _admissions(spots: Sequence[Spot], home: str, state: State) -> tuple[Admission, ...]:
    if not spots:
        return (Admission(Anywhere(), Verdict.NO_ENDPOINTS),)
    terms: dict[Source, list[tuple[RuleRef, ...]]] = {}
    sure: dict[Source, int] = {}                                # at how many of the spots a rule surely names just this term
    naming: dict[Source, list[Alike]] = {}                      # those of which some rule names it
    refusing: list[Ruling] = []
    parts = alike(spots, state, (Direction.INGRESS,))
    for part in parts:
        spot, number = part.spots[0], len(part.spots)
        rulings = _rulings(spot, state)
        refusing += [ruling for ruling in rulings if ruling.action is Action.DENY]
        is_concerned, is_openable = _elsewhere(spot, state)
        if is_openable or spot.place is None or not isolating_at(spot.place, Direction.INGRESS, state):
            terms.setdefault(_ANYWHERE, [])
        for ruling in rulings:
            if ruling.action is Action.ALLOW:
                for term in _terms(ruling, home):
                    terms.setdefault(term, []).append((ruling.ref,))
        for each in admitting_at(spot, Direction.INGRESS, home, state) if spot.place is not None else ():
            terms.setdefault(each.term, []).append(each.said_by)
            sure[each.term] = sure.get(each.term, 0) + number * (each.surely and not rulings and not is_concerned)
            naming.setdefault(each.term, []).append(part)

    @cache
    def seen() -> Overview:
        return overview((part.spots[0] for part in parts), state) if len(parts) > _MANY else NOTHING_KNOWN

    def verdict(term: Source) -> Verdict:
        if sure.get(term) == len(spots):
            return Verdict.ALLOWED
        ends = state.cluster.once(("ends", term, home), lambda: ends_of(term, home, state.cluster))
        named = {id(part): part for part in naming.get(term, ())}
        others = [part for part in parts if id(part) not in named]
        order = [*islice(named.values(), 1), *others, *islice(named.values(), 1, None)]      # one that admits and one that does not decide
        return entering_verdict(ends, home, standing_for(ends.pods, order), state, seen())
    for ruling in refusing:
        for term in _terms(ruling, home):
            if term not in terms and verdict(term) is Verdict.DENIED:
                terms[term] = []
    if _ANYWHERE in terms and verdict(_ANYWHERE) is Verdict.ALLOWED:
        return (Admission(_ANYWHERE, Verdict.ALLOWED, joined(terms[_ANYWHERE])),)
    found = [Admission(term, verdict(term), joined(refs)) for term, refs in terms.items()]
    if refusing:
        found = _with_refused(found, refusing, home, state)
    if found:
        return tuple(found)
    isolated_by = joined(isolating_at(spot.place, Direction.INGRESS, state) for spot in spots if spot.place is not None)
    refused_by = () if isolated_by else joined((ruling.ref,) for ruling in refusing)
    return (Admission(_ANYWHERE, verdict(_ANYWHERE), refused_by, isolated_by),)


def _rulings(spot: Spot, state: State) -> list[Ruling]:
    """Those of the Baseline tier decide nothing where NetworkPolicies isolate."""
    if spot.place is None or not state.judge.is_tiered:
        return []
    isolated = state.judge.rules.isolated[Direction.INGRESS].sure >> spot.place & 1
    return [ruling for ruling, _ in rulings_at(spot, Direction.INGRESS, state) if not (isolated and ruling.policy.tier is Tier.BASELINE)]


def _with_refused(found: list[Admission], refusing: list[Ruling], home: str, state: State) -> list[Admission]:
    """Of what rules of tiers refuse is told, last, what others would let in; nothing, where nobody is let in at all."""
    admitted = [each for each in found if each.verdict is not Verdict.DENIED]
    if not admitted:
        return []
    refused = [_refused(each, refusing, home, state) for each in found if each.verdict is Verdict.DENIED and each.source != _ANYWHERE]
    by_all = joined((ruling.ref,) for ruling in refusing)
    return [*(each if each.rules or each.verdict is not Verdict.PARTIAL else Admission(each.source, each.verdict, by_all)
              for each in admitted), *refused]


def _terms(ruling: Ruling, home: str) -> Iterable[Source]:
    peers = ruling.rule.peers
    return [_ANYWHERE] if peers is None else [term_of(peer, "", home) for peer in peers if isinstance(peer, PodPeer)]


def _refused(each: Admission, refusing: Iterable[Ruling], home: str, state: State) -> Admission:
    """With the rules of tiers that refuse some of it, in place of those that would admit it."""
    ends = ends_of(each.source, home, state.cluster)
    refs = [(ruling.ref,) for ruling in refusing if ends.pods & (ruling.peers.pods[0].maybe | ruling.peers.pods[1].maybe)]
    return Admission(each.source, each.verdict, joined(refs or [(ruling.ref,) for ruling in refusing]))
