"""Which policy rule says an intent? Service ports become pod ports, sources become peers: what policies are checked against."""
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.addresses import cidrs_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import is_headless, pod_port, protocol_of, selected_by, target_of
from kubectl_netpol.core.intents import Intent
from kubectl_netpol.core.meshes import Mesh, arrives_at
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.ports import LAST_PORT, PortRange, Protocol, policy_port
from kubectl_netpol.core.resolve import carrier_at, entry_key, pods_of_object, service_ports
from kubectl_netpol.core.selectors import EVERYTHING, to_api
from kubectl_netpol.core.sources import named_namespace
from kubectl_netpol.core.sources import peer_of as peers_said
from kubectl_netpol.core.spots import numbered
from kubectl_netpol.core.states import State
from kubectl_netpol.core.subjects import named_home, subject_of_object
from kubectl_netpol.core.targets import (
    Anywhere,
    Block,
    Destination,
    Entry,
    Nodes,
    Object,
    Outside,
    PortSpec,
    Source,
    TargetKind,
    format_source,
)
from kubectl_netpol.errors import NetpolError


class SaidPort(Struct, frozen=True):
    """A port entry, and the Service port that it stands for."""

    entry: api.PolicyPort
    says: str = ""                                              # svc/gitlab:10022 (ssh); "" where no Service is meant


class SaidRule(Struct, frozen=True):
    peers: tuple[api.Peer, ...]                                 # none: everybody
    ports: tuple[SaidPort, ...]                                 # none: every port


def rules_of_intent(intent: Intent, home: str, state: State, pod_cidrs: Sequence[str] = ()) -> list[SaidRule]:
    """home is the namespace of the target. One rule for all sources of an intent; one for each destination with ports of its own."""
    if intent.direction is Direction.INGRESS:
        thing = Object(intent.target.kind, intent.target.name or "", home)
        are_outside = all(isinstance(source, Block | Outside) for source in intent.sources)
        ports = (_own_ports if are_outside else ports_of)(thing, intent.ports, state)
        return [SaidRule(_peers(intent.sources, home, home, state, pod_cidrs), ports)]
    return [
        SaidRule(_peers((each.source,), home, home, state, pod_cidrs), _destination_ports(each, intent.ports, home, state))
        for each in intent.destinations]


def joined(rules: Iterable[SaidRule]) -> tuple[SaidRule, ...]:
    """Rules of equal peers as one: every port if one of them says so, else the ports of all."""
    found: list[SaidRule] = []
    for rule in rules:
        same = next((place for place, each in enumerate(found) if each.peers == rule.peers), None)
        if same is None:
            found.append(rule)
        else:
            found[same] = SaidRule(rule.peers, _both(found[same].ports, rule.ports) if found[same].ports and rule.ports else ())
    return tuple(found)


def _both(left: tuple[SaidPort, ...], right: tuple[SaidPort, ...]) -> tuple[SaidPort, ...]:
    """Each entry once, with all Service ports that it stands for."""
    says: dict[api.PolicyPort, list[str]] = {}
    for each in (*left, *right):
        says.setdefault(each.entry, []).append(each.says)
    return tuple(SaidPort(entry, ", ".join(dict.fromkeys(filter(None, own)))) for entry, own in says.items())


# ---- ports


def ports_of(thing: Object, specs: Sequence[PortSpec], state: State) -> tuple[SaidPort, ...]:
    """thing has its namespace. No ports: those of the Service, or all of a workload. With the port of a mesh that the pods are in, for
    other pods of it."""
    own = _own_ports(thing, specs, state)
    return _both(own, tuple(_of_meshes(thing, own, state)))


def _of_meshes(thing: Object, own: Sequence[SaidPort], state: State) -> Iterator[SaidPort]:
    ranges = [entry if isinstance(entry, PortRange) else PortRange(entry.protocol, 1, LAST_PORT)
              for entry in (policy_port(each.entry) for each in own)]
    for mesh in Mesh if ranges else ():
        for place in bits(pods_of_object(thing.kind, thing.namespace or "", thing.name, state.cluster)):
            numbers = {number for ports in ranges if (number := arrives_at(mesh, place, ports, state.cluster))}
            yield from (SaidPort(api.PolicyPort(Protocol.TCP.value, number), f"the mesh, {mesh.value}") for number in numbers)


def _own_ports(thing: Object, specs: Sequence[PortSpec], state: State) -> tuple[SaidPort, ...]:
    if thing.kind is not TargetKind.SERVICE:
        return tuple(SaidPort(each) for spec in specs for each in plain_ports(spec)) if not _has_all(specs) else ()
    service = state.snapshot.services[thing.namespace or "", thing.name]
    ports = service_ports(service, specs, state.cluster, translate=True).ports
    return _both(tuple(each for port in ports for each in _of_service(service, port, state)), ())


def leaving_ports_of(thing: Object, specs: Sequence[PortSpec], state: State) -> tuple[SaidPort, ...]:
    """Of a rule of egress: the ports of the Service too, where the plugin looks at these."""
    ports = ports_of(thing, specs, state)
    if thing.kind is not TargetKind.SERVICE or not state.cluster.profile.sees_services:
        return ports
    service = state.snapshot.services[thing.namespace or "", thing.name]
    if is_headless(service):
        return ports
    dialled = service_ports(service, specs, state.cluster, translate=True).ports
    return _both(ports, tuple(
        SaidPort(api.PolicyPort(protocol_of(port), entry), said_port(service, port)) for port in dialled
        for entry in (port.port, *_names_to_open(service, port, state))))


