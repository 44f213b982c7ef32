"""explain TARGET --from SOURCE, --to DESTINATION: one verdict for each question, with its evidence."""
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.arrivals import arrival_fix, arrival_parts, arrival_steps, arrival_trial, ways_of_question
from kubectl_netpol.commands.explain.asking import questions_of
from kubectl_netpol.commands.explain.doubts import doubt_of
from kubectl_netpol.commands.explain.engines import engine_steps, pods_of, unsettling
from kubectl_netpol.commands.explain.itself import is_through_own_service, to_itself
from kubectl_netpol.commands.explain.mesh import mesh_steps, mesh_way, through_mesh
from kubectl_netpol.commands.explain.node import from_node, is_doubtful_node, local_node
from kubectl_netpol.commands.explain.parts import parts_of
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import said_workloads
from kubectl_netpol.commands.explain.steps import steps_of
from kubectl_netpol.commands.explain.tiers import refusing
from kubectl_netpol.commands.explain.unread import hidden_target, is_down, unread_by, unread_steps
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.pasting import suggestion_command, trial_command
from kubectl_netpol.commands.reading import Read, permission, scope_of
from kubectl_netpol.core.answers import Judgement, as_far_as_read, judgement, wanted_pods
from kubectl_netpol.core.arrivals import Arrival, published, verdict_of_all
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.deciding import deciding
from kubectl_netpol.core.endpoints import is_headless, protocol_of, spec_of, target_of
from kubectl_netpol.core.exposure import is_seen_as_node, through_service
from kubectl_netpol.core.needs import single_address
from kubectl_netpol.core.profiles import OwnService, Refusal
from kubectl_netpol.core.resolve import checked_source
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.sources import addresses_in
from kubectl_netpol.core.states import State, by_policies_alone, state_of
from kubectl_netpol.core.targets import (
    Anywhere,
    Block,
    Nodes,
    Pods,
    PortSpec,
    SameNamespace,
    Target,
    format_source,
    format_target,
)
from kubectl_netpol.core.targets import Cluster as ClusterPods
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
    of_port = _of_port(question, state)
    concerns = unsettling(question, of_port, state)
    unread = unread_by(question, of_port, concerns, state)
    if ways := ways_of_question(question, options, state) if not unread else ():
        return _by_ways(question, ways, options, state)
    own = Verdict.UNKNOWN if question.is_name_only else to_itself(question, of_port, state)
    of_port, way = (Judgement(own, None, None), None) if own else (of_port, mesh_way(question, state))
    found = through_mesh(question, of_port, way)
    known = by_policies_alone(state) if concerns else state     # what NetworkPolicies decide is told before what others may change
    told = _of_port(question, known) if concerns and not own else of_port
    doubt = "because-engine" if concerns else "because-mesh" if found is not of_port else ""
    steps = [*(() if hidden_target(question, state) else steps_of(question, told, known)), *mesh_steps(question, of_port, way),
             *engine_steps(concerns, pods_of(question), question.place, state), *unread_steps(unread, state)]
    fix = _fix_unread(unread[0], state) if unread else _fix(question, found, options, state, doubt)
    return _reported(question, found, steps, parts_of(question, found, state), fix, trial_command(question, state), options, state, own)


def _by_ways(question: Question, ways: Sequence[Arrival], options: Explain, state: State) -> reports.Answer:
    """Of clients outside, where more leads to the Service than its own address."""
    found = Judgement(verdict_of_all(ways), verdict_of_all(ways), None)
    return _reported(question, found, arrival_steps(question, ways, state), arrival_parts(question, ways),
                     arrival_fix(question, ways, options, state), arrival_trial(question, ways, state), options, state)


def _reported(
        question: Question, found: Judgement, steps: Sequence[reports.Step], parts: tuple[reports.AnswerPart, ...],
        fix: reports.Fix | None, trial: tuple[str, ...], options: Explain, state: State, own: Verdict | None = None) -> reports.Answer:
    """own is the verdict of a pod that asks for itself."""
    return reports.Answer(
        scope=scope_of(options.scope), verdict=found.verdict.value,
        ingress=found.ingress.value if found.ingress else None, egress=found.egress.value if found.egress else None,
        source=question.source_text, target=_target(question),
        steps=tuple(steps), parts=parts, fix=fix,
        notes=(*_notes(question, state), *_only_itself(question, own, state), *_exceptions(question, found, state),
               *_node_address(question, found, state), *_refusal(found, state)),
        try_it=trial)


