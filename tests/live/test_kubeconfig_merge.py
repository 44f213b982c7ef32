"""Do we merge kubeconfigs as kubectl does? A table: each row is asked of `kubectl config view` and of us."""
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Connection
from kubectl_netpol.server.kubeconfig import Login, login_of
from tests.live.bed.bed import Bed

DATA = "Y2VydA=="
FIRST = """
apiVersion: v1
kind: Config
current-context: red
contexts:
- {name: red, context: {cluster: one, user: ann, namespace: shop}}
- {name: blue, context: {cluster: two, user: bob}}
clusters:
- {name: one, cluster: {server: "https://one:6443", tls-server-name: first}}
- name: two
  cluster:
    server: https://two
    insecure-skip-tls-verify: yes
    extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x, nothing: null}}]
users:
- {name: ann, user: {token: of-ann}}
- name: bob
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: ./bin/get
      args: [a, ""]
      env: [{name: A, value: ""}]
      installHint: |
        get it
"""
SECOND = """
current-context: green
contexts:
- {name: green, context: {cluster: two, user: ann, namespace: green}}
- {name: red, context: {cluster: two, user: cid}}
clusters:
- {name: one, cluster: {server: "https://other", proxy-url: "http://proxy:1"}}
- {name: two, cluster: {server: "https://second-two"}}
users:
- {name: ann, user: {token: second}}
- {name: cid, user: {username: cid, password: secret, as: eve, as-groups: [g, h], as-uid: "7", as-user-extra: {a.b/c: [x, z]}}}
"""
ONE = """
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: CLUSTER}]
users: [{name: u, user: USER}]
"""


def one(cluster: str = "{server: https://c}", user: str = "{token: t}") -> str:
    return ONE.replace("CLUSTER", cluster).replace("USER", user)


class Row:
    """files: by name; folders where the text is None. variable: KUBECONFIG, with names for paths."""

    def __init__(self, name: str, files: dict[str, str | None], variable: str = "first", *flags: str, refused: str = "") -> None:
        self.name, self.files, self.variable, self.flags, self.refused = name, files, variable, flags, refused


