"""What changes must change nothing, or nothing but more?"""
import copy
import ipaddress
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from kubectl_netpol.core.profiles import PROFILES
from tests import oracle, program
from tests.clusters import Document, changed, clusters, document, policy_spec, rules, selectors_of, specs, tried
from tests.oracle import Cluster, Connections
from tests.test_agreement import applied, egress_isolated, row_key, suggested, wishes

SWAPPED = {"added": "removed", "removed": "added", "changed": "changed"}


def allowed(found: Connections, *, possibly: bool) -> set[Any]:
    """Each pair, protocol and port."""
    return {(pair, protocol, port) for pair, ports in found.items() for protocol, (sure, uncertain) in ports.items()
            for port in (sure | uncertain if possibly else sure)}


# ---- policies only add up


@st.composite
def one_more_policy(draw: DrawFn, documents: list[Document]) -> Document:
    """It selects what another one selects, and isolates in no other direction."""
    one = draw(st.sampled_from([each for each in documents if each["kind"] == "NetworkPolicy"]))
    selector = {"podSelector": oracle.spec_of(one)["podSelector"]} if "podSelector" in oracle.spec_of(one) else {}
    rules = {key: rule for key, rule in draw(policy_spec()).items() if key in ("ingress", "egress")}
    return {**one, "metadata": {**one["metadata"], "name": "more"}, "spec": {**rules, **selector, "policyTypes": oracle.types_of(one)}}


@tried(40)
@given(st.data())
def test_one_more_policy_on_isolated_pods_removes_no_connection(data: DataObject) -> None:
    before = data.draw(clusters())
    assume(any(each["kind"] == "NetworkPolicy" for each in before))
    after = [*before, data.draw(one_more_policy(before))]
    ports, outside = oracle.numbers_in(after), oracle.outside_of(after)
    first, second = (program.connectivity(state, ports, outside) for state in (before, after))
    assert allowed(first, possibly=False) <= allowed(second, possibly=False)
    assert allowed(first, possibly=True) <= allowed(second, possibly=True)


# ---- diffs


@tried(25)
@given(clusters(), st.sampled_from([(), ("--by", "workload")]))
def test_equal_states_have_no_difference(documents: list[Document], by: tuple[str, ...]) -> None:
    with program.saved(documents, documents) as (before, after):
        ran = program.run(["diff", "--offline", before, "--to-offline", after, "-A", *by])
    report = program.changed(documents, documents, "-A", *by)
    assert ran.status == 0
    assert [report[key] for key in ("manifests", "services", "isolated", "connections")] == [[]] * 4
    assert report["findings"] == {"new": [], "gone": []}


@tried(40)
@given(st.data())
def test_the_way_back_mirrors_the_way_there(data: DataObject) -> None:
    before = data.draw(clusters())
    after = data.draw(changed(before))
    there, back = program.changed(before, after, "-A"), program.changed(after, before, "-A")
    assert sorted(map(service_row, there["services"])) == sorted(service_row(mirrored(row)) for row in back["services"])
    assert sorted((each["change"], *each["object"].values()) for each in there["manifests"]) == sorted(
        (SWAPPED[each["change"]], *each["object"].values()) for each in back["manifests"])
    come = [each for each in there["findings"]["new"] if each["id"] != "newly-isolated"]        # of the way, not of a state
    assert list(map(of_finding, come)) == list(map(of_finding, back["findings"]["gone"]))
    ports, outside = oracle.numbers_in([*before, *after]), oracle.outside_of(before, after)
    assert program.connection_changes(before, after, ports, outside) == {
        pair: (second, first) for pair, (first, second) in program.connection_changes(after, before, ports, outside).items()}


def service_row(row: dict[str, Any]) -> tuple[Any, ...]:
    return *row_key(row), row["change"], row["before"], row["after"]


def mirrored(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "change": SWAPPED[row["change"]], "before": row["after"], "after": row["before"]}


def of_finding(finding: dict[str, Any]) -> tuple[Any, ...]:
    return finding["id"], finding["object"], finding["path"], finding["message"]


# ---- order


COMMANDS = [("explain", "-A"), ("explain", "--by", "workload", "-A"), ("explain", "-A", "-o", "json"),
            ("explain", "--by", "workload", "-A", "-o", "json"), ("explain", "svc", "--from", "anywhere", "-A", "-o", "json")]


