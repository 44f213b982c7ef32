"""Do blocks of addresses leave out, and hold, what was meant?"""
from collections.abc import Callable, Iterable, Iterator

from kubectl_netpol.core.addresses import (
    ALL_IPV4,
    ALL_IPV6,
    EVERYWHERE,
    NOWHERE,
    Addresses,
    Family,
    addresses_of,
    contains,
    difference,
    intersection,
    parse_address,
    parse_cidr,
    union,
)
from kubectl_netpol.core.answers import matching_at, said
from kubectl_netpol.core.classes import addressed, bits, located
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of, spec_of
from kubectl_netpol.core.exposure import is_published, keeps_client_addresses
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import name_of, names_of, peer_path, workloads_of
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.policies import BlockPeer
from kubectl_netpol.core.ports import PortRange, hold_all
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import Rule, RuleRef
from kubectl_netpol.core.selectors import EVERYTHING
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key

_MANY = 20                                                      # rules of a pod that are not all looked at for each block


def except_without_effect(state: State) -> Iterator[Finding]:
    """What is excepted is admitted by others, for the same pods and ports: except only subtracts inside its own peer."""
    for direction in Direction:
        for rule in state.judge.rules.every[direction]:
            for ref in rule.said_by if rule.peers.addresses else ():
                for number, peer in enumerate(said(ref, state).peers):
                    for place, cidr in enumerate(peer.excepts if isinstance(peer, BlockPeer) else ()):
                        if admitting := _admitting(addresses_of((cidr,)), rule, ref, state):
                            yield Finding(
                                id="except-without-effect", severity=Severity.WARNING, object=ref.policy,
                                path=f"{peer_path(ref, number)}.ipBlock.except[{place}]",
                                facts={"cidr": cidr, "policies": names_of(admitting, ref.policy.namespace)})


def _admitting(addresses: Addresses, rule: Rule, ref: RuleRef, state: State) -> list[Key]:
    """The policies that admit all of the excepted addresses together; in the rule itself only other peers can."""
    first = next(bits(rule.subject))
    places = state.judge.rules.of[rule.direction].get(first, ())
    if len(places) > _MANY and not _is_open_to(addresses, first, rule, state):
        return []
    found = [(ref.policy, intersection(addresses, rule.peers.addresses))]
    for place in places:
        other = state.judge.rules.every[rule.direction][place]
        if not rule.subject & ~other.subject and hold_all(other.ports, rule.ports):
            own = intersection(addresses, other.peers.addresses)
            found += [(each.policy, own) for each in other.said_by if each != ref]
    found = [(policy, own) for policy, own in found if own]
    return [] if difference(addresses, union([own for _, own in found])) else [policy for policy, _ in found]


def _is_open_to(addresses: Addresses, place: int, rule: Rule, state: State) -> bool:
    """Whether all rules of a pod together may admit the addresses, on some of the ports of one of them."""
    row = state.judge.area(place, rule.direction)
    ports = [ports for ports in rule.ports if isinstance(ports, PortRange)]
    return not ports or any(not difference(addresses, area.maybe) for _, area in at(row, ports[0]))


def ipv4_only_block(state: State) -> Iterator[Finding]:
    """Pods with IPv6 addresses where all blocks of a policy's direction are IPv4: the same clients come by IPv6 and are not covered."""
    by_ipv6 = addressed(Family.IPV6, state.cluster)
    for direction in Direction if by_ipv6 else ():
        wide = {ref.policy for rule in state.judge.rules.every[direction] for ref in rule.said_by
                if intersection(rule.peers.addresses, ALL_IPV6)}
        for rule in state.judge.rules.every[direction]:
            if not rule.peers.addresses or not rule.subject & by_ipv6:
                continue
            for ref in rule.said_by:
                if ref.policy not in wide:
                    place, block = next((place, peer) for place, peer in enumerate(said(ref, state).peers) if isinstance(peer, BlockPeer))
                    yield Finding(
                        id="ipv4-only-block", severity=Severity.WARNING, object=ref.policy, path=f"{peer_path(ref, place)}.ipBlock",
                        facts={"cidr": block.cidr, "direction": direction.value.lower()})


# ---- blocks over what has labels, or other addresses


