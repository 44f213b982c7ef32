"""Do the program and the oracle agree about clusters that nobody wrote?"""
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from tests import oracle, program
from tests.clusters import OUTSIDE, Document, changed, clusters, tried
from tests.oracle import NAME_LABEL, Cluster


@tried(150)
@given(clusters())
def test_maps_agree(documents: list[Document]) -> None:
    ports, outside = oracle.numbers_in(documents), Cluster(documents).outside
    assert program.connectivity(documents, ports, outside) == oracle.connections(documents, ports, outside)


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


@tried(150)
@given(st.data())
def test_answers_agree(data: DataObject) -> None:
    documents = data.draw(clusters())
    for source, service, protocol, port in data.draw(st.lists(asked(documents), min_size=1, max_size=4, unique=True)):
        verdict = program.question(documents, source, service, protocol, port)
        assert (source, service, port, verdict) == (source, service, port, oracle.answer(documents, source, service, port, protocol))


# ---- changes


@tried(100)
@given(st.data())
def test_changes_of_connections_agree(data: DataObject) -> None:
    before = data.draw(clusters())
    after = data.draw(changed(before))
    ports, outside = oracle.numbers_in([*before, *after]), oracle.outside_of(before, after)
    expected = oracle.connection_changes(before, after, ports, outside)
    found = program.connection_changes(before, after, ports, outside)
    assert {pair: states for pair, states in found.items() if any(states)} == {pair: expected[pair] for pair in found if pair in expected}
    assert {pair for pair, states in expected.items() if states[0] != states[1]} <= {*found}


@tried(100)
@given(st.data())
def test_changes_of_services_agree(data: DataObject) -> None:
    before = data.draw(clusters())
    after = data.draw(changed(before))
    check_services(program.changed(before, after, "-A")["services"], before, after)


def check_services(rows: list[dict[str, Any]], before: list[Document], after: list[Document]) -> None:
    """Each row is true, none stands there twice, and each Service port that has a change has a row."""
    keys = [row_key(row) for row in rows]
    assert len(keys) == len(set(keys))
    for (service, port, protocol, source), row in zip(keys, rows):
        verdicts = tuple(oracle.answer(state, source, service, port, protocol) for state in (before, after))
        assert (row["source"], row["before"], row["after"]) == (source, *verdicts)
        assert row["before"] != row["after"]
        assert row["change"] == {("denied", "allowed"): "added", ("allowed", "denied"): "removed"}.get(verdicts, "changed")
    sources = [*oracle.WIDE, *(f"ns/{pod.namespace}:pod/{pod.key[2]}" for pod in Cluster(before).pods
               if pod.key[0] == "Pod" and pod.key in {each.key for each in Cluster(after).pods})]
    assert {key[:3] for key in oracle.changes(before, after, sources)} <= {key[:3] for key in keys}


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
    assert [each["proved"] for each in report["intents"]] == ["allowed"]
    if source in oracle.WIDE or not egress_isolated(documents):
        assert oracle.answer(after, source, service, port, protocol) == "allowed"


@st.composite
def wishes(draw: DrawFn, documents: list[Document]) -> tuple[str, str, str, int]:
    """Of Services that have endpoints there."""
    _, service, protocol, port = draw(asked(documents))
    assume(oracle.answer(documents, "anywhere", service, port, protocol) != "no-endpoints")
    return draw(st.sampled_from(["anywhere", "cluster", "same-namespace", "ns/x", "app=a", "192.0.2.0/24"])), service, protocol, port


def suggested(documents: list[Document], source: str, service: str, protocol: str, port: int) -> dict[str, Any]:
    namespace, _, name = service.partition("/")
    return program.asked(documents, "suggest", f"svc/{name}", "--allow", f"{port}/{protocol}", "--from", source, "-n", namespace)


def applied(documents: list[Document], policies: list[Document]) -> list[Document]:
    """An object of the same name is replaced."""
    new = {oracle.key_of(each): each for each in policies}
    kept = [each for each in documents if each["kind"] == "Namespace" or oracle.key_of(each) not in new]
    return [*kept, *new.values()]


def egress_isolated(documents: list[Document]) -> bool:
    return any("Egress" in oracle.types_of(each) for each in Cluster(documents).policies)
