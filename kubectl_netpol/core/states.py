"""Which cluster is judged? One state, or the states before and after a change over the same classes."""
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.addresses import Addresses
from kubectl_netpol.core.classes import Cluster, clusters_of, features_of
from kubectl_netpol.core.controllers import carriers_of
from kubectl_netpol.core.engines import concerns_of
from kubectl_netpol.core.foreign import ForeignPolicy, foreign_policies_of, keys_of_labels
from kubectl_netpol.core.policies import Policy, policies_of
from kubectl_netpol.core.rules import rules_of
from kubectl_netpol.core.rulings import rulings_of
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.core.targets import Pods
from kubectl_netpol.core.tiers import TierPolicy, tier_policies_of
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.snapshot import Key, Snapshot


class State(Struct, frozen=True):
    snapshot: Snapshot
    policies: dict[Key, Policy]
    judge: Judge
    tiers: dict[Key, TierPolicy] = {}
    foreign: tuple[ForeignPolicy, ...] = ()                     # of other engines

    @property
    def cluster(self) -> Cluster:
        return self.judge.cluster


def states_of(snapshots: Sequence[Snapshot], selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> tuple[State, ...]:
    """A State for each snapshot; selectors and blocks are what the question names beside the objects."""
    policies, tiers = policies_of(snapshots), [tier_policies_of(snapshot) for snapshot in snapshots]
    foreign = [foreign_policies_of(snapshot) for snapshot in snapshots]
    distinct = {id(policy): policy for each in policies for policy in each}
    carried = [source.selector for snapshot in snapshots for carrier in carriers_of(snapshot).values()
               for source in carrier.sources if isinstance(source, Pods)]
    mentioned = [*selectors, *carried, *(selector for own in foreign for selector in keys_of_labels(own))]
    every: list[Policy | TierPolicy] = [*distinct.values(), *(policy for own in tiers for policy in own)]
    features = features_of(snapshots, every, mentioned, blocks)
    return tuple(
        State(snapshot, {policy.key: policy for policy in own},
              Judge(cluster, rules_of(own, cluster), rulings_of(around, cluster), concerns_of(others, cluster)),
              {policy.key: policy for policy in around}, others)
        for snapshot, own, around, others, cluster in zip(
            snapshots, policies, tiers, foreign, clusters_of(snapshots, features), strict=True))


def state_of(snapshot: Snapshot, selectors: Iterable[Selector] = (), blocks: Iterable[Addresses] = ()) -> State:
    return states_of((snapshot,), selectors, blocks)[0]


def by_policies_alone(state: State) -> State:
    """The same pods and policies, as if there were no other engines; what was worked out with these is not asked again."""
    judge = state.judge
    return replace(state, judge=Judge(replace(state.cluster, known={}), judge.rules, judge.rulings))
