"""Is what depends on a forbidden list unknown, never denied or allowed, and does the rest stay sure?"""
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from kubectl_netpol.core.needs import MAKERS
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.render.words import right
from tests import oracle, program
from tests.clusters import clusters, often, tried
from tests.e2e_cases import Document, block, manifest, namespace, netpol, ns_is, only, pod, pod_is, service, slices, template, where
from tests.server.memory import Memory, Request, Right, ask, without
from tests.test_findings import CASES, IDS, asked_as
from tests.tier_cases import cnp, into

Said = tuple[str, str | None, str | None]                       # the verdict, of ingress, of egress

ON_WEB, CLIENTS, REDS = only("app=web"), only("app=client"), only("team=red")
NAME = "kubernetes.io/metadata.name"
WEB = [
    namespace("x"), namespace("y", "team=red"), pod("x/a", "app=web", ip="10.1.0.1"), service("x/web", "app=web", {"port": 80}),
    pod("x/b", "app=client", ip="10.1.0.2"), pod("y/c", "app=client", ip="10.1.0.3"), template("Deployment", "y/client", "app=client")]


def admit(*peers: Document) -> Document:
    return netpol("x", ON_WEB, "I", ingress=[{"from": list(peers)}])


CLOSED, OPEN = netpol("x", ON_WEB, "I", ingress=[]), netpol("x", ON_WEB, "I", ingress=[{}])
Y_LEAVES, X_LEAVES = (netpol(home, only("app=other"), "E", egress=[]) for home in "yx")         # isolate some other pods for egress
BY_NAME, BY_TEAM, BY_LABEL = admit(ns_is(only(f"{NAME}=y"))), admit(ns_is(REDS)), admit(ns_is(only(f"{NAME}=y"), CLIENTS))
HALVES = admit(*block("10.9.0.0/17"), *block("10.9.128.0/17"), ns_is(REDS))
BLOCKS, OWN = admit(*block("10.0.0.0/8")), admit(pod_is({}))


def verdicts(hidden: tuple[str, ...], documents: list[Document], *argv: str) -> Said:
    answer = ask(Memory([*WEB, *documents], without(*hidden)), "explain", *argv)
    return answer["verdict"], answer["ingress"], answer["egress"]


# ---- the table: what is hidden, the policies, the source


POLICIES_OF_SOURCE = [
    pytest.param([], ("unknown", "allowed", "unknown"), id="nothing isolates the target"),
    pytest.param([BY_TEAM], ("unknown", "allowed", "unknown"), id="a rule admits it"),
    pytest.param([CLOSED], ("denied", "denied", "unknown"), id="a denial stays one"),
    pytest.param([OWN], ("denied", "denied", "unknown"), id="a rule for others")]


@pytest.mark.parametrize(("policies", "expected"), POLICIES_OF_SOURCE)
def test_without_the_policies_of_the_source_its_egress_is_unknown(policies: list[Document], expected: Said) -> None:
    assert verdicts(("NetworkPolicy y",), policies, "svc/web:80", "--from", "ns/y:pod/c") == expected
    assert verdicts((), policies, "svc/web:80", "--from", "ns/y:pod/c") == (expected[1], expected[1], "allowed")


@pytest.mark.parametrize("source", ["ns/y:pod/c", "pod/b", "same-namespace", "ns/y", "ns:team=red"])
@pytest.mark.parametrize("policies", [[], [CLOSED], [OWN]])
def test_without_the_policies_of_the_target_its_ingress_is_unknown(source: str, policies: list[Document]) -> None:
    said = verdicts(("NetworkPolicy x",), policies, "svc/web:80", "--from", source)
    assert said == ("unknown", "unknown", "allowed" if source.startswith("ns") else "unknown")


