"""The kinds that a cluster may have beside Kubernetes' own, with schemas of the fields that we read.

Their packages are not to be had here; of the schemas of kubernetes-sigs/network-policy-api (config/crd) the rules are kept that decide
what may be created at all.
"""
from typing import Any

Document = dict[str, Any]

SELECTOR: Document = {"type": "object", "properties": {
    "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
    "matchExpressions": {"type": "array", "items": {"type": "object", "required": ["key", "operator"], "properties": {
        "key": {"type": "string"}, "operator": {"type": "string"}, "values": {"type": "array", "items": {"type": "string"}}}}}}}
PODS: Document = {"type": "object", "properties": {"namespaceSelector": SELECTOR, "podSelector": SELECTOR}}
PORT: Document = {"type": "integer", "minimum": 1, "maximum": 65535}
RANGE: Document = {"type": "object", "required": ["start", "end"], "properties": {
    "start": PORT, "end": PORT, "protocol": {"type": "string"}}}


def one_of(properties: Document) -> Document:
    return {"type": "object", "minProperties": 1, "maxProperties": 1, "properties": properties}


def listed(item: Document, most: int = 100) -> Document:
    return {"type": "array", "minItems": 1, "maxItems": most, "items": item}


SUBJECT = one_of({"namespaces": SELECTOR, "pods": PODS})
OUTSIDE: Document = {
    "nodes": SELECTOR, "networks": listed({"type": "string"}), "domainNames": listed({"type": "string"})}
ADMIN_PORTS = listed(one_of({
    "portNumber": {"type": "object", "required": ["port"], "properties": {"port": PORT, "protocol": {"type": "string", "default": "TCP"}}},
    "portRange": RANGE, "namedPort": {"type": "string"}}))
_NUMBERS: Document = {"type": "object", "minProperties": 1, "properties": {"destinationPort": one_of({"number": PORT, "range": RANGE})}}
PROTOCOLS = listed(one_of({"tcp": _NUMBERS, "udp": _NUMBERS, "sctp": _NUMBERS, "destinationNamedPort": {"type": "string"}}), 25)


def rules(side: str, actions: list[str], ports: Document, peers: Document) -> Document:
    return {"type": "array", "items": {"type": "object", "required": ["action", side], "properties": {
        "name": {"type": "string"}, "action": {"type": "string", "enum": actions}, **ports, side: listed(one_of(peers))}}}


def spec(actions: list[str], ports: Document, **more: Document) -> Document:
    peers: Document = {"namespaces": SELECTOR, "pods": PODS}
    return {"type": "object", "required": ["subject", *more], "properties": {
        **more, "subject": SUBJECT, "ingress": rules("from", actions, ports, peers),
        "egress": rules("to", actions, ports, {**peers, **OUTSIDE})}}


def definition(group: str, version: str, kind: str, plural: str, of_spec: Document, *, scope: str = "Cluster") -> Document:
    """Approved: names of groups that end in k8s.io are protected."""
    schema = {"type": "object", "properties": {"spec": of_spec, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
        "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                 "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}}


PRIORITY: Document = {"type": "integer", "minimum": 0, "maximum": 1000}
_GROUP = "policy.networking.k8s.io"
TIERS = [
    definition(_GROUP, "v1alpha1", "AdminNetworkPolicy", "adminnetworkpolicies",
               spec(["Allow", "Deny", "Pass"], {"ports": ADMIN_PORTS}, priority=PRIORITY)),
    definition(_GROUP, "v1alpha1", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies",
               spec(["Allow", "Deny"], {"ports": ADMIN_PORTS})),
    definition(_GROUP, "v1alpha2", "ClusterNetworkPolicy", "clusternetworkpolicies",
               spec(["Accept", "Deny", "Pass"], {"protocols": PROTOCOLS}, priority=PRIORITY,
                    tier={"type": "string", "enum": ["Admin", "Baseline"]}))]
_ENDPOINT: Document = {"type": "object", "properties": {
    "port": {"type": "string"}, "targetPort": {"x-kubernetes-int-or-string": True}, "portNumber": PORT, "path": {"type": "string"}}}
_NAMESPACES: Document = {"type": "object", "properties": {
    "any": {"type": "boolean"}, "matchNames": {"type": "array", "items": {"type": "string"}}}}


def monitor(endpoints: str) -> Document:
    return {"type": "object", "required": ["selector", endpoints], "properties": {
        "selector": SELECTOR, "namespaceSelector": _NAMESPACES, endpoints: {"type": "array", "items": _ENDPOINT}}}


_MONITORING = "monitoring.coreos.com"
MONITORS = [
    definition(_MONITORING, "v1", "ServiceMonitor", "servicemonitors", monitor("endpoints"), scope="Namespaced"),
    definition(_MONITORING, "v1", "PodMonitor", "podmonitors", monitor("podMetricsEndpoints"), scope="Namespaced")]
EVERY = [*TIERS, *MONITORS]
