"""Was all read that a finding rests on? What says "nowhere" of a part that was not looked at may be wrong, and stays unsaid."""
import re

from kubectl_netpol.core.findings.finding import Finding
from kubectl_netpol.core.needs import MAKERS, namespaces_matched
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.selectors import EVERYTHING, format_selector
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Listing, Snapshot

_RULE = re.compile(r"spec\.(ingress|egress)\[(\d+)]")
_OF_NAMESPACES = ("unknown-namespace-label", "matches-without-label")
_OF_PEERS = ("service-port-in-policy", "unknown-port-name", "other-protocol", "only-one-side", "matches-without-label")


def is_founded(finding: Finding, state: State) -> bool:
    """Of files always: they are the whole."""
    snapshot = state.snapshot
    if snapshot.read is None:
        return True
    home = finding.object.namespace
    kinds = ("Pod", *MAKERS) if finding.id == "selects-no-pod" else ("Service",) if finding.id == "intent-moved-on" else ("Pod",)
    if not all(snapshot.has_read(Listing(kind, home)) for kind in kinds):
        return False
    if finding.id in _OF_NAMESPACES and not snapshot.has_read(Listing("Namespace")):
        return False
    return finding.id not in _OF_PEERS or all(_is_read(peer, snapshot) for peer in _peers(finding, state))


def _peers(finding: Finding, state: State) -> list[PodPeer]:
    """Those of the rule in which the finding is."""
    found, policy = _RULE.match(finding.path), state.policies.get(finding.object)
    if not found or policy is None:
        return []
    rules = {direction.value.lower(): rules for direction, rules in policy.rules.items()}.get(found[1], ())
    return [peer for rule in rules[int(found[2]):int(found[2]) + 1] for peer in rule.peers if isinstance(peer, PodPeer)]


def _is_read(peer: PodPeer, snapshot: Snapshot) -> bool:
    if peer.namespace_selector is None:
        return True
    if peer.pod_selector != EVERYTHING and snapshot.has_read(Listing("Pod", labels=format_selector(peer.pod_selector))):
        return True
    return snapshot.has_read(Listing("Namespace")) and all(
        snapshot.has_read(Listing("Pod", name)) for name in namespaces_matched(peer.namespace_selector, snapshot))
