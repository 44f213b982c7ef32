"""Whose connections may policies of other engines refuse, or allow, and is nothing else touched by them?"""
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn
from msgspec.structs import replace

from kubectl_netpol.api.engines import NAMED
from kubectl_netpol.commands.apply.proposed import file_writes, key_of, shown
from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE
from kubectl_netpol.core.calico import calico_expression
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import objects_in
from kubectl_netpol.core.expressions import members
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import Many
from kubectl_netpol.core.rulings import Area
from kubectl_netpol.core.states import State, by_policies_alone, state_of
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.reports import ManifestChange, ObjectRef
from kubectl_netpol.server.answers import Refused
from kubectl_netpol.server.resources import versions_of
from kubectl_netpol.snapshot import Listing
from tests import oracle, program
from tests.clusters import clusters, tried
from tests.core.test_unread import both, questions
from tests.core.test_unread import live as live_clusters
from tests.e2e_cases import Document, namespace, netpol, only, pod, service
from tests.engine_cases import (
    ALLOW,
    DENY,
    FROM,
    IN_A,
    SELECTING,
    A,
    Selecting,
    antrea,
    calico,
    cilium,
    firewall,
    istio,
    multi,
    written,
)
from tests.server.memory import OF_ENGINES, Memory, ask, without
from tests.snapshots import names, place, snapshot, state
from tests.test_laws import allowed
from tests.tier_cases import cnp, into

PODS = [namespace("x"), namespace("y", "team=red"), pod("x/a", "app=a", ip="10.1.0.1"), pod("x/b", "app=b", ip="10.1.0.2"),
        pod("y/c", "app=c", ip="10.1.0.3"), pod("x/h", "app=a", ip="172.16.0.9", hostNetwork=True)]
CLOSED = [netpol(home, {}, "IE", ingress=[], egress=[]) for home in "xy"]
PROBE = PortRange("TCP", 80, 80)


def pair(found: State, source: str, destination: str, direction: Direction) -> tuple[bool, bool]:
    """Whether one end surely, and possibly, lets a connection through."""
    row = (found.judge.admitted if direction is Direction.INGRESS else found.judge.released)(place(destination, found))
    ((_, many),) = at(row, PROBE)
    return bool(many.sure >> place(source, found) & 1), bool(many.maybe >> place(source, found) & 1)


def beyond(found: State, name: str, direction: Direction) -> Area:
    ((_, area),) = at(found.judge.area(place(name, found), direction), PROBE)
    return area


@pytest.mark.parametrize("case", SELECTING, ids=lambda case: case.name)
def test_those_that_are_selected_are_unknown_and_others_as_before(case: Selecting) -> None:
    for is_closed, documents in ((False, []), (True, CLOSED)):
        found = state(*PODS, *documents, *case.documents)
        for direction, said, word in ((Direction.INGRESS, case.ingress, "in"), (Direction.EGRESS, case.egress, "out")):
            for name, other in (("x/a", "b"), ("x/b", "c"), ("y/c", "a")):
                own = name.partition("/")[2]
                ends = (other, own) if direction is Direction.INGRESS else (own, other)
                concerned, opens = name in said.split(), word in case.opens.split()
                expected = (not is_closed and not concerned, not is_closed or (concerned and opens))
                assert pair(found, *ends, direction) == expected, (name, direction, is_closed)
                area = beyond(found, own, direction)
                assert (area.sure == EVERYWHERE, area.maybe == EVERYWHERE) == expected, (name, direction, is_closed)
                assert area.sure in (EVERYWHERE, NOWHERE) and area.maybe in (EVERYWHERE, NOWHERE)


def test_the_pods_of_the_host_network_are_none_of_theirs() -> None:
    found = state(*PODS, cilium({**IN_A, "endpointSelector": {}}, ""))
    assert pair(found, "b", "h", Direction.INGRESS) == (True, True)


NAMES = {"ports": [{"port": "53"}], "rules": {"dns": [{"matchPattern": "*"}]}}


@pytest.mark.parametrize(("rule", "more", "refuses"), [
    ({}, {}, False), ({"toPorts": [{"ports": [{"port": "80"}]}]}, {}, False), ({"toPorts": [NAMES]}, {}, False),
    ({"icmps": [{}]}, {}, False),
    ({"toPorts": [{**NAMES, "rules": {"dns": [{"matchName": "a"}]}}]}, {}, True), ({"toPorts": [{"rules": {"http": [{}]}}]}, {}, True),
    ({"toPorts": [{"serverNames": ["a"]}]}, {}, True), ({"toPorts": ["a"]}, {}, True), ({"toPorts": "a"}, {}, True),
    ({"authentication": {"mode": "required"}}, {}, True), ({}, {"ingressDeny": FROM}, True)])
