"""Why does a rule not admit a connection?"""
import pytest

from kubectl_netpol.core.destinations import spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of
from kubectl_netpol.core.evidence import Miss, missed, names_service_port, rule_of
from kubectl_netpol.core.ports import NamedPort, PortRange
from tests.e2e_cases import Document, netpol, numbered, only, pod, pod_is, service, tcp
from tests.snapshots import snapshot, state

POD = pod("x/a", "app=web", ports=numbered(("web", 8080), ("udp", 8080, "UDP")), initContainers=[
    {"name": "s", "restartPolicy": "Always", "ports": numbered(("mesh", 4143))}])
SERVICE = service("x/web", "app=web", {"port": 80, "targetPort": 8080})


@pytest.mark.parametrize(("rule", "miss", "entry"), [
    pytest.param({"ports": tcp(80)}, Miss.SERVICE_PORT, 0, id="the port of the Service"),
    pytest.param({"ports": tcp(443, 80)}, Miss.SERVICE_PORT, 1, id="beside another"),
    pytest.param({"ports": [{"port": 70, "endPort": 90}]}, Miss.SERVICE_PORT, 0, id="in a small range"),
    pytest.param({"ports": [{"port": 1, "endPort": 8079}]}, Miss.OTHER_PORTS, None, id="a wide range means no Service"),
    pytest.param({"ports": tcp("http")}, Miss.UNKNOWN_NAME, 0, id="a name that no container has"),
    pytest.param({"ports": tcp("mesh")}, Miss.SIDECAR_NAME, 0, id="a name that only a sidecar has"),
    pytest.param({"ports": [{"protocol": "UDP", "port": 8080}]}, Miss.OTHER_PROTOCOL, 0, id="the number of another protocol"),
    pytest.param({"ports": [{"protocol": "UDP"}]}, Miss.OTHER_PROTOCOL, 0, id="another protocol"),
    pytest.param({"ports": tcp(9)}, Miss.OTHER_PORTS, None, id="other ports"),
    pytest.param({"ports": tcp(8080), "from": [pod_is(only("app=x"))]}, Miss.OTHER_PEERS, None, id="other peers"),
    pytest.param({"ports": tcp("web", 80), "from": [pod_is(only("app=x"))]}, Miss.OTHER_PEERS, None, id="other peers, by name"),
    pytest.param({"from": [pod_is(only("app=x"))]}, Miss.OTHER_PEERS, None, id="other peers, any port")])
def test_a_rule_that_does_not_admit_is_told_why(rule: Document, miss: Miss, entry: int | None) -> None:
    found = state(POD, SERVICE, netpol("x", only("app=web"), "I", ingress=[rule]))
    each = found.snapshot.services["x", "web"]
    (backend,) = backends_of(each, each.spec.ports[0], found.cluster)
    ((key, policy),) = found.policies.items()
    (why,) = missed(key, Direction.INGRESS, spot_of(backend), found.cluster.classes[0][0], each.spec.ports[0], found)
    assert (why.miss, why.entry, rule_of(why, found)) == (miss, entry, policy.rules[Direction.INGRESS][0])
    assert missed(key, Direction.EGRESS, spot_of(backend), found.cluster.classes[0][0], None, found) == []


@pytest.mark.parametrize(("entry", "target", "expected"), [
    (PortRange("TCP", 80, 80), 8080, True), (PortRange("TCP", 80, 80), 80, False), (PortRange("UDP", 80, 80), 8080, False),
    (PortRange("TCP", 80, 8080), 8080, False), (PortRange("TCP", 1, 1000), 8080, True), (PortRange("TCP", 1, 1001), 8080, False),
    (PortRange("TCP", 81, 90), 8080, False), (NamedPort("TCP", "web"), 8080, False), (PortRange("TCP", 80, 80), "nowhere", False),
    (PortRange("TCP", 80, 80), "web", True)])
def test_an_entry_names_the_port_of_a_service(entry: PortRange | NamedPort, target: int | str, expected: bool) -> None:
    port = snapshot(service("x/web", "app=web", {"port": 80, "targetPort": target})).services["x", "web"].spec.ports[0]
    assert names_service_port(entry, port, state(POD).cluster.classes[0][0]) is expected
