"""Which fields do we read of the policies of other engines: of whom they select, and whether they may allow or only refuse?

Their rules are not judged here, so that few fields are enough. Selectors are kept as they are written: what is not understood of one
may select anybody. Sources: cilium/cilium pkg/policy/api/rule.go; projectcalico/calico api/pkg/apis/projectcalico/v3;
antrea-io/antrea pkg/apis/crd/v1beta1; istio/api security/v1; linkerd.io/2/reference/authorization-policy;
k8snetworkplumbingwg/multi-networkpolicy; aws/amazon-network-policy-controller-k8s config/crd/bases;
ovn-org/ovn-kubernetes egressfirewall/v1; docs.cloud.google.com fqdn-network-policies.
"""
from typing import Any

from msgspec import Struct, field

from kubectl_netpol.api.metadata import Metadata

Written = dict[str, Any]                                        # as it stands in the object
Rules = tuple[Written, ...]


class CiliumDefaultDeny(Struct, frozen=True):
    ingress: bool | None = None
    egress: bool | None = None


class CiliumRule(Struct, frozen=True, rename="camel"):
    """"EndpointSelector and NodeSelector cannot be both empty and are mutually exclusive"."""

    endpoint_selector: Written | None = None
    node_selector: Written | None = None
    ingress: Rules | None = None
    ingress_deny: Rules | None = None
    egress: Rules | None = None
    egress_deny: Rules | None = None
    enable_default_deny: CiliumDefaultDeny | None = None


class CiliumPolicy(Struct, frozen=True):
    """CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy."""

    metadata: Metadata
    spec: CiliumRule | None = None
    specs: tuple[CiliumRule, ...] | None = None


class CalicoRule(Struct, frozen=True):
    action: str = ""


class CalicoSpec(Struct, frozen=True, rename="camel"):
    """Selectors are expressions in Calico's own language; an empty one selects everything."""

    selector: str | None = None
    namespace_selector: str | None = None
    service_account_selector: str | None = None
    types: tuple[str, ...] | None = None
    ingress: tuple[CalicoRule, ...] | None = None
    egress: tuple[CalicoRule, ...] | None = None
    pre_dnat: bool | None = field(default=None, name="preDNAT")
    do_not_track: bool | None = None
    apply_on_forward: bool | None = None


class CalicoPolicy(Struct, frozen=True):
    """NetworkPolicy and GlobalNetworkPolicy."""

    metadata: Metadata
    spec: CalicoSpec | None = None


class AntreaRule(Struct, frozen=True, rename="camel"):
    action: str | None = None
    applied_to: Rules | None = None


class AntreaSpec(Struct, frozen=True, rename="camel"):
    """appliedTo stands in the spec, or in each of the rules."""

    applied_to: Rules | None = None
    ingress: tuple[AntreaRule, ...] | None = None
    egress: tuple[AntreaRule, ...] | None = None


class AntreaPolicy(Struct, frozen=True):
    """NetworkPolicy and ClusterNetworkPolicy."""

    metadata: Metadata
    spec: AntreaSpec | None = None


class IstioAuthorizationSpec(Struct, frozen=True, rename="camel"):
    selector: Written | None = None
    target_ref: Written | None = None
    target_refs: Rules | None = None
    action: str | None = None                                   # ALLOW, which is meant by none, DENY, AUDIT or CUSTOM


class IstioAuthorization(Struct, frozen=True):
    """AuthorizationPolicy of security.istio.io."""

    metadata: Metadata
    spec: IstioAuthorizationSpec | None = None


class MutualTLS(Struct, frozen=True):
    mode: str | None = None                                     # UNSET, DISABLE, PERMISSIVE or STRICT


class PeerAuthenticationSpec(Struct, frozen=True, rename="camel"):
    selector: Written | None = None
    mtls: MutualTLS | None = None
    port_level_mtls: dict[str, MutualTLS] | None = None


class PeerAuthentication(Struct, frozen=True):
    metadata: Metadata
    spec: PeerAuthenticationSpec | None = None


class LinkerdServerSpec(Struct, frozen=True, rename="camel"):
    pod_selector: Written | None = None
    access_policy: str | None = None                            # of what no authorization names; deny, which is meant by none


class LinkerdServer(Struct, frozen=True):
    metadata: Metadata
    spec: LinkerdServerSpec | None = None


