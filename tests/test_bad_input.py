"""Is bad input told with what, where and what to do, in one message and never with a traceback?"""
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import run

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def policy(**spec: Any) -> str:
    return yaml.safe_dump({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"podSelector": {}, **spec}}, sort_keys=False)


def from_peer(peer: Any) -> str:
    return policy(ingress=[{"from": [peer]}])


def to_port(port: Any) -> str:
    return policy(ingress=[{"ports": [port]}])


def service(**spec: Any) -> str:
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}}, sort_keys=False)


def pod(**container: Any) -> str:
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"containers": [container]}}, sort_keys=False)


def monitor(**selector: Any) -> str:
    return yaml.safe_dump({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": selector, "endpoints": []}}, sort_keys=False)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi"))

FILES = [
    # what the API server would refuse, at its path and in its words
    (monitor(matchExpressions=[{"key": "a", "operator": "Is"}]), "spec.selector.matchExpressions[0].operator: Invalid value"),
    (to_port({"port": 0}), "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"),
    (to_port({"port": 70000}), "spec.ingress[0].ports[0].port: Invalid value: 70000"),
    (to_port({"port": 80, "endPort": 70}), "endPort: Invalid value: 70: must be greater than or equal to `port`"),
    (to_port({"port": "http", "endPort": 90}), "endPort: Invalid value: 90: may not be specified when `port` is non-numeric"),
    (to_port({"endPort": 90}), "endPort: Invalid value: 90: may not be specified when `port` is not specified"),
    (to_port({"port": "80"}), 'Invalid value: "80": must contain at least one letter (a-z)'),
    (to_port({"port": 80, "protocol": "tcp"}), 'protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP"'),
    (from_peer({}), "spec.ingress[0].from[0]: Required value: must specify a peer"),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}), "Forbidden: may not specify both ipBlock and another peer"),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0"}}), 'ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value'),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0/40"}}), 'ipBlock.cidr: Invalid value: "10.0.0.0/40"'),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}), "must be a strict subset of `cidr`"),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}), "ipBlock.except[0]"),
    (from_peer({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["fd00::/64"]}}), "must be a strict subset of `cidr`"),
    (from_peer({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}), "not a valid selector operator"),
    (from_peer({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}), "values: Required value"),
    (from_peer({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}}), "values: Forbidden"),
    (from_peer({"podSelector": {"matchLabels": {"app": "no spaces"}}}), 'Invalid value: "no spaces"'),
    (policy(policyTypes=["ingress"]), 'spec.policyTypes[0]: Unsupported value: "ingress"'),
    (policy(policyTypes=["Ingress", "Egress", "Ingress"]), "may not specify more than two policyTypes"),
    (service(ports=[{"port": 0}]), "spec.ports[0].port: Invalid value: 0"),
    (service(ports=[{"port": 80}, {"port": 81, "name": "b"}]), "spec.ports[0].name: Required value"),
    (service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]), 'Duplicate value: "a"'),
    (service(ports=[{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]), 'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'),
    (service(ports=[{"port": 80, "nodePort": 30080}]), "nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
    (service(type="Headless"), 'spec.type: Unsupported value: "Headless": supported values: "ClusterIP"'),
    (service(type="NodePort", clusterIP="None"), "spec.clusterIP: Invalid value: \"None\": may not be set to 'None' for NodePort services"),
    (service(clusterIP="none"), 'spec.clusterIP: Invalid value: "none": must be a valid IP address'),
    (service(externalIPs=["10.0.0"]), 'spec.externalIPs[0]: Invalid value: "10.0.0": must be a valid IP address'),
    (service(externalTrafficPolicy="Local"), 'Policy: Invalid value: "Local": may only be set for externally-accessible services'),
    (service(type="NodePort", externalTrafficPolicy="local"), 'externalTrafficPolicy: Unsupported value: "local"'),
    (service(internalTrafficPolicy=""), 'internalTrafficPolicy: Unsupported value: "": supported values: "Cluster", "Local"'),
    (service(loadBalancerSourceRanges=["10.0.0.0/8"]), "Ranges: Forbidden: may only be used when `type` is 'LoadBalancer'"),
    (service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0"]), 'Ranges[0]: Invalid value: "10.0.0.0": must be a valid'),
    (service(ipFamilies=["ipv4"]), 'spec.ipFamilies[0]: Unsupported value: "ipv4"'),
    (service(ipFamilies=["IPv4", "IPv4"]), 'spec.ipFamilies[1]: Duplicate value: "IPv4"'),
    (pod(ports=[{"containerPort": 0}]), "spec.containers[0].ports[0].containerPort: Required value"),
    (pod(ports=[{"containerPort": 80, "hostPort": 70000}]), "hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
    (pod(ports=[{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]), 'ports[1].name: Duplicate value: "a"'),
    (pod(restartPolicy="always"), 'restartPolicy: Unsupported value: "always": supported values: "Always", "Never", "OnFailure"'),
    (NAMESPACE.replace("shop", "shop, annotations: {a b: c}"), 'metadata.annotations: Invalid value: "a b": name part must consist of'),
    (NAMESPACE.replace("shop", "shop, labels: {/a: b}"), 'metadata.labels: Invalid value: "/a": prefix part must be non-empty'),
    (NAMESPACE.replace("shop", "Shop"), 'metadata.name: Invalid value: "Shop"'),
    # wrong types and misspelt fields
    (service(ports=[{"port": "80"}]), "Service/web: spec.ports[0].port: expected int, got str"),
    (service(ports={"port": 80}), "spec.ports: expected list, got map"),
    (to_port({"port": 80.5}), "spec.ingress[0].ports[0].port: expected int or str, got float"),
    (policy(podselector={"matchLabels": {}}), "spec.podselector: unknown field\nhint: did you mean \"podSelector\"?"),
    (policy(ingres=[]), 'did you mean "ingress"?'),
    (policy(ingress=[{"form": []}]), 'did you mean "from"?'),
    ("apiVersion: v1\nkind: Pod\nspec: {}\n", "metadata: Required value"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "metadata.name: Required value"),
    # broken files
    ("a: b\n c: d\n", "manifest.yaml:2:3: broken YAML"),
    (NAMESPACE + "kind: Twice\n", 'manifest.yaml:4:1: broken YAML: the key "kind" stands twice'),
    ("- just\n- a list\n", "is no Kubernetes manifest: it has no apiVersion and kind"),
    ("kind: Pod\nmetadata: {name: x}\n", "is no Kubernetes manifest: it has no apiVersion"),
    (BOMB, "its aliases stand for more than 1000000 values"),
    ("x: " + "[" * 3000, "nested more than 200 levels deep"),
    ("x: " + "{a: " * 3000, "nested more than 200 levels deep"),
    ("".join(" " * depth + "a:\n" for depth in range(3000)), "nested more than 200 levels deep"),
    ("- " * 3000 + "x\n", "nested more than 200 levels deep"),
    ('{"a":' * 300_000 + "1" + "}" * 300_000, "nested too deeply"),
    ('{"apiVersion": "v1", "kind": "List",\n "items": [{"apiVersion": "v1"', "manifest.yaml:2:31: the JSON ends in the middle"),
    ('{"apiVersion": "v1",\n "kind": }', "manifest.yaml:2:10: broken JSON"),
    ("kind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n", "is a template that is not rendered\nhint: render it: helm template"),
    ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: '{{ .Release.Name }}'\n", "is a template that is not rendered"),
    ("kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n", "kubectl kustomize"),
    ("\x00\x01\x02ELF", "is a binary file"),
    ("a: \x1b[31mred\x1b[0m\n", "broken YAML"),
]


@pytest.mark.parametrize(("text", "message"), FILES, ids=[message.splitlines()[0][:60] for _, message in FILES])
def test_a_bad_file_is_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text(text)
    ran = run(["explain", "--offline", str(path)])
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {path}") or ran.stderr.startswith(f"error: {tmp_path}")
    assert message in ran.stderr and "hint: " in ran.stderr
    assert "Traceback" not in ran.stderr and "\x1b" not in ran.stderr


def test_the_first_problem_of_each_object_is_told_together_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "all.yaml"
    path.write_text(to_port({"port": 0, "endPort": -1}) + "---\n" + service(ports=[{"port": 70000}]))
    lines = run(["explain", "--offline", str(path)]).stderr.splitlines()
    assert lines[0] == (f"error: {path}:10: NetworkPolicy/web: spec.ingress[0].ports[0].port: "
                        "Invalid value: 0: must be between 1 and 65535, inclusive")
    assert lines[1].startswith(f"  {path}:22: Service/web: spec.ports[0].port: Invalid value: 70000")
    assert [line[:4] for line in lines[2:]] == ["hint"]


def test_two_objects_of_one_name_that_differ_are_told_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(service())
    (tmp_path / "b.yaml").write_text(service())
    assert run(["explain", "--offline", str(tmp_path)]).status == 0
    (tmp_path / "b.yaml").write_text(service(ports=[{"port": 81}]))
    ran = run(["explain", "--offline", str(tmp_path)])
    assert ran.status == 2
    assert ran.stderr.startswith(f"error: {tmp_path}/b.yaml:1: Service/web: it is given here and at {tmp_path}/a.yaml:1, and not the same")


def test_paths_that_hold_nothing_are_told(tmp_path: Path) -> None:
    assert "no such file or folder" in run(["explain", "--offline", str(tmp_path / "nowhere")]).stderr
    assert "holds no manifests" in run(["explain", "--offline", str(tmp_path)]).stderr
    assert "is empty" in run(["explain", "--offline", "-"]).stderr
    (tmp_path / "manifests").mkdir()
    assert 'did you mean "manifests"?' in run(["explain", "--offline", str(tmp_path / "manifest")]).stderr
    assert "stdin can be read once" in run(["diff", "--offline", "-", "-f", "-"], stdin=service()).stderr


def test_a_folder_may_hold_more_than_manifests(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("image: x\n")
    (tmp_path / "notes.txt").write_text("{{ nothing }}")
    (tmp_path / "web.yaml").write_text(service())
    ran = run(["explain", "--offline", str(tmp_path)])
    assert ran.status == 0 and "svc/web" in ran.stdout
    assert ran.stderr == f"note: 1 document is no Kubernetes manifest and left out: {tmp_path}/values.yaml\n"
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    assert f"hint: build it: kubectl kustomize {tmp_path}" in run(["explain", "--offline", str(tmp_path)]).stderr


def test_a_chart_is_to_be_rendered(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: x\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "pod.yaml").write_text("kind: {{ x }}\n")
    assert f"hint: render it: helm template {tmp_path}" in run(["explain", "--offline", str(tmp_path)]).stderr


def test_what_kubectl_accepts_is_accepted() -> None:
    items = [yaml.safe_load(service()), yaml.safe_load(policy(podSelector=None, ingress=None))]
    for item in items:
        del item["kind"]
    lists = [{"apiVersion": "v1", "kind": "ServiceList", "items": items[:1]},
             {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "items": items[1:]}]
    for text in (json.dumps(lists[0]) + json.dumps(lists[1]), "---\n".join(map(yaml.safe_dump, lists))):
        ran = run(["explain", "--offline", "-", "-o", "json"], stdin=text)
        assert (ran.status, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["services"][0]["name"] == "web"


def test_yaml_is_read_as_kubectl_reads_it() -> None:
    text = service() + "---\n" + """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}, annotations: {at: 1:30, day: 2026-01-01}, creationTimestamp: 2026-01-01}
spec: {containers: [{ports: [{containerPort: 0x50}]}]}
"""
    ran = run(["explain", "--offline", "-", "-o", "json"], stdin=text)
    assert ran.status == 0, ran.stderr
    assert json.loads(ran.stdout)["services"][0]["ports"][0]["backends"][0]["pods"] == 1


def test_an_object_without_a_namespace_is_of_n_or_default_and_it_is_said() -> None:
    text = service().replace("  namespace: shop\n", "")
    ran = run(["explain", "--offline", "-"], stdin=text)
    assert ran.stderr == 'note: 1 object names no namespace: taken as in "default"\n'
    ran = run(["explain", "--offline", "-", "-n", "shop", "-o", "json"], stdin=text)
    assert json.loads(ran.stdout)["services"][0]["namespace"] == "shop"


def test_other_kinds_are_counted_on_request_and_groups_matter() -> None:
    knative = service().replace("apiVersion: v1", "apiVersion: serving.knative.dev/v1")
    calico = policy(order=1).replace("networking.k8s.io/v1", "projectcalico.org/v3")
    text = "---\n".join([service(), knative, calico, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"])
    assert run(["explain", "--offline", "-"], stdin=text).stderr == ""
    ran = run(["explain", "--offline", "-", "-v", "1"], stdin=text)
    assert (ran.status, ran.stderr) == (0, "note: kinds that are not looked at: ConfigMap 1, Service 1\n")


ARGUMENTS = [
    (["explain", "svc/gitlap"], "svc/gitlap not found", "did you mean svc/gitlab?"),
    (["explain", "svc/gitlab:shh", "--from", "anywhere"], "svc/gitlab has no port shh", "its ports are 80/TCP (http), 10022/TCP (ssh)"),
    (["explain", "svc/gitlab:22", "--from", "anywhere"], "22 is the target port of svc/gitlab", "write svc/gitlab:10022"),
    (["explain", "svc/gitlab", "--from", "app=nothing"], "the source app=nothing matches no pod", "labels of pods in gitlab are"),
    (["explain", "svc/gitlab", "--from", "ns/nowhere"], 'namespace "nowhere" not found', "gitlab"),
    (["explain", "deploy/web", "--to", "https://web.example/"], "is what a client dials",
     "explain https://web.example/ --from deploy/NAME"),
    (["explain", "-n", "Bad_Name"], '"Bad_Name" is not the name of a namespace', "lower-case"),
    (["explain", "-n", "gitlap"], 'namespace "gitlap" not found', "did you mean ns/gitlab?"),
    (["explain", "--form", "anywhere"], 'unknown flag "--form"', 'did you mean "--from"?'),
    (["explian"], 'unknown command "explian"', 'did you mean "explain"?'),
    (["explain", "svc/gitlab", "--from", "anywehre"], '"anywehre" is not a source', 'did you mean "anywhere"?'),
    (["explain", "svc/gitlab", "--from", "ingress/web"], 'ingress/web not found in namespace "gitlab"', "there is no Ingress there"),
    (["suggest", "svc/gitlab", "--allow", "ssh"], "--allow ssh has no --from", "--from anywhere"),
    (["suggest", "netpol/allow-from-all", "--allow", "80", "--from", "anywhere"], "is a policy", "svc/NAME"),
    (["suggest", "ns/gitlab", "--allow", "80", "--from", "anywhere"], "ns/gitlab is closed as a whole", "svc/NAME -n gitlab"),
    (["explain", "https://user@gitlab.example/"], "is not a URL that can be asked about", "HOST[:PORT][/PATH]"),
    (["diff"], "nothing to compare", "-f FILE"),
    (["diff", "--delete", "netpol/nothing"], "netpol/nothing not found", "there is"),
    (["diff", "--delete", "svc/gitlab"], "only policies can be deleted", "netpol/gitlab"),
]


@pytest.mark.parametrize(("argv", "message", "hint"), ARGUMENTS, ids=[" ".join(argv) for argv, _, _ in ARGUMENTS])
def test_a_bad_argument_is_told(argv: list[str], message: str, hint: str) -> None:
    ran = run([*argv, "--offline", "examples/gitlab/before"])
    assert (ran.status, ran.stdout) == (2, "")
    error, _, rest = ran.stderr.partition("hint: ")
    assert error.startswith("error: ") and message in error
    assert hint in rest


def test_an_ambiguous_name_lists_its_namespaces() -> None:
    text = service() + "---\n" + service().replace("namespace: shop", "namespace: ci")
    ran = run(["explain", "svc/web", "--offline", "-"], stdin=text)
    assert ran.stderr == "error: svc/web is in 2 namespaces: ci, shop\nhint: name one: -n ci, or ns/ci:svc/web\n"


def test_control_characters_of_the_cluster_are_shown_not_sent() -> None:
    intent = '  annotations: {"kubectl-netpol/intent": "\\e[31mallow"}\n'
    text = service() + "---\n" + policy().replace("spec:\n", f"{intent}spec:\n")
    for argv in (["explain"], ["explain", "netpol/web"], ["suggest", "netpol/web"]):
        ran = run([*argv, "--offline", "-"], stdin=text)
        assert "\x1b" not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