@tried(40)
@given(st.data())
def test_the_order_of_the_input_changes_no_byte(data: DataObject) -> None:
    documents = data.draw(clusters())
    other = data.draw(st.permutations(documents))
    argv = [*data.draw(st.sampled_from(COMMANDS)), "--offline", "-"]
    assert program.run(argv, program.as_list(documents)) == program.run(argv, program.as_list(other))


@tried(20)
@given(st.data())
def test_the_order_of_the_input_changes_no_byte_of_a_diff(data: DataObject) -> None:
    documents = data.draw(clusters())
    after = data.draw(changed(documents))
    argv = data.draw(st.sampled_from([(), ("--by", "workload")]))
    others = [data.draw(st.permutations(state)) for state in (documents, after)]
    first, second = program.changed(documents, after, "-A", *argv), program.changed(*others, "-A", *argv)
    for report in first, second:
        report["findings"] = {key: list(map(of_finding, found)) for key, found in report["findings"].items()}
    assert {**first, "scope": None} == {**second, "scope": None}                # the names of the files differ, and lines in them


# ---- the same, said in another way


def labelled_uniquely(documents: list[Document]) -> None:
    for number, each in enumerate(documents):
        match each["kind"]:
            case "Pod":
                each["metadata"]["labels"]["unique"] = f"u{number}"
            case "NetworkPolicy" | "Service" | "Namespace":
                pass
            case _:
                made_by = each["spec"].get("jobTemplate") or each
                made_by["spec"]["template"]["metadata"]["labels"]["unique"] = f"u{number}"


def doubled(documents: list[Document]) -> None:
    """Another pod of the same kind, whose address is not known either."""
    for each in [each for each in documents if each["kind"] == "Pod"]:
        documents.append({**each, "metadata": {**each["metadata"], "name": f"{each['metadata']['name']}-twin"}})


def without_addresses(documents: list[Document]) -> None:
    for each in documents:
        for field in ("podIP", "podIPs"):
            each.get("status", {}).pop(field, None)


def policies_split(documents: list[Document]) -> None:
    """A policy for each rule, and one without."""
    for each in [each for each in documents if each["kind"] == "NetworkPolicy" and each.get("spec")]:
        types = oracle.types_of(each)
        spec = {**each["spec"], "policyTypes": types, "ingress": [], "egress": []}
        single = [{direction.lower(): [rule]} for direction in types for rule in oracle.rules_of(each, direction)]
        documents.remove(each)
        documents += [{**each, "metadata": {**each["metadata"], "name": f"{each['metadata']['name']}-{number}"}, "spec": {**spec, **rules}}
                      for number, rules in enumerate([{}, *single])]


def rules_split(documents: list[Document]) -> None:
    """A rule for each peer and each port."""
    for spec in specs(documents):
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            if spec.get(direction):
                spec[direction] = [
                    {**({peers: [peer]} if peer else {}), **({"ports": [port]} if port is not None else {})} for rule in spec[direction]
                    for peer, port in itertools.product(rule.get(peers) or [None], rule.get("ports") or [None])]


def blocks_halved(documents: list[Document]) -> None:
    for peers, rule in rules(documents):
        rule[peers] = [half for peer in rule.get(peers) or [] for half in halves(peer)]


def halves(peer: Document) -> list[Document]:
    if "ipBlock" not in peer or ipaddress.ip_network(peer["ipBlock"]["cidr"]).num_addresses == 1:
        return [peer]
    excepts = [ipaddress.ip_network(each) for each in peer["ipBlock"].get("except", ())]
    found = [half for half in ipaddress.ip_network(peer["ipBlock"]["cidr"]).subnets() if half not in excepts]
    return [{"ipBlock": {"cidr": str(half), "except": [str(each) for each in excepts if each.subnet_of(half)]}} for half in found]


def ranges_as_ports(documents: list[Document]) -> None:
    """Small ranges as their ports, others as two."""
    for _, rule in rules(documents):
        rule["ports"] = [part for port in rule.get("ports") or [] for part in parts(port)]


