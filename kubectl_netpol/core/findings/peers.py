"""Do the peers of a rule hold whom they were meant to hold?"""
from collections.abc import Iterator

from kubectl_netpol.core.classes import Cluster, bits, labels_of_namespace, selected
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import PeerPlace, peer_places, pods_of_peer
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.resolve import namespaces_of
from kubectl_netpol.core.selectors import EVERYTHING, Operator, Selector, format_selector, matches
from kubectl_netpol.core.states import State

_MOST = 3                                                       # namespaces that are named


def peers_are_alternatives(state: State) -> Iterator[Finding]:
    """A namespaceSelector and a podSelector in two items are "or", although only together they match pods."""
    for place, peer in _lost(state):
        namespaces = _beside(place, peer, state.cluster)
        if namespaces is not None:
            yield Finding(
                id="peers-are-alternatives", severity=Severity.WARNING, object=place.policy.key, path=place.path,
                facts={"selector": format_selector(peer.pod_selector), "namespaces": format_selector(namespaces),
                       "namespace": place.policy.namespace})


def pod_selector_elsewhere(state: State) -> Iterator[Finding]:
    """A podSelector alone means pods of the policy's own namespace, where it matches none; in others it would."""
    for place, peer in _lost(state):
        pods = selected(peer.pod_selector, state.cluster.pods)
        if _beside(place, peer, state.cluster) is None:
            homes = sorted({state.cluster.classes[each][0].namespace for each in bits(pods)})
            yield Finding(
                id="pod-selector-elsewhere", severity=Severity.WARNING, object=place.policy.key, path=place.path,
                facts={"selector": format_selector(peer.pod_selector), "namespace": place.policy.namespace, "there": homes[0],
                       "namespaces": ", ".join(homes[:_MOST]) + (f" and {len(homes) - _MOST} more" if len(homes) > _MOST else "")})


def _lost(state: State) -> list[tuple[PeerPlace, PodPeer]]:
    """podSelectors that match no pod of their own namespace, but pods of others."""
    return state.cluster.once("lost", lambda: [
        (place, peer) for place, peer in peer_places(state)
        if isinstance(peer, PodPeer) and peer.namespace_selector is None and peer.pod_selector != EVERYTHING
        and not pods_of_peer(peer, place.policy.namespace, state.cluster) and selected(peer.pod_selector, state.cluster.pods)])


def _beside(place: PeerPlace, peer: PodPeer, cluster: Cluster) -> Selector | None:
    """The namespaceSelector in another item of the list with which the podSelector would match."""
    for other in place.others:
        if (isinstance(other, PodPeer) and other.namespace_selector is not None and other.pod_selector == EVERYTHING
                and pods_of_peer(PodPeer(peer.pod_selector, other.namespace_selector), place.policy.namespace, cluster)):
            return other.namespace_selector
    return None


def unknown_namespace_label(state: State) -> Iterator[Finding]:
    """A namespaceSelector that matches no namespace."""
    names = sorted(namespaces_of(state.snapshot))
    known: dict[Selector, bool] = {}
    for place, peer in peer_places(state):
        selector = peer.namespace_selector if isinstance(peer, PodPeer) else None
        if selector is None or selected(selector, state.cluster.namespaces):
            continue
        if selector not in known:
            known[selector] = any(matches(selector, labels_of_namespace(state.snapshot, name)) for name in names)
        if not known[selector]:
            named = _meant_by_name(selector, names)
            yield Finding(
                id="unknown-namespace-label", severity=Severity.WARNING, object=place.policy.key, path=f"{place.path}.namespaceSelector",
                facts={"selector": format_selector(selector), "there": named}, variant="name" if named else "")


def _meant_by_name(selector: Selector, names: list[str]) -> str:
    """The namespace whose name stands as the value of another label."""
    values = {value for each in selector.requirements if each.operator is Operator.IN for value in each.values}
    return next((name for name in names if name in values), "")
