"""Which pods are there, whose are they, and what would templates make?"""
from typing import Any

import pytest

from kubectl_netpol.core.addresses import parse_address
from kubectl_netpol.core.workloads import pods_of
from kubectl_netpol.snapshot import Key
from tests.e2e_cases import Document, manifest, numbered, pod, template
from tests.snapshots import snapshot


def with_status(document: Document, **status: Any) -> Document:
    return {**document, "status": status}


@pytest.mark.parametrize(("status", "lives"), [
    pytest.param({"phase": "Running"}, True, id="1.7 Running"),
    pytest.param({"phase": "Pending"}, True, id="1.7 Pending: a subject once it starts"),
    pytest.param({"phase": "Unknown"}, True, id="1.7 Unknown"),
    pytest.param({"phase": "Succeeded", "podIP": "10.0.0.1"}, False, id="1.7 Succeeded"),
    pytest.param({"phase": "Failed", "podIP": "10.0.0.1"}, False, id="1.7 Failed"),
    pytest.param({}, True, id="1.7 no phase: a manifest")])
def test_pods_that_are_finished_are_none(status: dict[str, Any], lives: bool) -> None:
    assert len(pods_of(snapshot(with_status(pod("x/a"), **status)))) == lives


def test_a_terminating_pod_is_still_there() -> None:
    terminating = pod("x/a")
    terminating["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert len(pods_of(snapshot(terminating))) == 1


@pytest.mark.parametrize(("status", "addresses"), [
    pytest.param({"podIP": "10.0.0.1"}, ["10.0.0.1"], id="1.7 podIP"),
    pytest.param({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}, ["10.0.0.1", "fd00::1"], id="1.4 dual stack"),
    pytest.param({"podIPs": [{"ip": "fd00::1"}, {"ip": "10.0.0.1"}]}, ["10.0.0.1", "fd00::1"], id="1.4 in whatever order"),
    pytest.param({"podIP": ""}, [], id="1.7 no address yet"),
    pytest.param({"podIP": None, "podIPs": None}, [], id="0 null is absent")])
def test_a_pod_has_its_addresses(status: dict[str, Any], addresses: list[str]) -> None:
    (found,) = pods_of(snapshot(with_status(pod("x/a"), **status)))
    assert found.addresses == tuple(map(parse_address, addresses))


@pytest.mark.parametrize(("status", "ready"), [
    pytest.param(None, 1, id="3 a Pod of manifests counts as ready"),
    pytest.param({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}, 1, id="2.1 ready"),
    pytest.param({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}, 0, id="2.1 not ready"),
    pytest.param({"phase": "Running", "conditions": [{"type": "Other", "status": "True"}]}, 0, id="2.1 nothing said of Ready"),
    pytest.param({"phase": "Pending"}, 0, id="2.1 pending")])
def test_a_pod_is_ready_when_its_condition_says_so(status: dict[str, Any] | None, ready: int) -> None:
    document = pod("x/a")
    (found,) = pods_of(snapshot({key: each for key, each in document.items() if key != "status"} if status is None
                                else with_status(document, **status)))
    assert found.ready == ready


def test_containers_and_sidecars_declare_ports() -> None:
    (found,) = pods_of(snapshot(pod(
        "x/a", ports=[*numbered(("web", 8080), ("web", 9090), ("dns", 53, "UDP")), {"containerPort": 7}], hostNetwork=True,
        initContainers=[{"name": "stays", "restartPolicy": "Always", "ports": numbered(("mesh", 4143))},
                        {"name": "goes", "ports": numbered(("setup", 99))}])))
    assert found.ports.named == {("TCP", "web"): (8080, 9090), ("UDP", "dns"): (53,)}
    assert found.ports.of_sidecars == {("TCP", "mesh"): (4143,)}
    assert found.ports.numbers == {("TCP", 8080), ("TCP", 9090), ("UDP", 53), ("TCP", 7), ("TCP", 4143)}
    assert found.host_network


# ---- owners


def owned(document: Document, kind: str, name: str, *, controller: bool = True) -> Document:
    reference = {"apiVersion": "v1", "kind": kind, "name": name, "uid": "1", "controller": controller}
    return {**document, "metadata": {**document["metadata"], "ownerReferences": [reference]}}


@pytest.mark.parametrize(("documents", "expected"), [
    pytest.param([pod("x/a")], ("Pod", "a"), id="a bare pod is its own"),
    pytest.param([owned(pod("x/a"), "StatefulSet", "db")], ("StatefulSet", "db"), id="the owner that is named"),
    pytest.param([owned(pod("x/a"), "Node", "n", controller=False)], ("Pod", "a"), id="only controllers own"),
    pytest.param([owned(pod("x/a", "pod-template-hash=5d4f"), "ReplicaSet", "web-5d4f")], ("Deployment", "web"),
                 id="a ReplicaSet x-<pod-template-hash> stands for Deployment x"),
    pytest.param([owned(pod("x/a", "pod-template-hash=77"), "ReplicaSet", "web-5d4f")], ("ReplicaSet", "web-5d4f"),
                 id="another name is the ReplicaSet's own"),
    pytest.param([owned(pod("x/a"), "Job", "backup-28123")], ("CronJob", "backup"), id="a Job x-<number> stands for CronJob x"),
    pytest.param([owned(pod("x/a"), "Job", "backup-now")], ("Job", "backup-now"), id="another Job is its own"),
    pytest.param([owned(pod("x/a"), "ReplicaSet", "web-5d4f"),
                  owned(template("ReplicaSet", "x/web-5d4f", "app=web"), "Deployment", "shop")],
                 ("Deployment", "shop"), id="an owner that can be read tells the next"),
    pytest.param([owned(pod("x/a"), "Job", "backup-1"), template("Job", "x/backup-1", "app=web")], ("Job", "backup-1"),
                 id="and that there is none")])
def test_the_workload_of_a_pod_is_its_top_owner(documents: list[Document], expected: tuple[str, str]) -> None:
    found = next(each for each in pods_of(snapshot(*documents)) if each.key.kind == "Pod")
    assert found.workload == Key(expected[0], "x", expected[1])


def test_owners_in_a_circle_end() -> None:
    first, second = (owned(template("ReplicaSet", f"x/{name}", "app=web"), "ReplicaSet", other) for name, other in ("ab", "ba"))
    found = pods_of(snapshot(owned(pod("x/p"), "ReplicaSet", "ab"), first, second))
    assert next(each.key.kind for each in found) == "Pod"


# ---- templates


@pytest.mark.parametrize(("document", "replicas"), [
    pytest.param(template("Deployment", "x/web", "app=web"), 1, id="replicas absent: one"),
    pytest.param(template("Deployment", "x/web", "app=web", replicas=3), 3, id="replicas"),
    pytest.param(template("StatefulSet", "x/web", "app=web", replicas=0), 0, id="no replicas: an end of policies, but no endpoint"),
    pytest.param(template("DaemonSet", "x/web", "app=web"), 1, id="a DaemonSet"),
    pytest.param(template("ReplicaSet", "x/web", "app=web", replicas=2), 2, id="a ReplicaSet of nobody"),
    pytest.param(template("Job", "x/web", "app=web"), 1, id="a Job"),
    pytest.param(template("CronJob", "x/web", "app=web"), 0, id="a CronJob has none between its runs")])
def test_a_workload_without_pods_is_its_template(document: Document, replicas: int) -> None:
    (found,) = pods_of(snapshot(document))
    assert (found.key, found.workload, found.labels, found.addresses) == (
        Key(document["kind"], "x", "web"), found.key, {"app": "web"}, ())
    assert (found.replicas, found.ready, found.is_template) == (replicas, replicas, True)


@pytest.mark.parametrize("documents", [
    pytest.param([template("Deployment", "x/web", "app=web"), owned(pod("x/a", "pod-template-hash=5d4f"), "ReplicaSet", "web-5d4f")],
                 id="it has pods"),
    pytest.param([owned(pod("x/a"), "Job", "backup-1"), template("CronJob", "x/backup", "app=web")], id="a CronJob that runs"),
    pytest.param([pod("x/a"), owned(template("ReplicaSet", "x/web-1", "app=web", replicas=0), "Deployment", "web")],
                 id="an old ReplicaSet"),
    pytest.param([pod("x/a"), {**template("Job", "x/done", "app=web"), "status": {"completionTime": "2026-01-01T00:00:00Z"}}],
                 id="a Job that is done")])
def test_no_template_stands_beside_pods_or_for_what_is_past(documents: list[Document]) -> None:
    assert [each.key.kind for each in pods_of(snapshot(*documents))] == ["Pod"]


def test_a_deployment_and_its_replica_set_are_one_template() -> None:
    documents = [template("Deployment", "x/web", "app=web"), owned(template("ReplicaSet", "x/web-1", "app=web"), "Deployment", "web")]
    assert [each.key.kind for each in pods_of(snapshot(*documents))] == ["Deployment"]


def test_a_finished_pod_does_not_stand_for_its_workload() -> None:
    done = owned(with_status(pod("x/a"), phase="Succeeded"), "Job", "backup-1")
    assert [each.key.kind for each in pods_of(snapshot(done, template("CronJob", "x/backup", "app=web")))] == ["CronJob"]


def test_an_empty_workload_is_a_pod_without_labels() -> None:
    assert [each.labels for each in pods_of(snapshot(manifest("apps/v1", "Deployment", "x", "web")))] == [{}]