def block_of_service_addresses(state: State) -> Iterator[Finding]:
    """A block of egress over ClusterIPs: policies are mostly checked after these were rewritten to the pods' addresses, and whether
    so "is not defined" (network-policies docs). All addresses of a family are no matter."""
    known = _cluster_ips(state)
    of_services = union([Addresses(((address, address + 1),)) for address, _ in known])
    for ref, number, peer in _blocks(Direction.EGRESS, state, lambda rule: bool(intersection(of_services, rule.peers.addresses))):
        service = next((name for address, name in known if contains(peer.addresses, address)), None)
        if service is not None:
            yield Finding(
                id="block-of-service-addresses", severity=Severity.WARNING, object=ref.policy, path=f"{peer_path(ref, number)}.ipBlock",
                facts={"cidr": peer.cidr, "service": name_of(service, ref.policy.namespace)})


def _cluster_ips(state: State) -> list[tuple[int, Key]]:
    found = []
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        spec = spec_of(service)
        for text in dict.fromkeys((spec.cluster_ip, *(spec.cluster_ips or ()))):
            if text and text != "None":
                found.append((parse_address(text), Key("Service", namespace, name)))
    return found


def block_of_pods(state: State) -> Iterator[Finding]:
    """A block over addresses of pods, which change, and which some plugins never look for in blocks (Cilium, network/kubernetes/policy)."""
    for direction in Direction:
        for ref, number, peer in _blocks(direction, state, lambda rule: any(rule.peers.located)):
            pods = (located(peer.addresses, Family.IPV4, state.cluster) | located(peer.addresses, Family.IPV6, state.cluster))
            if pods & ~state.cluster.host_network:
                yield Finding(
                    id="block-of-pods", severity=Severity.WARNING, object=ref.policy, path=f"{peer_path(ref, number)}.ipBlock",
                    facts={"cidr": peer.cidr, "workloads": names_of(
                        workloads_of(pods & ~state.cluster.host_network, state.cluster), ref.policy.namespace)})


def _blocks(direction: Direction, state: State, may_concern: Callable[[Rule], bool]) -> Iterator[tuple[RuleRef, int, BlockPeer]]:
    """Those of rules of policies that select pods, but for all addresses of a family."""
    for rule in state.judge.rules.every[direction]:
        for ref in rule.said_by if rule.peers.addresses and rule.peers.addresses != EVERYWHERE and may_concern(rule) else ():
            for number, peer in enumerate(said(ref, state).peers):
                if isinstance(peer, BlockPeer) and parse_cidr(peer.cidr) not in (*ALL_IPV4.ranges, *ALL_IPV6.ranges):
                    yield ref, number, peer


def client_address_rewritten(state: State) -> Iterator[Finding]:
    """A block of clients' addresses on pods that clients outside reach through a Service which may show them a node's address."""
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        if not is_published(service) or keeps_client_addresses(service):
            continue
        for port in spec_of(service).ports or ():
            spots = [spot_of(backend) for backend in backends_of(service, port, state.cluster) if backend.place is not None]
            yield from _rewritten(Key("Service", namespace, name), spots, state)


_OF_BALANCERS = addresses_of(("35.191.0.0/16", "130.211.0.0/22"))       # Google's load balancers and their health checks


def _rewritten(service: Key, spots: Iterable[Spot], state: State) -> Iterator[Finding]:
    told = set()
    for spot in spots:
        assert spot.place is not None
        if state.judge.concerns.among_pods[Direction.INGRESS].concerned >> spot.place & 1:
            continue                                            # whether its NetworkPolicies admit everybody is not the whole
        if all(area.sure == EVERYWHERE for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports)):
            continue
        for rule, _ in matching_at(spot, Direction.INGRESS, state):
            for ref in rule.said_by if rule.peers.addresses and not any(rule.peers.located) else ():
                for number, peer in enumerate(said(ref, state).peers):
                    if (ref, number) not in told and isinstance(peer, BlockPeer) and _is_of_clients(peer.addresses, state):
                        told.add((ref, number))
                        yield Finding(
                            id="client-address-rewritten", severity=Severity.WARNING, object=ref.policy,
                            path=f"{peer_path(ref, number)}.ipBlock",
                            facts={"cidr": peer.cidr, "service": name_of(service, ref.policy.namespace)})


def _is_of_clients(addresses: Addresses, state: State) -> bool:
    """Not of balancers, and not meant for what nodes send."""
    nodes = _nodes(state)
    return bool(difference(addresses, _OF_BALANCERS)) and (not nodes or bool(difference(nodes, addresses)))


def _nodes(state: State) -> Addresses:
    return state.cluster.once("addresses of nodes", lambda: node_addresses(EVERYTHING, state.snapshot) or NOWHERE)