def parts(port: Document) -> list[Document]:
    if "endPort" not in port:
        return [port]
    first, last = port["port"], port["endPort"]
    if last - first < 5:
        return [{**{key: port[key] for key in port if key != "endPort"}, "port": number} for number in range(first, last + 1)]
    middle = (first + last) // 2
    return [{**port, "endPort": middle}, {**port, "port": middle + 1}]


def in_as_match_labels(documents: list[Document]) -> None:
    for selector in selectors_of(documents):
        for each in list(selector.get("matchExpressions", ())):
            labels = selector.setdefault("matchLabels", {})
            if each["operator"] == "In" and len(each["values"]) == 1 and labels.get(each["key"], each["values"][0]) == each["values"][0]:
                labels[each["key"]] = each["values"][0]
                selector["matchExpressions"].remove(each)


def deployments_as_pods(documents: list[Document]) -> None:
    for each in [each for each in documents if each["kind"] == "Deployment" and each["spec"].get("replicas") != 0]:
        template, name = each["spec"]["template"], each["metadata"]["name"]
        for number in range(2):
            pod = document("Pod", f"{name}-5d4f-{number}", each["metadata"]["namespace"], template["spec"])
            pod["metadata"] |= {"labels": {**template["metadata"]["labels"], "pod-template-hash": "5d4f"}, "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-5d4f", "controller": True, "uid": "1"}]}
            documents.append(pod)


LAWS: list[tuple[Callable[[list[Document]], None], ...]] = [
    (labelled_uniquely,), (without_addresses, doubled), (policies_split,), (rules_split,), (blocks_halved,), (ranges_as_ports,),
    (in_as_match_labels,), (deployments_as_pods,)]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law[-1].__name__)
def test_said_in_another_way_it_means_the_same(law: tuple[Callable[[list[Document]], None], ...]) -> None:
    @tried(25)
    @given(clusters())
    def holds(documents: list[Document]) -> None:
        for prepare in law[:-1]:
            prepare(documents)
        other = copy.deepcopy(documents)
        law[-1](other)
        ports, outside = oracle.numbers_in(documents), oracle.outside_of(documents)
        assert between_workloads(documents, ports, outside) == between_workloads(other, ports, outside)

    holds()


def between_workloads(documents: list[Document], ports: list[int], outside: list[Any]) -> Connections:
    """Pods as their workload, and a twin as its original; all of a workload must be treated alike."""
    owners = {pod.key: original(pod.workload) for pod in Cluster(documents).pods}
    found: Connections = {}
    for (source, destination), between in program.connectivity(documents, ports, outside).items():
        pair = owners.get(source, source), owners.get(destination, destination)
        if pair[0] != pair[1]:
            assert found.setdefault(pair, between) == between
    return found


def original(key: oracle.Key) -> oracle.Key:
    return key[0], key[1], key[2].removesuffix("-twin")


# ---- suggestions


@tried(40)
@given(st.data())
def test_what_is_suggested_is_allowed(data: DataObject) -> None:
    documents = data.draw(clusters())
    source, service, protocol, port = data.draw(wishes(documents))
    assume(source in oracle.WIDE or not egress_isolated(documents))
    assume(oracle.sources_of(source, service.partition("/")[0], Cluster(documents)))
    after = applied(documents, suggested(documents, source, service, protocol, port)["policies"])
    assert program.question(after, source, service, protocol, port) == "allowed"


@pytest.mark.parametrize("cni", sorted(PROFILES))
@tried(15)
@given(st.data())
def test_what_is_suggested_for_a_network_plugin_is_allowed_there(cni: str, data: DataObject) -> None:
    """With what the clients need for their own egress, as far as they can be named in a policy."""
    documents = data.draw(clusters())
    source, service, protocol, port = data.draw(wishes(documents))
    assume(oracle.sources_of(source, service.partition("/")[0], Cluster(documents)))
    assume(not any(pod.host_network for pod in Cluster(documents).pods))
    report = suggested(documents, source, service, protocol, port, "--egress", "--cni", cni)
    assert [each["proved"] for each in report["intents"] if not each["guessed"]][:1] == ["allowed"]
    assert [each for each in report["findings"] if each["severity"] == "error"] == []
    after = applied(documents, report["policies"])
    assert program.question(after, source, service, protocol, port, "--cni", cni) == "allowed"
