"""Is what is merged here what the server makes of it? Random objects are applied over others, by both."""
import json
import os
import random
from typing import Any

import pytest

from kubectl_netpol.options import Connection
from kubectl_netpol.server.kubectl import ApplyFlags, Refusal, kubectl_diff
from kubectl_netpol.server.merge import applied
from tests.live.bed.bed import Bed

Document = dict[str, Any]
MADE_UP = ("managedFields", "generation", "resourceVersion", "uid", "creationTimestamp")


class Maker:
    """Objects of one name that have much in common, and differ."""

    def __init__(self, seed: int, namespace: str) -> None:
        self.random = random.Random(seed)
        self.namespace = namespace

    def maybe(self, likely: float, value: Any) -> Any:
        return value() if self.random.random() < likely else None

    def labels(self) -> dict[str, str]:
        return {self.random.choice("abc"): self.random.choice("xy") for _ in range(2)}

    def of(self, api_version: str, kind: str, spec: Document) -> Document:
        own = {"labels": self.maybe(0.4, self.labels), "annotations": self.maybe(0.4, self.labels)}
        metadata = {"name": "it", "namespace": self.namespace, **own}
        return settled({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})

    def service(self) -> Document:
        number = self.random.randint(1, 4)
        names, numbers = self.random.sample(["http", "ssh", "a", "b"], number), self.random.sample([80, 22, 443, 53, 8080], number)
        ports = [{"name": name, "port": port, "targetPort": self.maybe(0.4, lambda: self.random.choice([1, 2, "x"])),
                  "protocol": self.maybe(0.4, lambda: self.random.choice(["TCP", "UDP"]))} for name, port in zip(names, numbers)]
        return self.of("v1", "Service", {
            "ports": ports, "selector": self.maybe(0.5, self.labels), "externalIPs": self.maybe(0.2, lambda: ["1.2.3.4"]),
            "type": self.maybe(0.3, lambda: self.random.choice(["ClusterIP", "NodePort", "LoadBalancer"]))})

    def policy(self) -> Document:
        return self.of("networking.k8s.io/v1", "NetworkPolicy", {
            "podSelector": self.selector(), "ingress": self.maybe(0.6, lambda: self.rules("from")),
            "egress": self.maybe(0.4, lambda: self.rules("to")),
            "policyTypes": self.maybe(0.4, lambda: self.random.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]]))})

    def selector(self) -> Document:
        return self.random.choice([{}, {"matchLabels": self.labels()}, {"matchExpressions": [{"key": "a", "operator": "Exists"}]}])

    def rules(self, ends: str) -> list[Document]:
        def peer() -> Document:
            return self.random.choice([
                {"podSelector": self.selector()}, {"namespaceSelector": self.selector()}, {"ipBlock": {"cidr": "10.0.0.0/8"}}])

        def port() -> Document:
            return self.random.choice([{"port": 80}, {"port": "http", "protocol": "UDP"}, {"protocol": "TCP"}, {"port": 1, "endPort": 5}])

        return [{ends: self.maybe(0.7, lambda: self.some(peer)), "ports": self.maybe(0.7, lambda: self.some(port))}
                for _ in range(self.random.randint(0, 2))]

    def some(self, one: Any) -> list[Any]:
        return [one() for _ in range(self.random.randint(0, 2))]

    def deployment(self) -> Document:
        def volume() -> Document:
            return {"name": "v", **self.random.choice([{"emptyDir": {}}, {"hostPath": {"path": "/", "type": ""}}])}

        pods = {"containers": [self.container(name) for name in self.random.sample(["m", "n", "o"], self.random.randint(1, 3))],
                "initContainers": self.maybe(0.3, lambda: [self.container("i")]), "volumes": self.maybe(0.4, lambda: [volume()])}
        return self.of("apps/v1", "Deployment", {
            "selector": {"matchLabels": {"app": "it"}}, "replicas": self.maybe(0.4, lambda: 0),
            "strategy": self.maybe(0.4, lambda: {"type": self.random.choice(["Recreate", "RollingUpdate"])}),
            "template": {"metadata": {"labels": {"app": "it", **self.labels()}}, "spec": pods}})

    def container(self, name: str) -> Document:
        ports = [{"containerPort": port, "protocol": self.maybe(0.3, lambda: "UDP")} for port in (80, 81, 82)]
        self.random.shuffle(ports)
        image = self.random.choice(["a", "a:1", "r:5000/a"])
        return {"name": name, "image": image, "ports": self.maybe(0.6, lambda: ports[self.random.randint(0, 2):])}


def settled(value: Any) -> Any:
    """Without what is not said; kubectl keeps null as a wish to remove."""
    match value:
        case dict():
            return {key: settled(each) for key, each in value.items() if each is not None}
        case list():
            return [settled(each) for each in value]
    return value


def known(document: Document, other: Document) -> Document:
    """Without what only the server can know: its own fields, and node ports that it has just given."""
    found: Document = json.loads(json.dumps(document))
    for field in MADE_UP:
        found["metadata"].pop(field, None)
    if not found["metadata"].get("annotations"):
        found["metadata"].pop("annotations", None)
    given = {port["port"] for port in other["spec"].get("ports", ()) if isinstance(port, dict) and "nodePort" in port}
    for port in found["spec"].get("ports", ()):
        if port["port"] not in given:
            port.pop("nodePort", None)
    return {key: value for key, value in found.items() if key != "status"}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["service", "policy", "deployment"])
def test_a_merge_here_is_that_of_the_server(bed: Bed, namespace: str, kind: str, seed: int) -> None:
    make = getattr(Maker(seed, namespace), kind)
    first, other, wanted = make(), make(), make()
    begun = bed.run_kubectl("create" if seed % 3 == 0 else "apply", "-f", "-", input=json.dumps(first), check=False)
    if begun.returncode:
        pytest.fail(begun.stderr)
    if seed % 3 == 1:                                           # somebody else changes it meanwhile
        change = {"metadata": {"labels": {"z": "z"}}, "spec": other["spec"]}
        bed.run_kubectl("patch", first["kind"], "it", "-n", namespace, "--type=merge", "-p", json.dumps(change), check=False)
    connection, environ = Connection(kubeconfig=bed.kubeconfig()), {**os.environ, "KUBECTL_PATH": bed.kubectl}
    try:
        found = kubectl_diff(["-"], json.dumps(wanted).encode(), connection, None, ApplyFlags(), environ)
    except Refusal as refusal:                                  # two ports of one name: nobody knows that one was to go
        assert "Duplicate value" in refusal.message, refusal.message
        live = json.loads(bed.run_kubectl("get", first["kind"], "it", "-n", namespace, "-o", "json").stdout)
        names = [port["name"] for port in applied(wanted, live)["spec"]["ports"]]
        assert len(names) > len(set(names))
        return
    (live,), (theirs,) = found.live.values(), found.merged.values()     # of one moment: controllers write meanwhile
    ours = applied(wanted, live)
    assert known(ours, theirs) == known(theirs, ours)
