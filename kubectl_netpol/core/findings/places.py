"""Where in a policy is something written, and how are the things that a finding names called?"""
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.classes import Cluster, bits, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.names import name_of as name_of
from kubectl_netpol.core.names import names_of as names_of
from kubectl_netpol.core.policies import Peer, PodPeer, Policy
from kubectl_netpol.core.ports import NamedPort, PortRange, Protocol
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Target, TargetKind, format_target
from kubectl_netpol.snapshot import Key


class PeerPlace(Struct, frozen=True):
    """Where a peer stands, counted from 0, and those that stand with it in one list."""

    policy: Policy
    direction: Direction
    rule: int
    place: int

    @property
    def path(self) -> str:
        return peer_path(RuleRef(self.policy.key, self.direction.value, self.rule), self.place)

    @property
    def others(self) -> tuple[Peer, ...]:
        peers = self.policy.rules[self.direction][self.rule].peers
        return peers[:self.place] + peers[self.place + 1:]


def peer_places(state: State) -> Iterator[tuple[PeerPlace, Peer]]:
    for policy in state.policies.values():
        for direction, rules in policy.rules.items():
            for rule, each in enumerate(rules):
                for place, peer in enumerate(each.peers):
                    yield PeerPlace(policy, direction, rule, place), peer


def specs_of(state: State) -> list[tuple[Key, api.NetworkPolicySpec]]:
    """The policies as they are written, in order; without those that say nothing."""
    return state.cluster.once("specs", lambda: [
        (key, spec) for key in state.policies if (spec := state.snapshot.policies[key.namespace, key.name].spec) is not None])


def written_rules(spec: api.NetworkPolicySpec) -> tuple[tuple[Direction, Sequence[api.IngressRule | api.EgressRule]], ...]:
    """The rules of both directions, whatever policyTypes says."""
    return (Direction.INGRESS, spec.ingress or ()), (Direction.EGRESS, spec.egress or ())


def rule_path(ref: RuleRef) -> str:
    return f"spec.{ref.direction.lower()}[{ref.rule}]"


def port_path(ref: RuleRef, entry: int) -> str:
    return f"{rule_path(ref)}.ports[{entry}]"


def peer_path(ref: RuleRef, peer: int) -> str:
    return f"{rule_path(ref)}.{'from' if ref.direction == Direction.INGRESS.value else 'to'}[{peer}]"


def pods_of_peer(peer: PodPeer, namespace: str, cluster: Cluster) -> int:
    within = cluster.by_namespace.get(namespace, 0) if peer.namespace_selector is None \
        else selected(peer.namespace_selector, cluster.namespaces)
    return within and within & selected(peer.pod_selector, cluster.pods)


# ---- names


def entry_text(entry: PortRange | NamedPort) -> str:
    """10022, 53/UDP, 8000-8010, ssh."""
    number = entry.name if isinstance(entry, NamedPort) else f"{entry.first}-{entry.last}" if entry.last > entry.first else str(entry.first)
    return number if entry.protocol == Protocol.TCP.value else f"{number}/{entry.protocol}"


def workloads_of(pods: int, cluster: Cluster) -> list[Key]:
    return sorted({pod.workload for place in bits(pods) for pod in cluster.classes[place]})


def suggestion_for(policy: Key) -> tuple[str, ...]:
    """The command that writes a policy again, corrected."""
    return "suggest", format_target(Target(TargetKind.NETWORKPOLICY, policy.name))
