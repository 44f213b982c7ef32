"""Are pods on the host network meant? "The behaviour ... is undefined" of these (network-policies docs): mostly they are the node."""
from collections.abc import Iterator

from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import names_of, peer_places, pods_of_peer, workloads_of
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.states import State


def host_network_pods(state: State) -> Iterator[Finding]:
    """Policies that select such pods, and peers that are such pods alone."""
    on_nodes = state.cluster.host_network
    for policy in state.policies.values() if on_nodes else ():
        if pods := subject_of(policy, state.cluster) & on_nodes:
            yield Finding(
                id="host-network-pods", severity=Severity.INFO, object=policy.key, path="spec.podSelector",
                variant="open" if state.cluster.profile.polices_hosts is False else "",
                facts={"workloads": names_of(workloads_of(pods, state.cluster), policy.namespace), "plugin": state.cluster.profile.name})
    for place, peer in peer_places(state) if on_nodes else ():
        pods = pods_of_peer(peer, place.policy.namespace, state.cluster) if isinstance(peer, PodPeer) else 0
        if pods and not pods & ~on_nodes:
            yield Finding(
                id="host-network-pods", severity=Severity.INFO, object=place.policy.key, path=place.path, variant="peer",
                facts={"workloads": names_of(workloads_of(pods, state.cluster), place.policy.namespace)})