def test_without_the_default_rules_of_cilium_open_and_mostly_do_not_close(rule: Document, more: Document, refuses: bool) -> None:
    opening = {"fromEntities": ["all"], **rule}
    policy = cilium({"endpointSelector": A, "ingress": [opening], "enableDefaultDeny": {"ingress": False}, **more})
    found, closed = state(*PODS, policy), state(*PODS, *CLOSED, policy)
    assert pair(found, "b", "a", Direction.INGRESS) == (not refuses, True) and pair(closed, "b", "a", Direction.INGRESS) == (False, True)
    assert (beyond(found, "a", Direction.INGRESS).sure == EVERYWHERE) is not refuses
    assert beyond(closed, "a", Direction.INGRESS) == Area(NOWHERE, EVERYWHERE)
    for documents, verdict in (([], "unknown" if refuses else "allowed"), ([DENIED], "unknown")):
        answer = program.asked([*WEB, *documents, policy], "explain", "svc/web:80", "--from", "pod/b", "-n", "x")
        assert answer["verdict"] == verdict
        assert any("it can open this, and cannot close it" in step["why"] for step in answer["steps"]) == (not refuses and bool(documents))


ON_HOSTS = {"nodeSelector": {}, "ingress": [{"fromEntities": ["host"]}]}


@pytest.mark.parametrize(("policy", "of_hosts", "of_pods", "outside"), [
    pytest.param(cilium(ON_HOSTS, ""), "in", "", "", id="cilium: of nodes"),
    pytest.param(cilium({"ingress": FROM}, ""), "", "", "", id="cilium: of nobody"),
    pytest.param(calico({"selector": "has(host-endpoint)", "ingress": DENY}, ""), "in", "", "", id="calico: by a label of hosts"),
    pytest.param(calico({"selector": "", "ingress": DENY}, ""), "in", "in", "in", id="calico: of everything"),
    pytest.param(calico({"selector": "app == 'a' || !has(app)", "egress": DENY}, ""), "out", "out", "out", id="calico: one of both"),
    pytest.param(calico({"selector": "app == 'a' && !has(b)", "ingress": DENY}, ""), "", "in", "in", id="calico: by labels of pods"),
    pytest.param(calico({"selector": "app contains 'a'", "ingress": DENY}, ""), "", "in", "in", id="calico: by a text"),
    pytest.param(calico({"selector": "projectcalico.org/created-by == 'x'", "ingress": DENY}, ""), "in", "in", "in", id="calico: created"),
    pytest.param(calico({"namespaceSelector": "all()", "ingress": DENY}, ""), "", "in", "in", id="calico: hosts have no namespace"),
    pytest.param(calico({"serviceAccountSelector": "all()", "ingress": DENY}, ""), "", "in", "in", id="calico: nor an account"),
    pytest.param(calico({"selector": "", "ingress": DENY}), "", "in", "in", id="calico: of a namespace"),
    pytest.param(calico({"selector": "app == 'a'", "ingress": DENY, "preDNAT": True, "applyOnForward": True}, ""), "in", "", "in",
                 id="calico: before DNAT"),
    pytest.param(calico({"selector": "x == 'y'", "types": ["Ingress", "Egress"], "applyOnForward": True}, ""), "in out", "", "in out",
                 id="calico: what is forwarded"),
    pytest.param(calico({"selector": "app == 'a'", "ingress": DENY, "doNotTrack": True, "applyOnForward": True}, ""), "in", "", "",
                 id="calico: untracked"),
    pytest.param(antrea({"appliedTo": [{"nodeSelector": {}}], "egress": DENY}, ""), "out", "", "", id="antrea: of nodes"),
    pytest.param(antrea({"egress": [{**DENY[0], "appliedTo": [{"nodeSelector": {}}]}]}, ""), "out", "", "", id="antrea: a rule of nodes")])
def test_policies_of_hosts_concern_the_pods_on_their_network(policy: Document, of_hosts: str, of_pods: str, outside: str) -> None:
    found = state(*PODS, policy)
    for direction, word in ((Direction.INGRESS, "in"), (Direction.EGRESS, "out")):
        for name, said in (("h", of_hosts), ("a", of_pods)):
            ends = ("b", name) if direction is Direction.INGRESS else (name, "b")
            assert pair(found, *ends, direction) == (word not in said.split(), True), (name, direction)
        assert (beyond(found, "h", direction).sure == EVERYWHERE) == (word not in of_hosts.split()), direction
        assert (beyond(found, "a", direction).sure == EVERYWHERE) == (word not in outside.split()), direction


def test_what_polices_hosts_and_may_not_be_read_concerns_them() -> None:
    read = frozenset({Listing("Pod"), Listing("Namespace"), Listing("NetworkPolicy")})
    for group, sure in (("cilium.io/v2", False), ("security.istio.io/v1", True)):
        found = state_of(replace(snapshot(*PODS), read=read, groups=frozenset({group})))
        assert pair(found, "b", "h", Direction.INGRESS) == (sure, True)


