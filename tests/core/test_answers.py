"""Is a question about several sources and pods answered with one verdict, and who is said to be admitted?"""
import pytest

from kubectl_netpol.core.admissions import Admission, admissions
from kubectl_netpol.core.answers import Judgement, isolating_at, judgement
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of
from kubectl_netpol.core.exposure import keeps_client_addresses, through_service
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source, parse_source
from kubectl_netpol.core.verdicts import Verdict
from tests.e2e_cases import A, Document, block, netpol, ns_is, only, pod, pod_is, pods, service, slices, tcp, template
from tests.snapshots import place, state
from tests.tier_cases import cnp, into

WEB = service("x/web", "app=web", {"port": 80, "targetPort": 8080})


def spots(found: State) -> tuple[Spot, ...]:
    each = found.snapshot.services["x", "web"]
    return tuple(spot_of(backend) for backend in backends_of(each, each.spec.ports[0], found.cluster))


def ask(source: str, *documents: Document, of: Document = WEB) -> tuple[str, str | None, str | None]:
    """The verdict, that of the ingress, that of the egress."""
    found = state(*documents, of)
    judged = judgement(ends_of(parse_source(source), "x", found.cluster), "x", spots(found), found)
    return said(judged)


def said(judged: Judgement) -> tuple[str, str | None, str | None]:
    return judged.verdict.value, judged.ingress and judged.ingress.value, judged.egress and judged.egress.value


SERVER, CLIENT = pod("x/a", "app=web", ip="10.1.0.1"), pod("x/client", ip="10.1.0.2")
ON_WEB = only("app=web")
CLOSED = netpol("x", ON_WEB, "I", ingress=[])
NO_EGRESS = netpol("x", only("pod=client"), "E", egress=[])


def admit(*peers: Document, port: int = 8080) -> Document:
    return netpol("x", ON_WEB, "I", ingress=[{"from": list(peers), "ports": tcp(port)}])


@pytest.mark.parametrize(("source", "documents", "expected"), [
    ("pod/client", [SERVER, CLIENT], ("allowed", "allowed", "allowed")),
    ("pod/client", [SERVER, CLIENT, CLOSED], ("denied", "denied", "allowed")),
    ("pod/client", [SERVER, CLIENT, NO_EGRESS], ("denied", "allowed", "denied")),
    ("pod/client", [SERVER, CLIENT, admit(port=80)], ("denied", "denied", "allowed")),
    ("pod/client", [SERVER, CLIENT, admit()], ("allowed", "allowed", "allowed")),
    ("pod/client", [CLIENT], ("no-endpoints", None, None)),
    ("anywhere", [SERVER, CLIENT, NO_EGRESS], ("allowed", "allowed", None)),
    ("cluster", [SERVER, CLIENT, NO_EGRESS], ("allowed", "allowed", None)),
    ("same-namespace", [SERVER, CLIENT, NO_EGRESS], ("denied", "allowed", "denied")),
    ("anywhere", [SERVER, CLIENT, admit(pod_is({}))], ("partial", "partial", None)),
    ("cluster", [SERVER, CLIENT, admit(pod_is({}))], ("allowed", "allowed", None)),
    ("outside", [SERVER, CLIENT, admit(pod_is({}))], ("denied", "denied", None)),
    ("outside", [SERVER, CLIENT, admit(*block("0.0.0.0/0"))], ("allowed", "allowed", None)),
    ("anywhere", [SERVER, CLIENT, admit(*block("0.0.0.0/0", "10.1.0.1/32"))], ("allowed", "allowed", None)),
    ("outside", [SERVER, CLIENT, admit(*block("10.1.0.2/32"))], ("denied", "denied", None)),
    ("outside", [SERVER, CLIENT, admit(*block("10.1.0.0/30"))], ("partial", "partial", None)),
    ("10.1.0.2", [SERVER, CLIENT, admit(pod_is(only("pod=client")))], ("allowed", "allowed", "allowed")),
    ("192.0.2.1", [SERVER, CLIENT, admit(pod_is({}))], ("denied", "denied", None)),
    ("192.0.2.1", [SERVER, CLIENT], ("allowed", "allowed", None))])
