"""Which missing rights keep an answer from being certain?"""
from collections.abc import Iterable, Iterator

from kubectl_netpol.api.engines import NAMED
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.reading import permission
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.engines import Concern
from kubectl_netpol.core.states import State
from kubectl_netpol.core.unread import hidden, hidden_of
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import sentence
from kubectl_netpol.reports import Step
from kubectl_netpol.snapshot import Listing


def unread_by(question: Question, found: Judgement, concerns: Iterable[Concern], state: State) -> tuple[Listing, ...]:
    """What an unknown answer would need: the target first, then the source, policies, those of other engines, and labels."""
    if found.verdict is not Verdict.UNKNOWN or not state.snapshot.gaps:
        return ()
    return tuple(dict.fromkeys([
        *hidden_target(question, state), *hidden_of(question.ends.source, question.home, state.snapshot), *_policies(question, state),
        *(each.said_by for each in concerns if isinstance(each.said_by, Listing) and each.said_by in state.snapshot.gaps),
        *(_labels(question, state) if found.ingress is Verdict.UNKNOWN else ())]))


def hidden_target(question: Question, state: State) -> tuple[Listing, ...]:
    target, destination = question.target, question.destination
    if destination is not None:
        return hidden_of(destination.source, question.home, state.snapshot)
    return hidden(target.kind, target.namespace or question.home, target.name or "", state.snapshot)


def unread_steps(unread: Iterable[Listing], state: State) -> Iterator[Step]:
    """Policies are told at the pods that they may isolate."""
    for each in unread:
        if each.kind != "NetworkPolicy":
            code, facts = "step-unread", {"permission": permission(each)}
            if is_down(each, state):
                code, facts = "gap", {"what": permission(each), "reason": state.snapshot.gaps[each]}
            yield Step(None, None, Verdict.UNKNOWN.value, sentence(code, facts))


def is_down(listing: Listing, state: State) -> bool:
    """Whether it is no right that is missing: a group of the API may have a server of its own."""
    return listing.kind in NAMED and "forbidden" not in state.snapshot.gaps[listing]


def _policies(question: Question, state: State) -> Iterator[Listing]:
    places = [spot.place for spot in question.spots if spot.place is not None] + list(bits(question.ends.pods))
    for place in places:
        home = state.cluster.classes[place][0].namespace
        if gap := state.snapshot.gap_at(Listing("NetworkPolicy", home)):
            yield gap


def _labels(question: Question, state: State) -> Iterator[Listing]:
    for place in bits(question.ends.pods & state.cluster.unlabelled):
        yield Listing("Namespace", name=state.cluster.classes[place][0].namespace)
