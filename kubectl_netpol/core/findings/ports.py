"""Which port entries are of no pod? Policies see the pod port, in the protocol and by the name that the pod has."""
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from kubectl_netpol.core.classes import Cluster, bits, port_names
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import protocol_of, selected_by, spec_of, target_of
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import entry_text, names_of, port_path, suggestion_for
from kubectl_netpol.core.findings.serving import Dial, Serving, mistaken, serving_of
from kubectl_netpol.core.ports import PROTOCOLS, NamedPort, PortRange, Protocol
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.rules import Rule, may_be_among
from kubectl_netpol.core.states import State
from kubectl_netpol.core.workloads import PortName
from kubectl_netpol.snapshot import Key


def _rules(state: State) -> Iterator[Rule]:
    for direction in Direction:
        yield from state.judge.rules.every[direction]


def _named_pods(rule: Rule) -> int:
    """The destinations that a rule names by labels. Port 443 to any address is meant for what is outside."""
    if rule.direction is Direction.INGRESS:
        return rule.subject
    return 0 if rule.peers.addresses else rule.peers.pods.maybe


# ---- the port of a Service


def service_port_in_policy(state: State) -> Iterator[Finding]:
    """An entry with the port of a Service where its pods listen on another one, and no Service reaches them on this one."""
    serving = serving_of(state)
    for rule in _rules(state):
        pods = _named_pods(rule)
        for place, entry in enumerate(rule.ports if pods else ()):
            dials = mistaken(entry, pods, serving) if isinstance(entry, PortRange) else []
            if not dials:
                continue
            variant = _excuse(rule, entry, dials, pods, state.cluster)
            if variant == "beside" and rule.direction is Direction.EGRESS and state.cluster.profile.sees_services:
                continue                                        # both ports are looked at
            for ref in rule.said_by:
                yield Finding(
                    id="service-port-in-policy", severity=Severity.INFO if variant else Severity.ERROR, object=ref.policy,
                    path=port_path(ref, place), facts=_translation(entry, dials, ref.policy), variant=variant,
                    command=() if variant else suggestion_for(ref.policy))


def _excuse(rule: Rule, entry: PortRange | NamedPort, dials: list[Dial], pods: int, cluster: Cluster) -> str:
    """The right ports stand beside the wrong one in the same rule, or a pod declares the number."""
    assert isinstance(entry, PortRange)
    if all(_is_opened(rule, dial, pods, cluster) for dial in dials):
        return "beside"
    declared = any(
        protocol == entry.protocol and entry.first <= number <= entry.last
        for place in bits(pods) for pod in cluster.classes[place] for protocol, number in pod.ports.numbers)
    return "declared" if declared else ""


def _is_opened(rule: Rule, dial: Dial, pods: int, cluster: Cluster) -> bool:
    wanted = PortRange(dial.port.protocol or Protocol.TCP.value, dial.target, dial.target)
    named = (port_names(cluster.classes[place][0], cluster) for place in bits(dial.pods & pods))
    return all(any(wanted in each for each, _ in meant(rule.ports, own)) for own in named)


def _translation(entry: PortRange | NamedPort, dials: list[Dial], policy: Key) -> dict[str, str]:
    return {
        "port": entry_text(entry), "service": names_of([dial.service for dial in dials], policy.namespace),
        "target": ", ".join(map(str, sorted({dial.target for dial in dials})))}


# ---- names of ports


class _Names(Struct, frozen=True):
    """The classes that declare a name: where policies look, and in init containers that stay."""

    known: dict[PortName, int]
    sidecars: dict[PortName, int]


def unknown_port_name(state: State) -> Iterator[Finding]:
    """A name that no container of the destinations declares with this protocol: the entry matches nothing."""
    if not any(isinstance(entry, NamedPort) for rule in _rules(state) for entry in rule.ports):
        return
    names, services = _names(state.cluster), _names_of_service_ports(serving_of(state))
    for rule in _rules(state):
        pods = _destinations(rule, state.cluster)
        for place, entry in enumerate(rule.ports):
            if not isinstance(entry, NamedPort) or not pods or names.known.get((entry.protocol, entry.name), 0) & pods:
                continue
            dials = [dial for dial in services.get((entry.protocol, entry.name), ()) if dial.pods & pods]
            if rule.direction is Direction.EGRESS and _opens_service(entry, pods, state):
                continue
            variant = _why_unknown(entry, pods, names, dials)
            for ref in rule.said_by:
                translation = _translation(entry, dials, ref.policy)
                yield Finding(
                    id="unknown-port-name", severity=Severity.ERROR, object=ref.policy, path=port_path(ref, place), variant=variant,
                    facts={**translation, "port": entry.name, "protocol": entry.protocol, "protocols": _protocols_of(entry, pods, names)})


