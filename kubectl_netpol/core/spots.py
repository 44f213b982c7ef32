"""Which pod ports, or addresses outside, does a target or a destination mean?"""
from collections.abc import Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.dialling import spots_behind
from kubectl_netpol.core.endpoints import backends_of, carried_to, selected_by, spec_of
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, PortRange
from kubectl_netpol.core.resolve import Ends, ends_of, named, pods_of_object, service_ports
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import (
    Destination,
    Entry,
    Object,
    PortSpec,
    Source,
    Target,
    TargetKind,
    format_destination,
    format_port,
    format_target,
)
from kubectl_netpol.core.unread import hidden
from kubectl_netpol.errors import NetpolError


class Wanted(Struct, frozen=True):
    """The spots of one Service port, or of a workload's pods, or of a set."""

    spots: tuple[Spot, ...]
    service: api.Service | None = None
    port: api.ServicePort | None = None
    is_whole: bool = True                                       # all of its pods were read


def wanted_at(target: Target, state: State, *, translate: bool = False) -> tuple[Wanted, ...]:
    """Of a target with its namespace: of each of its Service ports, or of its pod ports."""
    home, name = target.namespace or "", target.name or ""
    is_whole = not hidden(target.kind, home, name, state.snapshot)
    if target.kind is TargetKind.SERVICE:
        service = state.snapshot.services[home, name]
        if not (spec_of(service).ports or target.ports):        # a name of DNS, for an address outside or for the pods themselves
            return (Wanted(spots_of_pods(selected_by(service, state.cluster), (), state), service, None, is_whole),)
        return tuple(
            Wanted(spots_behind(service, port, backends_of(service, port, state.cluster), state), service, port, is_whole)
            for port in service_ports(service, target.ports, state.cluster, translate=translate).ports)
    return (Wanted(spots_of_pods(pods_of_target(target, state), target.ports, state), is_whole=is_whole),)


def spots_for(source: Source, wanted: Wanted, state: State) -> tuple[Spot, ...]:
    """Those that a source dials: who carries the traffic of an Ingress, Gateway or Route dials the pods themselves."""
    if isinstance(source, Entry) and wanted.service is not None and wanted.port is not None:
        return tuple(map(spot_of, carried_to(wanted.service, wanted.port, state.cluster)))
    return wanted.spots


def pods_of_target(target: Target, state: State) -> int:
    """Of a target with its namespace; an object without pods is an error."""
    pods = pods_of_object(target.kind, target.namespace or "", target.name or "", state.cluster)
    if not pods:
        raise NetpolError(f"{format_target(target)} has no pods and no template", hint="its pods may be done, or it may be scaled away")
    return pods


def wanted_to(destination: Destination, home: str, state: State, pod_cidrs: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """Of a destination of an object in the home namespace."""
    match destination.source:
        case Object(kind, name, namespace):
            own = named(Target(kind, name, namespace or home), None, state.snapshot)
            return wanted_at(Target(kind, name, own, destination.ports), state)
        case other:
            ends = ends_of(other, home, state.cluster, pod_cidrs)
            return (Wanted(spots_of_ends(ends, destination, state), is_whole=ends.is_whole),)


def spots_of_ends(wanted: Ends, destination: Destination, state: State) -> tuple[Spot, ...]:
    """The ports of a destination at pods and at addresses outside, where no port has a name."""
    spots = spots_of_pods(wanted.pods, destination.ports, state)
    if not wanted.addresses:
        return spots
    numbers = [spec for spec in destination.ports if isinstance(spec.first, int)]
    if destination.ports and not numbers:
        raise NetpolError(f"ports have no names outside the cluster: {format_destination(destination)}", hint="write the number")
    ranges = [each for spec in numbers for each in numbered(spec)] or list(EVERY_PORT)
    return (*spots, *(Spot(each, None, wanted.addresses) for each in ranges))


def spots_of_pods(pods: int, ports: Sequence[PortSpec], state: State) -> tuple[Spot, ...]:
    return tuple(Spot(each, place) for place in bits(pods)
                 for each in ([each for spec in ports for each in pod_ranges(spec, place, state)] if ports else EVERY_PORT))


def pod_ranges(spec: PortSpec, place: int, state: State) -> list[PortRange]:
    """Pod ports; a name is what the containers call so, a number without protocol is TCP."""
    if isinstance(spec.first, int):
        return numbered(spec)
    ports = state.cluster.classes[place][0].ports.named
    found = [PortRange(protocol, numbers[0], numbers[0]) for (protocol, name), numbers in sorted(ports.items())
             if name == spec.first and spec.protocol in (None, protocol)]
    if not found:
        workload = state.cluster.classes[place][0].workload
        names = sorted({name for _, name in ports})
        raise NetpolError(f"no container of {workload} has a port {format_port(spec)}",
                          hint=f"its named ports are {', '.join(names)}" if names else "its ports have no names: write the number")
    return found


def numbered(spec: PortSpec) -> list[PortRange]:
    """Without a protocol TCP; all ports are those of every protocol."""
    assert isinstance(spec.first, int)
    if spec.protocol is None and (spec.first, spec.last) == (1, LAST_PORT):
        return list(EVERY_PORT)
    return [PortRange(spec.protocol or "TCP", spec.first, spec.last or spec.first)]