def test_a_question_has_one_verdict_and_one_for_each_end(source: str, documents: list[Document], expected: tuple[str, ...]) -> None:
    assert ask(source, *documents) == expected


@pytest.mark.parametrize(("source", "documents", "verdict"), [
    pytest.param("pod/a", [SERVER], "unknown", id="1.6 to its own Service"),
    pytest.param("pod/a", [SERVER, admit()], "unknown", id="1.6 whatever admits all"),
    pytest.param("pod/a", [SERVER, CLOSED], "unknown", id="1.6 or nobody"),
    pytest.param("app=web", [SERVER, admit(pod_is(ON_WEB))], "allowed", id="3 a rule that names the set admits who will come"),
    pytest.param("app=web", [SERVER, pod("x/b", "app=web")], "allowed", id="3 others of its kind"),
    pytest.param("deploy/web", [template("Deployment", "x/web", "app=web", replicas=2), CLOSED], "denied", id="3 pods of one template"),
    pytest.param("deploy/web", [template("Deployment", "x/web", "app=web"), CLOSED], "unknown", id="3 its only pod"),
    pytest.param("ds/web", [template("DaemonSet", "x/web", "app=web"), CLOSED], "denied", id="3 a DaemonSet has several")])
def test_of_a_pod_to_itself_nothing_is_said(source: str, documents: list[Document], verdict: str) -> None:
    assert ask(source, *documents)[0] == verdict


@pytest.mark.parametrize(("documents", "verdict"), [
    pytest.param([SERVER], "allowed", id="it is not isolated"),
    pytest.param([SERVER, admit(port=81)], "denied", id="no rule opens the port"),
    pytest.param([SERVER, admit(pod_is(only("app=y")))], "unknown", id="a rule opens the port for others"),
    pytest.param([SERVER, admit(pod_is(only("app=x")))], "allowed", id="a rule names it"),
    pytest.param([pod("x/a", "app=web", hostNetwork=True), CLOSED], "unknown", id="1.7 a host-network pod")])
def test_a_set_without_members_is_judged_by_the_rules(documents: list[Document], verdict: str) -> None:
    assert ask("app=x", *documents)[0] == verdict


def test_a_set_without_members_is_judged_at_each_pod() -> None:
    """A rule of one of them may name it while the other refuses all."""
    other, closed = pod("x/old", "app=web stage=old"), netpol("x", only("stage=old"), "I", ingress=[])
    named = netpol("x", only("app=web pod=a"), "I", ingress=[{"from": [pod_is(only("app=x"))]}])
    assert ask("app=x", pod("x/a", "app=web pod=a"), other, closed, named)[0] == "partial"


def test_addresses_count_for_pods_of_their_family() -> None:
    six, four = pod("x/six", "app=web", ip="fd00::1"), pod("x/four", "app=web", ip="10.1.0.1")
    blocks = netpol("x", ON_WEB, "I", ingress=[{"from": block("192.0.2.0/24")}])
    assert [ask("192.0.2.1", *documents, blocks)[0] for documents in ([six, four], [four], [six])] == ["allowed", "allowed", "allowed"]
    assert [ask("2001:db8::1", *documents, blocks)[0] for documents in ([six, four], [four], [six])] == ["denied", "unknown", "denied"]


def test_some_of_the_pods_are_partial() -> None:
    closed = netpol("x", only("stage=old"), "I", ingress=[])
    assert ask("pod/client", SERVER, pod("x/b", "app=web stage=old"), CLIENT, closed)[0] == "partial"


