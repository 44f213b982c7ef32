"""Does --apply make true what was shown, for whom it may, and say what it did?"""
import json
import re
from pathlib import Path

import pytest

from tests.live.applying import MEND, RIGHT, WEB, WRONG, found, policy, ports_of, service, together, workload
from tests.live.bed.bed import Bed, Ran


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def netpol(bed: Bed, namespace: str, state: Path, *words: str, **more: str) -> Ran:
    return bed.netpol(*words, namespace=namespace, env={"XDG_STATE_HOME": str(state)}, **more)


def test_a_correction_is_applied_and_confirmed(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    ran = netpol(bed, namespace, state, *MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace)) == (0, [80, 22]), ran.stderr
    assert "-    - port: 10022\n+    - port: 22\n" in ran.stdout
    assert "+  svc/web  p10022 10022  anywhere  denied  allowed" in ran.stdout
    assert "note: netpol/web changed (1 of 1)\n" in ran.stderr
    assert "note: read again: the cluster is as shown\n" in ran.stderr


def test_what_suggest_writes_is_its_own(bed: Bed, namespace: str, state: Path) -> None:
    """By server-side apply: what others have set beside it stays theirs."""
    bed.apply(WEB, namespace)
    bed.apply(policy("web", "web", 80, 10022, labels={"team": "red"}), namespace)
    netpol(bed, namespace, state, *MEND, "--yes")
    document = found(bed, namespace)
    assert document
    managers = {each["manager"]: (each["operation"], each["fieldsV1"]) for each in document["metadata"]["managedFields"]}
    assert managers["kubectl-netpol"] == ("Apply", {"f:spec": {"f:ingress": {}, "f:podSelector": {}, "f:policyTypes": {}}})
    assert "f:team" in managers["kubectl-client-side-apply"][1]["f:metadata"]["f:labels"]
    assert document["metadata"]["labels"] == {"team": "red"}


def test_fields_that_go_are_shown_and_go(bed: Bed, namespace: str, state: Path) -> None:
    document = json.loads(policy("web", "web", 443, annotations={"kubectl-netpol/intent": "allow 80 on svc/web from anywhere"}))
    document["spec"] |= {"policyTypes": ["Ingress", "Egress"], "egress": [{"to": [{"podSelector": {}}]}]}
    bed.apply(together(WEB, json.dumps(document) + "\n"), namespace)
    ran = netpol(bed, namespace, state, *MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace)) == (0, [80]), ran.stderr
    assert "-  - Egress\n" in ran.stdout and "-  egress:\n-  - to:\n-    - podSelector: {}\n" in ran.stdout
    after = found(bed, namespace)
    assert after and "egress" not in after["spec"] and after["spec"]["policyTypes"] == ["Ingress"]


def test_what_is_allowed_comes_first_and_what_isolates_last(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, workload("db"), service("db", "5432")), namespace)
    ran = netpol(bed, namespace, state, "suggest", f"ns/{namespace}", "--apply", "--yes", "--isolate", "--dry-run=server")
    assert ran.returncode == 0, ran.stderr
    tried = re.findall(r"note: netpol/(\S+) can be created", ran.stderr)
    assert len(tried) > 2 and "deny" in tried[-1]


