"""What is asked, refused and told when something is applied, and which commands undo it?"""
import stat
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.commands.apply.consent import Terminal, refuse_owned, refuse_unsaid
from kubectl_netpol.commands.apply.proposed import shown
from kubectl_netpol.commands.apply.restore import Kept, folder_in, kept, name_for, undo_commands
from kubectl_netpol.commands.apply.said import announced, question, stopped
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.order import Moment
from kubectl_netpol.core.owners import Holders, Owner, OwnerKind
from kubectl_netpol.core.writes import By, Write
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Apply, Change, Connection, Scope
from kubectl_netpol.reports import Isolation, ManifestChange, ObjectRef
from kubectl_netpol.snapshot import Key
from tests.e2e_cases import Document

YES = Apply(wanted=True, is_confirmed=True)
WEB = ObjectRef("Deployment", "shop", "web")
ISOLATED = [Isolation(WEB, "ingress"), Isolation(WEB, "egress")]


def document(name: str, namespace: str = "shop", **metadata: Any) -> Document:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": namespace, **metadata},
            "spec": {"podSelector": {}}}


def changed(name: str, namespace: str = "shop", by: By = By.SUGGEST) -> Write:
    return Write(Key("NetworkPolicy", namespace, name), document(name, namespace), document(name, namespace), by)


def made(name: str, namespace: str = "shop", kind: str = "NetworkPolicy") -> Write:
    return Write(Key(kind, namespace, name), None, document(name, namespace), By.SUGGEST)


def gone(name: str, namespace: str = "shop") -> Write:
    return Write(Key("NetworkPolicy", namespace, name), document(name, namespace), None, By.DELETE)


# ---- who agrees


@pytest.mark.parametrize(("apply", "change", "isolated", "guessed", "message"), [
    (YES, Change(), ISOLATED, [], "--yes alone does not isolate pods for the first time: ns/shop:deploy/web"),
    (YES, Change(keep=True), ISOLATED, [], None),
    (YES, Change(isolate=True), ISOLATED, [], None),
    (YES, Change(isolate=True), [], ["allow 80 on svc/web from anywhere"],
     "--yes does not agree to what is only guessed: allow 80 on svc/web from anywhere"),
    (YES, Change(), [], [], None),
    (Apply(wanted=True), Change(), ISOLATED, ["allow 80 on svc/web from anywhere"], None),           # somebody is asked
    (Apply(wanted=True, is_confirmed=True, is_trial=True), Change(), ISOLATED, [], None),
])
def test_what_yes_does_not_agree_to(
        apply: Apply, change: Change, isolated: list[Isolation], guessed: list[str], message: str | None) -> None:
    if message is None:
        refuse_unsaid(apply, change, isolated, guessed)
        return
    with pytest.raises(NetpolError) as caught:
        refuse_unsaid(apply, change, isolated, guessed)
    assert caught.value.message == message


@pytest.mark.parametrize(("answer", "agrees"), [
    ("y\n", True), ("YES\n", True), ("", False), ("\n", False), ("no\n", False), ("y n\n", False)])
def test_only_yes_agrees(answer: str, agrees: bool) -> None:
    screen = StringIO()
    assert Terminal(StringIO(answer), screen).agrees("apply? [y/N]") is agrees
    assert screen.getvalue() == "apply? [y/N] "


@pytest.mark.parametrize(("writes", "scope", "said"), [
    ([changed("a")], Scope(context="prod"), 'apply 1 change to namespace shop of context "prod"? [y/N]'),
    ([changed("a", "y"), made("b", "x"), gone("c", "x")], Scope(context="prod"),
     'apply 3 changes to namespaces x and y of context "prod"? [y/N]'),
    ([made("new", "", "Namespace"), made("a", "new")], Scope(context="prod"), 'apply 2 changes to namespace new of context "prod"? [y/N]'),
    ([changed("a")], Scope(server="https://host"), "apply 1 change to namespace shop of https://host? [y/N]"),
    ([made("a", "", "ClusterRole")], Scope(context="prod"), 'apply 1 change to context "prod"? [y/N]'),
])
def test_the_question_tells_how_much_and_where(writes: list[Write], scope: Scope, said: str) -> None:
    assert question(writes, scope) == said


