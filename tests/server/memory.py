"""What would an API server answer that holds these objects, and lets somebody read a part of them? In this process, without a network."""
import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.api.engines import ENGINES
from kubectl_netpol.cli import parse
from kubectl_netpol.commands import diff, explain, suggest
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.options import Explain, Suggest
from kubectl_netpol.server.answers import Refused
from tests.oracle import NAME_LABEL, selector_of, selects
from tests.schemas import hold
from tests.snapshots import kind_of

Document = dict[str, Any]

KINDS = {
    "namespaces": "Namespace", "pods": "Pod", "services": "Service", "endpointslices": "EndpointSlice", "networkpolicies": "NetworkPolicy",
    "deployments": "Deployment", "statefulsets": "StatefulSet", "daemonsets": "DaemonSet", "replicasets": "ReplicaSet",
    "replicationcontrollers": "ReplicationController", "jobs": "Job", "cronjobs": "CronJob", "ingresses": "Ingress", "nodes": "Node",
    "adminnetworkpolicies": "AdminNetworkPolicy", "baselineadminnetworkpolicies": "BaselineAdminNetworkPolicy",
    "clusternetworkpolicies": "ClusterNetworkPolicy", "ingressclasses": "IngressClass", "gateways": "Gateway",
    "gatewayclasses": "GatewayClass", "httproutes": "HTTPRoute", "grpcroutes": "GRPCRoute", "tlsroutes": "TLSRoute",
    "tcproutes": "TCPRoute", "udproutes": "UDPRoute", "referencegrants": "ReferenceGrant", "routes": "Route",
    "mutatingwebhookconfigurations": "MutatingWebhookConfiguration",
    "validatingwebhookconfigurations": "ValidatingWebhookConfiguration", "apiservices": "APIService",
    "customresourcedefinitions": "CustomResourceDefinition", "servicemonitors": "ServiceMonitor", "podmonitors": "PodMonitor"}
OF_ENGINES = {(each.group, each.plural): each.name for each in ENGINES}
PATH = re.compile(r"/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))??/(?P<plural>[a-z-]+)(?:/(?P<name>[^/]+))?")


class Request(NamedTuple):
    """namespace: "" for all, and of a Namespace its own name, as RBAC has it. kind: with the group where several have it."""

    verb: str
    kind: str
    namespace: str
    name: str
    query: dict[str, str]


Right = Callable[[Request], bool]


def without(*hidden: str) -> Right:
    """All rights but those on a kind: everywhere ("Pod"), or in one namespace, and so over all of them ("Pod x")."""
    kinds = {text.partition(" ")[0] for text in hidden}

    def may(request: Request) -> bool:
        if not request.namespace:
            return request.kind not in kinds
        return request.kind not in hidden and f"{request.kind} {request.namespace}" not in hidden

    return may


def everything(_: Request) -> bool:
    return True


class Memory:
    """In place of a Server. Each namespace that an object is in is there, with the label of its name."""

    def __init__(self, documents: Iterable[Document], may: Right = everything, home: str = "x") -> None:
        self.documents = list(documents)
        self.may = may
        self.login = SimpleNamespace(namespace=home, context="memory", server="https://memory")
        self.asked: list[Request] = []
        there = {document["metadata"]["name"]: document for document in self.documents if document["kind"] == "Namespace"}
        homes = sorted({each["metadata"]["namespace"] for each in self.documents if kind_of(each) not in api.CLUSTER_SCOPED} | {*there})
        self.namespaces = [_named(name, there.get(name)) for name in homes]

    def get(self, path: str, query: Mapping[str, str] = {}) -> bytes:
        if path == "/apis":
            return self._groups()
        request = _request(path, dict(query))
        self.asked.append(request)
        if request.kind == "":
            raise Refused(f"no such resource: {path}", status=404, reason="NotFound")
        if not self.may(request):
            where = f' in the namespace "{request.namespace}"' if request.namespace else " at the cluster scope"
            raise Refused(f"{request.verb} {request.kind} is forbidden{where}", status=403, reason="Forbidden")
        found = [each for each in self._of(request.kind) if _meant(each, request)]
        if not request.name:
            return json.dumps({"kind": f"{request.kind}List", "metadata": {"resourceVersion": "1"}, "items": found}).encode()
        if not found:
            raise Refused(f'{request.kind} "{request.name}" not found', status=404, reason="NotFound")
        return json.dumps(found[0]).encode()

    def _groups(self) -> bytes:
        """Those of the objects that are there."""
        if not self.may(Request("list", "APIGroup", "", "", {})):
            raise Refused("/apis is forbidden", status=403, reason="Forbidden")
        versions = sorted({each["apiVersion"] for each in self.documents if "/" in each["apiVersion"]})
        groups = [{"name": version.partition("/")[0], "versions": [{"groupVersion": version}]} for version in versions]
        return json.dumps({"kind": "APIGroupList", "groups": groups}).encode()

    def _of(self, kind: str) -> list[Document]:
        return self.namespaces if kind == "Namespace" else [each for each in self.documents if kind_of(each) == kind]


def _named(name: str, document: Document | None) -> Document:
    found = document or {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return {**found, "metadata": {**found["metadata"], "labels": {**(found["metadata"].get("labels") or {}), NAME_LABEL: name}}}


def _request(path: str, query: dict[str, str]) -> Request:
    found = PATH.fullmatch(path)
    assert found, path
    kind = OF_ENGINES.get((found["group"] or "", found["plural"])) or KINDS.get(found["plural"], "")
    name = found["name"] or ""
    return Request("get" if name else "list", kind, (name if kind == "Namespace" else found["namespace"]) or "", name, query)


def _meant(document: Document, request: Request) -> bool:
    metadata = document["metadata"]
    if request.kind not in api.CLUSTER_SCOPED and request.namespace not in ("", metadata["namespace"]):
        return False
    labels = request.query.get("labelSelector", "")
    if labels and not selects(selector_of(labels), metadata.get("labels") or {}):
        return False
    field, _, value = request.query.get("fieldSelector", "").partition("=")
    return request.name in ("", metadata["name"]) and (not field or _field(document, field) == value)


def _field(document: Document, path: str) -> Any:
    found: Any = document
    for step in path.split("."):
        found = (found or {}).get(step)
    return found


# ---- what the program answers about it


def ask(server: Memory, *argv: str) -> dict[str, Any]:
    """The answer as JSON that holds its schema. The namespace of the context is the server's home."""
    text = msgspec.json.encode(outcome(server, *argv).report).decode()
    hold(text)
    return json.loads(text)  # type: ignore[no-any-return]


def outcome(server: Memory, *argv: str) -> Outcome:
    options = parse(list(argv))
    assert not isinstance(options, str)
    scope = options.scope
    home = None if scope.all_namespaces else scope.namespace or server.login.namespace
    options = replace(options, scope=replace(scope, namespace=home, context=server.login.context, server=server.login.server))
    match options:
        case Explain(): return explain.explain(options, server)
        case Suggest(): return suggest.suggest(options, server)
        case _: return diff.diff(options, server)
