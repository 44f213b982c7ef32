"""Does explain say of one object, or of several, what it is about?"""
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.program import ask, run
from tests.schemas import hold

BEFORE = str(Path(__file__).resolve().parent.parent.parent / "examples" / "gitlab" / "before")
SHOP = """
    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {team: web}}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      replicas: 2
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: batch, namespace: shop}
    spec: {template: {metadata: {labels: {app: batch}}, spec: {containers: [{name: batch}]}}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {type: NodePort, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: data}
    spec: {selector: {app: db}, ports: [{name: sql, port: 5432, targetPort: 15432}, {name: dns, port: 53, protocol: UDP}]}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: gone, namespace: data}
    spec: {selector: {app: nothing}, ports: [{port: 80}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: db-0, namespace: data, labels: {app: db}}
    spec: {containers: [{name: db}]}
    status: {phase: Running, podIP: 10.1.0.5, podIPs: [{ip: 10.1.0.5}]}
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: web
      namespace: shop
      annotations: {kubectl-netpol/intent: "allow 80 on svc/web from app=batch\\nallow dns on ns/data:svc/db from deploy/web"}
    spec:
      podSelector: {matchLabels: {app: web}}
      policyTypes: [Ingress, Egress]
      ingress:
      - from: [{podSelector: {matchLabels: {app: batch}}}, {podSelector: {matchLabels: {app: nobody}}}]
        ports: [{port: http}, {port: metrics}]
      - ports: [{port: 80}]
      egress:
      - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}, podSelector: {matchLabels: {app: db}}}]
        ports: [{port: 5432}]
      - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}]
        ports: [{port: 53, protocol: UDP}]
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: db, namespace: data}
    spec:
      podSelector: {matchLabels: {app: db}}
      ingress: [{from: [{namespaceSelector: {matchLabels: {team: web}}, podSelector: {matchLabels: {app: batch}}}]}]
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: lost, namespace: data}
    spec: {podSelector: {matchLabels: {app: lost}}, policyTypes: [Egress], egress: [{}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text(dedent(SHOP), encoding="utf-8")
    return str(path)


def text(*argv: str, status: int = 0) -> str:
    ran = run(["explain", *argv])
    assert ran.status == status, ran.stderr
    return ran.stdout


def asked(*argv: str) -> dict[str, Any]:
    """The answer, which must hold its schema."""
    ran = run(["explain", *argv, "-o", "json"])
    hold(ran.stdout)
    return ask(["explain", *argv])


def whys(report: dict[str, Any]) -> list[str]:
    return [step["why"] for step in report["steps"]]


def rule(report: dict[str, Any], direction: str, number: int | None) -> dict[str, Any]:
    return next(each for each in report["rules"] if (each["policy"]["direction"], each["policy"]["rule"]) == (direction, number))


# ---- a Service


def test_a_service_names_the_cause_of_the_refused_port() -> None:
    report = asked("svc/gitlab", "--offline", BEFORE)
    assert report["kind"] == "ServiceReport"
    meaning = rule(report, "ingress", 1)
    assert meaning["ports"] == ["80", "10022"] and meaning["peers"] == ["anywhere"]
    assert meaning["services"] == ["svc/gitlab:80 (http)"]
    assert "port 10022 is the port of svc/gitlab; the pod port is 22" in meaning["effect"]


def test_a_service_shows_the_way_of_each_port() -> None:
    found = whys(asked("svc/gitlab", "--offline", BEFORE))
    assert "svc/gitlab (LoadBalancer 192.168.1.10) sends 10022/TCP to pod port 22 of 2 pods of sts/gitlab" in found
    assert "admits anywhere on 80" in found
    assert "ingress of sts/gitlab is isolated by netpol/allow-from-all, and no rule admits anybody on 22" in found


def test_a_port_of_a_service_is_about_that_port_alone() -> None:
    report = asked("svc/gitlab:ssh", "--offline", BEFORE)
    assert [port["port"] for port in report["service"]["ports"]] == [10022]
    assert not any("80/TCP" in why for why in whys(report))


def test_ports_of_several_services_are_about_these_ports(shop: str) -> None:
    report = asked("ns/data:svc/db:dns", "svc/web", "--offline", shop)
    assert [[port["port"] for port in each["ports"]] for each in report["services"]] == [[53], [80]]


def test_a_service_without_pods_says_so(shop: str) -> None:
    report = asked("svc/gone", "--offline", shop)
    assert report["steps"][0]["result"] == "no-endpoints"
    assert report["rules"] == []


def test_pods_that_exist_are_named_and_templates_counted(shop: str) -> None:
    assert "pod db-0" in whys(asked("svc/db", "--offline", shop))[0]
    assert whys(asked("svc/web", "--offline", shop))[0] == "svc/web (NodePort 30080) sends 80/TCP to pod port 8080 of 2 pods of deploy/web"


# ---- a policy


def test_a_policy_says_whom_it_isolates_and_what_was_asked_for(shop: str) -> None:
    report = asked("netpol/web", "--offline", shop)
    assert report["selects"] == [{"kind": "Deployment", "namespace": "shop", "name": "web"}]
    assert report["isolates"] == ["ingress", "egress"]
    assert report["intents"] == ["allow 80 on svc/web from app=batch", "allow dns on ns/data:svc/db from deploy/web"]


def test_a_rule_is_said_in_service_ports_of_its_peers(shop: str) -> None:
    report = asked("netpol/web", "--offline", shop)
    assert rule(report, "ingress", 1)["services"] == ["svc/web:80 (http)"]
    assert rule(report, "egress", 2)["services"] == ["ns/data:svc/db:53/UDP (dns)"]


def test_a_rule_that_does_nothing_says_why(shop: str) -> None:
    report = asked("netpol/web", "--offline", shop)
    assert rule(report, "ingress", 2)["effect"] == "port 80 is the port of svc/web; the pod port is 8080"
    assert rule(report, "egress", 1)["effect"] == "port 5432 is the port of ns/data:svc/db; the pod port is 15432"
    assert "no container of the pods declares port metrics" in rule(report, "ingress", 1)["effect"]
    assert "app=nobody matches no pod now" in rule(report, "ingress", 1)["effect"]
    assert "selects no pod now" in rule(asked("netpol/lost", "--offline", shop), "egress", 1)["effect"]


def test_a_policy_in_text() -> None:
    assert text("netpol/allow-redis-within-same-namespace", "--offline", BEFORE).startswith(dedent("""
        netpol/allow-redis-within-same-namespace isolates sts/redis for ingress

        netpol/allow-redis-within-same-namespace
          isolates for ingress
          ingress rule 1: port 6379 from same-namespace
            in Services: svc/redis:6379
            now same-namespace is sts/gitlab, sts/postgresql and sts/redis
        """).removeprefix("\n"))


# ---- a workload, a namespace


def test_a_workload_says_who_enters_and_where_it_goes(shop: str) -> None:
    report = asked("deploy/web", "--offline", shop)
    assert (report["pods"], report["services"]) == (2, ["svc/web"])
    assert {each["source"]: each["verdict"] for each in report["ingress"]} == {
        "app=batch": "allowed", "app=nobody": "allowed", "anywhere": "partial"}
    assert [each["source"] for each in report["egress"]] == ["ns/data:app=db:5432", "ns/data:53/UDP"]
    free = asked("deploy/batch", "--offline", shop)
    assert free["ingress"] == free["egress"] == [{"source": "anywhere", "verdict": "allowed", "policies": []}]


def test_a_workload_at_one_of_its_ports(shop: str) -> None:
    assert [each["source"] for each in asked("deploy/web:8080", "--offline", shop)["ingress"]] == ["app=batch", "app=nobody"]


def test_a_namespace_says_what_is_isolated_and_what_leaves(shop: str) -> None:
    report = asked("ns/shop", "--offline", shop)
    assert [(each["workload"]["name"], each["direction"]) for each in report["isolated"]] == [("web", "ingress"), ("web", "egress")]
    assert [each["name"] for each in report["unprotected"]] == ["batch"]
    assert [each["name"] for each in report["services"]] == ["web"]
    assert {each["source"]: each["verdict"] for each in report["leaves"]} == {
        "anywhere": "partial", "ns/data:app=db:5432": "allowed", "ns/data:53/UDP": "allowed"}


# ---- several


def test_a_bare_type_is_all_of_them() -> None:
    report = asked("netpol", "--offline", BEFORE)
    assert report["kind"] == "ReportList"
    assert [each["policy"]["name"] for each in report["reports"]] == [
        "allow-from-all", "allow-pgsql-within-same-namespace", "allow-redis-within-same-namespace"]
    assert asked("ns", "--offline", BEFORE)["reports"][0]["kind"] == "NamespaceReport"


def test_objects_of_several_kinds_stand_one_after_another() -> None:
    report = asked("svc/redis", "netpol/allow-from-all", "sts/gitlab", "--offline", BEFORE)
    assert [each["kind"] for each in report["reports"]] == ["ServiceReport", "PolicyReport", "WorkloadReport"]
    assert text("svc/redis", "netpol/allow-from-all", "--offline", BEFORE, "-o", "name") == dedent("""
        service/redis
        networkpolicy.networking.k8s.io/allow-from-all
        """).removeprefix("\n")


def test_reports_of_several_namespaces_say_which(shop: str) -> None:
    lines = text("netpol", "--offline", shop).splitlines()
    assert [each for each in lines if each in ("ns/data", "ns/shop")] == ["ns/data", "ns/shop"]


def test_a_type_without_objects_is_told() -> None:
    assert text("deploy", "--offline", BEFORE) == "note: there is no Deployment\n"
    assert asked("deploy", "--offline", BEFORE)["reports"] == []


# ---- steps of a question


def test_the_rule_that_admits_a_workload_is_named() -> None:
    """Also where it names the workload by something else."""
    report = asked("svc/redis", "--from", "sts/gitlab", "--offline", BEFORE)
    assert report["steps"][-1]["rule"]["name"] == "allow-redis-within-same-namespace"
    assert report["steps"][-1]["why"] == "admits same-namespace on 6379"
    assert [step["result"] for step in report["steps"]] == ["note", "allowed", "allowed"]


def test_what_admits_a_part_of_the_source_is_told_apart(shop: str) -> None:
    report = ask(["explain", "svc/db:dns", "--from", "ns/shop", "--offline", shop])
    assert report["verdict"] == "partial"
    assert "whose rules admit only a part of the source on 53/UDP" in whys(report)[-2]
    assert whys(report)[-1].startswith("admits ns:team=web:app=batch on 53/UDP")


def test_the_namespace_of_the_target_is_not_repeated() -> None:
    report = asked("sts/gitlab", "--to", "svc/redis:6379", "--offline", BEFORE)
    assert report["source"] == "sts/gitlab"
    assert "no policy isolates sts/gitlab for egress" in whys(report)


def test_a_source_elsewhere_keeps_its_namespace(shop: str) -> None:
    assert asked("deploy/batch", "-n", "shop", "--to", "ns/data:svc/db:sql", "--offline", shop)["source"] == "ns/shop:deploy/batch"


def test_workloads_have_their_short_names() -> None:
    assert "statefulset/" not in text("svc/gitlab:ssh", "--from", "anywhere", "--offline", BEFORE, status=1)
