"""explain TARGET --from SOURCE, --to DESTINATION: one verdict for each question, with its evidence."""
from collections.abc import Iterator, Sequence

from kubectl_netpol import api, reports
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.steps import steps_of
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.pasting import suggestion_command, trial_command
from kubectl_netpol.commands.reading import Read, scope_of
from kubectl_netpol.core.answers import Judgement, Spot, judgement, spot_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.endpoints import backends_of, is_headless, protocol_of, published_at, spec_of, target_of
from kubectl_netpol.core.exposure import through_service
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, PortRange
from kubectl_netpol.core.resolve import Ends, addresses_in, checked_source, ends_of, named, pods_of_object, service_ports
from kubectl_netpol.core.states import State, state_of
from kubectl_netpol.core.targets import (
    Anywhere,
    Block,
    Destination,
    Object,
    Pods,
    PortSpec,
    SameNamespace,
    Target,
    TargetKind,
    format_destination,
    format_port,
    format_source,
    format_target,
)
from kubectl_netpol.core.targets import Cluster as ClusterPods
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.errors import Exit, NetpolError
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import object_name, sentence
from kubectl_netpol.snapshot import Key

_STATUS = {Verdict.ALLOWED: Exit.OK, Verdict.DENIED: Exit.DENIED}
_WORST = (Exit.ERROR, Exit.UNSURE, Exit.DENIED, Exit.OK)


def explain_questions(options: Explain, read: Read, targets: Sequence[Target]) -> Outcome:
    for source in (*options.sources, *(destination.source for destination in options.destinations)):
        checked_source(source, read.supposed)
    asked = [each.source for each in options.destinations] + list(options.sources)
    state = state_of(
        read.supposed, [source.selector for source in asked if isinstance(source, Pods)],
        [addresses_in(source) for source in asked if isinstance(source, Block)])
    questions = [question for target in targets for question in _questions(target, options, state)]
    answers = [answer(question, options, state) for question in questions]
    status = min((_STATUS.get(Verdict(each.verdict), Exit.UNSURE) for each in answers), key=_WORST.index)
    if len(answers) == 1:
        return Outcome(answers[0], status, read.notes)
    return Outcome(reports.AnswerList(scope=scope_of(options.scope), answers=tuple(answers)), status, read.notes)


def _questions(target: Target, options: Explain, state: State) -> Iterator[Question]:
    if target.kind in (TargetKind.NETWORKPOLICY, TargetKind.NAMESPACE):
        word = "--from" if options.sources else "--to"
        raise NetpolError(f"{word} is asked of Services and workloads, not of {format_target(target)}",
                          hint="name a Service: explain svc/NAME:PORT --from SOURCE")
    for source in options.sources:
        ends = _some(ends_of(source, target.namespace or "", state.cluster, options.scope.pod_cidrs), target, state)
        yield from _of_target(ends, target, target.namespace or "", target.ports, state)
    for destination in options.destinations:
        yield from _of_destination(target, destination, options, state)


def _some(ends: Ends, target: Target, state: State) -> Ends:
    """A selector that matches nothing is most often misspelt."""
    source = ends.source
    if isinstance(source, Pods) and not ends.pods and (source.selector.requirements or source.namespaces is not None):
        raise NetpolError(f"the source {format_source(source)} matches no pod", hint=_labels_there(source, target.namespace or "", state))
    return ends


def _labels_there(source: Pods, home: str, state: State) -> str:
    namespace = source.namespace or home
    within = state.cluster.by_namespace.get(namespace, 0) if source.namespaces is None else 0
    pods = [pod for place in bits(within) for pod in state.cluster.classes[place]]
    labels = sorted({f"{key}={value}" for pod in pods for key, value in pod.labels.items()})
    wanted = {each.key for each in source.selector.requirements}
    near = [label for label in labels if label.partition("=")[0] in wanted] or labels
    return f"labels of pods in {namespace} are {', '.join(near[:8])}" if near else "look at the labels: kubectl get pods --show-labels"


