"""Does a server see of us what it sees of kubectl? A table: each row is a request of both, to a server that remembers what came."""
import base64
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol import cli
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.connection import connect
from kubectl_netpol.server.kubeconfig import login_of
from tests.live.bed.bed import Bed
from tests.server.fake import CERTIFICATES, Fake, Seen, fake

V1 = "client.authentication.k8s.io/v1"
EXTENSIONS = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}, {"name": "other", "extension": 1}]


def text(name: str) -> str:
    return (CERTIFICATES / name).read_text(encoding="utf-8")


def data(name: str) -> str:
    return base64.b64encode(text(name).encode()).decode()


def credential(version: str = V1, **status: Any) -> str:
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})


def script(printed: str, ends: str = "") -> str:
    told = 'echo "$KUBERNETES_EXEC_INFO" > "$SEEN_BY"\nread line && echo "$line" >> "$SEEN_BY"'
    return f"#!/bin/sh\n{told}\ncat <<'END'\n{printed}\nEND\n{ends}"


def plugin(command: str = "./plugin", mode: str | None = "Never", version: str = V1, **more: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": version, "command": command, **({"interactiveMode": mode} if mode else {}), **more}}


class Row:
    """user and cluster: their fields in the kubeconfig, beside server and CA. seen: what the server saw, by header or by other names.
    is_new: kubectl 1.37 does so, and 1.34 did not."""

    def __init__(
            self, name: str, user: dict[str, Any], *flags: str, cluster: dict[str, Any] | None = None, files: dict[str, str] | None = None,
            seen: dict[str, Any] | None = None, refused: str = "", environ: dict[str, str] | None = None, tls: bool = True,
            is_new: bool = False) -> None:
        self.name, self.user, self.flags, self.tls, self.is_new = name, user, flags, tls, is_new
        self.cluster = {"certificate-authority": "ca.crt"} if cluster is None else cluster
        self.files, self.seen, self.refused, self.environ = files or {}, seen or {}, refused, environ or {}


TOKEN = {"token": "of-file"}
BY_FLAG = {"Authorization": "Bearer of-flag"}
BY_FILE = {"Authorization": "Bearer of-file"}
CLIENT = {"client-certificate-data": data("client.crt"), "client-key-data": data("client.key")}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"ann:s3cret:").decode()}
WRONG = {"certificate-authority": "other-ca.crt"}

