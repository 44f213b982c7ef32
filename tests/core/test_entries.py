"""Which Ingresses, Gateways and Routes lead to a Service port, and whose pods carry their traffic?"""
from typing import Any

import pytest

from kubectl_netpol.core.arrivals import arrivals, verdict_of_all
from kubectl_netpol.core.controllers import carrier_of, carriers_of
from kubectl_netpol.core.destinations import spot_of
from kubectl_netpol.core.endpoints import backends_of
from kubectl_netpol.core.entries import entry_points, leads_to
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.targets import Outside, format_source
from kubectl_netpol.snapshot import Key
from tests import program
from tests.e2e_cases import Document, namespace, netpol, ns_is, only, pod, pod_is, service, template
from tests.snapshots import snapshot, state

NETWORKING, GATEWAYS = "networking.k8s.io/v1", "gateway.networking.k8s.io/v1"


def thing(kind: str, where: str, spec: Document, *, version: str = GATEWAYS, status: Document | None = None, **metadata: Any) -> Document:
    home, _, name = where.rpartition("/")
    place = {"namespace": home} if home else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **place, **metadata}, "spec": spec,
            **({"status": status} if status else {})}


def backend(service_name: str, **port: Any) -> Document:
    return {"service": {"name": service_name, "port": port}}


def ingress(
        where: str, *backends: Document, cls: str | None = None, ip: str = "", default: Document | None = None,
        **metadata: Any) -> Document:
    paths = [{"path": f"/{number}", "pathType": "Prefix", "backend": each} for number, each in enumerate(backends)]
    spec = {**({"ingressClassName": cls} if cls else {}), **({"defaultBackend": default} if default else {}),
            "rules": [{"host": "a.example", "http": {"paths": paths}}]}
    status = {"loadBalancer": {"ingress": [{"hostname" if ip[:1].isalpha() else "ip": ip}]}} if ip else None
    return thing("Ingress", where, spec, version=NETWORKING, status=status, **metadata)


def gateway(
        where: str, allowed: Document | None = None, cls: str = "any", ip: str = "", port: int = 80, protocol: str = "HTTP",
        hostname: str = "") -> Document:
    listener = {"name": "web", "port": port, "protocol": protocol, **({"hostname": hostname} if hostname else {}),
                **({"allowedRoutes": {"namespaces": allowed}} if allowed else {})}
    status = {"addresses": [{"type": "IPAddress", "value": ip}]} if ip else None
    return thing("Gateway", where, {"gatewayClassName": cls, "listeners": [listener]}, status=status)


def route(where: str, parent: Document, *backends: Document, kind: str = "HTTPRoute", hosts: tuple[str, ...] = ()) -> Document:
    return thing(kind, where, {
        "parentRefs": [parent], "rules": [{"backendRefs": list(backends)}], **({"hostnames": list(hosts)} if hosts else {})})


def grant(home: str, kind: str = "HTTPRoute", origin: str = "shop", **to: str) -> Document:
    spec = {"from": [{"group": "gateway.networking.k8s.io", "kind": kind, "namespace": origin}],
            "to": [{"group": "", "kind": "Service", **to}]}
    return thing("ReferenceGrant", f"{home}/grant", spec, version="gateway.networking.k8s.io/v1beta1")


SAME = gateway("shop/main")
TO_WEB = {"name": "web", "port": 80}