def _names_to_open(service: api.Service, port: api.ServicePort, state: State) -> list[int | str]:
    """The name of a targetPort, where its number is not found in the containers of all pods: there only the name opens the Service."""
    target = target_of(port)
    pods = [state.cluster.classes[place][0] for place in bits(selected_by(service, state.cluster))]
    numbers = {pod.ports.named.get((protocol_of(port), str(target)), ())[:1] for pod in pods}
    return [target] if isinstance(target, str) and (len(numbers) != 1 or () in numbers) else []


def _of_service(service: api.Service, port: api.ServicePort, state: State) -> list[SaidPort]:
    protocol, says = protocol_of(port), said_port(service, port)
    targets = dict.fromkeys(_targets(service, port, state))
    return [SaidPort(api.PolicyPort(protocol, target), says) for target in targets]


def _targets(service: api.Service, port: api.ServicePort, state: State) -> list[int | str]:
    """The pod's number; a name where pods of one Service give it different numbers, and policies know it on all of them."""
    pods = [state.cluster.classes[place][0] for place in bits(selected_by(service, state.cluster))]
    numbers = sorted({number for pod in pods if (number := pod_port(port, pod)) is not None})
    target = target_of(port)
    if is_headless(service):                                    # clients dial the pods; those of SRV records the targetPort
        return [port.port, *numbers]
    if pods and not numbers:
        raise NetpolError(f'no pod of svc/{service.metadata.name} has a port named "{target}" ({protocol_of(port)})',
                          hint=f"so nothing serves {port.port}: mend the Service's targetPort, or the name in the pods")
    if not numbers:
        return [target]
    if len(numbers) > 1 and isinstance(target, str) and all(
            (protocol_of(port), target) in pod.ports.named for pod in pods if pod_port(port, pod) is not None):
        return [target]
    return list(numbers)


def said_port(service: api.Service, port: api.ServicePort) -> str:
    name = f" ({port.name})" if port.name else ""
    protocol = "" if protocol_of(port) == "TCP" else f"/{protocol_of(port)}"
    return f"svc/{service.metadata.name}:{port.port}{protocol}{name}"


def plain_ports(spec: PortSpec) -> list[api.PolicyPort]:
    if isinstance(spec.first, str):
        return [api.PolicyPort(spec.protocol or "TCP", spec.first)]
    return [
        api.PolicyPort(each.protocol) if (each.first, each.last) == (1, LAST_PORT)
        else api.PolicyPort(each.protocol, each.first, each.last if each.last > each.first else None) for each in numbered(spec)]


def _has_all(specs: Sequence[PortSpec]) -> bool:
    return not specs or any((each.first, each.last, each.protocol) == (1, LAST_PORT, None) for each in specs)


def _destination_ports(destination: Destination, ports: Sequence[PortSpec], home: str, state: State) -> tuple[SaidPort, ...]:
    specs = destination.ports or tuple(ports)
    match destination.source:
        case Object() as thing:
            return leaving_ports_of(replace(thing, namespace=named_home(thing, home, state)), specs, state)
        case _:
            return tuple(SaidPort(each) for spec in specs for each in plain_ports(spec)) if not _has_all(specs) else ()


# ---- peers


def _peers(sources: Sequence[Source], home: str, within: str, state: State, pod_cidrs: Sequence[str]) -> tuple[api.Peer, ...]:
    if any(isinstance(source, Anywhere) for source in sources):
        return ()
    found: list[api.Peer] = []
    for source in sources:
        found += [each for each in peers_of(source, home, within, state, pod_cidrs) if each not in found]
    return tuple(found)


def peers_of(source: Source, home: str, within: str, state: State, pod_cidrs: Sequence[str] = ()) -> list[api.Peer]:
    """The peers that say a source of the home namespace in a policy of the namespace `within`."""
    match source:
        case Outside():
            return [api.Peer(api.IPBlock(cidr, tuple(each for each in pod_cidrs if (":" in each) == (":" in cidr)) or None))
                    for cidr in ("0.0.0.0/0", "::/0")]
        case Object():
            subject = subject_of_object(source, home, state)
            return [pod_peer(PodPeer(subject.selector, None if subject.namespace == within else named_namespace(subject.namespace)))]
        case Nodes():
            return _peers_of_nodes(state)
        case Entry():
            return _peers_of_entry(source, home, within, state)
    found = peers_said(source, home)
    assert found
    return [pod_peer(each) if isinstance(each, PodPeer) else api.Peer(api.IPBlock(each.cidr, each.excepts or None)) for each in found]


def _peers_of_nodes(state: State) -> list[api.Peer]:
    addresses = node_addresses(EVERYTHING, state.snapshot)
    if not addresses:
        raise NetpolError("which addresses the nodes have is not known", hint="name them: --from 192.168.0.0/24")
    return [api.Peer(api.IPBlock(cidr)) for cidr in cidrs_of(addresses)]


def _peers_of_entry(source: Entry, home: str, within: str, state: State) -> list[api.Peer]:
    carrier = carrier_at(entry_key(source, home), state.cluster)
    if not carrier.sources:
        raise NetpolError(f"whose pods carry the traffic of {format_source(source)} cannot be told",
                          hint="name its controller's pods: --from ns/NAME, svc/NAME or deploy/NAME")
    found = [peer for each in carrier.sources for peer in peers_of(each, home, within, state)]
    if carrier.evidence.code != "carrier-router":
        return found
    return [replace(peer, pod_selector=api.LabelSelector()) for peer in found]      # without it routers on the host network are left out


def pod_peer(peer: PodPeer) -> api.Peer:
    """An empty podSelector is left out where a namespaceSelector says as much."""
    if peer.namespace_selector is None:
        return api.Peer(pod_selector=to_api(peer.pod_selector))
    pods = to_api(peer.pod_selector) if peer.pod_selector.requirements else None
    return api.Peer(namespace_selector=to_api(peer.namespace_selector), pod_selector=pods)