@pytest.mark.parametrize(("source", "policies", "expected"), [
    pytest.param("ns/y", [], ("allowed", "allowed", "allowed"), id="nothing isolates anybody"),
    pytest.param("ns/y", [OPEN], ("allowed", "allowed", "allowed"), id="a rule admits everybody"),
    pytest.param("ns/y", [BY_NAME], ("allowed", "allowed", "allowed"), id="a rule names the set"),
    pytest.param("ns/y", [BY_TEAM], ("unknown", "unknown", "allowed"), id="a rule that may hold it"),
    pytest.param("ns/y", [BY_LABEL], ("unknown", "unknown", "allowed"), id="a rule that holds a part of it"),
    pytest.param("ns/y", [BLOCKS], ("unknown", "unknown", "allowed"), id="addresses that nobody knows"),
    pytest.param("ns/y", [OWN], ("denied", "denied", "allowed"), id="no rule is for its namespace"),
    pytest.param("ns/y", [CLOSED], ("denied", "denied", "allowed"), id="no rule at all"),
    pytest.param("ns/y", [BY_NAME, Y_LEAVES], ("unknown", "allowed", "unknown"), id="a policy there isolates somebody for egress"),
    pytest.param("ns/y", [CLOSED, Y_LEAVES], ("denied", "denied", "unknown"), id="refused at the ingress, whatever its egress says"),
    pytest.param("ns/y:app=client", [BY_LABEL], ("allowed", "allowed", "allowed"), id="a rule names these labels"),
    pytest.param("ns:team=red", [BY_TEAM], ("unknown", "allowed", "unknown"), id="namespaces by label: whose egress?"),
    pytest.param("ns/y:deploy/client", [], ("allowed", "allowed", "allowed"), id="an object that nothing can refuse"),
    pytest.param("ns/y:deploy/client", [BY_NAME], ("unknown", "unknown", "allowed"), id="an object may be on the host network"),
    pytest.param("ns/y:deploy/client", [CLOSED], ("unknown", "unknown", "allowed"), id="an object may be on the node of the target"),
    pytest.param("same-namespace", [OWN], ("allowed", "allowed", "allowed"), id="what is hidden is elsewhere"),
    pytest.param("cluster", [], ("allowed", "allowed", None), id="cluster: nothing isolates the target"),
    pytest.param("cluster", [OWN], ("partial", "partial", None), id="cluster: those here, and not the template elsewhere"),
    pytest.param("cluster", [CLOSED], ("denied", "denied", None), id="cluster: nobody is admitted"),
    pytest.param("cluster", [admit(ns_is({}))], ("allowed", "allowed", None), id="cluster: a rule names it"),
    pytest.param("cluster", [BLOCKS], ("unknown", "unknown", None), id="cluster: whose addresses are they?"),
    pytest.param("anywhere", [BY_TEAM], ("partial", "partial", None), id="anywhere: a part, whoever that is")])
def test_hidden_pods_of_the_source(source: str, policies: list[Document], expected: Said) -> None:
    assert verdicts(("Pod y",), policies, "svc/web:80", "--from", source) == expected


OTHERS = "ns/y:app=other"                                       # of which none is known, and no template either


@pytest.mark.parametrize(("hidden", "policies", "ingress"), [
    pytest.param(["Pod y"], [], "allowed", id="nothing isolates the target"),
    pytest.param(["Pod y"], [BLOCKS], "unknown", id="addresses that nobody knows"),
    pytest.param(["Pod y"], [OWN], "denied", id="no rule is for its namespace"),
    pytest.param(["Pod y", "Namespace y"], [BY_TEAM], "unknown", id="labels of the namespace that nobody knows"),
    pytest.param(["Pod y", "NetworkPolicy x"], [], "unknown", id="policies that nobody knows")])
def test_hidden_pods_of_which_none_is_known(hidden: list[str], policies: list[Document], ingress: str) -> None:
    assert verdicts(tuple(hidden), policies, "svc/web:80", "--from", OTHERS) == (ingress, ingress, "allowed")


@pytest.mark.parametrize(("peer", "ingress"), [
    pytest.param(ns_is(only(f"{NAME}=x")), "denied", id="who is admitted is in no namespace that is hidden"),
    pytest.param(ns_is(only("team=blue")), "unknown", id="who is admitted is hidden"),
    pytest.param(ns_is(only(f"{NAME}=y"), only("app=none")), "denied", id="nor is it in one that was read"),
    pytest.param(pod_is({}), "denied", id="the own namespace is not hidden")])
def test_hidden_pods_are_in_namespaces_that_are_hidden(peer: Document, ingress: str) -> None:
    elsewhere = [namespace("z", "team=blue"), pod("z/d", ip="10.1.0.4"), admit(peer)]
    assert verdicts(("Pod z",), elsewhere, "svc/web:80", "--from", "ns:team")[1] == ingress


@pytest.mark.parametrize(("source", "policies", "expected"), [
    pytest.param("same-namespace", [OWN], ("allowed", "allowed", "allowed"), id="a rule names them all"),
    pytest.param("same-namespace", [admit(pod_is(CLIENTS))], ("unknown", "unknown", "allowed"), id="would those that come have the label?"),
    pytest.param("same-namespace", [CLOSED], ("denied", "denied", "allowed"), id="nobody is admitted"),
    pytest.param("same-namespace", [OWN, X_LEAVES], ("unknown", "allowed", "unknown"), id="would those that come be isolated?"),
    pytest.param("pod/b", [admit(pod_is(CLIENTS))], ("allowed", "allowed", "allowed"), id="a pod is there")])