def test_an_endpoint_outside_is_reached_as_the_egress_of_the_source_says() -> None:
    external = service("x/web", "", {"port": 80})
    made = [CLIENT, slices("x/web", "192.0.2.1", port=81)]
    assert ask("pod/client", *made, of=external) == ("allowed", "allowed", "allowed")
    assert ask("pod/client", *made, NO_EGRESS, of=external) == ("denied", "allowed", "denied")
    on = [netpol("x", only("pod=client"), "E", egress=[{"to": block("192.0.2.0/24"), "ports": tcp(port)}]) for port in (80, 81)]
    assert [ask("pod/client", *made, each, of=external)[0] for each in on] == ["denied", "allowed"]
    h = pod("x/h", ip="192.0.2.1", hostNetwork=True)
    assert ask("pod/client", *made, h, NO_EGRESS, of=external)[0] == "denied"


# ---- who is admitted, in the terms of the rules


def admitted(*documents: Document) -> list[tuple[str, str, int]]:
    """Source, verdict, how many rules say so."""
    found = state(*documents, WEB)
    return [(format_source(each.source), each.verdict.value, len(each.rules)) for each in admissions(spots(found), "x", found)]


OTHER = pod("x/b", "app=web stage=old", ip="10.1.0.3")
TO_OLD = netpol("x", only("stage=old"), "I", ingress=[{"from": [pod_is(only("pod=client"))]}])


@pytest.mark.parametrize(("documents", "expected"), [
    ([SERVER], [("anywhere", "allowed", 0)]),
    ([SERVER, CLOSED], [("anywhere", "denied", 0)]),
    ([SERVER, admit()], [("anywhere", "allowed", 1)]),
    ([SERVER, admit(port=80)], [("anywhere", "denied", 0)]),
    ([SERVER, CLIENT, admit(pod_is({}))], [("same-namespace", "allowed", 1)]),
    ([SERVER, CLIENT, admit(pod_is({})), admit(pod_is({}))], [("same-namespace", "allowed", 2)]),
    ([SERVER, CLIENT, admit(pod_is({})), admit()], [("anywhere", "allowed", 1)]),
    ([SERVER, admit({"namespaceSelector": {}}, *block("192.0.2.0/24"))], [("cluster", "allowed", 1), ("192.0.2.0/24", "allowed", 1)]),
    ([SERVER, OTHER, CLIENT, TO_OLD], [("anywhere", "partial", 0), ("pod=client", "allowed", 1)]),
    ([], [("anywhere", "no-endpoints", 0)])])
def test_who_may_reach_a_service_is_said_in_the_terms_of_its_rules(documents: list[Document], expected: object) -> None:
    assert admitted(*documents) == expected


Y_CLIENT = pod("y/c", "app=client", ip="10.1.0.9")
FROM_Y = admit(ns_is(only("kubernetes.io/metadata.name=y")))
DENY_Y, ALLOW_Y = (cnp("Admin", 1, {}, ingress=[into(action, only("kubernetes.io/metadata.name=y"))]) for action in ("Deny", "Accept"))
TWICE = pod("x/two", "app=web", ip="10.1.0.8", ports=[{"name": "api", "containerPort": 81}])
TWICE["spec"]["containers"].append({"name": "other", "ports": [{"name": "api", "containerPort": 82}]})


@pytest.mark.parametrize(("documents", "expected"), [
    ([SERVER, Y_CLIENT, FROM_Y, DENY_Y], [("anywhere", "denied", 0)]),
    ([SERVER, Y_CLIENT, FROM_Y, admit(pod_is({})), CLIENT, DENY_Y], [("same-namespace", "allowed", 1), ("ns/y", "denied", 1)]),
    ([SERVER, Y_CLIENT, CLOSED, ALLOW_Y], [("ns/y", "allowed", 1)]),
    ([SERVER, Y_CLIENT, DENY_Y], [("anywhere", "partial", 1), ("ns/y", "denied", 1)]),
    ([SERVER, Y_CLIENT, admit(), DENY_Y], [("anywhere", "partial", 1), ("ns/y", "denied", 1)])])