@pytest.mark.parametrize(("documents", "expected"), [
    pytest.param([ingress("shop/i", backend("web", number=80))], ["ingress/i → shop/web:80 a.example/0"], id="an Ingress, by number"),
    pytest.param([ingress("shop/i", backend("web", name="http"))], ["ingress/i → shop/web:http a.example/0"], id="by name"),
    pytest.param([ingress("shop/i", default=backend("web", number=80))], ["ingress/i → shop/web:80"], id="its default backend"),
    pytest.param([ingress("shop/i", {"resource": {"kind": "Bucket", "name": "b"}})], [], id="a backend that is no Service"),
    pytest.param([thing("Ingress", "shop/i", {"backend": {"serviceName": "web", "servicePort": 80}}, version="extensions/v1beta1")],
                 ["ingress/i → shop/web:80"], id="as it was before networking.k8s.io/v1"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, TO_WEB)], ["gateway/main by httproute/r → shop/web:80"], id="a route"),
    *(pytest.param([gateway("shop/main", protocol=protocol), route("shop/r", {"name": "main"}, TO_WEB, kind=kind)],
                   [f"gateway/main by {kind.lower()}/r → shop/web:80"], id=f"{kind} at {protocol}") for kind, protocol in (
                       ("HTTPRoute", "HTTPS"), ("GRPCRoute", "HTTP"), ("TLSRoute", "TLS"), ("TCPRoute", "TCP"), ("UDPRoute", "UDP"),
                       ("HTTPRoute", "example.com/own"))),
    *(pytest.param([gateway("shop/main", protocol=protocol), route("shop/r", {"name": "main"}, TO_WEB, kind=kind)], [],
                   id=f"no {kind} at {protocol}") for kind, protocol in (
                       ("HTTPRoute", "TCP"), ("GRPCRoute", "TLS"), ("TLSRoute", "HTTPS"), ("TCPRoute", "UDP"), ("UDPRoute", "TCP"))),
    *(pytest.param([gateway("shop/main", hostname=listener), route("shop/r", {"name": "main"}, TO_WEB, hosts=hosts)],
                   [f"gateway/main by httproute/r → shop/web:80 {host}".strip() for host in expected], id=f"{listener} and {hosts}")
      for listener, hosts, expected in (
          ("a.example", (), ["a.example"]), ("a.example", ("a.example", "b.example"), ["a.example"]), ("a.example", ("b.example",), []),
          ("*.example", ("a.example", "b.c.example"), ["a.example", "b.c.example"]), ("*.example", ("example",), []),
          ("a.example", ("*.example",), ["a.example"]), ("", ("a.example",), ["a.example"]))),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "weight": 0})], [], id="a backend of weight 0"),
    pytest.param([thing("Route", "shop/r", {"to": {"kind": "Service", "name": "web", "weight": 0}}, version="route.openshift.io/v1")], [],
                 id="of a Route too"),
    pytest.param([SAME, route("shop/r", {"name": "main", "sectionName": "other"}, TO_WEB)], [], id="of a listener that is not there"),
    pytest.param([SAME, route("shop/r", {"name": "main", "port": 81}, TO_WEB)], [], id="of a port without a listener"),
    pytest.param([gateway("infra/main"), route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)], [],
                 id="Gateways let in routes of their own namespace alone"),
    pytest.param([gateway("infra/main", {"from": "All"}), route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)],
                 ["gateway/main by httproute/r → shop/web:80"], id="but where they say All"),
    pytest.param([gateway("infra/main", {"from": "Selector", "selector": only("team=red")}), namespace("shop", "team=red"),
                  route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)], ["gateway/main by httproute/r → shop/web:80"],
                 id="or by labels"),
    pytest.param([gateway("infra/main", {"from": "Selector", "selector": only("team=red")}), namespace("shop", "team=blue"),
                  route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)], [], id="that the namespace must have"),
    pytest.param([gateway("shop/main", {"from": "None"}), route("shop/r", {"name": "main"}, TO_WEB)], [], id="None"),
    pytest.param([route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)], ["gateway/main by httproute/r → shop/web:80"],
                 id="of a Gateway that was not read it is not known whom it refuses"),
    pytest.param([SAME, route("shop/r", {"name": "main", "kind": "Service", "group": ""}, TO_WEB)], [], id="the route of a mesh"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "kind": "Bucket", "group": "example.com"})], [],
                 id="another kind of backend"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"})], [], id="another namespace needs a grant"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("other")],
                 ["gateway/main by httproute/r → other/web:80"], id="that is there"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("other", name="web")],
                 ["gateway/main by httproute/r → other/web:80"], id="by name"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("other", name="api")], [],
                 id="of another name"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("other", kind="TCPRoute")], [],
                 id="of another kind"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("other", origin="z")], [],
                 id="for another namespace"),
    pytest.param([SAME, route("shop/r", {"name": "main"}, {**TO_WEB, "namespace": "other"}), grant("shop")], [], id="in the wrong one"),
    pytest.param([thing("Route", "shop/r", {"host": "a.example", "to": {"kind": "Service", "name": "web"},
                                            "alternateBackends": [{"kind": "Service", "name": "old"}]}, version="route.openshift.io/v1")],
                 ["route/r → shop/old:None a.example", "route/r → shop/web:None a.example"], id="a Route of OpenShift")])
