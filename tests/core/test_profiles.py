"""Does each network plugin make of policies what its profile says, and no other one?"""
from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE, addresses_of
from kubectl_netpol.core.answers import judgement
from kubectl_netpol.core.connections import groups_of
from kubectl_netpol.core.destinations import Dialled
from kubectl_netpol.core.dialling import let_out
from kubectl_netpol.core.differences import service_differences
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings import findings_of
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.profiles import ALIASES, GENERIC, PROFILES, Profile
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.rows import Row, at
from kubectl_netpol.core.rules import Many
from kubectl_netpol.core.spots import wanted_at
from kubectl_netpol.core.states import State, state_of, states_of
from kubectl_netpol.core.targets import Object, Target, TargetKind
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Listing
from tests import program
from tests.e2e_cases import NAME, A, B, Document, block, manifest, namespace, netpol, ns_is, numbered, only, pod, pod_is, service
from tests.engine_cases import aws
from tests.snapshots import names, place, snapshot
from tests.tier_cases import anp, banp, cnp, into

IN, OUT = Direction.INGRESS, Direction.EGRESS
ALL = sorted(PROFILES)


def as_of(cni: str, *documents: Document) -> State:
    return state_of(replace(snapshot(*map(owned, documents)), cni=cni))


def owned(document: Document) -> Document:
    """A pod that a StatefulSet made."""
    if document["kind"] != "Pod":
        return document
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": f"of-{document['metadata']['name']}", "controller": True}
    return {**document, "metadata": {**document["metadata"], "ownerReferences": [owner]}}


def those(**fields: Any) -> list[str]:
    """The profiles that have such fields."""
    return [name for name in ALL if all(getattr(PROFILES[name], field) == value for field, value in fields.items())]


def said(many: Many, state: State) -> tuple[str, str]:
    """Who surely, and who only maybe."""
    return " ".join(sorted(names(many.sure, state))), " ".join(sorted(names(many.maybe & ~many.sure, state)))


def reaching(row: Row[Many], state: State, number: int = 80) -> tuple[str, str]:
    ((_, many),) = at(row, PortRange("TCP", number, number))
    return said(many, state)


def test_the_rows_are_named_once_and_say_where_they_come_from() -> None:
    assert all(name == profile.name and profile.sources and profile.title for name, profile in PROFILES.items())
    assert set(ALIASES.values()) <= set(PROFILES) and not set(ALIASES) & set(PROFILES)
    assert Profile(name="generic", title=GENERIC.title, sources=GENERIC.sources) == GENERIC


# ---- nothing enforces


@pytest.mark.parametrize("cni", ALL)
def test_where_nothing_enforces_all_is_open(cni: str) -> None:
    state = as_of(cni, namespace("x"), pod("x/a"), pod("x/b"), netpol("x", {}, "IE"))
    is_open = cni == "none"
    assert (reaching(state.judge.sources(place("a", state)), state) == ("a b", "")) is is_open
    assert bool(state.judge.rules.isolated[IN].maybe) is not is_open


def test_policies_that_may_not_be_read_matter_where_they_are_enforced() -> None:
    hidden = replace(snapshot(namespace("x"), pod("x/a")), read=frozenset({Listing("Pod"), Listing("Namespace")}))
    for cni in ALL:
        state = state_of(replace(hidden, cni=cni))
        assert bool(state.judge.rules.isolated[IN].maybe) is (cni != "none"), cni


# ---- the host network

HOSTS = [namespace("x"), pod("x/a", ip="10.1.0.1"), pod("x/h", ip="192.168.0.1", hostNetwork=True),
         pod("x/g", ip="192.168.0.1", hostNetwork=True)]
H = only("pod=h")


@pytest.mark.parametrize("cni", ALL)
def test_pods_on_the_host_network_are_policed_or_not(cni: str) -> None:
    state = as_of(cni, *HOSTS, netpol("x", {}, "IE"))
    expected = ("", "a g h") if cni == "generic" else ("a g h", "")
    assert reaching(state.judge.admitted(place("h", state)), state) == expected
    isolated = state.judge.rules.isolated[OUT]
    assert bool(isolated.maybe >> place("h", state) & 1) is (cni == "generic")


@pytest.mark.parametrize(("cnis", "expected"), [
    (those(polices_hosts=None, selects_hosts=None), ("", "a")),
    (those(name="ovn-kubernetes"), ("g h", "a")),
    (those(selects_hosts=False, enforces=True), ("g h", "")), (["aws"], ("a g h", ""))])
