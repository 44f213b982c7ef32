"""What is asked of a cluster to answer a question, round by round, and does that come to an end?"""
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec.structs import replace

from kubectl_netpol.api.engines import NAMED
from kubectl_netpol.cli import parse
from kubectl_netpol.commands.asked import asked_of
from kubectl_netpol.core.needs import MAKERS, Asked, needs
from kubectl_netpol.core.overlay import overlaid
from kubectl_netpol.core.scraping import SCRAPER_LISTINGS
from kubectl_netpol.core.selectors import matches, parse_selector
from kubectl_netpol.snapshot import Listing, Snapshot
from tests import oracle
from tests.clusters import clusters, tried
from tests.core.test_entries import backend, balancer, gateway, grant, ingress, ingress_class, route
from tests.e2e_cases import Document, manifest, namespace, netpol, ns_is, only, pod, pod_is, service, slices, template
from tests.engine_cases import cilium, istio
from tests.snapshots import snapshot
from tests.test_agreement import sources_for

Refuses = Callable[[Listing], bool]
HOME = "x"                                                      # the namespace of the context
PLACES = {
    "Namespace": "namespaces", "Pod": "pods", "Service": "services", "EndpointSlice": "endpoint_slices", "NetworkPolicy": "policies",
    "Node": "nodes"}
NO_CHANGE = Snapshot()


# ---- reading, step by step


def asked(line: str, change: Snapshot = NO_CHANGE) -> Asked:
    options = parse(line.split())
    assert not isinstance(options, str)
    scope = options.scope
    home = None if scope.all_namespaces else scope.namespace or HOME
    return asked_of(replace(options, scope=replace(scope, namespace=home)), change, HOME)


def rounds(
        question: Asked, whole: Snapshot, refuses: Refuses = lambda _: False, *,
        groups: frozenset[str] = frozenset()) -> list[set[Listing]]:
    """What is asked for in each round, until there is nothing; but for the groups of the API, which the first round always asks for."""
    known, found = Snapshot(read=frozenset({Listing("APIGroup")}), groups=groups), []
    while missing := needs(question, overlaid(known, question.change)):
        assert len(found) < 20, f"it does not end: {missing}"
        found.append(set(missing))
        known = filled(known, missing, whole, refuses)
    return found


def filled(known: Snapshot, listings: Iterable[Listing], whole: Snapshot, refuses: Refuses = lambda _: False) -> Snapshot:
    refused = {each: f"no right to {each.verb}" for each in listings if refuses(each)}
    read = [each for each in listings if each not in refused]
    brought = {place: {**getattr(known, place), **{
        name: each for name, each in getattr(whole, place).items() if any(holds(listing, kind, each) for listing in read)}}
        for kind, place in PLACES.items()}
    workloads = {key: each for key, each in whole.workloads.items() if any(holds(listing, key[0], each) for listing in read)}
    beside = {key: each for key, each in whole.beside.items() if any(holds(listing, key.kind, each) for listing in read)}
    return replace(
        known, **brought, beside={**known.beside, **beside}, workloads={**known.workloads, **workloads},
        read=(known.read or frozenset()) | frozenset(read),
        gaps={**known.gaps, **refused})


def holds(listing: Listing, kind: str, each: Any) -> bool:
    """Whether the API server would give an object for it."""
    metadata, status = each.metadata, getattr(each, "status", None)
    addresses = {f"status.podIP={status.pod_ip}"} if kind == "Pod" and status else set()
    spec = getattr(each, "spec", None)
    fields = {f"metadata.name={metadata.name}", f"spec.clusterIP={getattr(spec, 'cluster_ip', None)}",
              f"spec.type={getattr(spec, 'type', None)}", *addresses}
    return (listing.kind == kind and listing.namespace in ("", metadata.namespace) and listing.name in ("", metadata.name)
            and listing.fields in ("", *fields)
            and (not listing.labels or matches(parse_selector(listing.labels), metadata.labels or {})))


# ---- what administrators say

GROUPS = Snapshot(read=frozenset())


def test_the_groups_of_the_api_are_asked_for_whatever_the_question() -> None:
    for line in ("explain", "explain svc/web --from pod/b", "suggest svc/web --allow 80 --from anywhere", "diff --delete netpol/p"):
        assert Listing("APIGroup") in needs(asked(line), GROUPS)


