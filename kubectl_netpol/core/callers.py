"""Who calls pods beside other pods, and which of these calls do policies keep out?

The API server calls what stands behind webhooks, aggregated APIs and conversions of custom resources: from an address of the control
plane, which may be no node's, or through the pod of a konnectivity-agent (kubernetes.io docs, control-plane-node-communication). What
gathers metrics is told in scraping. The probes of a kubelet come from the pod's own node, which is always admitted: they are no matter.
"""
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from kubectl_netpol import api
from kubectl_netpol.api.callers import (
    MONITORING_GROUP,
    MONITORS,
    OF_API_SERVER,
    APIService,
    CustomResourceDefinition,
    ServiceReference,
    WebhookConfiguration,
)
from kubectl_netpol.core.addresses import Addresses, intersection, parse_address, union
from kubectl_netpol.core.calls import TCP, Call, Called, called_behind
from kubectl_netpol.core.classes import Cluster
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import SERVICE_NAME, backends_of, protocol_of, service_selector, spec_of
from kubectl_netpol.core.names import name_of
from kubectl_netpol.core.nodes import addresses_of_node
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.scraping import SCRAPE, SCRAPER_LISTINGS, are_scraped, scraped, scrapers_of
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key, Listing, Snapshot

_HTTPS = 443                                                    # of a ServiceReference without a port
_AGENTS = (("k8s-app", "konnectivity-agent"), ("app", "konnectivity-agent"))
_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


# ---- the API server


def named_by_api_server(snapshot: Snapshot) -> Iterator[tuple[Key, tuple[str, str], int]]:
    """The objects that have the API server call a Service, the Service's namespace and name, and the number of its port."""
    for key, each in sorted(snapshot.beside.items()):
        for reference in dict.fromkeys(filter(None, _references(each))):
            yield key, (reference.namespace, reference.name), reference.port or _HTTPS


def _references(each: object) -> list[ServiceReference | None]:
    match each:
        case WebhookConfiguration(): return [webhook.client_config.service for webhook in each.webhooks or ()]
        case APIService(): return [each.spec.service]
        case CustomResourceDefinition(): return [_conversion(each)]
        case _: return []


def _conversion(definition: CustomResourceDefinition) -> ServiceReference | None:
    """"webhook ... Required when `strategy` is set to `"Webhook"`" (CustomResourceConversion)."""
    conversion = definition.spec.conversion
    if conversion is None or conversion.strategy != "Webhook" or conversion.webhook is None or conversion.webhook.client_config is None:
        return None
    return conversion.webhook.client_config.service


def _of_api_server(cluster: Cluster) -> Iterator[Call]:
    for by, name, number in named_by_api_server(cluster.snapshot):
        service = cluster.snapshot.services.get(name)
        for port in spec_of(service).ports or () if service else ():
            if service and port.port == number and protocol_of(port) == TCP:
                for called in called_behind(service, port, cluster):
                    yield Call(by, called, Key("Service", *name), number, is_of_api_server=True)


# ---- who is kept out


def cut_off(state: State) -> tuple[Call, ...]:
    """The calls that no rule lets in, of pods that are surely isolated; in order."""
    return state.cluster.once(("cut off", id(state.judge)), lambda: tuple(dict.fromkeys(_cut_off(state))))


def _cut_off(state: State) -> Iterator[Call]:
    cluster, isolated = state.cluster, state.judge.rules.isolated[Direction.INGRESS].sure
    if not isolated:
        return
    sources = _Sources(cluster)
    yield from (call for call in _of_api_server(cluster) if _is_closed_to_api_server(call.called, sources, state))
    if scrapers := scrapers_of(cluster):
        yield from (call for call in scraped(isolated, cluster) if _is_closed_to(scrapers, call.called, state))


class _Sources:
    """Where the API server's calls come from, as far as objects tell."""

    def __init__(self, cluster: Cluster) -> None:
        snapshot = cluster.snapshot
        self.agents = reduce(or_, (cluster.pods.equal.get(label, 0) for label in _AGENTS))
        self.addresses = union([
            *(addresses_of_node(node) for node in snapshot.nodes.values() if _is_of_control_plane(node)),
            *(_addresses_in(each) for (home, _), each in snapshot.endpoint_slices.items()
              if home == "default" and (each.metadata.labels or {}).get(SERVICE_NAME) == "kubernetes")])