def _of_target(ends: Ends, target: Target, home: str, ports: Sequence[PortSpec], state: State) -> Iterator[Question]:
    if target.kind is TargetKind.SERVICE:
        service = state.snapshot.services[target.namespace or "", target.name or ""]
        for port in service_ports(service, ports).ports:
            yield _of_service(ends, target, home, service, port, state)
        return
    pods = pods_of_object(target.kind, target.namespace or "", target.name or "", state.cluster)
    if not pods:
        raise NetpolError(f"{format_target(target)} has no pods and no template", hint="its pods may be done, or it may be scaled away")
    yield Question(ends, target, home, tuple(spot for place in bits(pods) for spot in _pod_spots(place, ports, state)))


def _of_service(
        ends: Ends, target: Target, home: str, service: api.Service, port: api.ServicePort, state: State) -> Question:
    said = Target(target.kind, target.name, target.namespace, (PortSpec(port.port, None, protocol_of(port)),))
    spots = tuple(spot_of(backend) for backend in backends_of(service, port, state.cluster))
    return Question(ends, said, home, spots, service, port)


def _pod_spots(place: int, ports: Sequence[PortSpec], state: State) -> list[Spot]:
    ranges = [each for spec in ports for each in pod_ranges(spec, place, state)] if ports else list(EVERY_PORT)
    return [Spot(each, place) for each in ranges]


def pod_ranges(spec: PortSpec, place: int, state: State) -> list[PortRange]:
    """Pod ports; a name is what the containers call so, a number without protocol is TCP."""
    if isinstance(spec.first, int):
        protocols = [spec.protocol or "TCP"] if (spec.first, spec.last) != (1, LAST_PORT) or spec.protocol else ["TCP", "UDP", "SCTP"]
        return [PortRange(protocol, spec.first, spec.last or spec.first) for protocol in protocols]
    named = state.cluster.classes[place][0].ports.named
    found = [PortRange(protocol, numbers[0], numbers[0]) for (protocol, name), numbers in sorted(named.items())
             if name == spec.first and spec.protocol in (None, protocol)]
    if not found:
        workload = state.cluster.classes[place][0].workload
        names = sorted({name for _, name in named})
        raise NetpolError(f"no container of {workload} has a port {format_port(spec)}",
                          hint=f"its named ports are {', '.join(names)}" if names else "its ports have no names: write the number")
    return found


def _of_destination(target: Target, destination: Destination, options: Explain, state: State) -> Iterator[Question]:
    """The target is the source here."""
    home = target.namespace or ""
    if target.ports:
        raise NetpolError(
            f"{format_target(target)} names a port, and so asks who may reach it",
            hint=f"write the port at the destination: --to {format_source(destination.source)}:{format_port(target.ports[0])}")
    ends = Ends(Object(target.kind, target.name or "", home), pods_of_object(target.kind, home, target.name or "", state.cluster))
    match destination.source:
        case Object(kind, name, namespace):
            own = named(Target(kind, name, namespace or home), None, state.snapshot)
            yield from _of_target(ends, Target(kind, name, own), home, destination.ports, state)
        case other:
            wanted = _some(ends_of(other, home, state.cluster, options.scope.pod_cidrs), target, state)
            yield _to_set(ends, target, destination, wanted, state)


def _to_set(ends: Ends, target: Target, destination: Destination, wanted: Ends, state: State) -> Question:
    spots = [spot for place in bits(wanted.pods) for spot in _pod_spots(place, destination.ports, state)]
    if wanted.addresses:
        numbers = [spec for spec in destination.ports if isinstance(spec.first, int)]
        if destination.ports and not numbers:
            raise NetpolError(f"ports have no names outside the cluster: {format_destination(destination)}", hint="write the number")
        ranges = [each for spec in numbers for each in _numbered(spec)] or list(EVERY_PORT)
        spots += [Spot(each, None, wanted.addresses) for each in ranges]
    return Question(ends, target, target.namespace or "", tuple(spots), said=format_destination(destination))