def test_hidden_workloads_may_make_other_pods(source: str, policies: list[Document], expected: Said) -> None:
    assert verdicts(("CronJob x",), policies, "svc/web:80", "--from", source) == expected


@pytest.mark.parametrize(("peer", "expected"), [
    pytest.param({"ipBlock": {"cidr": "10.9.0.0/16"}}, "unknown", id="what will its address be?"),
    pytest.param(ns_is(only(f"{NAME}=z"), only("app=none")), "unknown", id="what will its labels be?"),
    pytest.param(ns_is(only(f"{NAME}=y")), "denied", id="it will be in no other namespace")])
def test_hidden_workloads_are_no_better_than_their_pods(peer: Document, expected: str) -> None:
    assert verdicts(("CronJob z",), [namespace("z"), pod("z/d", ip="10.1.0.4"), admit(peer)], "svc/web:80", "--from", "ns/z")[0] == expected


@pytest.mark.parametrize(("peer", "expected"), [
    pytest.param(only(f"{NAME}=y"), "allowed", id="the label of its name each namespace has"),
    pytest.param(where(NAME, "NotIn", "x"), "allowed", id="NotIn of names"),
    pytest.param(where(NAME, "Exists"), "allowed", id="Exists of the name"),
    pytest.param(only(f"{NAME}=z"), "denied", id="another name"),
    pytest.param(where(NAME, "NotIn", "y"), "denied", id="NotIn with its name"),
    pytest.param(where(NAME, "DoesNotExist"), "denied", id="the name is always there"),
    pytest.param({}, "allowed", id="all namespaces"),
    pytest.param(REDS, "unknown", id="another label"),
    pytest.param(where("team", "NotIn", "blue"), "unknown", id="NotIn"),
    pytest.param(where("team", "Exists"), "unknown", id="Exists"),
    pytest.param(where("team", "DoesNotExist"), "unknown", id="DoesNotExist"),
    pytest.param({"matchLabels": {NAME: "z", "team": "red"}}, "denied", id="both: the name decides"),
    pytest.param({"matchLabels": {NAME: "y", "team": "red"}}, "unknown", id="both: the name leaves it open")])
def test_hidden_labels_of_a_namespace(peer: Document, expected: str) -> None:
    assert verdicts(("Namespace y",), [admit(ns_is(peer))], "svc/web:80", "--from", "ns/y:pod/c") == (expected, expected, "allowed")


BY_HAND = [service("x/hand", "", {"port": 80}), slices("x/hand", "10.1.0.3", port=80)]
NO_PODS = service("x/none", "app=none", {"port": 80})


@pytest.mark.parametrize(("hidden", "documents", "target"), [
    pytest.param("Service x", [], "svc/web:80", id="a Service"),
    pytest.param("Pod x", [], "svc/web:80", id="its pods"),
    pytest.param("Deployment x", [NO_PODS], "svc/none:80", id="a Service without pods: who would make them"),
    pytest.param("EndpointSlice x", BY_HAND, "svc/hand:80", id="endpoints made by hand"),
    pytest.param("Pod y", BY_HAND, "svc/hand:80", id="whose address an endpoint is"),
    pytest.param("Pod x", [], "pod/a:80", id="a pod"),
    pytest.param("Deployment y", [], "ns/y:deploy/client:80", id="a workload"),
    pytest.param("Pod y", [], "ns/y:deploy/client:80", id="its pods, which may differ from its template")])
@pytest.mark.parametrize("source", ["anywhere", "ns/x:pod/b", "192.0.2.1"])
def test_of_a_hidden_target_nothing_is_known(hidden: str, documents: list[Document], target: str, source: str) -> None:
    if "pod/b" in source and hidden == "Pod x":
        source = "ns/y:pod/c"
    assert verdicts((hidden,), documents, target, "--from", source) == ("unknown", "unknown", None)


