"""Which pods, on which of their ports, stand behind a Service port?"""
from typing import Any

import pytest

from kubectl_netpol.core.addresses import format_address
from kubectl_netpol.core.endpoints import backends_of, published_at, selected_by, service_selector, target_of, type_of
from tests.e2e_cases import Document, numbered, pod, service, slices, template
from tests.snapshots import names, snapshot, state

WEB = pod("x/a", "app=web", ip="10.1.0.1", ports=numbered(("web", 8080), ("dns", 5353, "UDP")))


def behind(documents: list[Document], place: int = 0) -> list[tuple[int, str, str]]:
    """Port, protocol and pod (or address) of each backend of the only Service."""
    found = state(*documents)
    (each,) = found.snapshot.services.values()
    return [
        (backend.port, backend.protocol, name) for backend in backends_of(each, each.spec.ports[place], found.cluster)
        for name in ([pod.key.name for pod in backend.pods] or [format_address(backend.address or 0)])]


@pytest.mark.parametrize(("port", "expected"), [
    pytest.param({"port": 80}, (80, "TCP"), id="2.1 targetPort absent: the identity map"),
    pytest.param({"port": 80, "targetPort": None}, (80, "TCP"), id="0 null is absent"),
    pytest.param({"port": 80, "targetPort": 0}, (80, "TCP"), id="2.1 targetPort 0 is not specified"),
    pytest.param({"port": 80, "targetPort": 7000}, (7000, "TCP"), id="2.1 a number needs no containerPort"),
    pytest.param({"port": 80, "targetPort": "web"}, (8080, "TCP"), id="2.1 a name"),
    pytest.param({"port": 53, "targetPort": "dns", "protocol": "UDP"}, (5353, "UDP"), id="2.1 a name of UDP"),
    pytest.param({"port": 53, "targetPort": "dns"}, None, id="2.1 a name of another protocol"),
    pytest.param({"port": 80, "targetPort": "http"}, None, id="2.1 a name that is not found: omitted for that pod")])
def test_a_target_port_is_resolved_on_the_pod(port: Document, expected: tuple[int, str] | None) -> None:
    assert behind([WEB, service("x/web", "app=web", port)]) == ([] if expected is None else [(*expected, "a")])


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"ports": numbered(("web", 8080), ("web", 9090))}, 8080, id="2.1 the first of two"),
    pytest.param({"ports": numbered(("web", 8080)), "initContainers": [
        {"name": "s", "restartPolicy": "Always", "ports": numbered(("web", 99))}]}, 8080, id="2.1 containers before sidecars"),
    pytest.param({"ports": [], "initContainers": [
        {"name": "s", "restartPolicy": "Always", "ports": numbered(("web", 99))}]}, 99, id="1.5 a sidecar"),
    pytest.param({"ports": [], "initContainers": [{"name": "s", "ports": numbered(("web", 99))}]}, None, id="1.5 no other init container")])
def test_a_name_is_found_in_containers_then_in_sidecars(spec: dict[str, Any], expected: int | None) -> None:
    found = behind([pod("x/a", "app=web", **spec), service("x/web", "app=web", {"port": 80, "targetPort": "web"})])
    assert found == ([] if expected is None else [(expected, "TCP", "a")])


def test_a_name_is_resolved_on_each_pod_apart() -> None:
    pods = [WEB, pod("x/b", "app=web", ports=numbered(("web", 7000))), pod("x/c", "app=web", ports=[])]
    assert behind([*pods, service("x/web", "app=web", {"port": 80, "targetPort": "web"})]) == [(7000, "TCP", "b"), (8080, "TCP", "a")]


def test_pods_of_one_class_that_differ_in_a_name_are_two_backends() -> None:
    pods = [pod(f"x/{name}", "app=web", ports=numbered(("web", number))) for name, number in (("a", 8080), ("b", 9090), ("c", 8080))]
    assert behind([*pods, service("x/web", "app=web", {"port": 80, "targetPort": "web"})]) == [
        (8080, "TCP", "a"), (8080, "TCP", "c"), (9090, "TCP", "b")]


@pytest.mark.parametrize(("documents", "expected"), [
    pytest.param([WEB, pod("y/b", "app=web")], {"a"}, id="2.1 pods of the own namespace"),
    pytest.param([WEB, pod("x/b", "app=other")], {"a"}, id="2.1 pods that have the labels"),
    pytest.param([pod("x/a", "app=web", phase="Succeeded")], set(), id="2.1 no finished pods"),
    pytest.param([pod("x/a", "app=web", phase="Pending")], {"a"}, id="3 readiness is no matter of policy"),
    pytest.param([template("Deployment", "x/d", "app=web")], {"d"}, id="3 a template with replicas"),
    pytest.param([template("Deployment", "x/d", "app=web", replicas=0)], set(), id="3 no replicas: no endpoint"),
    pytest.param([template("CronJob", "x/d", "app=web")], set(), id="3 nor a CronJob")])
def test_a_service_has_the_pods_that_it_selects(documents: list[Document], expected: set[str]) -> None:
    assert {name for _, _, name in behind([*documents, service("x/web", "app=web", {"port": 80})])} == expected


def test_a_headless_service_is_reached_on_the_number_that_is_dialled() -> None:
    assert behind([WEB, service("x/web", "app=web", {"port": 80, "targetPort": 8080}, clusterIP="None")]) == [(80, "TCP", "a")]
    assert behind([WEB, service("x/web", "app=web", {"port": 80, "targetPort": "nowhere"}, clusterIP="None")]) == [(80, "TCP", "a")]


