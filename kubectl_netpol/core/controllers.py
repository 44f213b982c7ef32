"""Which pods carry the traffic of an Ingress, a Gateway or a Route? They are found by evidence, which is told with them.

First the address that the controller wrote into the status, if that is of a LoadBalancer Service; then what its class says; last labels
that everybody knows. Sources: networking/v1 IngressClassSpec.controller, gateway-api GatewayClassSpec.controllerName and GEP-1762, the
charts and documentation of the controllers; for OpenShift the Red Hat documentation of network policies.
"""
from collections import defaultdict
from enum import Enum
from functools import cached_property, lru_cache

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.api.entries import Gateway, GatewayClass, Ingress, IngressClass, OpenShiftRoute
from kubectl_netpol.core.endpoints import protocol_of, selects_pods, spec_of, type_of
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.selectors import (
    EVERYTHING,
    Operator,
    Requirement,
    Selector,
    format_selector,
    matches,
    parse_selector,
    selector_of_labels,
)
from kubectl_netpol.core.targets import Block, Object, Pods, Source, TargetKind, format_source
from kubectl_netpol.core.workloads import labels_of_templates
from kubectl_netpol.snapshot import Key, Listing, Snapshot


class Place(Enum):
    PODS = "pods"
    BALANCER = "balancer"                                       # outside the cluster: policies see addresses of load balancers
    AGENT = "agent"                                             # in a plugin's agent, which no label selects


class Controller(Struct, frozen=True):
    """A row of the table: who serves classes of these names, and the labels of its pods."""

    name: str
    controllers: tuple[str, ...]                                # of IngressClasses and GatewayClasses; with more after a slash, too
    labels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()                               # names that its class has by convention
    place: Place = Place.PODS
    addresses: tuple[str, ...] = ()                             # of its load balancers


CONTROLLERS = (
    Controller("ingress-nginx", ("k8s.io/ingress-nginx",), (
        "app.kubernetes.io/component=controller,app.kubernetes.io/name=ingress-nginx",
        "app.kubernetes.io/component=controller,app.kubernetes.io/name=rke2-ingress-nginx",
        "name=nginx-ingress-microk8s"), ("nginx", "public")),
    Controller("Traefik", ("traefik.io/ingress-controller", "traefik.io/gateway-controller"),
               ("app.kubernetes.io/name=traefik",), ("traefik",)),
    Controller("NGINX Ingress Controller", ("nginx.org/ingress-controller",),
               ("app.kubernetes.io/name=nginx-ingress", "app=nginx-ingress"), ("nginx",)),
    Controller("HAProxy Kubernetes Ingress Controller", ("haproxy.org/ingress-controller",),
               ("app.kubernetes.io/name=kubernetes-ingress",), ("haproxy",)),
    Controller("HAProxy Ingress", ("haproxy-ingress.github.io/controller",), ("app.kubernetes.io/name=haproxy-ingress",), ("haproxy",)),
    Controller("Contour", ("projectcontour.io/ingress-controller", "projectcontour.io/gateway-controller"),
               ("app.kubernetes.io/component=envoy,app.kubernetes.io/name=contour", "app=envoy"), ("contour",)),
    Controller("Kong", ("ingress-controllers.konghq.com/kong", "konghq.com/kic-gateway-controller"),
               ("app.kubernetes.io/name=kong",), ("kong",)),
    Controller("Istio", ("istio.io/ingress-controller",), ("istio=ingressgateway",), ("istio",)),     # a Gateway gets pods of its own
    Controller("Istio's Gateways", ("istio.io/gateway-controller",)),
    Controller("Envoy Gateway", ("gateway.envoyproxy.io/gatewayclass-controller",)),
    Controller("NGINX Gateway Fabric", ("gateway.nginx.org/nginx-gateway-controller",), ("app.kubernetes.io/name=nginx-gateway",)),
    Controller("Cilium", ("cilium.io/ingress-controller", "io.cilium/gateway-controller"), (), ("cilium",), Place.AGENT),
    Controller("AWS Load Balancer Controller", ("ingress.k8s.aws/alb", "gateway.k8s.aws/alb", "gateway.k8s.aws/nlb"), (), ("alb",),
               Place.BALANCER),
    Controller("GKE", ("networking.gke.io/gateway",), (), ("gce-internal",), Place.BALANCER),
    Controller("GKE Ingress", ("k8s.io/ingress-gce",), (), ("gce",), Place.BALANCER, ("35.191.0.0/16", "130.211.0.0/22")),
    Controller("Application Gateway", ("azure/application-gateway", "alb.networking.azure.io/alb-controller"), (),
               ("azure/application-gateway", "azure-application-gateway", "azure-alb-external"), Place.BALANCER),
)
_NAME = "app.kubernetes.io/name="                               # a label that says whose pods they are
_OPENSHIFT = "openshift.io/ingress-to-route"
# "policy-group.network.openshift.io/ingress" and the label before it, of the namespaces that the routers are in
ROUTERS = (Selector((Requirement("policy-group.network.openshift.io/ingress", Operator.EXISTS),)),
           parse_selector("network.openshift.io/policy-group=ingress"))
