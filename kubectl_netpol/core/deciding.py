"""Which policies and pods can decide a question? Those of the namespaces at its ends; all where these cannot be told beforehand."""
from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import service_selector
from kubectl_netpol.core.policies import directions_of
from kubectl_netpol.core.targets import (
    Anywhere,
    Block,
    Cluster,
    Entry,
    Nodes,
    Object,
    Outside,
    Pods,
    SameNamespace,
    Source,
    Target,
    TargetKind,
)
from kubectl_netpol.snapshot import Snapshot


def deciding(snapshot: Snapshot, targets: Sequence[Target], ends: Sequence[Source], destinations: Sequence[Source] = ()) -> Snapshot:
    """The snapshot for questions between targets, with their namespaces, and their other ends, some of which are destinations.

    Policies speak of pods of their own namespace only (networking/v1 NetworkPolicySpec.podSelector).
    """
    if any(isinstance(end, Anywhere | Cluster) for end in destinations):
        return snapshot                                         # each pod is asked whether it lets in
    if (snapshot.beside and any(isinstance(end, Outside | Block | Entry) for end in ends)) or any(
            isinstance(end, Entry) for end in (*ends, *destinations)):
        return snapshot                                         # those who bring clients from outside are asked too
    ends = (*ends, *destinations)
    homes = {target.namespace or "" for target in targets}
    others = [_namespaces(end) for end in ends]
    objects = [*((target.kind, target.namespace, target.name) for target in targets),
               *((end.kind, end.namespace, end.name) for end in ends if isinstance(end, Object))]
    if any(namespaces is None for namespaces in others) or any(_leads_anywhere(*each, homes, snapshot) for each in objects):
        return snapshot
    within = homes.union(*(namespaces or () for namespaces in others))
    is_open = any(isinstance(end, Anywhere | Cluster | Outside) for end in ends)
    narrowed = replace(snapshot, policies={
        name: policy for name, policy in snapshot.policies.items() if name[0] in within or (is_open and isolates_egress(policy))})
    if is_open or any(isinstance(end, Object) and end.kind is TargetKind.POD for end in ends):
        return narrowed                                         # all pods are meant, or one that may be elsewhere and is named then
    return replace(narrowed, pods={name: pod for name, pod in snapshot.pods.items() if name[0] in within})


def _namespaces(end: Source) -> set[str] | None:
    """Open sets are judged at the other end; egress policies elsewhere make exceptions."""
    match end:
        case Anywhere() | Cluster() | Outside() | Nodes() | SameNamespace():
            return set()
        case Object(namespace=namespace) | Pods(namespace=namespace, namespaces=None):
            return {namespace} if namespace else set()
        case _:
            return None


def _leads_anywhere(kind: TargetKind, namespace: str | None, name: str | None, homes: set[str], snapshot: Snapshot) -> bool:
    """A Service without a selector: its endpoints may be pods of any namespace."""
    services = (snapshot.services.get((home, name or "")) for home in ([namespace] if namespace else homes))
    return kind is TargetKind.SERVICE and any(service and service_selector(service) is None for service in services)


def isolates_egress(policy: api.NetworkPolicy) -> bool:
    return Direction.EGRESS in directions_of(policy.spec or api.NetworkPolicySpec())


def isolates_ingress(policy: api.NetworkPolicy) -> bool:
    return Direction.INGRESS in directions_of(policy.spec or api.NetworkPolicySpec())
