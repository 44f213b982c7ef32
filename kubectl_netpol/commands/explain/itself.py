"""Is a pod asked about itself? It always reaches its own address; through its Service only where no policy isolates it, for sure."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Object, TargetKind
from kubectl_netpol.core.verdicts import Verdict


def to_itself(question: Question, found: Judgement, state: State) -> Verdict | None:
    """None where others are asked too."""
    ends, source = question.ends, question.ends.source
    if not isinstance(source, Object) or not ends.pods or not question.spots:
        return None
    if question.service is None:
        named = source.kind, source.name, source.namespace or question.home
        is_one = named == (TargetKind.POD, question.target.name, question.target.namespace) and question.target.kind is TargetKind.POD
        return Verdict.ALLOWED if (is_one and not question.said) or _is_unasked(found) else None
    if not _is_unasked(found):
        return None
    return Verdict.UNKNOWN if any(_is_policed(ends.pods, direction, state) for direction in Direction) else Verdict.ALLOWED


def _is_policed(pods: int, direction: Direction, state: State) -> bool:
    isolated = state.judge.rules.isolated[direction].maybe
    return bool(pods & isolated) or any(state.judge.has_others(place, direction) for place in bits(pods))


def _is_unasked(found: Judgement) -> bool:
    """No pair of different pods was judged."""
    return found.ingress is None and found.egress is None
