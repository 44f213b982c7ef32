"""Are requests sent as they should be: with the right credentials, over few connections, from many threads?"""
import gzip
import json
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol import __version__
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.connection import Refused, connect
from kubectl_netpol.server.headers import warnings_in
from kubectl_netpol.server.proxies import proxy_of
from tests.server.fake import CERTIFICATES, VERSION, Reply, fake
from tests.server.test_faults import JSON, login, status, to

V1 = "client.authentication.k8s.io/v1"
UNAUTHORIZED = status(401, "Unauthorized", "Unauthorized")


# ---- one request

def test_a_request_says_who_asks_and_what_it_takes() -> None:
    with fake() as server:
        assert to(server.url).get("/apis/apps/v1", {"labelSelector": "a in (b,c)", "limit": "500"}) == VERSION
    seen = server.seen[0]
    assert (seen.method, seen.path) == ("GET", "/apis/apps/v1?labelSelector=a+in+%28b%2Cc%29&limit=500")
    wanted = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"kubectl-netpol/{__version__}"}
    assert {name: seen.values(name) for name in wanted} == {name: [value] for name, value in wanted.items()}


def test_compressed_answers_are_unpacked() -> None:
    with fake(Reply(200, gzip.compress(VERSION * 1000), (JSON, ("Content-Encoding", "gzip")))) as server:
        assert to(server.url).get("/version") == VERSION * 1000