@pytest.mark.parametrize(("argv", "policies", "expected"), [
    pytest.param(["192.0.2.1"], [], ("allowed", "allowed", None), id="an address where no pods are"),
    pytest.param(["192.0.2.1"], [BY_TEAM], ("denied", "denied", None), id="which labels do not admit"),
    pytest.param(["10.9.9.9"], [BLOCKS], ("unknown", "allowed", "unknown"), id="one that may be a pod's: its egress"),
    pytest.param(["10.9.9.9"], [BY_TEAM], ("unknown", "unknown", "unknown"), id="and its labels"),
    pytest.param(["10.9.9.9"], [CLOSED], ("denied", "denied", "unknown"), id="but nobody is admitted"),
    pytest.param(["10.9.9.9", "--pod-cidr", "10.1.0.0/16"], [BLOCKS], ("allowed", "allowed", None), id="pods are told to be elsewhere"),
    pytest.param(["10.9.0.0/16"], [BLOCKS], ("allowed", "allowed", None), id="a block is judged by its addresses"),
    pytest.param(["10.9.0.0/16"], [BY_TEAM], ("unknown", "unknown", None), id="unless labels may admit pods in it"),
    pytest.param(["10.9.0.0/16"], [HALVES], ("allowed", "allowed", None), id="but each of its addresses is admitted"),
    pytest.param(["10.1.0.0/16"], [BLOCKS, netpol("x", {}, "E", egress=[])], ("allowed", "allowed", None), id="pods in it that are known"),
    pytest.param(["192.0.2.0/24"], [BY_TEAM], ("denied", "denied", None), id="where none are")])
def test_an_address_may_be_the_one_of_a_hidden_pod(argv: list[str], policies: list[Document], expected: Said) -> None:
    assert verdicts(("Pod y",), policies, "svc/web:80", "--from", *argv) == expected


def test_blocks_of_another_family_hold_nobody() -> None:
    """At the second pod, which the rule does not name, nobody of them can arrive."""
    six, closed = netpol("x", ON_WEB, "I", ingress=[{"from": block("::/0")}]), netpol("x", only("stage=old"), "I", ingress=[])
    both = [pod("x/new", "its=web app=web", ip="10.1.0.7"), pod("x/old", "its=web stage=old", ip="10.1.0.8")]
    documents = [*both, service("x/all", "its=web", {"port": 80}), six, closed]
    assert verdicts(("Pod y",), documents, "svc/all:80", "--from", "::/0")[0] == "allowed"


@pytest.mark.parametrize(("hidden", "policies", "argv", "expected"), [
    pytest.param("Pod y", [], ["--to", "ns/y:80"], ("unknown", "unknown", None), id="hidden destinations"),
    pytest.param("Pod y", [], ["--to", "cluster:80"], ("unknown", "unknown", None), id="some of them"),
    pytest.param("Pod y", [], ["--to", "anywhere:80"], ("unknown", "unknown", None), id="and of anywhere"),
    pytest.param("NetworkPolicy y", [], ["--to", "ns/y:80"], ("unknown", "unknown", "allowed"), id="the policies there"),
    pytest.param("NetworkPolicy x", [], ["--to", "ns/y:80"], ("unknown", "allowed", "unknown"), id="the own ones"),
    pytest.param("Pod y", [], ["--to", "192.0.2.0/24:80"], ("allowed", "allowed", "allowed"), id="outside of the cluster"),
    pytest.param("Service y", [], ["--to", "ns/y:svc/c:80"], ("unknown", "unknown", None), id="a hidden Service")])
def test_hidden_destinations(hidden: str, policies: list[Document], argv: list[str], expected: Said) -> None:
    assert verdicts((hidden,), policies, "pod/b", *argv) == expected


def test_rules_on_a_node_stay_unknown_for_hidden_pods() -> None:
    on_host = [pod("x/h", "app=host", ip="172.16.0.1", hostNetwork=True), service("x/host", "app=host", {"port": 80}),
               netpol("x", {}, "I", ingress=[])]
    assert verdicts(("Pod y",), on_host, "svc/host:80", "--from", OTHERS) == ("unknown", "unknown", "allowed")


# ---- what is said of it


@pytest.mark.parametrize(("hidden", "policies", "source", "missing"), [
    ("NetworkPolicy y", [], "ns/y:pod/c", "list networkpolicies in namespace y"), ("Service x", [], "pod/b", "get services in namespace x"),
    ("NetworkPolicy x", [], "pod/b", "list networkpolicies in namespace x"), ("Pod x", [], "ns/y:pod/c", "list pods in namespace x"),
    ("Pod y", [CLOSED], "ns/y:deploy/client", "list pods in namespace y"), ("Pod y", [BY_LABEL], "ns/y", "list pods in namespace y"),
    ("Deployment y", [], "ns/y:deploy/client", "get deployments in namespace y"), ("Pod y", [BLOCKS], "10.9.9.9", "list pods"),
    ("Namespace y", [BY_TEAM], "ns/y:pod/c", "get namespaces in namespace y"), ("Namespace", [BY_NAME], "ns:team=red", "list namespaces"),
    ("CronJob x", [admit(pod_is(CLIENTS))], "same-namespace", "list cronjobs in namespace x")])
