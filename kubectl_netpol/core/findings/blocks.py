"""Do blocks of addresses leave out, and hold, what was meant?"""
from collections.abc import Iterator

from kubectl_netpol.core.addresses import ALL_IPV6, Addresses, Family, addresses_of, difference, intersection, union
from kubectl_netpol.core.answers import said
from kubectl_netpol.core.classes import addressed, bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import names_of, peer_path
from kubectl_netpol.core.policies import BlockPeer
from kubectl_netpol.core.ports import NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import Rule, RuleRef
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
        if not rule.subject & ~other.subject and _opens_all(other.ports, rule.ports):
            own = intersection(addresses, other.peers.addresses)
            found += [(each.policy, own) for each in other.said_by if each != ref]
    found = [(policy, own) for policy, own in found if own]
    return [] if difference(addresses, union([own for _, own in found])) else [policy for policy, _ in found]


def _is_open_to(addresses: Addresses, place: int, rule: Rule, state: State) -> bool:
    """Whether all rules of a pod together may admit the addresses, on some of the ports of one of them."""
    row = state.judge.area(place, rule.direction)
    ports = [ports for ports in rule.ports if isinstance(ports, PortRange)]
    return not ports or any(not difference(addresses, area.maybe) for _, area in at(row, ports[0]))


def _opens_all(ports: PolicyPorts, wanted: PolicyPorts) -> bool:
    return all(each in ports or any(_holds(own, each) for own in ports) for each in wanted)


def _holds(own: PortRange | NamedPort, wanted: PortRange | NamedPort) -> bool:
    return isinstance(own, PortRange) and isinstance(wanted, PortRange) and wanted in own


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
