"""What may not be read is unknown, never empty; who has the rights of the README gets everything."""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live.bed.bed import Bed
from tests.schemas import hold

ROLE = Path(__file__).parents[2] / "examples" / "clusterrole.yaml"
STORY = Path(__file__).parents[2] / "examples" / "gitlab" / "before"
OWN = [
    {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list"]},
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list"]}]
CLIENT = json.dumps({
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"}, "spec": {
        "selector": {"matchLabels": {"app": "shop"}},
        "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "main", "image": "nothing"}]}}}})


@pytest.fixture
def story(bed: Bed, namespace: str) -> str:
    """The story in a namespace of its own."""
    for path in sorted(STORY.rglob("*.yaml")):
        documents = [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each["kind"] != "Namespace"]
        for each in documents:
            each["metadata"].pop("namespace", None)
            bed.apply(json.dumps(each), namespace)
    bed.wait_for("the pods of the story", lambda: len(bed.api.items("Pod", namespace)) >= 3)
    return namespace


def asked(bed: Bed, user: str, namespace: str, *words: str) -> dict[str, Any]:
    ran = bed.netpol(*words, "-o", "json", user=user, namespace=namespace)
    assert ran.returncode != 2, ran.stderr
    hold(ran.stdout)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def gaps_in(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(gap["verb"], gap["resource"], gap["namespace"]) for gap in report["gaps"]}


@pytest.fixture
def developer(bed: Bed, story: str) -> str:
    """Who may read pods, Services and policies of the story's namespace, and nothing else."""
    user = bed.new_user()
    bed.grant(user, story, OWN)
    return user


def test_the_map_of_the_own_namespace_is_whole(bed: Bed, story: str, developer: str) -> None:
    admin, own = (asked(bed, user, story, "explain") for user in ("admin", developer))
    assert own["services"] == admin["services"] and own["unprotected"] == admin["unprotected"]
    assert [each["id"] for each in own["findings"]] == ["service-port-in-policy"]
    assert ("list", "namespaces", "") in gaps_in(own) and not admin["gaps"]


@pytest.mark.parametrize(("port", "source", "verdict", "ingress"), [
    ("80", "ns/{}:deploy/shop", "unknown", "allowed"),          # everybody is admitted, and may they leave?
    ("80", "ns/{}", "unknown", "allowed"),
    ("10022", "ns/{}:deploy/shop", "unknown", "unknown"),       # nobody is admitted but the pod's node, where the host's network may be
    ("10022", "ns/{}", "denied", "denied"),                     # sets leave that out
])
def test_a_foreign_source_is_unknown_as_far_as_it_matters(
        bed: Bed, story: str, developer: str, new_namespace: Callable[..., str],
        port: str, source: str, verdict: str, ingress: str) -> None:
    other = new_namespace()
    bed.apply(CLIENT, other)
    found = asked(bed, developer, story, "explain", f"svc/gitlab:{port}", "--from", source.format(other))
    assert (found["verdict"], found["ingress"]) == (verdict, ingress)
    if verdict == "unknown":
        said = " ".join(step["why"] for step in found["steps"])
        assert f"in namespace {other}" in said and "the right to" in said
        assert found["fix"]["patch"].endswith("or for that right")


def test_a_forbidden_target_is_unknown_and_a_forbidden_map_an_error(bed: Bed, developer: str, story: str, namespace: str,
                                                                    new_namespace: Callable[..., str]) -> None:
    other = new_namespace()
    found = asked(bed, developer, story, "explain", f"ns/{other}:svc/web", "--from", "anywhere")
    assert found["verdict"] == "unknown" and f"get services in namespace {other}" in found["steps"][0]["why"]
    ran = bed.netpol("explain", "-n", other, user=developer, namespace=story)
    assert ran.returncode == 2 and f"list services in namespace {other}" in ran.stderr and not ran.stdout


def test_suggestions_are_printed_and_marked_unproved(bed: Bed, story: str, developer: str, new_namespace: Callable[..., str]) -> None:
    other = new_namespace()
    ran = bed.netpol("suggest", "svc/redis", "--allow", "6379", "--from", f"ns/{other}", user=developer, namespace=story)
    assert ran.returncode == 3
    (policy,) = yaml.safe_load_all(ran.stdout)
    assert policy["spec"]["ingress"][0]["ports"] == [{"port": 6379, "protocol": "TCP"}]
    assert f"# unproved, as the right to list pods in namespace {other} is missing" in ran.stdout


def test_all_namespaces_without_rights_are_those_that_can_be_seen(
        bed: Bed, story: str, developer: str, new_namespace: Callable[..., str]) -> None:
    found = asked(bed, developer, story, "explain", "-A")
    assert found["scope"]["namespaces"] == [story] and {each["namespace"] for each in found["services"]} == {story}
    assert ("list", "services", "") in gaps_in(found)
    bed.grant(developer, None, [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}])
    second = new_namespace()
    bed.grant(developer, second, OWN)
    found = asked(bed, developer, story, "explain", "-A")
    assert found["scope"]["namespaces"] == sorted([story, second])


def test_the_documented_rights_answer_everything(bed: Bed, story: str, new_namespace: Callable[..., str]) -> None:
    role, user = yaml.safe_load(ROLE.read_text(encoding="utf-8")), bed.new_user()
    bed.grant(user, None, role["rules"])
    lines = [["explain", "-A"], ["explain"], ["explain", "--by", "workload"], ["suggest", "--egress"], ["explain", "ns/" + story],
             ["explain", "svc/redis", "--from", "cluster"], ["explain", "svc/redis", "--from", "10.1.2.3"],
             ["explain", "svc/redis", "--from", "sts/gitlab"], ["diff", "--delete", "netpol/allow-from-all"]]
    for line in lines:
        assert asked(bed, user, story, *line)["gaps"] == [], line


def test_the_readme_shows_the_documented_rights() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"```yaml\n{ROLE.read_text(encoding='utf-8')}```" in readme