def test_selectors_match_pods_on_the_host_network_or_not(cnis: list[str], expected: tuple[str, str]) -> None:
    for cni in set(cnis) - {"none"}:
        state = as_of(cni, *HOSTS, netpol("x", {}, "E", egress=[{"to": [pod_is(H)]}]))
        found = reaching(state.judge.released(place("h", state)), state)
        assert found == (expected if cni != "generic" else ("", "a g h")), cni


def test_where_the_address_of_a_node_is_opened_its_other_pods_may_be_reached_too() -> None:
    state = as_of("aws", *HOSTS, netpol("x", A, "E", egress=[{"to": [pod_is(H)]}]))
    assert reaching(state.judge.released(place("g", state)), state) == ("g h", "a")


@pytest.mark.parametrize(("cni", "expected"), [("generic", ("", "g h")), ("calico", ("", "g h")), ("aws", ("h", "g"))])
def test_a_pod_on_the_host_network_may_be_on_the_own_node(cni: str, expected: tuple[str, str]) -> None:
    state = as_of(cni, *HOSTS, netpol("x", A, "I", ingress=[{"from": [pod_is(H)]}]))
    assert reaching(state.judge.admitted(place("a", state)), state) == expected


# ---- blocks

LOCATED = [namespace("x"), pod("x/a", ip="10.1.0.1"), pod("x/b", ip="10.1.0.2"), pod("x/c"), pod("x/d", ip=("10.1.0.4", "fd00::4"))]
IDENTITIES = ["azure-cilium", "cilium", "gke"]


@pytest.mark.parametrize(("peers", "generic", "identities"), [
    (block("10.1.0.0/16"), ("a b d", "c"), ("", "")), (block("0.0.0.0/0"), ("a b c d", ""), ("", "")),
    (block("10.1.0.2/32"), ("b", "c"), ("", "")), ([*block("10.1.0.2/32"), pod_is(A)], ("a b", "c"), ("a", "")),
    ([], ("a b c d", ""), ("a b c d", ""))])
def test_blocks_hold_pods_or_not(peers: list[Document], generic: tuple[str, str], identities: tuple[str, str]) -> None:
    assert those(blocks_hold_pods=False) == IDENTITIES
    for cni in (name for name in ALL if PROFILES[name].enforces):
        expected = identities if cni in IDENTITIES else generic
        state = as_of(cni, *LOCATED, netpol("x", A, "I", ingress=[{"from": peers}]))
        assert reaching(state.judge.admitted(place("a", state)), state) == expected, cni
        if PROFILES[cni].polices_egress:
            out = as_of(cni, *LOCATED, netpol("x", {}, "E", egress=[{"to": peers}]))
            found = {name: reaching(out.judge.released(place(name, out)), out) for name in "abcd"}
            assert {name for name, who in found.items() if who[0]} == set(expected[0].split()), cni
            assert cni not in IDENTITIES or not any(maybe for _, maybe in found.values()), cni


@pytest.mark.parametrize("cni", ["generic", *IDENTITIES])
def test_blocks_hold_what_is_outside(cni: str) -> None:
    state = as_of(cni, *LOCATED, netpol("x", A, "I", ingress=[{"from": block("192.0.2.0/24")}]))
    assert {area.sure for _, area in state.judge.area(place("a", state), IN)} == {addresses_of(("192.0.2.0/24",))}


@pytest.mark.parametrize(("cni", "expected"), [("generic", ("g h", "")), ("calico", ("a g h", "")), ("cilium", ("g h", "a"))])
def test_blocks_hold_nodes_where_they_hold_pods(cni: str, expected: tuple[str, str]) -> None:
    state = as_of(cni, *HOSTS, netpol("x", A, "E", egress=[{"to": block("192.168.0.1/32")}]))
    found = reaching(state.judge.released(place("h", state)), state)
    assert found == (expected if cni != "generic" else ("a g h", ""))


# ---- what is not heeded


@pytest.mark.parametrize(("rules", "cni", "expected", "area"), [
    ({"types": "E", "egress": []}, "generic", ("", ""), NOWHERE),
    ({"types": "E", "egress": []}, "openshift-sdn-4.9", ("a b", ""), EVERYWHERE)])
