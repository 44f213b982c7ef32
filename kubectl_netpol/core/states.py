"""Which cluster is judged? One state, or the states before and after a change over the same classes."""
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_netpol.core.addresses import Addresses
from kubectl_netpol.core.classes import Cluster, clusters_of, features_of
from kubectl_netpol.core.policies import Policy, policies_of
from kubectl_netpol.core.rules import rules_of
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.snapshot import Key, Snapshot


class State(Struct, frozen=True):
    snapshot: Snapshot
    policies: dict[Key, Policy]
    judge: Judge

    @property
    def cluster(self) -> Cluster:
        return self.judge.cluster


def states_of(snapshots: Sequence[Snapshot], selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> tuple[State, ...]:
    """A State for each snapshot; selectors and blocks are what the question names beside the objects."""
    policies = policies_of(snapshots)
    distinct = {id(policy): policy for each in policies for policy in each}
    features = features_of(snapshots, distinct.values(), selectors, blocks)
    return tuple(
        State(snapshot, {policy.key: policy for policy in own}, Judge(cluster, rules_of(own, cluster)))
        for snapshot, own, cluster in zip(snapshots, policies, clusters_of(snapshots, features), strict=True))


def state_of(snapshot: Snapshot, selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> State:
    return states_of((snapshot,), selectors, blocks)[0]
