"""What is the state as if manifests were applied, or policies deleted?"""
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.workloads import top_owner
from kubectl_netpol.snapshot import Key, Snapshot


def overlaid(base: Snapshot, change: Snapshot) -> Snapshot:
    """Each object of the change replaces the one of its name whole. A workload's template stands for its pods from then on:
    they would be made anew."""
    renewed = {Key(*name) for name in change.workloads}
    return replace(
        base,
        namespaces={**base.namespaces, **change.namespaces},
        nodes={**base.nodes, **change.nodes},
        pods={**_without_pods_of(renewed, base), **change.pods},
        workloads={**_without_parts_of(renewed, base), **change.workloads},
        services={**base.services, **change.services},
        endpoint_slices={**base.endpoint_slices, **change.endpoint_slices},
        policies={**base.policies, **change.policies},
        tiers={**base.tiers, **change.tiers},
        beside={**base.beside, **change.beside},
        origins={**base.origins, **change.origins},
        documents={**base.documents, **change.documents})


def without(base: Snapshot, policies: Iterable[tuple[str, str]]) -> Snapshot:
    """The state without some policies, by namespace and name."""
    gone = set(policies)
    return replace(base, policies={name: policy for name, policy in base.policies.items() if name not in gone})


def _without_pods_of(renewed: set[Key], base: Snapshot) -> dict[tuple[str, str], api.Pod]:
    if not renewed:
        return base.pods
    return {
        name: pod for name, pod in base.pods.items()
        if top_owner(Key("Pod", *name), pod.metadata, pod.metadata.labels or {}, base) not in renewed}


def _without_parts_of(renewed: set[Key], base: Snapshot) -> dict[tuple[str, str, str], api.Workload | api.CronJob]:
    """ReplicaSets of a renewed Deployment, Jobs of a renewed CronJob, go with it."""
    if not renewed:
        return base.workloads
    return {
        name: workload for name, workload in base.workloads.items()
        if (key := Key(*name)) in renewed or top_owner(key, workload.metadata, {}, base) not in renewed}