USERS = [
    Row("a token", TOKEN, seen=BY_FILE),
    Row("--token", TOKEN, "--token", "of-flag", seen=BY_FLAG),
    Row("tokenFile ends in a line break", {"tokenFile": "token"}, files={"token": "of-file\n\n"}, seen=BY_FILE),
    Row("tokenFile beats token", {"tokenFile": "token", "token": "x"}, files={"token": "of-file\n"}, seen=BY_FILE),
    Row("tokenFile beats --token too", {"tokenFile": "token"}, "--token", "x", files={"token": "of-file\n"}, seen=BY_FILE),
    Row("token where tokenFile is missing", {"tokenFile": "gone", "token": "of-file"}, seen=BY_FILE),
    Row("tokenFile is missing", {"tokenFile": "gone"}, refused="gone cannot be used: no such file or directory"),
    Row("tokenFile is empty", {"tokenFile": "token"}, files={"token": ""}, refused="token cannot be used: it is empty"),
    Row("a token with a line break", {"token": "se\ncret"}, refused="the token has characters that no header may hold"),
    Row("a username and a password", {"username": "ann", "password": "s3cret:"}, seen=BASIC),
    Row("a token and a password", {"username": "ann", "password": "s3cret:"}, "--token", "x",
        refused="more than one authentication method found for u; found [token basicAuth], only one is allowed"),
    Row("nothing", {}, refused="there are no credentials for"),
    Row("a certificate as data", CLIENT, seen={"client": "jane"}),
    Row("a certificate as files", {"client-certificate": "client.crt", "client-key": "client.key"}, seen={"client": "jane"}),
    Row("a certificate and a token", CLIENT | TOKEN, seen={"client": "jane", **BY_FILE}),
    Row("a certificate and --token", CLIENT, "--token", "of-flag", seen={"client": "jane", **BY_FLAG}),
    Row("the flags beat data", CLIENT, "--client-certificate", "client2.crt", "--client-key", "client2.key",
        seen={"client": "rotated"}, is_new=True),
    Row("a certificate without a key", {"client-certificate": "client.crt"},
        refused="client-key-data or client-key must be specified for u"),
    Row("a key without a certificate does not count", {"client-key": "client.key", **TOKEN}, seen={"client": "", **BY_FILE}),
    Row("the key of another certificate", CLIENT | {"client-key-data": data("client2.key")}, refused="cannot be used together"),
    Row("--client-certificate alone with another's key", CLIENT, "--client-certificate", "client2.crt", refused="cannot be used together"),
    Row("a certificate as data and as file", CLIENT | {"client-certificate": "client.crt"},
        refused="client-cert-data and client-cert are both specified for u"),
    Row("a certificate file that is missing", {"client-certificate": "gone", "client-key": "client.key"},
        refused="unable to read client-cert"),
    Row("as", TOKEN | {"as": "eve"}, seen={**BY_FILE, "Impersonate-User": "eve"}),
    Row("--as", TOKEN, "--as", "eve", seen={**BY_FILE, "Impersonate-User": "eve"}),
    Row("--as beats as, groups stay", TOKEN | {"as": "ann", "as-groups": ["g"]}, "--as", "eve",
        seen={"Impersonate-User": "eve", "Impersonate-Group": "g"}),
    Row("--as-group beats as-groups", TOKEN | {"as": "eve", "as-groups": ["g"]}, "--as-group", "h", "--as-group", "i, j",
        seen={"Impersonate-User": "eve", "Impersonate-Group": ["h", "i, j"]}),
    Row("all that can be impersonated", TOKEN | {
        "as": "jürgen", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"acme.com/Röle%": ["x", "y"], "scopes": ["z"]}}, seen={
            "Impersonate-User": "jürgen", "Impersonate-Uid": "7", "Impersonate-Group": ["a", "b"],
            "Impersonate-Extra-Acme.com%2fr%c3%b6le%25": ["x", "y"], "Impersonate-Extra-Scopes": "z"}),
    Row("--as-uid", TOKEN, "--as", "eve", "--as-uid", "8", seen={"Impersonate-User": "eve", "Impersonate-Uid": "8"}),
    Row("--as-group without --as", TOKEN, "--as-group", "g",
        refused="requesting uid, groups or user-extra for u without impersonating a user"),
    Row("as with a line break", TOKEN | {"as": "e\nve"}, refused="can be sent in no header"),
    Row("--user", TOKEN, "--user", "other", seen={"Authorization": "Bearer of-other"}),
    Row("--user that does not exist", TOKEN, "--user", "othr", refused='auth info "othr" does not exist'),
    Row("--cluster", TOKEN, "--cluster", "c", "--context", "other", seen={"Authorization": "Bearer of-other"}),
    Row("--cluster that does not exist", TOKEN, "--cluster", "d", refused='cluster "d" does not exist'),
    Row("--context that does not exist", TOKEN, "--context", "x", refused='context "x" does not exist'),
    Row("a context without a user that exists", TOKEN, "--context", "userless", refused='auth info "gone" does not exist'),
    Row("a context without a cluster that exists", TOKEN, "--context", "clusterless", refused='cluster "gone" does not exist'),
    Row("an auth provider that is gone", {"auth-provider": {"name": "gcp"}}, refused="has been removed from kubectl"),
    Row("an auth provider that never was", {"auth-provider": {"name": "acme"}}, refused="has been removed from kubectl"),
    Row("an auth provider with a token", {"auth-provider": {"name": "gcp"}, **TOKEN}, refused="has been removed from kubectl"),
    Row("oidc", {"auth-provider": {"name": "oidc", "config": {
        "idp-issuer-url": "https://idp.test", "client-id": "c", "id-token": "of.eyJleHAiOiA0MTAyNDQ0ODAwfQ.x"}}},
        seen={"Authorization": "Bearer of.eyJleHAiOiA0MTAyNDQ0ODAwfQ.x"}),
    Row("oidc that is over", {"auth-provider": {"name": "oidc", "config": {
        "idp-issuer-url": "https://127.0.0.1:1", "client-id": "c", "id-token": "of.eyJleHAiOiAxfQ.x", "refresh-token": "r"}}},
        refused="the id-token of the auth provider oidc is missing or over"),
]

