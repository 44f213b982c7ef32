"""Do the program and the oracle agree about clusters that nobody wrote?"""
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn, SearchStrategy

from tests import oracle, program
from tests.clusters import OUTSIDE, Document, changed, clusters, tried, with_tiers
from tests.oracle import NAME_LABEL, Cluster


@tried(200)
@given(clusters())
def test_maps_agree(documents: list[Document]) -> None:
    ports, outside = oracle.numbers_in(documents), Cluster(documents).outside
    assert program.connectivity(documents, ports, outside) == oracle.connections(documents, ports, outside)


@tried(200)
@given(with_tiers())
def test_maps_with_tiers_agree(documents: list[Document]) -> None:
    ports, outside = oracle.numbers_in(documents), Cluster(documents).outside
    assert program.connectivity(documents, ports, outside) == oracle.connections(documents, ports, outside)


@pytest.mark.parametrize("cni", oracle.PLUGINS)
@tried(60)
@given(with_tiers())
def test_maps_of_each_network_plugin_agree(cni: str, documents: list[Document]) -> None:
    ports, outside = oracle.numbers_in(documents), Cluster(documents).outside
    assert program.connectivity(documents, ports, outside, "--cni", cni) == oracle.connections(documents, ports, outside, cni)


# ---- questions


def sources_for(service: str, documents: list[Document]) -> list[str]:
    """Each that matches anything."""
    cluster, namespace = Cluster(documents), service.partition("/")[0]
    pods = [pod for pod in cluster.pods if pod.key[0] == "Pod"]
    texts = [
        *oracle.WIDE, "same-namespace", *OUTSIDE, f"ns:{NAME_LABEL}!={namespace}", "ns:team=red", "app=a", "app!=a,tier",
        *(f"ns/{pod.namespace}:pod/{pod.key[2]}" for pod in pods), *(f"ns/{pod.namespace}" for pod in pods),
        *(f"svc/{name}" for where, name in cluster.services if where == namespace)]
    return [text for text in sorted(set(texts)) if oracle.sources_of(text, namespace, cluster)]


@st.composite
def asked(draw: DrawFn, documents: list[Document]) -> tuple[str, str, str, int]:
    """Source, Service, protocol and port."""
    service, port = draw(st.sampled_from([*oracle.service_ports(documents)]))
    return draw(st.sampled_from(sources_for(service, documents))), service, port.get("protocol", "TCP"), port["port"]


@pytest.mark.parametrize("made", [clusters, with_tiers])
@tried(200)
@given(st.data())
def test_answers_agree(made: Callable[[], SearchStrategy[list[Document]]], data: DataObject) -> None:
    documents = data.draw(made())
    for source, service, protocol, port in data.draw(st.lists(asked(documents), min_size=1, max_size=4, unique=True)):
        verdict = program.question(documents, source, service, protocol, port)
        assert (source, verdict in oracle.answers(documents, source, service, port, protocol)) == (source, True), verdict


@tried(150)
@given(st.data())
def test_answers_of_nodes_and_of_those_who_carry_the_traffic_of_an_ingress_agree(data: DataObject) -> None:
    documents = data.draw(clusters())
    carriers = [each for each in documents if each["kind"] == "Service" and each["spec"].get("selector")
                and each["spec"].get("clusterIP") != "None" and oracle.selected_by(each, Cluster(documents))]
    assume(carriers)
    home = data.draw(st.sampled_from(["x", "y"]))
    documents = led(documents, data.draw(st.sampled_from(carriers)), home)
    for service, port in data.draw(st.lists(st.sampled_from([*oracle.service_ports(documents)]), min_size=1, max_size=3, unique_by=str)):
        protocol = port.get("protocol", "TCP")
        for source in (f"ns/{home}:ingress/e", "nodes"):
            verdict = program.question(documents, source, service, protocol, port["port"])
            assert (source, verdict in oracle.answers(documents, source, service, port["port"], protocol)) == (source, True), verdict


def led(documents: list[Document], carrier: Document, home: str) -> list[Document]:
    """With an Ingress whose address is that of a Service, and nodes."""
    point = {"loadBalancer": {"ingress": [{"ip": "203.0.113.80"}]}}
    has_entry = any((each["port"], each.get("protocol", "TCP")) == (443, "TCP") for each in carrier["spec"]["ports"])
    ports = [*carrier["spec"]["ports"], *([] if has_entry else [{"name": "entry", "port": 443}])]
    balancer = {**carrier, "spec": {**carrier["spec"], "type": "LoadBalancer", "ports": ports}, "status": point}
    entry = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "e", "namespace": home}, "spec": {},
             "status": point}
    nodes = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"}, "status": {
        "addresses": [{"type": "InternalIP", "address": address}]}} for number, address in enumerate(("192.0.2.7", "2001:db8::1"))]
    return [*(balancer if each is carrier else each for each in documents), entry, *nodes]


