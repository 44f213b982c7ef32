"""Are we to the real API server who kubectl is? Both ask; the audit log tells who asked."""
import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubectl_netpol import cli
from kubectl_netpol.server.connection import Refused, connect
from kubectl_netpol.server.kubeconfig import login_of
from tests.live.bed.bed import Bed
from tests.live.bed.joining import ROOT
from tests.live.bed.users import token_of

PATH = "/api/v1/namespaces/default/services"
IMPERSONATE = [
    {"apiGroups": [""], "resources": ["users", "groups", "serviceaccounts"], "verbs": ["impersonate"]},
    {"apiGroups": ["authentication.k8s.io"], "verbs": ["impersonate"],
     "resources": ["uids", "userextras/acme.com/team", "userextras/scopes"]},
    {"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}]


class Asker(NamedTuple):
    """As the audit log knows one."""

    user: str
    groups: tuple[str, ...]
    uid: str
    impersonated: Any
    code: int


class Row(NamedTuple):
    name: str
    user: Callable[[Path, str], dict[str, Any]]                 # folder, user → entry of the kubeconfig
    flags: tuple[str, ...] = ()
    impersonated: dict[str, Any] | None = None


def by_token(_: Path, user: str) -> dict[str, Any]:
    return {"token": token_of(user)}


def by_file(folder: Path, user: str) -> dict[str, Any]:
    (folder / "token").write_text(f"{token_of(user)}\n", encoding="utf-8")
    return {"tokenFile": "token"}


def by_plugin(folder: Path, user: str) -> dict[str, Any]:
    version = "client.authentication.k8s.io/v1"
    printed = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": {"token": token_of(user)}})
    (folder / "plugin").write_text(f"#!/bin/sh\necho '{printed}'\n", encoding="utf-8")
    (folder / "plugin").chmod(stat.S_IRWXU)
    return {"exec": {"apiVersion": version, "command": "./plugin", "interactiveMode": "IfAvailable"}}


def acting(**fields: Any) -> Callable[[Path, str], dict[str, Any]]:
    return lambda folder, user: by_token(folder, user) | {name.replace("_", "-"): value for name, value in fields.items()}


AUTHENTICATED = "system:authenticated"
ROWS = [
    Row("token", by_token),
    Row("tokenFile with a line break", by_file),
    Row("exec plugin", by_plugin),
    Row("--as", by_token, ("--as", "eve"), {"username": "eve", "groups": [AUTHENTICATED]}),
    Row("--as a service account", by_token, ("--as", "system:serviceaccount:shop:web"), {
        "username": "system:serviceaccount:shop:web", "groups": ["system:serviceaccounts", "system:serviceaccounts:shop", AUTHENTICATED]}),
    Row("--as, --as-group, --as-uid", by_token, ("--as", "eve", "--as-group", "red", "--as-group", "blue", "--as-uid", "7"),
        {"username": "eve", "groups": ["red", "blue", AUTHENTICATED], "uid": "7"}),
    Row("as of the user entry", acting(**{"as": "eve"}, as_groups=["red", "blue"], as_uid="7", as_user_extra={
        "acme.com/team": ["a", "b"], "scopes": ["s"]}), (), {
            "username": "eve", "groups": ["red", "blue", AUTHENTICATED], "uid": "7",
            "extra": {"acme.com/team": ["a", "b"], "scopes": ["s"]}}),
    Row("--as over the user entry", acting(**{"as": "ann"}, as_groups=["red"]), ("--as", "jürgen"),
        {"username": "jürgen", "groups": ["red", AUTHENTICATED]}),
    Row("an exec plugin and --as", by_plugin, ("--as", "eve"), {"username": "eve", "groups": [AUTHENTICATED]}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_server_knows_us_as_it_knows_kubectl(row: Row, bed: Bed, tmp_path: Path) -> None:
    user = bed.new_user()
    bed.grant(user, None, IMPERSONATE)
    environ = written(bed, tmp_path, row.user(tmp_path, user))
    theirs, ours = asked_by_both(bed, environ, list(row.flags), user)
    assert ours == theirs
    assert (ours.user, ours.groups, ours.impersonated) == (user, (AUTHENTICATED,), row.impersonated)


@pytest.mark.parametrize("as_data", [False, True])
def test_a_client_certificate(bed: Bed, tmp_path: Path, as_data: bool) -> None:
    name = f"cert-of-{bed.new_user()}"
    config = Path(bed.kubeconfig_with_certificate(name, "people"))
    entry = json.loads(config.read_text(encoding="utf-8"))["users"][0]["user"]
    if as_data:
        entry = {f"{field}-data": base64.b64encode(Path(path).read_bytes()).decode() for field, path in entry.items()}
    theirs, ours = asked_by_both(bed, written(bed, tmp_path, entry), [], name)
    assert ours == theirs
    assert (ours.user, ours.groups, ours.code) == (name, ("people", AUTHENTICATED), 403)


def test_a_token_beside_a_certificate(bed: Bed, tmp_path: Path) -> None:
    """Which of them counts is the server's business; both must be sent."""
    user = bed.new_user()
    config = bed.kubeconfig_with_certificate(f"cert-of-{user}")
    entry = json.loads(Path(config).read_text(encoding="utf-8"))["users"][0]["user"]
    theirs, ours = asked_by_both(bed, written(bed, tmp_path, entry), ["--token", token_of(user)], None)
    assert ours == theirs


def test_flags_alone(bed: Bed, tmp_path: Path) -> None:
    user = bed.new_user()
    flags = ["-s", bed.server, "--token", token_of(user), "--certificate-authority", bed.ca_file]
    environ = {**os.environ, "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")}
    theirs, ours = asked_by_both(bed, environ, flags, user)
    assert ours == theirs


def written(bed: Bed, folder: Path, user: dict[str, Any]) -> dict[str, str]:
    """The environment, with a kubeconfig for that user entry."""
    (folder / "kubeconfig").write_text(json.dumps({
        "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": bed.server, "certificate-authority": bed.ca_file}}],
        "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}), encoding="utf-8")
    return {**os.environ, "KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}


def asked_by_both(bed: Bed, environ: dict[str, str], flags: list[str], user: str | None) -> tuple[Asker, Asker]:
    mark = bed.audit_mark()
    subprocess.run([bed.kubectl, "get", "--raw", PATH, *flags], env=environ, capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", environ)
        options: Any = cli.parse(["explain", *flags])
        with suppress(Refused):
            connect(login_of(options.scope.connection, environ)).get(PATH)
    return askers(bed, mark, user)


def askers(bed: Bed, mark: int, user: str | None) -> tuple[Asker, Asker]:
    """kubectl and us, since the mark."""
    def found() -> list[Asker]:
        return [asker for agent in ("kubectl/", "kubectl-netpol/") for asker in [
            Asker(event["user"].get("username", ""), tuple(event["user"].get("groups", ())), event["user"].get("uid", ""),
                  event.get("impersonatedUser"), event["responseStatus"]["code"])
            for event in bed.audit_since(mark, user=user, user_agent=agent) if event["requestURI"] == PATH][-1:]]

    theirs, ours = bed.wait_for("both requests in the audit log", lambda: each if len(each := found()) == 2 else [])
    return theirs, ours


# ---- in a pod

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
IN_A_POD = f"""
set -e
mount -t tmpfs tmpfs /var/run
mkdir -p {ACCOUNT}
cp "$FILES"/* {ACCOUNT}
exec "$@"
"""
OURS = f"""
import os, sys
from kubectl_netpol import cli
from kubectl_netpol.server.connection import connect
from kubectl_netpol.server.kubeconfig import login_of
login = login_of(cli.parse(["explain", *sys.argv[1:]]).scope.connection, os.environ)
print(login.context, login.namespace, login.server)
connect(login).get("{PATH}")
"""


@pytest.fixture
def pod(bed: Bed, tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a command as in a pod: a mount namespace has the files of the service account where a kubelet puts them."""
    files = tmp_path / "files"
    files.mkdir()
    shutil.copy(bed.ca_file, files / "ca.crt")
    (files / "namespace").write_text("of-pod", encoding="utf-8")
    host, port = bed.server.removeprefix("https://").split(":")

    def run(user: str, *argv: str) -> "subprocess.CompletedProcess[str]":
        (files / "token").write_text(token_of(user), encoding="utf-8")
        environ = {
            **os.environ, "HOME": str(tmp_path), "KUBECONFIG": "", "FILES": str(files), "PYTHONPATH": str(ROOT),
            "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        return subprocess.run(
            ["unshare", "-rm", "sh", "-c", IN_A_POD, "pod", *argv], env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    if shutil.which("unshare") is None or run("admin", "true").returncode:
        pytest.skip("no mount namespaces here: unshare -rm")
    return run


def test_in_a_pod_we_are_its_service_account(bed: Bed, pod: Callable[..., Any]) -> None:
    user = bed.new_user()
    bed.grant(user, None, IMPERSONATE)
    mark = bed.audit_mark()
    assert pod(user, bed.kubectl, "get", "--raw", PATH).returncode == 0
    ran = pod(user, sys.executable, "-c", OURS)
    assert (ran.stdout, ran.stderr) == (f"None of-pod {bed.server}\n", "")
    theirs, ours = askers(bed, mark, user)
    assert ours == theirs and ours.user == user
    assert "in of-pod namespace" in pod(user, bed.kubectl, "get", "svc").stderr


def test_flags_in_a_pod(bed: Bed, pod: Callable[..., Any]) -> None:
    """--token as kubectl; --as and --request-timeout, with which kubectl asks localhost:8080 there, count."""
    user, other = bed.new_user(), bed.new_user()
    bed.grant(user, None, IMPERSONATE)
    mark = bed.audit_mark()
    pod(user, bed.kubectl, "get", "--raw", PATH, "--token", token_of(other))
    pod(user, sys.executable, "-c", OURS, "--token", token_of(other))
    theirs, ours = askers(bed, mark, other)
    assert ours == theirs
    assert "localhost:8080" in pod(user, bed.kubectl, "get", "--raw", PATH, "--as", "eve").stderr
    pod(user, sys.executable, "-c", OURS, "--as", "eve", "--request-timeout", "9")
    events = [event for event in bed.audit_since(mark, user=user) if "impersonatedUser" in event]
    assert [event["impersonatedUser"]["username"] for event in events] == ["eve"]
