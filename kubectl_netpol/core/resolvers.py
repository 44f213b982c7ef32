"""Who resolves names for pods, and where do these ask?

The Service of the cluster's DNS, on its pods' own ports: those of OpenShift listen on 5353. With NodeLocal DNSCache its link-local
address too (kubernetes.io docs, nodelocaldns; GKE docs, which want a rule for it). Pods with dnsPolicy None ask what their dnsConfig names
(kubernetes.io docs, dns-pod-service).
"""
from collections.abc import Iterator

from kubectl_netpol import api
from kubectl_netpol.core.classes import Cluster, bits
from kubectl_netpol.core.endpoints import Backend, backends_of, protocol_of, service_selector, spec_of
from kubectl_netpol.core.ports import PortRange, Protocol
from kubectl_netpol.snapshot import Key, Snapshot

DNS = PortRange(Protocol.UDP.value, 53, 53)
RESOLVERS = (("kube-system", "kube-dns"), ("openshift-dns", "dns-default"), ("kube-system", "coredns"))
RESOLVER_LABEL = ("k8s-app", "kube-dns")
LOCAL_CACHE = ("DaemonSet", "kube-system", "node-local-dns")
LOCAL_ADDRESS = "169.254.20.10"                                 # where the cache listens, unless it is told another one


def resolvers_of(cluster: Cluster) -> list[tuple[Key, Backend]]:
    """The Services of the cluster's DNS, each with the pods and the port of its UDP port 53."""
    key, value = RESOLVER_LABEL
    return [
        (Key("Service", *name), backend) for name, service in sorted(cluster.snapshot.services.items())
        if name in RESOLVERS or (service.metadata.labels or {}).get(key) == value
        for backend in _behind(service, cluster)]


def _behind(service: api.Service, cluster: Cluster) -> Iterator[Backend]:
    for port in spec_of(service).ports or ():
        if (protocol_of(port), port.port) == (DNS.protocol, DNS.first):
            yield from (backend for backend in backends_of(service, port, cluster) if backend.place is not None)


def resolver_service(snapshot: Snapshot) -> api.Service | None:
    """The Service of the cluster's DNS, if policies can be written for its pods."""
    found = (snapshot.services.get(name) for name in RESOLVERS)
    return next((service for service in found if service and service_selector(service) is not None
                 and any(port.port == DNS.first for port in spec_of(service).ports or ())), None)


def backends_at(service: Key, cluster: Cluster) -> list[Backend]:
    """The pods behind the UDP port 53 of a Service."""
    return list(_behind(cluster.snapshot.services[service.namespace, service.name], cluster))


def has_local_cache(snapshot: Snapshot) -> bool:
    return LOCAL_CACHE in snapshot.workloads


def nameservers_of(pods: int, cluster: Cluster) -> tuple[str, ...]:
    """What some pods ask in place of the cluster's DNS, as far as it is known."""
    found = (address for place in bits(pods & cluster.own_dns) for address in cluster.classes[place][0].nameservers or ())
    return tuple(dict.fromkeys(found))


def service_at(address: str, snapshot: Snapshot) -> Key | None:
    """The Service with a ClusterIP."""
    return next((Key("Service", *name) for name, service in sorted(snapshot.services.items())
                 if address in (spec_of(service).cluster_ip, *(spec_of(service).cluster_ips or ()))), None)