@pytest.mark.parametrize(("argv", "named"), [
    (["svc/web:80", "--from", "pod/b"], False), (["svc/web:80", "--from", "203.0.113.9"], True),
    (["svc/web:80", "--from", "anywhere"], True), (["pod/a", "--to", "203.0.113.9:80"], False)])
def test_what_comes_from_outside_is_policed_before_dnat(argv: list[str], named: bool) -> None:
    before = calico({"selector": "has(host-endpoint)", "ingress": DENY, "preDNAT": True, "applyOnForward": True}, "")
    found = program.asked([*WEB, before], "explain", *argv, "-n", "x")
    assert found["verdict"] == ("unknown" if named else "allowed")
    assert any("globalnetworkpolicy.projectcalico.org/p" in step["why"] for step in found["steps"]) is named
    assert all(("/p" in part["why"]) == (part["source"] == "addresses outside") for part in found["parts"])


def test_a_map_tells_what_is_policed_before_dnat_of_addresses_alone() -> None:
    before = calico({"selector": "has(host-endpoint)", "ingress": DENY, "preDNAT": True, "applyOnForward": True}, "")
    peers = [{"podSelector": only("app=b")}, {"ipBlock": {"cidr": "203.0.113.0/24"}}]
    found = program.asked([*WEB, netpol("x", A, "I", ingress=[{"from": peers}]), before], "explain", "-n", "x")
    (access,) = [port["access"] for each in found["services"] for port in each["ports"]]
    assert {(each["source"], each["verdict"]) for each in access} == {("app=b", "allowed"), ("203.0.113.0/24", "unknown")}


@pytest.mark.parametrize(("types", "opens"), [(("Deny",), False), (("Deny", "Allow"), True)])
def test_a_firewall_is_of_addresses_outside(types: tuple[str, ...], opens: bool) -> None:
    found, closed = state(*PODS, firewall(*types)), state(*PODS, *CLOSED, firewall(*types))
    assert pair(found, "a", "c", Direction.EGRESS) == (True, True) == pair(found, "c", "a", Direction.INGRESS)
    assert beyond(found, "a", Direction.EGRESS) == Area(NOWHERE, EVERYWHERE)
    assert beyond(closed, "a", Direction.EGRESS) == Area(NOWHERE, EVERYWHERE if opens else NOWHERE)
    for each, direction in (("c", Direction.EGRESS), ("a", Direction.INGRESS)):
        assert beyond(found, each, direction) == Area(EVERYWHERE, EVERYWHERE)


def test_a_firewall_without_rules_refuses_nothing() -> None:
    assert beyond(state(*PODS, firewall()), "a", Direction.EGRESS) == Area(EVERYWHERE, EVERYWHERE)


def test_an_object_of_calico_that_both_groups_show_is_one() -> None:
    selector = {"selector": "app == 'a'"}
    stored, other = calico(selector, "x", "crd.projectcalico.org/v1", "default.p"), calico(selector, "x", "crd.projectcalico.org/v1", "q")
    found = state(*PODS, calico(selector), stored, other)
    assert [str(key) for key in objects_in(found.judge.concerns.every)] == [
        "networkpolicy.crd.projectcalico.org/q", "networkpolicy.projectcalico.org/p"]


def test_labels_that_only_they_look_at_tell_pods_apart() -> None:
    found = state(*PODS, pod("x/d", "app=a zone=dmz", ip="10.1.0.4"), calico({"selector": "zone ends with 'z'", "ingress": []}))
    assert pair(found, "b", "d", Direction.INGRESS) == (False, True)
    assert pair(found, "b", "a", Direction.INGRESS) == (True, True)


def test_labels_of_a_namespace_that_are_not_known_may_be_any() -> None:
    documents = [*PODS, calico({"namespaceSelector": "team contains 're' && team != 'blue'"}, "")]
    known = snapshot(*documents)
    hidden = {name: each for name, each in known.namespaces.items() if name != "x"}
    found = state_of(type(known)(**{**{each: getattr(known, each) for each in known.__struct_fields__}, "namespaces": hidden,
                                    "read": frozenset()}))
    (concern,) = [each for each in found.judge.concerns.every if each.direction is Direction.INGRESS]
    assert (names(concern.pods.sure, found), names(concern.pods.maybe, found)) == ({"c"}, {"a", "b", "c"})


def test_without_objects_nothing_is_looked_at() -> None:
    judge: Judge = state(*PODS).judge
    assert judge.concerns.every == () and judge.admitted(place("a", state(*PODS)))


def test_by_policies_alone_it_is_as_without_them() -> None:
    with_them, plain = state(*PODS, cilium(IN_A)), state(*PODS)
    assert pair(with_them, "b", "a", Direction.INGRESS) == (False, True)
    assert pair(by_policies_alone(with_them), "b", "a", Direction.INGRESS) == pair(plain, "b", "a", Direction.INGRESS) == (True, True)