def test_what_leads_to_services(documents: list[Document], expected: list[str]) -> None:
    found = [way for ways in entry_points(snapshot(*documents)).values() for way in ways]
    assert sorted(f"{way.key}{f' by {way.route}' if way.route else ''} → {'/'.join(way.service)}:{way.port} {way.where}".strip()
                  for way in found) == expected


def test_routes_lead_to_ports_of_their_protocol() -> None:
    both = service("shop/web", "app=web", {"name": "a", "port": 443}, {"name": "b", "port": 443, "protocol": "UDP"})
    for kind, expected in (("HTTPRoute", ["TCP"]), ("UDPRoute", ["UDP"])):
        led = snapshot(both, route("shop/r", {"name": "main"}, {"name": "web", "port": 443}, kind=kind))
        spec, (way,) = led.services["shop", "web"].spec, entry_points(led)["shop", "web"]
        assert spec and [port.protocol or "TCP" for port in spec.ports or () if leads_to(way, port)] == expected


@pytest.mark.parametrize(("kind", "named", "leads"), [
    ("Ingress", 80, True), ("Ingress", "http", True), ("Ingress", 8080, False), ("Ingress", "web", False), ("Ingress", None, True),
    ("Gateway", 80, True), ("Gateway", 8080, False), ("Route", "http", True), ("Route", 8080, True), ("Route", 80, False)])
def test_entry_points_name_ports_of_the_service_and_routes_of_openshift_those_of_pods(kind: str, named: Any, leads: bool) -> None:
    port: Document = {"name": named} if isinstance(named, str) else {"number": named} if named else {}
    document = {"Ingress": ingress("shop/e", backend("web", **port)),
                "Gateway": route("shop/r", {"name": "e"}, {"name": "web", "port": named}),
                "Route": thing("Route", "shop/e", {"to": {"name": "web"}, "port": {"targetPort": named}}, version="route.openshift.io/v1")}
    known = snapshot(service("shop/web", "app=web", {"name": "http", "port": 80, "targetPort": 8080}), document[kind])
    spec = known.services["shop", "web"].spec
    assert spec and spec.ports
    (way,) = entry_points(known)["shop", "web"]
    assert leads_to(way, spec.ports[0]) is leads


# ---- who carries it


NGINX = "app.kubernetes.io/component=controller,app.kubernetes.io/name=ingress-nginx"
IN_NGINX = template("Deployment", "ingress-nginx/controller", NGINX)
TRAEFIK = template("Deployment", "kube-system/traefik", "app.kubernetes.io/name=traefik")
OWNED = "gateway.envoyproxy.io/owning-gateway-name=e,gateway.envoyproxy.io/owning-gateway-namespace=shop"
DEFAULT = {"ingressclass.kubernetes.io/is-default-class": "true"}


def ingress_class(name: str, controller: str, **metadata: Any) -> Document:
    return thing("IngressClass", name, {"controller": controller}, version=NETWORKING, **metadata)


