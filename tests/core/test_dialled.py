"""Which objects does an address or a name mean that a client dials?"""

import pytest

from kubectl_netpol.core.dialled import meant_by
from kubectl_netpol.core.targets import TargetKind, format_target, parse_target
from kubectl_netpol.errors import NetpolError
from tests.core.test_entries import backend, balancer, gateway, ingress, route, thing
from tests.e2e_cases import Document, pod, service
from tests.snapshots import snapshot

NODE: Document = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}, "status": {"addresses": [
    {"type": "InternalIP", "address": "192.168.7.1"}, {"type": "Hostname", "address": "one"}]}}
WEB = service("shop/web", "app=web", {"name": "http", "port": 80, "nodePort": 30080}, {"name": "dns", "port": 53, "protocol": "UDP"},
              clusterIP="10.96.0.5", clusterIPs=["10.96.0.5", "fd00::5"])
OUTSIDE = balancer("shop/front", "app=front", "192.0.2.80")
NAMED = balancer("shop/named", "app=front", "LB.example.com")
HEADLESS = service("shop/db", "app=db", {"port": 5432}, clusterIP="None")
DB = pod("shop/db-0", "app=db", ip=("10.1.0.4", "fd00:1::4"))
AGENT = pod("infra/agent", "app=agent", ip="192.168.7.1", ports=[{"containerPort": 9100}], hostNetwork=True, nodeName="one")
PORTAL = pod("infra/portal", "app=portal", ip="10.1.0.9", ports=[{"containerPort": 8080, "hostPort": 443}], nodeName="one")
INGRESS = ingress("shop/e", backend("web", number=80))
WILD = thing("Ingress", "shop/wild", {"rules": [{"host": "*.wild.example", "http": {"paths": [{"backend": backend("front", number=80)}]}},
                                                {"host": "b.wild.example", "http": {"paths": [{"backend": backend("web", number=80)}]}}]})
ROUTED = {**route("shop/r", {"name": "main"}, {"name": "web", "port": 80})}
ROUTED["spec"] = {**ROUTED["spec"], "hostnames": ["api.example", "*.routed.example"]}
EVERY = [NODE, WEB, OUTSIDE, NAMED, HEADLESS, DB, AGENT, PORTAL, INGRESS, WILD, gateway("shop/main"), ROUTED,
         pod("shop/old", "app=old", ip="10.1.0.7", phase="Succeeded"), pod("shop/new", "app=new", ip="10.1.0.7")]


@pytest.mark.parametrize(("dialled", "expected", "code"), [
    ("10.96.0.5:80", "ns/shop:svc/web:80/TCP", "dialled-cluster-ip"),
    ("10.96.0.5:53", "ns/shop:svc/web:53/UDP", "dialled-cluster-ip"),
    ("10.96.0.5:http", "ns/shop:svc/web:80/TCP", "dialled-cluster-ip"),
    ("[fd00::5]:80", "ns/shop:svc/web:80/TCP", "dialled-cluster-ip"),
    ("[fd00:0:0::5]:80", "ns/shop:svc/web:80/TCP", "dialled-cluster-ip"),
    ("10.96.0.5", "ns/shop:svc/web", "dialled-cluster-ip"),
    ("192.0.2.80:80", "ns/shop:svc/front:80/TCP", "dialled-balancer"),
    ("lb.example.com:80", "ns/shop:svc/named:80/TCP", "dialled-balancer"),
    ("192.168.7.1:30080", "ns/shop:svc/web:80/TCP", "dialled-node-port"),
    ("192.168.7.1:9100", "ns/infra:pod/agent:9100/TCP", "dialled-host-port"),
    ("192.168.7.1:443", "ns/infra:pod/portal:8080/TCP", "dialled-host-port"),
    ("10.1.0.4:5432", "ns/shop:pod/db-0:5432", "dialled-pod"),
    ("[fd00:1::4]:5432", "ns/shop:pod/db-0:5432", "dialled-pod"),
    ("10.1.0.7:80", "ns/shop:pod/new:80", "dialled-pod"),
    ("web.shop:80", "ns/shop:svc/web:80/TCP", "dialled-name"),
    ("web.shop.svc:80", "ns/shop:svc/web:80/TCP", "dialled-name"),
    ("web.shop.svc.cluster.local.:80", "ns/shop:svc/web:80/TCP", "dialled-name"),
    ("WEB.Shop.svc.cluster.local:80", "ns/shop:svc/web:80/TCP", "dialled-name"),
    ("db-0.db.shop.svc.cluster.local:5432", "ns/shop:pod/db-0:5432", "dialled-pod"),
    ("a.example", "ns/shop:svc/web:80/TCP", "dialled-entry"),
    ("https://a.example/0/cart", "ns/shop:svc/web:80/TCP", "dialled-entry"),
    ("a.wild.example", "ns/shop:svc/front:80/TCP", "dialled-entry"),
    ("b.c.routed.example", "ns/shop:svc/web:80/TCP", "dialled-entry"),
    ("a.example/0/cart/1", "ns/shop:svc/web:80/TCP", "dialled-entry"),
    ("b.wild.example", "ns/shop:svc/web:80/TCP", "dialled-entry"),
    ("http://api.example/", "ns/shop:svc/web:80/TCP", "dialled-entry")])
