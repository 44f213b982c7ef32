"""What must hold in cases that are known: those of the Kubernetes end-to-end tests, and our own. Expected by hand.

N1-N42, U1-U3, S1-S3 are the cases of test/e2e/network/netpol/network_policy.go, in their order.
A case that updates its objects is several here.
"""
import fnmatch
import itertools
from typing import Any, NamedTuple, TypeAlias

Document: TypeAlias = dict[str, Any]
Probe: TypeAlias = tuple[str, str, str, int, str]           # source, destination, protocol, port of the pod, verdict
# an end is an address, namespace/pod or, for a template, Kind/namespace/name


class Flows(NamedTuple):
    """Between pods, or pods and addresses."""

    name: str
    documents: list[Document]
    probes: list[Probe]


class Questions(NamedTuple):
    """Of Services: source, namespace/service, protocol, port, verdict."""

    name: str
    documents: list[Document]
    asked: list[Probe]


# ---- how the cases are written


def labelled(text: str) -> dict[str, str]:
    return dict(each.split("=") for each in text.replace(",", " ").split())


def only(text: str) -> Document:
    """A selector: "pod=a"."""
    return {"matchLabels": labelled(text)}


def where(key: str, operator: str, *values: str) -> Document:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


NAME = "kubernetes.io/metadata.name"
X, Y, NOT_X = only(f"{NAME}=x"), only(f"{NAME}=y"), where(NAME, "NotIn", "x")
A, B, C = only("pod=a"), only("pod=b"), only("pod=c")


def netpol(namespace: str, selector: Document | None, types: str | None = None, **rules: Any) -> Document:
    """types: I, E or IE, else as rules say; None: the field is absent and the API's default holds."""
    spec: Document = {"podSelector": selector, **rules}
    if types is not None:
        spec["policyTypes"] = [{"I": "Ingress", "E": "Egress"}[each] for each in types]
    return manifest("networking.k8s.io/v1", "NetworkPolicy", namespace, f"p{next(NUMBERS)}", spec=spec)


NUMBERS = itertools.count(1)


def manifest(version: str, kind: str, namespace: str, name: str, labels: str = "", **fields: Any) -> Document:
    metadata = {"name": name, "namespace": namespace, **({"labels": labelled(labels)} if labels else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def namespace(name: str, labels: str = "") -> Document:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labelled(labels)}}


SERVED = [{"name": f"serve-{number}-{protocol.lower()}", "containerPort": number, "protocol": protocol}
          for number in (80, 81) for protocol in ("TCP", "UDP", "SCTP")]


def pod(where: str, labels: str = "", *, ip: str | tuple[str, ...] = (), ports: list[Document] = SERVED, **more: Any) -> Document:
    """namespace/name, with label pod=name unless told; more: fields of the spec, or phase."""
    its_namespace, name = where.split("/")
    addresses = [ip] if isinstance(ip, str) else list(ip)
    phase = more.pop("phase", "Running")
    spec = {"containers": [{"name": "main", "image": "agnhost", "ports": ports}], **more}
    status = {"phase": phase, **({"podIP": addresses[0], "podIPs": [{"ip": each} for each in addresses]} if addresses else {})}
    return manifest("v1", "Pod", its_namespace, name, labels or f"pod={name}", spec=spec, status=status)


def pods(text: str) -> list[Document]:
    """Of the model: "x/a x/b y/a", with addresses 10.1.0.1, .2, .3."""
    return [*(namespace(each) for each in sorted({each.split("/")[0] for each in text.split()})),
            *(pod(each, ip=f"10.1.0.{number}") for number, each in enumerate(text.split(), 1))]


def e2e(name: str, which: str, policies: list[Document], *expected: str) -> Flows:
    """expected: "80/TCP: deny *>x/a, allow x/b>x/a": all allowed but these, in order; a pod to itself is not asked."""
    ends, probes = which.split(), []
    for line in expected:
        port, _, changes = line.partition(":")
        number, protocol = port.split("/")
        for source, destination in itertools.permutations(ends, 2):
            verdict = "allowed"
            for change in filter(None, map(str.strip, changes.split(","))):
                word, pair = change.split()
                if all(map(fnmatch.fnmatchcase, (source, destination), pair.split(">"))):
                    verdict = {"deny": "denied", "allow": "allowed"}[word]
            probes.append((source, destination, protocol, int(number), verdict))
    return Flows(name, [*pods(which), *policies], probes)


def relabelled(case: Flows, which: str, labels: str) -> Flows:
    for document in case.documents:
        metadata = document["metadata"]
        if which in (metadata["name"], f"{metadata.get('namespace')}/{metadata['name']}"):
            metadata["labels"] = {**metadata.get("labels", {}), **labelled(labels)}
    return case


def tcp(*numbers: int | str) -> list[Document]:
    return [{"protocol": "TCP", "port": number} for number in numbers]


def block(cidr: str, *excepts: str) -> list[Document]:
    return [{"ipBlock": {"cidr": cidr, **({"except": list(excepts)} if excepts else {})}}]


def pod_is(selector: Document) -> Document:
    return {"podSelector": selector}


def ns_is(selector: Document, pods: Document | None = None) -> Document:
    return {"namespaceSelector": selector, **({} if pods is None else {"podSelector": pods})}


DENY_IN = dict(types="I", ingress=[])
FROM_Y_ON_81 = [{"from": [ns_is(Y)], "ports": tcp(81)}]


