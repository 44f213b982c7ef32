"""How is a policy mended that names the ports of Services where pods listen on others?"""
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import pod_port, protocol_of, selected_by, spec_of
from kubectl_netpol.core.evidence import names_service_port
from kubectl_netpol.core.guesses import services_before
from kubectl_netpol.core.policies import PodPeer, Policy
from kubectl_netpol.core.ports import NamedPort, PortRange, policy_port
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.suggestions import Draft, plain
from kubectl_netpol.core.translation import said_port
from kubectl_netpol.snapshot import Key


def corrected(policy: api.NetworkPolicy, state: State) -> Draft:
    """The same policy on pod ports; where nothing is to be mended, as it is."""
    key = Key("NetworkPolicy", policy.metadata.namespace or "", policy.metadata.name)
    spec, meaning = policy.spec or api.NetworkPolicySpec(), state.policies[key]
    ingress = tuple(replace(rule, ports=_mended(rule.ports, servers_of(meaning, Direction.INGRESS, place, state), state))
                    for place, rule in enumerate(spec.ingress or ()))
    egress = tuple(replace(rule, ports=_mended(rule.ports, servers_of(meaning, Direction.EGRESS, place, state), state))
                   for place, rule in enumerate(spec.egress or ()))
    mended = replace(spec, ingress=ingress if spec.ingress is not None else None, egress=egress if spec.egress is not None else None)
    made = api.NetworkPolicy(plain(policy.metadata), "networking.k8s.io/v1", "NetworkPolicy", mended)
    return Draft(made, (), dict(_says(made, meaning, state)))


def servers_of(policy: Policy, direction: Direction, place: int, state: State) -> int:
    """The pods on whose ports a rule speaks: those that the policy selects, or the rule's peers."""
    if direction is Direction.INGRESS:
        return subject_of(policy, state.cluster)
    pods = 0
    for peer in policy.rules[direction][place].peers if direction in policy.rules else ():
        if isinstance(peer, PodPeer):
            within = state.cluster.by_namespace.get(policy.namespace, 0) if peer.namespace_selector is None \
                else selected(peer.namespace_selector, state.cluster.namespaces)
            pods |= within & selected(peer.pod_selector, state.cluster.pods)
    return pods


def _mended(ports: tuple[api.PolicyPort, ...] | None, pods: int, state: State) -> tuple[api.PolicyPort, ...] | None:
    if not ports or not pods:
        return ports
    found: list[api.PolicyPort] = []
    for entry in ports:
        found += [each for each in _meant(entry, pods, state) if each not in found]
    return tuple(found)


def _meant(entry: api.PolicyPort, pods: int, state: State) -> list[api.PolicyPort]:
    """The entry, and in its place, or beside it where it may be meant as it is, the pod ports of the Service port that it names."""
    ports = policy_port(entry)
    targets = sorted({target for service, port in _service_ports(pods, state) for place in bits(selected_by(service, state.cluster) & pods)
                      if names_service_port(ports, port, pod := state.cluster.classes[place][0])
                      and (target := pod_port(port, pod)) is not None})
    if not targets:
        return [entry]
    keep = [entry] if entry.end_port or _is_declared(ports, pods, state) else []
    return [*keep, *(api.PolicyPort(entry.protocol, target) for target in targets)]


def _service_ports(pods: int, state: State) -> Iterator[tuple[api.Service, api.ServicePort]]:
    return ((service, port) for service in services_before(pods, state) for port in spec_of(service).ports or ())


def _is_declared(ports: PortRange | NamedPort, pods: int, state: State) -> bool:
    """Whether a pod says that it listens there, so that the number is meant."""
    return isinstance(ports, PortRange) and any(
        (ports.protocol, ports.first) in state.cluster.classes[place][0].ports.numbers for place in bits(pods))


def _says(policy: api.NetworkPolicy, meaning: Policy, state: State) -> Iterator[tuple[str, str]]:
    """The Service ports behind each port entry, by path."""
    spec = policy.spec or api.NetworkPolicySpec()
    sides: Sequence[tuple[Direction, Sequence[api.IngressRule | api.EgressRule]]] = (
        (Direction.INGRESS, spec.ingress or ()), (Direction.EGRESS, spec.egress or ()))
    for direction, rules in sides:
        for place, rule in enumerate(rules):
            pods = servers_of(meaning, direction, place, state)
            for number, entry in enumerate(rule.ports or ()):
                if said := _said(entry, pods, state):
                    yield f"spec.{direction.value.lower()}[{place}].ports[{number}]", said


def _said(entry: api.PolicyPort, pods: int, state: State) -> str:
    ports = policy_port(entry)
    return ", ".join(dict.fromkeys(
        said_port(service, port) for service, port in _service_ports(pods, state) if isinstance(ports, PortRange)
        for place in bits(selected_by(service, state.cluster) & pods)
        if (target := pod_port(port, state.cluster.classes[place][0])) is not None and protocol_of(port) == ports.protocol
        and ports.first == ports.last == target))
