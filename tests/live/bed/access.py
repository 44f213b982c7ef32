"""How is a user allowed something? By a role and its binding, and a wait until the API server knows them."""
import itertools
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from tests.live.bed.server import Server, path_of

_GROUP = "rbac.authorization.k8s.io"
Rules = Sequence[dict[str, Any]]                                # of a Role: apiGroups, resources, resourceNames, verbs


def grant(server: Server, user: str, namespace: str | None, rules: Rules) -> None:
    """In a namespace, or (None) everywhere."""
    prefix, name = "" if namespace else "Cluster", f"{user}-{secrets.token_hex(4)}"
    role = {"apiVersion": f"{_GROUP}/v1", "kind": f"{prefix}Role", "metadata": {"name": name}, "rules": list(rules)}
    server.made(role, namespace)
    server.made({
        "apiVersion": f"{_GROUP}/v1", "kind": f"{prefix}RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": _GROUP, "kind": f"{prefix}Role", "name": name},
        "subjects": [{"apiGroup": _GROUP, "kind": "User", "name": user}]}, namespace)


def is_allowed(server: Server, user: str, namespace: str | None, rules: Rules) -> bool:
    """All of it."""
    return all(_may(server, user, {"namespace": namespace or "", **each}) for each in _attributes(rules))


def _attributes(rules: Rules) -> Iterator[dict[str, str]]:
    for rule in rules:
        named = rule.get("resourceNames") or [""]
        for group, resource, name, verb in itertools.product(rule["apiGroups"], rule["resources"], named, rule["verbs"]):
            kind, _, subresource = resource.partition("/")
            yield {"group": group, "resource": kind, "subresource": subresource, "name": name, "verb": verb}


def _may(server: Server, user: str, attributes: dict[str, str]) -> bool:
    kind, spec = "SubjectAccessReview", {"user": user, "resourceAttributes": attributes}
    review = server.must("POST", path_of(kind), {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec})
    return bool(review["status"]["allowed"])
