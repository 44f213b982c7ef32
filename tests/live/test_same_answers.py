"""Does a live cluster get the answers that its objects get from files?"""
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from kubectl_netpol.render.words import SENTENCES
from tests import program
from tests.live import objects
from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.oracle import NAME_LABEL

Document = dict[str, Any]
NewNamespace = Callable[..., str]

KINDS = "services,endpointslices,pods,networkpolicies,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs"
OURS = "of-this-test"                                           # a label of its namespaces: others are there, too
RUNNING = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


def answers(bed: Bed, file: Path, home: str, *argv: str) -> tuple[Any, Any]:
    """Of the cluster, and of the file."""
    live = program.run([*argv, "-n", home, "-o", "json"], KUBECONFIG=bed.kubeconfig("admin", home))
    offline = program.run([*argv, "-n", home, "-o", "json", "--offline", str(file)])
    assert live.stdout or live.stderr, argv
    if not (live.stdout and offline.stdout):
        return live.stderr, offline.stderr
    reports = [json.loads(ran.stdout) for ran in (live, offline)]
    assert reports[0]["gaps"] == []
    if "--to" in argv:                                          # pods that nothing tells apart are said together
        reports = [{end: report[end] for end in ("verdict", "ingress", "egress")} for report in reports]
    return bare(reports[0]), bare(reports[1])


