"""Is a pod asked about itself? It always reaches its own address; through its Service it may be judged as if it were another one."""
from functools import reduce
from operator import or_

from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.profiles import OwnService
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Entry, Object, TargetKind
from kubectl_netpol.core.verdicts import Tally, Verdict, verdict_of


def to_itself(question: Question, found: Judgement, state: State) -> Verdict | None:
    """None where others are asked too."""
    ends, source = question.ends, question.ends.source
    if isinstance(source, Entry) and ends.pods and question.spots and _is_unasked(found):
        return Verdict.ALLOWED                                  # who carries the traffic of an entry point dials the pods themselves
    if not isinstance(source, Object) or not ends.pods or not question.spots:
        return None
    if question.service is None:
        named = source.kind, source.name, source.namespace or question.home
        is_one = named == (TargetKind.POD, question.target.name, question.target.namespace) and question.target.kind is TargetKind.POD
        return Verdict.ALLOWED if (is_one and not question.said) or _is_unasked(found) else None
    if not _is_unasked(found):
        return None
    return _through_service(question, state) if is_through_own_service(question, state) else Verdict.ALLOWED


def is_through_own_service(question: Question, state: State) -> bool:
    """Whether a pod that asks for itself comes through its Service, and policies have a say in it."""
    return question.service is not None and any(_is_policed(question.ends.pods, direction, state) for direction in Direction)


def _through_service(question: Question, state: State) -> Verdict:
    """Without a known network plugin nobody can tell."""
    judge = state.judge
    match state.cluster.profile.own_service:
        case OwnService.NOT_KNOWN: return Verdict.UNKNOWN
        case OwnService.AS_ANOTHER: rows = [(spot, judge.sources(spot.place)) for spot in question.spots if spot.place is not None]
        case OwnService.LET_IN: rows = [(spot, judge.released(spot.place)) for spot in question.spots if spot.place is not None]
    found = [(spot.place or 0, many) for spot, row in rows for _, many in at(row, spot.ports)]
    return verdict_of(reduce(or_, (Tally(True, not many.sure >> place & 1, bool(many.maybe >> place & 1),
                                         bool((many.maybe & ~many.sure) >> place & 1)) for place, many in found), Tally()))


def _is_policed(pods: int, direction: Direction, state: State) -> bool:
    isolated = state.judge.rules.isolated[direction].maybe
    return bool(pods & isolated) or any(state.judge.has_others(place, direction) for place in bits(pods))


def _is_unasked(found: Judgement) -> bool:
    """No pair of different pods was judged."""
    return found.ingress is None and found.egress is None
