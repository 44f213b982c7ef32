"""What does a client dial? An address or a name of DNS, as the port of a Service, of a node or of a pod.

Names are those of the cluster's DNS (kubernetes.io docs, dns-pod-service: NAME.NAMESPACE.svc.DOMAIN), of load balancers, and of the hosts
that Ingresses, routes and Routes of OpenShift serve.
"""
import difflib
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import contains, parse_address
from kubectl_netpol.core.controllers import dialled, listener_ports
from kubectl_netpol.core.endpoints import meets, protocol_of, spec_of, type_of
from kubectl_netpol.core.entries import EntryPoint, entry_kinds, entry_points, leads_to
from kubectl_netpol.core.nodes import addresses_of_node
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.targets import PortSpec, Target, TargetKind, format_port, format_target
from kubectl_netpol.core.workloads import has_ended
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.snapshot import Listing, Snapshot


class Meant(Struct, frozen=True):
    """The object that is dialled, with its ports, and how that is known."""

    target: Target
    evidence: Remark
    is_by_node: bool = False                                    # at a load balancer, an external address or a node
    way: EntryPoint | None = None                               # what serves it, where the Service itself is not dialled


def to_look_for(target: Target, snapshot: Snapshot) -> Iterator[Listing]:
    """What must be read to find it."""
    host = _host_of(target)
    if (address := _address(host)) is not None:
        yield from (Listing("Service"), Listing("Node"), Listing("Pod", fields=f"status.podIP={host}"))
        yield from (Listing("Pod", fields=f"spec.nodeName={name}") for name, node in snapshot.nodes.items()
                    if contains(addresses_of_node(node), address))
        return
    labels = host.split(".")
    if labels[3:4] == ["svc"]:
        first = [Listing("Service", labels[2], labels[1]), Listing("Pod", labels[2], labels[0])]
    else:
        first = [Listing("Service", labels[1], labels[0])] if labels[2:3] == ["svc"] or len(labels) == 2 else []
    yield from first
    if all(map(snapshot.has_read, first)) and not any(meanings(target, snapshot)):
        yield from (Listing("Service"), *map(Listing, entry_kinds(snapshot)))


def meant_by(target: Target, snapshot: Snapshot) -> tuple[Meant, ...]:
    """All that it may be; a NetpolError says what there is instead."""
    host = _host_of(target)
    found = tuple(meanings(target, snapshot))
    if not found:
        raise _nobody(target, snapshot)
    with_ports = tuple(each for each in found if each.target.ports or not target.ports)
    if not with_ports:
        said = ", ".join(dict.fromkeys(_said(each) for each in found))
        ports = ", ".join(map(format_port, target.ports))
        raise NetpolError(f"{host} is {said}, which has no port {ports}", hint=_ports_of(found, snapshot))
    return with_ports


def meanings(target: Target, snapshot: Snapshot) -> Iterator[Meant]:
    """An object that does not have the port comes without ports."""
    host = _host_of(target)
    address = _address(host)
    if address is None:
        yield from _by_name(host, target, snapshot)
        return
    yield from _services_at(host, target, snapshot)
    yield from _of_nodes(address, target, snapshot)
    for (namespace, name), pod in sorted(snapshot.pods.items()):
        if host in _addresses_of(pod) and not has_ended(pod) and not (pod.spec and pod.spec.host_network):
            facts = {"dialled": host, "object": f"ns/{namespace}:pod/{name}"}
            yield Meant(Target(TargetKind.POD, name, namespace, target.ports), Remark("dialled-pod", facts))


def _host_of(target: Target) -> str:
    return (target.name or "").partition("/")[0]


def _address(host: str) -> int | None:
    try:
        return parse_address(host)
    except ValueError:
        return None


def _addresses_of(pod: api.Pod) -> set[str | None]:
    status = pod.status or api.PodStatus()
    return {status.pod_ip, *(each.ip for each in status.pod_ips or ())}


# ---- Services


def _services_at(host: str, target: Target, snapshot: Snapshot) -> Iterator[Meant]:
    for (namespace, name), service in sorted(snapshot.services.items()):
        spec = spec_of(service)
        is_inside = host in (spec.cluster_ip, *(spec.cluster_ips or ()))
        wished = spec.load_balancer_ip if type_of(service) == "LoadBalancer" else None
        if is_inside or host in (*dialled(service), wished):
            code = "dialled-cluster-ip" if is_inside else "dialled-balancer"
            yield _service(namespace, name, service, target.ports, code, host, is_by_node=not is_inside)