def test_another_field_manager_can_be_named(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    assert netpol(bed, namespace, state, *MEND, "--yes", "--field-manager", "me").returncode == 0
    document = found(bed, namespace)
    assert document and "me" in [each["manager"] for each in document["metadata"]["managedFields"]]


def test_a_new_policy_is_made_and_a_second_run_has_nothing_to_do(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(WEB, namespace)
    words = ("suggest", "allow", "10022", "on", "svc", "web", "from", "anywhere", "--keep", "--apply", "--yes")
    first = netpol(bed, namespace, state, *words)
    assert (first.returncode, ports_of(bed, namespace, "allow-from-anywhere-to-web")) == (0, [22, 80]), first.stderr
    assert "netpol/allow-from-anywhere-to-web created (1 of 1)" in first.stderr
    assert not state.exists()                                   # nothing was replaced
    second = netpol(bed, namespace, state, *words)
    assert (second.returncode, second.stdout) == (0, "no difference\n")
    assert "note: nothing to apply: the cluster is so already\n" in second.stderr


def test_a_policy_is_deleted(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    ran = netpol(bed, namespace, state, "diff", "--delete", "netpol/web", "--apply", "--yes")
    assert (ran.returncode, found(bed, namespace)) == (0, None), ran.stderr
    assert "netpol/web deleted (1 of 1)" in ran.stderr
    assert "the next apply of its file makes it again" in ran.stderr


def test_several_parts_are_one_change(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG, policy("old", "web", 443), workload("db"), service("db", "5432")), namespace)
    ran = netpol(bed, namespace, state, "diff", "-f", "-", "svc/db", "--allow", "5432", "--from", "same-namespace",
                 "--delete", "netpol/old", "--apply", "--yes", "--isolate", input=RIGHT)
    assert ran.returncode == 0, ran.stderr
    assert re.findall(r"note: (netpol/\S+) (\w+) \((\d) of 3\)", ran.stderr) == [
        ("netpol/web", "changed", "1"), ("netpol/allow-from-same-namespace-to-db", "created", "2"), ("netpol/old", "deleted", "3")]
    assert (ports_of(bed, namespace), ports_of(bed, namespace, "old")) == ([80, 22], None)
    assert ports_of(bed, namespace, "allow-from-same-namespace-to-db") == [5432]


@pytest.mark.parametrize("words", [("--yes",), ("--dry-run=server",)])
def test_a_new_namespace_comes_with_all_that_is_in_it(bed: Bed, namespace: str, state: Path, words: tuple[str, ...]) -> None:
    new = f"{namespace}-new"
    manifests = together(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {new}}}\n", WEB, policy("web", "web", 80, namespace=new))
    manifests = manifests.replace("metadata: {name: web}", f"metadata: {{name: web, namespace: {new}}}")
    ran = netpol(bed, namespace, state, "diff", "-f", "-", f"svc/web.{new}", "--allow", "10022", "--from", "anywhere", "-A",
                 "--apply", "--isolate", *words, input=manifests)
    assert ran.returncode == 0, ran.stderr
    if words == ("--yes",):
        assert ports_of(bed, new, "allow-from-anywhere-to-web") == [22]
        assert re.findall(r"note: (\S+) created", ran.stderr)[0] == f"ns/{new}"
        bed.run_kubectl("delete", "ns", new, "--wait=false")
    else:
        assert f"note: ns/{new} can be created, says the server" in ran.stderr
        assert f"note: ns/{new}:netpol/web: its namespace is new, so the server cannot try it\n" in ran.stderr


def test_an_object_that_two_parts_mean_is_refused(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    ran = netpol(bed, namespace, state, "diff", "-f", "-", "netpol/web", "--apply", "--yes", input=policy("web", "web", 81, 10022))
    assert ran.returncode == 2
    assert "networkpolicy/web: meant by several parts of the change" in ran.stderr
    assert ports_of(bed, namespace) == [80, 10022]


def test_a_dry_run_keeps_nothing_and_asks_nothing(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG, policy("old", "web", 443)), namespace)
    version = bed.run_kubectl("get", "netpol", "-n", namespace, "-o", "jsonpath={.items[*].metadata.resourceVersion}").stdout
    ran = netpol(bed, namespace, state, "diff", "netpol/web", "--delete", "netpol/old", "--apply", "--dry-run=server")
    assert ran.returncode == 0, ran.stderr
    assert "note: netpol/web can be changed, says the server (1 of 2)\n" in ran.stderr
    assert "note: netpol/old can be deleted, says the server (2 of 2)\n" in ran.stderr
    assert (ports_of(bed, namespace), ports_of(bed, namespace, "old")) == ([80, 10022], [443])
    assert bed.run_kubectl("get", "netpol", "-n", namespace, "-o", "jsonpath={.items[*].metadata.resourceVersion}").stdout == version
    assert not state.exists()


# ---- what --yes does not agree to


def test_yes_alone_isolates_no_pods_for_the_first_time(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(WEB, namespace)
    words = ("suggest", "svc/web", "--allow", "80", "--from", "anywhere", "--apply", "--yes")
    ran = netpol(bed, namespace, state, *words)
    assert (ran.returncode, found(bed, namespace, name="allow-from-anywhere-to-web")) == (2, None)
    assert f"--yes alone does not isolate pods for the first time: ns/{namespace}:deploy/web" in ran.stderr
    assert "hint: --keep" in ran.stderr
    assert netpol(bed, namespace, state, *words, "--isolate").returncode == 0
    assert ports_of(bed, namespace, "allow-from-anywhere-to-web") == [80]


def test_yes_takes_no_guesses(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(WEB, namespace)
    ran = netpol(bed, namespace, state, "suggest", "--apply", "--yes", "--isolate")
    assert ran.returncode == 2
    assert "--yes does not agree to what is only guessed: allow 80 and 10022 on svc/web from same-namespace" in ran.stderr
    assert "hint: state it: --allow PORT --from SOURCE" in ran.stderr
    assert json.loads(bed.run_kubectl("get", "netpol", "-n", namespace, "-o", "json").stdout)["items"] == []


def test_without_a_terminal_and_without_yes_nothing_is_even_asked(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    ran = netpol(bed, namespace, state, *MEND)
    assert (ran.returncode, ran.stdout, ports_of(bed, namespace)) == (2, "", [80, 10022])
    assert "error: --apply asks before it writes, and there is no terminal to ask at\nhint: --yes" in ran.stderr


def test_files_need_a_kubectl(bed: Bed, namespace: str, tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    nowhere = {"PATH": str(tmp_path), "KUBECTL_PATH": ""}
    ran = bed.netpol("diff", "-f", "-", "--apply", "--yes", namespace=namespace, input=RIGHT, env=nowhere)
    assert (ran.returncode, ran.stdout, ports_of(bed, namespace)) == (2, "", [80, 10022])
    assert ran.stderr == "error: -f is applied by kubectl, and there is none\nhint: put it on PATH, or name it in KUBECTL_PATH\n"
    env = {"PATH": str(tmp_path), "KUBECTL_PATH": bed.kubectl, "XDG_STATE_HOME": str(tmp_path / "state")}
    ran = bed.netpol("diff", "-f", "-", "--apply", "--yes", namespace=namespace, input=RIGHT, env=env)
    assert (ran.returncode, ports_of(bed, namespace)) == (0, [80, 22]), ran.stderr


# ---- rights, and what the server refuses


def test_who_may_not_write_hears_it_before_anything_is_written(bed: Bed, namespace: str, state: Path) -> None:
    """The first of two writes would succeed."""
    bed.apply(together(WEB, WRONG, policy("old", "web", 443)), namespace)
    user = bed.new_user()
    bed.grant(user, namespace, [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["patch"]}])
    ran = netpol(bed, namespace, state, "diff", "netpol/web", "--delete", "netpol/old", "--apply", "--yes", user=user)
    assert (ran.returncode, ports_of(bed, namespace)) == (2, [80, 10022])
    assert 'cannot delete resource "networkpolicies"' in ran.stderr
    assert not state.exists()


def test_a_restore_file_that_cannot_be_written_stops_it(bed: Bed, namespace: str, state: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    state.write_text("in the way", encoding="utf-8")
    ran = netpol(bed, namespace, state, *MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace)) == (2, [80, 10022])
    assert f"error: what is replaced cannot be kept in {state}/kubectl-netpol" in ran.stderr
