"""What is said to somebody who may not read everything? Real rights, of users of an API server that authorizes by RBAC."""
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests import program
from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.schemas import hold

Rules = list[dict[str, Any]]
NewNamespace = Callable[..., str]

ROLE = ROOT / "examples" / "clusterrole.yaml"
RULES: Rules = yaml.safe_load(ROLE.read_text(encoding="utf-8"))["rules"]
SHOP = """\
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {selector: {app: db}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: outside}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: outside}, subsets: [{addresses: [{ip: 192.0.2.7}], ports: [{port: 80}]}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: main, image: nothing}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, labels: {app: db}}, spec: {containers: [{name: main, image: nothing}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-here}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-others}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NEIGHBOUR}}
    - namespaceSelector: {matchLabels: {its: team}}
"""
NEIGHBOUR = """\
{apiVersion: v1, kind: Pod, metadata: {name: client, labels: {app: client}}, spec: {containers: [{name: main, image: nothing}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: client}, spec: {selector: {app: client}, ports: [{port: 80}]}}
"""


@pytest.fixture
def shop(bed: Bed, new_namespace: NewNamespace) -> tuple[str, str]:
    """Two namespaces: policies of the first name the second."""
    home, neighbour = new_namespace(), new_namespace()
    bed.apply(SHOP.replace("NEIGHBOUR", neighbour), home)
    bed.apply(NEIGHBOUR, neighbour)
    bed.start_pods(home, 2)
    bed.start_pods(neighbour, 1)
    return home, neighbour


def run(bed: Bed, user: str, home: str, *argv: str) -> program.Ran:
    return program.run(argv, KUBECONFIG=bed.kubeconfig(user, home))


def ask(bed: Bed, user: str, home: str, *argv: str) -> dict[str, Any]:
    """The answer, held against its schema."""
    ran = run(bed, user, home, *argv, "-o", "json")
    assert ran.stdout, ran.stderr
    hold(ran.stdout)
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def gaps(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(gap["verb"], gap["resource"], gap["namespace"]) for gap in report["gaps"]}


def access(report: dict[str, Any]) -> dict[tuple[str, int], list[tuple[str, str]]]:
    return {(service["name"], port["port"]): [(each["source"], each["verdict"]) for each in port["access"]]
            for service in report["services"] for port in service["ports"]}


def plain(text: str) -> str:
    return " ".join(text.split())


# ---- a Role in one namespace


@pytest.fixture
def insider(bed: Bed, shop: tuple[str, str]) -> str:
    """Who may read all in the first namespace, and nothing else; the README says that the first two rules are enough."""
    user = bed.new_user()
    bed.grant(user, shop[0], RULES[:2])
    return user


def test_the_map_of_the_own_namespace_is_whole_as_far_as_ingress_goes(bed: Bed, shop: tuple[str, str], insider: str) -> None:
    home, neighbour = shop
    mine, everything = (ask(bed, user, home, "explain") for user in (insider, "admin"))
    assert access(mine) == {
        **access(everything), ("outside", 80): [("anywhere", "unknown")]}       # whose address its endpoint is
    assert access(mine)["web", 80] == [(f"ns/{neighbour}", "allowed"), ("ns:its=team", "allowed")]
    assert access(mine)["db", 5432] == [("same-namespace", "allowed")]
    assert ("list", "namespaces", "") in gaps(mine) and gaps(everything) == set()


@pytest.mark.parametrize(("argv", "said", "missing"), [
    (["explain", "svc/db:5432", "--from", "ns/{neighbour}:pod/client"], ("unknown", "unknown", "unknown"),
     "get pods in namespace {neighbour}"),
    (["explain", "svc/db:5432", "--from", "ns/{neighbour}"], ("denied", "denied", "unknown"), ""),
    (["explain", "svc/db:5432", "--from", "pod/web"], ("allowed", "allowed", "allowed"), ""),
    (["explain", "svc/web:80", "--from", "ns/{neighbour}"], ("unknown", "allowed", "unknown"), "list pods in namespace {neighbour}"),
    (["explain", "svc/web:80", "--from", "ns:its=team"], ("unknown", "allowed", "unknown"), "list namespaces"),
    (["explain", "svc/web:80", "--from", "192.0.2.7"], ("denied", "denied", None), ""),
    (["explain", "pod/web", "--to", "ns/{neighbour}:svc/client:80"], ("unknown", "unknown", None), "get services in namespace {neighbour}"),
    (["explain", "svc/outside:80", "--from", "pod/web"], ("unknown", "unknown", None), "list endpointslices in namespace {home}")])
def test_what_depends_on_others_is_unknown_with_the_missing_right(
        argv: list[str], said: tuple[Any, ...], missing: str, bed: Bed, shop: tuple[str, str], insider: str) -> None:
    names = dict(zip(("home", "neighbour"), shop))
    answer = ask(bed, insider, shop[0], *(word.format(**names) for word in argv))
    assert (answer["verdict"], answer["ingress"], answer["egress"]) == said
    if missing:
        assert missing.format(**names) in answer["fix"]["patch"]
        assert answer["gaps"] and all("forbidden" in gap["reason"] for gap in answer["gaps"])


def test_a_suggestion_is_printed_and_says_what_it_could_not_prove(bed: Bed, shop: tuple[str, str], insider: str) -> None:
    home, neighbour = shop
    ran = run(bed, insider, home, "suggest", "svc/db", "--allow", "5432", "--from", f"ns/{neighbour}")
    assert yaml.safe_load(ran.stdout)["spec"]["ingress"][0]["from"][0]["namespaceSelector"]
    missing = f"unproved, as the right to list pods in namespace {neighbour} is missing: allow 5432 on svc/db from ns/{neighbour}"
    assert missing in plain(ran.stdout.replace("\n#", "")) and missing in plain(ran.stderr)
    assert ran.status == 3
    report = ask(bed, insider, home, "suggest", "svc/db", "--allow", "5432", "--from", f"ns/{neighbour}")
    assert [each["proved"] for each in report["intents"]] == ["unknown"] and gaps(report)