def test_all_may_enter_and_be_named_where_they_may_allow() -> None:
    """Whom the rules of NetworkPolicies name is not all."""
    for documents, sources in (([], {"h"}), ([istio({"selector": A})], {"h"}), ([cilium(IN_A)], {"a", "b", "c", "h"})):
        judge = state(*PODS, *CLOSED, *documents)
        assert names(judge.judge.may_enter(place("a", judge)), judge) == sources
        assert names(judge.judge.named_by(place("a", judge), Direction.INGRESS), judge) == sources - ({"h"} if len(sources) == 1 else set())


# ---- the language of Calico

CALICO = [
    ("", "a b c"), ("all()", "a b c"), ("all( )", "a b c"), ("app == 'a'", "a"), ('app=="a"', "a"), ("app != 'a'", "b c"),
    ("has(app)", "a b c"), ("has( zone )", ""), ("!has(zone)", "a b c"), ("! ! has(app)", "a b c"),
    ("app in {'a', \"b\"}", "a b"), ("app in{'a',}", "a"),
    ("app in {}", ""), ("app not in {'a'}", "b c"), ("zone not in {'a'}", "a b c"), ("app contains 'a'", "a"), ("app starts with 'b'", "b"),
    ("app ends  with 'c'", "c"), ("app == 'a' || app == 'b' && app == 'c'", "a"), ("(app == 'a' || app == 'b') && app != 'b'", "a"),
    ("app == 'a' && app == 'b'", ""), ("!(app == 'a' || app == 'b')", "c"), ("all == 'x' || app == 'c'", "c"),
    ("app == 'it && (is) \"x\"'", "")]
NOT_UNDERSTOOD = ["app", "app = 'a'", "app == a", "'app' == 'a'", "app == 'a' &&", "app == 'a", "(app == 'a'", "app == 'a')", "app in 'a'",
                  "app in {'a' 'b'}", "app like 'a'", "has(app", "global()", "app == 'a' app == 'b'", "{", "&& app == 'a'", "app & 'a'",
                  "(" * 5000 + "all()" + ")" * 5000]


@pytest.mark.parametrize(("expression", "expected"), CALICO)
def test_an_expression_of_calico_selects(expression: str, expected: str) -> None:
    found = state(*PODS[:-1], calico({"selector": expression}))
    pods = members(calico_expression(expression), found.cluster)
    assert (names(pods.sure, found), names(pods.maybe, found)) == (set(expected.split()), set(expected.split()))


@pytest.mark.parametrize("expression", NOT_UNDERSTOOD, ids=lambda each: each[:20])
def test_what_is_not_understood_may_select_anybody(expression: str) -> None:
    found = state(*PODS[:-1])
    assert members(calico_expression(expression), found.cluster) == Many(0, found.cluster.pods.everyone)


# ---- what the commands make of it

WEB = [*PODS[:-1], service("x/web", "app=a", {"port": 80})]
DENIED, ADMITTED = netpol("x", A, "I", ingress=[]), netpol("x", A, "I", ingress=[{"from": [{"podSelector": only("app=b")}]}])
ADMITTED_ALL = netpol("x", A, "I", ingress=[{}])


@pytest.mark.parametrize(("documents", "verdict", "named"), [
    pytest.param([cilium(IN_A)], "unknown", "ciliumnetworkpolicy/p", id="it may refuse"),
    pytest.param([cilium(IN_A), DENIED], "unknown", "ciliumnetworkpolicy/p", id="it may allow"),
    pytest.param([istio({"selector": A})], "unknown", "authorizationpolicy.security.istio.io/p", id="a mesh may refuse"),
    pytest.param([istio({"selector": A}), ADMITTED], "unknown", "authorizationpolicy.security.istio.io/p", id="what a rule admits"),
    pytest.param([istio({"selector": A}), DENIED], "denied", "", id="a mesh allows nothing"),
    pytest.param([cilium({**IN_A, "endpointSelector": only("app=z")})], "allowed", "", id="others are selected"),
    pytest.param([cilium({"endpointSelector": only("app=b"), "egressDeny": [{}]})], "unknown", "ciliumnetworkpolicy/p", id="of the source"),
    pytest.param([cilium({"endpointSelector": only("app=b"), "ingress": [{}]})], "allowed", "", id="the other direction of the source"),
    pytest.param([firewall("Deny")], "allowed", "", id="a firewall is of addresses outside"),
    pytest.param([multi({"podSelector": A}, **{"k8s.v1.cni.cncf.io/policy-for": "net"}), DENIED], "denied", "", id="other networks"),
    pytest.param([cilium({**IN_A, "endpointSelector": {"matchNames": []}})], "unknown", "may select", id="perhaps"),
    pytest.param([cilium(IN_A), cnp("Admin", 1, only("kubernetes.io/metadata.name=x"), ingress=[into("Deny", {})])], "unknown",
                 "ciliumnetworkpolicy/p", id="tiers are no last word")])
