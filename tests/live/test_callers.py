"""Are webhooks, APIServices and monitors read of a cluster, told as from files, and missed without harm where they may not be read?"""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import program
from tests.live.bed.bed import Bed
from tests.live.test_rights import OF_ENGINES

NewNamespace = Callable[..., str]
READS = [OF_ENGINES, *({"apiGroups": [group], "resources": ["*"], "verbs": ["get", "list"]} for group in (
    "", "apps", "batch", "discovery.k8s.io", "networking.k8s.io", "policy.networking.k8s.io", "gateway.networking.k8s.io",
    "route.openshift.io"))]
OF_API_SERVER = [
    {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
    {"apiGroups": ["apiregistration.k8s.io"], "resources": ["apiservices"], "verbs": ["get", "list"]},
    {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": ["get", "list"]}]
MONITORING = [{"apiGroups": ["monitoring.coreos.com"], "resources": ["*"], "verbs": ["get", "list"]}]
HOOK = """\
{apiVersion: v1, kind: Service, metadata: {name: hook, labels: {app: hook}}, spec: {selector: {app: hook}, ports: [
  {name: https, port: 443, targetPort: 9443}, {name: metrics, port: 90, targetPort: metrics}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: hook, labels: {app: hook}}
spec: {containers: [{name: main, image: nothing, ports: [{name: metrics, containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: own-namespace}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: hook}
spec: {selector: {matchLabels: {app: hook}}, endpoints: [{port: metrics}]}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: hook}
spec: {selector: {matchLabels: {app: hook}}, podMetricsEndpoints: [{port: metrics}]}
"""
SCRAPER = """\
apiVersion: v1
kind: Pod
metadata: {name: prometheus, labels: {app.kubernetes.io/name: prometheus}}
spec: {containers: [{name: main, image: nothing}]}
"""


def webhook(name: str, home: str) -> dict[str, Any]:
    """Of a kind that nobody makes, so that the API server never calls it."""
    rule = {"apiGroups": ["nothing.example.org"], "apiVersions": ["v1"], "resources": ["nothings"], "operations": ["CREATE"]}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name},
            "webhooks": [{"name": "checks.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore",
                          "rules": [rule], "clientConfig": {"service": {"namespace": home, "name": "hook", "path": "/check"}}}]}


class Hook:
    """A namespace with a webhook's server whose metrics are wanted, and one with somebody who reads metrics."""

    def __init__(self, bed: Bed, home: str, monitoring: str) -> None:
        self.bed, self.home, self.monitoring, self.name = bed, home, monitoring, f"{home}-checks"

    def ask(self, *argv: str, user: str = "admin") -> dict[str, Any]:
        ran = program.run([*argv, "-o", "json"], KUBECONFIG=self.bed.kubeconfig(user, self.home))
        assert ran.stdout, ran.stderr
        return json.loads(ran.stdout)  # type: ignore[no-any-return]

    def kept_out(self, user: str = "admin") -> set[str]:
        """The first word of each finding: the object that wants a call. Others of the bed may read metrics, too."""
        report = self.ask("explain", user=user)
        return {each["message"].partition(" ")[0] for each in report["findings"] if each["id"] == "caller-cut-off"}


@pytest.fixture
def hook(extended_bed: Bed, new_namespace_there: NewNamespace) -> Any:
    home, monitoring = new_namespace_there(), new_namespace_there()
    extended_bed.apply(HOOK, home)
    extended_bed.apply(SCRAPER, monitoring)
    extended_bed.start_pods(home, 1)
    extended_bed.start_pods(monitoring, 1)
    found = Hook(extended_bed, home, monitoring)
    extended_bed.run_kubectl("apply", "-f", "-", input=yaml.safe_dump(webhook(found.name, home)))
    yield found
    extended_bed.run_kubectl("delete", f"validatingwebhookconfiguration/{found.name}", "--ignore-not-found")


def all_of(hook: Hook) -> set[str]:
    return {f"validatingwebhookconfiguration/{hook.name}", "servicemonitor/hook", "podmonitor/hook"}


def test_who_is_kept_out_is_told(hook: Hook) -> None:
    assert hook.kept_out() == all_of(hook)
    opened = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "open"}, "spec": {
        "podSelector": {}, "ingress": [{"ports": [{"port": 9443}, {"port": 8080}]}]}}
    hook.bed.apply(yaml.safe_dump(opened), hook.home)
    assert hook.kept_out() == set()


