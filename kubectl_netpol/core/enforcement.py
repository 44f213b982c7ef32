"""Which part of the rules of a policy does a network plugin heed?"""
from msgspec.structs import replace

from kubectl_netpol.core.addresses import NOWHERE
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import BlockPeer, Peer, PodPeer, PolicyRule
from kubectl_netpol.core.ports import NamedPort
from kubectl_netpol.core.profiles import Profile


def is_heeded(direction: Direction, profile: Profile) -> bool:
    """Whether policies isolate in a direction at all."""
    return profile.enforces and (direction is Direction.INGRESS or profile.polices_egress)


def heeds_tiers(kind: str, profile: Profile) -> bool | None:
    """Whether a kind of the policies of administrators is implemented; None: nobody can tell."""
    if not profile.enforces:
        return False
    return profile.heeds_cluster_policies if kind == "ClusterNetworkPolicy" else profile.heeds_admin_policies


def heeded(rule: PolicyRule, direction: Direction, profile: Profile) -> tuple[PolicyRule, ...]:
    """What a rule means to the plugin: mostly just what it says."""
    if not profile.heeds_except and any(isinstance(peer, BlockPeer) and peer.excepts for peer in rule.peers):
        return (replace(rule, peers=tuple(map(_without_excepted, rule.peers))),)
    if profile.sees_services and direction is Direction.EGRESS and any(isinstance(port, NamedPort) for port in rule.ports):
        return _with_names_of_pods(rule)
    return (rule,)


def _without_excepted(peer: Peer) -> Peer:
    """"the entire IPBlock section of that policy is ignored" (OpenShift SDN before 4.10). The peer stays, as none at all would mean
    everybody."""
    return replace(peer, addresses=NOWHERE) if isinstance(peer, BlockPeer) and peer.excepts else peer


def _with_names_of_pods(rule: PolicyRule) -> tuple[PolicyRule, ...]:
    """AWS cannot resolve a port name of a rule for all destinations or for a block of addresses, and leaves it out there
    (endpoints.go, convertToPolicyInfoPortForCIDRs)."""
    numbers = tuple(port for port in rule.ports if not isinstance(port, NamedPort))
    if not rule.peers:
        return (PolicyRule((), numbers),)
    pods = tuple(peer for peer in rule.peers if isinstance(peer, PodPeer))
    blocks = tuple(peer for peer in rule.peers if isinstance(peer, BlockPeer))
    parts = (PolicyRule(pods, rule.ports), PolicyRule(blocks, numbers))
    return tuple(part for part in parts if part.peers)
