"""Which fields do we read of what publishes Services: Ingresses, Gateways with their routes, Routes of OpenShift?

Sources: kubernetes/api networking/v1 types.go; kubernetes-sigs/gateway-api apis/v1, v1alpha2 and v1beta1; openshift/api route/v1 types.go.
The fields are the same in all versions that are served, but for the backends of an Ingress before networking.k8s.io/v1.
"""
from typing import Any

from msgspec import Struct, field

from kubectl_netpol.api.metadata import LabelSelector, Metadata


class Point(Struct, frozen=True):
    """Where a load balancer can be dialled: an address or a name."""

    ip: str | None = None
    hostname: str | None = None


class LoadBalancer(Struct, frozen=True):
    ingress: tuple[Point, ...] | None = None


class IngressStatus(Struct, frozen=True, rename="camel"):
    load_balancer: LoadBalancer | None = None


class BackendPort(Struct, frozen=True):
    """One of them: a port of the Service, not of its pods."""

    name: str | None = None
    number: int | None = None


class BackendService(Struct, frozen=True):
    name: str
    port: BackendPort | None = None


class IngressBackend(Struct, frozen=True, rename="camel"):
    """service; before networking.k8s.io/v1 serviceName and servicePort."""

    service: BackendService | None = None
    service_name: str | None = None
    service_port: int | str | None = None


class IngressPath(Struct, frozen=True, rename="camel"):
    backend: IngressBackend
    path: str | None = None
    path_type: str | None = None


class IngressPaths(Struct, frozen=True):
    paths: tuple[IngressPath, ...] | None = None


class IngressHost(Struct, frozen=True):
    host: str | None = None
    http: IngressPaths | None = None


class IngressSpec(Struct, frozen=True, rename="camel"):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None                       # the same before networking.k8s.io/v1
    rules: tuple[IngressHost, ...] | None = None


class Ingress(Struct, frozen=True):
    metadata: Metadata
    spec: IngressSpec | None = None
    status: IngressStatus | None = None


class IngressClassSpec(Struct, frozen=True):
    controller: str | None = None


class IngressClass(Struct, frozen=True):
    metadata: Metadata
    spec: IngressClassSpec | None = None


class RouteNamespaces(Struct, frozen=True):
    origin: str | None = field(default=None, name="from")       # Same, which is meant by none, All, Selector or None
    selector: LabelSelector | None = None


class AllowedRoutes(Struct, frozen=True):
    namespaces: RouteNamespaces | None = None


class Listener(Struct, frozen=True, rename="camel"):
    name: str
    port: int
    protocol: str
    hostname: str | None = None
    allowed_routes: AllowedRoutes | None = None


class GatewayAddress(Struct, frozen=True):
    value: str = ""
    type: str | None = None


class GatewaySpec(Struct, frozen=True, rename="camel"):
    gateway_class_name: str = ""
    listeners: tuple[Listener, ...] | None = None


class GatewayStatus(Struct, frozen=True):
    addresses: tuple[GatewayAddress, ...] | None = None


class Gateway(Struct, frozen=True):
    metadata: Metadata
    spec: GatewaySpec | None = None
    status: GatewayStatus | None = None


class GatewayClassSpec(Struct, frozen=True, rename="camel"):
    controller_name: str | None = None


class GatewayClass(Struct, frozen=True):
    metadata: Metadata
    spec: GatewayClassSpec | None = None


class ParentReference(Struct, frozen=True, rename="camel"):
    """Without a namespace that of the route, without group and kind a Gateway."""

    name: str
    namespace: str | None = None
    kind: str | None = None
    section_name: str | None = None
    port: int | None = None


class BackendReference(Struct, frozen=True):
    """Without a namespace that of the route, without group and kind a Service; the port is the Service's."""

    name: str
    namespace: str | None = None
    group: str | None = None
    kind: str | None = None
    port: int | None = None
    weight: int | None = None


class GatewayRouteRule(Struct, frozen=True, rename="camel"):
    backend_refs: tuple[BackendReference, ...] | None = None


class GatewayRouteSpec(Struct, frozen=True, rename="camel"):
    parent_refs: tuple[ParentReference, ...] | None = None
    hostnames: tuple[str, ...] | None = None
    rules: tuple[GatewayRouteRule, ...] | None = None


class GatewayRoute(Struct, frozen=True):
    """HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute."""

    metadata: Metadata
    spec: GatewayRouteSpec | None = None


class GrantedFrom(Struct, frozen=True):
    group: str
    kind: str
    namespace: str


class GrantedTo(Struct, frozen=True):
    """Without a name all of the kind in the grant's namespace."""

    group: str
    kind: str
    name: str | None = None


class ReferenceGrantSpec(Struct, frozen=True):
    to: tuple[GrantedTo, ...] | None = None
    origins: tuple[GrantedFrom, ...] | None = field(default=None, name="from")


class ReferenceGrant(Struct, frozen=True):
    metadata: Metadata
    spec: ReferenceGrantSpec | None = None


class RouteTarget(Struct, frozen=True):
    kind: str | None = None
    name: str = ""
    weight: int | None = None


class RoutePort(Struct, frozen=True, rename="camel"):
    """"The target port on pods selected by the service this route points to. If this is a string, it will be looked up as a named port
    in the target endpoints port list": names in there are those of the Service's ports."""

    target_port: int | str | None = None


class OpenShiftRouteSpec(Struct, frozen=True, rename="camel"):
    host: str | None = None
    path: str | None = None
    to: RouteTarget | None = None
    alternate_backends: tuple[RouteTarget, ...] | None = None
    port: RoutePort | None = None


class OpenShiftRoute(Struct, frozen=True):
    metadata: Metadata
    spec: OpenShiftRouteSpec | None = None


GATEWAY_GROUP, OPENSHIFT_GROUP = "gateway.networking.k8s.io", "route.openshift.io"
GATEWAY_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
KINDS: dict[tuple[str, str], Any] = {
    ("networking.k8s.io", "Ingress"): Ingress, ("networking.k8s.io", "IngressClass"): IngressClass,
    (GATEWAY_GROUP, "Gateway"): Gateway, (GATEWAY_GROUP, "GatewayClass"): GatewayClass,
    **{(GATEWAY_GROUP, kind): GatewayRoute for kind in GATEWAY_ROUTES},
    (GATEWAY_GROUP, "ReferenceGrant"): ReferenceGrant, (OPENSHIFT_GROUP, "Route"): OpenShiftRoute}
