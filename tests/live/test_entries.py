"""Is what publishes Services read where a cluster has it, and followed to the pods that carry its traffic?"""
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests import program
from tests.live.bed.bed import Bed
from tests.live.test_rights import OF_ENTRIES, RULES

NewNamespace = Callable[..., str]
SHOP = """\
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [
  {name: http, port: 80, targetPort: 8080}, {name: udp, port: 53, targetPort: 8080, protocol: UDP}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: main, image: nothing}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: inside-only}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}
"""
FRONT = """\
{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {type: LoadBalancer, selector: {app: front}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: front, labels: {app: front}}, spec: {containers: [{name: main, image: nothing}]}}
"""


class Shop:
    """A Service in one namespace, and in another the pods that bring clients to it."""

    def __init__(self, bed: Bed, home: str, infra: str) -> None:
        self.bed, self.home, self.infra = bed, home, infra

    def apply(self, home: str, version: str, kind: str, name: str, spec: dict[str, Any]) -> None:
        made = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        self.bed.apply(yaml.safe_dump(made), home)

    def status(self, home: str, what: str, status: dict[str, Any]) -> None:
        self.bed.run_kubectl("patch", what, "-n", home, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))

    def ask(self, *argv: str, user: str = "admin") -> dict[str, Any]:
        ran = program.run([*argv, "-o", "json"], KUBECONFIG=self.bed.kubeconfig(user, self.home))
        assert ran.stdout, ran.stderr
        return json.loads(ran.stdout)  # type: ignore[no-any-return]

    def from_outside(self, user: str = "admin", port: int = 80) -> dict[str, Any]:
        return self.ask("explain", f"svc/web:{port}", "--from", "outside", user=user)

    def let_in(self) -> None:
        peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.infra}}}
        self.apply(self.home, "networking.k8s.io/v1", "NetworkPolicy", "from-front", {
            "podSelector": {"matchLabels": {"app": "web"}},
            "ingress": [{"from": [peer], "ports": [{"port": 8080}, {"port": 8080, "protocol": "UDP"}]}]})


@pytest.fixture
def shop(extended_bed: Bed, new_namespace_there: NewNamespace) -> Shop:
    home, infra = new_namespace_there(), new_namespace_there()
    extended_bed.apply(SHOP, home)
    extended_bed.apply(FRONT, infra)
    extended_bed.start_pods(home, 1)
    extended_bed.start_pods(infra, 1)
    return Shop(extended_bed, home, infra)


def told(answer: dict[str, Any]) -> str:
    return " ".join(step["why"] for step in answer["steps"])


def test_an_ingress_is_followed_to_the_service_with_its_address(shop: Shop) -> None:
    address = f"192.0.2.{1 + int(shop.home[-4:], 16) % 250}"    # an address of its own: one that Services share tells nothing
    balancer = {"loadBalancer": {"ingress": [{"ip": address}]}}
    shop.apply(shop.home, "networking.k8s.io/v1", "Ingress", "web", {
        "ingressClassName": "any", "defaultBackend": {"service": {"name": "web", "port": {"name": "http"}}}})
    shop.status(shop.home, "ingress/web", balancer)
    shop.status(shop.infra, "service/front", balancer)
    found = shop.from_outside()
    assert (found["verdict"], f"svc/front carry its traffic, as that Service has its address {address}" in told(found)) == ("denied", True)
    assert "--from ingress/web" in " ".join(found["fix"]["argv"])
    shop.let_in()
    assert shop.from_outside()["verdict"] == "allowed"
    assert [port["published"] for service in shop.ask("explain")["services"] for port in service["ports"]] == [["ingress/web"], []]


@pytest.mark.parametrize(("kind", "version", "protocol"), [
    ("HTTPRoute", "v1", "HTTP"), ("GRPCRoute", "v1", "HTTPS"), ("TLSRoute", "v1alpha3", "TLS"), ("TCPRoute", "v1alpha2", "TCP"),
    ("UDPRoute", "v1alpha2", "UDP")])