def test_old_openshift_sdn_polices_no_egress(rules: Any, cni: str, expected: tuple[str, str], area: Any) -> None:
    state = as_of(cni, namespace("x"), pod("x/a"), pod("x/b"), netpol("x", {}, **rules))
    assert reaching(state.judge.released(place("b", state)), state) == expected
    assert {each.sure for _, each in state.judge.area(place("a", state), OUT)} == {area}


@pytest.mark.parametrize(("peers", "cni", "expected"), [
    (block("10.1.0.0/16", "10.1.0.2/32"), "generic", ("a d", "c")), (block("10.1.0.0/16", "10.1.0.2/32"), "openshift-sdn-4.9", ("", "")),
    (block("10.1.0.0/16"), "openshift-sdn-4.9", ("a b d", "c")),
    ([*block("10.1.0.0/16", "10.1.0.2/32"), *block("10.1.0.2/32")], "openshift-sdn-4.9", ("b", "c")),
    ([*block("10.1.0.0/16", "10.1.0.2/32"), pod_is(B)], "openshift-sdn-4.9", ("b", ""))])
def test_old_openshift_sdn_ignores_blocks_with_except(peers: list[Document], cni: str, expected: tuple[str, str]) -> None:
    state = as_of(cni, *LOCATED, netpol("x", A, "I", ingress=[{"from": peers}]))
    assert reaching(state.judge.admitted(place("a", state)), state) == expected


SIDECAR = {"name": "proxy", "image": "x", "restartPolicy": "Always", "ports": numbered(("metrics", 9090))}


@pytest.mark.parametrize("cni", ALL)
def test_names_of_ports_of_init_containers_are_known_or_not(cni: str) -> None:
    state = as_of(cni, namespace("x"), pod("x/a", ports=numbered(("http", 80)), initContainers=[SIDECAR]), pod("x/b"),
                  netpol("x", A, "I", ingress=[{"ports": [{"port": "metrics"}, {"port": "http"}]}]))
    row = state.judge.admitted(place("a", state))
    assert reaching(row, state, 80) == ("a b", "")
    assert reaching(row, state, 9090) == (("a b", "") if cni in ("calico", "none") else ("", ""))


WEB = [namespace("x"), pod("x/a"), pod("x/b", ip="10.1.0.2", ports=numbered(("http", 80)))]


@pytest.mark.parametrize(("rule", "generic", "aws"), [
    ({"ports": [{"port": "http"}]}, True, False), ({"to": block("10.1.0.2/32"), "ports": [{"port": "http"}]}, True, False),
    ({"to": [pod_is(B)], "ports": [{"port": "http"}]}, True, True),
    ({"to": [*block("10.1.0.2/32"), pod_is(A)], "ports": [{"port": "http"}]}, True, False),
    ({"to": [*block("192.0.2.0/24"), pod_is(B)], "ports": [{"port": "http"}]}, True, True),
    ({"ports": [{"port": "http"}, {"port": 80}]}, True, True), ({"ports": [{"port": "http"}, {"port": 81}]}, True, False),
    ({}, True, True)])
def test_aws_leaves_out_names_of_ports_of_what_is_no_pod(rule: Document, generic: bool, aws: bool) -> None:
    for cni, expected in (("generic", generic), ("aws", aws)):
        state = as_of(cni, *WEB, netpol("x", A, "E", egress=[rule]))
        assert ("a" in reaching(state.judge.released(place("b", state)), state)[0]) is expected, cni


# ---- egress before the Service has rewritten the address

GIT = [namespace("x", "team=red"), namespace("y"), pod("x/a"),
       pod("x/g", "app=git tier=back", ports=numbered(("ssh", 22), ("web", 8080))), pod("y/a2", "pod=a2")]
SSH = service("x/git", "app=git", {"port": 10022, "targetPort": 22}, {"port": 80, "targetPort": "web"}, {"port": 81, "targetPort": 8080},
              {"port": 10050, "targetPort": 23}, clusterIP="10.96.0.7")
APP, NAMED, NEXT = only("app=git"), Dialled("x", "git", 80, "TCP"), Dialled("x", "git", 10050, "TCP")
DIALLED = Dialled("x", "git", 10022, "TCP")


def tcp(*ports: int | str, **more: Any) -> list[Document]:
    return [{"port": port, **more} for port in ports]