def _numbered(spec: PortSpec) -> list[PortRange]:
    assert isinstance(spec.first, int)
    return [PortRange(spec.protocol or "TCP", spec.first, spec.last or spec.first)]


# ---- the answer


def answer(question: Question, options: Explain, state: State) -> reports.Answer:
    plain = judgement(question.ends, question.home, question.spots, state)
    found = through_service(plain, question.ends, question.spots, question.service, state)
    if question.is_name_only:
        found = Judgement(Verdict.UNKNOWN, None, None)
    return reports.Answer(
        scope=scope_of(options.scope), verdict=found.verdict.value,
        ingress=found.ingress.value if found.ingress else None, egress=found.egress.value if found.egress else None,
        source=format_source(question.ends.source), target=_target(question),
        steps=steps_of(question, found, state), parts=parts_of(question, found, state),
        fix=_fix(question, found, options),
        notes=tuple(_notes(question)), try_it=trial_command(question))


def _target(question: Question) -> reports.Target:
    target, port = question.target, question.port
    text = question.said or format_target(Target(
        target.kind, target.name, None, (PortSpec(port.port),) if port else target.ports))
    named = reports.Port(port.name or "", port.port, protocol_of(port)) if port else None
    return reports.Target(text, target.kind.value, target.namespace or "", target.name or "", named)


def _fix(question: Question, found: Judgement, options: Explain) -> reports.Fix | None:
    match found.verdict:
        case Verdict.ALLOWED:
            return None
        case Verdict.NO_ENDPOINTS:
            return reports.Fix((), sentence("fix-no-endpoints", {}))
        case Verdict.UNKNOWN:
            return reports.Fix((), sentence("fix-unknown", {}))
        case _:
            return reports.Fix(suggestion_command(question, found, options), "")


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


def parts_of(question: Question, found: Judgement, state: State) -> tuple[reports.AnswerPart, ...]:
    """Of a partial answer: each piece that is treated differently."""
    if found.verdict not in (Verdict.PARTIAL, Verdict.UNKNOWN) or len(question.spots) == 0:
        return ()
    parts: list[reports.AnswerPart] = []
    for spot in question.spots:
        for piece in _pieces(question.ends, state):
            own = judgement(piece, question.home, (spot,), state)
            if own.verdict is Verdict.UNKNOWN and own.ingress is None and own.egress is None:
                continue
            parts.append(reports.AnswerPart(_piece_text(piece, state), _spot_text(spot, state), own.verdict.value, ""))
    distinct = list(dict.fromkeys(parts))
    return tuple(distinct) if len({part.verdict for part in distinct}) > 1 else ()


def _pieces(ends: Ends, state: State) -> list[Ends]:
    """The pods of the source by class, and its addresses."""
    source = Object(TargetKind.POD, "")
    pieces = [Ends(source, 1 << place, is_open_set=ends.is_open_set) for place in bits(ends.pods)]
    return pieces + ([Ends(source, 0, ends.addresses, ends.is_open_set)] if ends.addresses else [])


def _piece_text(piece: Ends, state: State) -> str:
    if piece.addresses:
        return sentence("addresses-outside", {})
    return ", ".join(sorted({_short(pod.workload) for place in bits(piece.pods) for pod in state.cluster.classes[place]}))


def _spot_text(spot: Spot, state: State) -> str:
    if spot.place is None:
        return sentence("addresses-outside", {})
    workloads = sorted({_short(pod.workload) for pod in state.cluster.classes[spot.place]})
    return f"{', '.join(workloads)}:{spot.ports.first}" + ("" if spot.ports.first == spot.ports.last else f"-{spot.ports.last}")


def _short(key: Key) -> str:
    return object_name(object_ref(key), None)
