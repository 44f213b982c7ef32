"""Is it said that nobody but the pod itself was asked about, even where a rule admits anyone?"""
from tests.program import run

CLUSTER = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: anybody, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
"""


def test_of_a_pod_and_its_own_service_nothing_is_known() -> None:
    ran = run(["explain", "svc/web", "--from", "pod/web", "--offline", "-"], stdin=CLUSTER)
    assert (ran.status, ran.stdout.partition(":")[0]) == (3, "unknown")
    assert "note: both ends are one pod now" in ran.stdout
