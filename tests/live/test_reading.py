"""Is only that read which can decide the question? Counted on the server's audit log."""
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.live.bed.bed import Bed

EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]


def workload(name: str, kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {
        "containers": [{"name": "main", "image": "nothing", "ports": [{"containerPort": 8080}]}]}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}}


def service(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}


def policy(name: str, sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": {
        "podSelector": {"matchLabels": {"app": name}}, "ingress": [{"from": sources, "ports": [{"port": 8080}]}]}}


@pytest.fixture
def reader(bed: Bed) -> str:
    user = bed.new_user()
    bed.grant(user, None, EVERYTHING)
    return user


@pytest.fixture
def web(bed: Bed, new_namespace: Callable[..., str]) -> tuple[str, str]:
    """Namespaces of a Service with its policy, and of a client of it."""
    home, other = new_namespace(), new_namespace({"team": "shop"})
    for each in (workload("web"), service("web"), policy("web", [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}])):
        bed.apply(json.dumps(each), home)
    bed.apply(json.dumps(workload("client")), other)
    for namespace in (home, other):
        bed.start_pods(namespace, 1)
    return home, other


def requests(bed: Bed, mark: Any, user: str) -> list[str]:
    return [event["requestURI"] for event in bed.audit_since(mark, user=user)]


@pytest.mark.parametrize(("source", "verdict"), [
    ("anywhere", "partial"), ("same-namespace", "denied"), ("ns/{other}", "allowed"), ("ns/{other}:deploy/client", "allowed"),
    ("ns/{other}:app=client", "allowed"), ("outside", "denied")])
def test_a_question_lists_no_pods_but_those_of_its_ends(
        bed: Bed, web: tuple[str, str], reader: str, source: str, verdict: str) -> None:
    home, other = web
    mark = bed.audit_mark()
    ran = bed.netpol("explain", "svc/web:80", "--from", source.format(other=other), "-o", "json", user=reader, namespace=home)
    assert json.loads(ran.stdout)["verdict"] == verdict
    seen = requests(bed, mark, reader)
    pods = {urlsplit(each).path for each in seen if urlsplit(each).path.endswith("/pods")}
    assert f"/api/v1/namespaces/{home}/pods" in pods
    assert pods <= {f"/api/v1/namespaces/{namespace}/pods" for namespace in (home, other)}
    assert len(seen) < 16


def test_lists_come_in_pages(bed: Bed, namespace: str, reader: str) -> None:
    def make(number: int) -> None:
        own = type(bed.api)(bed.server, bed.authority.certificate, bed.api.token)
        for each in range(number, 520, 4):
            own.made({**service(f"s{each}"), "spec": {"clusterIP": "None", "ports": [{"port": 80}]}}, namespace)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    mark = bed.audit_mark()
    ran = bed.netpol("explain", "-o", "json", user=reader, namespace=namespace)
    assert len(json.loads(ran.stdout)["services"]) == 520
    lists = [parse_qs(urlsplit(each).query) for each in requests(bed, mark, reader) if urlsplit(each).path.endswith("/services")]
    assert len(lists) >= 2 and all(each["limit"] == ["500"] for each in lists)
    assert sum("continue" in each for each in lists) == 1


def test_workloads_without_pods_count(bed: Bed, namespace: str, reader: str) -> None:
    """A CronJob between its runs, and a Deployment that is scaled to nothing, are sources; a Service has no endpoints of these."""
    for each in (workload("web"), service("web"), policy("web", [{"podSelector": {"matchLabels": {"app": "night"}}}]),
                 workload("off", replicas=0), service("off")):
        bed.apply(json.dumps(each), namespace)
    job = {"template": {"metadata": {"labels": {"app": "night"}}, "spec": {
        "restartPolicy": "Never", "containers": [{"name": "main", "image": "nothing"}]}}}
    bed.apply(json.dumps({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "night"}, "spec": {
        "schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": job}}}), namespace)
    bed.start_pods(namespace, 1)

    def verdict(*words: str) -> str:
        return str(json.loads(bed.netpol("explain", *words, "-o", "json", user=reader, namespace=namespace).stdout)["verdict"])
    assert verdict("svc/web:80", "--from", "cronjob/night") == "allowed"
    assert verdict("svc/web:80", "--from", "deploy/off") == "denied"
    assert verdict("svc/web:80", "--from", "same-namespace") == "partial"
    assert verdict("svc/off:80", "--from", "anywhere") == "no-endpoints"
