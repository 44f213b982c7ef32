"""How are ports, pods and places said in the steps and rules of an explanation?"""
from collections.abc import Iterable, Sequence

from kubectl_netpol import api
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.endpoints import protocol_of, published_at, spec_of, type_of
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.states import State
from kubectl_netpol.core.workloads import Pod
from kubectl_netpol.render.words import count, listed, named, object_name, sentence, target_with_port
from kubectl_netpol.reports import ObjectRef, Port
from kubectl_netpol.snapshot import Key

MOST = 4                                                        # pods, policies and rules that a step names


# ---- ports


def said_ports(ports: PolicyPorts) -> str:
    """port 80; ports 80, 10022; ports 30000-30100; port 53/UDP; all of TCP; all ports."""
    match ports:
        case _ if ports == EVERY_PORT:
            return "all ports"
        case (NamedPort() as port,):
            return f"port {_name(port)}"
        case (PortRange() as port,) if port in EVERY_PORT:
            return said_range(port)
        case (PortRange() as port,) if port.first == port.last:
            return f"port {said_range(port)}"
        case _:
            return f"ports {', '.join(rule_ports(ports))}"


def rule_ports(ports: PolicyPorts) -> tuple[str, ...]:
    """As a rule writes them: 80, 53/UDP, http, 30000-30100; () for all ports."""
    return () if ports == EVERY_PORT else tuple(_name(each) if isinstance(each, NamedPort) else said_range(each) for each in ports)


def _name(port: NamedPort) -> str:
    return port.name if port.protocol == "TCP" else f"{port.name}/{port.protocol}"


def said_range(ports: PortRange) -> str:
    if (ports.first, ports.last) == (1, LAST_PORT):
        return f"all of {ports.protocol}"
    number = str(ports.first) if ports.first == ports.last else f"{ports.first}-{ports.last}"
    return number if ports.protocol == "TCP" else f"{number}/{ports.protocol}"


# ---- Services


def said_service_port(service: api.Service, port: api.ServicePort, home: str | None) -> str:
    """svc/gitlab:80 (http), as it can be typed, and what its number is called."""
    protocol = "" if protocol_of(port) == "TCP" else f"/{protocol_of(port)}"
    text = f"{said_service(service, home)}:{port.port}{protocol}"
    return target_with_port(text, Port(port.name or "", port.port, protocol_of(port))) if port.name else text


def said_service(service: api.Service, home: str | None) -> str:
    return object_name(ObjectRef("Service", service.metadata.namespace or "", service.metadata.name), home)


def said_type(service: api.Service, port: api.ServicePort) -> str:
    """LoadBalancer 192.168.1.10; NodePort 30080; ClusterIP."""
    kind, places = type_of(service), published_at(service, port)
    if kind == "NodePort" and not spec_of(service).external_ips:
        return sentence("published-as", {"type": kind, "places": str(port.node_port)}) if port.node_port else kind
    if not places:
        return kind
    code = "published-somewhere" if places[0].startswith(("node port", "load balancer")) else "published-as"
    return sentence(code, {"type": kind, "places": listed(places, MOST)})


# ---- pods


def said_pods(spots: Sequence[Spot], home: str, state: State) -> str:
    """pods gitlab-0 and gitlab-1; 2 pods of sts/gitlab, for what a template would make; 3 addresses."""
    pods = [pod for spot in spots if spot.place is not None for pod in state.cluster.classes[spot.place]]
    live = sorted({pod.key.name for pod in pods if not pod.is_template})
    outside = sum(spot.place is None for spot in spots)
    parts = [_named_pods(live, [pod for pod in pods if not pod.is_template and not pod.ready])] if live else []
    parts += [sentence("pods-of", {"pods": count(pod.replicas, "pod"), "workload": object_name(object_ref(pod.workload), home)})
              for pod in sorted({pod.key: pod for pod in pods if pod.is_template}.values(), key=lambda pod: pod.key)]
    return listed(parts + ([count(outside, "address")] if outside else []), MOST)


def _named_pods(names: Sequence[str], unready: Sequence[Pod]) -> str:
    said = named("pod", names, MOST)
    return sentence("pods-not-ready", {"pods": said, "number": str(len({pod.key for pod in unready}))}) if unready else said


def said_workloads(pods: Iterable[Pod], home: str | None) -> str:
    return listed(workload_names(pods, home), MOST)


def workload_names(pods: Iterable[Pod], home: str | None) -> list[str]:
    return [object_name(object_ref(key), home) for key in sorted({pod.workload for pod in pods})]


def said_policies(policies: Sequence[Key], home: str) -> str:
    return listed([said_policy(policy, home) for policy in policies], MOST)


def said_policy(policy: Key, home: str) -> str:
    return object_name(object_ref(policy), home)