def test_the_missing_right_is_said_in_words(hidden: str, policies: list[Document], source: str, missing: str) -> None:
    also = ["NetworkPolicy y"] if hidden == "Deployment y" else []              # else nothing can refuse it
    answer = ask(Memory([*WEB, *policies], without(hidden, *also)), "explain", "svc/web:80", "--from", source)
    assert answer["verdict"] == "unknown"
    assert missing in answer["fix"]["patch"] and any(step["why"].endswith(f"the right to {missing}") for step in answer["steps"])
    assert missing in {right(gap["verb"], gap["resource"], gap["namespace"]) for gap in answer["gaps"]}


def test_what_was_read_leaves_no_gap() -> None:
    assert ask(Memory(WEB), "explain", "svc/web:80", "--from", "ns/y")["gaps"] == []
    assert ask(Memory(WEB, without("Pod z")), "explain", "svc/web:80", "--from", "ns/y")["gaps"] == []


def test_all_namespaces_one_by_one_are_whole_where_they_are_known() -> None:
    """No list of all is allowed but that of the namespaces."""
    def may(request: Request) -> bool:
        return bool(request.namespace) or request.kind in ("Namespace", "APIGroup")

    assert ask(Memory(WEB, may), "explain", "-A") | {"scope": 0, "notes": 0} == ask(Memory(WEB), "explain", "-A") | {"scope": 0, "notes": 0}
    assert ("namespaces", "") in {(gap["resource"], gap["namespace"]) for gap in ask(
        Memory(WEB, lambda request: bool(request.namespace)), "explain", "-A")["gaps"]}


def test_of_what_may_not_be_read_no_name_is_missing() -> None:
    """It is refused in the server's words, not said to be not there."""
    for argv in (["explain", "svc/web"], ["explain", "netpol/any"], ["explain", "pod/a"], ["explain", "svc"], ["explain", "netpol"],
                 ["explain", "deploy/any"], ["explain", "svc/web", "-A"], ["suggest"], ["suggest", "ns/x"], ["suggest", "netpol/any"],
                 ["suggest", "svc/web", "--allow", "80", "--from", "anywhere"], ["diff", "--delete", "netpol/any"]):
        with pytest.raises(NetpolError, match="is forbidden") as refused:
            ask(Memory(WEB, without("Service", "NetworkPolicy", "Pod", "Deployment")), *argv)
        assert refused.value.hint, argv


# ---- findings


def shown(slug: str) -> list[Document]:
    return list(yaml.safe_load_all((CASES / slug / "shows" / "cluster.yaml").read_text(encoding="utf-8")))


def homed(documents: list[Document]) -> list[Document]:
    """Some manifests name no namespace."""
    return [each if each["kind"] == "Namespace" else {**each, "metadata": {"namespace": "default", **each["metadata"]}}
            for each in documents]


def found(slug: str, *hidden: str) -> set[str]:
    server = Memory(homed(shown(slug)), without(*hidden), home="shop")
    return {each["id"] for each in ask(server, "explain", "-A", *asked_as(slug))["findings"]}


@pytest.mark.parametrize("slug", IDS)
def test_each_finding_is_told_of_a_cluster_that_was_read(slug: str) -> None:
    assert slug in found(slug)


@pytest.mark.parametrize(("slug", "hidden"), [
    ("service-port-in-policy", "Pod"), ("unknown-port-name", "Pod"), ("unknown-port-name", "StatefulSet"), ("other-protocol", "Pod"),
    ("selects-no-pod", "Pod"), ("selects-no-pod", "CronJob"), ("matches-without-label", "Pod"), ("peers-are-alternatives", "Pod"),
    ("peers-are-alternatives", "Job"), ("pod-selector-elsewhere", "Pod"), ("pod-selector-elsewhere", "DaemonSet"),
    ("unknown-namespace-label", "Namespace"), ("except-without-effect", "Pod"), ("no-dns", "Pod"), ("only-one-side", "Pod"),
    ("headless-target-port", "Pod"), ("intent-moved-on", "NetworkPolicy"), ("caller-cut-off", "Pod"), ("mesh-port-closed", "Pod"),
    ("nothing-enforces", "DaemonSet"), ("nothing-enforces", "NetworkPolicy")])
def test_a_finding_that_rests_on_what_is_hidden_stays_unsaid(slug: str, hidden: str) -> None:
    assert slug not in found(slug, hidden)