# ---- who holds it

RELEASE = Owner(OwnerKind.HELM, "shop", "shops")
HELD = [(changed("a"), Holders((RELEASE,))), (gone("b"), Holders((RELEASE, Owner(OwnerKind.MANAGER, "operator"))))]


def test_all_that_belongs_to_others_is_told_at_once() -> None:
    with pytest.raises(NetpolError) as caught:
        refuse_owned(Apply(wanted=True), HELD)
    assert caught.value.message.split("\n") == [
        "netpol/a belongs to Helm release shop in namespace shops", "netpol/b belongs to Helm release shop in namespace shops",
        'netpol/b belongs to the field manager "operator"']
    assert caught.value.hint.split("\n") == [
        "change the chart or the values of release shop in namespace shops, and upgrade it",
        'change it where "operator" takes it from', "--force-conflicts writes it all the same, until its owner writes it again"]
    refuse_owned(Apply(wanted=True, force_conflicts=True), HELD)


@pytest.mark.parametrize(("write", "holders", "said"), [
    (changed("a"), Holders(), []),
    (changed("a"), Holders(people=("kubectl-edit", "kubectl-patch")),
     ["netpol/a: what kubectl-edit and kubectl-patch wrote there is taken over"]),
    (gone("a"), Holders(people=("kubectl-edit",)), []),                              # nothing is left to be taken
    (changed("a"), Holders(is_applied=True),
     ["netpol/a was written by kubectl apply, and the next apply of its file brings the old one back: change that too"]),
    (gone("a"), Holders(is_applied=True),
     ["netpol/a was written by kubectl apply, and the next apply of its file makes it again: change that too"]),
    (changed("a", by=By.FILE), Holders(is_applied=True), []),                        # that is the next apply
    (changed("a"), Holders((RELEASE,)),
     ["Helm release shop in namespace shops will write netpol/a again as it was: change the chart or the values of release shop in "
      "namespace shops, and upgrade it"]),
])
def test_what_brings_the_old_state_back_is_told(write: Write, holders: Holders, said: list[str]) -> None:
    assert list(announced([(write, holders)], ())) == said


def test_a_moment_is_told() -> None:
    moment = Moment(made("a").key, made("b").key, Direction.INGRESS, (Key("Deployment", "shop", "web"),))
    assert list(announced([(changed("a"), Holders())], [moment])) == [
        "for a moment, between the writes of netpol/a and netpol/b, ingress of deploy/web is refused some of what stays allowed"]


@pytest.mark.parametrize(("done", "left", "unsure", "said"), [
    ([changed("a")], [gone("c")], [made("b")], [
        "written: netpol/a", "written or not, that could not be read any more: netpol/b", "not written: netpol/c",
        "the same command again writes the rest"]),
    ([], [changed("a"), gone("b")], [], ["not written: netpol/a and netpol/b"]),
    ([changed("a"), gone("a", "other")], [], [], [
        "written: ns/shop:netpol/a and ns/other:netpol/a", "the same command again writes the rest"]),
])
def test_where_it_ended(done: list[Write], left: list[Write], unsure: list[Write], said: list[str]) -> None:
    assert list(stopped(done, left, unsure)) == said


# ---- which objects


def test_only_what_is_shown_is_written() -> None:
    manifests = [ManifestChange("changed", ObjectRef("NetworkPolicy", "shop", "a"), "")]
    assert shown([changed("a"), changed("b"), changed("a", "other")], manifests) == (changed("a"),)
    with pytest.raises(NetpolError, match="networkpolicy/a: meant by several parts of the change"):
        shown([changed("a"), gone("a")], manifests)


# ---- the way back


