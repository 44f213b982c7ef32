"""explain: whom does each Service port admit, and by which policy?"""
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec import UNSET

from kubectl_netpol import api, reports
from kubectl_netpol.commands.explain.findings import findings_aside
from kubectl_netpol.commands.naming import isolation_ref, object_ref, policy_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read, in_scope, permission, refuse_unread, scope_of
from kubectl_netpol.core.admissions import Admission, admissions
from kubectl_netpol.core.answers import admitting_at, judgement, literal
from kubectl_netpol.core.arrivals import arrivals, published, verdict_of_all
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import (
    Backend,
    backends_of,
    backing_of,
    is_headless,
    protocol_of,
    selected_by,
    service_selector,
    spec_of,
    target_of,
    type_of,
)
from kubectl_netpol.core.evidence import meeting
from kubectl_netpol.core.resolve import Ends, checked_source, ends_of, is_nobody_now, service_ports
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.selectors import matches
from kubectl_netpol.core.states import State, state_of
from kubectl_netpol.core.targets import Anywhere, Outside, Source, Target, TargetKind, format_source
from kubectl_netpol.core.unread import hidden
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain, Scope
from kubectl_netpol.render.words import sentence
from kubectl_netpol.snapshot import Snapshot

_Answer = tuple[tuple[reports.Backend, ...], tuple[reports.Access, ...]]
AccessOf = Callable[[api.ServicePort], _Answer]


def explain_services(options: Explain, read: Read, targets: Sequence[Target] = ()) -> Outcome:
    refuse_unread(read.base)
    state = state_of(read.supposed)
    services = services_in(options.scope, read.supposed, targets)
    named = {(service.metadata.namespace or "", service.metadata.name) for service in services} if targets else None
    with findings_aside(state, options, named) as found:
        access, is_open = tuple(_asked(services, targets, state)), () if targets else unprotected(state, options.scope)
        findings = found()
    report = reports.ServiceMap(scope=scope_of(options.scope), services=access, unprotected=is_open, findings=findings.reported)
    return Outcome(report, findings.status, read.notes, found_in=(state,))


def explain_reach(options: Explain, read: Read) -> Outcome:
    """What a source reaches at all, whichever Service it dials; from outside only what is published there."""
    for source in options.sources:
        checked_source(source, read.supposed)
    state = state_of(read.supposed)
    services = [reached(service, options.sources, state, options.scope) for service in services_in(options.scope, read.supposed)]
    notes = (sentence("only-published", {}),) if Outside() in options.sources else ()
    report = reports.ServiceMap(
        scope=scope_of(options.scope), services=tuple(each for each in services if each.ports), unprotected=(), findings=(), notes=notes)
    return Outcome(report, Exit.OK, read.notes, found_in=(state,))


def _asked(services: Sequence[api.Service], targets: Sequence[Target], state: State) -> Iterator[reports.ServiceAccess]:
    """A target that names ports is about these."""
    for place, service in enumerate(services):
        yield service_access(service, state, service_ports(service, targets[place].ports, state.cluster).ports if targets else None)


def services_in(scope: Scope, snapshot: Snapshot, targets: Sequence[Target] = ()) -> list[api.Service]:
    if targets:
        return [snapshot.services[target.namespace or "", target.name or ""] for target in targets]
    return [
        service for (namespace, _), service in sorted(snapshot.services.items()) if in_scope(scope, namespace)
        and (scope.selector is None or matches(scope.selector, service.metadata.labels or {}))]


def service_access(service: api.Service, state: State, ports: Sequence[api.ServicePort] | None = None) -> reports.ServiceAccess:
    home = service.metadata.namespace or ""

    def admitted(port: api.ServicePort) -> _Answer:
        backends = backends_of(service, port, state.cluster)
        found = admissions(tuple(map(spot_of, backends)), home, state)
        return reported_backends(backends), tuple(reported_admission(each, home, state) for each in found)
    return _access(service, state, lambda port: state.cluster.once(
        ("admitted", home, backing_of(service, port, state.cluster)), lambda: admitted(port)), ports)


def reached(service: api.Service, sources: Sequence[Source], state: State, scope: Scope) -> reports.ServiceAccess:
    home = service.metadata.namespace or ""

    def access(port: api.ServicePort) -> _Answer:
        backends = backends_of(service, port, state.cluster)
        spots = tuple(map(spot_of, backends))
        wanted = [each for each in sources if not isinstance(each, Outside) or published(service, port, state)]
        found = [_from_outside(service, port, spots, state, scope) if isinstance(source, Outside) else
                 _reach(source, home, spots, state, scope) for source in wanted]
        return reported_backends(backends), tuple(
            each for each in found if each.verdict not in (Verdict.DENIED.value, Verdict.NO_ENDPOINTS.value))
    whole = _access(service, state, access)
    return reports.ServiceAccess(whole.namespace, whole.name, whole.type, tuple(port for port in whole.ports if port.access), ())


