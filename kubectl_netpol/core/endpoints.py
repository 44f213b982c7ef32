"""Which pods, on which of their ports, stand behind a Service port?

The one place where targetPort is resolved. For Services with a selector it is worked out from the pods, as the endpoint
controllers do (kubernetes/endpointslice utils.go FindPort); EndpointSlices are read for those without.
"""
from collections import defaultdict
from functools import cache

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import BOTH, Family, parse_address
from kubectl_netpol.core.classes import Cluster, bits, families_of, selected
from kubectl_netpol.core.ports import Protocol
from kubectl_netpol.core.selectors import Selector, selector_of_labels
from kubectl_netpol.core.targets import PortSpec
from kubectl_netpol.core.workloads import Pod

SERVICE_NAME = "kubernetes.io/service-name"


class Backend(Struct, frozen=True):
    """A pod port, and the pods of one class that serve on it; or an address that is no pod's."""

    port: int
    protocol: str
    place: int | None                                           # the class; None: the address is outside
    pods: tuple[Pod, ...] = ()
    address: int | None = None
    families: frozenset[Family] = BOTH                          # in which clients of the Service come


def spec_of(service: api.Service) -> api.ServiceSpec:
    return service.spec or api.ServiceSpec()


def is_headless(service: api.Service) -> bool:
    return spec_of(service).cluster_ip == "None"


def type_of(service: api.Service) -> str:
    """ClusterIP, Headless, NodePort, LoadBalancer or ExternalName."""
    kind = spec_of(service).type or "ClusterIP"
    return "Headless" if is_headless(service) and kind == "ClusterIP" else kind


def is_name_only(service: api.Service) -> bool:
    """An ExternalName is a name of DNS: what stands behind it is not known here."""
    return spec_of(service).type == "ExternalName"


def protocol_of(port: api.ServicePort) -> str:
    return port.protocol or Protocol.TCP.value


def target_of(port: api.ServicePort) -> int | str:
    """"If this is not specified, the value of the 'port' field is used (an identity map)": core/v1 ServicePort."""
    return port.target_port or port.port


def meets(spec: PortSpec, port: api.ServicePort) -> bool:
    """Whether a Service port is one that was asked for."""
    if spec.protocol not in (None, protocol_of(port)):
        return False
    return spec.first == port.name if isinstance(spec.first, str) else spec.first <= port.port <= (spec.last or spec.first)


def families_of_service(service: api.Service) -> frozenset[Family]:
    """ipFamilies, which live Services always have; else those of the ClusterIPs; else any."""
    spec = spec_of(service)
    if spec.ip_families:
        return _families_named(spec.ip_families)
    addresses = [address for address in (*(spec.cluster_ips or ()), spec.cluster_ip) if address and address != "None"]
    return frozenset(Family.IPV6 if ":" in address else Family.IPV4 for address in addresses) or BOTH


@cache
def _families_named(names: tuple[str, ...]) -> frozenset[Family]:
    return frozenset(family for family in Family if family.value in names)


def service_selector(service: api.Service) -> Selector | None:
    """None: the Service selects no pods, its endpoints are made by hand or not at all."""
    labels = spec_of(service).selector
    return selector_of_labels(labels) if labels and selects_pods(service) else None


def selects_pods(service: api.Service) -> bool:
    return bool(spec_of(service).selector) and not is_name_only(service)


def selected_by(service: api.Service, cluster: Cluster) -> int:
    """The pods that a Service selects, with those that are no endpoints."""
    labels, namespace = spec_of(service).selector, service.metadata.namespace or ""
    if not labels or is_name_only(service):
        return 0
    return cluster.once(("selected", namespace, tuple(labels.items())), lambda: cluster.shared(
        selected(selector_of_labels(labels), cluster.pods) & cluster.by_namespace.get(namespace, 0)))


def backends_of(service: api.Service, port: api.ServicePort, cluster: Cluster) -> tuple[Backend, ...]:
    """In order of the pod port, then of the pods. Headless Services are reached on the number that is dialled:
    "this field is ignored for services with clusterIP=None" (core/v1 ServicePort.targetPort)."""
    if not selects_pods(service):
        return _by_slices(service, port, cluster)
    return _of_pods(selected_by(service, cluster), protocol_of(port), _dialled_at(service, port), families_of_service(service), cluster)