@pytest.mark.parametrize("argv", [["explain", "svc/client"], ["explain", "ns/{neighbour}"], ["suggest", "svc/client"], ["explain"]])
def test_of_a_forbidden_namespace_nothing_is_told(argv: list[str], bed: Bed, shop: tuple[str, str], insider: str) -> None:
    ran = run(bed, insider, shop[0], *(word.format(neighbour=shop[1]) for word in argv), "-n", shop[1])
    assert (ran.status, ran.stdout) == (2, "")
    assert "forbidden" in ran.stderr and shop[1] in ran.stderr and "not found" not in ran.stderr


# ---- all namespaces


def test_all_namespaces_are_those_that_may_be_seen(bed: Bed, shop: tuple[str, str], insider: str) -> None:
    """Who may not list namespaces gets that of the context."""
    report = ask(bed, insider, shop[0], "explain", "-A")
    assert report["scope"]["namespaces"] == [shop[0]]
    assert {service["namespace"] for service in report["services"]} == {shop[0]}
    assert {("list", "namespaces", ""), ("list", "services", ""), ("list", "pods", "")} <= gaps(report)
    text = run(bed, insider, shop[0], "explain", "-A").stdout
    assert f"the namespaces that may be read: {shop[0]}" in text and "not read, the right is missing: list " in text


def test_who_may_list_namespaces_is_told_which_of_them_he_could_see(bed: Bed, shop: tuple[str, str]) -> None:
    user = bed.new_user()
    bed.grant(user, None, [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]}])
    for home in shop:
        bed.grant(user, home, RULES)
    report = ask(bed, user, "default", "explain", "-A")
    assert report["scope"]["namespaces"] == sorted(shop)
    assert {service["namespace"] for service in report["services"]} == {*shop}
    assert ("list", "services", "kube-system") in gaps(report) and not {gap for gap in gaps(report) if gap[2] in shop}


def test_nobody_sees_nothing(bed: Bed, shop: tuple[str, str]) -> None:
    ran = run(bed, bed.new_user(), shop[0], "explain", "-A")
    assert (ran.status, ran.stdout) == (2, "") and "forbidden" in ran.stderr


# ---- the ClusterRole of the README


def test_the_readme_shows_the_clusterrole() -> None:
    assert f"```yaml\n{ROLE.read_text(encoding='utf-8')}```" in (ROOT / "README.md").read_text(encoding="utf-8")


COMMANDS = (
    ["explain", "-A"], ["explain", "--by", "workload"], ["suggest"], ["explain", "svc/web:80", "--from", "cluster"],
    *(["explain", "svc/outside:80", "--from", source] for source in ("anywhere", "10.9.9.9", "pod/web")),
    *(["explain", "svc/web:80", "--from", f"{kind}/none"] for kind in ("deploy", "sts", "ds", "rs", "rc", "job", "cronjob", "ingress")),
    ["diff", "-f", str(ROOT / "examples" / "gitlab" / "proposed.yaml"), "--delete", "netpol/from-here"])


def missing(bed: Bed, user: str, home: str) -> Iterator[tuple[str, str]]:
    """The rights for which the commands have gaps. The API server of the tests has no Gateway API and is no OpenShift, and refuses
    who may not ask for these, all the same."""
    for argv in COMMANDS:
        ran = run(bed, user, home, *argv, "-o", "json")
        if ran.stdout:
            hold(ran.stdout)
            yield from ((gap["verb"], gap["resource"]) for gap in json.loads(ran.stdout)["gaps"])
        elif "not found" not in ran.stderr:                     # of a workload that is not there
            words = ran.stderr.split()
            yield words[words.index("resource") - 1], words[words.index("resource") + 1].strip('"')


def test_the_clusterrole_answers_everything(bed: Bed, shop: tuple[str, str]) -> None:
    user = bed.new_user()
    bed.grant(user, None, RULES)
    assert set(missing(bed, user, shop[0])) == set()


OF_TIERS = ("adminnetworkpolicies", "baselineadminnetworkpolicies", "clusternetworkpolicies", "nodes")      # test_tiers.py asks for these
OF_ENGINES = next(rule for rule in RULES if "cilium.io" in rule["apiGroups"])                               # test_engines.py for these
OF_CALLERS = ("customresourcedefinitions", "servicemonitors", "podmonitors")                                # and test_callers.py for these
OF_ENTRIES = [rule for rule in RULES if {*rule["apiGroups"]} & {"gateway.networking.k8s.io", "route.openshift.io"}
              or rule["resources"] == ["ingressclasses"]]                                                   # and test_entries.py for these
PARTS = [(place, resource, verb) for place, rule in enumerate(RULES) for resource in rule["resources"] for verb in rule["verbs"]
         if rule not in (OF_ENGINES, *OF_ENTRIES) and resource not in (*OF_TIERS, *OF_CALLERS)]


def test_each_right_of_it_is_needed(bed: Bed, shop: tuple[str, str]) -> None:
    for place, resource, verb in PARTS:
        rules = copy.deepcopy(RULES)
        rest = [each for each in rules[place]["verbs"] if each != verb]
        rules[place]["resources"].remove(resource)
        rules.append({"apiGroups": rules[place]["apiGroups"], "resources": [resource], "verbs": rest})
        user = bed.new_user()
        bed.grant(user, None, [rule for rule in rules if rule["verbs"] and rule["resources"]])
        assert any(each == (verb, resource) for each in missing(bed, user, shop[0])), (verb, resource)
