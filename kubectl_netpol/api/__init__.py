"""Which fields of the Kubernetes API do we read, and what do absent ones mean?

Go sends null for empty lists and maps, so each of them is `T | None` here; a function of this module settles None.
The Structs of NetworkPolicy are complete and refuse unknown fields; those of other kinds hold what we read.
Sources: kubernetes/api core/v1, apps/v1, batch/v1, discovery/v1 and networking/v1 types.go;
kubernetes-sigs/network-policy-api apis/v1alpha1 and apis/v1alpha2.
"""
from typing import Any

from msgspec import Struct, field

from kubectl_netpol.api import callers, engines, entries
from kubectl_netpol.api.metadata import LabelSelector as LabelSelector
from kubectl_netpol.api.metadata import LabelSelectorRequirement as LabelSelectorRequirement
from kubectl_netpol.api.metadata import Metadata as Metadata
from kubectl_netpol.api.metadata import OwnerReference as OwnerReference

# ---- core/v1


class Namespace(Struct, frozen=True, rename="camel"):
    metadata: Metadata


class NodeAddress(Struct, frozen=True):
    type: str
    address: str


class NodeStatus(Struct, frozen=True):
    addresses: tuple[NodeAddress, ...] | None = None


class Node(Struct, frozen=True):
    metadata: Metadata
    status: NodeStatus | None = None


class ContainerPort(Struct, frozen=True, rename="camel", omit_defaults=True):
    container_port: int
    name: str | None = None
    protocol: str | None = None
    host_port: int | None = None


class Container(Struct, frozen=True, rename="camel", omit_defaults=True):
    ports: tuple[ContainerPort, ...] | None = None
    restart_policy: str | None = None


class PodDNSConfig(Struct, frozen=True, omit_defaults=True):
    nameservers: tuple[str, ...] | None = None


class PodSpec(Struct, frozen=True, rename="camel", omit_defaults=True):
    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    host_network: bool | None = None
    node_name: str | None = None
    dns_policy: str | None = None
    dns_config: PodDNSConfig | None = None


class PodIP(Struct, frozen=True, omit_defaults=True):
    ip: str | None = None


class Condition(Struct, frozen=True):
    type: str
    status: str


class PodStatus(Struct, frozen=True, rename="camel", omit_defaults=True):
    phase: str | None = None
    pod_ip: str | None = field(default=None, name="podIP")
    pod_ips: tuple[PodIP, ...] | None = field(default=None, name="podIPs")
    host_ip: str | None = field(default=None, name="hostIP")
    conditions: tuple[Condition, ...] | None = None


class Pod(Struct, frozen=True, rename="camel", omit_defaults=True):
    metadata: Metadata
    spec: PodSpec | None = None
    status: PodStatus | None = None


class ServicePort(Struct, frozen=True, rename="camel"):
    port: int
    name: str | None = None
    protocol: str | None = None
    target_port: int | str | None = None
    node_port: int | None = None


class ServiceSpec(Struct, frozen=True, rename="camel"):
    type: str | None = None
    selector: dict[str, str] | None = None
    ports: tuple[ServicePort, ...] | None = None
    cluster_ip: str | None = field(default=None, name="clusterIP")
    cluster_ips: tuple[str, ...] | None = field(default=None, name="clusterIPs")
    external_ips: tuple[str, ...] | None = field(default=None, name="externalIPs")
    external_name: str | None = None
    external_traffic_policy: str | None = None
    internal_traffic_policy: str | None = None
    ip_families: tuple[str, ...] | None = None
    load_balancer_ip: str | None = field(default=None, name="loadBalancerIP")
    load_balancer_source_ranges: tuple[str, ...] | None = None
    publish_not_ready_addresses: bool | None = None


class LoadBalancerIngress(Struct, frozen=True, rename="camel"):
    ip: str | None = None
    hostname: str | None = None
    ip_mode: str | None = None                                  # VIP, which is meant by none, or Proxy


class LoadBalancerStatus(Struct, frozen=True):
    ingress: tuple[LoadBalancerIngress, ...] | None = None


class ServiceStatus(Struct, frozen=True, rename="camel"):
    load_balancer: LoadBalancerStatus | None = None


class Service(Struct, frozen=True, rename="camel"):
    metadata: Metadata
    spec: ServiceSpec | None = None
    status: ServiceStatus | None = None