def _opens_service(entry: NamedPort, pods: int, state: State) -> bool:
    """Whether a name is the targetPort of a Service of some of the pods, where the plugin opens the address of that."""
    return state.cluster.profile.sees_services and any(
        (protocol_of(port), target_of(port)) == (entry.protocol, entry.name)
        for service in state.snapshot.services.values() if selected_by(service, state.cluster) & pods
        for port in spec_of(service).ports or ())


def _destinations(rule: Rule, cluster: Cluster) -> int:
    """All pods to which the rule may apply: blocks hold pods too, where their addresses are not known perhaps any."""
    if rule.direction is Direction.INGRESS:
        return rule.subject
    return may_be_among(rule.peers, cluster)


def _names(cluster: Cluster) -> _Names:
    known: dict[PortName, int] = defaultdict(int)
    sidecars: dict[PortName, int] = defaultdict(int)
    for place, members in enumerate(cluster.classes):
        for name in port_names(members[0], cluster) if members else ():
            known[name] |= 1 << place
        for name in members[0].ports.of_sidecars if members else ():
            sidecars[name] |= 1 << place
    return _Names(dict(known), dict(sidecars))


def _names_of_service_ports(serving: Serving) -> dict[PortName, list[Dial]]:
    found: dict[PortName, list[Dial]] = defaultdict(list)
    for (protocol, _), dials in serving.dials.items():
        for dial in dials:
            if dial.port.name:
                found[protocol, dial.port.name].append(dial)
    return found


def _why_unknown(entry: NamedPort, pods: int, names: _Names, dials: list[Dial]) -> str:
    if names.sidecars.get((entry.protocol, entry.name), 0) & pods:
        return "sidecar"
    if _protocols_of(entry, pods, names):
        return "protocol"
    return "service" if dials else ""


def _protocols_of(entry: NamedPort, pods: int, names: _Names) -> str:
    return ", ".join(each for each in PROTOCOLS if names.known.get((each, entry.name), 0) & pods)


# ---- protocols


def other_protocol(state: State) -> Iterator[Finding]:
    """An entry of one protocol where Services reach the pods on this number with another; or, where it is left out, with another too."""
    serving = serving_of(state)
    for rule in _rules(state):
        pods = _named_pods(rule)
        for place, entry in enumerate(rule.ports if pods else ()):
            served = _served(entry, pods, serving)
            others = [each for each in served if each != entry.protocol]
            if not others:
                continue
            is_open = all(_is_open_for(rule, entry, protocol, state) for protocol in others)
            for ref in rule.said_by:
                also = entry.protocol in served
                if not (also and (is_open or _says_protocol(ref.policy, rule.direction, ref.rule, place, state))):
                    yield Finding(
                        id="other-protocol", severity=Severity.INFO if is_open else Severity.WARNING, object=ref.policy,
                        path=port_path(ref, place), variant="also" if also else "",
                        facts={"port": entry_text(entry).partition("/")[0], "protocol": entry.protocol, "served": ", ".join(others)})


def _served(entry: PortRange | NamedPort, pods: int, serving: Serving) -> list[str]:
    """The protocols in which Services reach some of the pods on just this number."""
    if isinstance(entry, NamedPort) or entry.first != entry.last:
        return []
    return [each for each in PROTOCOLS if serving.reached.get((each, entry.first), 0) & pods]


def _is_open_for(rule: Rule, entry: PortRange | NamedPort, protocol: str, state: State) -> bool:
    """Whether any rule of the same pods opens the number with that protocol."""
    assert isinstance(entry, PortRange)
    ports = PortRange(protocol, entry.first, entry.last)
    return any(state.judge.matching(place, rule.direction, ports, state.judge.named(place) if rule.direction is Direction.INGRESS else {})
               for place in bits(rule.subject))


def _says_protocol(policy: Key, direction: Direction, rule: int, entry: int, state: State) -> bool:
    spec = state.snapshot.policies[policy.namespace, policy.name].spec
    assert spec is not None
    ports = ((spec.ingress if direction is Direction.INGRESS else spec.egress) or ())[rule].ports or ()
    return entry < len(ports) and ports[entry].protocol is not None
