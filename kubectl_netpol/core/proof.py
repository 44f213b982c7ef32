"""Does a state allow what an intent says? The same judgement as that of a question."""
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec.structs import replace

from kubectl_netpol.core.answers import Judgement, as_far_as_read, judgement
from kubectl_netpol.core.classes import set_of
from kubectl_netpol.core.deciders import deciders
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import concerning, objects_in
from kubectl_netpol.core.exposure import through_service
from kubectl_netpol.core.guesses import Stated
from kubectl_netpol.core.node_sources import as_far_as_blocks_hold_nodes
from kubectl_netpol.core.resolve import Ends, ends_of
from kubectl_netpol.core.spots import Wanted, spots_for, wanted_at, wanted_to
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Object
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key

_WORST = (Verdict.DENIED, Verdict.UNKNOWN, Verdict.PARTIAL, Verdict.NO_ENDPOINTS, Verdict.ALLOWED)


def proved(stated: Stated, state: State, pod_cidrs: Sequence[str] = ()) -> Verdict:
    """The worst verdict of all its sources, or destinations, and ports."""
    verdicts = (each.verdict for each in _judgements(stated, state, pod_cidrs))
    return min(verdicts, key=_WORST.index, default=Verdict.NO_ENDPOINTS)


def is_kept_in(stated: Stated, state: State, pod_cidrs: Sequence[str] = ()) -> bool:
    """Whether it is the clients' own egress that refuses what the ingress would admit."""
    return stated.intent.direction is Direction.INGRESS and any(
        each.ingress is Verdict.ALLOWED and each.egress in (Verdict.DENIED, Verdict.PARTIAL)
        for each in _judgements(stated, state, pod_cidrs))


def _judgements(stated: Stated, state: State, pod_cidrs: Sequence[str]) -> list[Judgement]:
    """One after the other of its sources, or destinations, and ports: kept, as both of the above are asked of the same."""
    return state.cluster.once(("judgements", stated.intent, stated.home, *pod_cidrs), lambda: [*_judged_all(stated, state, pod_cidrs)])


def _judged_all(stated: Stated, state: State, pod_cidrs: Sequence[str]) -> Iterator[Judgement]:
    return (_judged(source, each, stated.home, state) for source, each in _pairs(stated, state, pod_cidrs))


def _pairs(stated: Stated, state: State, pod_cidrs: Sequence[str]) -> Iterator[tuple[Ends, Wanted]]:
    """What is stated, one source and one destination each."""
    intent, home = stated.intent, stated.home
    if intent.direction is Direction.INGRESS:
        wanted = wanted_at(replace(intent.target, namespace=home, ports=intent.ports), state, translate=True)
        ends = [ends_of(source, home, state.cluster, pod_cidrs) for source in intent.sources]
    else:
        wanted = tuple(each for destination in intent.destinations for each in wanted_to(
            replace(destination, ports=destination.ports or intent.ports), home, state, pod_cidrs))
        ends = [ends_of(Object(intent.target.kind, intent.target.name or "", home), home, state.cluster)]
    return ((source, replace(each, spots=spots_for(source.source, each, state))) for source in ends for each in wanted)


def refused_by(stated: Stated, state: State, pod_cidrs: Sequence[str] = ()) -> tuple[Key, ...]:
    """The policies of administrators that refuse some of it, whatever NetworkPolicies say."""
    found = [deciders(source, stated.home, spot, direction, Tier.ADMIN, state) for source, wanted in _pairs(stated, state, pod_cidrs)
             for spot in wanted.spots for direction in Direction] if state.tiers else []
    return tuple(sorted({ruling.ref.policy for each in found for ruling in each.refuse()}))


def unjudged_by(stated: Stated, state: State, pod_cidrs: Sequence[str] = ()) -> tuple[Key, ...]:
    """The policies of other engines that select its pods, so that nobody here knows whether it is allowed."""
    if not state.foreign:
        return ()
    pairs = list(_pairs(stated, state, pod_cidrs))
    sides = ((Direction.EGRESS, reduce(or_, (ends.pods for ends, _ in pairs if not ends.is_open_set), 0)),
             (Direction.INGRESS, set_of([spot.place for _, wanted in pairs for spot in wanted.spots if spot.place is not None])))
    return objects_in(each for direction, pods in sides for each in concerning(pods, direction, state.judge.concerns))


def _judged(ends: Ends, wanted: Wanted, home: str, state: State) -> Judgement:
    through = through_service(judgement(ends, home, wanted.spots, state), ends, wanted.spots, wanted.service, state)
    found = as_far_as_blocks_hold_nodes(through, ends, wanted.spots, state)
    return as_far_as_read(found, is_whole=wanted.is_whole)
