"""Is a cluster asked for what a question needs, and for nothing else? Counted in the audit log of the API server."""
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from kubectl_netpol.server import read as reading
from tests import program
from tests.live.bed.bed import Bed
from tests.live.bed.server import Server
from tests.live.bed.users import token_of

NewNamespace = Callable[..., str]

EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: nothing}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, labels: {app: other}}, spec: {containers: [{name: main, image: nothing}]}}
"""


@pytest.fixture
def user(bed: Bed) -> str:
    """Who may read everything, and whom no other test has."""
    name = bed.new_user()
    bed.grant(name, None, EVERYTHING)
    return name


@pytest.fixture
def homes(bed: Bed, new_namespace: NewNamespace) -> tuple[str, str, str]:
    """Three namespaces with the same in each."""
    found = new_namespace(), new_namespace(), new_namespace()
    for home in found:
        bed.apply(WEB, home)
    for home in found:
        bed.start_pods(home, 3)
    return found


def asked(bed: Bed, user: str, home: str, *argv: str, status: int | None = None) -> list[dict[str, Any]]:
    """The requests of a command, in order."""
    mark = bed.audit_mark()
    ran = program.run(argv, KUBECONFIG=bed.kubeconfig(user, home))
    assert ran.stdout and status in (None, ran.status), ran.stderr
    return of_objects(bed.audit_since(mark, user=user))


def of_objects(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the one for the groups of the API, which each command begins with."""
    assert [event["requestURI"] for event in events if "objectRef" not in event] == ["/apis"]
    return [event for event in events if "objectRef" in event]


def said(event: dict[str, Any]) -> str:
    """list pods NAMESPACE app=web"""
    ref, (_, _, query) = event["objectRef"], event["requestURI"].partition("?")
    selector = [part.partition("=")[2] for part in query.split("&") if "Selector" in part]
    return " ".join(filter(None, (event["verb"], ref["resource"], ref.get("namespace"), ref.get("name"), *selector)))


# ---- a question


@pytest.mark.parametrize(("source", "others"), [
    ("anywhere", []), ("ns/{source}:deploy/web", ["list pods {source} app%3Dweb"]), ("ns/{source}:pod/other", ["get pods {source} other"]),
    ("ns/{source}:app=web", ["list pods {source} app%3Dweb"]), ("10.9.9.9", ["list pods status.podIP%3D10.9.9.9"])])
def test_a_question_about_one_service_lists_no_other_pods(
        source: str, others: list[str], bed: Bed, user: str, homes: tuple[str, str, str]) -> None:
    target, other, _ = homes
    events = asked(bed, user, target, "explain", "svc/web:80", "--from", source.format(source=other), status=0)
    pods = Counter(said(event) for event in events if event["objectRef"]["resource"] == "pods")
    assert pods == Counter([f"list pods {target} app%3Dweb", *(each.format(source=other) for each in others)])
    assert {event["objectRef"].get("namespace") for event in events if event["verb"] == "list"} <= {target, other, None}
    assert not [event for event in events if event["verb"] == "list" and not event["objectRef"].get("namespace")
                and "fieldSelector" not in event["requestURI"]]


def test_nothing_is_asked_twice(bed: Bed, user: str, homes: tuple[str, str, str]) -> None:
    for argv in (["explain", "svc/web:80", "--from", f"ns/{homes[1]}"], ["explain"], ["suggest", "svc/web"], ["explain", "netpol"],
                 ["explain", "svc/web:80", "--from", f"ns/{homes[1]}:svc/web"], ["explain", "svc/web:80", "--from", "cluster"]):
        events = asked(bed, user, homes[0], *argv)
        assert {number for number in Counter(event["requestURI"] for event in events).values()} == {1}, argv


def test_questions_change_nothing_and_name_themselves(bed: Bed, user: str, homes: tuple[str, str, str]) -> None:
    events = asked(bed, user, homes[0], "explain", "svc/web:80", "--from", "anywhere")
    assert {event["verb"] for event in events} == {"get", "list"}
    assert all(event["userAgent"].startswith("kubectl-netpol/") for event in events)


