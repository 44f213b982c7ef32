"""Which questions do a target with --from or --to ask? One for each source and Service port."""
from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_netpol.commands.explain.node import is_sent_to
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.arrivals import entries_at
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.endpoints import protocol_of
from kubectl_netpol.core.resolve import Ends, checked_entry, ends_of, entry_key, named
from kubectl_netpol.core.spots import Wanted, spots_for, spots_of_ends, wanted_at
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import (
    Destination,
    Entry,
    Object,
    Pods,
    PortSpec,
    Source,
    Target,
    TargetKind,
    format_destination,
    format_port,
    format_source,
    format_target,
)
from kubectl_netpol.core.unread import hidden
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Explain


def questions_of(target: Target, options: Explain, state: State) -> Iterator[Question]:
    if target.kind in (TargetKind.NETWORKPOLICY, TargetKind.NAMESPACE):
        word = "--from" if options.sources else "--to"
        raise NetpolError(f"{word} is asked of Services and workloads, not of {format_target(target)}",
                          hint="name a Service: explain svc/NAME:PORT --from SOURCE")
    for source in options.sources:
        checked_entry(source, target.namespace or "", state.snapshot)
        ends = _some(ends_of(source, target.namespace or "", state.cluster, options.scope.pod_cidrs), target, state)
        for question in _of_target(ends, target, target.namespace or "", state):
            served = tuple(each for each in options.served if each.target == target)
            at_node = next((each for each in options.by_node if each.target == target), None)
            dialled = replace(question, at_node=at_node, served=served)
            yield replace(dialled, spots=tuple(spot for spot in question.spots if is_sent_to(spot, dialled, state)))
    for destination in options.destinations:
        yield from _of_destination(target, destination, options, state)


def _some(ends: Ends, target: Target, state: State) -> Ends:
    """A selector that matches nothing is most often misspelt."""
    source = ends.source
    if not ends.is_whole:
        return ends
    if isinstance(source, Pods) and not ends.pods and (source.selector.requirements or source.namespaces is not None):
        raise NetpolError(f"the source {format_source(source)} matches no pod", hint=_labels_there(source, target.namespace or "", state))
    if isinstance(source, Object) and not ends.pods:
        raise NetpolError(f"{format_source(source)} has no pods and no template", hint="it may be done, or select nothing")
    return ends


def _labels_there(source: Pods, home: str, state: State) -> str:
    namespace = source.namespace or home
    within = state.cluster.by_namespace.get(namespace, 0) if source.namespaces is None else 0
    pods = [pod for place in bits(within) for pod in state.cluster.classes[place]]
    labels = sorted({f"{key}={value}" for pod in pods for key, value in pod.labels.items()})
    wanted = {each.key for each in source.selector.requirements}
    near = [label for label in labels if label.partition("=")[0] in wanted] or labels
    return f"labels of pods in {namespace} are {', '.join(near[:8])}" if near else "look at the labels: kubectl get pods --show-labels"


def _of_target(ends: Ends, target: Target, home: str, state: State) -> Iterator[Question]:
    name = target.namespace or "", target.name or ""
    if hidden(target.kind, *name, state.snapshot) and not (target.kind is TargetKind.SERVICE and name in state.snapshot.services):
        yield Question(ends, target, home, ())
        return
    every = wanted_at(target, state)
    for wanted in [each for each in every if _is_led_to(each, ends.source, home, state)] or every:
        said = target if wanted.port is None else replace(target, ports=(PortSpec(wanted.port.port, None, protocol_of(wanted.port)),))
        yield Question(ends, said, home, spots_for(ends.source, wanted, state), wanted.service, wanted.port)


def _is_led_to(wanted: Wanted, source: Source, home: str, state: State) -> bool:
    """Who carries the traffic of an Ingress, Gateway or Route dials the Service ports that it names."""
    if not isinstance(source, Entry) or wanted.service is None or wanted.port is None:
        return True
    return any(way.key == entry_key(source, home) for way in entries_at(wanted.service, wanted.port, state))


def _of_destination(target: Target, destination: Destination, options: Explain, state: State) -> Iterator[Question]:
    """The target is the source here."""
    home = target.namespace or ""
    if target.ports:
        raise NetpolError(
            f"{format_target(target)} names a port, and so asks who may reach it",
            hint=f"write the port at the destination: --to {format_source(destination.source)}:{format_port(target.ports[0])}")
    thing = Object(target.kind, target.name or "", home)
    ends = _some(ends_of(thing, home, state.cluster), target, state)
    match destination.source:
        case Object(kind, name, namespace):
            own = named(Target(kind, name, namespace or home), None, state.snapshot)
            yield from _of_target(ends, Target(kind, name, own, destination.ports), home, state)
        case other:
            wanted = _some(ends_of(other, home, state.cluster, options.scope.pod_cidrs), target, state)
            yield Question(
                ends, target, home, spots_of_ends(wanted, destination, state), said=format_destination(destination), destination=wanted)
