"""What do network plugins do that the API does not promise of every one of them?

Each row differs from GENERIC in what is named there, and says where that comes from; docs/plugins.md shows the same table.
"""
from enum import Enum

from msgspec import Struct


class OwnService(Enum):
    """What becomes of a pod that dials its own Service and is sent back to itself."""

    NOT_KNOWN = "not known"
    AS_ANOTHER = "as from another pod"
    LET_IN = "always let in"


class Refusal(Enum):
    """What a client sees of a connection that policies refuse."""

    NOT_KNOWN = "not known"
    TIMEOUT = "time-out"
    REFUSED = "refused at once"


class Profile(Struct, frozen=True, kw_only=True):
    """Three answers are possible to what the API leaves open: True, False, and None where nobody can tell."""

    name: str                                                   # of --cni
    title: str                                                  # as its makers call it
    enforces: bool = True
    polices_egress: bool = True
    polices_hosts: bool | None = None                           # whether policies isolate pods on the host network
    selects_hosts: bool | None = None                           # whether selectors of peers match them
    blocks_hold_pods: bool = True                               # whether an ipBlock matches the addresses of pods
    heeds_admin_policies: bool = True                           # AdminNetworkPolicy and BaselineAdminNetworkPolicy
    heeds_cluster_policies: bool | None = True                  # ClusterNetworkPolicy of policy.networking.k8s.io
    heeds_except: bool = True                                   # else a block with except matches nothing at all
    knows_sidecars: bool = False                                # whether names of ports are looked up in init containers too
    isolates_bare_pods: bool | None = True                      # those that nothing made: no owner
    sees_services: bool = False                                 # egress is judged before the Service has rewritten the address
    own_service: OwnService = OwnService.NOT_KNOWN
    refusal: Refusal = Refusal.NOT_KNOWN
    sources: tuple[str, ...] = ()


GENERIC = Profile(
    name="generic", title="what the API promises of every plugin", sources=("the API and the conformance tests of Kubernetes",))

_NO_TIERS = "network-policy-api.sigs.k8s.io, implementations: not among those of its policies"
_AS_NODE = "pods on the host network are left out of groups: "
_CILIUM = "docs.cilium.io, security/policy/host: host policies are a kind of their own; network/kubernetes/policy: CIDR rules do not " \
    "apply to pods, and to nodes only with policy-cidr-match-mode"
_CILIUM_TIERS = "cilium/cilium#23380 and #47227: ClusterNetworkPolicy from 1.20 on, and only with enable-k8s-cluster-network-policy"