def test_a_question_names_them(documents: list[Document], verdict: str, named: str) -> None:
    found = program.asked([*WEB, *documents], "explain", "svc/web:80", "--from", "pod/b", "-n", "x")
    assert found["verdict"] == verdict
    said = [step["why"] for step in found["steps"] if "not judged here" in step["why"]]
    assert any(named in each for each in said) if named else said == []


def test_what_networkpolicies_say_is_told_before_it() -> None:
    found = program.asked([*WEB, DENIED, cilium(IN_A)], "explain", "svc/web:80", "--from", "pod/b", "-n", "x")
    assert [(step["result"], step["rule"] and step["rule"].get("kind")) for step in found["steps"]][-2:] == [
        ("denied", None), ("unknown", "CiliumNetworkPolicy")]


def test_a_firewall_is_not_named_for_what_stays_inside() -> None:
    documents = [*WEB, firewall("Deny"), cilium({"endpointSelector": only("app=b"), "egressDeny": [{}]})]
    for argv, expected in ((["explain", "svc/web:80", "--from", "pod/b"], {"CiliumNetworkPolicy"}),
                           (["explain", "pod/b", "--to", "198.51.100.7:443"], {"CiliumNetworkPolicy", "EgressFirewall"})):
        found = program.asked(documents, *argv, "-n", "x")
        assert {step["object"]["kind"] for step in found["steps"] if "not judged here" in step["why"]} == expected


def test_the_parts_of_an_answer_name_them() -> None:
    """Of two pods behind a Service one is selected."""
    other = pod("x/d", "app=a zone=dmz", ip="10.1.0.4")
    for policy in (cilium({**IN_A, "endpointSelector": only("zone=dmz")}), calico({"selector": "zone == 'dmz'", "ingress": ALLOW})):
        found = program.asked([*WEB, other, policy], "explain", "svc/web:80", "--from", "pod/b", "-n", "x")
        whys = {part["destination"]: (part["verdict"], part["why"]) for part in found["parts"]}
        assert whys["pod/a:80"] == ("allowed", "") and whys["pod/d:80"][0] == "unknown"
        assert whys["pod/d:80"][1].startswith("not judged: ") and "/p" in whys["pod/d:80"][1]


@pytest.mark.parametrize(("documents", "expected"), [
    ([cilium(IN_A)], {("anywhere", "unknown")}), ([cilium(IN_A), DENIED], {("anywhere", "unknown")}),
    ([cilium(IN_A), ADMITTED], {("anywhere", "unknown"), ("app=b", "unknown")}),
    ([istio({"selector": A}), ADMITTED], {("app=b", "unknown")}), ([istio({"selector": A}), DENIED], {("anywhere", "denied")}),
    ([cilium({**IN_A, "endpointSelector": only("app=b")})], {("anywhere", "allowed")})])
def test_a_map_says_unknown_and_by_whom(documents: list[Document], expected: set[tuple[str, str]]) -> None:
    found = program.asked([*WEB, *documents], "explain", "-n", "x")
    ((access,),) = [[port["access"] for port in each["ports"]] for each in found["services"]]
    assert {(each["source"], each["verdict"]) for each in access} == expected
    for each in access:
        kinds = {policy.get("kind", "NetworkPolicy") for policy in each["policies"]}
        assert bool(kinds & {"CiliumNetworkPolicy", "AuthorizationPolicy.security.istio.io"}) == (each["verdict"] == "unknown")


def test_maps_tell_how_many_are_not_evaluated() -> None:
    documents = [*WEB, cilium(IN_A), {**cilium(IN_A), "metadata": {"name": "q", "namespace": "x"}}, calico({"selector": "all()"}),
                 cilium({**IN_A, "endpointSelector": only("app=z")}, "")]
    for argv in (["explain", "-n", "x"], ["explain", "--by", "workload", "-n", "x"], ["explain", "svc/web", "-n", "x"],
                 ["explain", "ns/x", "-n", "x"], ["explain", "--from", "cluster", "-n", "x"]):
        (note,) = [note for note in program.asked(documents, *argv)["notes"] if "not evaluated" in note]
        assert "2 CiliumNetworkPolicies, 1 NetworkPolicy.projectcalico.org;" in note and "Clusterwide" not in note
    assert [note for note in program.asked(WEB, "explain", "-n", "x")["notes"] if "not evaluated" in note] == []
    assert [note for note in program.asked(documents, "explain", "-n", "y")["notes"] if "not evaluated" in note] == []


