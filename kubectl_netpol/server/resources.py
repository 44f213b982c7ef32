"""Where does the API server keep objects of a kind?"""
from urllib.parse import quote

from kubectl_netpol.api import TIER_VERSIONS
from kubectl_netpol.api.callers import MONITORING_GROUP
from kubectl_netpol.api.engines import ENGINES, NAMED
from kubectl_netpol.api.entries import GATEWAY_GROUP, OPENSHIFT_GROUP
from kubectl_netpol.snapshot import Listing

_CORE, _APPS, _BATCH, _NETWORKING = "api/v1", "apis/apps/v1", "apis/batch/v1", "apis/networking.k8s.io/v1"
_WEBHOOKS, _MONITORING = "apis/admissionregistration.k8s.io/v1", f"apis/{MONITORING_GROUP}/v1"
_GATEWAY, _GATEWAY_BETA = f"apis/{GATEWAY_GROUP}/v1", f"apis/{GATEWAY_GROUP}/v1beta1"
_GATEWAY_ALPHAS = (f"apis/{GATEWAY_GROUP}/v1alpha3", f"apis/{GATEWAY_GROUP}/v1alpha2")

# the plural, and the versions of the API that may serve it, the best first
_RESOURCES: dict[str, tuple[str, ...]] = {
    "APIGroup": ("", "apis"),
    "Namespace": ("namespaces", _CORE), "Node": ("nodes", _CORE), "Pod": ("pods", _CORE), "Service": ("services", _CORE),
    "ReplicationController": ("replicationcontrollers", _CORE),
    "Deployment": ("deployments", _APPS), "StatefulSet": ("statefulsets", _APPS),
    "DaemonSet": ("daemonsets", _APPS), "ReplicaSet": ("replicasets", _APPS),
    "Job": ("jobs", _BATCH), "CronJob": ("cronjobs", _BATCH),
    "EndpointSlice": ("endpointslices", "apis/discovery.k8s.io/v1"),
    "NetworkPolicy": ("networkpolicies", _NETWORKING),
    "Ingress": ("ingresses", _NETWORKING), "IngressClass": ("ingressclasses", _NETWORKING),
    **{kind: (f"{kind[:-1].lower()}ies", f"apis/{version}") for kind, version in TIER_VERSIONS.items()},
    "MutatingWebhookConfiguration": ("mutatingwebhookconfigurations", _WEBHOOKS),
    "ValidatingWebhookConfiguration": ("validatingwebhookconfigurations", _WEBHOOKS),
    "APIService": ("apiservices", "apis/apiregistration.k8s.io/v1"),
    "CustomResourceDefinition": ("customresourcedefinitions", "apis/apiextensions.k8s.io/v1"),
    "ServiceMonitor": ("servicemonitors", _MONITORING), "PodMonitor": ("podmonitors", _MONITORING),
    "Route": ("routes", f"apis/{OPENSHIFT_GROUP}/v1"),
    "Gateway": ("gateways", _GATEWAY, _GATEWAY_BETA), "GatewayClass": ("gatewayclasses", _GATEWAY, _GATEWAY_BETA),
    "HTTPRoute": ("httproutes", _GATEWAY, _GATEWAY_BETA), "GRPCRoute": ("grpcroutes", _GATEWAY, _GATEWAY_ALPHAS[-1]),
    "ReferenceGrant": ("referencegrants", _GATEWAY, _GATEWAY_BETA),
    **{f"{kind}Route": (f"{kind.lower()}routes", _GATEWAY, *_GATEWAY_ALPHAS) for kind in ("TLS", "TCP", "UDP")},
    **{each.name: (each.plural, *(f"apis/{each.group}/{version}" for version in each.versions)) for each in ENGINES}}


def resource_of(kind: str) -> str:
    """The plural, as permissions name it; with the group where several groups have it."""
    _, _, group = kind.partition(".")
    return ".".join(filter(None, (_RESOURCES[kind][0] or "API groups", group)))


def versions_of(kind: str, groups: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The paths of the versions of the API that may serve it, the best first: of other engines any that the server has of the group."""
    known = _RESOURCES[kind][1:]
    if kind not in NAMED:
        return known
    served = {f"apis/{version}" for version in groups if version.partition("/")[0] == NAMED[kind].group}
    return (*(each for each in known if each in served), *sorted(served - {*known})) or known


def path_of(listing: Listing, version: str = "") -> str:
    """The path of a listing, or of the object that it names; labels and fields are the query's."""
    resource, *versions = _RESOURCES[listing.kind]
    within = f"/namespaces/{quote(listing.namespace)}" if listing.namespace else ""
    return f"/{version or versions[0]}{within}/{resource}".rstrip("/") + (f"/{quote(listing.name)}" if listing.name else "")