def test_who_is_impersonated_is_told_in_headers() -> None:
    """Each value in a header of its own, as bytes in UTF-8, names escaped: as client-go does."""
    acting = {"token": "t", "as": "jürgen", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"Röle%": ["x", "y"], "scopes": ["z"]}}
    with fake() as server:
        to(server.url, user=acting).get("/version")
    assert [(name, value.encode("latin-1").decode()) for name, value in server.seen[0].headers if name.startswith("Impersonate")] == [
        ("Impersonate-User", "jürgen"), ("Impersonate-Uid", "7"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b"),
        ("Impersonate-Extra-R%C3%B6le%25", "x"), ("Impersonate-Extra-R%C3%B6le%25", "y"), ("Impersonate-Extra-scopes", "z")]


def test_nobody_is_impersonated_without_a_name() -> None:
    with fake() as server:
        to(server.url, user={"token": "t", "as-groups": ["a"]}).get("/version")
    assert not any(name.startswith("Impersonate") for name, _ in server.seen[0].headers)


def test_a_name_that_no_header_can_hold_is_refused() -> None:
    with pytest.raises(NetpolError, match="can be sent in no header"):
        to("https://a", user={"token": "t", "as": "a\nb"})


def test_no_credentials_are_sent_without_tls() -> None:
    with fake(certificate=None) as server:
        to(server.url, user={"token": "t", "as": "eve"}).get("/version")
    assert (server.seen[0].values("Authorization"), server.seen[0].values("Impersonate-User")) == ([], ["eve"])


# ---- several

def test_one_connection_is_kept_for_all_that_follow() -> None:
    with fake() as fake_server:
        server = to(fake_server.url)
        for _ in range(5):
            server.get("/version")
        assert (len(fake_server.seen), fake_server.connections) == (5, 1)


def test_eight_connections_are_kept_for_threads(capfd: pytest.CaptureFixture[str]) -> None:
    with fake(Reply(wait=0.1)) as fake_server, ThreadPoolExecutor(8) as threads:
        server = to(fake_server.url)
        assert list(threads.map(lambda _: server.get("/version"), range(40))) == [VERSION] * 40
        assert fake_server.connections == 8
    assert capfd.readouterr().err == ""


def test_a_connection_that_the_server_has_closed_is_made_anew() -> None:
    with fake(Reply(), Reply(drop=True), Reply()) as fake_server:
        server = to(fake_server.url)
        assert [server.get("/version") for _ in range(2)] == [VERSION, VERSION]


# ---- exec plugins

def plugin(folder: Path, *statuses: dict[str, Any], ends: int = 0) -> dict[str, Any]:
    """A user whose plugin prints one status after the other, and counts in the file runs."""
    for number, each in enumerate(statuses, start=1):
        (folder / f"{number}.json").write_text(json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": each}), encoding="utf-8")
    path = folder / "plugin"
    path.write_text(
        f'#!/bin/sh\ncd {folder}\necho x >> runs\nn=$(wc -l < runs)\nwhile [ ! -f $((n)).json ]; do n=$((n - 1)); done\n'
        f"cat $((n)).json\nexit {ends}\n", encoding="utf-8")
    path.chmod(stat.S_IRWXU)
    return {"exec": {"apiVersion": V1, "command": str(path), "interactiveMode": "Never"}}


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text(encoding="utf-8").splitlines())


def test_a_plugin_is_asked_once_for_all_threads(tmp_path: Path) -> None:
    with fake() as fake_server, ThreadPoolExecutor(8) as threads:
        server = to(fake_server.url, user=plugin(tmp_path, {"token": "one"}))
        list(threads.map(lambda _: server.get("/version"), range(20)))
    assert {tuple(seen.values("Authorization")) for seen in fake_server.seen} == {("Bearer one",)}
    assert runs(tmp_path) == 1


def test_after_a_401_a_plugin_is_asked_once_more(tmp_path: Path) -> None:
    with fake(UNAUTHORIZED, Reply()) as fake_server:
        server = to(fake_server.url, user=plugin(tmp_path, {"token": "one"}, {"token": "two"}))
        assert [server.get("/version") for _ in range(2)] == [VERSION] * 2
    assert [seen.values("Authorization") for seen in fake_server.seen] == [["Bearer one"], ["Bearer two"], ["Bearer two"]]
    assert runs(tmp_path) == 2


def test_after_two_401s_it_is_over(tmp_path: Path) -> None:
    user = plugin(tmp_path, {"token": "one"})
    with fake(UNAUTHORIZED) as fake_server, pytest.raises(Refused) as caught:
        to(fake_server.url, user=user).get("/version")
    assert (len(fake_server.seen), runs(tmp_path)) == (2, 2)
    assert "(Unauthorized)" in caught.value.message and user["exec"]["command"] in caught.value.hint


def test_other_credentials_are_not_tried_again() -> None:
    with fake(UNAUTHORIZED) as fake_server, pytest.raises(Refused):
        to(fake_server.url).get("/version")
    assert len(fake_server.seen) == 1


@pytest.mark.parametrize(("end", "times"), [("2020-01-01T00:00:00Z", 2), ("2120-01-01T00:00:00Z", 1), (None, 1)])
def test_a_plugin_is_asked_again_when_its_answer_is_over(tmp_path: Path, end: str | None, times: int) -> None:
    with fake() as fake_server:
        server = to(fake_server.url, user=plugin(
            tmp_path, {"token": "one", "expirationTimestamp": end}, {"token": "two", "expirationTimestamp": "2120-01-01T00:00:00Z"}))
        server.get("/version")
        server.get("/version")
    assert runs(tmp_path) == times
    assert fake_server.seen[-1].values("Authorization") == ["Bearer two" if times == 2 else "Bearer one"]


def test_a_plugin_whose_answers_are_always_over_is_asked_once_a_request(tmp_path: Path) -> None:
    with fake() as fake_server:
        server = to(fake_server.url, user=plugin(tmp_path, {"token": "one", "expirationTimestamp": "2020-01-01T00:00:00Z"}))
        server.get("/version")
        server.get("/version")
    assert runs(tmp_path) == 2


def test_a_plugin_is_found_on_our_own_path(tmp_path: Path) -> None:
    user = plugin(tmp_path, {"token": "one"})
    user["exec"] |= {"command": "plugin", "env": [{"name": "PATH", "value": str(tmp_path)}]}
    with fake() as fake_server, pytest.raises(NetpolError, match="executable plugin not found"):
        to(fake_server.url, user=user).get("/version")


def test_the_arguments_of_a_plugin_are_never_shown(tmp_path: Path) -> None:
    for text in ("exit 1", "echo hello"):
        user = {"exec": {"apiVersion": V1, "command": "sh", "args": ["-c", text, "--secret=s3cret"], "interactiveMode": "Never"}}
        with fake() as fake_server, pytest.raises(NetpolError) as caught:
            to(fake_server.url, user=user).get("/version")
        assert "s3cret" not in caught.value.message + caught.value.hint


def test_another_certificate_makes_another_connection(tmp_path: Path) -> None:
    def given(name: str) -> dict[str, str]:
        texts = {suffix: (CERTIFICATES / f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("crt", "key")}
        return {"clientCertificateData": texts["crt"], "clientKeyData": texts["key"]}

    with fake(Reply(), UNAUTHORIZED, Reply()) as fake_server:
        server = to(fake_server.url, user=plugin(tmp_path, given("client"), given("client2")))
        for _ in range(3):
            server.get("/version")
        assert [seen.client for seen in fake_server.seen] == ["jane", "jane", "rotated", "rotated"]
        assert fake_server.connections == 2


def test_a_plugin_that_fails_stops_us_and_its_words_reach_the_user(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    user = {"exec": {"apiVersion": V1, "command": "sh", "args": ["-c", "echo no session >&2; exit 7"], "interactiveMode": "Never"}}
    with fake() as fake_server, pytest.raises(NetpolError) as caught:
        to(fake_server.url, user=user).get("/version")
    assert fake_server.seen == [] and capfd.readouterr().err == "no session\n"
    assert caught.value.message == (
        f'exec: executable sh failed with exit code 7, so there are no credentials for {fake_server.url} (context "shop")')


def test_the_hint_of_a_plugin_that_is_missing(tmp_path: Path) -> None:
    missing = {"apiVersion": V1, "command": "netpol-no-such", "interactiveMode": "Never", "installHint": "\nbrew install it\n" + "m\n" * 9}
    with fake() as fake_server, pytest.raises(NetpolError) as caught:
        to(fake_server.url, user={"exec": missing}).get("/version")
    assert "executable netpol-no-such not found" in caught.value.message and fake_server.url in caught.value.message
    assert caught.value.hint == "brew install it\nm\nm"


def test_a_plugin_that_kuberc_forbids_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kuberc = tmp_path / "kuberc"
    kuberc.write_text("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n", encoding="utf-8")
    monkeypatch.setenv("KUBERC", str(kuberc))
    with fake() as fake_server, pytest.raises(NetpolError, match="is not allowed: DenyAll, so there are no credentials for https"):
        to(fake_server.url, user=plugin(tmp_path, {"token": "one"})).get("/version")
    assert not (tmp_path / "runs").exists()


def test_nobody_is_not_taken_for_somebody() -> None:
    with fake() as fake_server, pytest.raises(NetpolError, match="there are no credentials for https"):
        to(fake_server.url, user={"as": "eve"})


# ---- files

def test_a_token_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with fake() as fake_server:
        server = to(fake_server.url, user={"tokenFile": str(path)})
        for token in ("one", "two"):
            path.write_text(f"{token}\n", encoding="utf-8")
            server.get("/version")
    assert [seen.values("Authorization") for seen in fake_server.seen] == [["Bearer one"], ["Bearer two"]]


def test_no_key_stays_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        f"client-{word}": str(shutil.copy(CERTIFICATES / f"client.{suffix}", tmp_path))
        for word, suffix in (("certificate", "crt"), ("key", "key"))}
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with fake() as fake_server:
        to(fake_server.url, user=files).get("/version")
        assert fake_server.seen[0].client == "jane" and list(folder.iterdir()) == []


# ---- warnings

def test_warnings_of_the_server_are_gathered_once() -> None:
    def warned(*values: str) -> Reply:
        return Reply(headers=(JSON, *(("Warning", value) for value in values)))

    first = warned('299 - "b is old"', '299 - "a is old"', '299 - "b is old"')
    second = warned('299 - "b is old", 299 - "c \\"is\\" old"', '299 - "Ⅷ"'.encode().decode("latin-1"))
    with fake(first, second) as fake_server:
        server = to(fake_server.url)
        server.get("/version")
        server.get("/version")
    assert server.warnings == ["b is old", "a is old", 'c "is" old', "Ⅷ"]


@pytest.mark.parametrize(("value", "texts"), [
    ('299 - "a"', ["a"]), ('299 agent "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b"', ["a", "b"]),
    ('299 - "a\\\\b\\"c, 299 - "', ['a\\b"c, 299 - ']),
    ('199 - "a", 299 - "b"', ["b"]), ('299 - "a"x', []), ("299 - a", []), ('299 "a"', []), ('299 - "a', []), ("", []), ('299 - ""', [""])])
def test_the_header_of_warnings(value: str, texts: list[str]) -> None:
    assert list(warnings_in([value])) == texts


# ---- proxies

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(("server", "environ", "proxy"), [
    ("https://a", {"HTTPS_PROXY": PROXY}, PROXY), ("https://a", {"https_proxy": PROXY}, PROXY),
    ("https://a", {"HTTPS_PROXY": PROXY, "https_proxy": "http://other"}, PROXY),
    ("https://a", {"HTTPS_PROXY": "", "https_proxy": PROXY}, PROXY),
    ("https://a", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, None), ("http://a", {"HTTP_PROXY": PROXY}, PROXY), ("https://a", {}, None),
    ("https://a", {"HTTPS_PROXY": "proxy:3128"}, PROXY), ("https://a", {"HTTPS_PROXY": "socks5://p:1"}, "socks5://p:1"),
    ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, None), ("https://127.1.2.3", {"HTTPS_PROXY": PROXY}, None),
    ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, None), ("HTTPS://a", {"HTTPS_PROXY": PROXY}, PROXY)])