def carried_to(service: api.Service, port: api.ServicePort, cluster: Cluster) -> tuple[Backend, ...]:
    """The same for who dials the endpoints of EndpointSlices, as controllers of Ingresses and Gateways do: targetPort is in these, though
    the Service be headless."""
    if not (selects_pods(service) and is_headless(service)):
        return backends_of(service, port, cluster)
    return _of_pods(selected_by(service, cluster), protocol_of(port), target_of(port), families_of_service(service), cluster)


def _dialled_at(service: api.Service, port: api.ServicePort) -> int | str:
    return port.port if is_headless(service) else target_of(port)


def backing_of(service: api.Service, port: api.ServicePort, cluster: Cluster) -> object:
    """A key: where it is equal, so are the backends. Thousands of Services may select the same pods."""
    if not selects_pods(service):
        return service.metadata.namespace, service.metadata.name, port.name, protocol_of(port)
    return id(selected_by(service, cluster)), _dialled_at(service, port), protocol_of(port), families_of_service(service)


def _of_pods(selected: int, protocol: str, target: int | str, dialled: frozenset[Family], cluster: Cluster) -> tuple[Backend, ...]:
    found = []
    for place in bits(selected):
        members = cluster.classes[place]
        pods = tuple([pod for pod in members if pod.replicas])
        number = target if isinstance(target, int) else _number_on(members[0], protocol, target)
        families = families_of(place, cluster) & dialled
        if pods and number is not None and families:
            found.append(Backend(number, protocol, place, pods, None, families))
    return tuple(sorted(found, key=lambda backend: (backend.port, backend.place)) if len(found) > 1 else found)


def pod_port(port: api.ServicePort, pod: Pod) -> int | None:
    """The number that targetPort means on a pod; None: it has no port of that name and protocol, so it is no endpoint of this port."""
    return _number_on(pod, protocol_of(port), target_of(port))


def _number_on(pod: Pod, protocol: str, target: int | str) -> int | None:
    if isinstance(target, int):
        return target
    name = protocol, target
    numbers = pod.ports.named.get(name) or pod.ports.of_sidecars.get(name)
    return numbers[0] if numbers else None


def _by_slices(service: api.Service, port: api.ServicePort, cluster: Cluster) -> tuple[Backend, ...]:
    """Endpoints made by hand: each address is a pod's, or outside."""
    name = service.metadata.namespace or "", service.metadata.name
    slices = cluster.once("slices", lambda: _slices(cluster)).get(name)
    if not slices or is_name_only(service):
        return ()
    pods, found = cluster.once("pods by address", lambda: _by_address(cluster)), {}
    for each in slices:
        number = next((own.port for own in each.ports or () if (own.name or "") == (port.name or "")
                       and (own.protocol or Protocol.TCP.value) == protocol_of(port) and own.port), None)
        for endpoint in (each.endpoints or ()) if number and each.address_type != "FQDN" else ():
            address = parse_address((endpoint.addresses or ("",))[0])
            place, pod = pods.get(address, (None, None))
            assert number is not None
            found[number, address] = Backend(number, protocol_of(port), place, (pod,) if pod else (), None if pod else address)
    return tuple(found[key] for key in sorted(found))


def _slices(cluster: Cluster) -> dict[tuple[str, str], list[api.EndpointSlice]]:
    """The slices of each Service, in order of their names."""
    found: dict[tuple[str, str], list[api.EndpointSlice]] = defaultdict(list)
    for (namespace, _), each in sorted(cluster.snapshot.endpoint_slices.items()):
        found[namespace, (each.metadata.labels or {}).get(SERVICE_NAME, "")].append(each)
    return found


def _by_address(cluster: Cluster) -> dict[int, tuple[int, Pod]]:
    return {
        address: (place, pod) for place, members in enumerate(cluster.classes)
        for pod in members for address in pod.addresses if not pod.host_network}


def published_at(service: api.Service, port: api.ServicePort) -> tuple[str, ...]:
    """Where clients outside may dial a port: addresses of load balancers, external addresses, else node ports."""
    spec, status = spec_of(service), service.status or api.ServiceStatus()
    kind = type_of(service)
    ingress = (status.load_balancer and status.load_balancer.ingress) or ()
    addresses = [each.ip or each.hostname for each in ingress] if kind == "LoadBalancer" else []
    if kind == "LoadBalancer" and not any(addresses):
        addresses = [spec.load_balancer_ip]
    found = [address for address in (*addresses, *(spec.external_ips or ())) if address]
    if not found and kind in ("NodePort", "LoadBalancer"):
        found = [f"node port {port.node_port}" if port.node_port else "load balancer" if kind == "LoadBalancer" else "node port"]
    return tuple(dict.fromkeys(found))
