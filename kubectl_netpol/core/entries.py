"""Which Ingresses, Gateways and Routes publish a Service port?

Sources: networking/v1 IngressBackend ("Name or number of the port on the referenced Service"), gateway-api apis/v1 shared_types.go
(BackendObjectReference, ParentReference, RouteNamespaces) and referencegrant_types.go, openshift/api route/v1 RoutePort.
"""
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.api.entries import (
    GATEWAY_GROUP,
    GATEWAY_ROUTES,
    OPENSHIFT_GROUP,
    BackendReference,
    Gateway,
    GatewayRoute,
    GatewayRouteSpec,
    GrantedFrom,
    Ingress,
    IngressBackend,
    OpenShiftRoute,
    ParentReference,
    ReferenceGrant,
    RouteNamespaces,
)
from kubectl_netpol.api.metadata import LabelSelector
from kubectl_netpol.core.classes import may_match
from kubectl_netpol.core.endpoints import protocol_of, target_of
from kubectl_netpol.core.selectors import selector_of
from kubectl_netpol.snapshot import Key, Listing, Snapshot


class EntryPoint(Struct, frozen=True, order=True):
    """One way to a Service: clients outside dial it, and its controller dials the Service's pods."""

    key: Key                                                    # the Ingress, Gateway or Route of OpenShift
    service: tuple[str, str]                                    # namespace and name
    port: int | str | None                                      # as it is named there; None: each port
    where: str = ""                                             # host and path, if it says any
    route: Key | None = None                                    # the route that a Gateway has it from
    is_exact: bool = False                                      # no path below it is meant


def entry_kinds(snapshot: Snapshot) -> tuple[str, ...]:
    """Those that the cluster may have."""
    groups = {version.partition("/")[0] for version in snapshot.groups}
    gateways = ("Gateway", *GATEWAY_ROUTES, "ReferenceGrant") if GATEWAY_GROUP in groups else ()
    return ("Ingress", *gateways, *(("Route",) if OPENSHIFT_GROUP in groups else ()))


def entry_points(snapshot: Snapshot) -> dict[tuple[str, str], tuple[EntryPoint, ...]]:
    """By Service, in order."""
    found: dict[tuple[str, str], set[EntryPoint]] = defaultdict(set)
    for key, each in snapshot.beside.items():
        match each:
            case Ingress(): ways = _of_ingress(key, each)
            case GatewayRoute(): ways = _of_route(key, each, snapshot)
            case OpenShiftRoute(): ways = _of_openshift(key, each)
            case _: continue
        for way in ways:
            found[way.service].add(way)
    return {service: tuple(sorted(ways, key=_order)) for service, ways in found.items()}


def _order(way: EntryPoint) -> tuple[Key, str, str]:
    return way.key, way.where, str(way.port)


def leads_to(way: EntryPoint, port: api.ServicePort) -> bool:
    """Whether it names a port of its Service; a Route of OpenShift names that of the pods, or the Service port by its name."""
    if protocol_of(port) != ("UDP" if way.route is not None and way.route.kind == "UDPRoute" else "TCP"):
        return False
    if way.port is None:
        return True
    if way.key.kind == "Route" and isinstance(way.port, int):
        return target_of(port) == way.port
    return way.port in (port.port, port.name)


def _of_ingress(key: Key, ingress: Ingress) -> Iterator[EntryPoint]:
    if ingress.spec is None:
        return
    for backend in (ingress.spec.default_backend, ingress.spec.backend):
        if backend is not None:
            yield from _to_backend(key, backend, "")
    for rule in ingress.spec.rules or ():
        for path in (rule.http and rule.http.paths) or ():
            yield from _to_backend(key, path.backend, (rule.host or "") + (path.path or ""), is_exact=path.path_type == "Exact")


def _to_backend(key: Key, backend: IngressBackend, where: str, *, is_exact: bool = False) -> Iterator[EntryPoint]:
    """A backend that is no Service leads to none."""
    if backend.service is not None:
        port = backend.service.port
        number = (port.name or port.number) if port else None
        yield EntryPoint(key, (key.namespace, backend.service.name), number, where, is_exact=is_exact)
    elif backend.service_name:
        port_before = backend.service_port
        number = int(port_before) if isinstance(port_before, str) and port_before.isdigit() else port_before
        yield EntryPoint(key, (key.namespace, backend.service_name), number, where, is_exact=is_exact)


def _of_openshift(key: Key, route: OpenShiftRoute) -> Iterator[EntryPoint]:
    if route.spec is None:
        return
    where = (route.spec.host or "") + (route.spec.path or "")
    for target in filter(None, (route.spec.to, *(route.spec.alternate_backends or ()))):
        if target.kind in (None, "Service") and target.weight != 0:
            yield EntryPoint(key, (key.namespace, target.name), route.spec.port.target_port if route.spec.port else None, where)