def balancer(where: str, label: str, ip: str, *, port: int = 80) -> Document:
    point = {"hostname" if ip[:1].isalpha() else "ip": ip}
    return {**service(where, label, {"port": port}, type="LoadBalancer"), "status": {"loadBalancer": {"ingress": [point]}}}


@pytest.mark.parametrize(("documents", "expected", "evidence"), [
    pytest.param([ingress("shop/e", ip="1.1.1.1"), balancer("lb/front", "a=b", "1.1.1.1")], ["ns/lb:svc/front"], "carrier-by-address",
                 id="the Service with its address"),
    pytest.param([ingress("shop/e", ip="lb.example"), balancer("lb/front", "a=b", "lb.example")], ["ns/lb:svc/front"],
                 "carrier-by-address", id="or its name"),
    pytest.param([ingress("shop/e", ip="1.1.1.1"), service("lb/front", "a=b", {"port": 80}, externalIPs=["1.1.1.1"])], ["ns/lb:svc/front"],
                 "carrier-by-address", id="or an external address"),
    pytest.param([ingress("shop/e", ip="1.1.1.1"), balancer("lb/front", "a=b", "1.1.1.1"), balancer("lb/mail", "c=d", "1.1.1.1", port=25)],
                 ["ns/lb:svc/front"], "carrier-by-address", id="on the ports of the web, where several share an address"),
    pytest.param([ingress("shop/e", ip="1.1.1.1"), balancer("lb/front", "a=b", "1.1.1.1"), balancer("lb/other", "c=d", "1.1.1.1")], [],
                 "carrier-unknown", id="an address that two share there"),
    pytest.param([ingress("shop/e", ip="1.1.1.1"), balancer("lb/front", "", "1.1.1.1")], [], "carrier-unknown",
                 id="a Service without pods"),
    pytest.param([gateway("shop/e", ip="1.1.1.1", port=8443), balancer("lb/front", "a=b", "1.1.1.1", port=8443)], ["ns/lb:svc/front"],
                 "carrier-by-address", id="a Gateway, on its listeners' ports"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "k8s.io/ingress-nginx"), IN_NGINX], [f"ns/ingress-nginx:{NGINX}"],
                 "carrier-by-class", id="the controller of its class"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "haproxy.org/ingress-controller/public"),
                  template("DaemonSet", "ha/proxy", "app.kubernetes.io/name=kubernetes-ingress")],
                 ["ns/ha:app.kubernetes.io/name=kubernetes-ingress"], "carrier-by-class", id="with a suffix"),
    pytest.param([ingress("shop/e", annotations={"kubernetes.io/ingress.class": "nginx"}), IN_NGINX], [f"ns/ingress-nginx:{NGINX}"],
                 "carrier-by-class", id="the class of an annotation, by its name"),
    pytest.param([ingress("shop/e"), ingress_class("web", "traefik.io/ingress-controller", annotations=DEFAULT), TRAEFIK, IN_NGINX],
                 ["ns/kube-system:app.kubernetes.io/name=traefik"], "carrier-by-class", id="the default class"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "k8s.io/ingress-nginx"), IN_NGINX,
                  template("Deployment", "second/controller", NGINX)],
                 [], "carrier-unknown", id="installed twice it is not known which"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "k8s.io/ingress-nginx"), TRAEFIK], [], "carrier-unknown",
                 id="of another controller there are no pods"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "example.com/mine"), IN_NGINX], [], "carrier-unknown",
                 id="a controller that nobody knows"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "k8s.io/ingress-nginx"), IN_NGINX,
                  template("Deployment", "rke2/controller", NGINX.replace("=ingress", "=rke2-ingress"))], [], "carrier-unknown",
                 id="nor where another of its charts is installed too"),
    pytest.param([gateway("shop/e", cls="istio"), thing("GatewayClass", "istio", {"controllerName": "istio.io/gateway-controller"}),
                  template("Deployment", "istio-system/front", "istio=ingressgateway")], [], "carrier-unknown",
                 id="Istio makes pods for each Gateway: that of its Ingresses is none of them"),
    pytest.param([ingress("shop/e"), template("Deployment", "shop/own", "app=envoy")], [], "carrier-unknown",
                 id="a label that anybody may have says nothing alone"),
    pytest.param([ingress("shop/e", ip="1.1.1.1"), service("lb/front", "a=b", {"port": 443, "protocol": "UDP"}, externalIPs=["1.1.1.1"])],
                 [], "carrier-unknown", id="a port of UDP is not that of the web"),
    pytest.param([ingress("shop/e", cls="cilium")], [], "carrier-in-agent", id="in an agent"),
    pytest.param([ingress("shop/e", cls="web"), ingress_class("web", "ingress.k8s.aws/alb")], [], "carrier-balancer", id="outside"),
    pytest.param([ingress("shop/e", cls="gce")], ["35.191.0.0/16", "130.211.0.0/22"], "carrier-balancer-at",
                 id="outside, from known addresses"),
    pytest.param([ingress("shop/e"), IN_NGINX], [f"ns/ingress-nginx:{NGINX}"], "carrier-by-labels", id="without a class the only one"),
    pytest.param([ingress("shop/e"), IN_NGINX, TRAEFIK], [], "carrier-unknown", id="of two it is not known which"),
    pytest.param([gateway("shop/e"), pod("shop/data", "gateway.networking.k8s.io/gateway-name=e", ip="10.0.0.1")],
                 ["ns/shop:gateway.networking.k8s.io/gateway-name=e"], "carrier-by-gateway", id="pods that were made for a Gateway"),
    pytest.param([gateway("shop/e"), pod("other/data", "gateway.networking.k8s.io/gateway-name=e", ip="10.0.0.1")], [], "carrier-unknown",
                 id="in its namespace"),
    pytest.param([gateway("shop/e"), pod("envoys/data", OWNED, ip="10.0.0.1")],
                 [f"ns/envoys:{OWNED}"],
                 "carrier-by-gateway", id="Envoy Gateway has its own labels"),
    pytest.param([gateway("shop/e", cls="t"), thing("GatewayClass", "t", {"controllerName": "traefik.io/gateway-controller"}), TRAEFIK],
                 ["ns/kube-system:app.kubernetes.io/name=traefik"], "carrier-by-class", id="the controller of a GatewayClass"),
    pytest.param([thing("Route", "shop/e", {"to": {"name": "web"}}, version="route.openshift.io/v1"),
                  namespace("openshift-ingress", "policy-group.network.openshift.io/ingress=")],
                 ["ns:policy-group.network.openshift.io/ingress"], "carrier-router", id="routers of OpenShift"),
    pytest.param([thing("Route", "shop/e", {"to": {"name": "web"}}, version="route.openshift.io/v1"),
                  namespace("openshift-ingress", "network.openshift.io/policy-group=ingress")],
                 ["ns:network.openshift.io/policy-group=ingress"], "carrier-router", id="with the label of before"),
    pytest.param([thing("Route", "shop/e", {"to": {"name": "web"}}, version="route.openshift.io/v1"), namespace("openshift-ingress")], [],
                 "carrier-no-router", id="without it")])