@pytest.mark.parametrize(("rule", "dialled", "expected"), [
    ({"to": [pod_is(APP)], "ports": tcp(22)}, DIALLED, ("a", "")),
    ({"to": [pod_is(APP)]}, DIALLED, ("a", "")),
    ({"to": [pod_is(APP)], "ports": [{"protocol": "TCP"}]}, DIALLED, ("a", "")),
    ({"to": [pod_is(APP)], "ports": [{"protocol": "UDP"}]}, DIALLED, ("", "")),
    ({"to": [pod_is(APP)], "ports": tcp(22, protocol="UDP")}, DIALLED, ("", "")),
    ({"to": [pod_is(APP)], "ports": tcp(10022)}, DIALLED, ("", "")),
    ({"to": [pod_is(APP)], "ports": tcp(81)}, DIALLED, ("", "")),
    ({"to": [pod_is({})], "ports": tcp(22)}, DIALLED, ("a", "")),
    ({"to": [pod_is(only("app=git tier=back"))], "ports": tcp(22)}, DIALLED, ("", "")),     # the Service's selector has no tier
    ({"to": [pod_is(only("tier=back"))], "ports": tcp(22)}, DIALLED, ("", "")),
    ({"to": [ns_is(only("team=red"))], "ports": tcp(22)}, DIALLED, ("a", "")),
    ({"to": [ns_is(only("team=blue"))], "ports": tcp(22)}, DIALLED, ("", "")),
    ({"to": [ns_is(only("team=blue")), pod_is(APP)], "ports": tcp(22)}, DIALLED, ("a", "")),
    ({"ports": tcp(22)}, DIALLED, ("", "")), ({"ports": tcp(10022)}, DIALLED, ("a", "")), ({"ports": tcp("ssh")}, DIALLED, ("", "")),
    ({"ports": tcp(10000, endPort=11000)}, DIALLED, ("a", "")), ({}, DIALLED, ("a", "")),
    ({"to": block("10.96.0.0/12"), "ports": tcp(10022)}, DIALLED, ("a", "")),
    ({"to": block("10.96.0.0/12"), "ports": tcp(22)}, DIALLED, ("", "")),
    ({"to": block("10.1.0.0/16"), "ports": tcp(10022)}, DIALLED, ("", "")),
    ({"to": [pod_is(APP)], "ports": tcp("ssh")}, DIALLED, ("a", "")),                   # the containers' name for 22
    ({"to": [pod_is(APP)], "ports": tcp("web")}, NAMED, ("a", "")),                     # the Service's own targetPort
    ({"to": [pod_is(APP)], "ports": tcp(8080)}, NAMED, ("", "")),                       # 81 is found first, by its number
    ({"to": [pod_is(APP)], "ports": tcp(8080)}, Dialled("x", "git", 81, "TCP"), ("a", "")),
    ({"to": [pod_is(APP)], "ports": tcp(22, endPort=60000)}, NAMED, ("", "")),          # 10022 to 60000 it becomes
    ({"to": [pod_is(APP)], "ports": tcp(22, endPort=60000)}, DIALLED, ("a", "")),
    ({"to": [pod_is(APP)], "ports": tcp(22, endPort=10100)}, NEXT, ("a", "")), ({"to": [pod_is(APP)], "ports": tcp(22)}, NEXT, ("", ""))])
def test_a_rule_opens_the_address_of_a_service(rule: Document, dialled: Dialled, expected: tuple[str, str]) -> None:
    state = as_of("aws", *GIT, SSH, netpol("x", A, "E", egress=[rule]))
    sure, maybe = said(let_out(dialled, state), state)
    assert (" ".join(each for each in sure.split() if each == "a"), maybe) == expected
    assert {"g", "a2"} <= set(sure.split())                     # whom nothing isolates


@pytest.mark.parametrize(("declared", "number", "expected"), [
    ([[("web", 8080)], [("web", 9090)]], 8080, ("", "a")), ([[("web", 8080)], [("web", 8080), ("f", 1)]], 8080, ("a", "")),
    ([[("web", 8080)]], 9090, ("", "")), ([[]], 8080, ("", "")), ([], 8080, ("", ""))])
def test_a_number_behind_a_named_target_port_is_known_by_what_containers_declare(
        declared: list[list[tuple[str, int]]], number: int, expected: tuple[str, str]) -> None:
    behind = [pod(f"x/g{place}", "app=git", ports=numbered(*ports)) for place, ports in enumerate(declared)]
    its = service("x/git", "app=git", {"port": 80, "targetPort": "web"})
    policy = netpol("x", A, "E", egress=[{"to": [pod_is(APP)], "ports": tcp(number)}])
    state = as_of("aws", namespace("x"), pod("x/a"), *behind, its, policy)
    sure, maybe = said(let_out(NAMED, state), state)
    assert (" ".join(each for each in sure.split() if each == "a"), maybe) == expected


