"""Which pods does a change isolate for the first time? The first policy of a direction stops everything that it does not name."""
from collections.abc import Iterator

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import names_of, workloads_of
from kubectl_netpol.core.states import State


def newly_isolated(before: State, after: State) -> Iterator[Finding]:
    """Of two states over the same classes; each pod that was there before is told at the first policy that isolates it."""
    for direction in Direction:
        old, new = before.judge.rules.isolated[direction], after.judge.rules.isolated[direction]
        pods = new.maybe & ~old.maybe & before.cluster.pods.everyone
        for each in after.judge.rules.isolating[direction]:
            if own := each.subject & pods:
                pods &= ~own
                policy = each.policies[0]
                yield Finding(
                    id="newly-isolated", severity=Severity.INFO, object=policy, path="spec.podSelector",
                    facts={"direction": direction.value.lower(),
                           "workloads": names_of(workloads_of(own, after.cluster), policy.namespace)},
                    variant=direction.value.lower())