def test_workloads_are_not_open_where_they_may_be_closed() -> None:
    for documents, expected in (([], {"a", "b"}), ([cilium(IN_A)], {"b"}), ([istio({})], set())):
        found = program.asked([*WEB, *documents], "explain", "-n", "x")
        assert {each["name"] for each in found["unprotected"]} == expected


def test_connections_of_them_are_uncertain() -> None:
    found = program.asked([*PODS, cilium(IN_A)], "explain", "--by", "workload", "-n", "x")
    names_of = {group["id"]: {each["name"] for each in group["workloads"]} for group in found["groups"]}
    for each in found["connections"]:
        to_a = names_of.get(each["destination"].get("group")) == {"a"}
        assert bool(each["uncertain"]) == to_a and bool(each["ports"]) == (not to_a), each


def test_whereto_pods_connect_is_unknown_with_egress_rules_of_theirs() -> None:
    deny = cilium({"endpointSelector": A, "egressDeny": [{}]})
    reports: list[Any] = [program.asked([*PODS, *documents], "explain", "pod/a", "-n", "x") for documents in (
        [deny], [deny, *CLOSED], [cilium({"endpointSelector": A, "egress": [{"toCIDR": ["10.0.0.0/8"]}]}), *CLOSED])]
    assert [[(each["source"], each["verdict"]) for each in report["egress"]] for report in reports] == [
        [("anywhere", "unknown")], [("anywhere", "denied")], [("anywhere", "unknown")]]


def test_a_change_of_theirs_is_one_of_connectivity() -> None:
    for policy, expected in ((cilium(IN_A), ("anywhere", "allowed", "unknown")),
                             (cilium({"endpointSelector": only("app=b"), "egressDeny": [{}]}), ("pod/b", "allowed", "unknown"))):
        found = program.changed(WEB, [*WEB, policy], "-n", "x")
        assert [change["object"]["kind"] for change in found["manifests"]] == ["CiliumNetworkPolicy"]
        assert expected in [(row["source"], row["before"], row["after"]) for row in found["services"]]


@pytest.mark.parametrize(("kind", "number"), [("NetworkPolicy.projectcalico.org", 1), ("NetworkPolicy", 0)])
def test_what_is_applied_is_told_from_networkpolicies_by_its_group(kind: str, number: int) -> None:
    policy = calico({"selector": "all()"})
    writes = file_writes({key_of(policy): (None, policy)}, [policy])
    assert len(shown(writes, [ManifestChange("added", ObjectRef(kind, "x", "p"), "")])) == number


def test_a_suggestion_is_not_proved_beside_them() -> None:
    argv = ["suggest", "svc/web", "--allow", "80", "--from", "app=b", "-n", "x"]
    found = program.asked([*WEB, DENIED, cilium(IN_A)], *argv)
    assert [each["proved"] for each in found["intents"]] == ["unknown"]
    assert any("ciliumnetworkpolicy/p" in note and "not proved" in note for note in found["notes"])
    assert [each["proved"] for each in program.asked([*WEB, DENIED], *argv)["intents"]] == ["allowed"]
    leaving = {**cilium({"endpointSelector": {}, "egressDeny": [{}]}, "y"), "metadata": {"name": "q", "namespace": "y"}}
    anywhere = program.asked([*WEB, cilium(IN_A), leaving], "suggest", "svc/web", "--allow", "80", "--from", "anywhere", "-n", "x")
    (note,) = [note for note in anywhere["notes"] if "not proved" in note]
    assert "ciliumnetworkpolicy/p" in note and "ciliumnetworkpolicy/q" not in note


def test_the_own_node_of_a_pod_is_not_certain_beside_them() -> None:
    web = pod("x/n", "app=a", ip="10.1.0.7")
    web["status"]["hostIP"] = "172.16.0.1"
    argv = ["explain", "pod/n", "--from", "172.16.0.1", "-n", "x"]
    for documents, verdict in (([DENIED], "allowed"), ([DENIED, cilium(IN_A)], "unknown")):
        assert program.asked([namespace("x"), web, *documents], *argv)["verdict"] == verdict


def test_a_set_without_a_pod_is_asked_about_all_the_same() -> None:
    for documents, verdict in (([], "allowed"), ([cilium(IN_A)], "unknown"), ([istio({"selector": A}), DENIED], "denied")):
        found = program.asked([*WEB, namespace("q"), *documents], "explain", "svc/web:80", "--from", "ns/q", "-n", "x")
        assert found["verdict"] == verdict


DNS = [namespace("kube-system"), pod("kube-system/dns", "k8s-app=kube-dns", ip="10.1.9.9"),
       service("kube-system/kube-dns", "k8s-app=kube-dns", {"port": 53, "protocol": "UDP", "targetPort": 5353})]
PORT_53, PORT_5353 = ({"ports": [{"port": number, "protocol": each} for each in ("UDP", "TCP")]} for number in (53, 5353))
PUBLISHED = {**service("x/out", "app=a", {"port": 80}), "spec": {
    "type": "NodePort", "selector": {"app": "a"}, "ports": [{"port": 80, "nodePort": 30080}]}}