CLUSTERS = [
    Row("a CA as data", TOKEN, cluster={"certificate-authority-data": data("ca.crt")}, seen=BY_FILE),
    Row("a CA as data and as file", TOKEN, cluster={"certificate-authority-data": data("ca.crt"), "certificate-authority": "ca.crt"},
        refused="certificate-authority-data and certificate-authority are both specified for c"),
    Row("no CA: the roots of the machine", TOKEN, cluster={}, refused="cannot be verified"),
    Row("a wrong CA", TOKEN, cluster=WRONG, refused="cannot be verified"),
    Row("a CA file that is missing", TOKEN, cluster={"certificate-authority": "gone"}, refused="unable to read certificate-authority"),
    Row("a CA file that is none", TOKEN, cluster={"certificate-authority": "kubeconfig"}, refused="unable to load root certificates"),
    Row("insecure", TOKEN, cluster={"insecure-skip-tls-verify": True}, seen=BY_FILE),
    Row("insecure with a CA", TOKEN, cluster=WRONG | {"insecure-skip-tls-verify": True},
        refused="specifying a root certificates file with the insecure flag is not allowed"),
    Row("the insecure flag clears the CA", TOKEN, "--insecure-skip-tls-verify", cluster=WRONG, seen=BY_FILE),
    Row("the insecure flag clears the CA's data", TOKEN, "--insecure-skip-tls-verify",
        cluster={"certificate-authority-data": data("other-ca.crt")}, seen=BY_FILE),
    Row("--certificate-authority beats data", TOKEN, "--certificate-authority", "ca.crt",
        cluster={"certificate-authority-data": data("other-ca.crt")}, seen=BY_FILE),
    Row("--certificate-authority makes it secure", TOKEN, "--certificate-authority", "other-ca.crt",
        cluster={"insecure-skip-tls-verify": True}, refused="cannot be verified"),
    Row("both flags", TOKEN, "--certificate-authority", "ca.crt", "--insecure-skip-tls-verify", refused="is not allowed"),
    Row("tls-server-name", TOKEN, cluster={"certificate-authority": "ca.crt", "tls-server-name": "api.test"}, seen={"sni": "api.test"}),
    Row("tls-server-name that is not in the certificate", TOKEN, cluster={"certificate-authority": "ca.crt", "tls-server-name": "no.test"},
        refused="cannot be verified"),
    Row("--tls-server-name", TOKEN, "--tls-server-name", "api.test", seen={"sni": "api.test"},
        cluster={"certificate-authority": "ca.crt", "tls-server-name": "no.test"}),
    Row("--server clears tls-server-name", TOKEN, "--server", "SERVER",
        cluster={"certificate-authority": "ca.crt", "tls-server-name": "no.test", "server": "https://127.0.0.1:1"}, seen={"sni": ""}),
    Row("-s and --tls-server-name", TOKEN, "-s", "SERVER", "--tls-server-name", "api.test",
        cluster={"certificate-authority": "ca.crt", "server": "https://127.0.0.1:1"}, seen={"sni": "api.test"}),
    Row("a server with a path", TOKEN, cluster={"certificate-authority": "ca.crt", "server": "SERVER/k8s/clusters/c-1/?a=b#c"},
        seen={"path": "/k8s/clusters/c-1/version"}),
    Row("a server with a slash", TOKEN, cluster={"certificate-authority": "ca.crt", "server": "SERVER/"}, seen={"path": "/version"}),
    Row("a server without a scheme is asked without TLS", TOKEN, cluster={"certificate-authority": "ca.crt", "server": "HOST"},
        refused=""),
    Row("no credentials without TLS", TOKEN | CLIENT | {"as": "eve"}, cluster={}, tls=False,
        seen={"Authorization": None, "Impersonate-User": "eve"}),
    Row("no credentials are wanted without TLS", {}, cluster={"server": "HOST"}, tls=False, seen={"Authorization": None}),
    Row("a host and a path without a scheme", TOKEN, cluster={"server": "HOST/a"}, refused="host must be a URL or a host:port pair"),
    Row("answers are compressed", TOKEN, seen={"Accept-Encoding": "gzip"}),
    Row("answers are not compressed", TOKEN, cluster={"certificate-authority": "ca.crt", "disable-compression": True},
        seen={"Accept-Encoding": None}),
    Row("a timeout is told to the server", TOKEN, "--request-timeout", "1m30s", seen={"path": "/version?timeout=90s"}),
    Row("a timeout in seconds", TOKEN, "--request-timeout", "7", seen={"path": "/version?timeout=7s"}),
    Row("a timeout of 0 is none", TOKEN, "--request-timeout", "0", seen={"path": "/version"}),
    Row("a timeout that is none", TOKEN, "--request-timeout", "1 s", refused="invalid timeout value"),
    Row("a proxy of an unknown scheme", TOKEN, refused="invalid proxy-url",
        cluster={"certificate-authority": "ca.crt", "proxy-url": "ftp://x"}),
    Row("the environment's proxy is not for this machine", TOKEN, environ={"HTTPS_PROXY": "http://127.0.0.1:1"}, seen=BY_FILE),
]