@pytest.mark.parametrize(("slug", "hidden"), [
    ("inactive-rules", "Pod"), ("empty-list-admits-all", "Pod"), ("selects-no-pod", "Namespace"), ("unknown-namespace-label", "Pod"),
    ("service-port-in-policy", "Namespace"), ("no-dns", "Namespace"), ("unknown-port-name", "Namespace"),
    ("caller-cut-off", "ValidatingWebhookConfiguration"), ("caller-cut-off", "ServiceMonitor")])
def test_a_finding_that_rests_on_other_things_is_told(slug: str, hidden: str) -> None:
    assert slug in found(slug, hidden)


@pytest.mark.parametrize(("hidden", "expected"), [((), "none"), (("DaemonSet",), "generic"), (("APIGroup",), "none")])
def test_the_network_plugin_is_told_as_far_as_it_may_be_seen(hidden: tuple[str, ...], expected: str) -> None:
    server = Memory(homed(shown("nothing-enforces")), without(*hidden), home="shop")
    assert ask(server, "explain", "netpol/allow-web", "--cni", "auto")["scope"]["cni"] == expected


GONE = manifest("networking.k8s.io/v1", "NetworkPolicy", "x", "out", spec={"podSelector": {}, "policyTypes": ["Egress"], "egress": []})
GONE["metadata"]["annotations"] = {"kubectl-netpol/intent": "allow 80 on pod/b to ns/y:svc/gone"}
NAMED_ELSEWHERE = netpol("x", {}, "E", egress=[{"ports": [{"port": "web"}]}])


@pytest.mark.parametrize(("documents", "slug", "hidden", "is_told"), [
    pytest.param([admit(pod_is(only("app=c")))], "only-one-side", "Pod y", False, id="no peers at all"),
    pytest.param([BY_TEAM, netpol("y", {}, "E", egress=[])], "only-one-side", "", True, id="peers that were read"),
    pytest.param([BY_TEAM, netpol("y", {}, "E", egress=[])], "only-one-side", "Pod y", False, id="some of the peers are hidden"),
    pytest.param([BY_TEAM, netpol("y", {}, "E", egress=[])], "only-one-side", "NetworkPolicy y", False, id="their policies are"),
    pytest.param([GONE], "intent-moved-on", "", True, id="a Service that is gone"),
    pytest.param([GONE], "intent-moved-on", "Service y", False, id="a Service that may be there"),
    pytest.param([NAMED_ELSEWHERE], "unknown-port-name", "", True, id="a name that no pod has"),
    pytest.param([NAMED_ELSEWHERE], "unknown-port-name", "Pod y", False, id="a hidden pod may have it"),
    pytest.param([admit(ns_is(only("team=blue")))], "unknown-namespace-label", "", True, id="a label that no namespace has"),
    pytest.param([admit(ns_is(only("team=blue")))], "unknown-namespace-label", "Namespace y", False, id="a hidden one may")])
def test_findings_about_others(documents: list[Document], slug: str, hidden: str, is_told: bool) -> None:
    findings = ask(Memory([*WEB, *documents], without(hidden)), "explain", "-A")["findings"]
    assert (slug in {each["id"] for each in findings}) is is_told


# ---- reports

SAYS_NOTHING = "matches no pod now", "selects no pod now", "no Service leads", "no container of the pods"


@pytest.mark.parametrize("hidden", ["Pod x", "CronJob x", "Pod y", "Namespace y"])
def test_of_what_is_hidden_no_rule_is_said_to_do_nothing(hidden: str) -> None:
    """With everything read each of these is said."""
    selector = only("app=none") if hidden.endswith("x") else ON_WEB
    rules = [{"from": [ns_is(only("team=blue")), ns_is({}, only("app=none"))], "ports": [{"port": "none"}]},
             {"from": [ns_is(REDS, only("app=none"))]}]
    policy = manifest("networking.k8s.io/v1", "NetworkPolicy", "x", "p", spec={"podSelector": selector, "ingress": rules})
    effects = {hides: " ".join(rule["effect"] for rule in ask(Memory([*WEB, policy], without(hides)), "explain", "netpol/p")["rules"])
               for hides in ("", hidden)}
    assert any(text in effects[""] for text in SAYS_NOTHING)
    assert not any(text in effects[hidden] for text in SAYS_NOTHING[:2]) and f"the right to {LISTS[hidden]}" in effects[hidden]