def test_who_carries_the_traffic_and_how_that_is_known(documents: list[Document], expected: list[str], evidence: str) -> None:
    (entry,) = [each for each in carriers_of(snapshot(*documents)) if each.name == "e"]
    carrier = carriers_of(snapshot(*documents))[entry]
    assert (list(map(format_source, carrier.sources)), carrier.evidence.code) == (expected, evidence)


def test_of_a_gateway_that_was_not_read_nobody_is_known() -> None:
    assert carrier_of(Key("Gateway", "infra", "main"), snapshot(IN_NGINX)).evidence.code == "carrier-unread"


# ---- from outside to the pods

CLUSTER = [namespace("shop"), namespace("ingress-nginx"), template("Deployment", "shop/web", "app=web"), IN_NGINX,
           service("shop/web", "app=web", {"port": 80, "targetPort": 8080}), ingress_class("nginx", "k8s.io/ingress-nginx"),
           balancer("ingress-nginx/front", NGINX, "1.1.1.1"), ingress("shop/e", backend("web", number=80), cls="nginx", ip="1.1.1.1")]
FROM_CONTROLLER = netpol("shop", only("app=web"), "I", ingress=[
    {"from": [ns_is(only("kubernetes.io/metadata.name=ingress-nginx"))], "ports": [{"port": 8080}]}])