@pytest.mark.parametrize(("environ", "folder"), [
    ({"HOME": "/home/me"}, "/home/me/.local/state/kubectl-netpol"),
    ({"HOME": "/home/me", "XDG_STATE_HOME": ""}, "/home/me/.local/state/kubectl-netpol"),
    ({"HOME": "/home/me", "XDG_STATE_HOME": "/state"}, "/state/kubectl-netpol"),
    ({"HOME": "/home/me", "XDG_STATE_HOME": "relative"}, "/home/me/.local/state/kubectl-netpol"),    # "must be absolute"
])
def test_state_stands_where_the_desktop_has_it(environ: dict[str, str], folder: str) -> None:
    assert str(folder_in(environ)) == folder


@pytest.mark.parametrize(("scope", "name"), [
    (Scope(context="prod"), "restore-prod-20260102T030405Z"),
    (Scope(context="arn:aws:eks:eu-1:1:cluster/x"), "restore-arn-aws-eks-eu-1-1-cluster-x-20260102T030405Z"),
    (Scope(context="../../x"), "restore-x-20260102T030405Z"),
    (Scope(server="https://10.0.0.1:6443"), "restore-https-10.0.0.1-6443-20260102T030405Z"),
    (Scope(), "restore-cluster-20260102T030405Z"),
])
def test_a_restore_file_is_named_for_its_cluster_and_time(scope: Scope, name: str) -> None:
    assert name_for(scope, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)) == name


def test_what_was_there_is_kept(tmp_path: Path) -> None:
    writes = [changed("a"), made("b"), gone("c"), changed("d")]
    files = kept([write.undone for write in writes], tmp_path / "state", "restore")
    assert files == Kept(tmp_path / "state" / "restore.yaml", tmp_path / "state" / "restore-deleted.yaml")
    texts = [Path(path).read_text(encoding="utf-8") for path in files.paths]
    assert [[line for line in text.splitlines() if line.startswith(("---", "  name:"))] for text in texts] == [
        ["  name: a", "---", "  name: d"], ["  name: c"]]
    assert [stat.S_IMODE(Path(path).stat().st_mode) for path in (tmp_path / "state", *files.paths)] == [0o700, 0o600, 0o600]


def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    paths = [kept([changed("a").undone], tmp_path, "restore").replaced for _ in range(2)]
    assert paths == [tmp_path / "restore.yaml", tmp_path / "restore-2.yaml"]
    assert kept([made("a").undone], tmp_path, "restore") == Kept()


FILES = Kept(Path("/state/a.yaml"), Path("/state/a-deleted.yaml"))


@pytest.mark.parametrize(("writes", "scope", "commands"), [
    ([changed("a")], Scope(), ["kubectl replace -f /state/a.yaml"]),
    ([gone("a")], Scope(), ["kubectl create -f /state/a-deleted.yaml"]),
    ([made("a"), made("b"), made("web", "shop", "Service"), made("c", "x"), made("x", "", "Namespace")], Scope(), [
        "kubectl delete netpol/a netpol/b svc/web -n shop", "kubectl delete netpol/c -n x", "kubectl delete ns/x"]),
    ([made("a"), changed("b"), gone("c")], Scope(context="prod"), [
        "kubectl create -f /state/a-deleted.yaml --context prod", "kubectl replace -f /state/a.yaml --context prod",
        "kubectl delete netpol/a -n shop --context prod"]),
    ([changed("a")], Scope(context="prod", connection=Connection(context="prod", kubeconfig="k")), [
        "kubectl replace -f /state/a.yaml --kubeconfig k --context prod"]),
    ([changed("a")], Scope(context="prod", connection=Connection(token="secret")), [
        "kubectl replace -f /state/a.yaml --token TOKEN --context prod"]),
])
def test_commands_undo_what_was_written(writes: list[Write], scope: Scope, commands: list[str]) -> None:
    assert [" ".join(each) for each in undo_commands([write.undone for write in writes], FILES, scope)] == commands
