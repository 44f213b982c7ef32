"""Which way does each port of a Service go: to which pods, isolated by which policies, and whom do their rules admit?"""
from collections.abc import Iterator, Sequence

from kubectl_netpol import api
from kubectl_netpol.commands.explain.engines import engine_steps, pods_at
from kubectl_netpol.commands.explain.misses import Refused, refusal
from kubectl_netpol.commands.explain.said import MOST, said_pods, said_policies, said_policy, said_range, said_type, said_workloads
from kubectl_netpol.commands.explain.tiers import tier_steps
from kubectl_netpol.commands.naming import isolation_ref, object_ref, policy_ref
from kubectl_netpol.commands.reading import permission
from kubectl_netpol.core.answers import Admitting, admitting_at, isolating_at, rulings_at
from kubectl_netpol.core.arrivals import arrivals, entries_at
from kubectl_netpol.core.controllers import Carrier, dialled
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of, is_headless, protocol_of, spec_of, type_of
from kubectl_netpol.core.engines import concerning
from kubectl_netpol.core.entries import EntryPoint
from kubectl_netpol.core.exposure import is_behind_proxy, is_published, keeps_client_addresses
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.resolve import ends_of, is_nobody_now
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Outside, Source, format_source
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.core.workloads import Pod
from kubectl_netpol.render.words import listed, object_name, sentence
from kubectl_netpol.reports import ObjectRef, Step
from kubectl_netpol.snapshot import Key, Listing


def ways_of(service: api.Service, ports: Sequence[api.ServicePort], state: State) -> tuple[Step, ...]:
    """The way of each port; what is seen of clients outside is told once, at the end."""
    steps = [step for port in ports for step in (*_way_of(service, port, state), *_entries(service, port, state))]
    return tuple([*steps, *address_seen(service)])


def _entries(service: api.Service, port: api.ServicePort, state: State) -> Iterator[Step]:
    """What leads to a port, with the verdict of whoever carries its traffic."""
    if entries_at(service, port, state):
        spots = [spot_of(backend) for backend in backends_of(service, port, state.cluster)]
        for way in arrivals(service, port, spots, state, ends_of(Outside(), service.metadata.namespace or "", state.cluster)):
            if way.entry is not None and way.carrier is not None:
                yield said_arrival(way.entry, way.carrier, way.found.verdict.value, service.metadata.namespace or "")


def said_arrival(entry: EntryPoint, carrier: Carrier, verdict: str, home: str) -> Step:
    """ingress/web (shop.example.com/cart) leads here; ns/infra:gateway/main by httproute/web leads here."""
    said = object_name(object_ref(entry.key), home) + (f" by {object_name(object_ref(entry.route), home)}" if entry.route else "")
    facts = {"entry": f"{said} ({entry.where})" if entry.where else said,
             "evidence": sentence(carrier.evidence.code, carrier.evidence.facts)}
    return Step(object_ref(entry.key), None, verdict, sentence("step-entry", facts))


def _way_of(service: api.Service, port: api.ServicePort, state: State) -> Iterator[Step]:
    spots = [spot_of(backend) for backend in backends_of(service, port, state.cluster)]
    yield from way(service, port, spots, state)
    for spot, policies in isolated_alike(spots, state):
        yield from _admitted(service, port, spot, policies, state)
    pods = pods_at(spots)
    concerns = concerning(pods, Direction.INGRESS, state.judge.concerns)
    yield from engine_steps(concerns, {Direction.INGRESS: pods}, service.metadata.namespace or "", state)


def way(service: api.Service, port: api.ServicePort, spots: Sequence[Spot], state: State, node: str = "") -> Iterator[Step]:
    """node: at which the Service is dialled, and which sends to its own pods alone."""
    thing = ObjectRef("Service", service.metadata.namespace or "", service.metadata.name)
    facts = {"service": f"svc/{thing.name}", "port": f"{port.port}/{protocol_of(port)}", "type": said_type(service, port),
             "node": node}
    if not spots:
        is_name_only = type_of(service) == "ExternalName"
        empty = "step-no-endpoints-there" if node else "step-no-endpoints"
        code, verdict = ("step-external-name", Verdict.UNKNOWN) if is_name_only else (empty, Verdict.NO_ENDPOINTS)
        yield Step(thing, None, verdict.value, sentence(code, facts))
    by_port: dict[int, list[Spot]] = {}
    for spot in spots:
        by_port.setdefault(spot.ports.first, []).append(spot)
    for number, own in by_port.items():
        code = "step-headless" if is_headless(service) else "step-service"
        pods = said_pods(own, thing.namespace, state)
        yield Step(thing, None, "note", sentence(code, {**facts, "pod_port": str(number), "pods": pods}))
        yield from _undeclared(own, thing.namespace, state)


def _undeclared(spots: Sequence[Spot], home: str, state: State) -> Iterator[Step]:
    """Pods whose containers declare ports, but not this one: mostly nothing listens there."""
    ports = spots[0].ports
    silent = [spot for spot in spots if spot.place is not None and not is_declared(ports, state.cluster.classes[spot.place][0])]
    if silent:
        numbers = {number for spot in silent for protocol, number in state.cluster.classes[spot.place or 0][0].ports.numbers
                   if protocol == ports.protocol}
        facts = {"pods": said_pods(silent, home, state), "pod_port": said_range(ports), "declared": listed(list(map(str, sorted(numbers))))}
        yield Step(None, None, "note", sentence("step-undeclared", facts))


