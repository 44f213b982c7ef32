"""By which steps was a question decided?

Service → pod port, the address that is seen, the egress of the source, the ingress of the pods.
"""
from collections.abc import Iterator

from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.naming import isolation_ref, object_ref, policy_ref
from kubectl_netpol.core.answers import Judgement, Spot, admitting_at, isolating_at, literal, said
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import is_headless, protocol_of
from kubectl_netpol.core.evidence import Miss, Missed, missed
from kubectl_netpol.core.exposure import is_published, keeps_client_addresses
from kubectl_netpol.core.policies import PolicyRule
from kubectl_netpol.core.ports import NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import count, listed, named, pod_ports, sentence
from kubectl_netpol.reports import ObjectRef, PodPorts, Step
from kubectl_netpol.snapshot import Key

_MOST = 4                                                       # pods, policies and rules that a step names


def steps_of(question: Question, found: Judgement, state: State) -> tuple[Step, ...]:
    return tuple([*_way(question, state), *_seen(question), *_sides(question, found, state)])


# ---- the Service


def _way(question: Question, state: State) -> Iterator[Step]:
    service, port = question.service, question.port
    if service is None or port is None:
        return
    thing = ObjectRef("Service", service.metadata.namespace or "", service.metadata.name)
    facts = {"service": f"svc/{thing.name}", "port": f"{port.port}/{protocol_of(port)}"}
    if not question.spots:
        code, verdict = ("step-external-name", Verdict.UNKNOWN) if question.is_name_only else ("step-no-endpoints", Verdict.NO_ENDPOINTS)
        yield Step(thing, None, verdict.value, sentence(code, facts))
    by_port: dict[int, list[Spot]] = {}
    for spot in question.spots:
        by_port.setdefault(spot.ports.first, []).append(spot)
    for number, spots in by_port.items():
        pods = sorted({pod.key.name for spot in spots if spot.place is not None for pod in state.cluster.classes[spot.place]})
        outside = sum(spot.place is None for spot in spots)
        who = named("pod", pods, _MOST) if pods else count(outside, "address")
        code = "step-headless" if is_headless(service) else "step-service"
        yield Step(thing, None, "note", sentence(code, {**facts, "pod_port": str(number), "pods": who}))


def _seen(question: Question) -> Iterator[Step]:
    """The question of whose address it is arises for clients outside only."""
    service = question.service
    if service is not None and question.ends.addresses and is_published(service) and not keeps_client_addresses(service):
        yield Step(None, None, "note", sentence("step-node-address", {}))


# ---- policies


def _sides(question: Question, found: Judgement, state: State) -> Iterator[Step]:
    if found.egress is not None and question.ends.pods:
        yield from _egress(question, found.egress, state)
    if found.ingress is not None and any(spot.place is not None for spot in question.spots):
        yield from _ingress(question, found.ingress, state)


def _ingress(question: Question, verdict: Verdict, state: State) -> Iterator[Step]:
    """Once for the pods that the same policies isolate, on one pod port."""
    seen = set()
    for spot in question.spots:
        if spot.place is None:
            continue
        policies = isolating_at(spot.place, Direction.INGRESS, state)
        if (key := (policies, spot.ports)) in seen:
            continue
        seen.add(key)
        yield from _ingress_at(question, spot, policies, verdict, state)


def _ingress_at(question: Question, spot: Spot, policies: tuple[Key, ...], verdict: Verdict, state: State) -> Iterator[Step]:
    assert spot.place is not None
    pod = state.cluster.classes[spot.place][0]
    where = {"ports": _range(spot.ports), "pods": _workloads(spot, state)}
    if not policies:
        yield Step(object_ref(pod.workload), None, Verdict.ALLOWED.value, sentence("step-ingress-open", where))
        return
    rule = literal(question.ends.source, question.home, admitting_at(spot, Direction.INGRESS, question.home, state))
    facts = {**where, "policies": listed([f"netpol/{policy.name}" for policy in policies], _MOST)}
    if rule is not None:
        for ref in rule.said_by[:1]:
            yield Step(object_ref(ref.policy), policy_ref(ref), Verdict.ALLOWED.value, sentence(
                "step-admits", {"term": format_source(rule.term), "ports": _range(spot.ports)}))
        return
    for place, policy in enumerate(policies[:_MOST]):
        lead = sentence("step-isolated-too", {"policy": f"netpol/{policy.name}"}) if place else sentence("step-ingress-isolated", facts)
        yield Step(object_ref(policy), isolation_ref(policy, "ingress"), verdict.value, lead)
        yield from _missed(policy, Direction.INGRESS, question, spot, state)


