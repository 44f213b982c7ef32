"""explain TARGET --from SOURCE, --to DESTINATION: one verdict for each question, with its evidence."""
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.asking import questions_of
from kubectl_netpol.commands.explain.doubts import doubt_of
from kubectl_netpol.commands.explain.engines import engine_steps, pods_of, unsettling
from kubectl_netpol.commands.explain.itself import to_itself
from kubectl_netpol.commands.explain.node import from_own_node
from kubectl_netpol.commands.explain.parts import parts_of
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import said_policy, said_workloads
from kubectl_netpol.commands.explain.steps import steps_of
from kubectl_netpol.commands.explain.unread import hidden_target, is_down, unread_by, unread_steps
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.pasting import suggestion_command, trial_command
from kubectl_netpol.commands.reading import Read, permission, scope_of
from kubectl_netpol.core.answers import Judgement, as_far_as_read, judgement, wanted_pods
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.deciders import deciders
from kubectl_netpol.core.deciding import deciding
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import is_headless, protocol_of, published_at, spec_of, target_of
from kubectl_netpol.core.exposure import through_service
from kubectl_netpol.core.resolve import checked_source
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.sources import addresses_in
from kubectl_netpol.core.states import State, by_policies_alone, state_of
from kubectl_netpol.core.targets import (
    Anywhere,
    Block,
    Pods,
    PortSpec,
    SameNamespace,
    Target,
    format_source,
    format_target,
)
from kubectl_netpol.core.targets import Cluster as ClusterPods
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.snapshot import Listing

_STATUS = {Verdict.ALLOWED: Exit.OK, Verdict.DENIED: Exit.DENIED}
_WORST = (Exit.ERROR, Exit.UNSURE, Exit.DENIED, Exit.OK)


def explain_questions(options: Explain, read: Read, targets: Sequence[Target]) -> Outcome:
    for source in (*options.sources, *(destination.source for destination in options.destinations)):
        checked_source(source, read.supposed)
    destinations = [each.source for each in options.destinations]
    asked = destinations + list(options.sources)
    state = state_of(
        deciding(read.supposed, targets, options.sources, destinations), [source.selector for source in asked if isinstance(source, Pods)],
        [addresses_in(source) for source in asked if isinstance(source, Block)])
    questions = [question for target in targets for question in questions_of(target, options, state)]
    answers = [answer(question, options, state) for question in questions]
    status = min((_STATUS.get(Verdict(each.verdict), Exit.UNSURE) for each in answers), key=_WORST.index)
    if len({question.place for question in questions}) > 1:
        answers = [_placed(each, question) for each, question in zip(answers, questions)]
    if len(answers) == 1:
        return Outcome(answers[0], status, read.notes, found_in=(state,))
    return Outcome(reports.AnswerList(scope=scope_of(options.scope), answers=tuple(answers)), status, read.notes, found_in=(state,))


def _placed(answer: reports.Answer, question: Question) -> reports.Answer:
    """With the namespace of the target, where several answers are of different ones."""
    lead = f"ns/{question.place}:"
    if question.said:
        return replace(answer, source=lead + answer.source)
    return replace(answer, target=replace(answer.target, text=lead + answer.target.text))


def answer(question: Question, options: Explain, state: State) -> reports.Answer:
    found = _judged(question, state)
    concerns = unsettling(question, found, state)
    known = by_policies_alone(state) if concerns else state     # what NetworkPolicies decide is told before what others may change
    unread = unread_by(question, found, concerns, state)
    if question.is_name_only:
        found = Judgement(Verdict.UNKNOWN, None, None)
    elif own := to_itself(question, found, state):
        found = Judgement(own, None, None)
    return reports.Answer(
        scope=scope_of(options.scope), verdict=found.verdict.value,
        ingress=found.ingress.value if found.ingress else None, egress=found.egress.value if found.egress else None,
        source=question.source_text, target=_target(question),
        steps=(*(() if hidden_target(question, state) else steps_of(question, _judged(question, known) if concerns else found, known)),
               *engine_steps(concerns, pods_of(question), question.place, state), *unread_steps(unread, state)),
        parts=parts_of(question, found, state),
        fix=_fix_unread(unread[0], state) if unread else _fix(question, found, options, state, is_elsewhere=bool(concerns)),
        notes=(*_notes(question), *_only_itself(question, found, state), *_exceptions(question, found, state)),
        try_it=trial_command(question))


