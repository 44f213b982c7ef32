"""Which of the objects that would be applied change a connection, and how do they stand then?"""
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.api.engines import name_of
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.inputs.documents import Document
from kubectl_netpol.inputs.objects import Collector
from kubectl_netpol.server.defaults import defaulted
from kubectl_netpol.server.kubectl import Merged
from kubectl_netpol.snapshot import Key, Origin, Snapshot

# Groups whose objects are policies, or take part in them, that are not judged here.
_POLICIES = (
    "cilium.io", "projectcalico.org", "policy.networking.k8s.io", "antrea.io", "networking.k8s.aws", "k8s.ovn.org", "k8s.cni.cncf.io",
    "security.istio.io", "policy.linkerd.io", "networking.gke.io", "crd.nsx.vmware.com")
_OF_PODS = ("template", "jobTemplate", "selector")              # in the spec of a workload; of replicas only whether there are any


class Change(Struct, frozen=True):
    snapshot: Snapshot                                          # what differs and connects, as it would be
    remarks: tuple[Remark, ...] = ()                            # what of the rest should be known


def change_of(merged: Merged, written: Snapshot) -> Change:
    """written is what the manifests say themselves: where the server only added defaults, a policy stays as it was written."""
    collector = Collector(None, None, lambda origin, path: None)
    unread: list[Key] = []
    for name in merged.diffs:
        document, count = merged.merged[name], sum(collector.unread.values())
        collector.add(Document(Origin(name), document["apiVersion"], document["kind"], document))
        if sum(collector.unread.values()) > count:
            unread.append(key_of(document))
    found = collector.snapshot()
    kept = {key_of(merged.merged[name]) for name in merged.diffs if _has_same_pods(merged.live.get(name), merged.merged[name])}
    unjudged = {key_of(merged.merged[name]) for name in merged.diffs if _group(merged.merged[name]).endswith(_POLICIES)}
    snapshot = replace(
        found, workloads={name: each for name, each in found.workloads.items() if Key(*name) not in kept}, unread={},
        policies={name: _as_written(each, written.policies.get(name)) for name, each in found.policies.items()},
        origins={key: origin for key, origin in written.origins.items() if key in found.origins})
    return Change(snapshot, tuple(_remarks(unread, unjudged)))


def _remarks(unread: list[Key], unjudged: set[Key]) -> Iterator[Remark]:
    parts = {"silent": [key for key in unread if key not in unjudged], "unjudged": [key for key in unread if key in unjudged]}
    return (Remark(code, {"objects": ", ".join(map(str, keys))}) for code, keys in parts.items() if keys)


def key_of(document: dict[str, Any]) -> Key:
    metadata, kind = document["metadata"], name_of(_group(document), document["kind"])
    return Key(kind, metadata.get("namespace") or "", metadata["name"])


def _group(document: dict[str, Any]) -> str:
    return str(document["apiVersion"]).rpartition("/")[0]


def _has_same_pods(live: dict[str, Any] | None, merged: dict[str, Any]) -> bool:
    """Whether a workload keeps the pods that it has: an overlay would put the template in their place."""
    before, after = ((each or {}).get("spec") or {} for each in (live, merged))
    return live is not None and all(before.get(field) == after.get(field) for field in _OF_PODS) and \
        bool(before.get("replicas", 1)) == bool(after.get("replicas", 1))


def _as_written(merged: api.NetworkPolicy, written: api.NetworkPolicy | None) -> api.NetworkPolicy:
    """What policyTypes are left out and which lists are empty is told by findings, and the server fills in and drops that."""
    if written is None or _meaning(written) != _meaning(merged):
        return merged
    return replace(merged, spec=written.spec)


def _meaning(policy: api.NetworkPolicy) -> Any:
    return defaulted({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": msgspec.to_builtins(policy.spec)})["spec"]