def _service(
        namespace: str, name: str, service: api.Service, wanted: Sequence[PortSpec], code: str, host: str, *,
        is_by_node: bool = False) -> Meant:
    ports = [port for port in spec_of(service).ports or () if any(meets(spec, port) for spec in wanted)]
    return Meant(Target(TargetKind.SERVICE, name, namespace, _specs(ports)),
                 Remark(code, {"dialled": host, "object": f"ns/{namespace}:svc/{name}"}), is_by_node)


def _specs(ports: Sequence[api.ServicePort]) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(port.port, None, protocol_of(port)) for port in ports)


# ---- nodes


def _of_nodes(address: int, target: Target, snapshot: Snapshot) -> Iterator[Meant]:
    """A port of a node is a node port of a Service, or one that a pod has there: on the host's network, or by hostPort."""
    names = [name for name, node in sorted(snapshot.nodes.items()) if contains(addresses_of_node(node), address)]
    wanted = {(spec.first, spec.protocol) for spec in target.ports}
    for (namespace, name), service in sorted(snapshot.services.items()) if names else ():
        ports = [port for port in spec_of(service).ports or () if {(port.node_port, None), (port.node_port, protocol_of(port))} & wanted]
        if ports:
            facts = {"dialled": _host_of(target), "node": names[0], "object": f"ns/{namespace}:svc/{name}"}
            yield Meant(Target(TargetKind.SERVICE, name, namespace, _specs(ports)), Remark("dialled-node-port", facts), True)
    for (namespace, name), pod in sorted(snapshot.pods.items()) if names else ():
        own = _on_host(pod, wanted) if pod.spec and pod.spec.node_name in names and not has_ended(pod) else ()
        if own:
            facts = {"dialled": _host_of(target), "node": names[0], "object": f"ns/{namespace}:pod/{name}"}
            yield Meant(Target(TargetKind.POD, name, namespace, own), Remark("dialled-host-port", facts), True)


def _on_host(pod: api.Pod, wanted: set[tuple[int | str, str | None]]) -> tuple[PortSpec, ...]:
    """The pod ports that are dialled there: a hostPort is rewritten to the port of its container."""
    assert pod.spec is not None
    ports = [port for container in pod.spec.containers or () for port in container.ports or ()]
    dialled_at = [(port.container_port if pod.spec.host_network else port.host_port, port) for port in ports]
    return tuple(PortSpec(port.container_port, None, port.protocol or "TCP") for number, port in dialled_at
                 if number and {(number, None), (number, port.protocol or "TCP")} & wanted)


# ---- names


def _by_name(host: str, target: Target, snapshot: Snapshot) -> Iterator[Meant]:
    yield from _in_cluster(host, target, snapshot)
    for (namespace, name), service in sorted(snapshot.services.items()):
        if host in map(str.lower, dialled(service)):
            yield _service(namespace, name, service, target.ports, "dialled-balancer", host, is_by_node=True)
    for way in _serving(target, snapshot):
        found = snapshot.services.get(way.service)
        is_open = not target.ports or not listener_ports(way.key, snapshot).isdisjoint(spec.first for spec in target.ports)
        ports = [port for port in spec_of(found).ports or () if leads_to(way, port)] if found and is_open else []
        facts = {"dialled": target.name or "", "entry": f"ns/{way.key.namespace}:{way.key}",
                 "object": f"ns/{way.service[0]}:svc/{way.service[1]}"}
        if found:
            yield Meant(Target(TargetKind.SERVICE, way.service[1], way.service[0], _specs(ports)),
                        Remark("dialled-entry", facts), way=way)


def _in_cluster(host: str, target: Target, snapshot: Snapshot) -> Iterator[Meant]:
    """NAME.NAMESPACE[.svc[.DOMAIN]], and pods of headless Services: POD.NAME.NAMESPACE.svc[.DOMAIN]."""
    labels = host.split(".")
    if len(labels) == 2 or labels[2:3] == ["svc"]:
        name, namespace = labels[:2]
        if service := snapshot.services.get((namespace, name)):
            yield _service(namespace, name, service, target.ports, "dialled-name", host)
    if labels[3:4] == ["svc"]:
        pod, name, namespace = labels[:3]
        if (namespace, pod) in snapshot.pods and (namespace, name) in snapshot.services:
            facts = {"dialled": host, "object": f"ns/{namespace}:pod/{pod}"}
            yield Meant(Target(TargetKind.POD, pod, namespace, target.ports), Remark("dialled-pod", facts))