def _from_outside(
        service: api.Service, port: api.ServicePort, spots: Sequence[Spot], state: State, scope: Scope) -> reports.Access:
    """By whichever way; the rules are those that admit clients outside, or a controller."""
    home = service.metadata.namespace or ""
    ways = arrivals(service, port, spots, state, ends_of(Outside(), home, state.cluster, scope.pod_cidrs)) if spots else ()
    verdict = verdict_of_all(ways) if ways else Verdict.NO_ENDPOINTS
    refs = {ref for way in ways for ref in _naming(way.ends, home, spots, state)}
    return reports.Access(format_source(Outside()), verdict.value, tuple(map(policy_ref, sorted(refs))))


def _naming(ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Iterator[RuleRef]:
    """The rules that name the source; else those that admit some of it."""
    for spot in spots:
        if spot.place is not None:
            rule = literal(ends.source, home, admitting_at(spot, Direction.INGRESS, home, state))
            yield from rule.said_by if rule else (ref for met in meeting(ends, home, spot, state) for ref in met.refs)


def _reach(source: Source, home: str, spots: Sequence[Spot], state: State, scope: Scope) -> reports.Access:
    ends = ends_of(source, home, state.cluster, scope.pod_cidrs)
    refs = set(_naming(ends, home, spots, state))
    return reports.Access(
        format_source(source), judgement(ends, home, spots, state).verdict.value, tuple(map(policy_ref, sorted(refs))))


def _access(
        service: api.Service, state: State, access: AccessOf, wanted: Sequence[api.ServicePort] | None = None) -> reports.ServiceAccess:
    home, name, external = service.metadata.namespace or "", service.metadata.name, type_of(service) == "ExternalName"
    unread = hidden(TargetKind.SERVICE, home, name, state.snapshot)
    ports = []
    for port in () if external else spec_of(service).ports or () if wanted is None else wanted:
        backends, found = access(port)
        ports.append(reports.PortAccess(
            port.name or "", port.port, protocol_of(port), str(target_of(port)), published(service, port, state),
            backends, (_UNREAD,) if unread else found))
    notes = (*notes_of(service), *(sentence("unread", {"permission": permission(each)}) for each in unread))
    return reports.ServiceAccess(home, name, type_of(service), tuple(ports), notes)


_MOST = 100                                                     # policies of a source that are named: thousands may all say the same
_UNREAD = reports.Access(format_source(Anywhere()), Verdict.UNKNOWN.value, ())


def reported_backends(backends: Iterable[Backend]) -> tuple[reports.Backend, ...]:
    by_port: dict[int, list[Backend]] = {}
    for backend in backends:
        by_port.setdefault(backend.port, []).append(backend)
    return tuple(
        reports.Backend(
            port, sum(pod.replicas for each in own for pod in each.pods) + sum(each.address is not None for each in own),
            sum(pod.ready for each in own for pod in each.pods) + sum(each.address is not None for each in own),
            tuple(map(object_ref, sorted({pod.workload for each in own for pod in each.pods}))))
        for port, own in sorted(by_port.items()))


def reported_admission(each: Admission, home: str, state: State) -> reports.Access:
    policies = tuple(map(policy_ref, each.rules[:_MOST])) or tuple(isolation_ref(policy, "ingress") for policy in each.isolated_by[:_MOST])
    policies += tuple(isolation_ref(policy, "ingress") for policy in each.unjudged[:_MOST])
    more = max(len(each.rules), len(each.isolated_by)) + len(each.unjudged) - len(policies)
    nobody_now = is_nobody_now(each.source, home, state.cluster) or UNSET
    return reports.Access(format_source(each.source), each.verdict.value, policies, more or UNSET, nobody_now)


def notes_of(service: api.Service) -> Iterable[str]:
    spec = spec_of(service)
    if type_of(service) == "ExternalName":
        yield sentence("external-name", {"name": spec.external_name or ""})
    elif service_selector(service) is None:
        yield sentence("no-selector", {})
    elif is_headless(service):
        for port in spec.ports or ():
            if target_of(port) != port.port:
                yield sentence("headless-port", {"port": str(port.port), "target": str(target_of(port))})
    if spec.type == "LoadBalancer" and spec.load_balancer_source_ranges:
        yield sentence("source-ranges", {"ranges": ", ".join(spec.load_balancer_source_ranges)})


def unprotected(state: State, scope: Scope) -> tuple[reports.ObjectRef, ...]:
    """Workloads with pods that no policy isolates for ingress, and of which no rule of administrators speaks; nodes' pods are not said,
    as plugins differ. With -l: those behind the Services that have the labels."""
    cluster, namespace = state.cluster, scope.namespace
    within = cluster.pods.everyone if namespace is None else cluster.by_namespace.get(namespace, 0)
    if scope.selector is not None:
        within &= reduce(or_, (selected_by(service, cluster) for service in services_in(scope, state.snapshot)), 0)
    open_pods = within & ~cluster.host_network & ~state.judge.rules.isolated[Direction.INGRESS].maybe
    places = [place for place in bits(open_pods) if not state.judge.has_others(place, Direction.INGRESS)]
    return tuple(map(object_ref, sorted({pod.workload for place in places for pod in cluster.classes[place]})))