GIVES = {"plugin": script(credential(token="of-plugin"))}
BY_PLUGIN = {"Authorization": "Bearer of-plugin"}
PLUGINS = [
    Row("a plugin gives a token", plugin(), files=GIVES, seen=BY_PLUGIN),
    Row("a plugin of v1beta1", plugin(version=f"{V1}beta1", mode=None), files={
        "plugin": script(credential(f"{V1}beta1", token="of-plugin"))}, seen=BY_PLUGIN),
    Row("a plugin of v1alpha1", plugin(version=f"{V1}alpha1"), files=GIVES, refused="invalid apiVersion"),
    Row("a plugin of v1 must say its mode", plugin(mode=None), files=GIVES, refused="interactiveMode must be specified for u"),
    Row("a plugin of an unknown mode", plugin(mode="never"), files=GIVES, refused='invalid interactiveMode for u: "never"'),
    Row("a plugin that may ask", plugin(mode="IfAvailable"), files=GIVES, seen=BY_PLUGIN),
    Row("a plugin that must ask", plugin(mode="Always"), files=GIVES, refused="standard input is not a terminal"),
    Row("a plugin that gives a certificate", plugin(), files={"plugin": script(credential(
        clientCertificateData=text("client.crt"), clientKeyData=text("client.key")))}, seen={"client": "jane", "Authorization": None}),
    Row("a plugin that gives both", plugin(), files={"plugin": script(credential(
        token="of-plugin", clientCertificateData=text("client.crt"), clientKeyData=text("client.key")))},
        seen={"client": "jane", **BY_PLUGIN}),
    Row("a plugin that gives half of it", plugin(), files={"plugin": script(credential(clientKeyData="k"))},
        refused="returned only certificate or key, not both"),
    Row("a plugin that gives nothing", plugin(), files={"plugin": script(credential())}, refused="didn't return a token or cert/key pair"),
    Row("a plugin without a status", plugin(), files={"plugin": script(json.dumps({"apiVersion": V1, "kind": "ExecCredential"}))},
        refused="didn't return a status field"),
    Row("a plugin of another version than configured", plugin(), files={"plugin": script(credential(f"{V1}beta1", token="of-plugin"))},
        refused=f"is configured to use API version {V1}, and returned version {V1}beta1"),
    Row("a plugin that prints something else", plugin(), files={"plugin": script("hello")}, refused="is no ExecCredential"),
    Row("a plugin that fails", plugin(), files={"plugin": script("", "echo 'log in first' >&2; exit 3")},
        refused="plugin failed with exit code 3"),
    Row("a plugin that is missing", plugin("netpol-no-such", installHint="brew install it"), refused="executable netpol-no-such not found"),
    Row("a plugin that is missing in its folder", plugin("./plugin"), refused="not found"),
    Row("a plugin without an interpreter", plugin(), files={"plugin": "echo hello"}, refused="plugin cannot be run"),
    Row("a plugin whose answer ends at a time without a zone", plugin(), files={
        "plugin": script(credential(token="x", expirationTimestamp="2120-01-01T00:00:00"))}, refused="is no ExecCredential"),
    Row("a plugin on PATH", plugin("plugin"), files=GIVES, seen=BY_PLUGIN),
    Row("arguments and variables", plugin("sh", args=["-c", '. ./plugin; echo "$1 $ADDED $HOME" >> "$SEEN_BY"', "", "one"],
                                          env=[{"name": "ADDED", "value": "two"}, {"name": "HOME", "value": "three"}]),
        files=GIVES, seen=BY_PLUGIN),
    Row("a plugin's own PATH does not count", plugin("plugin", env=[{"name": "PATH", "value": "/usr/bin:/bin"}]), files=GIVES,
        seen=BY_PLUGIN),
    Row("a variable without a name", plugin(env=[{"name": "", "value": "x"}]), files=GIVES, refused="env variable name must be specified"),
    Row("what a plugin is told of the cluster", plugin(provideClusterInfo=True), files=GIVES, seen=BY_PLUGIN, cluster={
        "certificate-authority": "ca.crt", "tls-server-name": "api.test", "extensions": EXTENSIONS, "disable-compression": True}),
    Row("what a plugin is told of an insecure cluster", plugin(provideClusterInfo=True), files=GIVES, seen=BY_PLUGIN, cluster={
        "server": "SERVER/a/", "insecure-skip-tls-verify": True}),
    Row("a token beats a plugin", plugin() | TOKEN, seen=BY_FILE),
    Row("--token beats a plugin", plugin(), "--token", "of-flag", seen=BY_FLAG),
    Row("a certificate beats a plugin", plugin() | CLIENT, seen={"client": "jane", "Authorization": None}),
    Row("a password beats a plugin", plugin() | {"username": "ann", "password": "s3cret:"}, seen=BASIC),
    Row("a plugin and an auth provider", plugin() | {"auth-provider": {"name": "oidc"}},
        refused="authProvider cannot be provided in combination"),
    Row("a plugin that impersonates", plugin() | {"as": "eve"}, files=GIVES, seen={**BY_PLUGIN, "Impersonate-User": "eve"}),
]