def is_declared(ports: PortRange, pod: Pod) -> bool:
    """Whether a container declares the port, or none declares any of the protocol."""
    numbers = [number for protocol, number in pod.ports.numbers if protocol == ports.protocol]
    return not numbers or ports.first in numbers


def address_seen(service: api.Service) -> Iterator[Step]:
    """Of clients outside: whose address pods see, and on which nodes. Of those inside only the latter."""
    spec = spec_of(service)
    if type_of(service) == "LoadBalancer" and not dialled(service) and service.status is not None:
        yield Step(None, None, "note", sentence("step-pending", {}))
    if is_published(service) and is_behind_proxy(service):
        yield Step(None, None, "note", sentence("step-proxy", {}))
    elif is_published(service) and not keeps_client_addresses(service):
        yield Step(None, None, "note", sentence("step-node-address", {}))
    if is_published(service) and spec.external_traffic_policy == "Local":
        yield Step(None, None, "note", sentence("step-external-local", {}))
    if spec.internal_traffic_policy == "Local":
        yield Step(None, None, "note", sentence("step-internal-local", {}))


def isolated_alike(spots: Sequence[Spot], state: State) -> Iterator[tuple[Spot, tuple[Key, ...]]]:
    """Once for the pods that the same policies isolate, on one pod port; open pods are open on all of their ports."""
    seen = set()
    for spot in spots:
        if spot.place is not None:
            policies, rulings = isolating_at(spot.place, Direction.INGRESS, state), state.judge.ruled(spot.place, Direction.INGRESS)
            workload = state.cluster.classes[spot.place][0].workload
            key = (policies, rulings, spot.ports) if policies or rulings else workload
            if key not in seen:
                seen.add(key)
                yield spot, policies


def facts_at(spot: Spot, policies: Sequence[Key], home: str, state: State) -> dict[str, str]:
    assert spot.place is not None
    return {"ports": said_range(spot.ports), "pods": said_workloads(state.cluster.classes[spot.place], home),
            "policies": said_policies(policies, home)}


def open_to_all(spot: Spot, home: str, state: State) -> Step:
    """Where no policy isolates the pods; where policies could not be read that is not known."""
    assert spot.place is not None
    workload = object_ref(state.cluster.classes[spot.place][0].workload)
    if state.cluster.unpoliced >> spot.place & 1:
        why = sentence("step-unread", {"permission": permission(Listing("NetworkPolicy", workload.namespace))})
        return Step(workload, None, Verdict.UNKNOWN.value, why)
    if state.judge.rulings.are_unread:
        why = sentence("because", {"step": sentence("step-ingress-open", facts_at(spot, (), home, state)),
                                   "reason": sentence("because-tiers-unread", {})})
        return Step(workload, None, Verdict.UNKNOWN.value, why)
    facts = {**facts_at(spot, (), home, state), "plugin": state.cluster.profile.name}
    return Step(workload, None, Verdict.ALLOWED.value, sentence(_why_open(spot.place, state), facts))


def _why_open(place: int, state: State) -> str:
    profile = state.cluster.profile
    if not profile.enforces and state.policies:
        return "step-nothing-enforces"
    if state.cluster.host_network >> place & 1 and profile.polices_hosts is False:
        return "step-host-open"
    return "step-ingress-open-here" if state.foreign else "step-ingress-open"


def _admitted(service: api.Service, port: api.ServicePort, spot: Spot, policies: tuple[Key, ...], state: State) -> Iterator[Step]:
    home = service.metadata.namespace or ""
    facts = facts_at(spot, policies, home, state)
    rulings = [ruling for ruling, _ in rulings_at(spot, Direction.INGRESS, state)]
    first = Tier.ADMIN if policies else None                    # of pods that policies isolate, the Baseline tier says nothing
    told = tuple(ruling for ruling in rulings if first in (None, ruling.policy.tier))
    yield from tier_steps(told, home)
    if not policies:
        if not told:
            yield open_to_all(spot, home, state)
        return
    admitting = admitting_at(spot, Direction.INGRESS, home, state)
    if not admitting:
        refused = Refused(Direction.INGRESS, home, spot, service, port)
        yield from refusal(sentence("step-way-denied", facts), policies, Verdict.DENIED, refused, state)
        return
    for place, policy in enumerate(policies):
        lead = sentence("step-isolated-too", {"policy": said_policy(policy, home)}) if place else sentence("step-way-isolated", facts)
        yield Step(object_ref(policy), isolation_ref(policy, "ingress"), "note", lead)
        yield from _rules_of(policy, admitting, spot, home, state)


def _said_term(term: Source, home: str, state: State) -> str:
    said = format_source(term)
    return sentence("nobody-now", {"source": said}) if is_nobody_now(term, home, state.cluster) else said


def _rules_of(policy: Key, admitting: Sequence[Admitting], spot: Spot, home: str, state: State) -> Iterator[Step]:
    """A step for each rule, with all of its terms."""
    by_rule: dict[RuleRef, list[Admitting]] = {}
    for each in admitting:
        for ref in each.said_by:
            if ref.policy == policy:
                by_rule.setdefault(ref, []).append(each)
    for ref, own in by_rule.items():
        terms = listed(list(dict.fromkeys(_said_term(each.term, home, state) for each in own)), MOST)
        verdict = Verdict.ALLOWED if all(each.surely for each in own) else Verdict.UNKNOWN
        why = sentence("step-admits", {"term": terms, "ports": said_range(spot.ports)})
        yield Step(object_ref(policy), policy_ref(ref), verdict.value, why)