def protocol_cases(letter: str, protocol: str) -> list[Flows]:
    """The suites of UDP and SCTP."""
    on_81 = [{"from": [ns_is(Y)], "ports": [{"protocol": protocol, "port": 81}]}]
    return [
        e2e(f"{letter}1 deny all ingress", "x/a x/b y/a y/b", [netpol("x", {}, **DENY_IN)], f"80/{protocol}: deny *>x/*"),
        e2e(f"{letter}2 a port from a namespace", "x/a x/b y/a z/a", [netpol("x", A, "I", ingress=on_81)],
            f"81/{protocol}: deny x/*>x/a, deny z/*>x/a"),
        e2e(f"{letter}3 a pod of a namespace", "x/a x/b y/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(Y, A)]}])],
            f"80/{protocol}: deny *>x/a, allow y/a>x/a"),
    ]


E2E = [
    e2e("N1 deny all ingress", "x/a x/b y/a y/b", [netpol("x", {}, **DENY_IN)], "80/TCP: deny *>x/*"),
    e2e("N2 deny all", "x/a x/b y/a", [netpol("x", {}, "IE", ingress=[], egress=[])], "80/TCP: deny *>x/*, deny x/*>*"),
    e2e("N3 from a pod", "x/a x/b x/c y/a", [netpol("x", A, "I", ingress=[{"from": [pod_is(B)]}])],
        "80/TCP: deny *>x/a, allow x/b>x/a"),
    e2e("N4 deny all, and a pod from all namespaces", "x/a x/b y/a",
        [netpol("x", {}, **DENY_IN), netpol("x", A, "I", ingress=[{"from": [ns_is({}, {})]}])], "80/TCP: deny *>x/b, allow *>x/a"),
    e2e("N5 from all namespaces", "x/a x/b y/a z/a", [netpol("x", A, "I", ingress=[{"from": [ns_is({})]}])], "80/TCP:"),
    e2e("N6 from a namespace", "x/a x/b y/a z/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(Y)]}])],
        "80/TCP: deny x/*>x/a, deny z/*>x/a"),
    e2e("N7 pods by expression", "x/a x/b y/a", [netpol("x", A, "I", ingress=[{"from": [pod_is(where("pod", "In", "b"))]}])],
        "80/TCP: deny *>x/a, allow x/b>x/a"),
    e2e("N8 namespaces by expression", "x/a x/b y/a z/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(where(NAME, "In", "y"))]}])],
        "80/TCP: deny x/*>x/a, deny z/*>x/a"),
    e2e("N9 namespace or pod", "x/a x/b x/c y/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(NOT_X), pod_is(B)]}])],
        "80/TCP: deny x/c>x/a"),
    e2e("N10 namespace and pod", "x/a x/b y/a y/b z/b", [netpol("x", A, "I", ingress=[{"from": [ns_is(NOT_X, B)]}])],
        "80/TCP: deny *>x/a, allow y/b>x/a, allow z/b>x/a"),
    e2e("N11 namespace and pods by expressions", "x/a x/b y/a y/b y/c",
        [netpol("x", A, "I", ingress=[{"from": [ns_is(NOT_X, where("pod", "In", "b", "c"))]}])], "80/TCP: deny x/*>x/a, deny y/a>x/a"),
    e2e("N12 two peers", "x/a x/b x/c", [netpol("x", A, "I", ingress=[{"from": [pod_is(B), pod_is(C)]}])],
        "80/TCP: deny *>x/a, allow x/b>x/a, allow x/c>x/a"),
    e2e("N13 a pod of a namespace", "x/a x/b y/a y/b z/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(Y, A)]}])],
        "80/TCP: deny *>x/a, allow y/a>x/a"),
    e2e("N14 a port from a namespace", "x/a x/b y/a y/b z/a", [netpol("x", A, "I", ingress=FROM_Y_ON_81)],
        "81/TCP: deny x/*>x/a, deny z/*>x/a"),
    e2e("N15 stacked: one port", "x/a x/b y/a y/b z/a", [netpol("x", A, "I", ingress=FROM_Y_ON_81)], "80/TCP: deny *>x/a"),
    e2e("N15 stacked: two policies", "x/a x/b y/a y/b z/a",
        [netpol("x", A, "I", ingress=FROM_Y_ON_81), netpol("x", A, "I", ingress=[{"from": [ns_is(Y)], "ports": tcp(80)}])],
        "80/TCP: deny x/*>x/a, deny z/*>x/a", "81/TCP: deny x/*>x/a, deny z/*>x/a"),
    e2e("N16 allow all", "x/a x/b y/a", [netpol("x", {}, "I", ingress=[{}])], "80/TCP:", "81/TCP:"),
    e2e("N17 a named port", "x/a x/b y/a", [netpol("x", {}, "I", ingress=[{"ports": tcp("serve-81-tcp")}])],
        "81/TCP:", "80/TCP: deny *>x/*"),
    e2e("N18 a named port from a namespace", "x/a x/b y/a z/a",
        [netpol("x", A, "I", ingress=[{"from": [ns_is(Y)], "ports": tcp("serve-80-tcp")}])],
        "80/TCP: deny x/*>x/a, deny z/*>x/a", "81/TCP: deny *>x/a"),
    e2e("N19 egress to a named port", "x/a y/a", [netpol("x", {}, "E", egress=[{"ports": tcp("serve-80-tcp")}])],
        "80/TCP:", "81/TCP: deny x/*>*"),
    e2e("N20 allow all", "x/a y/a", [netpol("x", {}, "I", ingress=[{}])], "81/TCP:"),
    e2e("N20 updated to deny all", "x/a y/a", [netpol("x", {}, **DENY_IN)], "81/TCP: deny *>x/*"),
    e2e("N21 a namespace label that is missing", "x/a y/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(only("ns2=updated"))]}])],
        "80/TCP: deny *>x/a"),
    relabelled(
        e2e("N21 the namespace labelled", "x/a y/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(only("ns2=updated"))]}])], "80/TCP:"),
        "y", "ns2=updated"),
    e2e("N22 a pod label that is missing", "x/a x/b", [netpol("x", A, "I", ingress=[{"from": [pod_is(only("pod=b pod2=updated"))]}])],
        "80/TCP: deny *>x/a"),
    relabelled(
        e2e("N22 the pod labelled", "x/a x/b", [netpol("x", A, "I", ingress=[{"from": [pod_is(only("pod=b pod2=updated"))]}])], "80/TCP:"),
        "x/b", "pod2=updated"),
    e2e("N23 from the same namespace", "x/a x/b y/a z/a", [netpol("x", {}, "I", ingress=[{"from": [pod_is({})]}])],
        "80/TCP: deny y/*>x/*, deny z/*>x/*"),
    e2e("N24 a policy that selects nothing", "x/a y/a", [netpol("x", only("target=isolated"), **DENY_IN)], "80/TCP:"),
    relabelled(
        e2e("N24 the pod labelled", "x/a y/a", [netpol("x", only("target=isolated"), **DENY_IN)], "80/TCP: deny *>x/a"),
        "x/a", "target=isolated"),
    e2e("N25 no egress of a pod", "x/a x/b y/a", [netpol("x", A, "E", egress=[])], "80/TCP: deny x/a>*"),
    e2e("N26 no egress of a namespace", "x/a x/b y/a", [netpol("x", {}, "E", egress=[])], "80/TCP: deny x/*>*"),
    e2e("N27 both directions", "x/a x/b x/c y/a",
        [netpol("x", A, "EI", ingress=[{"from": [pod_is(B)]}], egress=[{"ports": tcp(80)}])],
        "80/TCP: deny *>x/a, allow x/b>x/a", "81/TCP: deny *>x/a, deny x/a>*, allow x/b>x/a"),
    e2e("N28 both sides", "x/a y/a y/b",
        [netpol("x", A, "E", egress=[{"to": [ns_is(Y, A)]}]),
         netpol("y", A, "I", ingress=[{"from": [ns_is(X, A)]}]), netpol("y", B, "I", ingress=[{"from": [ns_is(X, A)]}])],
        "80/TCP: deny x/a>*, deny *>y/a, allow x/a>y/a, deny *>y/b"),
    e2e("N29 egress to a pod of a namespace", "x/a y/a y/b", [netpol("x", A, "E", egress=[{"to": [ns_is(Y, A)]}])],
        "80/TCP: deny x/a>*, allow x/a>y/a"),
    e2e("N30 any port of a protocol", "x/a y/a", [netpol("x", A, "I", ingress=[{"ports": [{"protocol": "TCP"}]}])],
        "80/TCP:", "80/UDP: deny *>x/a"),
    e2e("N31 a port in", "x/a y/a", [netpol("x", {}, "I", ingress=[{"ports": tcp(80)}])], "81/TCP: deny *>x/*"),
    e2e("N31 and all in", "x/a y/a", [netpol("x", {}, "I", ingress=[{"ports": tcp(80)}]), netpol("x", {}, "I", ingress=[{}])], "81/TCP:"),
    e2e("N32 a port out", "x/a y/a", [netpol("x", {}, "E", egress=[{"ports": tcp(80)}])], "81/TCP: deny x/*>*"),
    e2e("N32 and all out", "x/a y/a", [netpol("x", {}, "E", egress=[{"ports": tcp(80)}]), netpol("x", {}, "E", egress=[{}])], "81/TCP:"),
    e2e("N33 deny all", "x/a y/a", [netpol("x", {}, "IE", ingress=[], egress=[])], "80/TCP: deny x/*>*, deny *>x/*"),
    e2e("N33 and deleted", "x/a y/a", [], "80/TCP:"),
    e2e("N34 egress to the address of a pod", "x/a y/a y/b", [netpol("x", A, "E", egress=[{"to": block("10.1.0.3/32")}])],
        "80/TCP: deny x/a>*, allow x/a>y/b"),
    e2e("N35 egress except the address of a pod", "x/a x/b x/c",
        [netpol("x", A, "E", egress=[{"to": block("0.0.0.0/4", "10.1.0.2/32")}])], "80/TCP: deny x/a>x/b"),
    e2e("N36 addresses that one peer excepts and another names", "x/a x/b x/c",
        [netpol("x", A, "E", egress=[{"to": [*block("0.0.0.0/4", "10.1.0.2/32"), *block("10.1.0.2/32")]}])], "80/TCP:"),
    e2e("N36 updated to the address alone", "x/a x/b x/c", [netpol("x", A, "E", egress=[{"to": block("10.1.0.2/32")}])],
        "80/TCP: deny x/a>*, allow x/a>x/b"),
    e2e("N37 egress allowed", "x/a x/b y/a", [netpol("x", A, "E", egress=[{}])], "80/TCP:"),
    e2e("N37 and ingress denied", "x/a x/b y/a", [netpol("x", A, "E", egress=[{}]), netpol("x", A, **DENY_IN)], "80/TCP: deny *>x/a"),
    e2e("N38 deny all and SCTP", "x/a y/a",
        [netpol("x", {}, **DENY_IN), netpol("x", A, "I", ingress=[{"ports": [{"protocol": "SCTP", "port": 81}]}])],
        "81/TCP: deny *>x/*", "81/SCTP:"),
    e2e("N39 SCTP isolates", "x/a y/a", [netpol("x", A, "I", ingress=[{"ports": [{"protocol": "SCTP", "port": 80}]}])],
        "81/TCP: deny *>x/a"),
    e2e("N40 UDP isolates", "x/a y/a", [netpol("x", A, "I", ingress=[{"ports": [{"protocol": "UDP", "port": 81}]}])],
        "81/TCP: deny *>x/a", "81/UDP:"),
    e2e("N41 the name label of namespaces", "x/a x/b y/a z/a", [netpol("x", A, "I", ingress=[{"from": [ns_is(Y)]}])],
        "80/TCP: deny x/*>x/a, deny z/*>x/a"),
    e2e("N42 egress to other namespaces", "x/a x/b y/a z/a", [netpol("x", A, "E", egress=[{"to": [ns_is(where(NAME, "NotIn", "y"))]}])],
        "80/TCP: deny x/a>y/*"),
    *protocol_cases("U", "UDP"),
    *protocol_cases("S", "SCTP"),
]


# ---- our own: what the end-to-end tests leave out


def own(name: str, documents: list[Document], *probes: str) -> Flows:
    return Flows(name, documents, list(map(probe, probes)))


def asked(name: str, documents: list[Document], *questions: str) -> Questions:
    return Questions(name, documents, list(map(probe, questions)))


def probe(text: str) -> Probe:
    """SOURCE > DESTINATION PORT/PROTOCOL VERDICT"""
    source, _, rest = text.partition(" > ")
    destination, port, verdict = rest.split()
    number, _, protocol = port.partition("/")
    return source, destination, protocol, int(number), verdict


def template(kind: str, where: str, labels: str, **spec: Any) -> Document:
    its_namespace, name = where.split("/")
    pod_template = {"metadata": {"labels": labelled(labels)}, "spec": {"containers": [{"name": "main", "image": "agnhost"}]}}
    if kind == "CronJob":
        cron_spec = {"schedule": "@daily", "jobTemplate": {"spec": {"template": pod_template}}}
        return manifest("batch/v1", kind, its_namespace, name, spec=cron_spec)
    return manifest("apps/v1", kind, its_namespace, name, spec={"selector": only(labels), "template": pod_template, **spec})


def service(where: str, selector: str, *ports: Document, **more: Any) -> Document:
    its_namespace, name = where.split("/")
    named = [{"name": f"p{number}", **port} for number, port in enumerate(ports)]
    spec = {**({"selector": labelled(selector)} if selector else {}), "ports": named, **more}
    return manifest("v1", "Service", its_namespace, name, spec=spec)


def numbered(*ports: tuple[str, int] | tuple[str, int, str]) -> list[Document]:
    """Container ports: name, number, protocol unless TCP."""
    return [{"name": name, "containerPort": number, **({"protocol": rest[0]} if rest else {})} for name, number, *rest in ports]


def no_spec(its_namespace: str) -> Document:
    return manifest("networking.k8s.io/v1", "NetworkPolicy", its_namespace, "no-spec")


XY = pods("x/a x/b y/a")
OUT, OUT6 = "198.51.100.7", "2001:db8::7"
UNKNOWN = [namespace("x"), pod("x/a", ip="10.1.0.1"), pod("x/b")]                  # x/b: no address yet
TEMPLATES = [namespace("x"), pod("x/a"), template("Deployment", "x/web", "app=web")]
DUAL = [namespace("x"), pod("x/a", ip=("10.1.0.1", "fd00::1")), pod("x/b", ip=("10.1.0.2", "fd00::2")), pod("x/c", ip="10.1.0.3")]
HOST = [namespace("x"), pod("x/a", ip="10.1.0.1"), pod("x/h", ip="172.16.0.9", hostNetwork=True)]

FLOWS = [
    own("no spec denies all ingress", [*XY, no_spec("x")],
        "x/b > x/a 80/TCP denied", "x/b > y/a 80/TCP allowed", f"{OUT} > x/a 80/TCP denied", f"x/a > {OUT} 80/TCP allowed"),
    own("null means absent", [*XY, netpol("x", None, ingress=None, egress=None)], "y/a > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed"),
    own("policyTypes [] is filled from the rules: none", [*XY, netpol("x", {}, "", egress=[])],
        "y/a > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed"),
    own("policyTypes absent with an egress rule: both directions", [*XY, netpol("x", {}, egress=[{"ports": tcp(80)}])],
        "y/a > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed", "x/a > y/a 81/TCP denied"),
    own("rules of a direction that is not named do nothing", [*XY, netpol("x", {}, "I", ingress=[{}], egress=[{"ports": tcp(80)}])],
        "y/a > x/a 81/TCP allowed", "x/a > y/a 81/TCP allowed"),
    own("egress rules open no ingress", [*XY, netpol("x", {}, "I", egress=[{}])], "y/a > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed"),
    own("a direction named twice", [*XY, netpol("x", {}, "II", ingress=[{"ports": tcp(80)}])],
        "y/a > x/a 80/TCP allowed", "y/a > x/a 81/TCP denied"),
    own("from [] is anyone, outside too", [*XY, netpol("x", {}, "I", ingress=[{"from": [], "ports": tcp(80)}])],
        "y/a > x/a 80/TCP allowed", f"{OUT} > x/a 80/TCP allowed", f"{OUT6} > x/a 80/TCP allowed", f"{OUT} > x/a 81/TCP denied"),
    own("from null is anyone", [*XY, netpol("x", {}, "I", ingress=[{"from": None, "ports": None}])], f"{OUT} > x/a 9/UDP allowed"),
    own("all namespaces are no outside", [*XY, netpol("x", {}, "I", ingress=[{"from": [ns_is({})]}])],
        "y/a > x/a 80/TCP allowed", f"{OUT} > x/a 80/TCP denied"),
    own("ports [{}] is TCP", [*XY, netpol("x", {}, "I", ingress=[{"ports": [{}]}])],
        "y/a > x/a 1/TCP allowed", "y/a > x/a 65535/TCP allowed", "y/a > x/a 80/UDP denied", "y/a > x/a 80/SCTP denied"),
    own("a port without protocol is TCP", [*XY, netpol("x", {}, "I", ingress=[{"ports": [{"port": 53}]}])],
        "y/a > x/a 53/TCP allowed", "y/a > x/a 53/UDP denied"),
    own("two ports, one of them of any number", [*XY, netpol("x", {}, "I", ingress=[{"ports": [{"port": 53}, {"protocol": "UDP"}]}])],
        "y/a > x/a 53/TCP allowed", "y/a > x/a 54/TCP denied", "y/a > x/a 54/UDP allowed"),
    own("endPort is included", [*XY, netpol("x", {}, "I", ingress=[{"ports": [{"port": 80, "endPort": 90}]}])],
        "y/a > x/a 79/TCP denied", "y/a > x/a 80/TCP allowed", "y/a > x/a 90/TCP allowed", "y/a > x/a 91/TCP denied"),
    own("endPort equal to port", [*XY, netpol("x", {}, "I", ingress=[{"ports": [{"port": 80, "endPort": 80}]}])],
        "y/a > x/a 80/TCP allowed", "y/a > x/a 81/TCP denied"),
    own("ports of one rule are not for the peers of another",
        [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is(B)], "ports": tcp(80)}, {"from": [ns_is(Y)], "ports": tcp(81)}])],
        "x/b > x/a 80/TCP allowed", "x/b > x/a 81/TCP denied", "y/a > x/a 80/TCP denied", "y/a > x/a 81/TCP allowed"),
    own("a policy selects no pod of another namespace", [*XY, netpol("y", {}, **DENY_IN)],
        "x/b > x/a 80/TCP allowed", "x/b > y/a 80/TCP denied"),
    own("NotIn matches what lacks the key", [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is(where("tier", "NotIn", "db"))]}])],
        "x/b > x/a 80/TCP allowed"),
    own("In needs the key", [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is(where("tier", "In", "db"))]}])], "x/b > x/a 80/TCP denied"),
    own("Exists", [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is(where("pod", "Exists"))]}])], "x/b > x/a 80/TCP allowed"),
    own("DoesNotExist", [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is(where("pod", "DoesNotExist"))]}])], "x/b > x/a 80/TCP denied"),
    own("all requirements must hold",
        [*XY, netpol("x", A, "I", ingress=[{"from": [pod_is({**B, **where("pod", "NotIn", "b")})]}])], "x/b > x/a 80/TCP denied"),
    own("a namespace that nothing declares has its name as label",
        [pod("x/a"), pod("y/a"), pod("z/a"), netpol("x", {}, "I", ingress=[{"from": [ns_is(Y)]}])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("a named port of another protocol", [namespace("x"), pod("x/a", ports=numbered(("dns", 53, "UDP"))), pod("x/b"),
        netpol("x", A, "I", ingress=[{"ports": tcp("dns")}])], "x/b > x/a 53/TCP denied", "x/b > x/a 53/UDP denied"),
    own("a named port that no pod has", [*XY, netpol("x", A, "I", ingress=[{"ports": tcp("web")}])],
        "x/b > x/a 80/TCP denied", f"{OUT} > x/a 80/TCP denied"),
    own("a named port differs from pod to pod", [namespace("x"), pod("x/a", ports=numbered(("web", 8080))),
        pod("x/b", ports=numbered(("web", 9090))), pod("x/c"), netpol("x", {}, "I", ingress=[{"ports": tcp("web")}])],
        "x/c > x/a 8080/TCP allowed", "x/c > x/a 9090/TCP denied", "x/c > x/b 9090/TCP allowed", "x/c > x/b 8080/TCP denied"),
    own("a named port in egress is that of the destination", [namespace("x"), pod("x/a", ports=numbered(("web", 8080))),
        pod("x/b", ports=numbered(("web", 9090))), netpol("x", A, "E", egress=[{"ports": tcp("web")}])],
        "x/a > x/b 9090/TCP allowed", "x/a > x/b 8080/TCP denied", f"x/a > {OUT} 8080/TCP denied"),
    own("a named port with a block of a pod", [namespace("x"), pod("x/a"), pod("x/b", ip="10.1.0.2", ports=numbered(("web", 9090))),
        netpol("x", A, "E", egress=[{"to": block("10.1.0.0/24"), "ports": tcp("web")}])],
        "x/a > x/b 9090/TCP allowed", "x/a > 10.1.0.77 9090/TCP denied"),
    own("a name that only a sidecar has is not resolved", [namespace("x"), pod("x/b"), pod("x/a", ports=[], initContainers=[
        {"name": "proxy", "image": "p", "restartPolicy": "Always", "ports": numbered(("web", 8080))}]),
        netpol("x", A, "I", ingress=[{"ports": tcp("web")}])], "x/b > x/a 8080/TCP denied"),
    own("a block of outside addresses", [*XY, netpol("x", {}, "I", ingress=[{"from": block("198.51.100.0/24", "198.51.100.8/29")}])],
        "198.51.100.7 > x/a 80/TCP allowed", "198.51.100.8 > x/a 80/TCP denied", "198.51.100.15 > x/a 80/TCP denied",
        "198.51.100.16 > x/a 80/TCP allowed", "198.51.101.0 > x/a 80/TCP denied", "y/a > x/a 80/TCP denied"),
    own("an egress block", [*XY, netpol("x", {}, "E", egress=[{"to": block("198.51.100.0/24"), "ports": tcp(443)}])],
        "x/a > 198.51.100.7 443/TCP allowed", "x/a > 198.51.100.7 80/TCP denied", "x/a > 198.51.101.7 443/TCP denied"),
    own("a block of IPv4 is not IPv6", [*XY, netpol("x", {}, "I", ingress=[{"from": block("0.0.0.0/0")}])],
        f"{OUT} > x/a 80/TCP allowed", f"{OUT6} > x/a 80/TCP denied", "y/a > x/a 80/TCP allowed"),
    own("a block of IPv6 is not IPv4", [*XY, netpol("x", {}, "I", ingress=[{"from": block("::/0")}])],
        f"{OUT} > x/a 80/TCP denied", f"{OUT6} > x/a 80/TCP allowed", "y/a > x/a 80/TCP denied"),
    own("dual stack: a block of one family", [*DUAL, netpol("x", A, "I", ingress=[{"from": block("10.1.0.0/24")}])],
        "x/b > x/a 80/TCP unknown", "x/c > x/a 80/TCP allowed"),
    own("dual stack: blocks of both", [*DUAL, netpol("x", A, "I", ingress=[{"from": [*block("10.1.0.0/24"), *block("fd00::/64")]}])],
        "x/b > x/a 80/TCP allowed"),
    own("dual stack: selectors are of both", [*DUAL, netpol("x", A, "I", ingress=[{"from": [pod_is(B)]}])],
        "x/b > x/a 80/TCP allowed", "x/c > x/a 80/TCP denied"),
    own("an address that is not known", [*UNKNOWN, netpol("x", A, "I", ingress=[{"from": block("10.0.0.0/8")}])],
        "x/b > x/a 80/TCP unknown"),
    own("all addresses hold one that is not known", [*UNKNOWN, netpol("x", A, "I", ingress=[{"from": block("0.0.0.0/0")}])],
        "x/b > x/a 80/TCP allowed"),
    own("two halves hold it too",
        [*UNKNOWN, *(netpol("x", A, "I", ingress=[{"from": block(half)}]) for half in ("0.0.0.0/1", "128.0.0.0/1"))],
        "x/b > x/a 80/TCP allowed"),
    own("but not on different ports", [*UNKNOWN, netpol("x", A, "I", ingress=[
        {"from": block("0.0.0.0/1"), "ports": tcp(80)}, {"from": block("128.0.0.0/1"), "ports": tcp(80, 81)}])],
        "x/b > x/a 80/TCP allowed", "x/b > x/a 81/TCP unknown", "x/b > x/a 82/TCP denied"),
    own("nor with an exception", [*UNKNOWN, netpol("x", A, "I", ingress=[{"from": block("0.0.0.0/0", "192.0.2.0/24")}])],
        "x/b > x/a 80/TCP unknown"),
    own("a block of a family that no pod has", [*UNKNOWN, netpol("x", A, "I", ingress=[{"from": block("fd00::/8")}])],
        "x/b > x/a 80/TCP denied"),
    own("templates: either family is possible", [*TEMPLATES, netpol("x", A, "I", ingress=[{"from": block("0.0.0.0/0")}])],
        "Deployment/x/web > x/a 80/TCP unknown"),
    own("templates: both families", [*TEMPLATES, netpol("x", A, "I", ingress=[{"from": [*block("0.0.0.0/0"), *block("::/0")]}])],
        "Deployment/x/web > x/a 80/TCP allowed"),
    own("templates are selected", [*TEMPLATES, netpol("x", only("app=web"), "IE", ingress=[{"from": [pod_is(A)], "ports": tcp(80)}])],
        "x/a > Deployment/x/web 80/TCP allowed", "x/a > Deployment/x/web 81/TCP denied", "Deployment/x/web > x/a 80/TCP denied"),
    own("host network: as a peer", [*HOST, netpol("x", A, "IE", ingress=[{"from": [pod_is({})]}], egress=[{"to": [pod_is({})]}])],
        "x/h > x/a 80/TCP unknown", "x/a > x/h 80/TCP unknown"),
    own("host network: it may be the own node", [*HOST, netpol("x", A, "IE", ingress=[])],
        "x/h > x/a 80/TCP unknown", "x/a > x/h 80/TCP denied"),
    own("host network: by its address", [*HOST, netpol("x", A, "IE", ingress=[{"from": block("172.16.0.0/16")}],
        egress=[{"to": block("172.16.0.9/32")}])], "x/h > x/a 80/TCP allowed", "x/a > x/h 80/TCP allowed"),
    own("host network: as a subject", [*HOST, netpol("x", only("pod=h"), "IE", ingress=[{"from": [pod_is(A)], "ports": tcp(80)}])],
        "x/a > x/h 80/TCP allowed", "x/a > x/h 81/TCP unknown", "x/h > x/a 80/TCP unknown", f"{OUT} > x/h 80/TCP unknown"),
    own("a finished pod has no part, and another has its address", [namespace("x"), pod("x/a", ip="10.1.0.1"),
        pod("x/old", ip="10.1.0.2", phase="Succeeded"), pod("x/b", ip="10.1.0.2"),
        netpol("x", A, "I", ingress=[{"from": [pod_is(only("pod=old"))]}])],
        "x/b > x/a 80/TCP denied"),
    own("every pod is selected, not only by name", [*XY, netpol("x", where("pod", "Exists"), **DENY_IN)],
        "y/a > x/b 80/TCP denied", "x/a > y/a 80/TCP allowed"),
]

WEB = numbered(("web", 8080))
MIXED = [pod("x/a", "app=web", ports=WEB), pod("x/b", "app=web", ports=numbered(("web", 9090)))]
ON_WEB = only("app=web")
CLIENT = pod("x/client")
BACKEND = [namespace("x"), pod("x/a", "app=web", ports=WEB), CLIENT]

QUESTIONS = [
    asked("a policy on the Service port", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(80)}])], "pod/client > x/web 80/TCP denied", "anywhere > x/web 80/TCP denied"),
    asked("a policy on the pod port", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(8080)}])], "pod/client > x/web 80/TCP allowed", "anywhere > x/web 80/TCP allowed"),
    asked("a named targetPort", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": "web"}),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(8080)}])], "pod/client > x/web 80/TCP allowed"),
    asked("no targetPort", [*BACKEND, service("x/web", "app=web", {"port": 8080}),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp("web")}])], "pod/client > x/web 8080/TCP allowed"),
    asked("a name that differs from pod to pod, and a number", [namespace("x"), *MIXED, CLIENT,
        service("x/web", "app=web", {"port": 80, "targetPort": "web"}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(8080)}])],
        "pod/client > x/web 80/TCP partial", "anywhere > x/web 80/TCP partial"),
    asked("a name that differs from pod to pod, and the name", [namespace("x"), *MIXED, CLIENT,
        service("x/web", "app=web", {"port": 80, "targetPort": "web"}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp("web")}])],
        "pod/client > x/web 80/TCP allowed", "anywhere > x/web 80/TCP allowed"),
    asked("a name that only one pod has", [namespace("x"), MIXED[0], pod("x/b", "app=web"), CLIENT,
        service("x/web", "app=web", {"port": 80, "targetPort": "web"}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(8080)}])],
        "pod/client > x/web 80/TCP allowed"),
    asked("a name that no pod has", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": "http"})],
        "pod/client > x/web 80/TCP no-endpoints"),
    asked("a name of another protocol", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": "web", "protocol": "UDP"})],
        "pod/client > x/web 80/UDP no-endpoints"),
    *(asked(f"a name that only a sidecar has, and {entry}", [namespace("x"), CLIENT, pod("x/a", "app=web", ports=[], initContainers=[
        {"name": "proxy", "image": "p", "restartPolicy": "Always", "ports": WEB}]),
        service("x/web", "app=web", {"port": 80, "targetPort": "web"}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(entry)}])],
        f"pod/client > x/web 80/TCP {verdict}") for entry, verdict in (("web", "denied"), (8080, "allowed"))),
    asked("a name that only a plain init container has", [namespace("x"), CLIENT, pod("x/a", "app=web", ports=[], initContainers=[
        {"name": "setup", "image": "p", "ports": WEB}]), service("x/web", "app=web", {"port": 80, "targetPort": "web"})],
        "pod/client > x/web 80/TCP no-endpoints"),
    asked("headless: the port that is dialled", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}, clusterIP="None"),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(80)}])], "pod/client > x/web 80/TCP allowed"),
    asked("headless: not the targetPort", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}, clusterIP="None"),
        netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(8080)}])], "pod/client > x/web 80/TCP denied"),
    asked("two Services with swapped ports", [*BACKEND, service("x/one", "app=web", {"port": 10022, "targetPort": 22}),
        service("x/two", "app=web", {"port": 22, "targetPort": 10022}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(22)}])],
        "pod/client > x/one 10022/TCP allowed", "pod/client > x/two 22/TCP denied"),
    asked("one number, two protocols, two targetPorts", [*BACKEND, service("x/dns", "app=web",
        {"port": 53, "targetPort": 5353, "protocol": "UDP"}, {"port": 53, "targetPort": 5454, "protocol": "TCP"}),
        netpol("x", ON_WEB, "I", ingress=[{"ports": [{"port": 5353, "protocol": "UDP"}, {"port": 5353, "protocol": "TCP"}]}])],
        "pod/client > x/dns 53/UDP allowed", "pod/client > x/dns 53/TCP denied"),
    asked("a Service port that is another pod port", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        service("x/plain", "app=web", {"port": 8000, "targetPort": 80}), netpol("x", ON_WEB, "I", ingress=[{"ports": tcp(80)}])],
        "pod/client > x/web 80/TCP denied", "pod/client > x/plain 8000/TCP allowed"),
    asked("egress on the Service port", [*BACKEND, service("x/dns", "app=web", {"port": 53, "targetPort": 5353, "protocol": "UDP"}),
        netpol("x", only("pod=client"), "E", egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])],
        "pod/client > x/dns 53/UDP denied", "anywhere > x/dns 53/UDP allowed", "cluster > x/dns 53/UDP allowed"),
    asked("egress on the pod port", [*BACKEND, service("x/dns", "app=web", {"port": 53, "targetPort": 5353, "protocol": "UDP"}),
        netpol("x", only("pod=client"), "E", egress=[{"ports": [{"port": 5353, "protocol": "UDP"}]}])],
        "pod/client > x/dns 53/UDP allowed"),
    asked("some of the source", [*BACKEND, namespace("y"), pod("y/a"), service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        netpol("x", ON_WEB, "I", ingress=[{"from": [pod_is({})]}])],
        "same-namespace > x/web 80/TCP allowed", "ns/y > x/web 80/TCP denied", "cluster > x/web 80/TCP partial",
        "anywhere > x/web 80/TCP partial", "outside > x/web 80/TCP denied", "ns/y:pod/a > x/web 80/TCP denied"),
    asked("some of the addresses", [*BACKEND, service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        netpol("x", ON_WEB, "I", ingress=[{"from": block("198.51.100.0/25")}])],
        "198.51.100.1 > x/web 80/TCP allowed", "198.51.100.200 > x/web 80/TCP denied", "198.51.100.0/24 > x/web 80/TCP partial",
        "198.51.100.0/24 except 198.51.100.128/25 > x/web 80/TCP allowed", "outside > x/web 80/TCP partial"),
    asked("pods that are not ready", [*BACKEND, service("x/web", "app=web", {"port": 80}, publishNotReadyAddresses=True),
        {**pod("x/late", "app=late"), "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}},
        service("x/late", "app=late", {"port": 80}), netpol("x", only("app=late"), **DENY_IN)],
        "pod/client > x/web 80/TCP allowed", "pod/client > x/late 80/TCP denied"),
    asked("a terminating pod", [namespace("x"), CLIENT, {**pod("x/a", "app=web"), "metadata": {"name": "a", "namespace": "x",
        "labels": {"app": "web"}, "deletionTimestamp": "2026-01-01T00:00:00Z"}}, service("x/web", "app=web", {"port": 80}),
        netpol("x", ON_WEB, **DENY_IN)], "pod/client > x/web 80/TCP denied"),
    asked("no pods, and a finished one", [namespace("x"), CLIENT, pod("x/a", "app=web", phase="Failed"),
        service("x/web", "app=web", {"port": 80})], "pod/client > x/web 80/TCP no-endpoints", "anywhere > x/web 80/TCP no-endpoints"),
    *(asked(f"a template: {kind} {spec}", [namespace("x"), CLIENT, template(kind, "x/web", "app=web", **spec),
        service("x/web", "app=web", {"port": 80}), netpol("x", ON_WEB, "I", ingress=[{"from": [pod_is(only("pod=client"))]}])],
        f"pod/client > x/web 80/TCP {verdict}", f"outside > x/web 80/TCP {without}") for kind, spec, verdict, without in (
            ("Deployment", {}, "allowed", "denied"), ("StatefulSet", {"replicas": 3}, "allowed", "denied"),
            ("DaemonSet", {}, "allowed", "denied"), ("Deployment", {"replicas": 0}, "no-endpoints", "no-endpoints"),
            ("CronJob", {}, "no-endpoints", "no-endpoints"))),
    asked("a client on the host network", [*BACKEND, pod("x/h", hostNetwork=True), service("x/web", "app=web", {"port": 80}),
        netpol("x", ON_WEB, "I", ingress=[{"from": [pod_is({})]}])],
        "pod/h > x/web 80/TCP unknown", "cluster > x/web 80/TCP allowed", "same-namespace > x/web 80/TCP allowed"),
    asked("a pod on the host network behind it", [namespace("x"), CLIENT, pod("x/h", "app=web", hostNetwork=True),
        service("x/web", "app=web", {"port": 80}), netpol("x", ON_WEB, **DENY_IN)], "pod/client > x/web 80/TCP unknown"),
    asked("its own Service", [namespace("x"), CLIENT, service("x/client", "pod=client", {"port": 80})],
        "pod/client > x/client 80/TCP allowed"),
    asked("its own Service, isolated",
        [namespace("x"), CLIENT, service("x/client", "pod=client", {"port": 80}), netpol("x", {}, **DENY_IN)],
        "pod/client > x/client 80/TCP unknown"),
    asked("IPv6", [namespace("x"), pod("x/a", "app=web", ip="fd00::1"), pod("x/client", ip="fd00::2"),
        service("x/web", "app=web", {"port": 80}), netpol("x", ON_WEB, "I", ingress=[{"from": block("fd00::/64", "fd00::2/128")}])],
        "pod/client > x/web 80/TCP denied", "fd00::77 > x/web 80/TCP allowed", "2001:db8::1 > x/web 80/TCP denied"),
]


