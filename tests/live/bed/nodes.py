"""Which nodes does the cluster have? Objects only: nothing runs on them."""
from typing import Any

ADDRESSES = {"node-1": "172.18.0.11", "node-2": "172.18.0.12"}


def documents() -> list[dict[str, Any]]:
    return [{
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]}}
        for name, address in ADDRESSES.items()]
