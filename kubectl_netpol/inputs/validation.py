"""What would the API server refuse? In its own words, so that a check here and an apply there say the same.

Source: pkg/apis/{core,networking}/validation/validation.go and apimachinery's util/validation of Kubernetes 1.36.
tests/live/test_oracle_refusals.py asks an API server the same of random objects, and lists what is left to it.
"""
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from kubectl_netpol import api
from kubectl_netpol.api.callers import PodMonitor, ServiceMonitor
from kubectl_netpol.api.entries import Gateway
from kubectl_netpol.core.addresses import parse_cidr
from kubectl_netpol.core.ports import LAST_PORT, PROTOCOLS, Protocol
from kubectl_netpol.inputs.fields import (
    LABEL,
    NAME_SAID,
    RANGE,
    SUBDOMAIN,
    Problem,
    duplicate,
    invalid,
    is_address,
    is_cidr,
    of_address,
    of_annotation,
    of_cidr,
    of_dns_label,
    of_label,
    of_labels,
    of_namespace,
    of_number,
    of_port_name,
    of_protocol,
    of_selector,
    unsupported,
)
from kubectl_netpol.inputs.tiers import problems_of_tier

_IN_LABEL_NAMES = ("Service", "Namespace")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PUBLISHED = ("NodePort", "LoadBalancer")
_TRAFFIC = ("Cluster", "Local")
_RESTARTS = ("Always", "Never", "OnFailure")


def problems_of(kind: str, found: object) -> Iterator[Problem]:
    """Of an object of api, in the order of its fields."""
    match found:
        case api.NetworkPolicy(): yield from _of_policy(found)
        case api.Service(): yield from _of_service(found)
        case api.Pod(): yield from _of_pod(found)
        case api.Workload(): yield from _of_workload(found.spec, "spec")
        case api.CronJob():
            template = found.spec.job_template if found.spec else None
            yield from _of_workload(template.spec if template else None, "spec.jobTemplate.spec")
        case api.EndpointSlice(): yield from _of_slice(found)
        case api.TierPolicy(): yield from problems_of_tier(kind, found)
        case Gateway(): yield from _of_gateway(found)
        case ServiceMonitor(spec=spec) | PodMonitor(spec=spec): yield from of_selector(spec.selector, "spec.selector")


def problems_of_name(kind: str, metadata: api.Metadata | api.PolicyMetadata) -> Iterator[Problem]:
    """Of what every object has; this comes before anything else is looked at."""
    if not metadata.name:
        yield "metadata.name", "Required value: name or generateName is required"
    elif kind in _IN_LABEL_NAMES:
        yield from of_dns_label(metadata.name, "metadata.name")
    elif kind == "APIService":                                  # the core group has no name: v1.
        pass
    elif len(metadata.name) > 253 or not SUBDOMAIN.fullmatch(metadata.name):
        yield "metadata.name", invalid(metadata.name, NAME_SAID.format("subdomain", ", '-' or '.'"))
    if metadata.namespace and (problem := of_namespace(metadata.namespace)):
        yield problem
    if metadata.labels:
        yield from of_labels(metadata.labels, "metadata.labels")
    if metadata.annotations and any(map(of_annotation, metadata.annotations)):
        yield from (("metadata.annotations", text) for key in metadata.annotations for text in of_annotation(key))


def is_sound(kind: str, found: Any) -> bool:
    """Whether neither of both has anything to say of an object; of the tens of thousands of a cluster that is told fast."""
    metadata: api.Metadata | api.PolicyMetadata = found.metadata
    longest, pattern = (63, LABEL) if kind in _IN_LABEL_NAMES else (253, SUBDOMAIN)
    return bool(
        len(metadata.name) <= longest and pattern.fullmatch(metadata.name) and not of_namespace(metadata.namespace or "default")
        and not any(map(of_label, (metadata.labels or _NONE).items())) and not any(map(of_annotation, metadata.annotations or _NONE))
        and (_is_sound_pod(found) if kind == "Pod" else next(problems_of(kind, found), None) is None))


