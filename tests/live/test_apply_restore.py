"""Do the commands that undo an apply bring back what was there, and what it allowed?"""
import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.applying import MEND, RIGHT, WEB, WRONG, found, policy, service, stripped, together, workload
from tests.live.bed.bed import Bed, Ran

NAMES = ("web", "db", "old", "new")


@pytest.fixture
def run(bed: Bed, namespace: str, tmp_path: Path) -> Callable[..., Ran]:
    def run(*words: str, **more: Any) -> Ran:
        return bed.netpol(*words, namespace=namespace, **{"env": {"XDG_STATE_HOME": str(tmp_path / "state")}, **more})
    return run


def undo(bed: Bed, ran: Ran) -> list[str]:
    """Runs the commands as they are printed; they."""
    commands = re.findall(r"^  (kubectl .+)$", ran.stderr.partition("note: to undo:\n")[2].partition("note:")[0], re.MULTILINE)
    for command in commands:
        bed.run_kubectl(*shlex.split(command)[1:])
    return commands


def policies(bed: Bed, namespace: str) -> list[Any]:
    items = json.loads(bed.run_kubectl("get", "netpol", "-n", namespace, "-o", "json").stdout)["items"]
    return [stripped(each) for each in items]


def answers(run: Callable[..., Ran]) -> str:
    return run("explain").stdout


BOTH_WAYS = json.dumps({
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
    "metadata": {
        "name": "web", "labels": {"a": "1"}, "annotations": {"kubectl-netpol/intent": "allow 80 on svc/web from anywhere", "b": "2"}},
    "spec": {"podSelector": {"matchLabels": {"app": "web", "tier": "x"}}, "policyTypes": ["Ingress", "Egress"],
             "ingress": [{"ports": [{"port": 443, "protocol": "TCP"}]}], "egress": [{"to": [{"podSelector": {}}]}]}}) + "\n"
CASES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "a correction": (WRONG, ("suggest", "netpol/web"), ""),
    "fields that were taken away": (BOTH_WAYS, ("suggest", "netpol/web"), ""),
    "a new policy": ("", ("suggest", "svc/web", "--allow", "80", "--from", "anywhere"), ""),
    "labels and annotations that were added":
        (WRONG, ("diff", "-f", "-"), policy("web", "web", 22, labels={"a": "b"}, annotations={"c": "d"})),
    "a file of new and changed objects": (WRONG, ("diff", "-f", "-"), together(RIGHT, policy("new", "", labels={"a": "b"}))),
    "a server-side apply": (WRONG, ("diff", "-f", "-", "--server-side", "--force-conflicts"), RIGHT),
    "a deletion": (BOTH_WAYS, ("diff", "--delete", "netpol/web"), ""),
    "all at once": (
        together(WRONG, policy("old", "", labels={"a": "b"})),
        ("diff", "-f", "-", "svc/db", "--allow", "80", "--from", "same-namespace", "--delete", "netpol/old"), RIGHT),
}


@pytest.mark.parametrize("case", CASES)
def test_an_undo_brings_back_what_was_there(bed: Bed, namespace: str, run: Callable[..., Ran], case: str) -> None:
    before, words, manifests = CASES[case]
    bed.apply(together(WEB, workload("db"), service("db", "80"), *filter(None, [before])), namespace)
    first, allowed = policies(bed, namespace), answers(run)
    ran = run(*words, "--apply", "--yes", "--isolate", input=manifests)
    assert ran.returncode == 0, ran.stderr
    assert policies(bed, namespace) != first
    commands = undo(bed, ran)
    assert policies(bed, namespace) == first
    assert answers(run) == allowed
    assert len(commands) == {"a file of new and changed objects": 2, "all at once": 3}.get(case, 1)
    assert all(command.endswith(" --context bed") for command in commands)


def test_an_undo_cuts_off_nothing_on_its_way(bed: Bed, namespace: str, run: Callable[..., Ran]) -> None:
    """The pods become open again: what allows nothing goes first."""
    bed.apply(WEB, namespace)
    ran = run("diff", "-f", "-", "--apply", "--yes", "--isolate", input=together(policy("a-allow", "web", 80), policy("z-deny", "web")))
    assert re.findall(r"netpol/(\S+) created", ran.stderr) == ["a-allow", "z-deny"], ran.stderr
    assert undo(bed, ran) == [f"kubectl delete netpol/z-deny netpol/a-allow -n {namespace} --context bed"]


def test_the_next_apply_of_a_file_works_after_an_undo(bed: Bed, namespace: str, run: Callable[..., Ran]) -> None:
    bed.apply(together(WEB, policy("web", "web", 80, 10022, labels={"a": "1"})), namespace)
    undo(bed, run(*MEND, "--yes"))
    bed.apply(RIGHT, namespace)
    document = found(bed, namespace)
    assert document and "labels" not in document["metadata"]    # kubectl knows what was applied, and takes away what is not any more


def test_only_its_owner_may_read_what_is_kept(bed: Bed, namespace: str, run: Callable[..., Ran], tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    assert run(*MEND, "--yes").returncode == 0
    (path,) = (tmp_path / "state" / "kubectl-netpol").iterdir()
    assert re.fullmatch(r"restore-bed-\d{8}T\d{6}Z\.yaml", path.name)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not re.search("managedFields|resourceVersion|uid|status", path.read_text(encoding="utf-8"))


def test_without_a_state_folder_it_is_in_the_home(bed: Bed, namespace: str, run: Callable[..., Ran], tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    ran = run(*MEND, "--yes", env={"HOME": str(tmp_path), "XDG_STATE_HOME": ""})
    (path,) = (tmp_path / ".local/state/kubectl-netpol").iterdir()
    assert f"note: what is replaced or deleted is kept in {path}\n" in ran.stderr


def test_objects_of_other_kinds_come_back_too(bed: Bed, namespace: str, run: Callable[..., Ran]) -> None:
    bed.apply(WEB, namespace)
    before = stripped(found(bed, namespace, "svc"))
    ran = run("diff", "-f", "-", "--apply", "--yes", input=together(
        service("web", "81", "10022:2222"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n"))
    assert ran.returncode == 0, ran.stderr
    assert stripped(found(bed, namespace, "svc")) != before
    undo(bed, ran)
    assert stripped(found(bed, namespace, "svc")) == before
    assert found(bed, namespace, "configmap", "new") is None


def test_a_secret_is_kept_whole(bed: Bed, namespace: str, run: Callable[..., Ran]) -> None:
    """kubectl diff masks its values."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {{name: web}}\nstringData: {{password: {}}}\n"
    bed.apply(secret.format("earlier"), namespace)
    ran = run("diff", "-f", "-", "--apply", "--yes", input=secret.format("later"))
    assert ran.returncode == 0 and "ZWFybGllcg" not in ran.stdout + ran.stderr, ran.stderr
    assert value(bed, namespace) == "bGF0ZXI="
    undo(bed, ran)
    assert value(bed, namespace) == "ZWFybGllcg=="


def value(bed: Bed, namespace: str) -> str:
    document = found(bed, namespace, "secret")
    assert document
    return str(document["data"]["password"])


def test_no_old_file_is_written_over(bed: Bed, namespace: str, run: Callable[..., Ran], tmp_path: Path) -> None:
    bed.apply(together(WEB, WRONG, policy("db", "web", 10022)), namespace)
    for name in ("web", "db"):
        assert run("suggest", f"netpol/{name}", "--apply", "--yes").returncode == 0
    assert len(os.listdir(tmp_path / "state" / "kubectl-netpol")) == 2
