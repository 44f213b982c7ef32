"""What do the policies of administrators say? Their rules are in order, and stand around the NetworkPolicies: Admin before, Baseline after.

Sources: kubernetes-sigs/network-policy-api, apis/v1alpha1 (AdminNetworkPolicy, BaselineAdminNetworkPolicy) and apis/v1alpha2
(ClusterNetworkPolicy) types.go, NPEP-285.
"""
from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import Addresses, addresses_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, PROTOCOLS, NamedPort, PolicyPorts, PortRange, Protocol
from kubectl_netpol.core.selectors import Selector, selector_of
from kubectl_netpol.snapshot import Key, Snapshot


class Tier(Enum):
    ADMIN = "Admin"
    BASELINE = "Baseline"


class Action(Enum):
    """Allow is what v1alpha2 calls Accept."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"                                               # on to the next tier


class NodePeer(Struct, frozen=True):
    """The addresses of nodes, by the nodes' labels."""

    selector: Selector


class NetworkPeer(Struct, frozen=True):
    """Unlike an ipBlock it means pods as well: "cluster-internal traffic will be checked against the rule"."""

    cidrs: tuple[str, ...]
    addresses: Addresses


class DomainPeer(Struct, frozen=True):
    """Which addresses these are only a resolver knows."""

    names: tuple[str, ...]


TierPeer = PodPeer | NodePeer | NetworkPeer | DomainPeer        # of a PodPeer the namespaces are always said


class TierRule(Struct, frozen=True):
    action: Action
    peers: tuple[TierPeer, ...] | None                          # None: everybody, wherever they are
    ports: PolicyPorts
    name: str = ""


class TierPolicy(Struct, frozen=True):
    key: Key
    tier: Tier
    priority: int                                               # the lowest comes first
    subject: PodPeer
    rules: dict[Direction, tuple[TierRule, ...]]                # without isolation: what no rule matches goes on to the next policy

    @property
    def version(self) -> int:
        """Of the API. No text orders policies of one against those of another."""
        return 2 if self.key.kind == "ClusterNetworkPolicy" else 1


_ACTIONS = {"Allow": Action.ALLOW, "Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
_ORDER = {tier: place for place, tier in enumerate(Tier)}


def tier_policies_of(snapshot: Snapshot) -> tuple[TierPolicy, ...]:
    """In the order in which they are asked; of equal priority, by name: of these any may come first."""
    found = [tier_policy_of(kind, policy) for (kind, _), policy in snapshot.tiers.items()]
    return tuple(sorted(found, key=lambda each: (_ORDER[each.tier], each.priority, each.key)))


def tier_policy_of(kind: str, policy: api.TierPolicy) -> TierPolicy:
    spec = policy.spec
    tier = Tier.BASELINE if kind == "BaselineAdminNetworkPolicy" or spec.tier == Tier.BASELINE.value else Tier.ADMIN
    said: dict[Direction, Iterable[api.TierIngressRule | api.TierEgressRule]] = {
        Direction.INGRESS: spec.ingress or (), Direction.EGRESS: spec.egress or ()}
    return TierPolicy(
        Key(kind, "", policy.metadata.name), tier, spec.priority or 0, _pods(spec.subject),
        {direction: tuple(map(_rule, rules)) for direction, rules in said.items()})


def _rule(rule: api.TierIngressRule | api.TierEgressRule) -> TierRule:
    """A rule with a peer that is not understood must not open anything: "For "Accept" rules, "fail closed" means: "treat the rule as
    matching no traffic". For "Deny" and "Pass" rules, "fail closed" means: "treat the rule as a 'Deny all' rule"." """
    action, name = _ACTIONS[rule.action], rule.name or ""
    peers = tuple(found for peer in rule.peers if (found := _peer(peer)) is not None)
    if len(peers) == len(rule.peers):
        return TierRule(action, peers, _ports(rule), name)
    if action is Action.ALLOW:
        return TierRule(action, (), _ports(rule), name)
    return TierRule(Action.DENY, None, EVERY_PORT, name)


def _peer(peer: api.TierPeer) -> TierPeer | None:
    """None: it is of another version of the API."""
    if peer.nodes is not None:
        return NodePeer(selector_of(peer.nodes))
    if peer.networks is not None:
        return NetworkPeer(peer.networks, addresses_of(peer.networks))
    if peer.domain_names is not None:
        return DomainPeer(peer.domain_names)
    return _pods(peer) if peer.namespaces is not None or peer.pods is not None else None


def _pods(found: api.TierSubject | api.TierPeer) -> PodPeer:
    """"if empty, it selects all Namespaces", "if empty, it selects all Pods"."""
    if found.pods is None:
        return PodPeer(Selector(), selector_of(found.namespaces))
    return PodPeer(selector_of(found.pods.pod_selector), selector_of(found.pods.namespace_selector))


def _ports(rule: api.TierIngressRule | api.TierEgressRule) -> PolicyPorts:
    found = [*(each for port in rule.ports or () for each in _of_admin(port)),
             *(each for protocol in rule.protocols or () for each in _of_protocol(protocol))]
    return tuple(found) or EVERY_PORT


def _of_admin(port: api.TierPort) -> PolicyPorts:
    """"protocol ... If not specified, this field defaults to TCP"."""
    if port.port_number is not None:
        number = port.port_number
        return (PortRange(number.protocol or Protocol.TCP.value, number.port, number.port),)
    if port.port_range is not None:
        return (_range(port.port_range.protocol or Protocol.TCP.value, port.port_range),)
    return _named(port.named_port or "")


def _of_protocol(said: api.TierProtocol) -> PolicyPorts:
    for protocol, destination in ((Protocol.TCP, said.tcp), (Protocol.UDP, said.udp), (Protocol.SCTP, said.sctp)):
        if destination is not None:
            ports = destination.destination_port or api.TierNumbers()
            if ports.range is not None:
                return (_range(protocol.value, ports.range),)
            return (PortRange(protocol.value, ports.number or 1, ports.number or LAST_PORT),)
    return _named(said.destination_named_port or "")


def _range(protocol: str, ports: api.TierPortRange) -> PortRange:
    return PortRange(protocol, ports.start, ports.end)


def _named(name: str) -> PolicyPorts:
    """A name alone: of whichever protocol the container's port is."""
    return tuple(NamedPort(protocol, name) for protocol in PROTOCOLS)
