"""explain of what a client dials: by its own port, path, host and node."""

import pytest

from tests.program import run

CLUSTER = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
apiVersion: v1
kind: Node
metadata: {name: one}
status: {addresses: [{type: InternalIP, address: 192.168.7.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: two}
status: {addresses: [{type: InternalIP, address: 192.168.7.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: one, containers: [{name: c, image: c, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.1.0.1, hostIP: 192.168.7.1}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: team}
spec: {selector: {matchLabels: {app: client}}, template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c, image: c}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: controller, namespace: shop, labels: {app: open}}
spec: {containers: [{name: c, image: c, ports: [{containerPort: 80}, {containerPort: 443}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other-controller, namespace: shop, labels: {app: shut}}
spec: {containers: [{name: c, image: c, ports: [{containerPort: 80}, {containerPort: 443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: shop}
spec: {podSelector: {matchLabels: {app: shut}}}
---
apiVersion: v1
kind: Service
metadata: {name: open, namespace: shop}
spec: {type: LoadBalancer, selector: {app: open}, ports: [{name: http, port: 80}, {name: https, port: 443}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}
---
apiVersion: v1
kind: Service
metadata: {name: shut, namespace: shop}
spec: {type: LoadBalancer, selector: {app: shut}, ports: [{name: http, port: 80}, {name: https, port: 443}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.2}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: open, namespace: shop}
spec:
  rules:
  - host: open.example
    http:
      paths:
      - {path: /v1, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /v2, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shut, namespace: shop}
spec: {rules: [{host: shut.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.2}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: inner, namespace: shop}
spec: {rules: [{host: inner.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: open, port: {name: https}}}}]}}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.2}]}}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec: {selector: {app: open}, ports: [{port: 80}]}
"""


def asked(target: str, *arguments: str) -> str:
    ran = run(["explain", target, *arguments, "--offline", "-"], stdin=CLUSTER)
    return " ".join((ran.stdout + ran.stderr).split())


@pytest.mark.parametrize(("url", "verdict", "trial"), [
    ("http://open.example/v1", "allowed", "http://open.example/v1"), ("https://open.example/v2/a", "allowed", "https://open.example/v2/a"),
    ("http://shut.example/", "denied", "http://shut.example/")])
def test_of_a_url_only_its_own_way_is_asked(url: str, verdict: str, trial: str) -> None:
    said = asked(url, "--from", "outside")
    assert (said.partition(":")[0], f"curl -v {trial}" in said) == (verdict, True), said


@pytest.mark.parametrize(("url", "error"), [
    ("https://open.example:8443/v1", "served by ingress/open in namespace shop, which has no port 8443 hint: it is dialled on 80, 443"),
    ("http://open.example/v1/below", "nothing is known to serve open.example/v1/below"),
    ("http://open.example/v1/", "nothing is known to serve open.example/v1/"),
    ("http://open.example/v3", "what is served there: open.example/v1, open.example/v2")])
def test_what_nothing_serves_is_no_way_in(url: str, error: str) -> None:
    assert error in asked(url, "--from", "outside")


@pytest.mark.parametrize(("address", "source", "said"), [
    ("192.168.7.1:30080", "outside", "allowed"), ("192.168.7.1:30080", "outside", "nc -vz 192.168.7.1 30080"),
    ("192.168.7.2:30080", "outside", "no-endpoints"), ("192.168.7.2:30080", "203.0.113.9", "has no pod for 80/TCP on node two"),
    ("192.168.7.2:30080", "outside", "dial a node that has a pod of it"),
    ("192.168.7.2:30080", "ns/team:deploy/client", "allowed"), ("192.0.2.1:443", "outside", "nc -vz 192.0.2.1 443")])
def test_a_node_that_is_dialled_sends_to_its_own_pods_where_it_must(address: str, source: str, said: str) -> None:
    assert said in asked(address, "--from", source)


def test_templates_may_run_on_the_node_that_is_dialled() -> None:
    manifests = CLUSTER.replace("spec: {nodeName: one, ", "spec: {")
    assert run(["explain", "192.168.7.2:30080", "--from", "outside", "--offline", "-"], stdin=manifests).stdout.startswith("allowed")


def test_the_namespace_asked_for_is_that_of_the_client() -> None:
    said = asked("http://open.example/v1", "--from", "deploy/client", "-n", "team")
    assert said.startswith("allowed: ns/team:deploy/client"), said
    assert 'deploy/nobody not found in namespace "team"' in asked("http://open.example/v1", "--from", "deploy/nobody", "-n", "team")


def test_an_ingress_is_asked_for_the_ports_that_it_leads_to() -> None:
    said = asked("svc/open", "--from", "ingress/inner")
    assert ("svc/open:443 (https)" in said, "svc/open:80" in said) == (True, False), said
    assert "ingress/inner → svc/open:80 (http)" in asked("svc/open:http", "--from", "ingress/inner")


@pytest.mark.parametrize(("source", "is_told"), [("nodes", False), ("203.0.113.9", True)])
def test_nodes_dial_what_is_not_published_too(source: str, is_told: bool) -> None:
    assert ("is not published outside" in asked("svc/inside", "--from", source)) == is_told
