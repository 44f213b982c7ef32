"""Who is let out to the address of a Service itself? Some network plugins judge egress before the Service has rewritten the address.

AWS VPC CNI does: what its programs at a pod see is the ClusterIP and the port of the Service. Its controller opens these beside the pods
that a rule selects, under conditions (aws/amazon-network-policy-controller-k8s pkg/resolvers/endpoints.go, getMatchingServiceClusterIPs).
"""
from collections.abc import Iterable

from kubectl_netpol import api
from kubectl_netpol.core.addresses import FAMILIES, Addresses, intersection, parse_address, union
from kubectl_netpol.core.classes import bits, has_labels_of, labels_of_namespace, may_match
from kubectl_netpol.core.destinations import Dialled, Spot, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import (
    Backend,
    families_of_service,
    is_headless,
    is_name_only,
    protocol_of,
    selected_by,
    spec_of,
    target_of,
)
from kubectl_netpol.core.engines import unsure
from kubectl_netpol.core.policies import BlockPeer, PodPeer, PolicyRule
from kubectl_netpol.core.ports import LAST_PORT, NamedPort, PortRange
from kubectl_netpol.core.rules import Many, exactly, subject_of
from kubectl_netpol.core.selectors import matches
from kubectl_netpol.core.states import State

Opened = bool | None                                            # None: nobody can tell


def spots_behind(service: api.Service, port: api.ServicePort, backends: tuple[Backend, ...], state: State) -> tuple[Spot, ...]:
    """The spots of a Service port, with the port itself where that is what egress is judged by. Headless Services have no address."""
    is_seen = state.cluster.profile.sees_services and not is_headless(service) and not is_name_only(service)
    name = service.metadata.namespace or "", service.metadata.name
    dialled = Dialled(*name, port.port, protocol_of(port)) if is_seen else None
    return tuple(spot_of(backend, dialled) for backend in backends)


def let_out(dialled: Dialled, state: State) -> Many:
    """The pods whose own egress lets them dial a Service port. Policies of administrators decide nothing: the plugin has kinds of its
    own for these, which are judged as those of another engine."""
    return state.cluster.once(("let out", dialled), lambda: _let_out(dialled, state))


def _let_out(dialled: Dialled, state: State) -> Many:
    cluster, isolated = state.cluster, state.judge.rules.isolated[Direction.EGRESS]
    service = state.snapshot.services[dialled.namespace, dialled.service]
    found = Many(cluster.pods.everyone & ~isolated.maybe, cluster.pods.everyone & ~isolated.sure)
    for policy in state.policies.values():
        rules = policy.rules.get(Direction.EGRESS, ())
        opened = {_opens(rule, policy.namespace, service, dialled, state) for rule in rules}
        if opened - {False}:
            pods = subject_of(policy, cluster)
            found |= exactly(pods) if True in opened else Many(0, pods)
    return unsure(found, state.judge.concerns.among_pods[Direction.EGRESS])


def _opens(rule: PolicyRule, home: str, service: api.Service, dialled: Dialled, state: State) -> Opened:
    if not rule.peers:
        return _holds_number(rule, dialled)
    blocks = union([peer.addresses for peer in rule.peers if isinstance(peer, BlockPeer)])
    by_block = _both(_holds_number(rule, dialled), _holds_address(blocks, service, state))
    return _any([by_block, *(_by_pods(peer, rule, home, service, dialled, state) for peer in rule.peers if isinstance(peer, PodPeer))])


def _by_pods(peer: PodPeer, rule: PolicyRule, home: str, service: api.Service, dialled: Dialled, state: State) -> Opened:
    if not matches(peer.pod_selector, spec_of(service).selector or {}):
        return False
    return _both(_is_in(peer, home, dialled.namespace, state), _any(
        _translates(entry, service, dialled, state) for entry in rule.ports))


def _is_in(peer: PodPeer, home: str, namespace: str, state: State) -> Opened:
    if peer.namespace_selector is None:
        return namespace == home
    if has_labels_of(namespace, state.snapshot):
        return matches(peer.namespace_selector, labels_of_namespace(state.snapshot, namespace))
    return None if may_match(peer.namespace_selector, namespace, state.snapshot) else False


def _holds_number(rule: PolicyRule, dialled: Dialled) -> bool:
    """Where no pod is selected numbers are taken as they are, so that of the Service is meant; names are left out."""
    return any(isinstance(entry, PortRange) and entry.protocol == dialled.protocol and entry.first <= dialled.port <= entry.last
               for entry in rule.ports)


def _holds_address(addresses: Addresses, service: api.Service, state: State) -> Opened:
    """The ClusterIP is not known in manifests."""
    address = spec_of(service).cluster_ip
    if address:
        start = parse_address(address)
        return any(first <= start < after for first, after in addresses.ranges)
    families = [FAMILIES[family] for family in families_of_service(service) & state.cluster.families]
    within = [intersection(addresses, family) for family in families]
    return True if families and within == families else None if any(within) else False


# ---- the pod port of a rule, as a port of the Service


def _translates(entry: PortRange | NamedPort, service: api.Service, dialled: Dialled, state: State) -> Opened:
    """endPort is kept as it is, while port is translated. Where pods do not agree, the first of them counted, and since #210 that a number
    means the same on all of them."""
    if entry.protocol != dialled.protocol:
        return False
    if isinstance(entry, PortRange) and (entry.first, entry.last) == (1, LAST_PORT):
        return True
    wanted = entry.name if isinstance(entry, NamedPort) else entry.first
    last = entry.last if isinstance(entry, PortRange) and entry.last > entry.first else 0
    ports = [port for port in spec_of(service).ports or () if protocol_of(port) == entry.protocol]
    written = next((port for port in ports if target_of(port) == wanted), None)
    if written is not None:
        return _reaches(written.port, last, dialled)
    found = [_listening(wanted, ports, place, last, dialled, state) for place in bits(selected_by(service, state.cluster))]
    return found[0] if len(set(found)) == 1 else None if found else False


def _reaches(first: int, last: int, dialled: Dialled) -> bool:
    return dialled.port == first or first < dialled.port <= last


def _listening(
        wanted: str | int, ports: list[api.ServicePort], place: int, last: int, dialled: Dialled, state: State) -> bool:
    """By what the containers of a pod declare: the number of a name, or the name of a number."""
    named = {name: numbers[0] for (protocol, name), numbers in state.cluster.classes[place][0].ports.named.items()
             if protocol == dialled.protocol}
    for port in ports:
        target = target_of(port)
        if isinstance(wanted, str) and isinstance(target, int) and named.get(wanted) == target:
            return _reaches(port.port, last, dialled)
        if isinstance(wanted, int) and isinstance(target, str) and named.get(target) == wanted:
            return _reaches(port.port, last, dialled)
    return False


def _any(each: Iterable[Opened]) -> Opened:
    found = set(each)
    return True if True in found else None if None in found else False


def _both(left: Opened, right: Opened) -> Opened:
    return False if left is False or right is False else None if left is None or right is None else True