@pytest.mark.parametrize(("peers", "expected"), [
    (block("10.96.0.0/12"), ("", "a")), (block("0.0.0.0/0"), ("", "a")), ([*block("0.0.0.0/0"), *block("::/0")], ("a", ""))])
def test_of_a_service_in_manifests_the_address_is_not_known(peers: list[Document], expected: tuple[str, str]) -> None:
    its = service("x/git", "app=git", {"port": 10022, "targetPort": 22})
    state = as_of("aws", *GIT, its, netpol("x", A, "E", egress=[{"to": peers, "ports": tcp(10022)}]))
    sure, maybe = said(let_out(DIALLED, state), state)
    assert (" ".join(each for each in sure.split() if each == "a"), maybe) == expected


def test_what_is_not_judged_may_let_out_and_keep_in() -> None:
    engine = aws({"podSelector": A, "policyTypes": ["Egress"], "egress": [{"to": [{"domainNames": ["example.com"]}]}]})
    for closed in ([], [netpol("x", A, "E", egress=[])]):
        state = as_of("aws", *GIT, SSH, engine, *closed)
        assert said(let_out(DIALLED, state), state) == ("a2 g", "a")


def test_what_of_it_may_not_be_read_may_do_so_too() -> None:
    found = snapshot(*map(owned, GIT), SSH)
    there = frozenset({Listing("Pod"), Listing("Namespace"), Listing("NetworkPolicy"), Listing("ClusterNetworkPolicy.networking.k8s.aws")})
    hidden = replace(found, read=there, groups=frozenset({"networking.k8s.aws/v1alpha1"}), cni="aws")
    state, whole = state_of(hidden), state_of(replace(hidden, read=there | {Listing("ApplicationNetworkPolicy")}))
    assert (said(let_out(DIALLED, state), state), said(let_out(DIALLED, whole), whole)) == (("", "a a2 g"), ("a a2 g", ""))


# ---- the policies of administrators

NO_TIERS = ["aws", "azure-npm", "kube-router", "openshift-sdn", "openshift-sdn-4.9", "weave"]


@pytest.mark.parametrize("cni", ALL)
def test_policies_of_administrators_decide_where_they_are_implemented(cni: str) -> None:
    assert those(heeds_admin_policies=False, heeds_cluster_policies=False) == NO_TIERS
    assert those(heeds_admin_policies=False, heeds_cluster_policies=None) == IDENTITIES
    refuses = {"ingress": [into("Deny", {})]}
    for policy, unsure in ((anp(5, {}, **refuses), []), (banp({}, **refuses), []), (cnp("Admin", 5, {}, **refuses), IDENTITIES)):
        state = as_of(cni, namespace("x"), pod("x/a"), pod("x/b"), policy)
        expected = ("", "a b") if cni in unsure else ("a b", "") if cni in (*NO_TIERS, *IDENTITIES, "none") else ("", "")
        assert reaching(state.judge.sources(place("a", state)), state) == expected, policy["kind"]


@pytest.mark.parametrize(("kind", "cni", "are_unread"), [
    ("AdminNetworkPolicy", "generic", True), ("AdminNetworkPolicy", "cilium", False), ("ClusterNetworkPolicy", "cilium", True),
    ("ClusterNetworkPolicy", "aws", False), ("APIGroup", "cilium", True), ("APIGroup", "weave", False)])
def test_those_that_may_not_be_read_matter_where_they_are_implemented(kind: str, cni: str, are_unread: bool) -> None:
    state = state_of(replace(snapshot(namespace("x"), pod("x/a")), gaps={Listing(kind): "forbidden"}, cni=cni))
    assert state.judge.rulings.are_unread is are_unread