@pytest.mark.parametrize("more", [{}, {"selector": None}, {"selector": {}}, {"type": "ExternalName", "selector": {"app": "web"}}])
def test_without_a_selector_a_service_selects_nothing(more: dict[str, Any]) -> None:
    document = service("x/web", "", {"port": 80})
    document["spec"].update(more)
    found = state(WEB, document)
    (each,) = found.snapshot.services.values()
    assert (service_selector(each), names(selected_by(each, found.cluster), found)) == (None, set())
    assert backends_of(each, each.spec.ports[0], found.cluster) == ()


# ---- endpoints made by hand


def by_hand(*documents: Document) -> list[tuple[int, str, str]]:
    return behind([WEB, service("x/web", "", {"port": 80}), *documents])


def test_an_endpoint_is_a_pod_or_an_address_outside() -> None:
    assert by_hand(slices("x/web", "192.0.2.1", "10.1.0.1", port=81)) == [(81, "TCP", "a"), (81, "TCP", "192.0.2.1")]


def test_slices_are_joined_and_addresses_that_stand_twice_count_once() -> None:
    second = slices("x/web", "10.1.0.1", "192.0.2.2", port=82)
    second["metadata"]["name"] = "web-2"
    assert by_hand(slices("x/web", "10.1.0.1", "10.1.0.1", port=81), second) == [
        (81, "TCP", "a"), (82, "TCP", "a"), (82, "TCP", "192.0.2.2")]


def changed(document: Document, **fields: Any) -> Document:
    return {**document, **fields}


MANUAL = slices("x/web", "192.0.2.1", port=81)


@pytest.mark.parametrize("document", [
    pytest.param(changed(MANUAL, addressType="FQDN"), id="2.1 FQDN is ignored"),
    pytest.param(changed(MANUAL, ports=[{"name": "other", "port": 81, "protocol": "TCP"}]), id="2.1 a port of another name"),
    pytest.param(changed(MANUAL, ports=[{"name": "p0", "port": 81, "protocol": "UDP"}]), id="2.1 a port of another protocol"),
    pytest.param(changed(MANUAL, ports=[{"name": "p0", "port": None, "protocol": "TCP"}]), id="2.1 a port without number"),
    pytest.param(changed(MANUAL, ports=None, endpoints=None), id="2.1 a placeholder"),
    pytest.param(slices("x/other", "192.0.2.1", port=81), id="2.1 a slice of another Service"),
    pytest.param(slices("y/web", "192.0.2.1", port=81), id="2.1 a slice of another namespace")])
def test_other_slices_are_no_endpoints(document: Document) -> None:
    assert by_hand(document) == []


@pytest.mark.parametrize("protocol", [None, "TCP"])
def test_a_port_without_name_and_protocol_is_the_unnamed_one_of_tcp(protocol: str | None) -> None:
    unnamed = service("x/web", "", {"port": 80})
    del unnamed["spec"]["ports"][0]["name"]
    document = changed(MANUAL, ports=[{"name": None, "port": 81, "protocol": protocol}])
    assert behind([WEB, unnamed, document]) == [(81, "TCP", "192.0.2.1")]


def test_only_the_first_address_of_an_endpoint_is_used() -> None:
    assert by_hand(changed(MANUAL, endpoints=[{"addresses": ["192.0.2.1", "192.0.2.9"]}])) == [(81, "TCP", "192.0.2.1")]


def test_the_address_of_a_host_network_pod_is_a_node() -> None:
    assert by_hand(pod("x/h", ip="172.16.0.1", hostNetwork=True), slices("x/web", "172.16.0.1", port=81)) == [(81, "TCP", "172.16.0.1")]


# ---- kinds, and where a Service can be dialled


def made(**spec: Any) -> Any:
    status = spec.pop("status", None)
    document = service("x/web", "app=web", {"port": 80, **spec.pop("port", {})}, **spec)
    return next(iter(snapshot({**document, **({"status": status} if status else {})}).services.values()))


@pytest.mark.parametrize(("spec", "kind", "published"), [
    ({}, "ClusterIP", ()),
    ({"clusterIP": "None"}, "Headless", ()),
    ({"type": "ExternalName"}, "ExternalName", ()),
    ({"type": "NodePort"}, "NodePort", ("node port",)),
    ({"type": "NodePort", "port": {"nodePort": 30080}}, "NodePort", ("node port 30080",)),
    ({"externalIPs": ["192.0.2.5"]}, "ClusterIP", ("192.0.2.5",)),
    ({"type": "LoadBalancer"}, "LoadBalancer", ("load balancer",)),
    ({"type": "LoadBalancer", "loadBalancerIP": "192.0.2.6"}, "LoadBalancer", ("192.0.2.6",)),
    ({"type": "LoadBalancer", "loadBalancerIP": "192.0.2.6", "externalIPs": ["192.0.2.7", "192.0.2.5"],
      "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.5"}, {"hostname": "lb.example"}]}}},
     "LoadBalancer", ("192.0.2.5", "lb.example", "192.0.2.7")),
    ({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.5"}]}}}, "ClusterIP", ())])
def test_a_service_is_published_where_its_kind_says(spec: dict[str, Any], kind: str, published: tuple[str, ...]) -> None:
    found = made(**spec)
    assert (type_of(found), published_at(found, found.spec.ports[0])) == (kind, published)


def test_the_target_of_a_port_is_its_own_number_unless_told() -> None:
    assert [target_of(made(port=port).spec.ports[0]) for port in ({}, {"targetPort": 81}, {"targetPort": "web"})] == [80, 81, "web"]
