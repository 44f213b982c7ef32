"""How do pods start where there is no kubelet? Their nodes and their status are written for them."""
import itertools
from collections.abc import Iterator
from typing import Any

from tests.live.bed.nodes import ADDRESSES
from tests.live.bed.server import Server, path_of

MERGE = "application/merge-patch+json"
_NODES = itertools.cycle(ADDRESSES)


def started(server: Server, namespace: str, addresses: Iterator[str]) -> list[str]:
    """The names of the pods of a namespace that are to stay; those that no node runs are started first."""
    pods = [pod for pod in server.items("Pod", namespace) if "deletionTimestamp" not in pod["metadata"]]
    for pod in pods:
        if pod["status"].get("phase", "Pending") == "Pending":
            _start(server, pod, next(addresses))
    return [pod["metadata"]["name"] for pod in pods]


def _start(server: Server, pod: dict[str, Any], address: str) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    node = pod["spec"].get("nodeName") or _bound(server, namespace, name)
    host = ADDRESSES.get(node, "172.18.0.99")
    address = host if pod["spec"].get("hostNetwork") else address
    patch_status(server, namespace, name, {
        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": host, "hostIPs": [{"ip": host}],
        "conditions": [{"type": type, "status": "True"} for type in ("Initialized", "PodScheduled", "ContainersReady", "Ready")],
        "containerStatuses": [{
            "name": each["name"], "image": each["image"], "imageID": "", "ready": True, "started": True, "restartCount": 0,
            "state": {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}} for each in pod["spec"]["containers"]]})


def _bound(server: Server, namespace: str, name: str) -> str:
    """As the scheduler would."""
    node = next(_NODES)
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": {"kind": "Node", "name": node}}
    server.must("POST", f"{path_of('Pod', namespace, name)}/binding", binding)
    return node


def patch_status(server: Server, namespace: str, name: str, status: dict[str, Any]) -> None:
    server.must("PATCH", f"{path_of('Pod', namespace, name)}/status", {"status": status}, MERGE)
