"""Which network plugin does a cluster run? What is told by its DaemonSets and by the groups of its API, and how it is told.

DaemonSets are evidence of what runs. That definitions of a plugin's kinds are there is not: they stay when it goes, and a plugin
may be installed beside another for its policies alone.
"""
import re
from collections.abc import Iterator

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.profiles import GENERIC
from kubectl_netpol.snapshot import Key, Listing, Snapshot


class Detected(Struct, frozen=True):
    """The name of a profile, and why: which of the reasons, and what is named in it."""

    name: str
    reason: str
    objects: tuple[Key, ...] = ()


# the plugins that enforce, by the DaemonSets of their agents, as the manifests and charts of each call these
_AGENTS = {
    "anetd": "gke", "antrea-agent": "antrea", "azure-npm": "azure-npm", "calico-node": "calico", "canal": "calico",
    "cilium": "cilium", "kube-network-policies": "kube-network-policies", "kube-router": "kube-router",
    "ovnkube-node": "ovn-kubernetes", "rke2-canal": "calico", "weave-net": "weave"}
_PODS_ONLY = ("kube-flannel", "kube-flannel-ds")                # they give pods addresses, and enforce nothing
_AZURE = "azure-cns"                                            # beside cilium it is Azure CNI powered by Cilium
_AWS_AGENT_ON = ("--enable-network-policy", "--enable-network-policy=true")     # EKS user guide, network policies; a flag of Go
_KINDNET_ENFORCES = 20240813                                    # the day of the first kindnetd that does (kubernetes-sigs/kind#842, v0.24)
_K3S = "k3s.cattle.io/"


def detected(snapshot: Snapshot) -> Detected:
    """Contradictory evidence is none: then it is what the API promises of all."""
    if not snapshot.has_read(Listing("DaemonSet")):
        return Detected(GENERIC.name, "unread")
    agents = {name: thing for thing, name in _evidence(snapshot)}
    enforcing = sorted(name for name in agents if name != "none")
    if enforcing == ["cilium"] and any(name == _AZURE for kind, _, name in snapshot.workloads if kind == "DaemonSet"):
        return Detected("azure-cilium", "runs", (agents["cilium"],))
    if len(enforcing) == 1:
        return Detected(enforcing[0], "runs", (agents[enforcing[0]],))
    if enforcing:
        return Detected(GENERIC.name, "several", tuple(agents[name] for name in enforcing))
    if any(group.startswith(_K3S) for group in snapshot.groups):
        return Detected("kube-router", "k3s")
    if "none" in agents:
        return Detected("none", "alone", (agents["none"],))
    return Detected(GENERIC.name, "nothing")


def _evidence(snapshot: Snapshot) -> Iterator[tuple[Key, str]]:
    """DaemonSets, the last ones first, with the profile that each speaks for."""
    for kind, namespace, name in sorted(snapshot.workloads, reverse=True):
        workload = snapshot.workloads[kind, namespace, name]
        if kind == "DaemonSet" and isinstance(workload, api.Workload) and (found := _profile_of(namespace, name, workload)):
            yield Key(kind, namespace, name), found


def _profile_of(namespace: str, name: str, workload: api.Workload) -> str | None:
    """None: it says nothing. aws-node and kindnet give pods addresses, and enforce in some versions and settings."""
    match namespace, name:
        case "openshift-sdn", "sdn": return "openshift-sdn"
        case _, "aws-node": return "aws" if set(_AWS_AGENT_ON) & set(_arguments(workload)) else "none"
        case _, "kindnet": return "kube-network-policies" if _day_of_kindnet(workload) >= _KINDNET_ENFORCES else "none"
        case _: return "none" if name in _PODS_ONLY else _AGENTS.get(name)


def _containers(workload: api.Workload) -> tuple[api.TemplateContainer, ...]:
    spec = workload.spec and workload.spec.template and workload.spec.template.spec
    return (spec and spec.containers) or ()


def _arguments(workload: api.Workload) -> list[str]:
    return [argument for container in _containers(workload) for argument in container.args or ()]


def _day_of_kindnet(workload: api.Workload) -> int:
    """Of the tag of its image: v20240813-c6f155d6. One of another form is as new as can be."""
    found = [re.search(r":v(\d{8})-", container.image or "") for container in _containers(workload)]
    return max((int(each[1]) for each in found if each), default=_KINDNET_ENFORCES)