def kuberc(policy: str | None, *allowed: dict[str, str], kind: str = "Preference") -> dict[str, str]:
    """Files: a plugin, and kuberc."""
    more = {"credentialPluginPolicy": policy} if policy is not None else {}
    listed = {"credentialPluginAllowlist": list(allowed)} if allowed else {}
    return {**GIVES, ".kube/kuberc": json.dumps({"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": kind, **more, **listed})}


OFF = kuberc("DenyAll")
POLICIES = [
    Row("no policy", plugin(), files=kuberc(None), seen=BY_PLUGIN),
    Row("all are allowed", plugin(), files=kuberc("AllowAll"), seen=BY_PLUGIN),
    Row("none is allowed", plugin(), files=OFF, refused="is not allowed: DenyAll", is_new=True),
    Row("none is allowed, and none is wanted", TOKEN, files=OFF, seen=BY_FILE),
    Row("a command that is allowed", plugin("plugin"), files=kuberc("Allowlist", {"command": "x"}, {"command": "plugin"}), seen=BY_PLUGIN),
    Row("a command that is allowed by name", plugin("plugin"), files=kuberc("Allowlist", {"name": "plugin"}), seen=BY_PLUGIN),
    Row("a path that is allowed on PATH", plugin("./plugin"), files=kuberc("Allowlist", {"command": "plugin"}), seen=BY_PLUGIN),
    Row("a command that is not allowed", plugin("plugin"), files=kuberc("Allowlist", {"command": "/bin/plugin"}),
        refused="is not in credentialPluginAllowlist", is_new=True),
    Row("a list without its policy", plugin(), files=kuberc("AllowAll", {"command": "plugin"}), refused="do not fit together", is_new=True),
    Row("a policy without its list", plugin(), files=kuberc("Allowlist"), refused="do not fit together", is_new=True),
    Row("an unknown policy", plugin(), files=kuberc("Some"), refused="do not fit together", is_new=True),
    Row("another kind", plugin(), files=kuberc("DenyAll", kind="Other"), seen=BY_PLUGIN),
    Row("a kuberc that is broken", plugin(), files={**GIVES, ".kube/kuberc": "{"}, seen=BY_PLUGIN),
    Row("KUBERC that is broken", plugin(), files={**GIVES, "kuberc": "{"},
        environ={"KUBERC": "kuberc"}, refused="kuberc cannot be used", is_new=True),
    Row("KUBERC that is missing", plugin(), files=GIVES,
        environ={"KUBERC": "gone"}, refused="KUBERC gone cannot be used: no such file", is_new=True),
    Row("KUBERC", plugin(), files={**GIVES, "kuberc": OFF[".kube/kuberc"]},
        environ={"KUBERC": "kuberc"}, refused="is not allowed", is_new=True),
    Row("KUBERC=off", plugin(), files=OFF, environ={"KUBERC": "off"}, seen=BY_PLUGIN),
    Row("KUBECTL_KUBERC=false", plugin(), files=OFF, environ={"KUBECTL_KUBERC": "false"}, seen=BY_PLUGIN),
]