ON_SERVICE_PORT = netpol("shop", only("app=web"), "I", ingress=[
    {"from": [ns_is(only("kubernetes.io/metadata.name=ingress-nginx"))], "ports": [{"port": 80}]}])
INSIDE = netpol("shop", only("app=web"), "I", ingress=[{"from": [pod_is({})]}])
CLOSED = netpol("ingress-nginx", {}, "I", ingress=[])
KEPT_IN = netpol("ingress-nginx", {}, "E", egress=[{"to": [pod_is({})]}])
TWICE = service("shop/web", "app=web", {"port": 80, "targetPort": 8080}, type="LoadBalancer")


@pytest.mark.parametrize(("documents", "expected"), [
    pytest.param(CLUSTER, "allowed", id="no policy"),
    pytest.param([*CLUSTER, FROM_CONTROLLER], "allowed", id="the controller is let in"),
    pytest.param([*CLUSTER, INSIDE], "denied", id="it is not"),
    pytest.param([*CLUSTER, ON_SERVICE_PORT], "denied", id="on the Service's port, which controllers do not dial"),
    pytest.param([*CLUSTER, FROM_CONTROLLER, CLOSED], "denied", id="clients do not reach the controller"),
    pytest.param([*CLUSTER, FROM_CONTROLLER, KEPT_IN], "denied", id="its own egress keeps it from the pods"),
    pytest.param([each for each in CLUSTER if each["kind"] != "Deployment" or each["metadata"]["namespace"] == "shop"], "unknown",
                 id="no pods of a controller"),
    pytest.param([*(each for each in CLUSTER if each["metadata"]["name"] != "web" or each["kind"] != "Service"), TWICE, FROM_CONTROLLER],
                 "partial", id="directly it is refused, through the Ingress not")])
def test_the_whole_way_from_outside(documents: list[Document], expected: str) -> None:
    found = state(*documents)
    web = found.snapshot.services["shop", "web"]
    assert web.spec and web.spec.ports
    spots = tuple(map(spot_of, backends_of(web, web.spec.ports[0], found.cluster)))
    assert verdict_of_all(arrivals(web, web.spec.ports[0], spots, found, ends_of(Outside(), "", found.cluster))).value == expected


# ---- as it is asked

FRONT_ON_443 = netpol("ingress-nginx", {}, "I", ingress=[{"ports": [{"port": 8002}]}])
HEADLESS = service("shop/hl", "app=web", {"port": 80, "targetPort": 8080}, clusterIP="None")
CLIENT = pod("shop/cl", "app=cl", ip="10.0.0.9")
TO_WEB_ALONE = netpol("shop", only("app=cl"), "E", egress=[{"to": [pod_is(only("app=web"))]}])
TO_NGINX_ALONE = netpol("shop", only("app=cl"), "E", egress=[{"to": [ns_is(only("kubernetes.io/metadata.name=ingress-nginx"))]}])
IN_MESH = [{**each, "spec": {**each["spec"], "template": {**each["spec"]["template"], "metadata": {
    **each["spec"]["template"]["metadata"], "annotations": {"linkerd.io/inject": "enabled"}}}}} if each["kind"] == "Deployment" else each
    for each in CLUSTER]