def test_what_administrators_allow_and_refuse_is_said_in_their_terms(documents: list[Document], expected: object) -> None:
    assert admitted(*documents) == expected


def test_a_rule_that_may_mean_another_port_does_not_surely_admit() -> None:
    """Two containers call different ports by one name: plugins take the first or both."""
    named = netpol("x", ON_WEB, "I", ingress=[{"from": [pod_is(only("pod=client"))], "ports": [{"port": "api"}]}])
    found = state(TWICE, CLIENT, named, service("x/web", "app=web", {"port": 80, "targetPort": 82}))
    assert [each.verdict.value for each in admissions(spots(found), "x", found)] == ["unknown"]


def test_the_policies_that_isolate_are_named() -> None:
    closed = state(SERVER, CLOSED, WEB)
    assert [each.isolated_by for each in admissions(spots(closed), "x", closed)] == [tuple(closed.policies)]
    found = state(*pods("x/a"), netpol("x", A, "E"), netpol("x", {}, "I"), netpol("x", only("pod=b"), "I"))
    here = place("a", found)
    assert [len(isolating_at(here, direction, found)) for direction in Direction] == [1, 1]
    assert admissions((), "x", found) == (Admission(parse_source("anywhere"), Verdict.NO_ENDPOINTS),)


# ---- through a published Service


def published(source: str, *documents: Document, **spec: object) -> tuple[str, str | None, str | None]:
    exposed = service("x/web", "app=web", {"port": 80, "targetPort": 8080}, **spec)
    found = state(*documents, exposed)
    each, ends = found.snapshot.services["x", "web"], ends_of(parse_source(source), "x", found.cluster)
    judged = judgement(ends, "x", spots(found), found)
    return said(through_service(judged, ends, spots(found), each, found))


LOCAL, CLUSTER = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}, {"type": "LoadBalancer"}
SUBNET = admit(*block("192.0.2.0/24"))


@pytest.mark.parametrize(("source", "spec", "policy", "verdict"), [
    pytest.param("192.0.2.1", LOCAL, SUBNET, "allowed", id="2.2 Local: the client's address"),
    pytest.param("192.0.2.1", CLUSTER, SUBNET, "partial", id="12.1 Cluster: it works sometimes"),
    pytest.param("192.0.2.1", {"type": "NodePort"}, SUBNET, "partial", id="12.1 a NodePort"),
    pytest.param("192.0.2.1", {"externalIPs": ["192.0.2.200"]}, SUBNET, "partial", id="2.2 external addresses are like load balancers"),
    pytest.param("198.51.100.1", LOCAL, SUBNET, "denied", id="2.2 Local: another address"),
    pytest.param("198.51.100.1", CLUSTER, SUBNET, "unknown", id="2.2 Cluster: a node may have the address"),
    pytest.param("198.51.100.1", CLUSTER, CLOSED, "denied", id="2.2 nobody is admitted"),
    pytest.param("192.0.2.1", CLUSTER, admit(), "allowed", id="2.2 everybody is admitted"),
    pytest.param("anywhere", CLUSTER, SUBNET, "partial", id="2.2 everywhere has the nodes' addresses in it"),
    pytest.param("192.0.2.1", {}, SUBNET, "allowed", id="2.2 a Service that is not published")])
def test_pods_may_see_a_node_instead_of_the_client(source: str, spec: dict[str, object], policy: Document, verdict: str) -> None:
    assert published(source, SERVER, policy, **spec)[0] == verdict


def test_pods_in_the_cluster_keep_their_address() -> None:
    assert published("pod/client", SERVER, CLIENT, admit(pod_is({})), **CLUSTER) == ("allowed", "allowed", "allowed")
    found = state(service("x/web", "app=web", {"port": 80}, **LOCAL))
    assert keeps_client_addresses(found.snapshot.services["x", "web"])
    assert spots(found) == () and Spot(PortRange("TCP", 80, 80)).place is None