def _is_sound_pod(pod: api.Pod) -> bool:
    spec, status = pod.spec or _NO_SPEC, pod.status or _NO_STATUS
    return bool(
        not any(map(_of_containers, filter(None, (spec.containers, spec.init_containers))))
        and all(each.ip is None or is_address(each.ip) for each in status.pod_ips or ())
        and (not status.pod_ip or status.pod_ip == (status.pod_ips[0].ip if status.pod_ips else None) or is_address(status.pod_ip)))


_NO_SPEC, _NO_STATUS, _NONE = api.PodSpec(), api.PodStatus(), dict[str, str]()


def _of_gateway(gateway: Gateway) -> Iterator[Problem]:
    for place, each in enumerate((gateway.spec and gateway.spec.listeners) or ()):
        namespaces = each.allowed_routes.namespaces if each.allowed_routes else None
        yield from of_selector(namespaces.selector if namespaces else None, f"spec.listeners[{place}].allowedRoutes.namespaces.selector")


# ---- NetworkPolicy


def _of_policy(policy: api.NetworkPolicy) -> Iterator[Problem]:
    spec = policy.spec or api.NetworkPolicySpec()
    yield from of_selector(spec.pod_selector, "spec.podSelector")
    rules: Sequence[tuple[str, str, Sequence[api.IngressRule | api.EgressRule]]] = (
        ("ingress", "from", spec.ingress or ()), ("egress", "to", spec.egress or ()))
    for direction, side, own in rules:
        for place, rule in enumerate(own):
            path = f"spec.{direction}[{place}]"
            for number, port in enumerate(rule.ports or ()):
                yield from _of_policy_port(port, f"{path}.ports[{number}]")
            for number, peer in enumerate(rule.peers or ()):
                if not _is_plain_block(peer):
                    yield from _of_peer(peer, f"{path}.{side}[{number}]")
    if len(spec.policy_types or ()) > 2:
        yield "spec.policyTypes", invalid(list(spec.policy_types or ()), "may not specify more than two policyTypes")
    for place, each in enumerate(spec.policy_types or ()):
        if each not in ("Ingress", "Egress"):
            yield f"spec.policyTypes[{place}]", unsupported(each, ("Egress", "Ingress"))


def _of_policy_port(port: api.PolicyPort, path: str) -> Iterator[Problem]:
    if port.protocol is not None and port.protocol not in PROTOCOLS:
        yield f"{path}.protocol", unsupported(port.protocol, PROTOCOLS)
    if isinstance(port.port, int) and not 1 <= port.port <= LAST_PORT:
        yield f"{path}.port", invalid(port.port, RANGE)
    if isinstance(port.port, str):
        yield from of_port_name(port.port, f"{path}.port")
    if port.end_port is None:
        return
    if port.port is None:
        yield f"{path}.endPort", invalid(port.end_port, "may not be specified when `port` is not specified")
    elif isinstance(port.port, str):
        yield f"{path}.endPort", invalid(port.end_port, "may not be specified when `port` is non-numeric")
    elif port.end_port < port.port:
        yield f"{path}.endPort", invalid(port.end_port, "must be greater than or equal to `port`")
    elif not 1 <= port.end_port <= LAST_PORT:
        yield f"{path}.endPort", invalid(port.end_port, RANGE)


def _is_plain_block(peer: api.Peer) -> bool:
    """Nothing but one CIDR, of which a policy may list thousands."""
    block = peer.ip_block
    return bool(block and peer.pod_selector is None and peer.namespace_selector is None and not block.excepts and is_cidr(block.cidr))


def _of_peer(peer: api.Peer, path: str) -> Iterator[Problem]:
    by_pods = peer.pod_selector is not None or peer.namespace_selector is not None
    if peer.ip_block is None and not by_pods:
        yield path, "Required value: must specify a peer"
    if peer.ip_block is not None and by_pods:
        yield path, "Forbidden: may not specify both ipBlock and another peer"
    yield from of_selector(peer.pod_selector, f"{path}.podSelector")
    yield from of_selector(peer.namespace_selector, f"{path}.namespaceSelector")
    if peer.ip_block is not None:
        yield from _of_block(peer.ip_block, f"{path}.ipBlock")


