"""Does the bed hold what the other live tests take for granted?"""
import json
import os
from collections.abc import Callable

import pytest

from tests.live.bed import versions
from tests.live.bed.bed import Bed

WEB = json.dumps({
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nothing"}]}}}})
READING = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]


def test_the_server_is_of_the_version_that_was_chosen(bed: Bed) -> None:
    told = json.loads(bed.run_kubectl("version", "-o", "json").stdout)
    assert bed.version == told["serverVersion"]["gitVersion"].removeprefix("v")
    if not os.environ.get("KUBEBUILDER_ASSETS"):
        assert bed.version == told["clientVersion"]["gitVersion"].removeprefix("v") == versions.chosen().number


def test_pods_of_a_workload_run_with_addresses_of_their_own(bed: Bed, namespace: str) -> None:
    bed.apply(WEB, namespace)
    names = bed.start_pods(namespace, 2)
    assert bed.start_pods(namespace, 2) == names
    pods = json.loads(bed.run_kubectl("get", "pods", "-n", namespace, "-o", "json").stdout)["items"]
    assert sorted(names) == [pod["metadata"]["name"] for pod in pods]
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    assert len({pod["status"]["podIP"] for pod in pods}) == 2
    bed.wait_for("web to be available", lambda: "2/2" in bed.run_kubectl("get", "deploy", "web", "-n", namespace).stdout)


def test_what_is_waited_for_in_vain_is_told(bed: Bed) -> None:
    with pytest.raises(AssertionError, match="waited 0 s for rain; the last look gave 0"):
        bed.wait_for("rain", lambda: 0, seconds=0)


def test_each_namespace_is_a_new_one(new_namespace: Callable[..., str], bed: Bed) -> None:
    first, second = new_namespace({"team": "red"}), new_namespace()
    assert first != second
    assert bed.run_kubectl("get", "ns", "-l", "team=red", "-o", "name").stdout.split().count(f"namespace/{first}") == 1


def test_a_new_user_may_do_what_was_granted_and_nothing_else(bed: Bed, new_namespace: Callable[..., str]) -> None:
    user, other, here, there = bed.new_user(), bed.new_user(), new_namespace(), new_namespace()
    assert user != other
    bed.grant(user, here, READING)
    assert bed.run_kubectl("get", "pods", "-n", here, user=user).returncode == 0
    for who, where in ((user, there), (other, here)):
        assert "Forbidden" in bed.run_kubectl("get", "pods", "-n", where, user=who, check=False).stderr
    bed.grant(user, None, READING)
    assert bed.run_kubectl("get", "pods", "-A", user=user).returncode == 0


def test_a_client_certificate_names_a_user_and_groups(bed: Bed) -> None:
    config = bed.kubeconfig_with_certificate("jane", "system:masters", "people")
    said = json.loads(bed.run_kubectl("--kubeconfig", config, "auth", "whoami", "-o", "json").stdout)["status"]["userInfo"]
    assert (said["username"], said["groups"]) == ("jane", ["system:masters", "people", "system:authenticated"])


def test_requests_are_found_in_the_audit_log_by_their_user(bed: Bed, namespace: str) -> None:
    user = bed.new_user()
    bed.grant(user, None, [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["jane"]}])
    before = bed.run_kubectl("get", "pods", "-n", namespace, user=user, check=False)
    mark = bed.audit_mark()
    bed.run_kubectl("get", "services", "-n", namespace, "--as", "jane", user=user, check=False)
    events = [event for event in bed.audit_since(mark, user=user) if event.get("objectRef", {}).get("namespace") == namespace]
    assert before.returncode
    assert [(event["verb"], event["objectRef"]["resource"], event["impersonatedUser"]["username"]) for event in events] == [
        ("list", "services", "jane")]
    assert bed.audit_since(mark, user=user, user_agent="curl") == []


def test_the_program_runs_as_its_users_run_it(bed: Bed) -> None:
    ran = bed.netpol("explain", "--offline", "examples/gitlab/before", namespace="gitlab")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "isolated by netpol/allow-from-all" in ran.stdout and "\x1b" not in ran.stdout