def differences(live: Any, offline: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where they are not alike."""
    if isinstance(live, dict) and isinstance(offline, dict):
        for key in {**live, **offline}:
            yield from differences(live.get(key), offline.get(key), f"{path}.{key}")
    elif isinstance(live, list) and isinstance(offline, list) and len(live) == len(offline):
        for place, pair in enumerate(zip(live, offline)):
            yield from differences(*pair, f"{path}[{place}]")
    elif live != offline:
        yield path, live, offline


def bare(report: Any) -> Any:
    """Without where it is from; and without what a live cluster is not asked: who is where its egress leads, unless policies name it."""
    match report:
        case {"policy": {"direction": "egress"}, "effect": _}: return {**report, "effect": "", "services": []}
        case dict(): return {key: words(value) if key == "argv" else bare(value) for key, value in report.items()
                             if key not in ("scope", "file", "line", "gaps")}
        case list(): return [bare(each) for each in report if not is_of_others(each)]
    return report


def is_of_others(each: Any) -> bool:
    match each:
        case str(): return each.startswith(SENTENCES["exceptions"].partition("{")[0])
        case {"id": "unknown-port-name", "path": path}: return path.startswith("spec.egress")
    return False


def words(argv: list[str]) -> list[str]:
    place = argv.index("--offline") if "--offline" in argv else len(argv)
    return argv[:place] + argv[place + 2:]


def saved(bed: Bed, folder: Path, *namespaces: str) -> Path:
    """What kubectl get gives of some namespaces."""
    def got(*words: str) -> Any:
        return json.loads(bed.run_kubectl("get", *words, "-o", "json").stdout)

    items = [got("namespace", home) for home in namespaces]
    items += [item for home in namespaces for item in got(KINDS, "-n", home)["items"]]
    path = folder / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    return path


# ---- the story


@pytest.fixture(params=["before", "after"])
def gitlab(request: pytest.FixtureRequest, bed: Bed, namespace: str, tmp_path: Path) -> tuple[str, Path]:
    documents = [each for path in sorted((ROOT / "examples" / "gitlab" / request.param).rglob("*.yaml"))
                 for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each and each["kind"] != "Namespace"]
    for each in documents:
        each["metadata"].pop("namespace", None)
    bed.apply(yaml.safe_dump_all(documents), namespace)
    bed.start_pods(namespace, sum(each["spec"].get("replicas", 1) for each in documents if each["kind"] in ("Deployment", "StatefulSet")))
    return namespace, saved(bed, tmp_path, namespace)


def test_the_story_is_told_alike(bed: Bed, gitlab: tuple[str, Path]) -> None:
    home, file = gitlab
    policies = bed.run_kubectl("get", "netpol", "-n", home, "-o", "name").stdout.split()
    for argv in [["explain"], ["explain", "svc/gitlab"], ["explain", f"ns/{home}"], ["explain", "svc/gitlab:ssh", "--from", "anywhere"],
                 ["explain", "svc", "--from", "192.168.1.1"], ["explain", "svc/redis", "--from", "same-namespace"], ["suggest"],
                 ["suggest", "svc/gitlab", "--allow", "ssh", "--from", "anywhere"], ["explain", "sts/gitlab"],
                 ["explain", "svc/redis:6379", "--from", "sts/gitlab"], ["explain", "sts/gitlab", "--to", "svc/redis:6379"],
                 *(["explain", f"netpol/{name.partition('/')[2]}"] for name in policies)]:
        assert [*differences(*answers(bed, file, home, *argv))] == [], argv


# ---- random ones


def cluster(random: Random, homes: list[str]) -> Iterator[tuple[str, Document, Document]]:
    """Each object with its namespace and its status."""
    for number in range(10):
        pod = objects.pod(random, f"p{number}")
        pod["spec"]["nodeName"] = "node-1"
        yield random.choice(homes), pod, RUNNING
    for kind in ("Deployment", "CronJob"):
        yield random.choice(homes), workload(random, kind), {}
    for number in range(5):
        yield random.choice(homes), objects.service(random, f"s{number}"), {}
    for number in range(8):
        policy = objects.policy(random, f"n{number}")
        for selector in namespace_selectors(policy):
            selector.setdefault("matchLabels", {})
            selector["matchLabels"] = {**(selector["matchLabels"] or {}), OURS: homes[0]}
            if random.random() < 0.4:
                selector["matchLabels"][NAME_LABEL] = random.choice(homes)
        yield random.choice(homes), policy, {}


def workload(random: Random, kind: str) -> Document:
    """Without pods: scaled away, or not due."""
    labels = objects.labels(random, 1)
    is_cron = kind == "CronJob"
    pod = {**objects.pod(random, "")["spec"], "hostNetwork": False, "restartPolicy": "OnFailure" if is_cron else "Always"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}} if is_cron else {
        "replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    name = {"name": f"w-{kind.lower()}"}
    return {"apiVersion": "batch/v1" if is_cron else "apps/v1", "kind": kind, "metadata": name, "spec": spec}


def namespace_selectors(policy: Document) -> Iterator[Document]:
    for rules in ("ingress", "egress"):
        for rule in (policy.get("spec") or {}).get(rules) or ():
            for peer in (*(rule.get("from") or ()), *(rule.get("to") or ())):
                if "namespaceSelector" in peer:
                    yield peer["namespaceSelector"]


SOURCES = (
    "anywhere", "outside", "same-namespace", "app=a", "app!=b,tier", "192.0.2.7", "192.0.2.0/24")


@pytest.mark.parametrize("seed", range(3))
def test_random_clusters_are_judged_alike(seed: int, bed: Bed, new_namespace: NewNamespace, tmp_path: Path) -> None:
    random = Random(seed)
    homes = [new_namespace()]
    homes.append(new_namespace({OURS: homes[0], **objects.labels(random)}))
    bed.run_kubectl("label", "namespace", homes[0], f"{OURS}={homes[0]}")
    made = [(home, document) for home, document, status in cluster(random, homes) if make(bed, home, document, status)]
    file = saved(bed, tmp_path, *homes)
    asked = 0
    for home, document in made:
        for argv in questions(random, document, homes):
            assert [*differences(*answers(bed, file, home, *argv))] == [], argv
            asked += 1
    assert asked > 60


def make(bed: Bed, home: str, document: Document, status: Document) -> bool:
    bed.api.made(document, home)
    if status:
        address = next(bed.claims.addresses)
        bed.patch_status(home, document["metadata"]["name"], {**status, "podIP": address, "podIPs": [{"ip": address}]})
    return True


def questions(random: Random, document: Document, homes: list[str]) -> Iterator[list[str]]:
    name = document["metadata"]["name"]
    match document["kind"]:
        case "Service":
            yield ["explain", f"svc/{name}"]
            for source in (*SOURCES, f"ns/{homes[1]}", f"ns:{OURS}={homes[0]}:app=b"):
                yield ["explain", f"svc/{name}", "--from", source]
        case "NetworkPolicy":
            yield ["explain", f"netpol/{name}"]
        case "Pod" | "Deployment" | "CronJob":
            target = f"{document['kind'].lower()}/{name}"
            yield ["explain", target]
            yield ["explain", target, "--to", random.choice(["same-namespace:80", "192.0.2.0/24:443", f"ns/{homes[0]}:81"])]