def test_the_proxy_of_the_environment(server: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_of(server, "", environ) == proxy


@pytest.mark.parametrize(("exceptions", "server", "is_proxied"), [
    ("a.test", "https://a.test", False), ("a.test", "https://b.a.test", False), ("a.test", "https://ba.test", True),
    (".a.test", "https://a.test", True), (".a.test", "https://b.a.test", False), ("*.a.test", "https://b.a.test", False),
    ("*.a.test", "https://a.test", True), ("A.Test", "https://a.test", False), ("a.test:6443", "https://a.test:6443", False),
    ("a.test:6443", "https://a.test", True), ("a.test:443", "https://a.test", False), ("x, a.test ,y", "https://a.test", False),
    ("*", "https://a.test", False), ("10.0.0.0/8", "https://10.1.2.3", False), ("10.0.0.0/8", "https://11.1.2.3", True),
    ("10.0.0.0/8", "https://a.test", True), ("10.0.0.9/8", "https://10.1.2.3", False), ("3", "https://10.1.2.3", True),
    ("2.3", "https://10.1.2.3", True), ("10.1.2.3", "https://a.10.1.2.3", True), ("a.test:80", "http://a.test", False),
    (",,", "https://a.test.", True), ("10.1.2.3", "https://10.1.2.3:6443", False), ("10.1.2.3:1", "https://10.1.2.3:6443", True),
    ("fd00::/8", "https://[fd00::1]", False), ("fd00::1", "https://[fd00:0::1]", False), ("[fd00::1]:443", "https://[fd00::1]", False),
    ("[fd00::1]:1", "https://[fd00::1]", True),
    ("", "https://a.test", True), (",,", "https://a.test", True), ("1/2/3", "https://a.test", True)])
def test_what_no_proxy_excepts(exceptions: str, server: str, is_proxied: bool) -> None:
    assert (proxy_of(server, "", {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "NO_PROXY": exceptions}) is not None) == is_proxied


def test_proxy_url_beats_the_environment_and_its_exceptions() -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}
    assert proxy_of("https://localhost", "http://mine:1", environ) == "http://mine:1"


def test_a_request_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake() as server, fake(certificate=None) as proxy:
        to(server.url, proxy_url=proxy.url).get("/version")
        assert [seen.path for seen in proxy.seen] == [server.url.removeprefix("https://")]
        assert [seen.values("Authorization") for seen in proxy.seen] == [[]]
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        to(server.url).get("/version")
    assert len(server.seen) == 2 and len(proxy.seen) == 1


def test_socks_without_its_package_says_which() -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(NetpolError) as caught:
        patch.setitem(sys.modules, "socks", None)
        to("https://a.test", proxy_url="socks5://127.0.0.1:1").get("/version")
    assert "pip install PySocks" in caught.value.hint


def test_nothing_is_asked_before_it_is_wanted() -> None:
    with fake() as server:
        connect(login(server.url))
    assert server.connections == 0
