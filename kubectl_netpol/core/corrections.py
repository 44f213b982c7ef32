"""How is a policy mended that names the ports of Services where pods listen on others?"""
from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits, port_names
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import pod_port, protocol_of, selected_by, spec_of
from kubectl_netpol.core.findings.places import pods_of_peer, port_path, written_rules
from kubectl_netpol.core.findings.serving import Dial, Serving, mistaken, serving_of
from kubectl_netpol.core.guesses import services_before
from kubectl_netpol.core.policies import PodPeer, Policy
from kubectl_netpol.core.ports import NamedPort, PortRange, policy_port
from kubectl_netpol.core.rules import RuleRef, subject_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.suggestions import Draft, plain
from kubectl_netpol.core.translation import said_port
from kubectl_netpol.snapshot import Key

Ports = tuple[api.PolicyPort, ...] | None


def corrected(policy: api.NetworkPolicy, state: State) -> Draft:
    """The same policy on pod ports; where nothing is to be mended, as it is."""
    key = Key("NetworkPolicy", policy.metadata.namespace or "", policy.metadata.name)
    spec, meaning, serving = policy.spec or api.NetworkPolicySpec(), state.policies[key], serving_of(state)

    def mended(ports: Ports, direction: Direction, place: int) -> Ports:
        pods = _destinations(meaning, direction, place, state)
        return _distinct([each for entry in ports for each in _meant(entry, pods, serving, state)]) if ports and pods else ports

    made = replace(
        spec,
        ingress=spec.ingress and tuple(
            replace(rule, ports=mended(rule.ports, Direction.INGRESS, place)) for place, rule in enumerate(spec.ingress)),
        egress=spec.egress and tuple(
            replace(rule, ports=mended(rule.ports, Direction.EGRESS, place)) for place, rule in enumerate(spec.egress)))
    again = api.NetworkPolicy(plain(policy.metadata), "networking.k8s.io/v1", "NetworkPolicy", made)
    return Draft(again, (), dict(_says(again, meaning, state)))


def _destinations(policy: Policy, direction: Direction, place: int, state: State) -> int:
    """The pods of whose ports a rule speaks: those that the policy selects, or the rule's peers by label."""
    if direction is Direction.INGRESS:
        return subject_of(policy, state.cluster)
    pods = 0
    for peer in policy.rules[direction][place].peers if direction in policy.rules else ():
        pods |= pods_of_peer(peer, policy.namespace, state.cluster) if isinstance(peer, PodPeer) else 0
    return pods


def _meant(entry: api.PolicyPort, pods: int, serving: Serving, state: State) -> list[api.PolicyPort]:
    """In place of the port of a Service those of its pods; beside it where it may be meant as it is."""
    ports = policy_port(entry)
    targets = sorted({dial.target for dial in _dials(ports, pods, serving, state)})
    keep = [entry] if not targets or entry.end_port or _is_declared(ports, pods, state) else []
    return [*keep, *(api.PolicyPort(entry.protocol, target) for target in targets)]


def _dials(ports: PortRange | NamedPort, pods: int, serving: Serving, state: State) -> list[Dial]:
    """The same predicates as those of the findings service-port-in-policy and unknown-port-name."""
    if isinstance(ports, PortRange):
        return mistaken(ports, pods, serving)
    if any((ports.protocol, ports.name) in port_names(state.cluster.classes[place][0], state.cluster) for place in bits(pods)):
        return []
    return [dial for (protocol, _), dials in serving.dials.items() for dial in dials
            if protocol == ports.protocol and dial.port.name == ports.name and dial.pods & pods]


def _is_declared(ports: PortRange | NamedPort, pods: int, state: State) -> bool:
    """Whether a pod says that it listens there, so that the number is meant."""
    return isinstance(ports, PortRange) and any(
        (ports.protocol, ports.first) in pod.ports.numbers for place in bits(pods) for pod in state.cluster.classes[place])


def _distinct(ports: list[api.PolicyPort]) -> tuple[api.PolicyPort, ...]:
    return tuple(dict.fromkeys(ports))


# ---- what stands beside each entry


def _says(policy: api.NetworkPolicy, meaning: Policy, state: State) -> Iterator[tuple[str, str]]:
    """The Service ports behind each port entry, by path."""
    for direction, rules in written_rules(policy.spec or api.NetworkPolicySpec()):
        for place, rule in enumerate(rules):
            pods = _destinations(meaning, direction, place, state)
            for number, entry in enumerate(rule.ports or ()):
                if said := _said(policy_port(entry), pods, state):
                    yield port_path(RuleRef(meaning.key, direction.value, place), number), said


def _said(ports: PortRange | NamedPort, pods: int, state: State) -> str:
    return ", ".join(dict.fromkeys(
        said_port(service, port) for service in services_before(pods, state) for port in spec_of(service).ports or ()
        for place in bits(selected_by(service, state.cluster) & pods)
        if protocol_of(port) == ports.protocol and _opens(ports, pod_port(port, state.cluster.classes[place][0]), place, state)))


def _opens(ports: PortRange | NamedPort, target: int | None, place: int, state: State) -> bool:
    """One port, by number or by name; of a range nothing is said."""
    if isinstance(ports, NamedPort):
        names = port_names(state.cluster.classes[place][0], state.cluster)
        return target in names.get((ports.protocol, ports.name), ())[:1]
    return ports.first == ports.last == target
