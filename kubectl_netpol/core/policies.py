"""What does a NetworkPolicy say once the API's defaults are applied?"""
from collections.abc import Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import Addresses, addresses_of, difference
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import PolicyPorts, policy_ports
from kubectl_netpol.core.selectors import EVERYTHING, Selector, selector_of
from kubectl_netpol.snapshot import Key, Snapshot


class PodPeer(Struct, frozen=True):
    pod_selector: Selector
    namespace_selector: Selector | None = None                  # None: the policy's own namespace


class BlockPeer(Struct, frozen=True):
    cidr: str
    excepts: tuple[str, ...]
    addresses: Addresses


Peer = PodPeer | BlockPeer


class PolicyRule(Struct, frozen=True):
    peers: tuple[Peer, ...]                                     # none: every source or destination, in the cluster or not
    ports: PolicyPorts


class Policy(Struct, frozen=True):
    key: Key
    pod_selector: Selector
    rules: dict[Direction, tuple[PolicyRule, ...]]              # absent: not isolated; (): isolated, nothing allowed

    @property
    def namespace(self) -> str:
        return self.key.namespace


def policies_of(snapshots: Sequence[Snapshot]) -> list[tuple[Policy, ...]]:
    """Those of each snapshot, in order of namespace and name. What is one object in several snapshots is so here too."""
    written = {id(policy): policy for snapshot in snapshots for policy in snapshot.policies.values()}
    read = {number: policy_of(policy) for number, policy in written.items()}
    return [tuple(read[id(snapshot.policies[name])] for name in sorted(snapshot.policies)) for snapshot in snapshots]


def policy_of(policy: api.NetworkPolicy) -> Policy:
    """An absent spec is an empty one: all pods of the namespace, ingress, no rules (networking/v1 defaults.go)."""
    spec = policy.spec or api.NetworkPolicySpec()
    rules: dict[Direction, tuple[PolicyRule, ...]] = {}
    for direction in directions_of(spec):
        said: tuple[api.IngressRule | api.EgressRule, ...] = (spec.ingress if direction is Direction.INGRESS else spec.egress) or ()
        rules[direction] = tuple(PolicyRule(tuple(peer_of(peer) for peer in rule.peers or ()), policy_ports(rule.ports)) for rule in said)
    key = Key("NetworkPolicy", policy.metadata.namespace or "", policy.metadata.name)
    return Policy(key, selector_of(spec.pod_selector), rules)


def directions_of(spec: api.NetworkPolicySpec) -> tuple[Direction, ...]:
    """SetDefaults_NetworkPolicy: without policyTypes (absent or empty) Ingress, and Egress if there is any egress rule."""
    if spec.policy_types:
        return tuple(direction for direction in Direction if direction.value in spec.policy_types)
    return (Direction.INGRESS, Direction.EGRESS) if spec.egress else (Direction.INGRESS,)


def peer_of(peer: api.Peer) -> Peer:
    if peer.ip_block is not None:
        excepts = tuple(peer.ip_block.excepts or ())
        return BlockPeer(peer.ip_block.cidr, excepts, difference(addresses_of((peer.ip_block.cidr,)), addresses_of(excepts)))
    namespaces = None if peer.namespace_selector is None else selector_of(peer.namespace_selector)
    return PodPeer(EVERYTHING if peer.pod_selector is None else selector_of(peer.pod_selector), namespaces)
