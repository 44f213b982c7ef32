"""What would the schemas of the administrators' policies refuse? Source: kubernetes-sigs/network-policy-api, config/crd.

Unlike of a NetworkPolicy, what a peer means that has none of the known fields is settled there: see core/tiers.py.
"""
import re
from collections.abc import Iterator, Sequence

from kubectl_netpol import api
from kubectl_netpol.core.ports import PROTOCOLS, Protocol
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.inputs.fields import Problem, invalid, is_cidr, of_cidr, of_number, of_port_name, of_protocol, of_selector, unsupported

_Rule = api.TierIngressRule | api.TierEgressRule
_ACTIONS = {"AdminNetworkPolicy": ("Allow", "Deny", "Pass"), "BaselineAdminNetworkPolicy": ("Allow", "Deny"),
            "ClusterNetworkPolicy": ("Accept", "Deny", "Pass")}
_MOST = {"ClusterNetworkPolicy": 25}                            # rules of a direction, peers and ports of a rule; of the others 100
_TIERS = tuple(tier.value for tier in Tier)
_HIGHEST, _LONGEST_NAME = 1000, 100
_DOMAIN = re.compile(r"(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?", re.ASCII)
_EXACTLY_ONE = "exactly one field must be set"


def problems_of_tier(kind: str, policy: api.TierPolicy) -> Iterator[Problem]:
    spec = policy.spec
    if kind == "BaselineAdminNetworkPolicy":
        if policy.metadata.name != "default":
            yield "metadata.name", invalid(policy.metadata.name, 'there is only one, with the name "default"')
    elif spec.priority is None:
        yield "spec.priority", "Required value"
    elif not 0 <= spec.priority <= _HIGHEST:
        yield "spec.priority", invalid(spec.priority, f"must be between 0 and {_HIGHEST}")
    if kind == "ClusterNetworkPolicy" and spec.tier is None:
        yield "spec.tier", "Required value"
    elif spec.tier is not None and (kind != "ClusterNetworkPolicy" or spec.tier not in _TIERS):
        yield "spec.tier", unsupported(spec.tier, _TIERS) if kind == "ClusterNetworkPolicy" else f'unknown field of {kind}: "tier"'
    yield from _of_pods("spec.subject", spec.subject)
    sides: tuple[tuple[str, str, Sequence[_Rule]], ...] = (("ingress", "from", spec.ingress or ()), ("egress", "to", spec.egress or ()))
    for direction, side, rules in sides:
        yield from _of_number_of(f"spec.{direction}", len(rules), kind)
        for place, rule in enumerate(rules):
            yield from _of_rule(f"spec.{direction}[{place}]", side, rule, kind)


def misspelt_peers(policy: api.TierPolicy) -> Iterator[Problem]:
    """Peers without any known field: of an object that an API server took they are of another version, in a manifest they are a mistake."""
    sides: tuple[tuple[str, str, Sequence[_Rule]], ...] = (
        ("ingress", "from", policy.spec.ingress or ()), ("egress", "to", policy.spec.egress or ()))
    for direction, side, rules in sides:
        for place, rule in enumerate(rules):
            for number, peer in enumerate(rule.peers):
                if not _given(peer):
                    yield f"spec.{direction}[{place}].{side}[{number}]", (
                        "Required value: must specify a peer: namespaces or pods" + (", nodes, networks or domainNames" * (side == "to")))


def _of_rule(path: str, side: str, rule: _Rule, kind: str) -> Iterator[Problem]:
    if rule.action not in _ACTIONS[kind]:
        yield f"{path}.action", unsupported(rule.action, _ACTIONS[kind])
    if not rule.peers:
        yield f"{path}.{side}", "Required value: at least one peer"
    if len(rule.name or "") > _LONGEST_NAME:
        yield f"{path}.name", f"Too long: may not be more than {_LONGEST_NAME} characters"
    for field in ("ports", "protocols"):
        if getattr(rule, field) == ():
            yield f"{path}.{field}", "Invalid value: should have at least 1 items"
    yield from _of_number_of(f"{path}.{side}", len(rule.peers), kind)
    for place, peer in enumerate(rule.peers):
        yield from _of_peer(f"{path}.{side}[{place}]", peer, rule, is_ingress=side == "from")
    foreign = "ports" if kind == "ClusterNetworkPolicy" else "protocols"
    if getattr(rule, foreign) is not None:
        yield f"{path}.{foreign}", f"unknown field of {kind}"
    for place, port in enumerate(rule.ports or ()):
        yield from _of_port(f"{path}.ports[{place}]", port)
    for place, protocol in enumerate(rule.protocols or ()):
        yield from _of_protocol(f"{path}.protocols[{place}]", protocol)
    if _has_names(rule) and any({"nodes", "networks", "domainNames"} & {*_given(peer)} for peer in rule.peers):
        yield path, "Invalid value: networks/nodes/domainNames peer cannot be set with namedPorts, as they have none"