def test_what_is_dialled_is_an_object_and_its_port(dialled: str, expected: str, code: str) -> None:
    (found,) = meant_by(parse_target(dialled), snapshot(*EVERY))
    assert (format_target(found.target), found.evidence.code) == (expected, code)


@pytest.mark.parametrize(("dialled", "message", "hint"), [
    ("10.96.0.5:81", "10.96.0.5 is ns/shop:svc/web, which has no port 81", "80/TCP, 53/UDP"),
    ("10.96.0.5:80/udp", "which has no port 80/UDP", "80/TCP"),
    ("web.shop:443", "web.shop is ns/shop:svc/web, which has no port 443", "80/TCP"),
    ("192.168.7.1:30081", "192.168.7.1 is node one, and nothing is known to listen on 30081", "node ports are 30080"),
    ("192.0.2.99:80", "nothing has the address 192.0.2.99", "svc/NAME:PORT"),
    ("wob.shop:80", "nothing is known by the name wob.shop", "did you mean web.shop?"),
    ("a.exampel", "nothing is known by the name a.exampel", "did you mean a.example?"),
    ("192.168.7.1:30080/udp", "nothing is known to listen on 30080/UDP", ""),
    ("192.168.7.1:8080", "nothing is known to listen on 8080", ""),
    ("a.example/01", "nothing is known to serve a.example/01", "what is served there: a.example/0"),
    ("a.b.wild.example", "nothing is known by the name", "")])
def test_what_nobody_is_gets_what_there_is(dialled: str, message: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        meant_by(parse_target(dialled), snapshot(*EVERY))
    assert (message in error.value.message, hint in (error.value.hint or "")) == (True, True), error.value


def test_load_balancers_that_wait_are_named_where_an_address_is_nobodys() -> None:
    waiting = service("shop/late", "app=late", {"port": 80}, type="LoadBalancer")
    with pytest.raises(NetpolError) as error:
        meant_by(parse_target("192.0.2.99:80"), snapshot(*EVERY, waiting))
    assert "no address yet: ns/shop:svc/late" in (error.value.hint or "")


@pytest.mark.parametrize("text", ["192.168.1.10", "192.168.1.10:10022", "10.0.0.1:53/UDP", "[fd00::1]:443", "fd00::1", "web.shop",
                                  "web.shop.svc:80", "shop.example/cart", "shop.example:8080/cart/a:b"])
def test_what_is_dialled_is_written_as_it_is_read(text: str) -> None:
    target = parse_target(text)
    assert (target.kind, format_target(target)) == (TargetKind.DIALLED, text)


@pytest.mark.parametrize(("text", "same"), [
    ("http://shop.example/a", "shop.example:80/a"), ("https://shop.example", "shop.example:443"),
    ("http://shop.example:8080", "shop.example:8080"),
    ("fd00:0::1", "fd00::1"), ("10.0.0.1:53/udp", "10.0.0.1:53/UDP"), ("shop.example.", "shop.example")])
def test_other_spellings_mean_the_same(text: str, same: str) -> None:
    assert parse_target(text) == parse_target(same)


@pytest.mark.parametrize("text", ["300.1.1.1:80", "fd00::1::2", "10.0.0.1:99999", "ftp://shop.example", "gitlab", "10022", "a b.example"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NetpolError):
        parse_target(text)