@pytest.mark.parametrize(("hidden", "text"), [("Service x", "no Service leads"), ("CronJob x", "no container of the pods declares")])
def test_ports_that_lead_nowhere_may_lead_to_what_is_hidden(hidden: str, text: str) -> None:
    policy = netpol("x", ON_WEB, "I", ingress=[{"ports": [{"port": "none"}]}, {"ports": [{"port": 9}]}])
    effects = [" ".join(rule["effect"] for rule in ask(Memory([*WEB, policy], without(hides)), "explain", "netpol")["reports"][0]["rules"])
               for hides in ("", hidden)]
    assert (text in effects[0], text in effects[1]) == (True, False)


LISTS = {"Pod x": "list pods in namespace x", "CronJob x": "list cronjobs in namespace x", "Pod y": "list pods in namespace y",
         "Namespace y": "list namespaces"}


def test_where_pods_may_go_is_unknown_without_their_policies() -> None:
    for argv in (["explain", "ns/x"], ["explain", "pod/b"]):
        report = ask(Memory(WEB, without("NetworkPolicy x")), *argv)
        assert [each["verdict"] for each in report.get("leaves", report.get("egress"))] == ["unknown"]
        assert report.get("unprotected", []) == [] and report.get("isolated", []) == []


def test_a_map_says_what_its_services_miss() -> None:
    report = ask(Memory(WEB, without("Pod x")), "explain")
    assert access(report) == {("x", "web", 80, "TCP", "anywhere"): "unknown"}
    assert [note for service in report["services"] for note in service["notes"]] == [
        "what depends on it is not known: the right to list pods in namespace x is missing"]


# ---- two clusters that differ in what is hidden only


@st.composite
def hiding(draw: DrawFn) -> Right:
    """A few lists are forbidden, or all of a namespace; now and then get or list as a whole."""
    kinds = ["Pod", "Service", "NetworkPolicy", "Namespace", *MAKERS]
    homes = st.sampled_from(["x", "y"])
    if draw(often(True, False, weight=2)):
        hidden = {f"{draw(st.sampled_from([*kinds[:4] * 3, *MAKERS]))} {draw(homes)}" for _ in range(draw(st.integers(1, 3)))}
    else:
        home = draw(homes)
        hidden = {f"{kind} {home}" for kind in kinds}
    is_wide, verb, allowed = draw(often(True, False)), draw(often("", "list", "get", weight=8)), without(*hidden)

    def may(request: Request) -> bool:
        return (is_wide or bool(request.namespace)) and verb in ("", request.verb) and allowed(request)

    return may


@st.composite
def live(draw: DrawFn) -> list[Document]:
    """As a cluster is in fact: pods have addresses, of one family; workloads without pods are scaled away or not due."""
    documents = draw(clusters())
    for number, each in enumerate(documents):
        if each["kind"] == "Pod":
            each["status"] |= {"podIP": f"10.0.0.{number + 1}", "podIPs": [{"ip": f"10.0.0.{number + 1}"}]}
        elif each["kind"] in ("Deployment", "StatefulSet", "DaemonSet"):
            each |= {"kind": "Deployment", "spec": {**each["spec"], "replicas": 0}}
        elif each["kind"] == "Job":
            each["status"] = {"completionTime": "2026-01-01T00:00:00Z"}
    return documents


SOURCES = ("anywhere", "cluster", "outside", "same-namespace", "ns/x", "ns/y", "ns:team=red", "ns:team!=red", "app=a", "ns/y:app!=a",
           "cluster:tier=a", "10.0.0.2", "192.0.2.7", "192.0.2.0/24")
SHORT = {"Pod": "pod", "Service": "svc", "Deployment": "deploy", "CronJob": "cronjob"}


@st.composite
def questions(draw: DrawFn, documents: list[Document]) -> list[str]:
    service, port = draw(st.sampled_from([*oracle.service_ports(documents)]))
    home, _, name = service.partition("/")
    objects = [f"ns/{each['metadata']['namespace']}:{SHORT[each['kind']]}/{each['metadata']['name']}"
               for each in documents if each["kind"] in SHORT]
    source = draw(st.sampled_from([*SOURCES, *objects]))
    if draw(often(True, False, weight=4)):
        return ["explain", f"svc/{name}:{port['port']}/{port.get('protocol', 'TCP')}", "--from", source, "-n", home]
    to = source if ":svc/" in source else f"{source}:80"
    return ["explain", draw(st.sampled_from(objects)), "--to", to, "-n", home]