CLIENTS = netpol("x", A, "I", ingress=[{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}, {}])


@pytest.mark.parametrize(("documents", "policy", "finding"), [
    pytest.param([*DNS, netpol("x", A, "E", egress=[PORT_53, PORT_5353])], cilium({"endpointSelector": A, "egressDeny": [{}]}), "dns-port",
                 id="the way to DNS is open as far as NetworkPolicies go"),
    pytest.param([PUBLISHED, CLIENTS], cilium(IN_A), "client-address-rewritten", id="so is that of clients outside")])
def test_a_finding_does_not_rest_on_what_they_may_do(documents: list[Document], policy: Document, finding: str) -> None:
    found = program.asked([*WEB, *documents, policy], "explain", "--only", "findings", "-A")["findings"]
    assert finding not in {each["id"] for each in found}


# ---- read of a server


def live(documents: list[Document], *hidden: str, source: str = "ns/y:pod/c") -> dict[str, Any]:
    return ask(Memory([*WEB, *documents], without(*hidden)), "explain", "svc/web:80", "--from", source)


EVERY_KIND = [cilium({**IN_A, "endpointSelector": only("app=z")}), cilium({**IN_A, "endpointSelector": only("app=z")}, ""),
              calico({"selector": "app == 'z'"}), calico({"selector": "app == 'z'"}, ""), istio({"selector": only("app=z")}),
              written("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", {"appliedTo": [{"group": "z"}]}, ""),
              written("crd.antrea.io/v1beta1", "NetworkPolicy", {"appliedTo": [{"group": "z"}]})]


@pytest.mark.parametrize(("documents", "hidden", "expected", "missing"), [
    pytest.param(EVERY_KIND, (), "allowed", "", id="all read, and none selects"),
    pytest.param(EVERY_KIND, ("CiliumNetworkPolicy x",), "unknown", "list ciliumnetworkpolicies in namespace x", id="of the target"),
    pytest.param(EVERY_KIND, ("CiliumNetworkPolicy y",), "unknown", "list ciliumnetworkpolicies in namespace y", id="of the source"),
    pytest.param(EVERY_KIND, ("CiliumNetworkPolicy z",), "allowed", "", id="of others"),
    pytest.param(EVERY_KIND, ("CiliumClusterwideNetworkPolicy",), "unknown", "list ciliumclusterwidenetworkpolicies", id="of the cluster"),
    pytest.param(EVERY_KIND, ("NetworkPolicy.projectcalico.org x",), "unknown", "list networkpolicies.projectcalico.org in namespace x",
                 id="of several groups"),
    pytest.param(EVERY_KIND, ("NetworkPolicy.crd.projectcalico.org",), "allowed", "", id="what is stored need not be read"),
    pytest.param(EVERY_KIND, ("AuthorizationPolicy.security.istio.io istio-system",), "unknown",
                 "list authorizationpolicies.security.istio.io in namespace istio-system", id="of the root namespace"),
    pytest.param([*EVERY_KIND, DENIED], ("AuthorizationPolicy.security.istio.io",), "denied", "", id="what only refuses opens nothing"),
    pytest.param([], ("CiliumNetworkPolicy",), "allowed", "", id="a cluster without them")])
def test_what_may_not_be_read_is_unknown_and_said(documents: list[Document], hidden: tuple[str, ...], expected: str, missing: str) -> None:
    found = live(documents, *hidden)
    assert found["verdict"] == expected
    assert missing in (found["fix"] or {"patch": ""})["patch"] and any(missing in step["why"] for step in found["steps"])


def test_a_group_whose_own_server_is_down_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    get = Memory.get

    def down(memory: Memory, path: str, query: Mapping[str, str] = {}) -> bytes:
        if "projectcalico" in path:
            raise Refused("failed with 503: the server is currently unable", status=503, reason="ServiceUnavailable")
        return get(memory, path, query)

    monkeypatch.setattr(Memory, "get", down)
    found = live(EVERY_KIND)
    assert found["verdict"] == "unknown" and {gap["resource"] for gap in found["gaps"]} == {
        "networkpolicies.projectcalico.org", "globalnetworkpolicies.projectcalico.org"}
    assert any("503" in step["why"] for step in found["steps"]) and "ask again" in found["fix"]["patch"]


def test_a_group_without_such_kinds_is_no_gap() -> None:
    found = live([written("k8s.cni.cncf.io/v1", "Other", {}), written("networking.gke.io/v1", "Other", {})])
    assert (found["verdict"], found["gaps"]) == ("allowed", [])