@pytest.mark.parametrize(("action", "port", "generic"), [("Deny", 80, "denied"), ("Accept", 81, "allowed")])
def test_what_holds_perhaps_decides_perhaps(action: str, port: int, generic: str) -> None:
    """Of pods that are there, and of those to come."""
    own = netpol("x", B, "I", ingress=[{"from": [pod_is(only("app=to-come")), pod_is(A)], "ports": [{"port": port}]}])
    policy = cnp("Admin", 5, {}, ingress=[into(action, {})])
    documents = [namespace("x"), pod("x/a"), pod("x/b"), service("x/b", "pod=b", {"port": 80}), policy, own]
    for cni, expected in (("generic", generic), ("cilium", "unknown")):
        assert program.asked(documents, "explain", "svc/b:80", "--from", "pod/a", "-n", "x", "--cni", cni)["verdict"] == expected
        (service_of_it,) = program.asked(documents, "explain", "-n", "x", "--cni", cni)["services"]
        assert {each["verdict"] for each in service_of_it["ports"][0]["access"]} == {expected}, service_of_it


@pytest.mark.parametrize(("cni", "told"), [("none", {"one", "two"}), ("cilium", {"one"}), ("weave", {"one", "two"}), ("generic", set())])
def test_a_policy_that_is_not_implemented_enforces_nothing(cni: str, told: set[str]) -> None:
    state = as_of(cni, namespace("x"), pod("x/a"), anp(5, {}, "one"), cnp("Admin", 5, {}, "two"))
    found = {(each.object.name, each.variant) for each in findings_of(state) if each.id == "nothing-enforces"}
    assert found == {(name, "tiers") for name in told}


@pytest.mark.parametrize(("policies", "cni", "words"), [
    ([anp(5, {}, "one")], "cilium", "adminnetworkpolicy/one: cilium does not implement it"),
    ([anp(5, {}, "one"), banp({})], "cilium",
     "adminnetworkpolicy/one and baselineadminnetworkpolicy/default: cilium does not implement them"),
    ([cnp("Admin", 5, {}, "two")], "cilium", "clusternetworkpolicy/two: cilium implements it only where a setting says so"),
    ([cnp("Admin", 5, {}, "two")], "aws", "clusternetworkpolicy/two: aws does not implement it"),
    ([anp(5, {}, "one")], "calico", ""), ([anp(5, {}, "one")], "none", "")])
def test_answers_say_which_are_not_implemented(policies: list[Document], cni: str, words: str) -> None:
    documents = [namespace("x"), pod("x/a"), pod("x/b"), service("x/b", "pod=b", {"port": 80}), *policies]
    for argv in (["explain", "svc/b:80", "--from", "pod/a"], ["explain"]):
        notes = program.asked(documents, *argv, "-n", "x", "--cni", cni)["notes"]
        assert [note for note in notes if "implement" in note] == ([words] if words else [])


def test_a_pod_selector_alone_means_services_of_the_own_namespace() -> None:
    state = as_of("aws", *GIT, SSH, netpol("y", {}, "E", egress=[{"to": [pod_is(APP)], "ports": tcp(22)}]))
    assert said(let_out(DIALLED, state), state) == ("a g", "")


def test_of_namespaces_whose_labels_may_not_be_read_nothing_is_certain() -> None:
    peers = [ns_is(only("team=red"))], [ns_is(only(f"{NAME}=y"))]
    for peer, expected in zip(peers, (("a2 g", "a"), ("a2 g", "")), strict=True):
        found = snapshot(*map(owned, GIT[2:]), SSH, netpol("x", A, "E", egress=[{"to": peer, "ports": tcp(22)}]))
        hidden = replace(found, read=frozenset({Listing("Pod"), Listing("NetworkPolicy")}), cni="aws", gaps={Listing("Namespace"): "no"})
        state = state_of(hidden)
        assert said(let_out(DIALLED, state), state) == expected


EXTERNAL = service("x/out", "", {"port": 443}, clusterIP="10.96.0.8")
SLICE = manifest("discovery.k8s.io/v1", "EndpointSlice", "x", "out-1", "kubernetes.io/service-name=out", addressType="IPv4",
                 endpoints=[{"addresses": ["192.0.2.9"]}], ports=[{"name": "p0", "port": 443, "protocol": "TCP"}])
HEADLESS = service("x/direct", "app=git", {"port": 22}, clusterIP="None")
OPEN_22 = [{"to": [pod_is(only("app=git tier=back"))], "ports": tcp(22)}]


def judged(state: State, source: str, name: str) -> Verdict:
    ends = ends_of(Object(TargetKind.POD, source, "x"), "x", state.cluster)
    (first, *_) = wanted_at(Target(TargetKind.SERVICE, name, "x"), state)
    return judgement(ends, "x", first.spots, state).verdict


