"""What must hold where administrators' policies stand around NetworkPolicies. Expected by hand, from the texts of the API.

C cases have the data of the conformance tests of network-policy-api (conformance/tests), in our namespaces.
"""
import itertools

from tests.e2e_cases import (
    NAME,
    Document,
    Flows,
    Questions,
    X,
    Y,
    asked,
    block,
    labelled,
    namespace,
    netpol,
    ns_is,
    numbered,
    only,
    own,
    pod,
    pods,
    service,
    template,
)

_NUMBERS = itertools.count(1)
EVERY: Document = {}
Z = only(f"{NAME}=z")


def cnp(tier: str, priority: int, subject: Document, name: str = "", **rules: list[Document]) -> Document:
    """ClusterNetworkPolicy; a subject without pods is namespaces."""
    spec = {"tier": tier, "priority": priority, "subject": subject_of(subject), **rules}
    return whole("v1alpha2", "ClusterNetworkPolicy", name or f"c{next(_NUMBERS)}", spec)


def anp(priority: int, subject: Document, name: str = "", **rules: list[Document]) -> Document:
    spec = {"priority": priority, "subject": subject_of(subject), **rules}
    return whole("v1alpha1", "AdminNetworkPolicy", name or f"a{next(_NUMBERS)}", spec)


def banp(subject: Document, **rules: list[Document]) -> Document:
    return whole("v1alpha1", "BaselineAdminNetworkPolicy", "default", {"subject": subject_of(subject), **rules})


def whole(version: str, kind: str, name: str, spec: Document) -> Document:
    return {"apiVersion": f"policy.networking.k8s.io/{version}", "kind": kind, "metadata": {"name": name}, "spec": spec}


def subject_of(subject: Document) -> Document:
    return subject if "pods" in subject else {"namespaces": subject}


def pods_of(namespaces: Document, selector: Document) -> Document:
    return {"pods": {"namespaceSelector": namespaces, "podSelector": selector}}


def into(action: str, *peers: Document, **more: object) -> Document:
    """An ingress rule; a selector alone is one of namespaces."""
    return {"action": action, "from": [peer_of(peer) for peer in peers], **more}


def out(action: str, *peers: Document, **more: object) -> Document:
    return {"action": action, "to": [peer_of(peer) for peer in peers], **more}


def peer_of(peer: Document) -> Document:
    return peer if {"pods", "nodes", "networks", "domainNames", "unheardOf"} & {*peer} else {"namespaces": peer}


def networks(*cidrs: str) -> Document:
    return {"networks": list(cidrs)}


def to_port(number: int, protocol: str = "tcp") -> Document:
    return {"protocols": [{protocol: {"destinationPort": {"number": number}}}]}


def node(name: str, address: str, labels: str = "") -> Document:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labelled(labels)},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]}}


XYZ = pods("x/a x/b y/a y/b z/a")
OPEN, CLOSED = netpol("x", EVERY, "I", ingress=[{}]), netpol("x", EVERY, "I", ingress=[])
HOSTS = [namespace("x"), namespace("y"), pod("x/a", ip="10.1.0.1"), pod("y/h", ip="172.16.0.9", hostNetwork=True)]
UNKNOWN = [namespace("x"), namespace("y"), pod("x/a", ip="10.1.0.1"), template("Deployment", "y/web", "app=web")]
NAMED = [namespace("x"), pod("x/a", ip="10.1.0.1"),
         pod("x/b", ip="10.1.0.2", ports=numbered(("web", 8080))), pod("x/u", ip="10.1.0.4", ports=numbered(("web", 8081, "UDP"))),
         pod("x/c", ip="10.1.0.3", ports=[])]