def test_each_route_is_followed_to_the_pods_that_were_made_for_its_gateway(
        shop: Shop, kind: str, version: str, protocol: str) -> None:
    group, port = "gateway.networking.k8s.io", 53 if kind == "UDPRoute" else 80
    shop.apply(shop.infra, f"{group}/v1", "Gateway", "main", {"gatewayClassName": "any", "listeners": [
        {"name": "all", "port": 80, "protocol": protocol, "allowedRoutes": {"namespaces": {"from": "All"}}}]})
    shop.bed.run_kubectl("label", "pod/front", "-n", shop.infra, f"{group}/gateway-name=main")
    shop.apply(shop.home, f"{group}/{version}", kind, "web", {
        "parentRefs": [{"name": "main", "namespace": shop.infra}], "rules": [{"backendRefs": [{"name": "web", "port": port}]}]})
    assert shop.from_outside(port=port)["verdict"] == "denied"
    shop.let_in()
    found = shop.from_outside(port=port)
    assert (found["verdict"], f"by {kind.lower()}/web" in told(found), "as they were made for it" in told(found)) == ("allowed", True, True)


def test_a_route_of_another_namespace_needs_a_grant(shop: Shop) -> None:
    group = "gateway.networking.k8s.io"
    shop.apply(shop.infra, f"{group}/v1", "Gateway", "main", {"gatewayClassName": "any", "listeners": [
        {"name": "all", "port": 80, "protocol": "HTTP"}]})
    shop.apply(shop.infra, f"{group}/v1", "HTTPRoute", "web", {
        "parentRefs": [{"name": "main"}], "rules": [{"backendRefs": [{"name": "web", "namespace": shop.home, "port": 80}]}]})
    assert "gateway/main" not in told(shop.from_outside())
    shop.apply(shop.home, f"{group}/v1beta1", "ReferenceGrant", "web", {
        "from": [{"group": group, "kind": "HTTPRoute", "namespace": shop.infra}], "to": [{"group": "", "kind": "Service"}]})
    assert "gateway/main" in told(shop.from_outside())


def test_a_route_of_openshift_is_followed_to_its_routers(shop: Shop) -> None:
    shop.bed.run_kubectl("label", f"namespace/{shop.infra}", "policy-group.network.openshift.io/ingress=")
    shop.apply(shop.home, "route.openshift.io/v1", "Route", "web", {
        "to": {"kind": "Service", "name": "web"}, "port": {"targetPort": "http"}})
    found = shop.from_outside()
    assert (found["verdict"], "routers of OpenShift" in told(found)) == ("denied", True)
    shop.let_in()
    assert shop.from_outside()["verdict"] == "allowed"


def test_nodes_are_let_in_by_their_addresses(shop: Shop) -> None:
    question = ["explain", "svc/web:80", "--from", "nodes"]
    assert shop.ask(*question)["verdict"] == "denied"
    nodes = json.loads(shop.bed.run_kubectl("get", "nodes", "-o", "json").stdout)["items"]
    addresses = [each["address"] for node in nodes for each in node["status"]["addresses"] if each["type"] == "InternalIP"]
    shop.apply(shop.home, "networking.k8s.io/v1", "NetworkPolicy", "from-nodes", {
        "podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"ipBlock": {"cidr": f"{each}/32"}} for each in addresses]}]})
    assert shop.ask(*question)["verdict"] == "allowed"


def test_each_right_of_the_clusterrole_is_needed(shop: Shop) -> None:
    """An Ingress and a route of a granted namespace lead there, by a Gateway elsewhere; and a Route of OpenShift."""
    group = "gateway.networking.k8s.io"
    shop.apply(shop.home, "networking.k8s.io/v1", "Ingress", "web", {
        "ingressClassName": "any", "defaultBackend": {"service": {"name": "web", "port": {"name": "http"}}}})
    shop.apply(shop.infra, f"{group}/v1", "Gateway", "main", {"gatewayClassName": "any", "listeners": [
        {"name": "all", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]})
    shop.apply(shop.home, f"{group}/v1", "HTTPRoute", "web", {
        "parentRefs": [{"name": "main", "namespace": shop.infra}], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]})
    resources = [resource for rule in OF_ENTRIES for resource in rule["resources"]]
    for resource in ("", *resources):
        user = shop.bed.new_user()
        rules = [{**rule, "resources": [each for each in rule["resources"] if each != resource]} for rule in RULES]
        shop.bed.grant(user, None, [rule for rule in rules if rule["resources"]])
        assert {gap["resource"] for gap in shop.from_outside(user)["gaps"]} == ({resource} if resource else set()), resource