@pytest.mark.parametrize(("documents", "source", "name", "generic", "aws"), [
    ([netpol("x", A, "E", egress=OPEN_22)], "a", "git", Verdict.ALLOWED, Verdict.DENIED),
    ([netpol("x", A, "E", egress=OPEN_22)], "a", "direct", Verdict.ALLOWED, Verdict.ALLOWED),
    ([netpol("x", APP, "I", ingress=[])], "a", "git", Verdict.DENIED, Verdict.DENIED),
    ([netpol("x", A, "E", egress=[{"to": block("192.0.2.0/24")}])], "a", "out", Verdict.ALLOWED, Verdict.DENIED),
    ([netpol("x", A, "E", egress=[{"to": block("10.96.0.0/12")}])], "a", "out", Verdict.DENIED, Verdict.ALLOWED)])
def test_questions_are_judged_by_the_address_that_is_looked_at(
        documents: list[Document], source: str, name: str, generic: Verdict, aws: Verdict) -> None:
    for cni, expected in (("generic", generic), ("aws", aws)):
        assert judged(as_of(cni, *GIT, SSH, HEADLESS, EXTERNAL, SLICE, *documents), source, name) is expected, cni


def test_services_of_the_same_pods_may_differ_in_a_change() -> None:
    other = service("x/other", "tier=back", {"port": 10022, "targetPort": 22}, clusterIP="10.96.0.9")
    made = list(map(owned, GIT))
    before = snapshot(*made, SSH, other)
    after = snapshot(*made, SSH, other, netpol("x", A, "E", egress=[{"to": [pod_is(APP)], "ports": tcp(22)}]))
    states = states_of([replace(each, cni="aws") for each in (before, after)])
    found = {(each.service.name, each.port.port, each.after) for each in service_differences(*states)}
    assert ("other", 10022, Verdict.DENIED) in found
    assert ("git", 80, Verdict.DENIED) in found and ("git", 10022, Verdict.DENIED) not in found


RESOLVER = [namespace("kube-system"), pod("kube-system/dns", "k8s-app=kube-dns tier=dns"),
            service("kube-system/kube-dns", "k8s-app=kube-dns", {"port": 53, "protocol": "UDP"}, {"port": 53}, clusterIP="10.96.0.10")]


@pytest.mark.parametrize(("labels", "cni", "expected"), [
    ("k8s-app=kube-dns", "aws", []), ("tier=dns", "generic", []), ("tier=dns", "aws", ["no-dns", "dns-port"])])
def test_names_are_resolved_at_the_address_of_the_service(labels: str, cni: str, expected: list[str]) -> None:
    ports = [*tcp(53), *tcp(53, protocol="UDP")]
    policy = netpol("x", A, "E", egress=[{"to": [ns_is({}, only(labels))], "ports": ports}])
    state = as_of(cni, namespace("x"), pod("x/a"), *RESOLVER, policy)
    assert [each.id for each in findings_of(state) if "dns" in each.id] == expected


def test_blocks_of_a_family_that_no_pod_has_hold_no_node() -> None:
    nodes = [namespace("x"), pod("x/a", ip="10.1.0.1"), pod("x/h", hostNetwork=True)]
    for cidr, expected in (("fd00::/8", ("h", "")), ("10.0.0.0/8", ("h", "a"))):
        state = as_of("cilium", *nodes, netpol("x", {}, "E", egress=[{"to": block(cidr)}]))
        assert reaching(state.judge.released(place("h", state)), state) == expected


@pytest.mark.parametrize("cni", ALL)
def test_pods_without_an_owner_are_isolated_or_nobody_can_tell(cni: str) -> None:
    bare = [pod("x/b"), owned(pod("x/c"))]                      # alike but for that
    for each in bare:
        each["metadata"]["labels"] = {"pod": "b"}
    state = state_of(replace(snapshot(namespace("x"), *bare, netpol("x", B, "IE")), cni=cni))
    found = {name: reaching(state.judge.admitted(place(name, state)), state) for name in "bc"}
    refused = {"b": ("", "b c"), "c": ("", "")} if cni == "aws" else {"b": ("", ""), "c": ("", "")}
    assert found == ({"b": ("b c", ""), "c": ("b c", "")} if cni == "none" else refused)
    assert len(groups_of((state.judge,))) == (2 if cni == "aws" else 1)