def _of_port(question: Question, state: State) -> Judgement:
    """What policies say of the port that was asked for, as far as it was read."""
    plain = judgement(question.ends, question.home, question.spots, state)
    through = through_service(plain, question.ends, question.spots, question.service, state, is_by_node=question.at_node is not None)
    found = from_node(question, through, state)
    return as_far_as_read(found, is_whole=not hidden_target(question, state))


def _target(question: Question) -> reports.Target:
    target, port = question.target, question.port
    text = question.said or format_target(Target(
        target.kind, target.name, None, (PortSpec(port.port),) if port else target.ports))
    named = reports.Port(port.name or "", port.port, protocol_of(port)) if port else None
    return reports.Target(text, target.kind.value, target.namespace or "", target.name or "", named)


def _fix_unread(missing: Listing, state: State) -> reports.Fix:
    return reports.Fix((), sentence("fix-down" if is_down(missing, state) else "fix-unread", {"permission": permission(missing)}))


def _fix(question: Question, found: Judgement, options: Explain, state: State, doubt: str) -> reports.Fix | None:
    """doubt: the reason of an unknown answer, where it is known already."""
    match found.verdict:
        case Verdict.ALLOWED:
            return None
        case Verdict.NO_ENDPOINTS:
            return reports.Fix((), sentence("fix-no-endpoints-there" if local_node(question) else "fix-no-endpoints", {}))
        case _ if not question.ends.is_known:
            code = "fix-nodes" if isinstance(question.ends.source, Nodes) else "fix-entry"
            return reports.Fix((), sentence(code, {"entry": question.source_text}))
        case Verdict.PARTIAL | Verdict.UNKNOWN if is_seen_as_node(question.ends, question.service, is_by_node=question.at_node is not None):
            return reports.Fix((), sentence("fix-balancer-inside", {}))
        case Verdict.UNKNOWN:
            doubt = doubt or ("name-only" if question.is_name_only else doubt_of(question, state) or "unknown")
            return reports.Fix((), sentence(f"fix-{doubt}", {}))
        case _ if policies := refusing(question, state):
            return reports.Fix((), sentence("fix-admin", {"policies": listed(policies)}))
        case _ if question.said and found.egress in (None, Verdict.ALLOWED):
            return reports.Fix((), sentence("fix-destinations", {}))
        case _:
            return reports.Fix(suggestion_command(question, found, options), "")


def _notes(question: Question, state: State) -> Iterator[str]:
    source, service = question.ends.source, question.service
    if isinstance(source, Nodes):
        yield sentence("nodes-own", {})
    if isinstance(source, Anywhere | ClusterPods | SameNamespace | Pods):
        yield sentence("left-out", {"source": format_source(source)})
    is_outside = question.ends.addresses and not isinstance(source, Nodes)      # nodes dial ClusterIPs, as pods do
    if service is not None and is_outside and question.port and not published(service, question.port, state):
        yield sentence("not-published-note", {"service": f"svc/{service.metadata.name}"})
    if service is not None and question.port and is_headless(service) and target_of(question.port) != question.port.port:
        yield sentence("headless-port", {"port": str(question.port.port), "target": str(target_of(question.port))})
    if service is not None and spec_of(service).load_balancer_source_ranges and question.ends.addresses:
        yield sentence("source-ranges", {"ranges": ", ".join(spec_of(service).load_balancer_source_ranges or ())})


def _only_itself(question: Question, own: Verdict | None, state: State) -> Iterator[str]:
    profile = state.cluster.profile
    if own is None or question.is_name_only:
        return
    if is_through_own_service(question, state) and profile.own_service in _OWN_SERVICE:
        yield sentence(_OWN_SERVICE[profile.own_service], {"plugin": profile.name})
    else:
        yield sentence("itself" if own is Verdict.ALLOWED else "only-itself", {})


_OWN_SERVICE = {OwnService.AS_ANOTHER: "itself-judged", OwnService.LET_IN: "itself-let-in"}


def _node_address(question: Question, found: Judgement, state: State) -> Iterator[str]:
    source = question.ends.source
    address = single_address(source.cidr) if isinstance(source, Block) else ""
    if address and found.verdict is Verdict.UNKNOWN and is_doubtful_node(address, state):
        yield sentence("node-address", {"address": address, "plugin": state.cluster.profile.name})


def _refusal(found: Judgement, state: State) -> Iterator[str]:
    """What a client would see, where the network plugin is known."""
    profile = state.cluster.profile
    if found.verdict is Verdict.DENIED and profile.refusal is not Refusal.NOT_KNOWN:
        code = "refusal-timeout" if profile.refusal is Refusal.TIMEOUT else "refusal-refused"
        yield sentence(code, {"plugin": profile.name})


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
