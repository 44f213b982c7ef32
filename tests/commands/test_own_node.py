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
