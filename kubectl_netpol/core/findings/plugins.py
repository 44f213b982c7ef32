"""Does the network plugin do what policies say? "Creating a NetworkPolicy resource without a controller that implements it will have no
effect" (network-policies docs)."""
from collections.abc import Iterator

from kubectl_netpol.core.enforcement import heeds_tiers
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key


def nothing_enforces(state: State) -> Iterator[Finding]:
    """At the first policy of each namespace, for all of them, and at each policy of administrators. What the plugin is must be known."""
    policies: dict[str, list[Key]] = {}
    for key in state.policies if not state.cluster.profile.enforces else ():
        policies.setdefault(key.namespace, []).append(key)
    for tier_policy in state.tiers:
        if heeds_tiers(tier_policy.kind, state.cluster.profile) is False:
            yield Finding(
                id="nothing-enforces", severity=Severity.WARNING, object=tier_policy, path="spec", variant="tiers",
                facts={"plugin": state.cluster.profile.name, "kind": tier_policy.kind})
    for namespace, keys in sorted(policies.items()):
        yield Finding(
            id="nothing-enforces", severity=Severity.WARNING, object=min(keys), path="spec",
            facts={"namespace": namespace, "number": str(len(keys))})
