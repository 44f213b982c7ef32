"""What are made clusters put together from? Objects of scale/generate.py, and kinds that it has not."""
import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent / "scale"))

import generate  # type: ignore[import-not-found]
import kubectl_output  # type: ignore[import-not-found]

Object = dict[str, Any]
Cluster = Any                       # generate.Cluster, which has no types
App = Any
PORTS = generate.container_ports("http:8080 metrics:9090")
NEW_KINDS = {"StatefulSet": "statefulsets", "Ingress": "ingresses", "IngressClass": "ingressclasses"}


def write(objects: Iterable[Object], folder: Path) -> None:
    kubectl_output.FILES.update(NEW_KINDS)
    kubectl_output.write(objects, folder, "json-list")


def cluster_of(pods: int, more: int, **amounts: int) -> Cluster:
    """A mixed cluster of so many pods, with nodes for more of them."""
    usual = {"namespaces": pods // 50 + 2, "services": pods // 8 + 1, "policies": pods // 4}
    made = generate.Cluster(argparse.Namespace(profile="mixed", seed=1, pods=pods, **{**usual, **amounts}))
    made.nodes = (pods + more) // 40 + 3
    return made


def app(name: str, namespace: str, replicas: int, ports: list[Object] = PORTS) -> App:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace, "tier": "backend"}
    return generate.App(name, namespace, labels, ports, replicas)


def shares(total: int, parts: int) -> list[int]:
    found: list[int] = generate.shares(total, max(parts, 1))
    return found


def namespace(cluster: Cluster, name: str, **labels: str) -> Object:
    made: Object = cluster.make("Namespace", name=name, labels={"kubernetes.io/metadata.name": name, **labels})
    return made


def stateful(cluster: Cluster, of: App) -> list[Object]:
    """A StatefulSet and its pods, each with the labels that its controller gives to this one only."""
    image, revision = f"registry.example.com/{of.namespace}/{of.name}:1.4.2", f"{of.name}-{cluster.suffix(9)}"
    owner = cluster.make("Deployment", image=image, **of._asdict())
    kept = {name: owner["spec"][name] for name in ("replicas", "selector", "template", "revisionHistoryLimit")}
    owner.update(kind="StatefulSet", spec={**kept, "podManagementPolicy": "OrderedReady", "serviceName": of.name,
                                           "updateStrategy": {"type": "RollingUpdate"}})
    pods = [cluster.pod(of, image, revision) for _ in range(of.replicas)]
    for index, pod in enumerate(pods):
        metadata, name = pod["metadata"], f"{of.name}-{index}"
        labels = {name: value for name, value in metadata["labels"].items() if name != "pod-template-hash"}
        metadata.update(name=name, generateName=f"{of.name}-", labels={
            **labels, "apps.kubernetes.io/pod-index": str(index), "controller-revision-hash": revision,
            "statefulset.kubernetes.io/pod-name": name})
        metadata["ownerReferences"][0].update(kind="StatefulSet", name=of.name, uid=owner["metadata"]["uid"])
    return [owner, *pods]


def pods_of(objects: Iterable[Object]) -> list[Object]:
    return [item for item in objects if item["kind"] == "Pod"]


def served(cluster: Cluster, of: App, name: str, pods: list[Object], selector: dict[str, str] | None = None) -> Iterator[Object]:
    """A ClusterIP Service for the pods of the application, or of the selector, and its slices."""
    service = cluster.service(of, 1)
    while service["spec"]["type"] != "ClusterIP" or service["spec"]["clusterIP"] == "None":
        service = cluster.service(of, 1)
    service["metadata"]["name"], service["spec"]["selector"] = name, selector or of.labels
    yield service
    yield from cluster.endpoint_slices(service, pods)


def policy(cluster: Cluster, of_namespace: str, name: str, pod_selector: Object, peers: list[Object], ports: list[Object]) -> Object:
    """Admits the peers to the ports of the selected pods; no ports: to all."""
    rule = {"from": peers, **({"ports": ports} if ports else {})}
    made: Object = cluster.make("NetworkPolicy", name=name, namespace=of_namespace, spec={
        "podSelector": pod_selector, "policyTypes": ["Ingress"], "ingress": [rule]})
    return made


def labelled(**labels: str) -> Object:
    return {"matchLabels": labels}


def tcp(port: int | str) -> Object:
    return {"port": port, "protocol": "TCP"}
