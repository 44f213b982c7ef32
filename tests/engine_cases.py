"""Whom do the policies of other engines concern, and what may they do? Expected by hand, from the texts of their APIs."""
from typing import Any, NamedTuple

from tests.e2e_cases import NAME, Document, only


class Selecting(NamedTuple):
    """Pods of which the ingress, and the egress, is unknown with some objects; with what only refuses, a denial stays one."""

    name: str
    documents: list[Document]
    ingress: str = ""                                           # of pods that are open: "x/a y/c"
    egress: str = ""
    opens: str = ""                                             # "in out": what is refused may be allowed, too


def written(version: str, kind: str, spec: Document | None, home: str = "x", name: str = "p", **annotations: str) -> Document:
    """home "" for a kind of the cluster."""
    metadata = {"name": name, **({"namespace": home} if home else {}), **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec is not None else {})}


def cilium(spec: Document, home: str = "x") -> Document:
    return written("cilium.io/v2", "CiliumNetworkPolicy" if home else "CiliumClusterwideNetworkPolicy", spec, home)


def calico(spec: Document, home: str = "x", group: str = "projectcalico.org/v3", name: str = "p") -> Document:
    return written(group, "NetworkPolicy" if home else "GlobalNetworkPolicy", spec, home, name)


def antrea(spec: Document, home: str = "x") -> Document:
    return written("crd.antrea.io/v1beta1", "NetworkPolicy" if home else "ClusterNetworkPolicy", spec, home)


def istio(spec: Document | None, home: str = "x", **annotations: str) -> Document:
    return written("security.istio.io/v1", "AuthorizationPolicy", spec, home, **annotations)


def peers(spec: Document, home: str = "x") -> Document:
    return written("security.istio.io/v1beta1", "PeerAuthentication", spec, home)


def server(spec: Document) -> Document:
    return written("policy.linkerd.io/v1beta3", "Server", spec)


def linkerd(kind: str) -> Document:
    return written("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", {"targetRef": {"kind": kind, "name": "s"}})


def multi(spec: Document, **annotations: str) -> Document:
    return written("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", spec, "x", "p", **annotations)


def aws(spec: Document, home: str = "x") -> Document:
    return written("networking.k8s.aws/v1alpha1", "ApplicationNetworkPolicy" if home else "ClusterNetworkPolicy", spec, home)


def firewall(*types: str) -> Document:
    return written("k8s.ovn.org/v1", "EgressFirewall", {"egress": [{"type": each, "to": {"cidrSelector": "0.0.0.0/0"}} for each in types]})


A: Any = only("app=a")
ALLOW, DENY, FROM = [{"action": "Allow"}], [{"action": "Deny"}], [{"fromEntities": ["all"]}]
IN_A: Any = {"endpointSelector": A, "ingress": FROM}
FOR = {"k8s.v1.cni.cncf.io/policy-for": "x/net"}

