"""Which Ingresses, Gateways and Routes publish a Service port?

Sources: networking/v1 IngressBackend ("Name or number of the port on the referenced Service"), gateway-api apis/v1 shared_types.go
(BackendObjectReference, ParentReference, RouteNamespaces) and referencegrant_types.go, openshift/api route/v1 RoutePort.
"""
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, convert

from kubectl_netpol import api
from kubectl_netpol.api.entries import (
    GATEWAY_GROUP,
    GATEWAY_ROUTES,
    OPENSHIFT_GROUP,
    BackendReference,
    Gateway,
    GatewayRoute,
    GrantedFrom,
    Ingress,
    IngressBackend,
    OpenShiftRoute,
    ParentReference,
    ReferenceGrant,
)
from kubectl_netpol.core.classes import labels_of_namespace
from kubectl_netpol.core.endpoints import target_of
from kubectl_netpol.core.selectors import matches, selector_of
from kubectl_netpol.snapshot import Key, Snapshot


class EntryPoint(Struct, frozen=True, order=True):
    """One way to a Service: clients outside dial it, and its controller dials the Service's pods."""

    key: Key                                                    # the Ingress, Gateway or Route of OpenShift
    service: tuple[str, str]                                    # namespace and name
    port: int | str | None                                      # as it is named there; None: each port
    where: str = ""                                             # host and path, if it says any
    route: Key | None = None                                    # the route that a Gateway has it from


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
            yield from _to_backend(key, path.backend, (rule.host or "") + (path.path or ""))


def _to_backend(key: Key, backend: IngressBackend, where: str) -> Iterator[EntryPoint]:
    """A backend that is no Service leads to none."""
    if backend.service is not None:
        port = backend.service.port
        number = (port.name or port.number) if port else None
        yield EntryPoint(key, (key.namespace, backend.service.name), number, where)
    elif backend.service_name:
        port_before = backend.service_port
        number = int(port_before) if isinstance(port_before, str) and port_before.isdigit() else port_before
        yield EntryPoint(key, (key.namespace, backend.service_name), number, where)


def _of_openshift(key: Key, route: OpenShiftRoute) -> Iterator[EntryPoint]:
    if route.spec is None:
        return
    where = (route.spec.host or "") + (route.spec.path or "")
    for target in filter(None, (route.spec.to, *(route.spec.alternate_backends or ()))):
        if target.kind in (None, "Service"):
            yield EntryPoint(key, (key.namespace, target.name), route.spec.port.target_port if route.spec.port else None, where)


# ---- the Gateway API


def _of_route(key: Key, route: GatewayRoute, snapshot: Snapshot) -> Iterator[EntryPoint]:
    """To each backend by each Gateway that lets the route in."""
    spec = route.spec
    gateways = [gateway for parent in (spec and spec.parent_refs) or () if (gateway := _gateway_of(parent, key, snapshot))]
    for backend in (each for rule in (spec and spec.rules) or () for each in rule.backend_refs or ()):
        if (backend.kind or "Service") == "Service" and not backend.group and _is_granted(backend, key, snapshot):
            for gateway in gateways:
                for where in (spec and spec.hostnames) or ("",):
                    yield EntryPoint(gateway, (backend.namespace or key.namespace, backend.name), backend.port, where, key)


def _gateway_of(parent: ParentReference, route: Key, snapshot: Snapshot) -> Key | None:
    """The Gateway of a parentRef, unless it is known to refuse the route. In a mesh a route may have a Service as its parent."""
    key = Key("Gateway", parent.namespace or route.namespace, parent.name)
    if (parent.kind or "Gateway") != "Gateway":
        return None
    gateway = snapshot.beside.get(key)
    if not isinstance(gateway, Gateway) or gateway.spec is None:
        return key
    listeners = [each for each in gateway.spec.listeners or ()
                 if parent.section_name in (None, each.name) and parent.port in (None, each.port)]
    admits = any(_lets_in((each.allowed_routes and each.allowed_routes.namespaces) or None, key, route, snapshot) for each in listeners)
    return key if admits else None


def _lets_in(allowed: object, gateway: Key, route: Key, snapshot: Snapshot) -> bool:
    """"Same: Only Routes in the same namespace may be used by this Gateway", which is the default (RouteNamespaces.from)."""
    origin = getattr(allowed, "origin", None) or "Same"
    if origin == "Selector":
        selector = selector_of(convert(getattr(allowed, "selector", None) or {}, api.LabelSelector))
        return matches(selector, labels_of_namespace(snapshot, route.namespace))
    return origin == "All" or (origin == "Same" and gateway.namespace == route.namespace)


def _is_granted(backend: BackendReference, route: Key, snapshot: Snapshot) -> bool:
    """"When unspecified ... the local namespace is inferred. ... when a namespace different than the local namespace is specified, a
    ReferenceGrant object is required in the referent namespace" (BackendObjectReference.namespace)."""
    if backend.namespace in (None, route.namespace):
        return True
    grants = [grant.spec for key, grant in snapshot.beside.items()
              if isinstance(grant, ReferenceGrant) and key.namespace == backend.namespace and grant.spec is not None]
    return any(
        GrantedFrom(GATEWAY_GROUP, route.kind, route.namespace) in (grant.origins or ())
        and any(not each.group and each.kind == "Service" and each.name in (None, "", backend.name) for each in grant.to or ())
        for grant in grants)