BOTH: dict[str, str | None] = {"first": FIRST, "second": SECOND}
ROWS = [
    Row("one file", {"first": FIRST}),
    Row("the first file to set a value wins, the current context too", BOTH, "first:second"),
    Row("the other way round", BOTH, "second:first"),
    Row("an entry is of one file as a whole", BOTH, "first:second", "--context", "green"),
    Row("a context of a later file", BOTH, "second:first", "--context", "blue"),
    Row("the current context is in a later file", {"first": FIRST.replace("current-context: red", ""), "second": SECOND}, "first:second"),
    Row("a file that stands twice", BOTH, "second:first:second"),
    Row("missing files", BOTH, "nowhere:second:gone"),
    Row("empty names", BOTH, "::second::first"),
    Row("an empty file", {"first": "", "second": SECOND}, "first:second"),
    Row("a file of comments", {"first": "# nothing\n\n", "second": SECOND}, "first:second"),
    Row("a file of null", {"first": "null\n", "second": SECOND}, "first:second"),
    Row("lists of null", {"first": "users: null\nclusters:\ncontexts: ~\n", "second": SECOND}, "first:second"),
    Row("fields of null", {"first": one("{server: https://c, tls-server-name: null}", "{token: ~, username: nan}")}),
    Row("JSON", {"first": json.dumps({
        "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c"}}], "users": [{"name": "u", "user": {"token": "t"}}]})}),
    Row("tabs in JSON", {"first": '{\n\t"current-context": "c",\n\t"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],\n'
                                  '\t"clusters": [{"name": "c", "cluster": {"server": "https://c"}}],\n\t"users": [{"name": "u"}]\n}'}),
    Row("--kubeconfig beats KUBECONFIG", BOTH, "first", "--kubeconfig", "second"),
    Row("--kubeconfig of a file that is missing", BOTH, "first", "--kubeconfig", "gone", refused="no such file"),
    Row("~/.kube/config", {".kube/config": SECOND}, ""),
    Row("KUBECONFIG beats ~/.kube/config", {".kube/config": SECOND, "first": FIRST}, "first"),
    Row("a folder", {"folder": None, "second": SECOND}, "folder:second", refused="is a directory"),
    Row("broken YAML", {"first": "users: [", "second": SECOND}, "second:first", refused="first:1: broken YAML"),
    Row("text", {"first": "hello", "second": SECOND}, "second:first", refused="no kubeconfig"),
    Row("a list", {"first": "[]", "second": SECOND}, "second:first", refused="no kubeconfig"),
    Row("a number for a token", {"first": one(user="{token: 12}")}, refused="first:5: users[0].user.token: expected str, got int"),
    Row("a text for a bool", {"first": one('{server: s, insecure-skip-tls-verify: "yes"}')},
        refused="first:4: clusters[0].cluster.insecure-skip-tls-verify: expected bool, got str"),
    Row("an object for a list", {"first": "users: {a: b}\n"}, refused="first:1: users: expected array"),
    Row("no base64", {"first": one(user='{client-key-data: "%%"}')}, refused="first:5: users[0].user.client-key-data: expected base64"),
    Row("base64 with line breaks", {"first": one(user='{client-key-data: "Y2Vy\\ndA==\\r\\n"}')}),
    Row("a name twice", {"first": one() + "- {name: u}\n"}, refused="broken YAML"),
    Row("a user twice", {"first": one().replace("users: [", "users: [{name: u}, ")}, refused='first:5: the name "u" stands twice in users'),
    Row("a context twice", {"first": one().replace("contexts: [", "contexts: [{name: c}, ")}, refused='"c" stands twice in contexts'),
    Row("a key twice: the last one counts", {"first": one(user="{token: a, token: b}")}),
    Row("another kind", {"first": "kind: List\n" + one()}, refused='it is a "List" of version "v1"'),
    Row("another version", {"first": "apiVersion: v2\n" + one()}, refused='it is a "Config" of version "v2"'),
    Row("unknown fields", {"first": "colour: red\n" + one("{server: https://c, color: blue}")}),
    Row("a second document", {"first": one() + "---\nusers: 1\n"}),
    Row("anchors", {"first": one(user="&u {token: t}").replace("users:", "users: [{name: v, user: {token: w}}]\nold:", 0)}),
    Row("preferences", {"first": one() + "preferences: {colors: true}\n"}),
    Row("every field of a user", {"first": one(user=(
        f"{{client-certificate-data: {DATA}, client-key-data: {DATA}, tokenFile: /t, token: t, as: a}}"))}),
    Row("an auth provider", {"first": one(user="{auth-provider: {name: oidc, config: {id-token: x}}}")}),
    Row("plugins of v1 have no default mode", {"first": one(user=(
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: get, interactiveMode: Never, provideClusterInfo: true}}"))}),
    Row("texts that YAML 1.1 takes for something else", {"first": one(user='{username: "on", password: 1e3x}')}),
    Row("a password of digits", {"first": one(user="{username: nan, password: 0123}")}, refused="expected str, got int"),
    Row("a password of letters that mean true", {"first": one(user="{username: nan, password: on}")}, refused="expected str, got bool"),
    Row("y is true", {"first": one("{server: https://c, insecure-skip-tls-verify: y}")}),
    Row("n is no text", {"first": one(user="{username: n, password: p}")}, refused="username: expected str, got bool"),
    Row("a date is text", {"first": one(user="{username: nan, password: 2024-01-01}")}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_as_kubectl_config_view(row: Row, bed: Bed, tmp_path: Path) -> None:
    environ = written(row, tmp_path)
    ran = subprocess.run(
        [bed.kubectl, "config", "view", "--minify", "--raw", "--merge=true", "-o", "json", *row.flags],
        env={**os.environ, **environ}, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert bool(ran.returncode) == bool(row.refused), ran.stderr
    if row.refused:
        with pytest.raises(NetpolError) as caught:
            ours(row, environ, tmp_path)
        assert row.refused in caught.value.message
        assert "secret" not in caught.value.message
        return
    login = ours(row, environ, tmp_path)
    assert told(login) == view(json.loads(ran.stdout), tmp_path)


def written(row: Row, folder: Path) -> dict[str, str]:
    for name, text in row.files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.mkdir() if text is None else path.write_text(text, encoding="utf-8")
    return {"HOME": str(folder), "KUBECONFIG": row.variable}


def ours(row: Row, environ: dict[str, str], folder: Path) -> Login:
    flags = dict(zip(row.flags[::2], row.flags[1::2]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return login_of(Connection(kubeconfig=flags.get("--kubeconfig"), context=flags.get("--context")), environ)


def told(login: Login) -> dict[str, Any]:
    user = {name: value.translate({10: None, 13: None}) if name.endswith("-data") else value for name, value in login.user.items()}
    return {"context": login.context, "namespace": login.namespace, "cluster": login.cluster, "user": user}


def view(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What kubectl prints; it shows paths as they are written, and null for lists that are empty."""
    context = config["contexts"][0]["context"]
    cluster = next((each["cluster"] for each in config["clusters"] or () if each["name"] == context["cluster"]), {})
    user = next((each["user"] for each in config["users"] or () if each["name"] == context["user"]), {})
    if plugin := user.get("exec"):
        user["exec"] = plugin = {name: value for name, value in plugin.items() if value not in (None, False)}
        if plugin["command"].startswith("./"):
            plugin["command"] = str(folder / plugin["command"])
    return {
        "context": config["current-context"], "namespace": context.get("namespace", "default"), "cluster": cluster, "user": user}