def _of_block(block: api.IPBlock, path: str) -> Iterator[Problem]:
    if not block.cidr:
        yield f"{path}.cidr", "Required value"
        return
    if problems := [*of_cidr(block.cidr, f"{path}.cidr")]:
        yield from problems
        return
    start, after = parse_cidr(block.cidr)
    for place, text in enumerate(block.excepts or ()):
        where = f"{path}.except[{place}]"
        if problems := [*of_cidr(text, where)]:
            yield from problems
            continue
        first, last = parse_cidr(text)
        if not (start <= first and last <= after and last - first < after - start):
            yield where, invalid(text, f"must be a strict subset of `cidr` ({block.cidr})")


# ---- Services, pods and what makes them


def _of_service(service: api.Service) -> Iterator[Problem]:
    spec = service.spec or api.ServiceSpec()
    kind = spec.type or "ClusterIP"
    if not spec.ports and spec.cluster_ip != "None" and kind != "ExternalName":
        yield "spec.ports", "Required value"
    yield from _of_service_ports(spec.ports or (), kind)
    yield from of_labels(spec.selector, "spec.selector")
    yield from _of_cluster_ips(spec, kind)
    if kind not in _SERVICE_TYPES:
        yield "spec.type", unsupported(kind, _SERVICE_TYPES)
    for place, address in enumerate(spec.external_ips or ()):
        yield from of_address(address, f"spec.externalIPs[{place}]")
    yield from _of_traffic(spec, kind)
    for place, family in enumerate(spec.ip_families or ()):
        if family not in ("IPv4", "IPv6"):
            yield f"spec.ipFamilies[{place}]", unsupported(family, ("IPv4", "IPv6"))
        elif spec.ip_families and family in spec.ip_families[:place]:
            yield f"spec.ipFamilies[{place}]", duplicate(family)


@lru_cache(maxsize=4096)
def _of_service_ports(ports: tuple[api.ServicePort, ...], kind: str) -> tuple[Problem, ...]:
    """All problems: the same ports are in thousands of Services."""
    return tuple(_of_ports(ports, kind))


def _of_ports(ports: tuple[api.ServicePort, ...], kind: str) -> Iterator[Problem]:
    names, numbers = set(), set()
    for place, port in enumerate(ports):
        path, number = f"spec.ports[{place}]", (port.protocol or Protocol.TCP.value, port.port)
        if len(ports) > 1 and not port.name:
            yield f"{path}.name", "Required value"
        elif port.name:
            yield from of_dns_label(port.name, f"{path}.name")
            if port.name in names:
                yield f"{path}.name", duplicate(port.name)
            names.add(port.name)
        yield from of_number(port.port, f"{path}.port")
        yield from of_protocol(port.protocol, f"{path}.protocol")
        if isinstance(port.target_port, str) and port.target_port:
            yield from of_port_name(port.target_port, f"{path}.targetPort")
        elif isinstance(port.target_port, int) and port.target_port:    # 0 and "" are not set, for Go
            yield from of_number(port.target_port, f"{path}.targetPort")
        if port.node_port and kind == "ClusterIP":
            yield f"{path}.nodePort", "Forbidden: may not be used when `type` is 'ClusterIP'"
        if number in numbers:
            yield path, duplicate({"protocol": number[0], "port": port.port})
        numbers.add(number)


def _of_cluster_ips(spec: api.ServiceSpec, kind: str) -> Iterator[Problem]:
    """Which addresses are free, and of which families they must be, is the server's to say."""
    many = tuple((f"spec.clusterIPs[{place}]", address) for place, address in enumerate(spec.cluster_ips or ()))
    for path, address in many or (("spec.clusterIP", spec.cluster_ip or ""),):
        if address == "None" and kind in _PUBLISHED:
            yield path, invalid(address, f"may not be set to 'None' for {kind} services")
        elif address not in ("", "None"):
            yield from of_address(address, path)


