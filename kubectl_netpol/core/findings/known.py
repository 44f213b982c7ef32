"""Was all read that a finding rests on? What says "nowhere" of a part that was not looked at may be wrong, and stays unsaid."""
import re
from collections.abc import Iterator

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding
from kubectl_netpol.core.needs import MAKERS, namespaces_matched
from kubectl_netpol.core.policies import PodPeer, PolicyRule
from kubectl_netpol.core.selectors import EVERYTHING, format_selector
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Listing, Snapshot

_RULE = re.compile(r"spec\.(ingress|egress)\[(\d+)]")
_PODS, _SERVED = ("Pod", *MAKERS), ("Pod", "Service")
_IN_NAMESPACE = {                                               # what of the namespace of the object must be known; else the object alone
    "service-port-in-policy": _SERVED, "other-protocol": _SERVED, "unknown-port-name": _PODS, "selects-no-pod": _PODS,
    "matches-without-label": _PODS, "peers-are-alternatives": _PODS, "pod-selector-elsewhere": _PODS, "except-without-effect": _PODS,
    "no-dns": ("Pod",), "dns-port": ("Pod",), "local-cache-closed": ("Pod",), "caller-cut-off": ("Pod",), "mesh-port-closed": ("Pod",),
    "host-network-pods": ("Pod",), "only-one-side": ("Pod",), "headless-target-port": ("Pod",)}
_OF_PEERS = {                                                   # and of those whom its rule names
    "service-port-in-policy": _SERVED, "other-protocol": _SERVED, "unknown-port-name": _PODS, "only-one-side": ("Pod",),
    "matches-without-label": ("Pod",), "host-network-pods": ("Pod",), "mesh-port-closed": ("Pod",)}


def is_founded(finding: Finding, state: State) -> bool:
    """Of files always: they are the whole."""
    return state.snapshot.read is None or all(map(state.snapshot.has_read, _rests_on(finding, state)))


def _rests_on(finding: Finding, state: State) -> Iterator[Listing]:
    yield from (Listing(kind, finding.object.namespace) for kind in _IN_NAMESPACE.get(finding.id, ()))
    if "namespaceSelector" in finding.path:
        yield Listing("Namespace")
    for rule in _rule_of(finding, state) if finding.id in _OF_PEERS else ():
        yield from _of_peers(rule, finding, state.snapshot)


def _rule_of(finding: Finding, state: State) -> tuple[PolicyRule, ...]:
    found, policy = _RULE.match(finding.path), state.policies.get(finding.object)
    if not found or policy is None:
        return ()
    return policy.rules.get(Direction(found[1].capitalize()), ())[int(found[2]):int(found[2]) + 1]


def _of_peers(rule: PolicyRule, finding: Finding, snapshot: Snapshot) -> Iterator[Listing]:
    """Rules without peers, and blocks, may hold pods anywhere: ports are told by name there too."""
    kinds = _OF_PEERS[finding.id]
    if finding.id == "unknown-port-name" and finding.path.startswith("spec.egress") and not (
            rule.peers and all(isinstance(peer, PodPeer) for peer in rule.peers)):
        yield from map(Listing, kinds)
    for peer in rule.peers:
        if not isinstance(peer, PodPeer) or peer.namespace_selector is None:
            continue
        yield Listing("Namespace")
        alike = Listing("Pod", labels=format_selector(peer.pod_selector))
        if kinds == ("Pod",) and peer.pod_selector != EVERYTHING and snapshot.has_read(alike):
            continue
        yield from (Listing(kind, name) for name in namespaces_matched(peer.namespace_selector, snapshot) for kind in kinds)