SAID = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "c", "namespace": "shop"},
        "spec": {"endpointSelector": only("app=web"), "ingress": [{}]}}
DENYING = {"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "guard"}, "spec": {
    "tier": "Admin", "priority": 1, "subject": {"namespaces": only("kubernetes.io/metadata.name=shop")},
    "ingress": [{"action": "Deny", "from": [{"namespaces": only("kubernetes.io/metadata.name=ingress-nginx")}]}]}}
ELSEWHERE = route("shop/r", {"name": "main", "namespace": "infra"}, TO_WEB)
NAMED_BY = ingress("shop/hl", backend("hl", number=80), cls="nginx", ip="1.1.1.1")


@pytest.mark.parametrize(("more", "question", "verdict", "said"), [
    pytest.param([FROM_CONTROLLER, CLOSED], "svc/web --from outside", "denied", "refused there already", id="a controller that is closed"),
    pytest.param([FROM_CONTROLLER, FRONT_ON_443], "svc/web --from outside", "denied", "", id="or opens other ports alone"),
    pytest.param([FROM_CONTROLLER], "svc/web --from 203.0.113.5", "allowed", "leads here", id="one address outside comes the same way"),
    pytest.param([FROM_CONTROLLER], "a.example --from 203.0.113.5", "allowed", "leads here", id="by the host that is served"),
    pytest.param([CLIENT, TO_WEB_ALONE], "a.example --from pod/cl", "denied", "refused there already",
                 id="a pod that dials the host goes to the controller"),
    pytest.param([CLIENT, TO_NGINX_ALONE, FROM_CONTROLLER], "a.example --from pod/cl", "allowed", "", id="and nowhere else"),
    pytest.param([HEADLESS, NAMED_BY, FROM_CONTROLLER], "svc/hl --from ingress/hl", "allowed", "",
                 id="controllers know the port of the pods"),
    pytest.param([HEADLESS, NAMED_BY, FROM_CONTROLLER], "svc/hl --from outside", "allowed", "", id="of headless Services too"),
    pytest.param([SAID], "svc/web --from outside", "unknown", "ciliumnetworkpolicy/c", id="another engine is named"),
    pytest.param([DENYING], "svc/web --from outside", "denied", "clusternetworkpolicy/guard", id="administrators are, with what mends it"),
    pytest.param([ELSEWHERE, FROM_CONTROLLER], "svc/web --from outside", "unknown", "itself was not read",
                 id="a Gateway that is not there is not known"),
    pytest.param([ELSEWHERE, INSIDE], "svc/web --from outside", "denied", "", id="but where nobody outside is let in")])
def test_what_is_asked_of_ways_from_outside(more: list[Document], question: str, verdict: str, said: str) -> None:
    answer = program.asked([*CLUSTER, *more], "explain", *question.split(), "-n", "shop")
    assert (answer["verdict"], said in str(answer)) == (verdict, True), answer


def test_in_a_mesh_controllers_arrive_on_its_port() -> None:
    answer = program.asked([*IN_MESH, FROM_CONTROLLER], "explain", "svc/web", "--from", "outside", "-n", "shop")
    assert (answer["verdict"], "4143" in str(answer)) == ("unknown", True)


def test_aws_does_not_see_the_service_where_controllers_dial_pods() -> None:
    kept = netpol("ingress-nginx", {}, "E", egress=[{"to": [ns_is({}, only("app=web"))], "ports": [{"port": 8080}]}])
    answer = program.asked([*CLUSTER, kept], "explain", "svc/web", "--from", "outside", "-n", "shop", "--cni", "aws")
    assert answer["verdict"] == "allowed"


@pytest.mark.parametrize("line", ["explain -n shop", "explain svc/web -n shop", "explain ns/shop", "explain -A"])
def test_a_route_to_a_gateway_elsewhere_keeps_nothing_from_an_answer(line: str) -> None:
    program.asked([*CLUSTER, ELSEWHERE, INSIDE], *line.split())