class LinkerdTarget(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class LinkerdAuthorizationSpec(Struct, frozen=True, rename="camel"):
    target_ref: LinkerdTarget | None = None


class LinkerdAuthorization(Struct, frozen=True):
    """AuthorizationPolicy of policy.linkerd.io."""

    metadata: Metadata
    spec: LinkerdAuthorizationSpec | None = None


class PodPolicySpec(Struct, frozen=True, rename="camel"):
    pod_selector: Written | None = None
    policy_types: tuple[str, ...] | None = None
    ingress: Rules | None = None
    egress: Rules | None = None


class MultiNetworkPolicy(Struct, frozen=True):
    """A policy of the networks that its annotation k8s.v1.cni.cncf.io/policy-for names."""

    metadata: Metadata
    spec: PodPolicySpec | None = None


class ApplicationNetworkPolicy(Struct, frozen=True):
    """Of networking.k8s.aws: a NetworkPolicy whose peers may be names of domains."""

    metadata: Metadata
    spec: PodPolicySpec | None = None


class FQDNNetworkPolicy(Struct, frozen=True):
    """Of networking.gke.io: egress to names of domains."""

    metadata: Metadata
    spec: PodPolicySpec | None = None


class ActionRule(Struct, frozen=True):
    action: str = ""


class SubjectSpec(Struct, frozen=True):
    subject: Written | None = None
    ingress: tuple[ActionRule, ...] | None = None
    egress: tuple[ActionRule, ...] | None = None


class AWSClusterNetworkPolicy(Struct, frozen=True):
    """ClusterNetworkPolicy of networking.k8s.aws: that of policy.networking.k8s.io with names of domains."""

    metadata: Metadata
    spec: SubjectSpec | None = None


class FirewallRule(Struct, frozen=True):
    type: str = ""                                              # Allow or Deny


class FirewallSpec(Struct, frozen=True):
    egress: tuple[FirewallRule, ...] | None = None


class EgressFirewall(Struct, frozen=True):
    """"Traffic from a pod to an IP address outside the cluster will be checked against each EgressFirewallRule in the pod's
    namespace's EgressFirewall, in order. If no rule matches ... then the traffic will be allowed by default"."""

    metadata: Metadata
    spec: FirewallSpec | None = None


_SHARED = ("NetworkPolicy", "GlobalNetworkPolicy", "ClusterNetworkPolicy", "AuthorizationPolicy", "Server")


class Kind(Struct, frozen=True):
    """A kind of another engine. Of an API server any version of its group may serve it; those that are named here come first."""

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    type: Any
    is_clusterwide: bool = False

    @property
    def name(self) -> str:
        """In keys and listings: as kubectl tells kinds of one name apart."""
        return f"{self.kind}.{self.group}" if self.kind in _SHARED else self.kind


CILIUM, CALICO, CALICO_STORED, ANTREA = "cilium.io", "projectcalico.org", "crd.projectcalico.org", "crd.antrea.io"
ISTIO, LINKERD, MULTUS, AWS, OVN, GKE = (
    "security.istio.io", "policy.linkerd.io", "k8s.cni.cncf.io", "networking.k8s.aws", "k8s.ovn.org", "networking.gke.io")
ENGINES = (
    Kind(CILIUM, "CiliumNetworkPolicy", "ciliumnetworkpolicies", ("v2",), CiliumPolicy),
    Kind(CILIUM, "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", ("v2",), CiliumPolicy, True),
    Kind(CALICO, "NetworkPolicy", "networkpolicies", ("v3",), CalicoPolicy),
    Kind(CALICO, "GlobalNetworkPolicy", "globalnetworkpolicies", ("v3",), CalicoPolicy, True),
    Kind(CALICO_STORED, "NetworkPolicy", "networkpolicies", ("v1",), CalicoPolicy),
    Kind(CALICO_STORED, "GlobalNetworkPolicy", "globalnetworkpolicies", ("v1",), CalicoPolicy, True),
    Kind(ANTREA, "NetworkPolicy", "networkpolicies", ("v1beta1", "v1alpha1"), AntreaPolicy),
    Kind(ANTREA, "ClusterNetworkPolicy", "clusternetworkpolicies", ("v1beta1", "v1alpha1"), AntreaPolicy, True),
    Kind(ISTIO, "AuthorizationPolicy", "authorizationpolicies", ("v1", "v1beta1"), IstioAuthorization),
    Kind(ISTIO, "PeerAuthentication", "peerauthentications", ("v1", "v1beta1"), PeerAuthentication),
    Kind(LINKERD, "Server", "servers", ("v1beta3", "v1beta2", "v1beta1"), LinkerdServer),
    Kind(LINKERD, "AuthorizationPolicy", "authorizationpolicies", ("v1alpha1",), LinkerdAuthorization),
    Kind(MULTUS, "MultiNetworkPolicy", "multi-networkpolicies", ("v1beta2", "v1beta1"), MultiNetworkPolicy),
    Kind(AWS, "ApplicationNetworkPolicy", "applicationnetworkpolicies", ("v1alpha1",), ApplicationNetworkPolicy),
    Kind(AWS, "ClusterNetworkPolicy", "clusternetworkpolicies", ("v1alpha1",), AWSClusterNetworkPolicy, True),
    Kind(OVN, "EgressFirewall", "egressfirewalls", ("v1",), EgressFirewall),
    Kind(GKE, "FQDNNetworkPolicy", "fqdnnetworkpolicies", ("v1alpha1",), FQDNNetworkPolicy))
NAMED = {each.name: each for each in ENGINES}
KINDS: dict[tuple[str, str], Any] = {(each.group, each.kind): each.type for each in ENGINES}
_NAMES = {(each.group, each.kind): each.name for each in ENGINES}


def name_of(group: str, kind: str) -> str:
    """How objects are named in keys and listings: by their kind, with the group where several groups have it."""
    return _NAMES.get((group, kind), kind)
