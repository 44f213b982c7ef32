"""What is the state that documents describe? Without files and their validation: what the core is handed."""
from typing import Any

import msgspec

from kubectl_netpol import api
from kubectl_netpol.core.states import State, state_of, states_of
from kubectl_netpol.snapshot import Key, Snapshot
from tests.e2e_cases import Document

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")


def snapshot(*documents: Document) -> Snapshot:
    def of(kind: str, type: type[Any]) -> dict[tuple[str, str], Any]:
        return {(each["metadata"]["namespace"], each["metadata"]["name"]): msgspec.convert(each, type)
                for each in documents if each["kind"] == kind}

    workloads = {(kind, *name): each for kind in WORKLOADS for name, each in of(kind, api.Workload).items()}
    return Snapshot(
        namespaces={each["metadata"]["name"]: msgspec.convert(each, api.Namespace) for each in documents if each["kind"] == "Namespace"},
        pods=of("Pod", api.Pod),
        workloads={**workloads, **{("CronJob", *name): each for name, each in of("CronJob", api.CronJob).items()}},
        services=of("Service", api.Service), endpoint_slices=of("EndpointSlice", api.EndpointSlice),
        policies=of("NetworkPolicy", api.NetworkPolicy),
        nodes={each["metadata"]["name"]: msgspec.convert(each, api.Node) for each in documents if each["kind"] == "Node"},
        tiers={(each["kind"], each["metadata"]["name"]): msgspec.convert(each, api.TierPolicy)
               for each in documents if each["kind"] in api.TIER_KINDS},
        beside={Key(kind, each["metadata"].get("namespace") or "", each["metadata"]["name"]): msgspec.convert(each, type)
                for (_, kind), type in api.BESIDE.items() for each in documents if each["kind"] == kind})


def state(*documents: Document) -> State:
    return state_of(snapshot(*documents))


def two_states(before: list[Document], after: list[Document]) -> tuple[State, ...]:
    return states_of((snapshot(*before), snapshot(*after)))


def names(pods: int, state: State) -> set[str]:
    """A set of pods as the names of its members."""
    return {pod.key.name for place, members in enumerate(state.cluster.classes) if pods >> place & 1 for pod in members}


def place(name: str, state: State) -> int:
    """The class of a pod or template."""
    return next(place for place, members in enumerate(state.cluster.classes) for pod in members if pod.key.name == name)