def test_it_is_told_as_of_the_same_objects_in_files(hook: Hook, tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    got = [hook.bed.run_kubectl("get", what, *where, "-o", "yaml").stdout for what, where in (
        ("pods,services,networkpolicies,servicemonitors,podmonitors", ("-n", hook.home)), ("pods", ("-n", hook.monitoring)),
        ("validatingwebhookconfigurations,apiservices,customresourcedefinitions", ()))]
    file.write_text("\n---\n".join(got), encoding="utf-8")
    offline = json.loads(program.run(["explain", "-n", hook.home, "-o", "json", "--offline", str(file)]).stdout)
    live = hook.ask("explain")
    assert {(each["id"], each["message"]) for each in offline["findings"] if "validating" in each["message"]} == {
        (each["id"], each["message"]) for each in live["findings"] if "validating" in each["message"]}
    assert {each["id"] for each in offline["findings"]} == {each["id"] for each in live["findings"]}


def test_a_suggestion_says_whom_it_keeps_out_and_guesses_them(hook: Hook) -> None:
    hook.bed.run_kubectl("delete", "networkpolicy/own-namespace", "-n", hook.home)
    stated = hook.ask("suggest", "svc/hook", "--allow", "90", "--from", "same-namespace")
    assert f"validatingwebhookconfiguration/{hook.name}" in " ".join(stated["comments"][0])
    assert "caller-cut-off" in {each["id"] for each in stated["findings"]}
    guessed = hook.ask("suggest", "svc/hook")
    assert "allow 443 on svc/hook from anywhere" in {each["text"] for each in guessed["intents"]}
    assert "caller-cut-off" not in {each["id"] for each in guessed["findings"]}


def test_who_may_not_read_them_gets_the_same_map_without_these_findings(hook: Hook) -> None:
    user = hook.bed.new_user()
    hook.bed.grant(user, None, READS)
    mine, everything = hook.ask("explain", user=user), hook.ask("explain")
    assert mine["services"] == everything["services"]
    assert {gap["resource"] for gap in mine["gaps"]} == {
        "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "apiservices", "servicemonitors", "podmonitors"}
    assert hook.kept_out(user) == set()
    hook.bed.grant(user, None, OF_API_SERVER)
    assert hook.kept_out(user) == {f"validatingwebhookconfiguration/{hook.name}"}
    hook.bed.grant(user, None, MONITORING)
    assert hook.kept_out(user) == all_of(hook)


def test_definitions_are_read_for_suggestions_where_a_service_on_443_is_left(hook: Hook) -> None:
    user = hook.bed.new_user()
    hook.bed.grant(user, None, [*READS, *OF_API_SERVER[:2], *MONITORING])
    assert hook.ask("suggest", "svc/hook", user=user)["gaps"] == []
    hook.bed.run_kubectl("delete", f"validatingwebhookconfiguration/{hook.name}")
    assert {gap["resource"] for gap in hook.ask("suggest", "svc/hook", user=user)["gaps"]} == {"customresourcedefinitions"}
    assert hook.ask("explain", user=user)["gaps"] == []


def test_a_question_reads_none_of_them(hook: Hook) -> None:
    user = hook.bed.new_user()
    hook.bed.grant(user, None, READS)
    answer = hook.ask("explain", "svc/hook:443", "--from", "pod/hook", user=user)
    assert answer["gaps"] == []