@tried(150)
@given(st.data())
def test_what_is_sure_with_gaps_is_so_without(data: DataObject) -> None:
    """A hidden object that could make a sure answer another one would do so in some cluster."""
    documents = data.draw(live())
    argv = data.draw(questions(documents))
    may = data.draw(hiding())
    try:
        whole = ask(Memory(documents), *argv)
    except NetpolError:
        return
    for known, true in both(ask(Memory(documents, may), *argv), whole):
        assert known in ("unknown", None) or true is None or known == true or is_presumed(argv, known, true)


@tried(80)
@given(st.data())
def test_with_all_rights_the_answers_are_those_of_files(data: DataObject) -> None:
    """But for templates beside the pods of a Service: of these a cluster is not asked."""
    documents = [each for each in data.draw(live()) if each["kind"] not in ("Deployment", "CronJob", "Job")]
    argv = data.draw(questions(documents))
    try:
        found = ask(Memory(documents), *argv)
    except NetpolError:
        return
    ends = both(found, program.asked(documents, *argv))
    assert [each for each in ends if each[0] != each[1] and not is_presumed(argv, *each)] == []
    maps = [report(*["explain", "-n", argv[-1]]) for report in (partial(ask, Memory(documents)), partial(program.asked, documents))]
    assert [(key, verdict) for key, verdict in access(maps[0]).items() if verdict != access(maps[1])[key] and key[-1] != "anywhere"] == []


def both(report: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, str]]:
    """The verdicts of each answer and of its ends. Of a hidden Service nobody knows the ports."""
    answers = [each.get("answers", [each]) for each in (report, other)]
    return [(one[end], another[end]) for one, another in zip(*answers) for end in ("verdict", "ingress", "egress")] \
        if len(answers[0]) == len(answers[1]) else []


def is_presumed(argv: list[str], known: str, true: str) -> bool:
    """Of anywhere, rules that name others admit a part, though there may be nobody now."""
    return argv[3] == "anywhere" and known == "partial" and true in ("denied", "unknown")


MAPS = (["explain", "-A"], ["explain", "-n", "x"], ["explain", "ns/x"], ["explain", "--from", "cluster", "-A"])


@tried(60)
@given(st.data())
def test_maps_with_gaps_are_sure_of_nothing_else(data: DataObject) -> None:
    documents = data.draw(live())
    argv, may = data.draw(st.sampled_from(MAPS)), data.draw(hiding())
    documents += [namespace("x"), namespace("y")] if not any(each["kind"] == "Namespace" for each in documents) else []
    try:
        whole = access(ask(Memory(documents), *argv))
    except NetpolError:
        return
    try:
        answer = ask(Memory(documents, may), *argv)
    except NetpolError as refused:
        assert "is forbidden" in str(refused)
        return
    for key, verdict in access(answer).items():
        assert verdict == "unknown" or key not in whole or verdict == whole[key] or (key[-1] == "anywhere" and verdict == "partial"), key


def access(report: dict[str, Any]) -> dict[tuple[Any, ...], str]:
    """Who may reach each Service port."""
    return {(service["namespace"], service["name"], port["port"], port["protocol"], each["source"]): each["verdict"]
            for service in report["services"] for port in service["ports"] for each in port["access"]}


# ---- policies of administrators

GUARD = cnp("Admin", 1, only(f"{NAME}=x"), ingress=[into("Deny", only(f"{NAME}=y"))])


@pytest.mark.parametrize(("hidden", "documents", "expected"), [
    ((), [GUARD], ("denied", "denied", "allowed")), ((), [], ("allowed", "allowed", "allowed")),
    (("ClusterNetworkPolicy",), [GUARD], ("unknown", "unknown", "unknown")),
    (("ClusterNetworkPolicy",), [], ("allowed", "allowed", "allowed")),
    (("APIGroup",), [], ("unknown", "unknown", "unknown"))])
def test_what_administrators_may_say_and_nobody_may_read_is_unknown(
        hidden: tuple[str, ...], documents: list[Document], expected: Said) -> None:
    """Where the API has no such kinds, they need not be read."""
    assert verdicts(hidden, documents, "svc/web:80", "--from", "ns/y:pod/c") == expected


def test_groups_that_cannot_be_understood_may_hold_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Memory, "_groups", lambda _: b'{"groups": [{"versions": [{"groupVersion": 1}]}]}')
    assert verdicts((), [], "svc/web:80", "--from", "ns/y:pod/c")[0] == "unknown"


def test_a_version_that_is_not_known_here_may_say_anything() -> None:
    later = {**GUARD, "apiVersion": "policy.networking.k8s.io/v1beta1"}
    assert verdicts((), [later], "svc/web:80", "--from", "ns/y:pod/c")[0] == "unknown"