TIER_FLOWS: list[Flows] = [
    own("C1: Admin Deny comes before a NetworkPolicy that allows", [*XYZ, OPEN, cnp("Admin", 10, X, ingress=[into("Deny", Y)])],
        "y/a > x/a 80/TCP denied", "z/a > x/a 80/TCP allowed", "y/a > y/b 80/TCP allowed"),
    own("C2: Pass leaves it to the NetworkPolicies", [*XYZ, OPEN, cnp("Admin", 10, X, ingress=[into("Pass", Y), into("Deny", EVERY)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("C3: a Pass with nobody to take it up goes on to the Baseline tier",
        [*XYZ, cnp("Admin", 10, X, ingress=[into("Pass", Y)]), banp(X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP denied", "x/b > x/a 80/TCP denied", "y/a > y/b 80/TCP allowed"),
    own("C4: the Baseline tier is not asked about pods that NetworkPolicies isolate",
        [*XYZ, OPEN, cnp("Baseline", 10, X, ingress=[into("Deny", EVERY)])], "y/a > x/a 80/TCP allowed"),
    own("C5: Baseline allows before it denies",
        [*XYZ, cnp("Baseline", 10, X, ingress=[into("Accept", Y), into("Deny", EVERY)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("C6: the lower priority number is asked first",
        [*XYZ, cnp("Admin", 60, X, ingress=[into("Accept", Y)]), cnp("Admin", 50, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP denied"),
    own("C7: and changes the answer",
        [*XYZ, cnp("Admin", 40, X, ingress=[into("Accept", Y)]), cnp("Admin", 50, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("C8: within a policy the first rule decides",
        [*XYZ, CLOSED, cnp("Admin", 1, X, ingress=[into("Accept", Y), into("Deny", Y), into("Pass", Y)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("C9: networks mean pods, too",
        [*XYZ, cnp("Admin", 1, X, egress=[out("Accept", Y), out("Deny", networks("0.0.0.0/0"))])],
        "x/a > y/a 80/TCP allowed", "x/a > z/a 80/TCP denied", "x/a > 198.51.100.7 443/TCP denied", "y/a > 198.51.100.7 443/TCP allowed"),
    own("C10: single addresses before the rest",
        [*XYZ, cnp("Admin", 1, X, egress=[out("Accept", networks("10.1.0.3/32", "198.51.100.7/32")), out("Deny", networks("0.0.0.0/0"))])],
        "x/a > y/a 80/TCP allowed", "x/a > y/b 80/TCP denied", "x/a > 198.51.100.7 443/TCP allowed", "x/a > 198.51.100.8 443/TCP denied"),
    own("C11: nodes are their addresses",
        [*HOSTS, node("one", "172.16.0.9", "pool=a"), node("two", "172.16.0.8"),
         cnp("Admin", 1, X, egress=[out("Deny", {"nodes": only("pool=a")})])],
        "x/a > 172.16.0.8 443/TCP allowed", "x/a > y/h 80/TCP denied"),
    own("C12: a port by the name that the destination gives it, of any protocol",
        [*NAMED, cnp("Admin", 1, X, ingress=[into("Deny", EVERY, protocols=[{"destinationNamedPort": "web"}])])],
        "x/a > x/b 8080/TCP denied", "x/a > x/u 8081/UDP denied", "x/a > x/u 8081/TCP allowed",
        "x/a > x/b 8080/UDP allowed", "x/a > x/c 8080/TCP allowed"),
    own("AdminNetworkPolicy: by number, range and name",
        [*NAMED, anp(1, X, egress=[out("Deny", EVERY, ports=[
            {"portNumber": {"port": 53, "protocol": "UDP"}}, {"portRange": {"start": 80, "end": 90}}, {"namedPort": "web"}])])],
        "x/a > x/b 53/UDP denied", "x/a > x/b 53/TCP allowed", "x/a > x/b 80/TCP denied", "x/a > x/b 90/TCP denied",
        "x/a > x/b 91/TCP allowed", "x/a > x/b 85/UDP allowed", "x/a > x/b 8080/TCP denied", "x/a > x/u 8081/UDP denied"),
    own("AdminNetworkPolicy: Allow is final for its direction only",
        [*XYZ, CLOSED, netpol("y", EVERY, "E", egress=[]), anp(1, X, ingress=[into("Allow", EVERY)])],
        "z/a > x/a 80/TCP allowed", "y/a > x/a 80/TCP denied"),
    own("a policy isolates nobody: what no rule matches goes on", [*XYZ, cnp("Admin", 1, X, ingress=[into("Accept", Y)])],
        "z/a > x/a 80/TCP allowed", "198.51.100.7 > x/a 80/TCP allowed"),
    own("one direction is not the other", [*XYZ, cnp("Admin", 1, X, egress=[out("Deny", Y)])],
        "x/a > y/a 80/TCP denied", "y/a > x/a 80/TCP allowed", "x/a > z/a 80/TCP allowed"),
    own("equal priority: where both say the same it is certain",
        [*XYZ, cnp("Admin", 1, X, ingress=[into("Deny", Y)]), cnp("Admin", 1, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP denied", "z/a > x/a 80/TCP denied"),
    own("equal priority: where they do not, any of them may come first",
        [*XYZ, cnp("Admin", 1, X, ingress=[into("Deny", Y)]), cnp("Admin", 1, X, ingress=[into("Accept", EVERY)])],
        "y/a > x/a 80/TCP unknown", "z/a > x/a 80/TCP allowed"),
    own("equal priority: what comes after does not matter where all of it ends alike",
        [*XYZ, cnp("Admin", 1, X, ingress=[into("Pass", Y)]), cnp("Admin", 1, X, ingress=[into("Accept", Y)]), OPEN],
        "y/a > x/a 80/TCP allowed"),
    own("equal priority in different tiers is no tie",
        [*XYZ, cnp("Admin", 1, X, ingress=[into("Accept", Y)]), cnp("Baseline", 1, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("of two versions of the API nobody knows which comes first",
        [*XYZ, anp(1, X, ingress=[into("Allow", Y)]), cnp("Admin", 9, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP unknown", "z/a > x/a 80/TCP denied"),
    own("whatever the address is, all ways end alike", [*UNKNOWN, cnp("Admin", 1, X, egress=[out("Accept", networks("10.9.0.0/16"))])],
        "x/a > Deployment/y/web 80/TCP allowed"),
    own("three at one priority: of two that meet, either", [
        *XYZ, cnp("Admin", 1, X, ingress=[into("Accept", Y)]), cnp("Admin", 1, X, ingress=[into("Deny", Z)]),
        cnp("Admin", 1, X, ingress=[into("Deny", pods_of(Y, only("pod=b")))])],
        "y/a > x/a 80/TCP allowed", "y/b > x/a 80/TCP unknown", "z/a > x/a 80/TCP denied"),
    own("a Pass of the Baseline tier leaves it open", [
        *XYZ, cnp("Baseline", 1, X, ingress=[into("Pass", Y)]), cnp("Baseline", 2, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
    own("both directions of NetworkPolicies are looked at apart: of egress alone they isolate no ingress",
        [*XYZ, netpol("x", EVERY, "E", egress=[{}]), cnp("Baseline", 1, X, ingress=[into("Deny", EVERY)])],
        "y/a > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed"),
    own("pods and ports together", [*XYZ, cnp("Admin", 1, pods_of(X, only("pod=a")), ingress=[
        into("Deny", pods_of(Y, only("pod=b")), **to_port(80))])],
        "y/b > x/a 80/TCP denied", "y/b > x/a 81/TCP allowed", "y/a > x/a 80/TCP allowed", "y/b > x/b 80/TCP allowed"),
    own("a range of CNP, and another protocol", [*XYZ, cnp("Admin", 1, X, ingress=[
        into("Deny", EVERY, protocols=[{"udp": {"destinationPort": {"range": {"start": 80, "end": 81}}}}])])],
        "y/a > x/a 80/UDP denied", "y/a > x/a 81/UDP denied", "y/a > x/a 82/UDP allowed", "y/a > x/a 80/TCP allowed"),
    own("pods on the host network are no subjects and no peers",
        [*HOSTS, cnp("Admin", 1, EVERY, ingress=[into("Deny", EVERY)], egress=[out("Deny", EVERY)])],
        "y/h > x/a 80/TCP allowed", "x/a > y/h 80/TCP allowed"),
    own("IPv4 networks say nothing of IPv6", [
        namespace("x"), pod("x/a", ip=("10.1.0.1", "fd00::1")), pod("x/b", ip="fd00::2"),
        cnp("Admin", 1, X, egress=[out("Deny", networks("0.0.0.0/0"))])],
        "x/a > x/b 80/TCP allowed", "x/a > 2001:db8::7 443/TCP allowed", "x/a > 198.51.100.7 443/TCP denied"),
    own("of pods whose address is not known networks match perhaps",
        [*UNKNOWN, cnp("Admin", 1, X, egress=[out("Deny", networks("10.9.0.0/16"))])], "x/a > Deployment/y/web 80/TCP unknown"),
    own("unless they hold the whole family", [*UNKNOWN, cnp("Admin", 1, X, egress=[out("Deny", networks("0.0.0.0/0"))])],
        "x/a > Deployment/y/web 80/TCP denied"),
    own("an ipBlock of a NetworkPolicy and the tiers", [*XYZ, netpol("x", EVERY, "I", ingress=[{"from": block("198.51.100.0/24")}]),
                                                       cnp("Admin", 1, X, ingress=[into("Accept", Y)])],
        "198.51.100.7 > x/a 80/TCP allowed", "y/a > x/a 80/TCP allowed", "z/a > x/a 80/TCP denied"),
]

DOMAINS = [*XYZ, cnp("Admin", 1, X, egress=[out("Accept", {"domainNames": ["*.example.com"]}), out("Deny", networks("0.0.0.0/0"))])]
NODES = [*XYZ, cnp("Admin", 1, X, egress=[out("Deny", {"nodes": EVERY})])]
FUTURE = {"unheardOf": {}}


def served(policy: Document) -> Document:
    """As an API server has it: what it took is not misspelt."""
    policy["metadata"]["uid"] = "1"
    return policy


TIER_PROGRAM_ONLY: list[Flows] = [
    own("which addresses a domain has is not known; a pod is none of them", DOMAINS,
        "x/a > 198.51.100.7 443/TCP unknown", "x/a > y/a 80/TCP denied"),
    own("without Nodes it is not known what their addresses are", NODES, "x/a > 198.51.100.7 443/TCP unknown"),
    own("a peer that is not understood allows nobody", [*XYZ, CLOSED, served(cnp("Admin", 1, X, ingress=[into("Accept", FUTURE, Y)]))],
        "y/a > x/a 80/TCP denied"),
    own("and refuses everybody", [*XYZ, served(cnp("Admin", 1, X, ingress=[into("Deny", FUTURE, **to_port(443))]))],
        "y/a > x/a 80/TCP denied", "198.51.100.7 > x/a 80/TCP denied", "x/a > y/a 80/TCP allowed"),
    own("whether it denies or passes", [*XYZ, OPEN, served(cnp("Admin", 1, X, ingress=[into("Pass", FUTURE)]))], "y/a > x/a 80/TCP denied"),
]

WEB = [*XYZ, service("x/web", "pod=a", {"port": 80})]

TIER_QUESTIONS: list[Questions] = [
    asked("a part of the source is refused", [*WEB, OPEN, cnp("Admin", 1, X, ingress=[into("Deny", Y)])],
          "anywhere > x/web 80/TCP partial", "cluster > x/web 80/TCP partial", "ns/y > x/web 80/TCP denied", "ns/z > x/web 80/TCP allowed",
          "outside > x/web 80/TCP allowed"),
    asked("a NetworkPolicy that names the source does not help against Admin", [
        *WEB, netpol("x", EVERY, "I", ingress=[{"from": [ns_is(Y)]}]), cnp("Admin", 1, X, ingress=[into("Deny", Y)])],
        "ns/y > x/web 80/TCP denied", "ns/z > x/web 80/TCP denied"),
    asked("Baseline closes what nothing isolates", [*WEB, banp(EVERY, ingress=[into("Deny", EVERY)])],
          "cluster > x/web 80/TCP denied", "anywhere > x/web 80/TCP partial", "outside > x/web 80/TCP allowed"),
]

NOBODY = [namespace("x"), namespace("y"), namespace("q", "team=red"), pod("x/a", ip="10.1.0.1"), service("x/web", "pod=a", {"port": 80})]
RED = only("team=red")

TIER_QUESTIONS_ABOUT_NOBODY: list[Questions] = [               # of pods that are not there yet only the program speaks
    asked("a rule names all of the namespace", [*NOBODY, cnp("Admin", 1, X, ingress=[into("Deny", Y)])],
          "ns/y > x/web 80/TCP denied", "ns/q > x/web 80/TCP allowed"),
    asked("a rule names some of it", [*NOBODY, cnp("Admin", 1, X, ingress=[into("Deny", pods_of(Y, only("app=z")))])],
          "ns/y > x/web 80/TCP unknown", "ns/q > x/web 80/TCP allowed"),
    asked("Admin opens what a NetworkPolicy closes", [*NOBODY, CLOSED, cnp("Admin", 1, X, ingress=[into("Accept", Y)])],
          "ns/y > x/web 80/TCP allowed", "ns/q > x/web 80/TCP denied"),
    asked("Pass, and the NetworkPolicy decides", [*NOBODY, netpol("x", EVERY, "I", ingress=[{"from": [ns_is(Y)]}]),
                                                  cnp("Admin", 1, X, ingress=[into("Pass", Y), into("Deny", EVERY)])],
          "ns/y > x/web 80/TCP allowed", "ns/q > x/web 80/TCP denied"),
    asked("Baseline", [*NOBODY, banp(X, ingress=[into("Deny", Y)])], "ns/y > x/web 80/TCP denied", "ns/q > x/web 80/TCP allowed"),
    asked("by the labels of the namespace", [*NOBODY, cnp("Admin", 1, X, ingress=[into("Deny", RED)])],
          "ns/q > x/web 80/TCP denied", "ns/y > x/web 80/TCP allowed"),
]