# pods: x/a x/b y/c, with the label app of their name; the namespace y has team=red
SELECTING = [
    # ---- Cilium
    Selecting("cilium: by the label of the pod", [cilium(IN_A)], "x/a", opens="in"),
    Selecting("cilium: of its own namespace only", [cilium({**IN_A, "endpointSelector": {}})], "x/a x/b", opens="in"),
    Selecting("cilium: clusterwide", [cilium({**IN_A, "endpointSelector": {}}, "")], "x/a x/b y/c", opens="in"),
    Selecting("cilium: the source of a label", [cilium({**IN_A, "endpointSelector": only("k8s:app=a")})], "x/a", opens="in"),
    Selecting("cilium: any source", [cilium({**IN_A, "endpointSelector": only("any:app=c")}, "")], "y/c", opens="in"),
    Selecting("cilium: what is reserved is no label of pods", [cilium({**IN_A, "endpointSelector": only("reserved:health=b")}, "")],
              "x/a x/b y/c", opens="in"),
    Selecting("cilium: by the namespace", [cilium({**IN_A, "endpointSelector": only("k8s:io.kubernetes.pod.namespace=y")}, "")],
              "y/c", opens="in"),
    Selecting("cilium: by a label of the namespace", [
        cilium({**IN_A, "endpointSelector": only("io.cilium.k8s.namespace.labels.team=red")}, "")], "y/c", opens="in"),
    Selecting("cilium: service accounts are not looked up", [
        cilium({**IN_A, "endpointSelector": only("app=a io.cilium.k8s.policy.serviceaccount=z")})], "x/a", opens="in"),
    Selecting("cilium: rules of one direction leave the other alone", [
        cilium({"endpointSelector": A, "egress": [{"toEntities": ["all"]}]})], "", "x/a", opens="out"),
    Selecting("cilium: deny rules only refuse", [cilium({"endpointSelector": A, "ingressDeny": FROM, "egressDeny": [{}]})], "x/a", "x/a"),
    Selecting("cilium: an empty rule denies all", [cilium({"endpointSelector": A, "ingress": [{}]})], "x/a"),
    Selecting("cilium: no rules, no effect", [cilium({"endpointSelector": A, "ingress": []})]),
    Selecting("cilium: but for the default that is asked for", [
        cilium({"endpointSelector": A, "enableDefaultDeny": {"egress": True}})], "", "x/a"),
    Selecting("cilium: an empty rule without the default", [
        cilium({"endpointSelector": A, "ingress": [{}], "enableDefaultDeny": {"ingress": False}})]),
    Selecting("cilium: several in one", [
        written("cilium.io/v2", "CiliumNetworkPolicy", None) | {"specs": [IN_A, {"endpointSelector": only("app=b"), "egressDeny": [{}]}]}],
        "x/a", "x/b", opens="in"),
    Selecting("cilium: nodes are no pods", [cilium({"nodeSelector": {}, "ingress": FROM}, "")]),
    Selecting("cilium: an operator of a version to come", [
        cilium({**IN_A, "endpointSelector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["a"]}]}})],
        "x/a x/b", opens="in"),
    Selecting("cilium: a field of a version to come", [cilium({**IN_A, "endpointSelector": {"matchNames": ["a"]}})], "x/a x/b", opens="in"),

    # ---- Calico
    Selecting("calico: an expression", [calico({"selector": "app == 'a'", "ingress": ALLOW})], "x/a", opens="in"),
    Selecting("calico: no selector selects all of the namespace", [calico({"ingress": ALLOW})], "x/a x/b", opens="in"),
    Selecting("calico: no spec is a denial of ingress", [written("projectcalico.org/v3", "NetworkPolicy", None)], "x/a x/b"),
    Selecting("calico: global", [calico({"selector": "all()", "types": ["Ingress", "Egress"], "egress": ALLOW}, "")],
              "x/a x/b y/c", "x/a x/b y/c", opens="out"),
    Selecting("calico: by the labels of namespaces", [calico({"namespaceSelector": "team == 'red'", "ingress": DENY}, "")], "y/c"),
    Selecting("calico: by the name of a namespace", [calico({"namespaceSelector": "projectcalico.org/name in {'y'}"}, "")], "y/c"),
    Selecting("calico: by the namespace of the pod", [calico({"selector": "projectcalico.org/namespace != 'x'"}, "")], "y/c"),
    Selecting("calico: by a label that the pod has of its namespace", [calico({"selector": "has(pcns.team)"}, "")], "y/c"),
    Selecting("calico: egress rules alone", [calico({"selector": "app == 'a'", "egress": DENY})], "", "x/a"),
    Selecting("calico: rules of both", [calico({"selector": "app == 'a'", "egress": DENY, "ingress": [{"action": "Pass"}]})],
              "x/a", "x/a", opens="in"),
    Selecting("calico: Log and Deny refuse", [calico({"selector": "app == 'a'", "ingress": [{"action": "Log"}, *DENY]})], "x/a"),
    Selecting("calico: service accounts are not looked up", [calico({"selector": "app == 'a'", "serviceAccountSelector": "role == 'z'"})],
              "x/a"),
    Selecting("calico: an expression that is not understood", [calico({"selector": "app ~ 'a'"})], "x/a x/b"),
    Selecting("calico: contains", [calico({"selector": "app contains 'b' || app starts with \"c\""}, "")], "x/b y/c"),
    Selecting("calico: not", [calico({"selector": "!(app == 'a') && app != 'c'"}, "")], "x/b"),
    Selecting("calico: where it is stored", [calico({"selector": "app == 'a'"}, "x", "crd.projectcalico.org/v1", "default.p")], "x/a"),
    Selecting("calico: what it makes of NetworkPolicies is one", [calico({}, "x", name="knp.default.p"), calico(
        {}, "", "crd.projectcalico.org/v1", "kcnp.kube-admin.p"), calico({}, "", name="kanp.adminnetworkpolicy.p")]),
    Selecting("calico: of hosts untracked", [calico({"selector": "app == 'a'", "doNotTrack": True, "applyOnForward": True}, "")]),
    Selecting("calico: staged ones are not enforced", [
        written("projectcalico.org/v3", "StagedNetworkPolicy", {}), written("projectcalico.org/v3", "StagedGlobalNetworkPolicy", {}, "x")]),

    # ---- Antrea
    Selecting("antrea: pods of its namespace", [antrea({"appliedTo": [{"podSelector": A}], "ingress": ALLOW})], "x/a", opens="in"),
    Selecting("antrea: pods of all namespaces", [antrea({"appliedTo": [{"podSelector": {}}], "egress": DENY}, "")], "", "x/a x/b y/c"),
    Selecting("antrea: pods of some namespaces", [
        antrea({"appliedTo": [{"podSelector": {}, "namespaceSelector": only("team=red")}, {"podSelector": A}], "ingress": DENY}, "")],
        "x/a y/c"),
    Selecting("antrea: namespaces", [antrea({"appliedTo": [{"namespaceSelector": only(f"{NAME}=y")}], "ingress": DENY}, "")], "y/c"),
    Selecting("antrea: a group is not looked up", [antrea({"appliedTo": [{"group": "g"}], "ingress": DENY})], "x/a x/b"),
    Selecting("antrea: nodes and entities are no pods", [
        antrea({"appliedTo": [{"nodeSelector": {}}, {"externalEntitySelector": {}}], "ingress": DENY}, "")]),
    Selecting("antrea: rules with their own", [antrea({
        "ingress": [{"action": "Drop", "appliedTo": [{"podSelector": A}]}],
        "egress": [{"action": "Allow", "appliedTo": [{"podSelector": only("app=b")}]}]})], "x/a", "x/b", opens="out"),
    Selecting("antrea: no rules, no effect", [antrea({"appliedTo": [{"podSelector": A}]})]),

    # ---- meshes
    Selecting("istio: only refuses", [istio({"selector": A, "action": "ALLOW"})], "x/a"),
    Selecting("istio: an empty one denies all of the namespace", [istio({}), ], "x/a x/b"),
    Selecting("istio: without a spec, too", [istio(None)], "x/a x/b"),
    Selecting("istio: those of the root namespace are of all", [istio({"selector": only("app=c")}, "istio-system")], "y/c"),
    Selecting("istio: an audit refuses nothing", [istio({"selector": A, "action": "AUDIT"})]),
    Selecting("istio: nor does a dry run", [istio({"selector": A}, **{"istio.io/dry-run": "true"})]),
    Selecting("istio: a target may stand before anybody", [istio({"targetRefs": [{"kind": "Service", "name": "web"}]})], "x/a x/b"),
    Selecting("istio: strict mTLS refuses the rest", [peers({"selector": A, "mtls": {"mode": "STRICT"}})], "x/a"),
    Selecting("istio: on one port", [peers({"mtls": {"mode": "UNSET"}, "portLevelMtls": {"80": {"mode": "STRICT"}}}, "istio-system")],
              "x/a x/b y/c"),
    Selecting("istio: permissive mTLS refuses nobody", [peers({"mtls": {"mode": "PERMISSIVE"}})]),
    Selecting("linkerd: a Server refuses what nothing authorizes", [server({"podSelector": A, "port": 80})], "x/a"),
    Selecting("linkerd: unless it says so", [server({"podSelector": A, "port": 80, "accessPolicy": "all-unauthenticated"})]),
    Selecting("linkerd: external workloads are no pods", [server({"externalWorkloadSelector": {}, "port": 80})]),
    Selecting("linkerd: the Server says for whom it is authorized", [linkerd("Server")]),
    Selecting("linkerd: of a namespace", [linkerd("Namespace")], "x/a x/b"),

    # ---- others
    Selecting("multus: other networks", [multi({"podSelector": A}, **FOR)], "x/a", "x/a"),
    Selecting("multus: a direction", [multi({"podSelector": A, "policyTypes": ["Egress"]}, **FOR)], "", "x/a"),
    Selecting("multus: of no network", [multi({"podSelector": A})]),
    Selecting("aws: it isolates, and allows", [aws({"podSelector": A, "policyTypes": ["Egress"], "egress": [{}]})], "", "x/a", opens="out"),
    Selecting("aws: it isolates ingress by default", [aws({"podSelector": A})], "x/a"),
    Selecting("aws: tiers", [aws({"subject": {"namespaces": only("team=red")}, "ingress": DENY, "egress": ALLOW}, "")],
              "y/c", "y/c", opens="out"),
    *(Selecting(f"aws: a subject that is not understood, {pods}", [aws({"subject": {"pods": pods}, "ingress": DENY}, "")], "x/a x/b y/c")
      for pods in ([], "x")),
    Selecting("aws: of pods", [aws({"subject": {"pods": {"podSelector": A, "namespaceSelector": {}}}, "ingress": DENY}, "")], "x/a"),
    Selecting("gke: names of domains", [written("networking.gke.io/v1alpha1", "FQDNNetworkPolicy", {"podSelector": A, "egress": [{}]})],
              "", "x/a", opens="out"),

    # ---- together
    Selecting("nothing of theirs", [written("cilium.io/v2", "CiliumEnvoyConfig", {}), written("k8s.cni.cncf.io/v1", "Thing", {})]),
    Selecting("what one only refuses another may allow", [istio({"selector": A}), cilium(IN_A)], "x/a", opens="in")]