# ---- workloads: everything that holds a pod template


class TemplateContainer(Container, frozen=True):
    """What tells of the program that runs: read of templates only, of which there are far fewer than pods."""

    image: str | None = None
    args: tuple[str, ...] | None = None


class TemplateSpec(PodSpec, frozen=True):
    containers: tuple[TemplateContainer, ...] | None = None


class PodTemplateSpec(Struct, frozen=True):
    metadata: Metadata | None = None
    spec: TemplateSpec | None = None


class WorkloadStatus(Struct, frozen=True, rename="camel"):
    completion_time: str | None = None


class WorkloadSpec(Struct, frozen=True, rename="camel"):
    """Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController and Job."""

    template: PodTemplateSpec | None = None
    replicas: int | None = None
    selector: dict[str, Any] | None = None                      # a LabelSelector; of a ReplicationController labels


class Workload(Struct, frozen=True, rename="camel"):
    metadata: Metadata
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


class JobTemplateSpec(Struct, frozen=True):
    spec: WorkloadSpec | None = None


class CronJobSpec(Struct, frozen=True, rename="camel"):
    job_template: JobTemplateSpec | None = None


class CronJob(Struct, frozen=True):
    metadata: Metadata
    spec: CronJobSpec | None = None


# ---- discovery/v1


class EndpointConditions(Struct, frozen=True):
    ready: bool | None = None


class ObjectReference(Struct, frozen=True):
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None


class Endpoint(Struct, frozen=True, rename="camel"):
    addresses: tuple[str, ...] | None = None
    conditions: EndpointConditions | None = None
    target_ref: ObjectReference | None = None


class EndpointPort(Struct, frozen=True):
    name: str | None = None
    port: int | None = None
    protocol: str | None = None


class EndpointSlice(Struct, frozen=True, rename="camel"):
    metadata: Metadata
    address_type: str | None = None
    endpoints: tuple[Endpoint, ...] | None = None
    ports: tuple[EndpointPort, ...] | None = None


# ---- networking/v1 NetworkPolicy: complete, unknown fields refused


class IPBlock(Struct, frozen=True, rename={"excepts": "except"}, forbid_unknown_fields=True, omit_defaults=True):
    cidr: str
    excepts: tuple[str, ...] | None = None


class Peer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """NetworkPolicyPeer: either a block of addresses, or pods by their labels and their namespaces' labels."""

    ip_block: IPBlock | None = None
    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None


