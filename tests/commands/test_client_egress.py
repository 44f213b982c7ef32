"""suggest --egress: the egress that clients need, and no more of them isolated than before."""
import pytest

from tests.program import run


def workload(name: str, labels: str) -> str:
    template = f"{{metadata: {{labels: {labels}}}, spec: {{containers: [{{name: c, image: c, ports: [{{containerPort: 8080}}]}}]}}}}"
    return f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec: {{selector: {{matchLabels: {labels}}}, template: {template}}}
"""


CLUSTER = workload("web", "{app: web, tier: front}") + workload("api", "{app: api, tier: front}") + workload("db", "{app: db}") + """\
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: shop},
 spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}}
"""


@pytest.mark.parametrize("source", ["same-namespace", "ns/shop", "tier=front"])
def test_clients_that_nothing_isolates_stay_open(source: str) -> None:
    suggested = run(["suggest", "svc/db", "--allow", "80", "--from", source, "--egress", "-n", "shop", "--offline", "-"], stdin=CLUSTER)
    assert "newly isolated for egress" not in suggested.stderr and suggested.status == 0, suggested.stderr
    both = f"{CLUSTER}---\n{suggested.stdout}"
    for client, target in (("web", "svc/db"), ("api", "deploy/web:8080"), ("api", "svc/db")):
        ran = run(["explain", target, "--from", f"deploy/{client}", "-n", "shop", "--offline", "-"], stdin=both)
        assert ran.stdout.startswith("allowed"), (client, target, ran.stdout)


def test_with_isolate_all_clients_are_isolated() -> None:
    ran = run(["suggest", "svc/db", "--allow", "80", "--from", "tier=front", "--egress", "--isolate", "-n", "shop", "--offline", "-"],
              stdin=CLUSTER)
    assert "newly isolated for egress: deploy/api" in ran.stderr, ran.stderr
    assert "tier: front" in ran.stdout and "app: web" not in ran.stdout
