"""Does the Tab key offer the cluster's own names, through kubectl itself, with one small request?"""
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.live.bed.access import Rules
from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.live.plugged import Plugged

FILES, NO_FILES, NO_SPACE = 0, 4, 2
SERVICES = """\
{kind: Service, apiVersion: v1, metadata: {name: gitlab}, spec: {ports: [{name: http, port: 80}, {name: ssh, port: 10022, targetPort: 22}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: redis}, spec: {ports: [{port: 6379, targetPort: redis}]}}
---
{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {name: allow-redis}, spec: {podSelector: {}}}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: nothing, ports: [{name: metrics, containerPort: 9090}]}]}
"""
READING: Rules = [{"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}]


class Offered(NamedTuple):
    said: dict[str, str]
    directive: int


@pytest.fixture
def plugged(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugged:
    monkeypatch.chdir(ROOT)
    return Plugged(bed, tmp_path)


@pytest.fixture
def services(bed: Bed, namespace: str) -> str:
    """Their namespace."""
    bed.apply(SERVICES, namespace)
    return namespace


def offered(plugged: Plugged, line: str, kubeconfig: str = "/nowhere") -> Offered:
    """By kubectl __complete netpol; only kubectl itself says something on stderr."""
    ran = plugged.kubectl("__complete", "netpol", *line.split(" "), kubeconfig=kubeconfig)
    assert ran.returncode == 0
    assert all(line.startswith(("[Debug]", "Completion ended")) for line in ran.stderr.splitlines()), ran.stderr
    *lines, last = ran.stdout.splitlines()
    return Offered({value: said for value, _, said in (line.partition("\t") for line in lines)}, int(last.removeprefix(":")))


@pytest.mark.parametrize(("line", "first", "directive"), [
    ("", "explain", NO_FILES),
    ("sug", "suggest", NO_FILES),
    ("explain --off", "--offline", NO_FILES),
    ("explain -o=j", "json", NO_FILES),
    ("explain ", "svc/", NO_FILES + NO_SPACE),
    ("explain --from ", "anywhere", NO_FILES + NO_SPACE),
    ("explain --offline examples/gitlab/before svc/gitlab:", "svc/gitlab:http", NO_FILES),
])
def test_kubectl_asks_us(plugged: Plugged, line: str, first: str, directive: int) -> None:
    found = offered(plugged, line)
    assert (next(iter(found.said)), found.directive) == (first, directive)


def test_files_are_left_to_the_shell(plugged: Plugged) -> None:
    assert offered(plugged, "diff -f ") == ({}, FILES)


@pytest.mark.parametrize(("line", "said"), [
    ("explain svc/", {"svc/gitlab": "", "svc/redis": ""}),
    ("explain svc/git", {"svc/gitlab": ""}),
    ("explain svc gi", {"gitlab": ""}),
    ("explain svc/gitlab:", {"svc/gitlab:http": "80/TCP → 80", "svc/gitlab:ssh": "10022/TCP → 22"}),
    ("explain svc/redis:", {"svc/redis:6379": "6379/TCP → redis"}),
    ("explain deploy/web:", {"deploy/web:metrics": "9090/TCP"}),
    ("explain svc/gitlab --from deploy/", {"deploy/web": ""}),
    ("diff --delete netpol/", {"netpol/allow-redis": ""}),
    ("suggest svc/gitlab --allow ", {"http": "80/TCP → 80", "ssh": "10022/TCP → 22"}),
    ("suggest allow ", {"80": "svc/gitlab:http", "10022": "svc/gitlab:ssh", "6379": "svc/redis"}),
    ("suggest allow ssh on svc gitlab from deploy ", {"web": ""}),
    ("explain svc/nothing:", {}),
])
def test_names_and_ports_are_those_of_the_cluster(plugged: Plugged, services: str, line: str, said: dict[str, str]) -> None:
    for config, more in ((plugged.bed.kubeconfig(namespace=services), ""), (plugged.bed.kubeconfig(), f"-n {services} ")):
        assert offered(plugged, more + line, config) == (said, NO_FILES)


def test_namespaces(plugged: Plugged, services: str) -> None:
    config = plugged.bed.kubeconfig()
    for line, name in ((f"explain -n {services[:-1]}", services), (f"explain ns/{services[:-1]}", f"ns/{services}"),
                       (f"explain svc gitlab in {services[:-1]}", services)):
        assert name in offered(plugged, line, config).said
    assert offered(plugged, f"explain ns/{services}:svc/g", config).said == {f"ns/{services}:svc/gitlab": ""}
    assert f"svc/gitlab.{services}" in offered(plugged, f"explain svc/gitlab.{services[:-1]}", config).said
    assert offered(plugged, f"explain svc/gitlab.{services}:s", config).said == {f"svc/gitlab.{services}:ssh": "10022/TCP → 22"}


def test_a_name_that_two_namespaces_have(plugged: Plugged, services: str, new_namespace: Callable[..., str]) -> None:
    other = new_namespace()
    plugged.bed.apply(SERVICES, other)
    found = offered(plugged, "explain -A svc/gitlab", plugged.bed.kubeconfig()).said
    assert {f"svc/gitlab.{services}", f"svc/gitlab.{other}"} <= found.keys()


def test_the_context_of_the_line_counts(plugged: Plugged, services: str, tmp_path: Path) -> None:
    config = json.loads(Path(plugged.bed.kubeconfig()).read_text())
    config["contexts"].append({"name": "shop", "context": {**config["contexts"][0]["context"], "namespace": services}})
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    assert offered(plugged, "explain --context ", str(path)).said == {"bed": "", "shop": ""}
    assert offered(plugged, "explain --context shop svc/r", str(path)).said == {"svc/redis": ""}
    assert offered(plugged, f"explain --kubeconfig {path} --context=shop svc/r").said == {"svc/redis": ""}
    assert offered(plugged, "explain --context bed svc/r", str(path)).said == {}


@pytest.mark.parametrize(("line", "query"), [
    ("explain svc/", "limit=500"), ("explain svc/gitlab:", "fieldSelector=metadata.name%3Dgitlab"), ("suggest allow ", "limit=500")])
def test_one_small_request_is_enough(plugged: Plugged, services: str, line: str, query: str) -> None:
    user = plugged.bed.new_user()
    plugged.bed.grant(user, services, READING)
    mark = plugged.bed.audit_mark()
    found = offered(plugged, line, plugged.bed.kubeconfig(user, services))
    events = plugged.bed.audit_since(mark, user=user, user_agent="kubectl-netpol")
    assert found.said
    assert [event["verb"] for event in events] == ["list"]
    assert events[0]["requestURI"].startswith(f"/api/v1/namespaces/{services}/services?") and query in events[0]["requestURI"]


def test_what_is_overlaid_comes_first(plugged: Plugged, services: str, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("""\
kind: Service
apiVersion: v1
metadata: {name: gitlab}
spec: {ports: [{name: git, port: 9418}]}
---
kind: Service
apiVersion: v1
metadata: {name: new}
spec: {ports: [{port: 1}]}
""")
    config = plugged.bed.kubeconfig(namespace=services)
    assert offered(plugged, f"explain -f {overlay} svc/", config).said.keys() == {"svc/gitlab", "svc/new", "svc/redis"}
    assert offered(plugged, f"explain -f {overlay} svc/gitlab:", config).said == {"svc/gitlab:git": "9418/TCP → 9418"}
    assert offered(plugged, "explain -f /nowhere svc/r", config).said == {"svc/redis": ""}


@pytest.mark.parametrize("word", ["svc/", "svc/gitlab:", "deploy/", "ns/"])
def test_what_may_not_be_read_has_no_names(plugged: Plugged, services: str, word: str) -> None:
    config = plugged.bed.kubeconfig(plugged.bed.new_user(), services)
    assert offered(plugged, f"explain {word}", config) == ({}, NO_FILES)


@pytest.mark.parametrize("line", ["explain", "explain -", "explain -o ", "explain svc/gitlab fr", "explain svc/gitlab --from a"])
def test_what_needs_no_names_asks_nothing(plugged: Plugged, services: str, line: str) -> None:
    user = plugged.bed.new_user()
    mark = plugged.bed.audit_mark()
    assert offered(plugged, line, plugged.bed.kubeconfig(user, services)).said
    assert plugged.bed.audit_since(mark, user=user, user_agent="kubectl-netpol") == []