def _of_number_of(path: str, number: int, kind: str) -> Iterator[Problem]:
    most = _MOST.get(kind, 100)
    if number > most:
        yield path, f"Too many: {number}: must have at most {most} items"


def _has_names(rule: _Rule) -> bool:
    return any(port.named_port for port in rule.ports or ()) or any(each.destination_named_port for each in rule.protocols or ())


def _of_pods(path: str, found: api.TierSubject | api.TierPeer) -> Iterator[Problem]:
    if isinstance(found, api.TierSubject) and (found.namespaces is None) == (found.pods is None):
        yield path, f"Invalid value: {_EXACTLY_ONE}: namespaces or pods"
    yield from of_selector(found.namespaces, f"{path}.namespaces")
    if found.pods is not None:
        if found.pods.pod_selector is None:
            yield f"{path}.pods.podSelector", "Required value"
        yield from of_selector(found.pods.namespace_selector, f"{path}.pods.namespaceSelector")
        yield from of_selector(found.pods.pod_selector, f"{path}.pods.podSelector")


def _of_peer(path: str, peer: api.TierPeer, rule: _Rule, *, is_ingress: bool) -> Iterator[Problem]:
    given = _given(peer)
    if len(given) > 1:
        yield path, f"Invalid value: {_EXACTLY_ONE}, not {' and '.join(given)}"
    if is_ingress and (outside := [name for name in given if name not in ("namespaces", "pods")]):
        yield f"{path}.{outside[0]}", "Forbidden: only egress has such peers"
    yield from _of_pods(path, peer)
    yield from of_selector(peer.nodes, f"{path}.nodes")
    for field, values in (("networks", peer.networks), ("domainNames", peer.domain_names)):
        if values == ():
            yield f"{path}.{field}", "Invalid value: should have at least 1 items"
    for place, name in enumerate(peer.domain_names or ()):
        if not _DOMAIN.fullmatch(name):
            yield f"{path}.domainNames[{place}]", invalid(name, "must be a name of a domain, such as example.com or *.example.com")
    for place, cidr in enumerate(peer.networks or ()):
        if not is_cidr(cidr):
            yield from of_cidr(cidr, f"{path}.networks[{place}]")
    if peer.domain_names is not None and rule.action in ("Deny", "Pass"):
        yield f"{path}.domainNames", f"Invalid value: domainNames are for rules that allow, not for {rule.action}"


def _given(peer: api.TierPeer) -> list[str]:
    """The fields that are set."""
    fields = {"namespaces": peer.namespaces, "pods": peer.pods, "nodes": peer.nodes, "networks": peer.networks,
              "domainNames": peer.domain_names}
    return [name for name, value in fields.items() if value is not None]


def _of_port(path: str, port: api.TierPort) -> Iterator[Problem]:
    if sum(each is not None for each in (port.port_number, port.port_range, port.named_port)) != 1:
        yield path, f"Invalid value: {_EXACTLY_ONE}: portNumber, portRange or namedPort"
    if port.port_number is not None:
        yield from of_number(port.port_number.port, f"{path}.portNumber.port")
        yield from of_protocol(port.port_number.protocol, f"{path}.portNumber.protocol")
    if port.port_range is not None:
        yield from _of_range(f"{path}.portRange", port.port_range)
    if port.named_port is not None:
        yield from of_port_name(port.named_port, f"{path}.namedPort")


def _of_protocol(path: str, said: api.TierProtocol) -> Iterator[Problem]:
    of_numbers = dict(zip(PROTOCOLS, (said.tcp, said.udp, said.sctp), strict=True))
    if sum(each is not None for each in (*of_numbers.values(), said.destination_named_port)) != 1:
        yield path, f"Invalid value: {_EXACTLY_ONE}: tcp, udp, sctp or destinationNamedPort"
    for protocol, destination in of_numbers.items():
        if destination is not None:
            yield from _of_numbers(f"{path}.{protocol.lower()}", destination)
    if said.destination_named_port is not None:
        yield from of_port_name(said.destination_named_port, f"{path}.destinationNamedPort")


def _of_numbers(path: str, destination: api.TierDestination) -> Iterator[Problem]:
    ports = destination.destination_port
    if ports is None:
        yield path, "Invalid value: should have at least 1 properties: destinationPort"
    elif (ports.number is None) == (ports.range is None):
        yield f"{path}.destinationPort", f"Invalid value: {_EXACTLY_ONE}: number or range"
    elif ports.number is not None:
        yield from of_number(ports.number, f"{path}.destinationPort.number")
    elif ports.range is not None:
        yield from _of_range(f"{path}.destinationPort.range", ports.range)


def _of_range(path: str, ports: api.TierPortRange) -> Iterator[Problem]:
    yield from of_number(ports.start, f"{path}.start")
    yield from of_number(ports.end, f"{path}.end")
    yield from of_protocol(ports.protocol or Protocol.TCP.value, f"{path}.protocol")
    if ports.start >= ports.end:
        yield path, "Invalid value: Start port must be less than End port"