CLASS_ANNOTATION, DEFAULT_CLASS = "kubernetes.io/ingress.class", "ingressclass.kubernetes.io/is-default-class"
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
_OWNING = "gateway.envoyproxy.io/owning-gateway"


class Carrier(Struct, frozen=True):
    """Who dials a Service's pods for an entry point, and how that is known. Nobody: it cannot be told."""

    sources: tuple[Source, ...]
    evidence: Remark
    is_outside: bool = False                                    # load balancers that are no pods


ENTRIES = (Ingress, Gateway, OpenShiftRoute)


def carriers_of(snapshot: Snapshot) -> dict[Key, Carrier]:
    """Of all that is there."""
    finder = Finder(snapshot)
    return {key: finder.carrier(key) for key, each in snapshot.beside.items() if isinstance(each, ENTRIES)}


def carrier_of(entry: Key, snapshot: Snapshot) -> Carrier:
    return Finder(snapshot).carrier(entry)


class Finder:
    """What several entry points ask of one snapshot is looked for once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._homes: dict[tuple[Selector, str | None], frozenset[str]] = {}
        self._by_point: dict[str, list[Key]] | None = None

    def carrier(self, entry: Key) -> Carrier:
        if entry not in self.snapshot.beside:                   # a Gateway that a route names, and nobody has read
            return Carrier((), Remark("carrier-unread", {"entry": str(entry)}))
        if entry.kind == "Route":
            return self._router()
        found = self.by_address(entry) or self._of_gateway(entry) or self._by_class(entry) or self._by_labels(entry)
        return found or Carrier((), Remark("carrier-hidden" if self._is_hidden(entry) else "carrier-unknown", {"entry": str(entry)}))

    def _is_hidden(self, entry: Key) -> bool:
        """Whether what would tell it could not be read."""
        read = [Listing("Service", fields="spec.type=LoadBalancer"), Listing(f"{entry.kind}Class")]
        read += [Listing("Pod", within or "", labels=format_selector(selector)) for selector, within in self.labels_to_look_for(entry)]
        return any(self.snapshot.gap_at(each) for each in read)

    def labels_to_look_for(self, entry: Key) -> tuple[tuple[Selector, str | None], ...]:
        """The labels of the pods that may carry its traffic, and their namespace, if one is known; none where its address tells."""
        if entry.kind == "Route" or self.by_address(entry):
            return ()
        own = _selectors_of_gateway(entry) if entry.kind == "Gateway" else ()
        if any(self.homes(*each) for each in own):
            return own
        return (*own, *((selector, None) for row in self.candidates(entry) for selector in _selectors(row)))

    # ---- by the address in the status

    def by_address(self, entry: Key) -> Carrier | None:
        if self._by_point is None:
            self._by_point = _services_by_point(self.snapshot)
        ports, points = listener_ports(entry, self.snapshot), sorted(_points_of(entry, self.snapshot))
        found = {key: point for point in points for key in self._by_point.get(point, ()) if ports & _numbers_of(key, self.snapshot)}
        if len({(key.namespace, _selector_of(key, self.snapshot)) for key in found}) != 1:
            return None                                         # none, or an address that several share
        key, point = next(iter(found.items()))
        facts = {"entry": str(entry), "service": f"ns/{key.namespace}:svc/{key.name}", "address": point}
        return Carrier((Object(TargetKind.SERVICE, key.name, key.namespace),), Remark("carrier-by-address", facts))

    # ---- by its class

    def class_of(self, entry: Key) -> tuple[str, str]:
        """The name of its class, and the controller of that; "" where it says none, or is not known."""
        beside = self.snapshot.beside
        match beside.get(entry):
            case Gateway(spec=spec):
                name = spec.gateway_class_name if spec else ""
                found = beside.get(Key("GatewayClass", "", name))
                return name, (isinstance(found, GatewayClass) and found.spec and found.spec.controller_name) or ""
            case Ingress(metadata=metadata, spec=ingress):
                annotated = (metadata.annotations or {}).get(CLASS_ANNOTATION)
                name = (ingress and ingress.ingress_class_name) or annotated or self._default_class
                own = beside.get(Key("IngressClass", "", name))
                return name, (isinstance(own, IngressClass) and own.spec and own.spec.controller) or ""
        return "", ""

    @cached_property
    def _default_class(self) -> str:
        """"If a single IngressClass resource has this annotation set to true, new Ingress resources without a class" have it."""
        names = [key.name for key, each in self.snapshot.beside.items()
                 if isinstance(each, IngressClass) and (each.metadata.annotations or {}).get(DEFAULT_CLASS) == "true"]
        return names[0] if len(names) == 1 else ""

    def candidates(self, entry: Key) -> tuple[Controller, ...]:
        """The rows that a class may mean: by its controller, else by its name; without a class all that have pods."""
        name, controller = self.class_of(entry)
        if controller:
            return tuple(each for each in CONTROLLERS if any(f"{controller}/".startswith(f"{own}/") for own in each.controllers))
        return tuple(each for each in CONTROLLERS if (name in each.classes if name else each.place is Place.PODS))

    def _of_gateway(self, entry: Key) -> Carrier | None:
        if entry.kind != "Gateway":
            return None
        found = (self._pods(entry, selector, home, "carrier-by-gateway", {}) for selector, home in _selectors_of_gateway(entry))
        return next(filter(None, found), None)

    def _by_class(self, entry: Key) -> Carrier | None:
        name, controller = self.class_of(entry)
        if controller == _OPENSHIFT:
            return self._router()
        found = []
        for row in self.candidates(entry) if name else ():
            facts = {"class": name, "controller": row.name}
            if row.place is not Place.PODS:
                return _outside(entry, row, facts)
            found.append(self._pods_of(entry, row, "carrier-by-class", facts))
        return _only(found)

    def _by_labels(self, entry: Key) -> Carrier | None:
        """Of an entry point without a class: the only controller that is there."""
        if self.class_of(entry)[0]:
            return None
        known = [replace(row, labels=tuple(label for label in row.labels if _NAME in label)) for row in self.candidates(entry)]
        return _only([self._pods_of(entry, row, "carrier-by-labels", {"controller": row.name}) for row in known])

    def _pods_of(self, entry: Key, row: Controller, code: str, facts: dict[str, str]) -> Carrier | None:
        """By the first of its labels that pods have; where those with others are elsewhere, it is not known which of them are meant."""
        homes = frozenset().union(*(self.homes(selector, None) for selector in _selectors(row)))
        if len(homes) != 1:
            return None
        return next(filter(None, (self._pods(entry, selector, None, code, facts) for selector in _selectors(row))), None)

    def _pods(self, entry: Key, selector: Selector, within: str | None, code: str, facts: dict[str, str]) -> Carrier | None:
        """The pods of one namespace: where there are such in several, it is not known which of them are meant."""
        homes = self.homes(selector, within)
        if len(homes) != 1:
            return None
        source = Pods(selector, next(iter(homes)))
        return Carrier((source,), Remark(code, {"entry": str(entry), "pods": format_source(source), **facts}))

    def homes(self, selector: Selector, within: str | None) -> frozenset[str]:
        """The namespaces of pods with some labels."""
        if self.snapshot.gap_at(Listing("Pod", within or "", labels=format_selector(selector))):
            return frozenset()                                  # there may be more of them
        if (selector, within) not in self._homes:
            self._homes[selector, within] = frozenset(
                namespace for namespace, labels in labels_of_templates(self.snapshot)
                if within in (None, namespace) and matches(selector, labels))
        return self._homes[selector, within]

    def _router(self) -> Carrier:
        """Those of OpenShift: their namespaces have a label for policies; with podSelector {} host-network pods are meant, too."""
        for selector in ROUTERS:
            if any(matches(selector, each.metadata.labels or {}) for each in self.snapshot.namespaces.values()):
                return Carrier((Pods(EVERYTHING, None, selector),), Remark("carrier-router", {"namespaces": format_selector(selector)}))
        return Carrier((), Remark("carrier-no-router"))


def _outside(entry: Key, row: Controller, facts: dict[str, str]) -> Carrier:
    facts = {"entry": str(entry), "addresses": ", ".join(row.addresses), **facts}
    if row.place is Place.AGENT:
        return Carrier((), Remark("carrier-in-agent", facts))
    return Carrier(tuple(map(Block, row.addresses)), Remark("carrier-balancer-at" if row.addresses else "carrier-balancer", facts),
                   is_outside=True)


def _only(found: list[Carrier | None]) -> Carrier | None:
    known = [each for each in found if each]
    return known[0] if len(known) == 1 else None


@lru_cache
def _selectors(row: Controller) -> tuple[Selector, ...]:
    return tuple(map(parse_selector, row.labels))


def _selectors_of_gateway(gateway: Key) -> tuple[tuple[Selector, str | None], ...]:
    """The labels of the pods that are made for a Gateway, and their namespace, if that is known: GEP-1762 wants the first of all
    implementations that make such pods, in the namespace of the Gateway; Envoy Gateway has its own."""
    return ((selector_of_labels({GATEWAY_NAME: gateway.name}), gateway.namespace),
            (selector_of_labels({f"{_OWNING}-name": gateway.name, f"{_OWNING}-namespace": gateway.namespace}), None))


# ---- where an entry point, and a Service, can be dialled


def _points_of(entry: Key, snapshot: Snapshot) -> frozenset[str]:
    """The addresses and names that the controller wrote into the status."""
    match snapshot.beside.get(entry):
        case Ingress(status=status):
            ingress = (status and status.load_balancer and status.load_balancer.ingress) or ()
            return frozenset(text for point in ingress for text in (point.ip, point.hostname) if text)
        case Gateway(status=of_gateway):
            return frozenset(each.value for each in (of_gateway and of_gateway.addresses) or () if each.value)
    return frozenset()


def listener_ports(entry: Key, snapshot: Snapshot) -> set[int]:
    """The ports at which it is dialled."""
    match snapshot.beside.get(entry):
        case Gateway(spec=spec) if spec and spec.listeners:
            return {listener.port for listener in spec.listeners}
    return {80, 443}


def _services_by_point(snapshot: Snapshot) -> dict[str, list[Key]]:
    """Services with pods by the addresses of their load balancers, and external ones."""
    found: dict[str, list[Key]] = defaultdict(list)
    for (namespace, name), service in sorted(snapshot.services.items()):
        for point in dialled(service) if selects_pods(service) else ():
            found[point].append(Key("Service", namespace, name))
    return found


def dialled(service: api.Service) -> list[str]:
    """Where clients outside dial a Service."""
    spec, status = spec_of(service), service.status
    ingress = (status and status.load_balancer and status.load_balancer.ingress) or ()
    balancer = [text for each in ingress for text in (each.ip, each.hostname)] if type_of(service) == "LoadBalancer" else []
    return list(dict.fromkeys(text for text in (*balancer, *(spec.external_ips or ())) if text))


def _numbers_of(service: Key, snapshot: Snapshot) -> set[int]:
    """Of TCP, in which the web is."""
    return {port.port for port in spec_of(snapshot.services[service.namespace, service.name]).ports or () if protocol_of(port) == "TCP"}


def _selector_of(service: Key, snapshot: Snapshot) -> Selector:
    return selector_of_labels(spec_of(snapshot.services[service.namespace, service.name]).selector or {})