@pytest.mark.parametrize("cni", oracle.PLUGINS)
@tried(60)
@given(st.data())
def test_answers_of_each_network_plugin_agree(cni: str, data: DataObject) -> None:
    documents = data.draw(clusters())
    for source, service, protocol, port in data.draw(st.lists(asked(documents), min_size=1, max_size=4, unique=True)):
        verdict = program.question(documents, source, service, protocol, port, "--cni", cni)
        assert (source, verdict in oracle.answers(documents, source, service, port, protocol, cni)) == (source, True), verdict


# ---- changes


@pytest.mark.parametrize("made", [clusters, with_tiers])
@tried(100)
@given(st.data())
def test_changes_of_connections_agree(made: Callable[[], SearchStrategy[list[Document]]], data: DataObject) -> None:
    before = data.draw(made())
    after = data.draw(changed(before))
    ports, outside = oracle.numbers_in([*before, *after]), oracle.outside_of(before, after)
    expected = oracle.connection_changes(before, after, ports, outside)
    found = program.connection_changes(before, after, ports, outside)
    assert {pair: states for pair, states in found.items() if any(states)} == {pair: expected[pair] for pair in found if pair in expected}
    assert {pair for pair, states in expected.items() if states[0] != states[1]} <= {*found}


@pytest.mark.parametrize("made", [clusters, with_tiers])
@tried(100)
@given(st.data())
def test_changes_of_services_agree(made: Callable[[], SearchStrategy[list[Document]]], data: DataObject) -> None:
    before = data.draw(made())
    after = data.draw(changed(before))
    check_services(program.changed(before, after, "-A")["services"], before, after)


def check_services(rows: list[dict[str, Any]], before: list[Document], after: list[Document]) -> None:
    """Each row is true, none stands there twice, and each Service port that has a change has a row."""
    keys = [row_key(row) for row in rows]
    assert len(keys) == len(set(keys))
    for (service, port, protocol, source), row in zip(keys, rows):
        for state, said in ((before, row["before"]), (after, row["after"])):
            assert (row["source"], said in oracle.answers(state, source, service, port, protocol)) == (source, True), row
        assert row["before"] != row["after"]
        assert row["change"] == CHANGES.get((row["before"], row["after"]), "changed")
    first, second = Cluster(before), Cluster(after)
    pods = {pod.key for pod in first.pods if not pod.host_network} & {pod.key for pod in second.pods if not pod.host_network}
    sources = ["anywhere", "outside", *(f"ns/{namespace}:pod/{name}" for kind, namespace, name in pods if kind == "Pod")]
    assert {key[:3] for key in oracle.changes(before, after, sources) if not own(key, first, second)} <= {key[:3] for key in keys}


CHANGES = {("denied", "allowed"): "added", ("allowed", "denied"): "removed"}


def own(change: tuple[str, int, str, str], *clusters: Cluster) -> bool:
    """Whether the source is a pod of the Service: of the way to itself nothing is known."""
    service = tuple(change[0].split("/"))
    return any(change[3] == f"ns/{pod.namespace}:pod/{pod.key[2]}"
               for cluster in clusters if service in cluster.services for pod in oracle.selected_by(cluster.services[service], cluster))


def row_key(row: dict[str, Any]) -> tuple[str, int, str, str]:
    service = row["service"]
    return f"{service['namespace']}/{service['name']}", row["port"]["port"], row["port"]["protocol"], row["source"]


# ---- suggestions


@tried(60)
@given(st.data())
def test_suggestions_do_what_they_announce(data: DataObject) -> None:
    documents = data.draw(clusters())
    source, service, protocol, port = data.draw(wishes(documents))
    report = suggested(documents, source, service, protocol, port)
    after = applied(documents, report["policies"])
    check_services(report["changes"]["services"], documents, after)
    proved = [each["proved"] for each in report["intents"]]
    assert proved[0] in oracle.answers(after, source, service, port, protocol)
    if source in oracle.WIDE or not egress_isolated(documents):                # else the sources' own policies may forbid it
        assert proved == ["allowed"]


@st.composite
def wishes(draw: DrawFn, documents: list[Document]) -> tuple[str, str, str, int]:
    """Of Services that have endpoints there."""
    _, service, protocol, port = draw(asked(documents))
    assume(oracle.answer(documents, "anywhere", service, port, protocol) != "no-endpoints")
    return draw(st.sampled_from(["anywhere", "cluster", "same-namespace", "ns/x", "app=a", "192.0.2.0/24"])), service, protocol, port


def suggested(documents: list[Document], source: str, service: str, protocol: str, port: int, *argv: str) -> dict[str, Any]:
    namespace, _, name = service.partition("/")
    return program.asked(documents, "suggest", f"svc/{name}", "--allow", f"{port}/{protocol}", "--from", source, "-n", namespace, *argv)


def applied(documents: list[Document], policies: list[Document]) -> list[Document]:
    """An object of the same name is replaced."""
    new = {oracle.key_of(each): each for each in policies}
    kept = [each for each in documents if each["kind"] == "Namespace" or oracle.key_of(each) not in new]
    return [*kept, *new.values()]


def egress_isolated(documents: list[Document]) -> bool:
    return any("Egress" in oracle.types_of(each) for each in Cluster(documents).policies)