_ROWS = (
    GENERIC,
    Profile(
        name="none", title="no plugin that enforces: flannel alone, kindnet before kind v0.24", enforces=False,
        sources=("kubernetes.io, network policies: without a controller that implements it a NetworkPolicy has no effect",)),
    Profile(
        name="antrea", title="Antrea", polices_hosts=False, selects_hosts=False, own_service=OwnService.LET_IN, refusal=Refusal.TIMEOUT,
        sources=(_AS_NODE + "antrea-io/antrea#2093 and #3080", "#5687: what comes back from the own Service is let in",
                 "#6483: clients time out")),
    Profile(
        name="aws", title="AWS VPC CNI with its network policy agent", polices_hosts=False, selects_hosts=True, sees_services=True,
        isolates_bare_pods=None, heeds_admin_policies=False, heeds_cluster_policies=False,
        sources=("docs.aws.amazon.com, EKS user guide, network policies: none for standalone pods without ownerReferences",
                 "aws/amazon-network-policy-controller-k8s pkg/resolvers/endpoints.go",
                 "its ClusterNetworkPolicy is one of networking.k8s.aws")),
    Profile(
        name="azure-cilium", title="Azure CNI powered by Cilium", polices_hosts=False, selects_hosts=False, blocks_hold_pods=False,
        heeds_admin_policies=False, heeds_cluster_policies=None, refusal=Refusal.TIMEOUT,
        sources=("MicrosoftDocs, azure-cni-powered-by-cilium: ipBlock cannot allow access to node or pod IPs", "as cilium")),
    Profile(
        name="azure-npm", title="Azure Network Policy Manager", polices_hosts=False, selects_hosts=False,
        heeds_admin_policies=False, heeds_cluster_policies=False, refusal=Refusal.TIMEOUT,
        sources=(_AS_NODE + "Azure/azure-container-networking npm, isHostNetworkPod", "its chains end in DROP", _NO_TIERS)),
    Profile(
        name="calico", title="Calico, Canal", polices_hosts=False, selects_hosts=False, knows_sidecars=True, refusal=Refusal.TIMEOUT,
        sources=("projectcalico/felix#1361 and calico#4667: pods on the host network are no workload endpoints",
                 "calico#8885: names of ports of init containers, from v3.29 on",
                 'FelixConfiguration: iptablesFilterDenyAction is "Drop" by default')),
    Profile(
        name="cilium", title="Cilium", polices_hosts=False, selects_hosts=False, blocks_hold_pods=False,
        heeds_admin_policies=False, heeds_cluster_policies=None, refusal=Refusal.TIMEOUT,
        sources=(_CILIUM, 'policy-deny-response is "none" by default', _CILIUM_TIERS)),
    Profile(
        name="gke", title="GKE Dataplane V2", polices_hosts=False, selects_hosts=False, blocks_hold_pods=False,
        heeds_admin_policies=False, heeds_cluster_policies=None, refusal=Refusal.TIMEOUT,
        sources=("docs.cloud.google.com, GKE Dataplane V2 is implemented using Cilium", "as cilium")),
    Profile(
        name="kube-network-policies", title="kube-network-policies, kindnet from kind v0.24 on", polices_hosts=False, selects_hosts=False,
        own_service=OwnService.AS_ANOTHER, refusal=Refusal.TIMEOUT,
        sources=("measured with packets", "kubernetes-sigs/kube-network-policies pkg/podinfo", "kubernetes-sigs/kind#3612")),
    Profile(
        name="kube-router", title="kube-router, k3s", polices_hosts=False, selects_hosts=False,
        heeds_admin_policies=False, heeds_cluster_policies=False, refusal=Refusal.REFUSED,
        sources=("cloudnativelabs/kube-router pkg/controllers/netpol, isNetPolActionable", "its chains of pods end in REJECT", _NO_TIERS)),
    Profile(
        name="openshift-sdn", title="OpenShift SDN of 4.10 and later", polices_hosts=False,
        heeds_admin_policies=False, heeds_cluster_policies=False,
        sources=("docs.redhat.com, about network policy: pods with host networking are unaffected",
                 "openshift/sdn#372, openshift-docs#39799: egress and except from 4.10 on", _NO_TIERS)),
    Profile(
        name="openshift-sdn-4.9", title="OpenShift SDN before 4.10", polices_egress=False, polices_hosts=False, heeds_except=False,
        heeds_admin_policies=False, heeds_cluster_policies=False,
        sources=("docs.redhat.com 4.5 to 4.9, about network policy: no egress, and an ipBlock with except is ignored as a whole",
                 _NO_TIERS)),
    Profile(
        name="ovn-kubernetes", title="OVN-Kubernetes, OpenShift", polices_hosts=False, refusal=Refusal.TIMEOUT,
        sources=("docs.redhat.com 4.17 to 4.21, about network policy: pods with host networking are unaffected",
                 "ovn-kubernetes: the ACL of the default deny is a drop")),
    Profile(
        name="weave", title="Weave Net", polices_hosts=False, selects_hosts=False,
        heeds_admin_policies=False, heeds_cluster_policies=False, refusal=Refusal.TIMEOUT,
        sources=("weaveworks/weave npc, hasIP", "its chains end in DROP", _NO_TIERS)),
)
PROFILES = {profile.name: profile for profile in _ROWS}
ALIASES = {"flannel": "none", "canal": "calico", "kindnet": "kube-network-policies", "k3s": "kube-router"}     # which others go by