class PolicyPort(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """NetworkPolicyPort: no protocol means TCP, no port means every port of the protocol."""

    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


class IngressRule(Struct, frozen=True, rename={"peers": "from"}, forbid_unknown_fields=True, omit_defaults=True):
    """NetworkPolicyIngressRule: empty or missing `from` and `ports` match everything."""

    peers: tuple[Peer, ...] | None = None
    ports: tuple[PolicyPort, ...] | None = None


class EgressRule(Struct, frozen=True, rename={"peers": "to"}, forbid_unknown_fields=True, omit_defaults=True):
    """NetworkPolicyEgressRule: empty or missing `to` and `ports` match everything."""

    peers: tuple[Peer, ...] | None = None
    ports: tuple[PolicyPort, ...] | None = None


class NetworkPolicySpec(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    pod_selector: LabelSelector | None = None
    policy_types: tuple[str, ...] | None = None
    ingress: tuple[IngressRule, ...] | None = None
    egress: tuple[EgressRule, ...] | None = None


class PolicyMetadata(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """ObjectMeta, all of it: a corrected policy is printed with what it had."""

    name: str = ""
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    generate_name: str | None = None
    self_link: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    owner_references: tuple[dict[str, Any], ...] | None = None
    finalizers: tuple[str, ...] | None = None
    managed_fields: tuple[dict[str, Any], ...] | None = None


class NetworkPolicy(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    metadata: PolicyMetadata
    api_version: str = ""
    kind: str = ""
    spec: NetworkPolicySpec | None = None
    status: dict[str, Any] | None = None


# ---- policy.networking.k8s.io: v1alpha1 AdminNetworkPolicy and BaselineAdminNetworkPolicy, v1alpha2 ClusterNetworkPolicy


class NamespacedPod(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An empty selector selects all."""

    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None


class TierSubject(Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of them."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None


class TierPeer(Struct, frozen=True, rename="camel"):
    """Exactly one of them. A field that is not known here is one of another version of the API, so that none is left:
    "it should fail closed" (ClusterNetworkPolicyIngressPeer)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None
    nodes: LabelSelector | None = None                          # these three of egress only
    networks: tuple[str, ...] | None = None
    domain_names: tuple[str, ...] | None = None


class TierPortNumber(Struct, frozen=True, forbid_unknown_fields=True):
    port: int
    protocol: str | None = None


class TierPortRange(Struct, frozen=True, forbid_unknown_fields=True):
    start: int
    end: int
    protocol: str | None = None


class TierPort(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """AdminNetworkPolicyPort of v1alpha1: exactly one of them. A name is that of a container's port with any protocol."""

    port_number: TierPortNumber | None = None
    port_range: TierPortRange | None = None
    named_port: str | None = None


class TierNumbers(Struct, frozen=True, forbid_unknown_fields=True):
    number: int | None = None
    range: TierPortRange | None = None


class TierDestination(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    destination_port: TierNumbers | None = None


class TierProtocol(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """ClusterNetworkPolicyProtocol of v1alpha2: exactly one of them."""

    tcp: TierDestination | None = None
    udp: TierDestination | None = None
    sctp: TierDestination | None = None
    destination_named_port: str | None = None


class TierIngressRule(Struct, frozen=True, rename={"peers": "from"}, forbid_unknown_fields=True):
    action: str
    peers: tuple[TierPeer, ...]
    name: str | None = None
    ports: tuple[TierPort, ...] | None = None                   # of v1alpha1
    protocols: tuple[TierProtocol, ...] | None = None           # of v1alpha2


class TierEgressRule(Struct, frozen=True, rename={"peers": "to"}, forbid_unknown_fields=True):
    action: str
    peers: tuple[TierPeer, ...]
    name: str | None = None
    ports: tuple[TierPort, ...] | None = None
    protocols: tuple[TierProtocol, ...] | None = None


class TierSpec(Struct, frozen=True, forbid_unknown_fields=True):
    subject: TierSubject
    tier: str | None = None                                     # of v1alpha2; those of v1alpha1 have a kind for each tier
    priority: int | None = None                                 # a BaselineAdminNetworkPolicy is the only one, and has none
    ingress: tuple[TierIngressRule, ...] | None = None
    egress: tuple[TierEgressRule, ...] | None = None


class TierPolicy(Struct, frozen=True):
    """What administrators say for all namespaces, before and after the NetworkPolicies."""

    metadata: Metadata
    spec: TierSpec


TIER_VERSIONS = {
    "AdminNetworkPolicy": "policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy": "policy.networking.k8s.io/v1alpha1",
    "ClusterNetworkPolicy": "policy.networking.k8s.io/v1alpha2"}
TIER_KINDS = tuple(TIER_VERSIONS)

# kinds that are kept by their keys alone, as few questions are about them
BESIDE: dict[tuple[str, str], Any] = {**entries.KINDS, **engines.KINDS, **callers.KINDS}
BESIDE_NAMES: dict[str, Any] = {engines.name_of(*kind): own for kind, own in BESIDE.items()}     # as keys and listings have them

# The group matters: Calico has a NetworkPolicy and Knative a Service of their own.
KINDS: dict[tuple[str, str], Any] = {
    ("", "Namespace"): Namespace, ("", "Node"): Node, ("", "Pod"): Pod, ("", "Service"): Service,
    ("", "ReplicationController"): Workload,
    ("apps", "Deployment"): Workload, ("apps", "StatefulSet"): Workload,
    ("apps", "DaemonSet"): Workload, ("apps", "ReplicaSet"): Workload,
    ("batch", "Job"): Workload, ("batch", "CronJob"): CronJob,
    ("discovery.k8s.io", "EndpointSlice"): EndpointSlice,
    ("networking.k8s.io", "NetworkPolicy"): NetworkPolicy,
    **{("policy.networking.k8s.io", kind): TierPolicy for kind in TIER_KINDS},
    **BESIDE,
}
CLUSTER_SCOPED = frozenset({"Namespace", "Node", "IngressClass", "GatewayClass", *callers.OF_API_SERVER, *TIER_KINDS,
                            *(each.name for each in engines.ENGINES if each.is_clusterwide)})