@pytest.mark.parametrize(("kind", "groups", "expected"), [
    ("CiliumNetworkPolicy", {"cilium.io/v2"}, ("v2",)), ("CiliumNetworkPolicy", {"cilium.io/v3", "cilium.io/v2alpha1"}, ("v2alpha1", "v3")),
    ("PeerAuthentication", {"security.istio.io/v1beta1", "security.istio.io/v1"}, ("v1", "v1beta1")),
    ("PeerAuthentication", {"security.istio.io/v1beta1"}, ("v1beta1",)), ("CiliumNetworkPolicy", {"apps/v1"}, ("v2",))])
def test_the_versions_that_the_server_has_are_asked(kind: str, groups: set[str], expected: tuple[str, ...]) -> None:
    group = NAMED[kind].group
    assert versions_of(kind, frozenset(groups)) == tuple(f"apis/{group}/{version}" for version in expected)


def test_a_version_to_come_is_read_too() -> None:
    found = live([{**cilium(IN_A), "apiVersion": "cilium.io/v3"}])
    assert found["verdict"] == "unknown" and any("ciliumnetworkpolicy/p" in step["why"] for step in found["steps"])


def test_pods_that_may_not_be_read_may_be_kept_in() -> None:
    deny = cilium({"endpointSelector": {}, "egressDeny": [{}]}, "y")
    elsewhere = cilium({"endpointSelector": {}, "egressDeny": [{}]}, "x")
    for documents, verdict in (([], "allowed"), ([elsewhere], "allowed"), ([deny], "unknown")):
        assert live([ADMITTED_ALL, *documents], "Pod y", source="ns/y")["verdict"] == verdict


# ---- laws


@st.composite
def engines(draw: DrawFn) -> list[Document]:
    """Some policies of others, on the labels that random clusters have."""
    selectors = st.sampled_from([{}, only("app=a"), only("app=b"), only("tier=a"), only("app=z"), {"matchNames": []}])
    rules = st.sampled_from([[], [{}], [{"fromEntities": ["all"]}]])
    found = []
    for number, home in enumerate(draw(st.lists(st.sampled_from(["x", "y", ""]), min_size=1, max_size=3))):
        expression = draw(st.sampled_from(["", "app == 'a'", "has(tier) && app != 'b'", "app ~ 'a'"]))
        policy = draw(st.sampled_from([
            cilium({"endpointSelector": draw(selectors), "ingress": draw(rules), "egressDeny": draw(rules)}, home),
            calico({"selector": expression, "types": draw(st.sampled_from([["Ingress"], ["Egress"]])), "ingress": ALLOW}, home),
            istio({"selector": draw(selectors)}, home or "istio-system"),
            firewall("Allow")]))
        found.append({**policy, "metadata": {**policy["metadata"], "name": f"p{number}"}})
    return found


@tried(150)
@given(st.data())
def test_an_answer_beside_them_is_that_of_networkpolicies_or_unknown(data: DataObject) -> None:
    documents, others = data.draw(live_clusters()), data.draw(engines())
    argv = data.draw(questions(documents))
    try:
        plain = ask(Memory(documents), *argv)
    except NetpolError:
        return
    of_files = program.asked([*documents, *others], *argv), program.asked(documents, *argv)
    for told, without_them in (of_files, (ask(Memory([*documents, *others]), *argv), plain)):
        assert [pair for pair in both(told, without_them) if pair[0] not in (pair[1], "unknown")] == []


@tried(40)
@given(st.data())
def test_a_map_beside_them_is_sure_of_less_and_holds_as_much(data: DataObject) -> None:
    documents, others = data.draw(clusters()), data.draw(engines())
    ports, outside = oracle.numbers_in(documents), oracle.outside_of(documents)
    plain, told = (program.connectivity(state, ports, outside) for state in (documents, [*documents, *others]))
    assert allowed(told, possibly=False) <= allowed(plain, possibly=False)
    assert allowed(plain, possibly=True) <= allowed(told, possibly=True)


@tried(60)
@given(st.data())
def test_they_bring_no_finding(data: DataObject) -> None:
    documents, others = data.draw(clusters()), data.draw(engines())
    plain, told = (program.asked(each, "explain", "--only", "findings", "-A")["findings"] for each in (documents, [*documents, *others]))
    assert [each for each in told if each not in plain] == []


@tried(100)
@given(st.data())
def test_what_is_sure_without_their_lists_is_so_with_them(data: DataObject) -> None:
    documents = [*data.draw(live_clusters()), *data.draw(engines())]
    argv = data.draw(questions(documents))
    lists = st.sampled_from([f"{kind}{where}" for kind in OF_ENGINES.values() for where in ("", " x", " y")])
    hidden = data.draw(st.lists(lists, max_size=4))
    try:
        whole = ask(Memory(documents), *argv)
    except NetpolError:
        return
    pairs = both(ask(Memory(documents, without(*hidden)), *argv), whole)
    assert [pair for pair in pairs if pair[0] not in (pair[1], "unknown")] == []
