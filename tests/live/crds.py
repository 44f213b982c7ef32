"""The kinds that a cluster may have beside Kubernetes' own, with schemas of the fields that we read. Those of other engines leave the
rest open.

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

# ---- what publishes Services: the fields that are read of kubernetes-sigs/gateway-api (config/crd) and openshift/api (route/v1)

TEXT: Document = {"type": "string"}
_REFERENCE: Document = {"type": "object", "required": ["name"], "properties": {
    "group": TEXT, "kind": TEXT, "name": TEXT, "namespace": TEXT, "port": PORT, "sectionName": TEXT}}
_ROUTE: Document = {"type": "object", "properties": {
    "parentRefs": listed(_REFERENCE), "hostnames": listed(TEXT),
    "rules": listed({"type": "object", "properties": {"backendRefs": listed(_REFERENCE)}})}}
_LISTENER: Document = {"type": "object", "required": ["name", "port", "protocol"], "properties": {
    "name": TEXT, "port": PORT, "protocol": TEXT, "hostname": TEXT, "allowedRoutes": {"type": "object", "properties": {
        "namespaces": {"type": "object", "properties": {"from": {**TEXT, "default": "Same"}, "selector": SELECTOR}}}}}}
_TARGET: Document = {"type": "object", "required": ["name"], "properties": {"kind": TEXT, "name": TEXT}}
_GATEWAYS, _OPENSHIFT = "gateway.networking.k8s.io", "route.openshift.io"
ENTRIES = [
    definition(_GATEWAYS, "v1", "GatewayClass", "gatewayclasses", {"type": "object", "properties": {"controllerName": TEXT}}),
    definition(_GATEWAYS, "v1", "Gateway", "gateways", {"type": "object", "properties": {
        "gatewayClassName": TEXT, "listeners": listed(_LISTENER)}}, scope="Namespaced"),
    *(definition(_GATEWAYS, version, kind, f"{kind.lower()}s", _ROUTE, scope="Namespaced") for kind, version in (
        ("HTTPRoute", "v1"), ("GRPCRoute", "v1"), ("TLSRoute", "v1alpha3"), ("TCPRoute", "v1alpha2"), ("UDPRoute", "v1alpha2"))),
    definition(_GATEWAYS, "v1beta1", "ReferenceGrant", "referencegrants", {"type": "object", "properties": {
        "from": listed({"type": "object", "properties": {"group": TEXT, "kind": TEXT, "namespace": TEXT}}),
        "to": listed({"type": "object", "properties": {"group": TEXT, "kind": TEXT, "name": TEXT}})}}, scope="Namespaced"),
    definition(_OPENSHIFT, "v1", "Route", "routes", {"type": "object", "properties": {
        "host": TEXT, "path": TEXT, "to": _TARGET, "alternateBackends": listed(_TARGET),
        "port": {"type": "object", "properties": {"targetPort": {"x-kubernetes-int-or-string": True}}}}}, scope="Namespaced")]
TEXTS: Document = {"type": "array", "items": TEXT}
ANYTHING: Document = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
MANY: Document = {"type": "array", "items": ANYTHING}


def opened(**properties: Document) -> Document:
    return {**ANYTHING, "properties": properties}


def actions(*values: str) -> Document:
    return {"type": "array", "items": opened(action={"type": "string", "enum": [*values]})}


_CILIUM = opened(endpointSelector=SELECTOR, nodeSelector=SELECTOR, ingress=MANY, ingressDeny=MANY, egress=MANY, egressDeny=MANY)
_CALICO_ACTIONS, _ANTREA_ACTIONS = actions("Allow", "Deny", "Log", "Pass"), actions("Allow", "Drop", "Reject", "Pass")
_CALICO = opened(selector=TEXT, namespaceSelector=TEXT, types=TEXTS, ingress=_CALICO_ACTIONS, egress=_CALICO_ACTIONS)
_ANTREA = opened(appliedTo=MANY, ingress=_ANTREA_ACTIONS, egress=_ANTREA_ACTIONS, priority={"type": "number"})
_OF_PODS = opened(podSelector=SELECTOR, policyTypes=TEXTS, ingress=MANY, egress=MANY)
_ISTIO = opened(selector=opened(matchLabels={"type": "object", "additionalProperties": TEXT}))
_NAMESPACED = [
    ("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies", _CILIUM),
    ("projectcalico.org", "v3", "NetworkPolicy", "networkpolicies", _CALICO),
    ("crd.projectcalico.org", "v1", "NetworkPolicy", "networkpolicies", _CALICO),
    ("crd.antrea.io", "v1beta1", "NetworkPolicy", "networkpolicies", _ANTREA),
    ("security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies", _ISTIO),
    ("security.istio.io", "v1", "PeerAuthentication", "peerauthentications", _ISTIO),
    ("policy.linkerd.io", "v1beta3", "Server", "servers", opened(podSelector=SELECTOR, accessPolicy=TEXT)),
    ("policy.linkerd.io", "v1alpha1", "AuthorizationPolicy", "authorizationpolicies", opened(targetRef=ANYTHING)),
    ("k8s.cni.cncf.io", "v1beta2", "MultiNetworkPolicy", "multi-networkpolicies", _OF_PODS),
    ("networking.k8s.aws", "v1alpha1", "ApplicationNetworkPolicy", "applicationnetworkpolicies", _OF_PODS),
    ("k8s.ovn.org", "v1", "EgressFirewall", "egressfirewalls", opened(egress=MANY)),
    ("networking.gke.io", "v1alpha1", "FQDNNetworkPolicy", "fqdnnetworkpolicies", _OF_PODS)]
_OF_CLUSTER = [
    ("cilium.io", "v2", "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", _CILIUM),
    ("projectcalico.org", "v3", "GlobalNetworkPolicy", "globalnetworkpolicies", _CALICO),
    ("crd.projectcalico.org", "v1", "GlobalNetworkPolicy", "globalnetworkpolicies", _CALICO),
    ("crd.antrea.io", "v1beta1", "ClusterNetworkPolicy", "clusternetworkpolicies", _ANTREA),
    ("networking.k8s.aws", "v1alpha1", "ClusterNetworkPolicy", "clusternetworkpolicies", opened(subject=ANYTHING))]
ENGINES = [*(definition(*each, scope="Namespaced") for each in _NAMESPACED), *(definition(*each) for each in _OF_CLUSTER)]
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
EVERY = [*TIERS, *ENTRIES, *ENGINES, *MONITORS]