# ---- lists


@pytest.fixture
def many(bed: Bed, namespace: str) -> str:
    """A namespace with 620 Services."""
    with ThreadPoolExecutor(8) as makers:
        list(makers.map(lambda first: make(bed, namespace, range(first, 620, 8)), range(8)))
    return namespace


def make(bed: Bed, namespace: str, numbers: range) -> None:
    server = Server(bed.server, bed.authority.certificate, token_of("admin"))
    for number in numbers:
        server.made({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{number}"}, "spec": {
            "clusterIP": "None", "ports": [{"port": 80}]}}, namespace)


def test_lists_come_in_pages_of_500(bed: Bed, user: str, many: str) -> None:
    mark = bed.audit_mark()
    ran = program.run(["explain", "-o", "json"], KUBECONFIG=bed.kubeconfig(user, many))
    assert len(json.loads(ran.stdout)["services"]) == 620
    events = of_objects(bed.audit_since(mark, user=user))
    pages = [event["requestURI"].partition("?")[2] for event in events if event["objectRef"]["resource"] == "services"]
    assert pages[0] == "limit=500" and len(pages) == 2 and pages[1].startswith("limit=500&continue=")


def test_small_pages_bring_the_same(bed: Bed, user: str, homes: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = bed.kubeconfig(user, homes[0])
    whole = program.run(["explain", "-o", "json"], KUBECONFIG=config)
    monkeypatch.setattr(reading, "_PAGE", 1)
    mark = bed.audit_mark()
    assert program.run(["explain", "-o", "json"], KUBECONFIG=config) == whole
    assert sum(said(event) == f"list pods {homes[0]}" for event in of_objects(bed.audit_since(mark, user=user))) == 3


def test_kinds_are_read_side_by_side(bed: Bed, user: str, homes: tuple[str, str, str]) -> None:
    """Some of the requests of a round have begun before others of it were answered."""
    events = asked(bed, user, homes[0], "explain")
    spans = sorted((event["requestReceivedTimestamp"], event["stageTimestamp"]) for event in events)
    assert any(later[0] < earlier[1] for earlier, later in pairwise(spans))


# ---- what makes pods


@pytest.mark.parametrize("labels", ["scaled-away", "not-due"])
def test_workloads_without_pods_count(labels: str, bed: Bed, namespace: str) -> None:
    bed.apply(f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: scaled-away}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: scaled-away}}}}
  template: {{metadata: {{labels: {{app: scaled-away}}}}, spec: {{containers: [{{name: main, image: nothing}}]}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: not-due}}
spec:
  schedule: 0 0 1 1 *
  jobTemplate:
    spec:
      template:
        metadata: {{labels: {{app: not-due}}}}
        spec: {{restartPolicy: Never, containers: [{{name: main, image: nothing}}]}}
---
{{apiVersion: v1, kind: Pod, metadata: {{name: db, labels: {{app: db}}}}, spec: {{containers: [{{name: main, image: nothing}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: db}}, spec: {{selector: {{app: db}}, ports: [{{port: 5432}}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db}}
spec: {{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {labels}}}}}}}]}}]}}
""", namespace)
    bed.start_pods(namespace, 1)
    kinds = {"scaled-away": "deploy", "not-due": "cronjob"}
    for source, kind in kinds.items():
        ran = program.run(["explain", "svc/db:5432", "--from", f"{kind}/{source}"], KUBECONFIG=bed.kubeconfig("admin", namespace))
        assert ran.stdout.startswith("allowed" if source == labels else "denied"), ran
    ran = program.run(["explain", "netpol/db", "-o", "json"], KUBECONFIG=bed.kubeconfig("admin", namespace))
    effects = [rule["effect"] for rule in json.loads(ran.stdout)["rules"]]
    assert any(f"now app={labels} is {kinds[labels]}/{labels}" in effect for effect in effects)
