"""What is the state as if manifests were applied, or policies deleted?"""
from kubectl_netpol.core.overlay import overlaid, without
from kubectl_netpol.core.workloads import pods_of
from kubectl_netpol.snapshot import Snapshot
from tests.e2e_cases import Document, netpol, pod, service, template
from tests.snapshots import snapshot


def owned(document: Document, kind: str, name: str) -> Document:
    reference = {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "1", "controller": True}
    return {**document, "metadata": {**document["metadata"], "ownerReferences": [reference]}}


def names(found: Snapshot) -> list[str]:
    return [f"{each.key.kind}/{each.key.name}" for each in pods_of(found)]


def test_an_object_of_the_change_replaces_the_one_of_its_name() -> None:
    base = snapshot(pod("x/a", "app=web"), pod("x/b"), service("x/web", "app=web", {"port": 80}))
    found = overlaid(base, snapshot(pod("x/a", "app=db"), service("x/web", "app=web", {"port": 81}), service("y/web", "a=b", {"port": 1})))
    assert found.pods["x", "a"].metadata.labels == {"app": "db"}
    assert {name: each.spec.ports[0].port for name, each in found.services.items()} == {("x", "web"): 81, ("y", "web"): 1}
    assert names(found) == ["Pod/a", "Pod/b"]


def test_a_workload_that_changes_stands_for_its_pods() -> None:
    replica_set = owned(template("ReplicaSet", "x/web-1", "app=web"), "Deployment", "web")
    base = snapshot(owned(pod("x/web-1-a", "pod-template-hash=1"), "ReplicaSet", "web-1"), replica_set, pod("x/b"))
    assert names(overlaid(base, snapshot(template("Deployment", "x/web", "app=web")))) == ["Deployment/web", "Pod/b"]
    assert names(overlaid(base, snapshot(template("Deployment", "y/web", "app=web")))) == ["Deployment/web", "Pod/b", "Pod/web-1-a"]
    assert overlaid(base, snapshot(template("Deployment", "x/web", "app=web"))).workloads.keys() == {("Deployment", "x", "web")}


def test_policies_that_are_deleted_are_gone() -> None:
    policies = [netpol("x", {}), netpol("x", {})]
    first, second = (each["metadata"]["name"] for each in policies)
    assert without(snapshot(*policies), [("x", first), ("y", second)]).policies.keys() == {("x", second)}
