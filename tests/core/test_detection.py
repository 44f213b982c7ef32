"""Is the network plugin of a cluster found, and only where the evidence is clear?"""
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_netpol.core.detection import detected
from kubectl_netpol.core.profiles import PROFILES
from kubectl_netpol.snapshot import Listing, Snapshot
from tests.e2e_cases import Document, manifest
from tests.snapshots import snapshot

K3S = frozenset({"apps/v1", "k3s.cattle.io/v1"})


def agent(name: str, namespace: str = "kube-system", *args: str, image: str = "x") -> Document:
    container: dict[str, Any] = {"name": "agent", "image": image, "args": list(args)}
    return manifest("apps/v1", "DaemonSet", namespace, name, spec={
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"hostNetwork": True, "containers": [container]}}})


AWS = agent("aws-node", "kube-system", "--enable-ipv6=false", "--enable-network-policy=true")
AWS_OFF = agent("aws-node", "kube-system", "--enable-network-policy=false")
FLANNEL, CALICO, CILIUM = agent("kube-flannel-ds", "kube-flannel"), agent("calico-node", "calico-system"), agent("cilium")
OLD_KINDNET = agent("kindnet", image="docker.io/kindest/kindnetd:v20240513-cd2ac642")
NEW_KINDNET = agent("kindnet", image="docker.io/kindest/kindnetd:v20250214-acbabc1a")


@pytest.mark.parametrize(("documents", "groups", "name", "reason", "objects"), [
    ([CILIUM], (), "cilium", "runs", ["cilium"]),
    ([CALICO], (), "calico", "runs", ["calico-node"]),
    ([agent("canal")], (), "calico", "runs", ["canal"]),
    ([agent("rke2-canal")], K3S, "calico", "runs", ["rke2-canal"]),
    ([agent("antrea-agent")], (), "antrea", "runs", ["antrea-agent"]),
    ([agent("anetd")], (), "gke", "runs", ["anetd"]),
    ([agent("ovnkube-node", "openshift-ovn-kubernetes")], (), "ovn-kubernetes", "runs", ["ovnkube-node"]),
    ([agent("sdn", "openshift-sdn")], (), "openshift-sdn", "runs", ["sdn"]),
    ([agent("sdn", "elsewhere")], (), "generic", "nothing", []),
    ([agent("kube-router")], (), "kube-router", "runs", ["kube-router"]),
    ([agent("weave-net")], (), "weave", "runs", ["weave-net"]),
    ([agent("azure-npm")], (), "azure-npm", "runs", ["azure-npm"]),
    ([CILIUM, agent("azure-cns")], (), "azure-cilium", "runs", ["cilium"]),
    ([agent("azure-cns")], (), "generic", "nothing", []),
    ([agent("kube-network-policies")], (), "kube-network-policies", "runs", ["kube-network-policies"]),
    ([NEW_KINDNET], (), "kube-network-policies", "runs", ["kindnet"]),
    ([agent("kindnet", image="mine/kindnet:latest")], (), "kube-network-policies", "runs", ["kindnet"]),
    ([OLD_KINDNET], (), "none", "alone", ["kindnet"]),
    ([OLD_KINDNET, CALICO], (), "calico", "runs", ["calico-node"]),
    ([AWS], (), "aws", "runs", ["aws-node"]),
    ([agent("aws-node", "kube-system", "--enable-network-policy")], (), "aws", "runs", ["aws-node"]),
    ([AWS_OFF], (), "none", "alone", ["aws-node"]),
    ([AWS_OFF, CALICO], (), "calico", "runs", ["calico-node"]),
    ([FLANNEL], (), "none", "alone", ["kube-flannel-ds"]),
    ([FLANNEL, CALICO], (), "calico", "runs", ["calico-node"]),
    ([], K3S, "kube-router", "k3s", []),
    ([CILIUM], K3S, "cilium", "runs", ["cilium"]),
    ([FLANNEL], K3S, "kube-router", "k3s", []),
    ([AWS, CALICO], (), "generic", "several", ["aws-node", "calico-node"]),
    ([CILIUM, CALICO], (), "generic", "several", ["calico-node", "cilium"]),
    ([], ("cilium.io/v2", "crd.projectcalico.org/v1"), "generic", "nothing", []),
    ([manifest("apps/v1", "Deployment", "kube-system", "cilium")], (), "generic", "nothing", [])])
def test_the_plugin_is_told_by_what_runs(
        documents: list[Document], groups: Any, name: str, reason: str, objects: list[str]) -> None:
    found = detected(replace(snapshot(*documents), groups=frozenset(groups)))
    assert (found.name, found.reason, [each.name for each in found.objects]) == (name, reason, objects)
    assert found.name in PROFILES


def test_what_may_not_be_read_is_no_evidence() -> None:
    hidden = Snapshot(read=frozenset(), gaps={Listing("DaemonSet"): "forbidden"}, groups=K3S)
    assert (detected(hidden).name, detected(hidden).reason) == ("generic", "unread")
