"""What does the API server answer to one request? Faster than a kubectl of its own for each of hundreds of objects."""
import http.client
import json
import ssl
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_KINDS = {                                                      # where objects of a kind are found: group and version, plural
    "Namespace": ("api/v1", "namespaces"), "Node": ("api/v1", "nodes"), "Pod": ("api/v1", "pods"), "Service": ("api/v1", "services"),
    "Endpoints": ("api/v1", "endpoints"),
    "Deployment": ("apis/apps/v1", "deployments"), "StatefulSet": ("apis/apps/v1", "statefulsets"),
    "DaemonSet": ("apis/apps/v1", "daemonsets"), "ReplicaSet": ("apis/apps/v1", "replicasets"),
    "Job": ("apis/batch/v1", "jobs"), "CronJob": ("apis/batch/v1", "cronjobs"),
    "EndpointSlice": ("apis/discovery.k8s.io/v1", "endpointslices"),
    "NetworkPolicy": ("apis/networking.k8s.io/v1", "networkpolicies"),
    "Role": ("apis/rbac.authorization.k8s.io/v1", "roles"), "RoleBinding": ("apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": ("apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    "SubjectAccessReview": ("apis/authorization.k8s.io/v1", "subjectaccessreviews")}


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


class Refused(AssertionError):
    """The API server has refused what a test took for granted."""


class Server:
    """One connection, as one user, that is kept open."""

    def __init__(self, url: str, ca_file: Path, token: str) -> None:
        self.token = token
        self.connection = http.client.HTTPSConnection(
            urlsplit(url).netloc, timeout=60, context=ssl.create_default_context(cafile=str(ca_file)))

    def ask(self, method: str, path: str, body: object = None, content_type: str = "application/json") -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type, "User-Agent": "bed"}
        sent = None if body is None else json.dumps(body)
        try:
            return self._asked(method, path, sent, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return self._asked(method, path, sent, headers)     # it was idle for too long; http.client connects again by itself

    def _asked(self, method: str, path: str, sent: str | None, headers: dict[str, str]) -> Answer:
        try:
            self.connection.request(method, path, sent, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        return Answer(answer.status, json.loads(text) if text[:1] == b"{" else {"message": text.decode(errors="replace")})

    def must(self, method: str, path: str, body: object = None, content_type: str = "application/json") -> dict[str, Any]:
        answer = self.ask(method, path, body, content_type)
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {answer.message}")
        return answer.body

    def create(self, document: dict[str, Any], namespace: str | None = None, *, dry_run: bool = False) -> Answer:
        """As kubectl creates it: unknown and repeated fields are refused too."""
        options = "fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.ask("POST", f"{path_of(document['kind'], namespace)}?{options}", document)

    def made(self, document: dict[str, Any], namespace: str | None = None) -> dict[str, Any]:
        answer = self.create(document, namespace)
        if answer.status != 201:
            raise Refused(f"{document['kind']}: {answer.status} {answer.message}")
        return answer.body

    def items(self, kind: str, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        """Each with its kind and apiVersion, which lists leave out."""
        found = self.must("GET", path_of(kind, namespace) + (f"?labelSelector={selector}" if selector else ""))
        return [{"apiVersion": found["apiVersion"], "kind": kind, **each} for each in found["items"]]


def path_of(kind: str, namespace: str | None = None, name: str = "") -> str:
    version, plural = _KINDS[kind]
    return "/" + "/".join(filter(None, [version, f"namespaces/{namespace}" if namespace else "", plural, name]))