def _is_of_control_plane(node: api.Node) -> bool:
    return any(label in (node.metadata.labels or {}) for label in _CONTROL_PLANE)


def _addresses_in(endpoints: api.EndpointSlice) -> Addresses:
    found = [parse_address(address) for each in endpoints.endpoints or () for address in each.addresses or ()]
    return union([Addresses(((address, address + 1),)) for address in found])


def _is_closed_to_api_server(called: Called, sources: _Sources, state: State) -> bool:
    """Whether neither an address nor an agent's pod may come in. Of some addresses that may come in, any may be that of the API server,
    unless its own are known."""
    for ports in called.ports:
        for _, area in at(state.judge.area(called.place, Direction.INGRESS), ports):
            if intersection(area.maybe, sources.addresses) if sources.addresses else area.maybe:
                return False
    return _is_closed_to(sources.agents, called, state)


def _is_closed_to(pods: int, called: Called, state: State) -> bool:
    """A pod always reaches itself."""
    return not pods >> called.place & 1 and not any(
        many.maybe & pods for ports in called.ports for _, many in at(state.judge.admitted(called.place), ports))


def newly_cut_off(before: State, after: State) -> tuple[Call, ...]:
    """Of two states over the same classes."""
    known = {(call.by, call.called.place, call.called.ports) for call in cut_off(before)}
    return tuple(call for call in cut_off(after) if (call.by, call.called.place, call.called.ports) not in known)


# ---- who calls a Service port


def callers_of(service: api.Service, port: api.ServicePort, cluster: Cluster) -> tuple[Call, ...]:
    """The calls that reach the pods of a Service on the port, through whichever Service."""
    known = cluster.once("calls", lambda: _by_spot(cluster))
    behind = [(backend.place, PortRange(backend.protocol, backend.port, backend.port)) for backend in backends_of(service, port, cluster)]
    return tuple(dict.fromkeys(call for spot in behind for call in known.get(spot, ())))


def _by_spot(cluster: Cluster) -> dict[tuple[int | None, PortRange], list[Call]]:
    found: dict[tuple[int | None, PortRange], list[Call]] = {}
    for call in (*_of_api_server(cluster), *(scraped(cluster.pods.everyone, cluster) if scrapers_of(cluster) else ())):
        for ports in call.called.ports:
            found.setdefault((call.called.place, ports), []).append(call)
    return found


# ---- in words


def said_by(by: Key, home: str) -> str:
    """The object that wants a call; of monitors, which cannot be typed as targets, the namespace is told in words."""
    name = name_of(by, home)
    if by.kind in MONITORS:
        return name if by.namespace == home else f"{name} in namespace {by.namespace}"
    return name if by.kind in OF_API_SERVER else f"{SCRAPE} on {name}"


def is_of_annotation(call: Call) -> bool:
    """Else an object of its own wants the call."""
    return call.by.kind not in (*MONITORS, *OF_API_SERVER)


def said_ports(call: Call) -> str:
    return " or ".join(str(ports.first) for ports in call.called.ports)


# ---- what of a cluster must be read to tell

_CALLED_BY = tuple(Listing(kind) for kind in OF_API_SERVER if kind != "CustomResourceDefinition")


def caller_listings(homes: Sequence[str], snapshot: Snapshot, *, definitions: bool) -> Iterator[Listing]:
    """Who calls the pods of some namespaces. definitions: those of custom resources too, where they are needed."""
    yield from _CALLED_BY
    if definitions and _may_convert(homes, snapshot):
        yield Listing("CustomResourceDefinition")
    for kind in MONITORS if f"{MONITORING_GROUP}/v1" in snapshot.groups else ():
        yield Listing(kind)
        if snapshot.gap_at(Listing(kind)):
            yield from (Listing(kind, home) for home in homes)
    if are_scraped(homes, snapshot):
        yield from SCRAPER_LISTINGS


def _may_convert(homes: Sequence[str], snapshot: Snapshot) -> bool:
    """Whether Services on 443 are left that nothing else has the API server call: definitions of custom resources are long, with all of
    their schemas."""
    if not all(snapshot.has_read(each) or snapshot.gap_at(each) for each in _CALLED_BY):
        return False
    known = {name for _, name, _ in named_by_api_server(snapshot)}
    return any(
        name[0] in homes and name not in known and service_selector(service) is not None
        and any(port.port == _HTTPS for port in spec_of(service).ports or ()) for name, service in snapshot.services.items())