def _of_traffic(spec: api.ServiceSpec, kind: str) -> Iterator[Problem]:
    """Of where clients may come from, and where they are sent."""
    external, internal = spec.external_traffic_policy, spec.internal_traffic_policy
    if external and kind not in _PUBLISHED and not (kind == "ClusterIP" and spec.external_ips):
        yield "spec.externalTrafficPolicy", invalid(external, "may only be set for externally-accessible services")
    elif external and external not in _TRAFFIC:
        yield "spec.externalTrafficPolicy", unsupported(external, _TRAFFIC)
    if internal is not None and internal not in _TRAFFIC:
        yield "spec.internalTrafficPolicy", unsupported(internal, _TRAFFIC)
    if spec.load_balancer_source_ranges and kind != "LoadBalancer":
        yield "spec.loadBalancerSourceRanges", "Forbidden: may only be used when `type` is 'LoadBalancer'"
    for place, cidr in enumerate(spec.load_balancer_source_ranges or ()):
        yield from of_cidr(cidr, f"spec.loadBalancerSourceRanges[{place}]")


def _of_pod(pod: api.Pod) -> Iterator[Problem]:
    yield from _of_pod_spec(pod.spec, "spec")
    if pod.status is None:
        return
    addresses = [each.ip for each in pod.status.pod_ips or ()]
    if pod.status.pod_ip and pod.status.pod_ip not in addresses:
        yield from of_address(pod.status.pod_ip, "status.podIP")
    for place, address in enumerate(addresses):
        if address and not is_address(address):
            yield from of_address(address, f"status.podIPs[{place}].ip")


def _of_workload(spec: api.WorkloadSpec | None, path: str) -> Iterator[Problem]:
    if spec is None:
        return
    if spec.replicas is not None and spec.replicas < 0:
        yield f"{path}.replicas", invalid(spec.replicas, "must be greater than or equal to 0")
    template = spec.template or api.PodTemplateSpec()
    if template.metadata:
        yield from of_labels(template.metadata.labels, f"{path}.template.metadata.labels")
    yield from _of_pod_spec(template.spec, f"{path}.template.spec")


def _of_pod_spec(spec: api.PodSpec | None, path: str) -> Iterator[Problem]:
    if spec is None:
        return
    if spec.init_containers and (found := _of_containers(spec.init_containers)):
        yield f"{path}.initContainers{found[0]}", found[1]
    if spec.containers and (found := _of_containers(spec.containers)):
        yield f"{path}.containers{found[0]}", found[1]


@lru_cache(maxsize=4096)
def _of_containers(containers: tuple[api.Container, ...]) -> Problem | None:
    """The first problem: the same containers are in thousands of pods."""
    return next((problem for place, container in enumerate(containers) for problem in _of_container(container, f"[{place}]")), None)


def _of_container(container: api.Container, path: str) -> Iterator[Problem]:
    names = set()
    for place, port in enumerate(container.ports or ()):
        yield from _of_container_port(port, f"{path}.ports[{place}]")
        if port.name and port.name in names:
            yield f"{path}.ports[{place}].name", duplicate(port.name)
        names.add(port.name)
    if container.restart_policy is not None and container.restart_policy not in _RESTARTS:
        yield f"{path}.restartPolicy", unsupported(container.restart_policy, _RESTARTS)


def _of_container_port(port: api.ContainerPort, path: str) -> Iterator[Problem]:
    if port.name:
        yield from of_port_name(port.name, f"{path}.name")
    if port.container_port == 0:
        yield f"{path}.containerPort", "Required value"
    else:
        yield from of_number(port.container_port, f"{path}.containerPort")
    if port.host_port:
        yield from of_number(port.host_port, f"{path}.hostPort")
    yield from of_protocol(port.protocol, f"{path}.protocol")


def _of_slice(found: api.EndpointSlice) -> Iterator[Problem]:
    if found.address_type == "FQDN":
        return
    for place, endpoint in enumerate(found.endpoints or ()):
        for number, address in enumerate(endpoint.addresses or ()):
            if not is_address(address):
                yield from of_address(address, f"endpoints[{place}].addresses[{number}]")
