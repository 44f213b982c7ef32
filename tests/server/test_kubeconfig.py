"""Which cluster, as whom: what the tables against kubectl (tests/live/test_kubeconfig_*.py) leave over."""
import json
import os
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Connection
from kubectl_netpol.server import pod
from kubectl_netpol.server.durations import timeout_of
from kubectl_netpol.server.kubeconfig import Login, kubeconfig_names, login_of, server_url

KUBECONFIG = """
current-context: red
contexts:
- {name: red, context: {cluster: one, user: ann, namespace: shop}}
- {name: blue, context: {cluster: two, user: bob}}
- {name: both, context: {}}
clusters: [{name: one, cluster: {server: "https://one:6443/", tls-server-name: x}}, {name: two, cluster: {server: "https://two"}}]
users: [{name: ann, user: {token: of-ann}}, {name: bob, user: {client-certificate: a.crt, client-key: b/../c.key, tokenFile: /abs/t}}]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".kube" / "b").mkdir(parents=True)
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG, encoding="utf-8")
    for name in ("a.crt", "c.key"):
        (tmp_path / ".kube" / name).touch()
    return tmp_path


def logged_in(home: Path, environ: dict[str, str] | None = None, **flags: Any) -> Login:
    return login_of(Connection(**flags), {"HOME": str(home), **(environ or {})})


def test_the_current_context(home: Path) -> None:
    assert logged_in(home) == Login(
        "red", "shop", "https://one:6443", {"server": "https://one:6443/", "tls-server-name": "x"}, {"token": "of-ann"}, None)


def test_paths_are_absolute(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    folder, here = home / ".kube", Path.cwd()
    (here / "ca").touch()
    login = logged_in(home, {"KUBECONFIG": ".kube/config"}, context="blue", certificate_authority="ca", request_timeout="1h30m")
    assert login == Login(
        "blue", "default", "https://two", {"server": "https://two", "certificate-authority": str(here / "ca")},
        {"client-certificate": str(folder / "a.crt"), "client-key": str(folder / "c.key"), "tokenFile": "/abs/t"}, 5400)


def test_flags_alone_make_a_login(tmp_path: Path) -> None:
    login = logged_in(tmp_path, server="https://three:1", token="t", insecure_skip_tls_verify=True)
    cluster = {"server": "https://three:1", "insecure-skip-tls-verify": True}
    assert login == Login(None, "default", "https://three:1", cluster, {"token": "t"}, None)


def test_nothing_at_all_is_localhost(tmp_path: Path) -> None:
    assert logged_in(tmp_path) == Login(None, "default", "http://localhost:8080", {"server": "http://localhost:8080"}, {}, None)
    assert logged_in(tmp_path, {"KUBERNETES_MASTER": "http://master"}).server == "http://master"


def test_flags_of_the_cluster_and_the_user_go_with_any_context(home: Path) -> None:
    login = logged_in(home, context="both", cluster="two", user="ann")
    assert (login.context, login.server, login.user) == ("both", "https://two", {"token": "of-ann"})


def test_what_is_nearly_a_name_is_told(home: Path) -> None:
    with pytest.raises(NetpolError) as caught:
        logged_in(home, context="bleu")
    assert (caught.value.message, caught.value.hint) == ('context "bleu" does not exist', 'did you mean "blue"?')


def test_without_a_near_name_all_are_told(home: Path) -> None:
    with pytest.raises(NetpolError) as caught:
        logged_in(home, context="xyz")
    assert caught.value.hint == "the kubeconfig has: blue, both, red"
    with pytest.raises(NetpolError) as caught:
        logged_in(home / "nowhere", context="xyz")
    assert "kubectl config view" in caught.value.hint


LOST = "contexts: [{name: c, context: {cluster: x, user: w}}]\nclusters: [{name: two}]\nusers: [{name: ann}]"


@pytest.mark.parametrize(("flags", "problem"), [
    ({}, 'cluster "x" does not exist'), ({"cluster": "two"}, 'auth info "w" does not exist'),
    ({"server": "https://s"}, 'auth info "w" does not exist'), ({"server": "https://s", "cluster": "z"}, 'cluster "z" does not exist'),
    ({"cluster": "two", "user": "z", "token": "t"}, 'auth info "z" does not exist')])
def test_names_that_lead_nowhere(home: Path, flags: dict[str, str], problem: str) -> None:
    (home / "lost").write_text(LOST, encoding="utf-8")
    with pytest.raises(NetpolError) as caught:
        logged_in(home, {"KUBECONFIG": str(home / "lost")}, context="c", **flags)
    assert caught.value.message == problem


def test_flags_stand_in_for_names_that_lead_nowhere(home: Path) -> None:
    (home / "lost").write_text(LOST, encoding="utf-8")
    login = logged_in(home, {"KUBECONFIG": str(home / "lost")}, context="c", server="https://s", token="t")
    assert (login.server, login.user) == ("https://s", {"token": "t"})


def test_a_current_context_that_is_missing(home: Path) -> None:
    (home / "other").write_text("current-context: gone", encoding="utf-8")
    with pytest.raises(NetpolError) as caught:
        logged_in(home, {"KUBECONFIG": "other"} | {"KUBECONFIG": str(home / "other")})
    assert caught.value.message == "context was not found for specified context: gone"


def test_several_problems_are_told_at_once(home: Path) -> None:
    with pytest.raises(NetpolError) as caught:
        logged_in(home, client_certificate="no.crt", as_groups=("g",), certificate_authority="no.ca", insecure_skip_tls_verify=True)
    assert len(caught.value.message.splitlines()) == 3 and caught.value.message.endswith("and 3 more")
    with pytest.raises(NetpolError, match="for the flags due to no such file"):
        logged_in(home / "nowhere", server="https://a", certificate_authority="no.ca")


def test_no_secret_is_told_of_a_kubeconfig_that_is_broken(home: Path) -> None:
    for user in ("{password: !s3cret}", "{password: *s3cret}", "{token: s3cret, token}, token: [s3cret}", '{client-key-data: "s3cret%"}'):
        (home / ".kube" / "config").write_text(f"users: [{{name: u, user: {user}}}]", encoding="utf-8")
        with pytest.raises(NetpolError) as caught:
            logged_in(home)
        assert "s3cret" not in caught.value.message and f"{home}/.kube/config:1: " in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root reads every file")
def test_a_file_that_may_not_be_read(home: Path) -> None:
    (home / ".kube" / "config").chmod(0)
    with pytest.raises(NetpolError) as caught:
        logged_in(home)
    assert "config cannot be read: permission denied" in caught.value.message


@pytest.mark.parametrize(("server", "url"), [
    ("https://a:6443", "https://a:6443"), ("https://a:6443/", "https://a:6443"), ("HTTPS://A/b/c//", "https://A/b/c"),
    ("https://u:p@a/b?c#d", "https://a/b"), ("a", "http://a"), ("a:80", "http://a:80"), ("10.0.0.1:6443", "http://10.0.0.1:6443"),
    ("[::1]:6443", "http://[::1]:6443"), ("https://[::1]:6443", "https://[::1]:6443"), ("a/", "http://a")])
def test_the_url_of_a_server(server: str, url: str) -> None:
    assert server_url(server) == url


@pytest.mark.parametrize("server", ["a/b", "a:b", "//a", "https://a:b", "https://", "/", "https://a:99999"])
def test_what_is_no_url_of_a_server(server: str) -> None:
    with pytest.raises(NetpolError, match="host must be a URL or a host:port pair"):
        server_url(server)


@pytest.mark.parametrize(("text", "seconds"), [
    (None, None), ("", None), ("0", None), ("0s", None), ("1", 1), ("+1", 1), ("007", 7), ("1s", 1), ("2m", 120), ("3h", 10800),
    ("1h30m", 5400), ("1.5s", 1.5), (".5s", .5), ("1.s", 1), ("100ms", .1), ("1m0.5s", 60.5), ("5us", 5e-6), ("5µs", 5e-6), ("9ns", 9e-9)])
def test_request_timeout(text: str | None, seconds: float | None) -> None:
    assert timeout_of(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("text", ["a", "1 s", "1d", "s", "-1", "1.5", "1s2", "0x10", "1_000", "\u0661", "-1s"])
def test_what_is_no_request_timeout(text: str) -> None:
    with pytest.raises(NetpolError, match=r"invalid timeout value\. Timeout must be a single integer in seconds"):
        timeout_of(text)


# ---- in a pod

INSIDE = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    for name, text in (("token", "of-pod\n"), ("ca.crt", "CA"), ("namespace", "of-pod\n")):
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(pod, "SERVICE_ACCOUNT", str(folder))
    return folder


def test_in_a_pod_it_is_the_service_account(account: Path, tmp_path: Path) -> None:
    assert logged_in(tmp_path, INSIDE) == Login(
        None, "of-pod", "https://10.96.0.1:443", {"server": "https://10.96.0.1:443", "certificate-authority": str(account / "ca.crt")},
        {"tokenFile": str(account / "token")}, None)


@pytest.mark.parametrize(("environ", "namespace"), [({}, "of-pod"), ({"POD_NAMESPACE": "mine"}, "mine")])
def test_the_namespace_in_a_pod(account: Path, tmp_path: Path, environ: dict[str, str], namespace: str) -> None:
    assert logged_in(tmp_path, INSIDE | environ).namespace == namespace


def test_a_namespace_file_that_is_missing_or_empty(account: Path, tmp_path: Path) -> None:
    (account / "namespace").write_text(" \n", encoding="utf-8")
    assert logged_in(tmp_path, INSIDE).namespace == "default"
    (account / "namespace").unlink()
    assert logged_in(tmp_path, INSIDE).namespace == "default"


def test_ipv6_in_a_pod(account: Path, tmp_path: Path) -> None:
    assert logged_in(tmp_path, INSIDE | {"KUBERNETES_SERVICE_HOST": "fd00::1"}).server == "https://[fd00::1]:443"


def test_a_pod_without_an_authority(account: Path, tmp_path: Path) -> None:
    (account / "ca.crt").unlink()
    assert logged_in(tmp_path, INSIDE).cluster == {"server": "https://10.96.0.1:443"}


def test_flags_in_a_pod(account: Path, tmp_path: Path) -> None:
    flags = {"token": "t", "as_user": "eve", "as_groups": ("g",), "request_timeout": "5", "certificate_authority": str(account / "token")}
    login = logged_in(tmp_path, INSIDE, **flags)
    assert login.user == {"token": "t", "as": "eve", "as-groups": ["g"]} and login.timeout == 5
    assert login.cluster == {"server": "https://10.96.0.1:443", "certificate-authority": str(account / "token")}


def test_who_is_impersonated_in_a_pod_may_stand_in_a_kubeconfig(account: Path, tmp_path: Path) -> None:
    entry = {"as": "eve", "as-uid": "7", "as-groups": ["g"], "as-user-extra": {"k": ["v"]}}
    (tmp_path / "config").write_text(f"users: [{{name: u, user: {json.dumps(entry)}}}]", encoding="utf-8")
    login = logged_in(tmp_path, INSIDE | {"KUBECONFIG": str(tmp_path / "config")}, user="u")
    assert login.user == {"tokenFile": str(account / "token"), **entry}


@pytest.mark.parametrize("field", ['server: "http://other"', 'proxy-url: "http://p"', "disable-compression: true"])
def test_a_cluster_that_says_something_beats_the_pod(account: Path, tmp_path: Path, field: str) -> None:
    (tmp_path / "config").write_text(f"clusters: [{{name: c, cluster: {{{field}}}}}]", encoding="utf-8")
    environ = INSIDE | {"KUBECONFIG": str(tmp_path / "config")}
    assert logged_in(tmp_path, environ, cluster="c").server.startswith("http:")


def test_the_default_server_does_not_beat_the_pod(account: Path, tmp_path: Path) -> None:
    environ = INSIDE | {"KUBERNETES_MASTER": "https://master"}
    assert logged_in(tmp_path, environ).server == "https://10.96.0.1:443"
    assert logged_in(tmp_path, environ, token="t").server == "https://master"
    assert logged_in(tmp_path, environ, tls_server_name="x").server == "https://master"


@pytest.mark.parametrize("missing", [*INSIDE, "token"])
def test_where_something_is_missing_it_is_no_pod(account: Path, tmp_path: Path, missing: str) -> None:
    (account / missing).unlink(missing_ok=True)
    login = logged_in(tmp_path, {name: value for name, value in INSIDE.items() if name != missing})
    assert (login.server, login.namespace) == ("http://localhost:8080", "default")


def test_a_kubeconfig_beats_the_pod_but_for_the_namespace(account: Path, home: Path) -> None:
    """client-go takes the namespace of the service account wherever the context has none."""
    login = logged_in(home, INSIDE, context="blue")
    assert (login.context, login.server, login.namespace) == ("blue", "https://two", "of-pod")
    assert logged_in(home, INSIDE).namespace == "shop"
    assert logged_in(home, INSIDE, server="https://three", token="t", context="both").server == "https://three"


# ---- names, for completion

def test_the_names_of_the_kubeconfig(home: Path) -> None:
    names = kubeconfig_names(Connection(), {"HOME": str(home)})
    assert (names.contexts, names.clusters, names.users) == (("blue", "both", "red"), ("one", "two"), ("ann", "bob"))


@pytest.mark.parametrize("text", ["[", "users: 1", "\x00", "a: &a [*a]", "kind: Pod"])
def test_there_are_no_names_where_nothing_can_be_read(home: Path, text: str) -> None:
    (home / ".kube" / "config").write_text(text, encoding="utf-8")
    assert kubeconfig_names(Connection(), {"HOME": str(home)}).contexts == ()
    assert kubeconfig_names(Connection(kubeconfig="/nowhere"), {}).contexts == ()
    assert kubeconfig_names(Connection(kubeconfig=str(home)), {}).contexts == ()
