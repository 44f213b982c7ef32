"""Is traffic from a pod's own node always allowed, and that from another node judged?"""
import pytest

from tests.program import run

PODS = "".join(f"""\
apiVersion: v1
kind: Pod
metadata: {{name: web-{number}, namespace: shop, labels: {{app: web}}}}
spec: {{containers: [{{name: web}}]}}
status: {{phase: Running, podIP: 10.0.0.{number}, hostIP: 172.16.0.{number}}}
---
""" for number in (1, 2))
CLUSTER = PODS + """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: shop}
spec: {podSelector: {}}
"""


@pytest.mark.parametrize(("target", "source", "verdict", "status"), [
    ("pod/web-1:80", "172.16.0.1", "allowed", 0),
    ("pod/web-1:80", "172.16.0.2", "denied", 1),
    ("svc/web:80", "172.16.0.1", "partial", 3),
    ("svc/web:80", "172.16.0.9", "denied", 1),
    ("pod/web-1:80", "172.16.0.0/24", "denied", 1),
])
def test_a_pod_always_admits_its_own_node(target: str, source: str, verdict: str, status: int) -> None:
    ran = run(["explain", target, "--from", source, "--offline", "-"], stdin=CLUSTER)
    assert (ran.status, ran.stdout.partition(":")[0]) == (status, verdict)


# ---- where blocks hold no nodes for sure

NODE = """\
---
apiVersion: v1
kind: Node
metadata: {name: one}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: Hostname, address: one}]}
"""
BLOCK = "{ipBlock: {cidr: 192.168.0.0/24}}"
ALL = "{ipBlock: {cidr: 0.0.0.0/0}}, {namespaceSelector: {}}"


def opened(peers: str) -> str:
    return CLUSTER.replace("{podSelector: {}}", f"{{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}")


@pytest.mark.parametrize(("peers", "source", "generic", "cilium"), [
    (BLOCK, "nodes", "allowed", "unknown"), (BLOCK, "192.168.0.1", "allowed", "unknown"), (BLOCK, "192.168.0.2", "allowed", "allowed"),
    (BLOCK, "192.168.0.0/24", "allowed", "unknown"), (BLOCK, "192.168.0.128/25", "allowed", "allowed"),
    (BLOCK, "192.168.0.0/16", "partial", "unknown"), (ALL, "nodes", "allowed", "unknown"), ("", "nodes", "allowed", "allowed"),
    ("", "192.168.0.0/24", "allowed", "allowed"), ("{podSelector: {}}", "nodes", "denied", "denied"),
    (BLOCK, "outside", "partial", "partial"), (f"{BLOCK}, {ALL}", "172.16.0.0/24", "allowed", "unknown")])
def test_nodes_are_in_no_block_for_sure_where_blocks_hold_no_pods(peers: str, source: str, generic: str, cilium: str) -> None:
    for cni, verdict in (("generic", generic), ("cilium", cilium)):
        argv = ["explain", "svc/web:80", "--from", source, "--cni", cni, "--offline", "-"]
        ran = run(argv, stdin=opened(peers).replace("podIP: 10.0", "podIP: 10.1") + NODE)
        assert ran.stdout.partition(":")[0] == verdict, (cni, ran.stdout, ran.stderr)
        assert ("nodes are among the source" in ran.stdout.replace("\n ", "")) == (verdict == "unknown")


def test_nodes_of_which_none_is_known_are_in_no_block_either() -> None:
    bare = opened(ALL).replace("hostIP: ", "message: ")
    for cni, verdict in (("generic", "allowed"), ("cilium", "unknown")):
        ran = run(["explain", "svc/web:80", "--from", "nodes", "--cni", cni, "--offline", "-"], stdin=bare)
        assert ran.stdout.partition(":")[0] == verdict, (cni, ran.stdout, ran.stderr)


def test_what_is_no_address_of_a_node_is_none() -> None:
    ran = run(["explain", "svc/web:80", "--from", "192.168.0.1", "--cni", "cilium", "--offline", "-"],
              stdin=opened(BLOCK).replace("172.16.0.2", "somewhere"))
    assert ran.stdout.partition(":")[0] == "allowed", ran.stderr


def test_no_policy_is_proved_for_nodes_where_blocks_may_not_hold_them() -> None:
    for cni, proved in (("generic", ""), ("cilium", "with it, this is unknown: allow 80 on svc/web from nodes")):
        ran = run(["suggest", "svc/web", "--allow", "80", "--from", "nodes", "--cni", cni, "--offline", "-"], stdin=CLUSTER + NODE)
        assert ("with it, this is" in ran.stderr, proved in ran.stderr) == (bool(proved), True), ran.stderr