@pytest.mark.parametrize("row", [*USERS, *CLUSTERS, *PLUGINS, *POLICIES], ids=lambda row: row.name)
def test_a_server_sees_of_us_what_it_sees_of_kubectl(row: Row, bed: Bed, tmp_path: Path) -> None:
    with fake(certificate="server" if row.tls else None) as server:
        environ = written(row, server, tmp_path)
        ran = subprocess.run(
            [bed.kubectl, "get", "--raw", "/version", *given(row, server)], env=environ | {"SEEN_BY": "theirs"}, cwd=tmp_path,
            capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
        theirs, told = list(server.seen), read(tmp_path / "theirs")
        server.seen.clear()
        problem = asked(row, server, environ | {"SEEN_BY": "ours"}, tmp_path)
        mine = list(server.seen)
    is_known = not row.is_new or tuple(map(int, bed.version.split(".")[:2])) >= (1, 37)
    if not row.seen:
        assert problem and row.refused in problem, problem
        assert ran.returncode or not is_known, ran.stdout
        assert "s3cret" not in problem and "se\ncret" not in problem
        return
    assert problem is None
    assert {name: what(mine[-1]).get(name) for name in row.seen} == row.seen
    if is_known:
        assert ran.returncode == 0, ran.stderr
        assert what(mine[-1]) == what(theirs[-1])
        assert read(tmp_path / "ours") == told


PROXIES: list[tuple[str, str, dict[str, str], bool]] = [        # server, proxy-url, environment, is the proxy asked?
    ("SERVER", "PROXY", {}, True), ("SERVER", "http://ann:p%40ss@HOST", {}, True),
    ("https://api.test:6443", "PROXY", {"NO_PROXY": "*"}, True),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY"}, True), ("https://api.test", "", {"https_proxy": "HOST"}, True),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "http://ann:pass@HOST/"}, True),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "https_proxy": "http://127.0.0.1:1"}, True),
    ("https://api.test:6443", "", {"HTTP_PROXY": "PROXY", "ALL_PROXY": "PROXY"}, False),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": "api.test"}, False),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": ".test"}, False),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": "*.test, x"}, False),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": "*.api.test,.api.test,pi.test"}, True),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "no_proxy": "api.test:6443"}, False),
    ("https://api.test:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": "api.test:443"}, True),
    ("https://192.0.2.7:6443", "", {"HTTPS_PROXY": "PROXY", "NO_PROXY": "192.0.3.0/24,192.0.2.8"}, True),
    ("https://localhost:1", "", {"HTTPS_PROXY": "PROXY"}, False), ("https://127.9.9.9:1", "", {"HTTPS_PROXY": "PROXY"}, False),
    ("https://[::1]:1", "", {"HTTPS_PROXY": "PROXY"}, False)]