def test_policies_of_administrators_are_asked_for_where_the_server_has_such() -> None:
    known = Snapshot(read=frozenset({Listing("APIGroup")}), groups=frozenset({"policy.networking.k8s.io/v1alpha1", "apps/v1"}))
    question = asked("explain svc/web --from pod/b")
    kinds = {each.kind for each in needs(question, known)}
    assert {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy"} <= kinds
    assert "ClusterNetworkPolicy" not in kinds
    assert not {"AdminNetworkPolicy", "ClusterNetworkPolicy"} & {each.kind for each in needs(question, replace(known, groups=frozenset()))}


@pytest.mark.parametrize(("rules", "line", "expected"), [
    ({"egress": [{"action": "Deny", "to": [{"nodes": {}}]}]}, "explain svc/web --from pod/b", {Listing("Node")}),
    ({"egress": [{"action": "Deny", "to": [{"namespaces": {}}]}]}, "explain svc/web --from anywhere", set()),
    ({"ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]}, "explain svc/web --from anywhere",
     {Listing("Pod"), Listing("Namespace")}),
    ({"ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]}, "explain svc/web --from pod/b", set()),
])
def test_whom_they_name_is_read_as_far_as_it_decides(rules: dict[str, Any], line: str, expected: set[Listing]) -> None:
    policy = {"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "guard"},
              "spec": {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, **rules}}
    known = replace(snapshot(policy), read=frozenset({Listing("APIGroup")}))
    wide = {Listing("Node"), Listing("Pod"), Listing("Namespace")}
    assert needs(asked(line), known) & wide == expected


# ---- other engines

CILIUM, CALICO, ISTIO = "CiliumNetworkPolicy", "NetworkPolicy.crd.projectcalico.org", "AuthorizationPolicy.security.istio.io"


def of_engines(line: str, *groups: str, **more: Any) -> set[Listing]:
    """What is asked of them, once it is known which groups there are."""
    known = Snapshot(read=frozenset({Listing("APIGroup")}), groups=frozenset(groups), **more)
    return {each for each in needs(asked(line), known) if each.kind in NAMED}


@pytest.mark.parametrize(("line", "groups", "expected"), [
    ("explain svc/web --from pod/b", ("apps/v1",), set()),
    ("explain svc/web --from pod/b", ("cilium.io/v2",), {Listing(CILIUM, "x"), Listing("CiliumClusterwideNetworkPolicy")}),
    ("explain svc/web --from ns/y:pod/b", ("cilium.io/v2",),
     {Listing(CILIUM, "x"), Listing(CILIUM, "y"), Listing("CiliumClusterwideNetworkPolicy")}),
    ("explain svc/web --from pod/b", ("cilium.io/v9",), {Listing(CILIUM, "x"), Listing("CiliumClusterwideNetworkPolicy")}),
    ("explain", ("crd.projectcalico.org/v1",), {Listing(CALICO, "x"), Listing("GlobalNetworkPolicy.crd.projectcalico.org")}),
    ("explain -A", ("crd.projectcalico.org/v1",), {Listing(CALICO), Listing("GlobalNetworkPolicy.crd.projectcalico.org")}),
    ("explain", ("crd.projectcalico.org/v1", "projectcalico.org/v3"),
     {Listing("NetworkPolicy.projectcalico.org", "x"), Listing("GlobalNetworkPolicy.projectcalico.org")}),
    ("explain svc/web --from pod/b", ("security.istio.io/v1",),
     {Listing(kind, home) for kind in (ISTIO, "PeerAuthentication") for home in ("x", "istio-system")}),
    ("explain --by workload", ("k8s.ovn.org/v1",), {Listing("EgressFirewall")}),
    ("suggest svc/web --allow 80 --from anywhere", ("k8s.cni.cncf.io/v1",), {Listing("MultiNetworkPolicy", "x")})])
def test_policies_of_other_engines_are_asked_for_where_their_group_is(line: str, groups: tuple[str, ...], expected: set[Listing]) -> None:
    assert of_engines(line, *groups) == expected


def test_those_of_namespaces_that_policies_name_are_asked_for_with_the_rest() -> None:
    policy = netpol("x", {}, "I", ingress=[{"from": [ns_is(only("kubernetes.io/metadata.name=z"))]}])
    own = snapshot(policy)
    assert of_engines("explain", "cilium.io/v2", policies=own.policies) == {
        Listing(CILIUM, "x"), Listing(CILIUM, "z"), Listing("CiliumClusterwideNetworkPolicy")}


@pytest.mark.parametrize(("policy", "expected"), [
    (cilium({"endpointSelector": {}, "ingress": [{}]}, "z"), {Listing("Pod", "x"), Listing("Pod", "z")}),
    (cilium({"endpointSelector": {}, "ingress": [{}]}, ""), {Listing("Pod")}), (istio({}, "istio-system"), {Listing("Pod")}),
    (cilium({"endpointSelector": {}, "egress": [{}]}, "z"), {Listing("Pod")})])
def test_a_change_of_them_is_looked_at_where_it_is_felt(policy: Document, expected: set[Listing]) -> None:
    change = snapshot(policy)
    known = overlaid(Snapshot(read=frozenset({Listing("APIGroup")})), change)
    assert {each for each in needs(asked("diff -f a.yaml", change), known) if each.kind == "Pod"} == expected


def test_who_may_not_list_them_everywhere_is_asked_for_one_namespace_after_the_other() -> None:
    gaps = {Listing(CILIUM): "forbidden"}
    assert of_engines("explain -A", "cilium.io/v2", gaps=gaps, namespaces=snapshot(namespace("q")).namespaces) >= {
        Listing(CILIUM, "q"), Listing(CILIUM, "x")}


# ---- as the tables say it


def said(listings: set[Listing]) -> set[str]:
    """svc x/web; pod x app=web; makers x: the kinds that make pods; map x: what maps hold, Services, pods, policies and makers;
    view x: with what leads to the Services; callers: what has the API server call pods."""
    found = {spelled(each) for each in listings}
    for word, kinds in (("makers", MAKERS), ("map", ("svc", "pod", "netpol", "makers")), ("view", ("map", "Ingress")),
                        ("callers", CALLERS)):
        for place in {text.partition(" ")[2] for text in found}:
            parts = {f"{kind} {place}".strip() for kind in kinds}
            if parts <= found:
                found = found - parts | {f"{word} {place}".strip()}
    return found


def spelled(each: Listing) -> str:
    kind = SHORT.get(each.kind, each.kind)
    place = f"{each.namespace}/{each.name}".strip("/") if each.name else each.namespace
    return " ".join(filter(None, (kind, place, each.labels, each.fields)))


CALLERS = ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
SHORT = {"Pod": "pod", "Service": "svc", "NetworkPolicy": "netpol", "Namespace": "ns", "EndpointSlice": "slices"}


def expected(texts: list[str]) -> list[set[str]]:
    return [set(text.split("; ")) for text in texts]


# ---- the cluster


def endpoints(where: str, *each: Document) -> Document:
    return {**slices(where, port=81), "endpoints": list(each)}


def at(address: str, pod_name: str = "", in_namespace: str = "") -> Document:
    target = {"kind": "Pod", "name": pod_name, **({"namespace": in_namespace} if in_namespace else {})}
    return {"addresses": [address], **({"targetRef": target} if pod_name else {})}


OPEN = [
    namespace("x"), namespace("y", "team=red"), namespace("z"),
    pod("x/a", "app=web", ip="10.1.0.1"), pod("x/b", "app=client", ip="10.1.0.2"), pod("y/a", "app=client", ip="10.1.0.3"),
    pod("z/db", "app=db", ip="10.1.0.4"), template("Deployment", "y/client", "app=client"), template("CronJob", "x/report", "app=report"),
    service("x/web", "app=web", {"port": 80}), service("x/report", "app=report", {"port": 80}),
    service("y/client", "app=client", {"port": 80}),
    service("x/elsewhere", "", {"port": 80}), endpoints("x/elsewhere", at("10.1.0.4", "db", "z"), at("10.1.0.3"), at("192.0.2.7")),
    service("x/name", "", {"port": 80}, type="ExternalName", externalName="example.org")]
FROM_CLIENTS = netpol("x", only("app=web"), "I", ingress=[{"from": [pod_is(only("app=client"))]}])
FROM_ALL_CLIENTS = netpol("x", {}, "I", ingress=[{"from": [ns_is({}, only("app=client"))]}])
FROM_REDS = netpol("x", only("app=web"), "I", ingress=[{"from": [ns_is(only("team=red"))]}])
CLOSED = netpol("y", {}, "E", egress=[])
EGRESS = netpol("x", only("app=web"), "E", egress=[])
ENDS, WEB = "netpol x; ns x", "svc x/web"


def named(policy: Document, name: str) -> Document:
    return {**policy, "metadata": {**policy["metadata"], "name": name}}


# ---- questions


@pytest.mark.parametrize(("line", "texts"), [
    pytest.param("explain svc/web:80 --from anywhere", [f"{ENDS}; {WEB}", "pod x app=web"], id="anywhere"),
    pytest.param("explain svc/web:80 --from outside", [f"{ENDS}; {WEB}; Ingress x", "pod x app=web"], id="outside"),
    pytest.param("explain svc/web:80 --from same-namespace", [f"{ENDS}; {WEB}; pod x; makers x"], id="same-namespace"),
    pytest.param("explain svc/web:80 --from ns/y:deploy/client",
                 [f"{ENDS}; {WEB}; netpol y; ns y; Deployment y/client", "pod x app=web; pod y app=client"], id="deploy elsewhere"),
    pytest.param("explain svc/web:80 --from ns/y:svc/client",
                 [f"{ENDS}; {WEB}; netpol y; ns y; svc y/client", "pod x app=web; pod y app=client"], id="svc elsewhere"),
    pytest.param("explain svc/web:80 --from pod/b", [f"{ENDS}; {WEB}; pod x/b", "pod x app=web"], id="pod"),
    pytest.param("explain svc/web:80 --from ns/y", [f"{ENDS}; {WEB}; netpol y; ns y; pod y; makers y", "pod x app=web"], id="ns"),
    pytest.param("explain svc/web:80 --from ns:team=red",
                 [f"{ENDS}; {WEB}; ns team=red", "pod x app=web; netpol y; pod y; makers y"], id="namespaces by label"),
    pytest.param("explain svc/web:80 --from app=client", [f"{ENDS}; {WEB}; pod x app=client; makers x", "pod x app=web"], id="labels"),
    pytest.param("explain svc/web:80 --from 10.1.0.3",
                 [f"{ENDS}; {WEB}; pod status.podIP=10.1.0.3; svc spec.clusterIP=10.1.0.3", "pod x app=web; netpol y; ns y"],
                 id="an address may be a pod's or a Service's"),
    pytest.param("explain svc/web:80 --from 192.0.2.0/24", [f"{ENDS}; {WEB}", "pod x app=web"], id="block"),
    pytest.param("explain svc/web:80 --from cluster", [f"netpol x; {WEB}; ns; pod; makers"],
                 id="cluster: the only one that lists all pods"),
    pytest.param("explain pod/a:80 --from pod/b", [f"{ENDS}; pod x/a; pod x/b"], id="of a pod"),
    pytest.param("explain ns/y:deploy/client:80 --from anywhere", ["netpol y; ns y; Deployment y/client", "pod y app=client"],
                 id="of a workload"),
    pytest.param("explain cronjob/report:80 --from anywhere", [f"{ENDS}; CronJob x/report", "pod x"],
                 id="of a CronJob, whose pods no selector tells"),
    pytest.param("explain svc/web:80 svc/report:80 --from pod/b",
                 [f"{ENDS}; {WEB}; svc x/report; pod x/b", "pod x app=web; pod x app=report", "makers x"], id="several targets"),
    pytest.param("explain svc/report:80 --from anywhere", [f"{ENDS}; svc x/report", "pod x app=report", "makers x"],
                 id="a Service without pods: who would make them"),
    pytest.param("explain svc/elsewhere:80 --from pod/b",
                 [f"{ENDS}; svc x/elsewhere; pod x/b", "slices x kubernetes.io/service-name=elsewhere",
                  "pod z/db; pod status.podIP=10.1.0.3; pod status.podIP=192.0.2.7", "netpol z; ns z; netpol y; ns y"],
                 id="endpoints made by hand are pods by name, by address, or none"),
    pytest.param("explain svc/name:80 --from pod/b", [f"{ENDS}; svc x/name; pod x/b"], id="an ExternalName has none"),
    pytest.param("explain deploy/client --to ns/x:svc/web:80 -n y",
                 ["netpol y; ns y; Deployment y/client; netpol x; ns x; svc x/web", "pod y app=client; pod x app=web"], id="--to svc"),
    pytest.param("explain pod/b --to same-namespace:80", [f"{ENDS}; pod x; makers x"], id="--to same-namespace"),
    pytest.param("explain pod/b --to 192.0.2.0/24:443", [f"{ENDS}; pod x/b"], id="--to block"),
    pytest.param("explain pod/b --to anywhere:443", ["map; ns", "slices x kubernetes.io/service-name=elsewhere"],
                 id="--to anywhere: each pod is asked whether it lets in"),
    pytest.param("explain svc/web:80 --from anywhere -A", ["svc metadata.name=web", f"{ENDS}; pod x app=web"], id="-A finds the namespace"),
    pytest.param("explain svc --from anywhere",
                 [f"{ENDS}; svc x", "pod x app=web; pod x app=report; slices x kubernetes.io/service-name=elsewhere",
                  "makers x; pod z/db; pod status.podIP=10.1.0.3; pod status.podIP=192.0.2.7", "netpol z; ns z; netpol y; ns y"],
                 id="bare type")])
def test_a_question_asks_for_what_can_decide_it(line: str, texts: list[str]) -> None:
    assert [said(each) for each in rounds(asked(line), snapshot(*OPEN))] == expected(texts)


WEB_AT = [each if each["metadata"]["name"] != "web" else {**each, "spec": {**each["spec"], "clusterIP": "10.96.0.5"}} for each in OPEN]
ONE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"},
       "status": {"addresses": [{"type": "InternalIP", "address": "192.168.7.1"}]}}


@pytest.mark.parametrize(("line", "texts"), [
    pytest.param("explain 10.96.0.5:80 --from pod/b", ["svc; Node; pod status.podIP=10.96.0.5", f"{ENDS}; pod x app=web; pod x/b"],
                 id="an address may be of a Service, a node or a pod"),
    pytest.param("explain 10.1.0.4:80 --from anywhere", ["svc; Node; pod status.podIP=10.1.0.4", "netpol z; ns z"], id="of a pod"),
    pytest.param("explain 192.168.7.1:80 --from anywhere", ["svc; Node; pod status.podIP=192.168.7.1", "pod spec.nodeName=one"],
                 id="of a node: who listens there"),
    pytest.param("explain web.x:80 --from pod/b", [WEB, f"{ENDS}; pod x app=web; pod x/b"], id="the name of a Service"),
    pytest.param("explain web.x.svc.cluster.local:80 --from pod/b", [WEB, f"{ENDS}; pod x app=web; pod x/b"], id="in full"),
    pytest.param("explain shop.example.org --from outside", ["svc; Ingress"], id="a host that somebody serves"),
    pytest.param("explain wob.x --from outside", ["svc x/wob", "svc; Ingress"], id="a name of nobody")])
def test_of_what_clients_dial_those_are_asked_for_who_may_be_meant(line: str, texts: list[str]) -> None:
    assert [said(each) for each in rounds(asked(line), snapshot(*WEB_AT, ONE))] == expected(texts)


def test_of_labels_that_no_pod_has_those_there_are_are_read_for_the_hint() -> None:
    found = rounds(asked("explain svc/web:80 --from app=clinet"), snapshot(*OPEN))
    assert [said(each) for each in found] == expected([f"{ENDS}; {WEB}; pod x app=clinet; makers x", "pod x"])


@pytest.mark.parametrize(("policy", "texts"), [
    pytest.param(FROM_CLIENTS, [f"{ENDS}; {WEB}", "pod x; makers x"], id="pods of the own namespace by label"),
    pytest.param(FROM_REDS, [f"{ENDS}; {WEB}", "pod x app=web"], id="pods of others are told by the policy itself"),
    pytest.param(EGRESS, [f"{ENDS}; {WEB}", "pod x app=web"], id="egress")])
def test_whom_policies_name_is_read_where_anywhere_is_asked(policy: Document, texts: list[str]) -> None:
    assert [said(each) for each in rounds(asked("explain svc/web:80 --from anywhere"), snapshot(*OPEN, policy))] == expected(texts)


@pytest.mark.parametrize(("line", "texts"), [
    pytest.param("explain svc/wep:80 --from anywhere", [f"{ENDS}; svc x/wep", "svc x"], id="Service"),
    pytest.param("explain svc/web:80 --from deploy/clinet", [f"{ENDS}; {WEB}; Deployment x/clinet", "pod x app=web; Deployment x"],
                 id="source"),
    pytest.param("explain svc/web:80 --from ns/yy", [f"{ENDS}; {WEB}; netpol yy; ns yy; pod yy; makers yy", "pod x app=web; ns"],
                 id="namespace"),
    pytest.param("explain svc/web:80 --from anywhere -n xx", ["netpol xx; ns xx; svc xx/web", "ns; svc xx"], id="-n")])
def test_of_a_name_that_is_not_there_its_like_is_read_for_the_nearest(line: str, texts: list[str]) -> None:
    assert [said(each) for each in rounds(asked(line), snapshot(*OPEN))] == expected(texts)


def test_pods_that_ended_stand_behind_no_service() -> None:
    ended = [pod("x/old", "app=report", phase="Succeeded"), *OPEN]
    found = rounds(asked("explain svc/report:80 --from anywhere"), snapshot(*ended))
    assert [said(each) for each in found] == expected([f"{ENDS}; svc x/report", "pod x app=report", "makers x"])


# ---- maps, suggestions, changes

DNS = "svc kube-system k8s-app=kube-dns; svc kube-system/coredns; svc openshift-dns/dns-default; DaemonSet kube-system/node-local-dns"
BY_HAND = ["slices x kubernetes.io/service-name=elsewhere", "pod z/db; pod status.podIP=10.1.0.3; pod status.podIP=192.0.2.7",
           "netpol z; ns z; netpol y; ns y"]


def by_hand(*first: str) -> list[str]:
    """The first round, and what endpoints made by hand bring; where all namespaces are read their labels are known already."""
    known = "ns" in first[0].split("; ")
    return [first[0], BY_HAND[0], BY_HAND[1], BY_HAND[2].replace("; ns z", "").replace("; ns y", "") if known else BY_HAND[2]]


@pytest.mark.parametrize(("line", "texts"), [
    pytest.param("explain", by_hand("view x; ns"), id="explain"),
    pytest.param("explain svc/web", by_hand("view x; ns"), id="svc/NAME"),
    pytest.param("explain ns/y", ["view y; ns"], id="ns/NAME"),
    pytest.param("explain ns/y:netpol/any", ["view y; ns"], id="netpol/NAME"),
    pytest.param("explain svc", by_hand("view x; ns"), id="bare type"),
    pytest.param("explain --from outside", by_hand("view x; ns"), id="what the outside reaches"),
    pytest.param("explain --from cluster", ["view; ns", BY_HAND[0]], id="what pods anywhere reach"),
    pytest.param("explain -A", ["view; ns", BY_HAND[0]], id="-A"),
    pytest.param("explain --by workload", ["map; ns", BY_HAND[0]], id="--by workload"),
    pytest.param("suggest svc/web --allow 80 --from anywhere", by_hand("map x; ns; callers"), id="a wish"),
    pytest.param("suggest svc/web --allow 80 --from ns/y:deploy/client", ["map x; map y; ns; callers", *BY_HAND[:2], "netpol z"],
                 id="a wish with a source elsewhere"),
    pytest.param("suggest svc/web --allow 80 --from anywhere --egress", ["map; ns; callers", BY_HAND[0]], id="--egress"),
    pytest.param("suggest", by_hand("view x; ns; callers"), id="guesses: who else names the Services"),
    pytest.param("suggest svc/web", by_hand("view x; ns; callers"), id="guesses for one")])
def test_a_map_asks_for_its_namespaces(line: str, texts: list[str]) -> None:
    assert [said(each) for each in rounds(asked(line), snapshot(*OPEN))] == expected(texts)


@pytest.mark.parametrize(("documents", "line", "texts"), [
    pytest.param([FROM_REDS], "explain", ["view x; ns", "map y; callers"], id="the namespaces of peers, by label"),
    pytest.param([FROM_ALL_CLIENTS], "explain", ["view x; ns", "map y; map z; callers"],
                 id="all of them"),
    pytest.param([EGRESS], "explain", ["view x; ns", DNS], id="the resolver of pods that are isolated for egress"),
    pytest.param([FROM_CLIENTS], "explain", ["view x; ns", "callers"], id="peers of the own namespace"),
    pytest.param([netpol("x", {}, "I", ingress=[{"from": [pod_is(only("app=db"))]}])], "explain", ["view x; ns", "pod app=db; callers"],
                 id="a podSelector that matches nobody here may be meant for others"),
    pytest.param([*map(namespace, (f"n{number}" for number in range(12))), FROM_ALL_CLIENTS], "explain",
                 ["view x; ns", "pod app=client; callers", "svc x; svc y"], id="of many namespaces only the pods that are named")])
def test_whom_the_policies_of_a_map_name_is_read_too(documents: list[Document], line: str, texts: list[str]) -> None:
    made = [each for each in OPEN if each["metadata"]["name"] not in ("elsewhere", "elsewhere-1")]
    found = [said(each) for each in rounds(asked(line), snapshot(*made, *documents))]
    assert [each - {"svc x"} for each in found] == [each - {"svc x"} for each in expected(texts)]


ANY = named(netpol("y", {}, "I", ingress=[]), "any")


@pytest.mark.parametrize(("change", "line", "texts"), [
    pytest.param([ANY], "diff -f -", ["map x; map y; ns; callers"], id="ingress is felt in its namespace"),
    pytest.param([CLOSED], "diff -f -", ["map; ns"], id="egress is felt anywhere"),
    pytest.param([namespace("y", "team=blue")], "diff -f -", ["map; ns"], id="labels of a namespace"),
    pytest.param([template("Deployment", "y/client", "app=other")], "diff -f -", ["map; ns"], id="labels of pods"),
    pytest.param([service("y/client", "app=client", {"port": 81})], "diff -f -", ["map x; map y; ns"], id="a Service"),
    pytest.param([], "diff --delete ns/y:netpol/any", ["map x; netpol y; ns"], id="--delete"),
    pytest.param([], "diff --delete ns/y:netpol/closed", ["map x; netpol y; ns", "map; ns; callers"], id="--delete of egress"),
    pytest.param([ANY], "explain -f -", ["view x; view y; ns; callers"], id="explain with -f"),
    pytest.param([ANY], "diff -f - --by workload", ["map; ns; callers"], id="--by workload")])
def test_a_change_asks_for_whom_it_can_reach(change: list[Document], line: str, texts: list[str]) -> None:
    made = [each for each in OPEN if each["metadata"]["name"] not in ("elsewhere", "elsewhere-1")]
    whole = snapshot(*made, ANY, named(CLOSED, "closed")) if "--delete" in line else snapshot(*made)
    found = [said(each) for each in rounds(asked(line, snapshot(*change)), whole)]
    assert [each - {"ns"} for each in found] == [each - {"ns"} for each in expected(texts)]


# ---- what leads to Services

GATEWAYS = frozenset({"gateway.networking.k8s.io/v1"})
ROUTE_KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
LEADING = "; ".join(f"{kind} x" for kind in ("Ingress", "Gateway", "ReferenceGrant", *ROUTE_KINDS))
TO_WEB = {"name": "web", "port": 80}
NGINX = "app.kubernetes.io/component=controller,app.kubernetes.io/name=ingress-nginx"
BY_CLASS = f"pod {NGINX}; pod {NGINX.replace('=ingress', '=rke2-ingress')}; pod name=nginx-ingress-microk8s"


@pytest.mark.parametrize(("documents", "groups", "line", "texts"), [
    pytest.param([ingress("x/e", backend("web", number=80), ip="192.0.2.8"), balancer("z/front", "app=db", "192.0.2.8")], frozenset(),
                 "explain svc/web:80 --from outside",
                 [f"{ENDS}; {WEB}; Ingress x", "pod x app=web; svc spec.type=LoadBalancer; IngressClass",
                  "pod z app=db; netpol z; ns z"],
                 id="the Service with its address, and its pods"),
    pytest.param([ingress("x/e", backend("web", number=80), cls="c"), ingress_class("c", "k8s.io/ingress-nginx"),
                  template("Deployment", "z/nginx", NGINX)], frozenset(), "explain svc/web:80 --from ingress/e",
                 [f"{ENDS}; {WEB}; Ingress x/e", "pod x app=web; svc spec.type=LoadBalancer; IngressClass", BY_CLASS],
                 id="the pods of its controller, by their labels"),
    pytest.param([], GATEWAYS, "explain svc/web:80 --from outside", [f"{ENDS}; {WEB}; {LEADING}", "pod x app=web"],
                 id="routes where the cluster has their kinds"),
    pytest.param([gateway("z/main", {"from": "All"}), route("x/r", {"name": "main", "namespace": "z"}, TO_WEB)], GATEWAYS,
                 "explain svc/web:80 --from outside",
                 [f"{ENDS}; {WEB}; {LEADING}", "pod x app=web; Gateway z/main",
                  "svc spec.type=LoadBalancer; GatewayClass", "pod z gateway.networking.k8s.io/gateway-name=main; "
                  "pod gateway.envoyproxy.io/owning-gateway-name=main,gateway.envoyproxy.io/owning-gateway-namespace=z"],
                 id="their Gateways in other namespaces"),
    pytest.param([grant("x", origin="z")], GATEWAYS, "explain svc/web:80 --from outside",
                 [f"{ENDS}; {WEB}; {LEADING}", "pod x app=web; HTTPRoute z"], id="routes of others, where a grant lets them"),
    pytest.param([], frozenset(), "explain svc/web:80 --from nodes", [f"{ENDS}; {WEB}; Node", "pod x app=web"], id="nodes")])
def test_what_leads_to_a_service_is_followed_to_those_who_carry_it(
        documents: list[Document], groups: frozenset[str], line: str, texts: list[str]) -> None:
    whole = replace(snapshot(*OPEN, *documents), groups=groups)
    found = rounds(asked(line), whole, groups=groups)
    assert [said(each) for each in found] == expected(texts)


# ---- who calls pods beside other pods

CALLED_BY = {Listing(kind) for kind in CALLERS}
HOOK = service("x/hook", "app=hook", {"port": 443})
WEBHOOK = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "checks"},
           "webhooks": [{"clientConfig": {"service": {"namespace": "x", "name": "hook"}}}]}
MONITOR = manifest("monitoring.coreos.com/v1", "ServiceMonitor", "y", "m", spec={"selector": {}})
SCRAPED = {**pod("x/a"), "metadata": {"name": "a", "namespace": "x", "annotations": {"prometheus.io/scrape": "true"}}}
LETS_OUT = netpol("x", only("app=web"), "E", egress=[{"to": [ns_is(only("team=red"))]}])
OPERATED = frozenset({"monitoring.coreos.com/v1"})
DEFINITIONS, MONITORS = {Listing("CustomResourceDefinition")}, {Listing("ServiceMonitor"), Listing("PodMonitor")}


@pytest.mark.parametrize(("line", "documents", "groups", "expected"), [
    ("explain", [FROM_CLIENTS], frozenset(), CALLED_BY),
    ("explain -A", [FROM_CLIENTS], frozenset(), CALLED_BY),
    ("explain", [], OPERATED, set()),                           # nobody is kept out
    ("explain", [CLOSED], OPERATED, set()),                     # egress keeps nobody out
    ("explain", [named(netpol("y", {}, "I", ingress=[]), "any")], OPERATED, set()),     # elsewhere
    ("explain svc/hook:443 --from pod/b", [FROM_CLIENTS, HOOK], OPERATED, set()),
    ("explain --from cluster", [FROM_CLIENTS, HOOK], OPERATED, set()),
    ("explain --by workload", [FROM_CLIENTS, HOOK], OPERATED, set()),
    ("explain", [FROM_CLIENTS, HOOK], frozenset(), CALLED_BY),
    ("suggest svc/hook --allow 443 --from pod/b", [HOOK], frozenset(), CALLED_BY | DEFINITIONS),
    ("suggest svc/hook --allow 443 --from pod/b", [HOOK, WEBHOOK], frozenset(), CALLED_BY),     # it is called by something else
    ("suggest svc/hook --allow 443 --from pod/b", [service("x/hook", "app=hook", {"port": 80})], frozenset(), CALLED_BY),
    ("suggest svc/web", [service("x/hook", "", {"port": 443})], frozenset(), CALLED_BY),      # its endpoints are made by hand
    ("suggest", [service("y/hook", "app=hook", {"port": 443})], frozenset(), CALLED_BY),
    # what was a finding is none any more
    ("diff --delete netpol/closed", [named(FROM_CLIENTS, "closed"), HOOK], frozenset(), CALLED_BY | DEFINITIONS),
    ("diff --delete netpol/closed", [named(FROM_CLIENTS, "closed"), HOOK, WEBHOOK], frozenset(), CALLED_BY),
    ("explain", [FROM_CLIENTS], OPERATED, CALLED_BY | MONITORS),
    ("explain", [LETS_OUT, named(netpol("y", {}, "I", ingress=[]), "any")], OPERATED, set()),       # of whom a policy names
    ("explain", [FROM_REDS, {**SCRAPED, "metadata": {**SCRAPED["metadata"], "namespace": "y"}}], frozenset(), CALLED_BY),
    ("explain", [FROM_CLIENTS, MONITOR], OPERATED, CALLED_BY | MONITORS | {*SCRAPER_LISTINGS}),
    ("explain", [FROM_CLIENTS, SCRAPED], frozenset(), CALLED_BY | {*SCRAPER_LISTINGS})])
def test_who_calls_is_asked_where_somebody_is_kept_out(
        line: str, documents: list[Document], groups: frozenset[str], expected: set[Listing]) -> None:
    whole = snapshot(*(each for each in OPEN if each["metadata"]["name"] not in ("elsewhere", "elsewhere-1")), *documents)
    found = {each for every in rounds(asked(line), whole, groups=groups) for each in every}
    concerned = {*CALLED_BY, *DEFINITIONS, *MONITORS, *SCRAPER_LISTINGS}
    assert {each for each in found if each in concerned} == expected


def test_who_may_not_list_all_monitors_may_list_those_here() -> None:
    found = rounds(asked("suggest"), snapshot(*OPEN, MONITOR), refusing("ServiceMonitor"), groups=OPERATED)
    assert Listing("ServiceMonitor", "x") in {each for every in found for each in every}


# ---- what is refused


def refusing(*patterns: str) -> Refuses:
    return lambda listing: any(re.fullmatch(pattern, spelled(listing)) for pattern in patterns)


@pytest.mark.parametrize(("refused", "line", "texts"), [
    pytest.param("svc x/web", "explain svc/web:80 --from pod/b", [f"{ENDS}; {WEB}; pod x/b"], id="the Service: its pods cannot be told"),
    pytest.param("pod x app=web", "explain svc/web:80 --from anywhere", [f"{ENDS}; {WEB}", "pod x app=web"],
                 id="its pods: nor who makes them"),
    pytest.param("netpol .*", "explain svc/web:80 --from ns/y:deploy/client",
                 [f"{ENDS}; {WEB}; netpol y; ns y; Deployment y/client", "pod x app=web; pod y app=client"], id="policies"),
    pytest.param("pod|ns|Deployment", "explain svc/web:80 --from cluster", [f"netpol x; {WEB}; ns; pod; makers", "ns x; pod x"],
                 id="all pods: those here"),
    pytest.param("ns", "explain", ["view x; ns", f"ns x; {BY_HAND[0]}", *BY_HAND[1:]], id="namespaces: its own is asked for by name"),
    pytest.param("ns team=red", "explain svc/web:80 --from ns:team=red", [f"{ENDS}; {WEB}; ns team=red", "pod x app=web"], id="labels"),
    pytest.param("[^ ]+", "explain -A", ["view; ns", "view x; ns x", BY_HAND[0], "pod z/db", "view z; ns z"],
                 id="all namespaces: those that are known, one by one"),
    pytest.param("svc x", "explain svc/web", ["view x; ns", "svc x/web"], id="a list: who may not list may get"),
    pytest.param("netpol y", "diff --delete ns/y:netpol/any",
                 ["map x; netpol y; ns", f"netpol y/any; {BY_HAND[0]}", BY_HAND[1], "netpol z"], id="a policy to delete"),
    pytest.param("pod status.*", "explain svc/web:80 --from 10.1.0.3",
                 [f"{ENDS}; {WEB}; pod status.podIP=10.1.0.3; svc spec.clusterIP=10.1.0.3", "pod x app=web"], id="whose an address is")])
def test_what_is_refused_is_asked_once_and_then_what_is_narrower(refused: str, line: str, texts: list[str]) -> None:
    found = rounds(asked(line), snapshot(*OPEN, ANY), refusing(refused))
    assert [said(each) for each in found] == expected(texts)
    everything = [listing for each in found for listing in each]
    assert len(everything) == len(set(everything))


# ---- for all of them


def test_of_files_nothing_is_asked() -> None:
    for line in ("explain -A", "explain svc/web:80 --from cluster", "suggest svc/none"):
        assert needs(asked(line), snapshot(*OPEN)) == frozenset()


@tried(60)
@given(st.data())
def test_a_question_about_one_service_lists_pods_of_its_ends_only(data: DataObject) -> None:
    documents = data.draw(clusters())
    service, port = data.draw(st.sampled_from([*oracle.service_ports(documents)]))
    source = data.draw(st.sampled_from([each for each in sources_for(service, documents) if each != "cluster" and " " not in each]))
    home, _, name = service.partition("/")
    refused = data.draw(st.sets(st.sampled_from(["Pod", "Namespace", "NetworkPolicy", "Service", "Deployment"])))
    question = asked(f"explain svc/{name}:{port['port']} --from {source} -n {home}")
    found = rounds(question, snapshot(*documents), lambda each: each.kind in refused)
    assert not [each for every in found for each in every if each.kind == "Pod" and not (each.namespace or each.fields)]


@tried(60)
@given(st.data())
def test_a_map_ends_whatever_is_refused(data: DataObject) -> None:
    documents = data.draw(clusters())
    hidden = data.draw(st.sets(st.tuples(st.sampled_from([*PLACES, *MAKERS]), st.sampled_from(["", "x", "y", "z"]))))
    line = data.draw(st.sampled_from(
        ["explain -A", "explain", "suggest", "suggest ns/y", "explain --by workload", "diff --delete netpol/n0"]))
    rounds(asked(line), snapshot(*documents), lambda each: (each.kind, each.namespace) in hidden)


def test_endpoints_by_hand_without_a_slice_are_none() -> None:
    empty = manifest("v1", "Service", "x", "none", spec={"ports": [{"port": 80}]})
    found = rounds(asked("explain svc/none:80 --from pod/b"), snapshot(*OPEN, empty))
    assert said(found[-1]) == {"slices x kubernetes.io/service-name=none"}
