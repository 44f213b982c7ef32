"""A Service in one namespace, a client in another, and the policies that a test puts between them."""
import json
from collections.abc import Callable
from typing import Any, TypeVar

import yaml

from tests import program
from tests.live.bed.bed import Bed

Document = dict[str, Any]
NewNamespace = Callable[..., str]
WEB = """\
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: main, image: nothing}]}}
"""
CLIENT = "{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: main, image: nothing}]}}"


class Shop:
    """home is the namespace of the Service, other that of the client."""

    def __init__(self, bed: Bed, home: str, other: str) -> None:
        self.bed, self.home, self.other = bed, home, other
        self.made: list[list[str]] = []

    def apply(self, policy: Document) -> str:
        """Its name."""
        self.bed.run_kubectl("apply", "-f", "-", input=yaml.safe_dump(policy))
        metadata, group = policy["metadata"], policy["apiVersion"].partition("/")[0]
        where = ["-n", metadata["namespace"]] if "namespace" in metadata else []
        self.made.append(["delete", f"{policy['kind'].lower()}.{group}/{metadata['name']}", "--ignore-not-found", *where])
        return str(metadata["name"])

    def clear(self) -> None:
        for argv in self.made:
            self.bed.run_kubectl(*argv)
        self.made.clear()

    def ask(self, *argv: str, user: str = "admin") -> Document:
        ran = program.run([*argv, "-o", "json"], KUBECONFIG=self.bed.kubeconfig(user, self.home))
        assert ran.stdout, ran.stderr
        return json.loads(ran.stdout)  # type: ignore[no-any-return]

    def question(self, user: str = "admin") -> Document:
        return self.ask("explain", "svc/web:80", "--from", f"ns/{self.other}:pod/client", user=user)


AnyShop = TypeVar("AnyShop", bound=Shop)


def started(kind: type[AnyShop], bed: Bed, new_namespace: NewNamespace) -> AnyShop:
    """With its pods."""
    home, other = new_namespace(), new_namespace()
    for namespace, manifests in ((home, WEB), (other, CLIENT)):
        bed.apply(manifests, namespace)
        bed.start_pods(namespace, 1)
    return kind(bed, home, other)
