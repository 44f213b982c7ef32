"""What does the API server add to an object that does not say it? Where it cannot be asked, for the kinds that connect.

Sources: SetDefaults_* of kubernetes pkg/apis/{core,apps,networking}/v1/defaults.go. What it makes up (addresses of Services, node ports,
uids) is not known here, and left out.
"""
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}
_POD = {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "securityContext": {},
        "terminationGracePeriodSeconds": 30}
_WORKLOADS: dict[str, Document] = {
    "Deployment": {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600},
    "StatefulSet": {
        "replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}},
    "DaemonSet": {"revisionHistoryLimit": 10},
}
_ROLLING: dict[str, tuple[str, Document]] = {                   # the field that says how pods are renewed, and what rollingUpdate holds
    "Deployment": ("strategy", {"maxSurge": "25%", "maxUnavailable": "25%"}), "StatefulSet": ("updateStrategy", {"partition": 0}),
    "DaemonSet": ("updateStrategy", {"maxSurge": 0, "maxUnavailable": 1})}
_ONLY_PUBLISHED = ("externalTrafficPolicy", "healthCheckNodePort")
_ONLY_BALANCED = ("allocateLoadBalancerNodePorts", "loadBalancerClass")


def defaulted(document: Document) -> Document:
    """The document with the defaults of its kind; of other kinds as it is."""
    spec = document.get("spec") or {}
    match document.get("apiVersion"), document.get("kind"):
        case "networking.k8s.io/v1", "NetworkPolicy": return {**document, "spec": _policy(_without_empty(spec))}
        case "v1", "Service": return {"status": {"loadBalancer": {}}, **document, "spec": _service(spec)}
        case "v1", "Namespace": return _namespace(document)
        case "v1", "Secret": return _secret(document)
        case "apps/v1", str(kind) if kind in _WORKLOADS: return {**document, "spec": _workload(spec, kind)}
        case _: return document


def _policy(spec: Mapping[str, Any]) -> Document:
    rules = {field: [_rule(rule) for rule in spec[field]] for field in ("ingress", "egress") if spec.get(field)}
    # "If this field is not specified, it will default based on the existence of ingress or egress rules; policies that contain an
    # egress section are assumed to affect egress, and all policies (whether or not they contain an ingress section) are assumed to
    # affect ingress."
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if "egress" in rules else ["Ingress"])
    return {**spec, "podSelector": spec.get("podSelector") or {}, **rules, "policyTypes": types}


def _without_empty(value: Any) -> Any:
    """As Go's omitempty leaves out: no empty lists, and no empty matchLabels. An empty selector stays, it means all."""
    match value:
        case dict():
            kept = {key: _without_empty(each) for key, each in value.items()}
            return {key: each for key, each in kept.items() if each is not None and each != [] and not (key == "matchLabels" and not each)}
        case list() | tuple():
            return [_without_empty(each) for each in value]
    return value


def _rule(rule: Mapping[str, Any]) -> Document:
    return {**rule, **({"ports": [{"protocol": "TCP", **port} for port in rule["ports"]]} if rule.get("ports") else {})}


def _service(spec: Mapping[str, Any]) -> Document:
    kind = spec.get("type") or "ClusterIP"
    known: Document = {"type": kind, "sessionAffinity": "None"}
    if kind != "ExternalName":
        known["internalTrafficPolicy"] = "Cluster"
    if is_published := kind in ("NodePort", "LoadBalancer") or bool(spec.get("externalIPs")):
        known["externalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer":
        known["allocateLoadBalancerNodePorts"] = True
    # pkg/registry/core/service/strategy.go, dropTypeDependentFields: what does not go with the type goes
    gone = {*(() if is_published else _ONLY_PUBLISHED), *(() if kind == "LoadBalancer" else _ONLY_BALANCED)}
    ports = [_service_port(port, has_node_port=kind in ("NodePort", "LoadBalancer")) for port in spec.get("ports") or ()]
    return {key: value for key, value in {**known, **spec, **({"ports": ports} if ports else {})}.items() if key not in gone}


def _service_port(port: Document, *, has_node_port: bool) -> Document:
    kept = {key: value for key, value in port.items() if has_node_port or key != "nodePort"}
    return {"protocol": "TCP", "targetPort": port.get("port"), **kept}


def _namespace(document: Document) -> Document:
    metadata = document.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata.get("name")}
    return {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}, **document, "metadata": {**metadata, "labels": labels}}


def _secret(document: Document) -> Document:
    """What stands in stringData is text for data, and never shown as such."""
    texts = {key: b64encode(str(text).encode()).decode() for key, text in (document.get("stringData") or {}).items()}
    data = {**(document.get("data") or {}), **texts}
    rest = {key: value for key, value in document.items() if key not in ("data", "stringData")}
    return {"type": "Opaque", **rest, **({"data": data} if data else {})}


def _workload(spec: Mapping[str, Any], kind: str) -> Document:
    field, rolling = _ROLLING[kind]
    strategy = {"type": "RollingUpdate", **(spec.get(field) or {})}
    if strategy["type"] == "RollingUpdate":
        strategy["rollingUpdate"] = {**rolling, **(strategy.get("rollingUpdate") or {})}
    template = spec.get("template") or {}
    return {**_WORKLOADS[kind], **spec, field: strategy, "template": {**template, "spec": _pod_spec(template.get("spec") or {})}}


def _pod_spec(spec: Mapping[str, Any]) -> Document:
    containers = {
        field: [_container(each) for each in spec[field]] for field in ("containers", "initContainers") if spec.get(field)}
    return {**_POD, **spec, **containers}


def _container(container: Mapping[str, Any]) -> Document:
    image = str(container.get("image", "")).rpartition("/")[2]
    # "Defaults to Always if :latest tag is specified, or IfNotPresent otherwise"; no tag is :latest
    pulls = "Always" if image.partition(":")[2] in ("", "latest") else "IfNotPresent"
    ports = [{"protocol": "TCP", **port} for port in container.get("ports") or ()]
    return {**_CONTAINER, "imagePullPolicy": pulls, **container, **({"ports": ports} if ports else {})}
