"""Which cluster is judged? One state, or the states before and after a change over the same classes."""
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_netpol.core.addresses import Addresses
from kubectl_netpol.core.classes import Cluster, clusters_of, features_of
from kubectl_netpol.core.policies import Policy, policies_of
from kubectl_netpol.core.rules import rules_of
from kubectl_netpol.core.rulings import NO_RULINGS, Rulings, rulings_of
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.core.tiers import TierPolicy, tier_policies_of
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.snapshot import Key, Snapshot


class State(Struct, frozen=True):
    snapshot: Snapshot
    policies: dict[Key, Policy]
    judge: Judge
    tiers: dict[Key, TierPolicy] = {}

    @property
    def cluster(self) -> Cluster:
        return self.judge.cluster


def states_of(snapshots: Sequence[Snapshot], selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> tuple[State, ...]:
    """A State for each snapshot; selectors and blocks are what the question names beside the objects."""
    policies, tiers = policies_of(snapshots), [tier_policies_of(snapshot) for snapshot in snapshots]
    distinct = {id(policy): policy for each in policies for policy in each}
    features = features_of(snapshots, [*distinct.values(), *(policy for own in tiers for policy in own)], selectors, blocks)
    return tuple(
        State(snapshot, {policy.key: policy for policy in own}, Judge(cluster, rules_of(own, cluster), _rulings_of(around, cluster)),
              {policy.key: policy for policy in around})
        for snapshot, own, around, cluster in zip(snapshots, policies, tiers, clusters_of(snapshots, features), strict=True))


def _rulings_of(around: Sequence[TierPolicy], cluster: Cluster) -> Rulings:
    return rulings_of(around, cluster) if cluster.profile.enforces else NO_RULINGS


def state_of(snapshot: Snapshot, selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> State:
    return states_of((snapshot,), selectors, blocks)[0]
