"""Where does the API server keep objects of a kind?"""
from urllib.parse import quote

from kubectl_netpol.api import TIER_VERSIONS
from kubectl_netpol.snapshot import Listing

_CORE, _APPS, _BATCH, _NETWORKING = "api/v1", "apis/apps/v1", "apis/batch/v1", "apis/networking.k8s.io/v1"
_GATEWAY, _GATEWAY_ALPHA = "apis/gateway.networking.k8s.io/v1", "apis/gateway.networking.k8s.io/v1alpha2"

_RESOURCES = {
    "APIGroup": ("apis", ""),
    "Namespace": (_CORE, "namespaces"), "Node": (_CORE, "nodes"), "Pod": (_CORE, "pods"), "Service": (_CORE, "services"),
    "ReplicationController": (_CORE, "replicationcontrollers"),
    "Deployment": (_APPS, "deployments"), "StatefulSet": (_APPS, "statefulsets"),
    "DaemonSet": (_APPS, "daemonsets"), "ReplicaSet": (_APPS, "replicasets"),
    "Job": (_BATCH, "jobs"), "CronJob": (_BATCH, "cronjobs"),
    "EndpointSlice": ("apis/discovery.k8s.io/v1", "endpointslices"),
    "NetworkPolicy": (_NETWORKING, "networkpolicies"), "Ingress": (_NETWORKING, "ingresses"),
    **{kind: (f"apis/{version}", f"{kind[:-1].lower()}ies") for kind, version in TIER_VERSIONS.items()},
    "Route": ("apis/route.openshift.io/v1", "routes"),
    "HTTPRoute": (_GATEWAY, "httproutes"), "GRPCRoute": (_GATEWAY, "grpcroutes"),
    "TLSRoute": (_GATEWAY_ALPHA, "tlsroutes"), "TCPRoute": (_GATEWAY_ALPHA, "tcproutes"), "UDPRoute": (_GATEWAY_ALPHA, "udproutes")}


def resource_of(kind: str) -> str:
    """The plural, as permissions name it."""
    return _RESOURCES[kind][1] or "API groups"


def path_of(listing: Listing) -> str:
    """The path of a listing, or of the object that it names; labels and fields are the query's."""
    group, resource = _RESOURCES[listing.kind]
    within = f"/namespaces/{quote(listing.namespace)}" if listing.namespace else ""
    return f"/{group}{within}/{resource}".rstrip("/") + (f"/{quote(listing.name)}" if listing.name else "")