def _judged(question: Question, state: State) -> Judgement:
    plain = judgement(question.ends, question.home, question.spots, state)
    found = from_own_node(question, through_service(plain, question.ends, question.spots, question.service, state), state)
    return as_far_as_read(found, is_whole=not hidden_target(question, state))


def _target(question: Question) -> reports.Target:
    target, port = question.target, question.port
    text = question.said or format_target(Target(
        target.kind, target.name, None, (PortSpec(port.port),) if port else target.ports))
    named = reports.Port(port.name or "", port.port, protocol_of(port)) if port else None
    return reports.Target(text, target.kind.value, target.namespace or "", target.name or "", named)


def _fix_unread(missing: Listing, state: State) -> reports.Fix:
    return reports.Fix((), sentence("fix-down" if is_down(missing, state) else "fix-unread", {"permission": permission(missing)}))


def _fix(question: Question, found: Judgement, options: Explain, state: State, *, is_elsewhere: bool) -> reports.Fix | None:
    match found.verdict:
        case Verdict.ALLOWED:
            return None
        case Verdict.NO_ENDPOINTS:
            return reports.Fix((), sentence("fix-no-endpoints", {}))
        case Verdict.UNKNOWN:
            doubt = "name-only" if question.is_name_only else "because-engine" if is_elsewhere else doubt_of(question, state) or "unknown"
            return reports.Fix((), sentence(f"fix-{doubt}", {}))
        case _ if policies := _refusing(question, state):
            return reports.Fix((), sentence("fix-admin", {"policies": listed(policies)}))
        case _ if question.said and found.egress in (None, Verdict.ALLOWED):
            return reports.Fix((), sentence("fix-destinations", {}))
        case _:
            return reports.Fix(suggestion_command(question, found, options), "")


def _refusing(question: Question, state: State) -> list[str]:
    """The policies of administrators that refuse some of the source somewhere, which no NetworkPolicy can change."""
    directions = (Direction.INGRESS,) if question.ends.is_open_set else tuple(Direction)
    found = [deciders(question.ends, question.home, spot, direction, Tier.ADMIN, state)
             for spot in question.spots for direction in directions]
    keys = sorted({ruling.ref.policy for each in found for ruling in each.refuse()})
    return [said_policy(key, "") for key in keys]


def _notes(question: Question) -> Iterator[str]:
    source, service = question.ends.source, question.service
    if isinstance(source, Anywhere | ClusterPods | SameNamespace | Pods):
        yield sentence("left-out", {"source": format_source(source)})
    if service is not None and question.ends.addresses and question.port and not published_at(service, question.port):
        yield sentence("not-published-note", {"service": f"svc/{service.metadata.name}"})
    if service is not None and question.port and is_headless(service) and target_of(question.port) != question.port.port:
        yield sentence("headless-port", {"port": str(question.port.port), "target": str(target_of(question.port))})
    if service is not None and spec_of(service).load_balancer_source_ranges and question.ends.addresses:
        yield sentence("source-ranges", {"ranges": ", ".join(spec_of(service).load_balancer_source_ranges or ())})


def _only_itself(question: Question, found: Judgement, state: State) -> Iterator[str]:
    match to_itself(question, found, state):
        case Verdict.ALLOWED: yield sentence("itself", {})
        case Verdict.UNKNOWN: yield sentence("only-itself", {})


def _exceptions(question: Question, found: Judgement, state: State) -> Iterator[str]:
    """Pods of an open set whose own egress keeps them from a target that would admit them: they do not count against it."""
    if not question.ends.is_open_set or found.verdict is Verdict.DENIED:
        return
    kept = 0
    for spot in question.spots:
        if spot.place is not None:
            for _, many in at(state.judge.released(spot.place), spot.ports):
                kept |= wanted_pods(question.ends, spot, state) & ~many.maybe
    if kept:
        pods = [pod for place in bits(kept) for pod in state.cluster.classes[place]]
        yield sentence("exceptions", {"workloads": said_workloads(pods, question.place)})