# ---- what the oracle does not know


def slices(where: str, *addresses: str, port: int) -> Document:
    its_namespace, name = where.split("/")
    return manifest(
        "discovery.k8s.io/v1", "EndpointSlice", its_namespace, f"{name}-1", f"kubernetes.io/service-name={name}", addressType="IPv4",
        ports=[{"name": "p0", "port": port, "protocol": "TCP"}], endpoints=[{"addresses": [each]} for each in addresses])


API_SERVER = [
    *pods("x/a"), service("default/kubernetes", "", {"port": 443, "targetPort": 6443}),
    slices("default/kubernetes", "172.16.0.1", port=6443)]

PROGRAM_ONLY = [
    asked("no selector, the address of a pod", [*pods("x/a x/b"), service("x/web", "", {"port": 80}), slices("x/web", "10.1.0.1", port=81),
        netpol("x", A, "I", ingress=[{"ports": tcp(81)}])], "pod/b > x/web 80/TCP allowed"),
    asked("no selector, the address of a pod, denied", [*pods("x/a x/b"), service("x/web", "", {"port": 80}),
        slices("x/web", "10.1.0.1", port=81), netpol("x", A, "I", ingress=[{"ports": tcp(80)}])], "pod/b > x/web 80/TCP denied"),
    *(asked(f"the API server: 443 is 6443, and a policy on {number}",
        [*API_SERVER, netpol("x", A, "E", egress=[{"to": block("172.16.0.1/32"), "ports": tcp(number)}])],
        f"ns/x:pod/a > default/kubernetes 443/TCP {verdict}") for number, verdict in ((443, "denied"), (6443, "allowed"))),
    asked("ExternalName", [*pods("x/a"), service("x/web", "", {"port": 80}, type="ExternalName", externalName="example.com")],
        "pod/a > x/web 80/TCP unknown"),
]


def ports_policy(*ports: Document) -> Document:
    return netpol("x", {}, "I", ingress=[{"ports": list(ports)}])


REFUSED = [                                                 # what the API server would not take: name, policy, what the message names
    ("a number in quotes", ports_policy({"port": "80"}), "ports[0].port"),
    ("port 0", ports_policy({"port": 0}), "ports[0].port"),
    ("port 70000", ports_policy({"port": 70000}), "ports[0].port"),
    ("endPort without port", ports_policy({"endPort": 90}), "ports[0].endPort"),
    ("endPort with a name", ports_policy({"port": "web", "endPort": 90}), "ports[0].endPort"),
    ("endPort below port", ports_policy({"port": 30000, "endPort": 20000}), "ports[0].endPort"),
    ("from [{}]", netpol("x", {}, "I", ingress=[{"from": [{}]}]), "from[0]"),
    ("except outside of its block", netpol("x", {}, "I", ingress=[{"from": block("10.0.0.0/8", "192.0.2.0/24")}]), "except[0]"),
    ("a block and a selector", netpol("x", {}, "I", ingress=[{"from": [{**block("10.0.0.0/8")[0], "podSelector": {}}]}]), "from[0]"),
]