def _serving(target: Target, snapshot: Snapshot) -> list[EntryPoint]:
    """The entry points that serve a host and path: those of the longest path, of the host itself before those of a wildcard."""
    host, slash, path = (target.name or "").partition("/")
    ways = [(_match(way, host, slash + path), way) for own in entry_points(snapshot).values() for way in own]
    best = max((rank for rank, _ in ways), default=(0, 0))
    return sorted((way for rank, way in ways if rank == best and rank > (0, 0)), key=lambda way: (way.key, way.service, str(way.port)))


def _match(way: EntryPoint, host: str, path: str) -> tuple[int, int]:
    """"*.foo.com" matches one label more (networking/v1 IngressRule.host). Who says no path may mean any."""
    own, slash, rest = way.where.partition("/")
    own, prefix = own.lower(), slash + rest
    under = host.endswith(own[1:]) if way.route else host.partition(".")[2] == own[2:]      # of a route any number of labels
    exact = 3 if own == host else 2 if own.startswith("*.") and under else 0
    if not exact or not (path in ("", prefix) if way.is_exact else _is_below(path, prefix)):
        return 0, 0
    return exact, 2 * len(prefix) + way.is_exact if path else 0


def _is_below(path: str, prefix: str) -> bool:
    """By whole elements: /apiary is not below /api (networking/v1 PathType Prefix). Who says no path may mean any."""
    return not path or f"{path.rstrip('/')}/".startswith(f"{prefix.rstrip('/')}/")


# ---- what is not there


def _nobody(target: Target, snapshot: Snapshot) -> NetpolError:
    host = _host_of(target)
    if gap := next((each for kind in ("Service", "Node", "Ingress") if (each := snapshot.gap_at(Listing(kind)))), None):
        return NetpolError(snapshot.gaps[gap], hint="name the Service: svc/NAME:PORT -n NAMESPACE")
    address = _address(host)
    if address is not None:
        names = [name for name, node in snapshot.nodes.items() if contains(addresses_of_node(node), address)]
        if names:
            ports = sorted({str(port.node_port) for service in snapshot.services.values() for port in spec_of(service).ports or ()
                            if port.node_port})
            return NetpolError(f"{host} is node {names[0]}, and nothing is known to listen on {_said_ports(target)} there",
                               hint=f"node ports are {', '.join(ports[:8])}" if ports else "there is no node port")
        pending = [f"ns/{namespace}:svc/{name}" for (namespace, name), service in sorted(snapshot.services.items())
                   if type_of(service) == "LoadBalancer" and not dialled(service)]
        return NetpolError(f"nothing has the address {host}: no Service, node or pod",
                           hint=f"load balancers that have no address yet: {', '.join(pending[:4])}" if pending
                           else "name the Service: svc/NAME:PORT; an address that a firewall translates is not known here")
    every = [way for ways in entry_points(snapshot).values() for way in ways]
    if served := sorted({way.where for way in every if _match(way, host, "") > (0, 0)}):
        return NetpolError(f"nothing is known to serve {target.name}", hint=f"what is served there: {', '.join(served[:4])}")
    hosts = sorted({way.where.partition("/")[0] for way in every} - {""})
    names = [f"{name}.{namespace}" for namespace, name in sorted(snapshot.services)]
    near = difflib.get_close_matches(host, [*hosts, *names], n=1, cutoff=0.6)
    return NetpolError(f"nothing is known by the name {host}: no Service, Ingress or route",
                       hint=f"did you mean {near[0]}?" if near else "name the Service: svc/NAME:PORT")


def _said_ports(target: Target) -> str:
    return ", ".join(map(format_port, target.ports)) or "any port"


def _said(meant: Meant) -> str:
    return format_target(meant.target) if meant.way is None else f"served by {meant.way.key} in namespace {meant.way.key.namespace}"


def _ports_of(found: Sequence[Meant], snapshot: Snapshot) -> str:
    if served := {number for each in found if each.way is not None for number in listener_ports(each.way.key, snapshot)}:
        return f"it is dialled on {', '.join(map(str, sorted(served)))}"
    ports = [f"{port.port}/{protocol_of(port)}" for each in found
             if each.target.kind is TargetKind.SERVICE and each.target.namespace is not None and each.target.name is not None
             for port in spec_of(snapshot.services[each.target.namespace, each.target.name]).ports or ()]
    return f"its ports are {', '.join(dict.fromkeys(ports))}" if ports else "look at it: kubectl netpol explain svc/NAME"