def _egress(question: Question, verdict: Verdict, state: State) -> Iterator[Step]:
    isolated = state.judge.rules.isolated[Direction.EGRESS].maybe & question.ends.pods
    if not isolated:
        yield Step(None, None, Verdict.ALLOWED.value, sentence("step-egress-open", {"source": format_source(question.ends.source)}))
        return
    policies = tuple(each.policy for each in state.judge.rules.isolating[Direction.EGRESS] if each.subject & isolated)
    facts = {"source": format_source(question.ends.source), "policies": listed([f"netpol/{policy.name}" for policy in policies], _MOST)}
    if verdict is Verdict.ALLOWED:
        yield Step(object_ref(policies[0]), None, Verdict.ALLOWED.value, sentence("step-egress-admits", facts))
        return
    for place, policy in enumerate(policies[:_MOST]):
        lead = sentence("step-isolated-too", {"policy": f"netpol/{policy.name}"}) if place else sentence("step-egress-isolated", facts)
        yield Step(object_ref(policy), isolation_ref(policy, "egress"), verdict.value, lead)
        for spot in question.spots[:1]:
            yield from _missed(policy, Direction.EGRESS, question, spot, state)


def _missed(policy: Key, direction: Direction, question: Question, spot: Spot, state: State) -> Iterator[Step]:
    if spot.place is None:
        return
    pod = state.cluster.classes[spot.place][0]
    for each in missed(policy, direction, spot, pod, question.port, state)[:_MOST]:
        rule = said(each.ref, state)
        home = question.home if direction is Direction.INGRESS else policy.namespace
        terms = [format_source(term) for term in terms_of(rule, policy.namespace, home)]
        facts = {"ports": said_ports(rule.ports), "to-from": "from" if direction is Direction.INGRESS else "to",
                 "peers": listed(terms, _MOST), "why": _reason(each, rule, question, spot)}
        yield Step(object_ref(policy), policy_ref(each.ref), Verdict.DENIED.value, sentence("step-missed", facts))


def _reason(each: Missed, rule: PolicyRule, question: Question, spot: Spot) -> str:
    entry = "" if each.entry is None else said_ports((rule.ports[each.entry],))
    service = f"svc/{question.service.metadata.name}" if question.service else ""
    facts = {"entry": entry, "service": service, "port": str(question.port.port) if question.port else "",
             "pod_port": _range(spot.ports), "source": format_source(question.ends.source), "protocol": spot.ports.protocol}
    return sentence({
        Miss.SERVICE_PORT: "miss-service-port", Miss.SIDECAR_NAME: "miss-sidecar-name", Miss.UNKNOWN_NAME: "miss-unknown-name",
        Miss.OTHER_PROTOCOL: "miss-protocol", Miss.OTHER_PORTS: "miss-ports", Miss.OTHER_PEERS: "miss-peers"}[each.miss], facts)


def said_ports(ports: PolicyPorts) -> str:
    """As a rule writes them: 80, 10022, 53/UDP, all ports."""
    whole = pod_ports([PodPorts(each.protocol, each.first, each.last) for each in ports if isinstance(each, PortRange)])
    if whole == "all ports":
        return whole
    said_each = [_name(each) if isinstance(each, NamedPort) else _range(each) for each in ports]
    return f"port {said_each[0]}" if len(said_each) == 1 else f"ports {', '.join(said_each)}"


def _name(port: NamedPort) -> str:
    return port.name if port.protocol == "TCP" else f"{port.name}/{port.protocol}"


def _range(ports: PortRange) -> str:
    if (ports.first, ports.last) == (1, 65535):
        return f"all of {ports.protocol}"
    number = str(ports.first) if ports.first == ports.last else f"{ports.first}-{ports.last}"
    return number if ports.protocol == "TCP" else f"{number}/{ports.protocol}"


def _workloads(spot: Spot, state: State) -> str:
    assert spot.place is not None
    pods = state.cluster.classes[spot.place]
    return listed(sorted({f"{key.kind.lower()}/{key.name}" for key in {pod.workload for pod in pods}}), _MOST)