@pytest.mark.parametrize(("url", "proxy_url", "environ", "is_asked"), PROXIES)
def test_a_proxy_sees_of_us_what_it_sees_of_kubectl(
        url: str, proxy_url: str, environ: dict[str, str], is_asked: bool, bed: Bed, tmp_path: Path) -> None:
    with fake() as server, fake(certificate=None) as proxy:
        def filled(text: str) -> str:
            return text.replace("PROXY", proxy.url).replace("HOST", proxy.url.partition("://")[2])

        row = Row("", TOKEN, cluster={
            "certificate-authority": "ca.crt", "tls-server-name": "api.test", "server": url, "proxy-url": filled(proxy_url)})
        variables = written(row, server, tmp_path) | {name: filled(value) for name, value in environ.items()}
        proxy.leads_to = server.url.partition("://")[2]
        ran = subprocess.run(
            [bed.kubectl, "get", "--raw", "/version"], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=30)
        theirs, reached = [through(each) for each in proxy.seen], len(server.seen)
        proxy.seen.clear()
        problem = asked(row, server, variables, tmp_path)
        assert [through(each) for each in proxy.seen] == theirs
        assert (bool(theirs), bool(ran.returncode), bool(problem)) == (is_asked, not is_asked, not is_asked)
        assert (reached, len(server.seen)) == ((1, 2) if is_asked else (0, 0))


def through(seen: Seen) -> tuple[str, str, list[str], list[str]]:
    return seen.method, seen.path, seen.values("Proxy-Authorization"), seen.values("Authorization")


def written(row: Row, server: Fake, folder: Path) -> dict[str, str]:
    """The environment."""
    for path in CERTIFICATES.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / ".kube").mkdir()
    for name, content in row.files.items():
        (folder / name).write_text(content, encoding="utf-8")
        (folder / name).chmod(stat.S_IRWXU)
    cluster = {"server": "SERVER", **row.cluster}
    cluster["server"] = cluster["server"].replace("SERVER", server.url).replace("HOST", server.url.partition("://")[2])
    contexts = {"c": ("c", "u"), "other": ("missing", "other"), "userless": ("c", "gone"), "clusterless": ("gone", "u")}
    (folder / "kubeconfig").write_text(json.dumps({
        "current-context": "c", "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": row.user}, {"name": "other", "user": {"token": "of-other"}}],
        "contexts": [{"name": name, "context": {"cluster": of, "user": user}} for name, (of, user) in contexts.items()]}), encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    plain = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**plain, "KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder), "PATH": path, **row.environ}


def given(row: Row, server: Fake) -> list[str]:
    return [word.replace("SERVER", server.url) for word in row.flags]


def asked(row: Row, server: Fake, environ: dict[str, str], folder: Path) -> str | None:
    """By us; the message where it is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", environ)
        patch.chdir(folder)
        try:
            options: Any = cli.parse(["explain", *given(row, server)])
            connect(login_of(options.scope.connection, environ)).get("/version")
        except NetpolError as error:
            return error.message
    return None


def what(seen: Seen) -> dict[str, Any]:
    """Each header that tells who asks: a text, or a list of several; None where there is none."""
    names = dict.fromkeys(name.capitalize() for name, _ in seen.headers if name.lower().startswith("impersonate-"))
    titled = {"-".join(part.capitalize() for part in name.split("-")): seen.values(name) for name in names}
    encodings = [value for value in seen.values("Accept-Encoding") if value != "identity"]      # which means none
    headers = {**titled, "Authorization": seen.values("Authorization"), "Accept-Encoding": encodings}
    decoded = {name: [value.encode("latin-1").decode() for value in values] for name, values in headers.items()}
    return {
        "client": seen.client, "sni": seen.server_name, "path": seen.path.replace("1m30s", "90s"),
        **{name: values[0] if len(values) == 1 else sorted(values) or None for name, values in decoded.items()}}


def read(path: Path) -> Any:
    """What the plugin wrote of itself: JSON, then lines."""
    if not path.exists():
        return None
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    return json.loads(first), [line for line in rest if line]
