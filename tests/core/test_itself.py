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


def test_a_pod_that_is_asked_where_it_may_go_is_no_question_about_itself() -> None:
    """Everything that pod/web may reach was said to be allowed, as it is the target, too."""
    ran = run(["explain", "pod/web", "--to", "ns/closed:80", "-n", "shop", "--offline", "-"], stdin=f"""\
{CLUSTER}---
apiVersion: v1
kind: Pod
metadata: {{name: db, namespace: closed, labels: {{app: db}}}}
spec: {{containers: [{{name: db}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: nobody, namespace: closed}}
spec: {{podSelector: {{}}}}
""")
    assert (ran.status, ran.stdout.partition(":")[0]) == (1, "denied")