# ---- the Gateway API


def _of_route(key: Key, route: GatewayRoute, snapshot: Snapshot) -> Iterator[EntryPoint]:
    """To each backend by each Gateway that lets the route in, under the hosts of both."""
    spec = route.spec or GatewayRouteSpec()
    hosts = spec.hostnames or ()
    for parent in spec.parent_refs or ():
        if (parent.kind or "Gateway") != "Gateway":             # in a mesh a route may have a Service as its parent
            continue
        gateway = Key("Gateway", parent.namespace or key.namespace, parent.name)
        served = _hosts_at(gateway, parent, key, hosts, snapshot)
        for backend in (each for rule in spec.rules or () for each in rule.backend_refs or ()):
            if _is_meant(backend) and _is_granted(backend, key, snapshot):
                for where in served:
                    yield EntryPoint(gateway, (backend.namespace or key.namespace, backend.name), backend.port, where, key)


def _is_meant(backend: BackendReference) -> bool:
    """A Service; "If weight is set to 0, no traffic should be forwarded" (BackendRef.weight)."""
    return (backend.kind or "Service") == "Service" and not backend.group and backend.weight != 0


_CARRIES = {"HTTPRoute": ("HTTP", "HTTPS"), "GRPCRoute": ("HTTP", "HTTPS"), "TLSRoute": ("TLS",), "TCPRoute": ("TCP", "TLS"),
            "UDPRoute": ("UDP",)}                               # "kinds ... compatible with the protocol" (Listener.protocol)


def _hosts_at(gateway: Key, parent: ParentReference, route: Key, hosts: Sequence[str], snapshot: Snapshot) -> list[str]:
    """The hosts under which a Gateway serves a route: none where it is known to refuse it, "" for any."""
    found = snapshot.beside.get(gateway)
    if not isinstance(found, Gateway) or found.spec is None:
        return list(hosts) or [""]
    listeners = [each for each in found.spec.listeners or ()
                 if parent.section_name in (None, each.name) and parent.port in (None, each.port) and _may_carry(route.kind, each.protocol)
                 and _lets_in(each.allowed_routes.namespaces if each.allowed_routes else None, gateway, route, snapshot)]
    served = [both for each in listeners for host in hosts or ("",) if (both := _common(each.hostname or "", host)) is not None]
    return list(dict.fromkeys(served))


def _may_carry(kind: str, protocol: str) -> bool:
    """Protocols of implementations' own may carry anything."""
    return protocol in _CARRIES.get(kind, ()) or protocol not in {"HTTP", "HTTPS", "TLS", "TCP", "UDP"}


def _common(listener: str, route: str) -> str | None:
    """"There must be at least one intersecting hostname" (HTTPRouteSpec.hostnames): the narrower of both, None where there is none."""
    for narrow, wide in ((route, listener), (listener, route)):
        if not wide or narrow == wide or (wide.startswith("*.") and narrow.endswith(wide[1:])):
            return narrow
    return None


def _lets_in(allowed: RouteNamespaces | None, gateway: Key, route: Key, snapshot: Snapshot) -> bool:
    """"Same: Only Routes in the same namespace may be used by this Gateway", which is the default (RouteNamespaces.from). Where the
    labels of the namespace could not be read it may."""
    origin = (allowed and allowed.origin) or "Same"
    if origin == "Selector":
        selector = selector_of((allowed and allowed.selector) or LabelSelector())
        return may_match(selector, route.namespace, snapshot)
    return origin == "All" or (origin == "Same" and gateway.namespace == route.namespace)


def _is_granted(backend: BackendReference, route: Key, snapshot: Snapshot) -> bool:
    """"When unspecified ... the local namespace is inferred. ... when a namespace different than the local namespace is specified, a
    ReferenceGrant object is required in the referent namespace" (BackendObjectReference.namespace)."""
    if backend.namespace in (None, route.namespace) or not snapshot.has_read(Listing("ReferenceGrant", backend.namespace or "")):
        return True
    grants = [grant.spec for key, grant in snapshot.beside.items()
              if isinstance(grant, ReferenceGrant) and key.namespace == backend.namespace and grant.spec is not None]
    return any(
        GrantedFrom(GATEWAY_GROUP, route.kind, route.namespace) in (grant.origins or ())
        and any(not each.group and each.kind == "Service" and each.name in (None, "", backend.name) for each in grant.to or ())
        for grant in grants)

