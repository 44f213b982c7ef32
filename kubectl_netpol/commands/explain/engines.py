"""What of an answer may other engines change, and which of their objects select the pods?"""
from collections.abc import Iterable, Iterator

from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import MOST, said_policy, said_workloads
from kubectl_netpol.commands.naming import isolation_ref, object_ref
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.classes import bits, set_of
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import Concern, concerning
from kubectl_netpol.core.states import State
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import PolicyRef, Step
from kubectl_netpol.snapshot import Key


def unsettling(question: Question, found: Judgement, state: State) -> tuple[Concern, ...]:
    """What may make another answer of it, the egress of the source first; what only refuses changes nothing of what is refused."""
    pods = pods_of(question)
    sides = ((Direction.EGRESS, found.egress), (Direction.INGRESS, found.ingress))
    is_outside = {Direction.EGRESS: any(spot.place is None for spot in question.spots),
                  Direction.INGRESS: bool(question.ends.addresses)}
    return tuple(
        each for direction, verdict in sides if verdict is Verdict.UNKNOWN
        for each in concerning(pods[direction], direction, state.judge.concerns) if is_outside[direction] or not each.is_outside_only)


def pods_of(question: Question) -> dict[Direction, int]:
    """Those that are concerned as subjects: the sources, and the destinations."""
    return {Direction.EGRESS: question.ends.pods, Direction.INGRESS: pods_at(question.spots)}


def pods_at(spots: Iterable[Spot]) -> int:
    return set_of([spot.place for spot in spots if spot.place is not None])


def engine_steps(concerns: Iterable[Concern], pods: dict[Direction, int], home: str, state: State) -> Iterator[Step]:
    """Of objects; what could not be read is told with the right that is missing."""
    told = [(each.said_by, each) for each in concerns if isinstance(each.said_by, Key)]
    for number, (key, each) in enumerate(told):
        if number == MOST and len(told) > MOST + 1:
            names = [said_policy(other, home) for other, _ in told[MOST:]]
            yield Step(None, None, Verdict.UNKNOWN.value, sentence("step-unjudged-more", {"policies": listed(names, 2 * MOST)}))
            return
        yield Step(object_ref(key), isolation_ref(key, each.direction.value), Verdict.UNKNOWN.value,
                   _said(key, each, pods[each.direction], home, state))


def _said(key: Key, concern: Concern, pods: int, home: str, state: State) -> str:
    own = pods & concern.pods.maybe
    facts = {"policy": said_policy(key, home), "direction": concern.direction.value.lower(), "may": sentence(
        "selects" if not own & ~concern.pods.sure else "may-select", {}),
        "workloads": said_workloads([pod for place in bits(own) for pod in state.cluster.classes[place]], home)}
    return sentence(f"step-unjudged-{concern.effect.value}", facts)


def refs_of(keys: Iterable[Key], direction: Direction) -> tuple[PolicyRef, ...]:
    return tuple(isolation_ref(key, direction.value) for key in keys)
