"""Is each thing that cannot be used together told, and nothing else? In the words of client-go's validation.go."""
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.server.conflicts import conflicts_of
from kubectl_netpol.server.entries import AuthProvider, Cluster, Exec, User, Variable

HERE = str(Path(__file__))
GONE = "/nowhere/at/all"
PLUGIN: dict[str, Any] = {"command": "get", "api_version": "client.authentication.k8s.io/v1", "interactive_mode": "Never"}


def of_user(**fields: Any) -> list[str]:
    return conflicts_of("c", Cluster(server="https://c"), "u", User(**fields))


def of_plugin(auth_provider: AuthProvider | None = None, **fields: Any) -> list[str]:
    return of_user(exec=Exec(**PLUGIN | fields), auth_provider=auth_provider)


@pytest.mark.parametrize(("cluster", "problems"), [
    ({}, []), ({"proxy_url": "http://p"}, []), ({"proxy_url": "https://p"}, []), ({"proxy_url": "socks5://p"}, []),
    ({"proxy_url": "ftp://p"}, ['invalid proxy-url for cluster "c": unsupported scheme "ftp", must be http, https, or socks5']),
    ({"proxy_url": "p:1"}, ['invalid proxy-url for cluster "c": unsupported scheme "", must be http, https, or socks5']),
    ({"certificate_authority": HERE}, []), ({"certificate_authority_data": "QQ=="}, []), ({"insecure_skip_tls_verify": True}, []),
    ({"certificate_authority": HERE, "certificate_authority_data": "QQ=="}, [
        "certificate-authority-data and certificate-authority are both specified for c"]),
    ({"certificate_authority": GONE}, [f"unable to read certificate-authority {GONE} for c due to no such file or directory"]),
    ({"certificate_authority": HERE, "insecure_skip_tls_verify": True}, [
        "specifying a root certificates file with the insecure flag is not allowed"]),
    ({"certificate_authority_data": "QQ==", "insecure_skip_tls_verify": True}, [
        "specifying a root certificates file with the insecure flag is not allowed"])])
def test_of_a_cluster(cluster: dict[str, Any], problems: list[str]) -> None:
    assert conflicts_of("c", Cluster(server="https://c", **cluster), "u", User(token="t")) == problems


CERTIFICATE = "client-key-data or client-key must be specified for u to use the clientCert authentication method"
TWICE = "more than one authentication method found for u; found [token basicAuth], only one is allowed"
NOBODY = "requesting uid, groups or user-extra for u without impersonating a user"


@pytest.mark.parametrize(("user", "problems"), [
    ({}, []), ({"token": "t"}, []), ({"username": "n"}, []), ({"username": "n", "password": "p"}, []),
    ({"token": "t", "token_file": GONE}, []),
    ({"token": "t", "username": "n"}, [TWICE]), ({"token": "t", "password": "p"}, [TWICE]),
    ({"client_certificate": HERE, "client_key": HERE}, []), ({"client_certificate_data": "QQ==", "client_key_data": "QQ=="}, []),
    ({"client_certificate": HERE, "client_key_data": "QQ=="}, []), ({"client_key": GONE}, []),
    ({"client_key": HERE, "client_key_data": "Q"}, []),
    ({"client_certificate": HERE}, [CERTIFICATE]), ({"client_certificate_data": "QQ=="}, [CERTIFICATE]),
    ({"client_certificate": HERE, "client_certificate_data": "QQ==", "client_key": HERE}, [
        "client-cert-data and client-cert are both specified for u"]),
    ({"client_certificate": HERE, "client_key": HERE, "client_key_data": "QQ=="}, [
        "client-key-data and client-key are both specified for u"]),
    ({"client_certificate": GONE, "client_key": HERE}, [f"unable to read client-cert {GONE} for u due to no such file or directory"]),
    ({"client_certificate": HERE, "client_key": GONE}, [f"unable to read client-key {GONE} for u due to no such file or directory"]),
    ({"as_user": "eve", "as_uid": "7", "as_groups": ("g",), "as_user_extra": {"k": ("v",)}}, []),
    ({"as_uid": "7"}, [NOBODY]), ({"as_groups": ("g",)}, [NOBODY]), ({"as_user_extra": {"k": ("v",)}}, [NOBODY])])
def test_of_a_user(user: dict[str, Any], problems: list[str]) -> None:
    assert of_user(**user) == problems


@pytest.mark.parametrize(("plugin", "problems"), [
    ({}, []), ({"interactive_mode": "IfAvailable"}, []), ({"interactive_mode": "Always"}, []), ({"env": (Variable("A"),)}, []),
    ({"command": ""}, ["command must be specified for u to use exec authentication plugin"]),
    ({"api_version": ""}, ["apiVersion must be specified for u to use exec authentication plugin"]),
    ({"env": (Variable("A"), Variable("", "x"))}, ["env variable name must be specified for u to use exec authentication plugin"]),
    ({"interactive_mode": ""}, ["interactiveMode must be specified for u to use exec authentication plugin"]),
    ({"interactive_mode": "never"}, ['invalid interactiveMode for u: "never"']),
    ({"auth_provider": AuthProvider("oidc")}, ["authProvider cannot be provided in combination with an exec plugin for u"])])
def test_of_a_plugin(plugin: dict[str, Any], problems: list[str]) -> None:
    assert of_plugin(**plugin) == problems


@pytest.mark.parametrize(("missing", "lines"), [(("command",), 1), (("command", "api_version", "interactive_mode"), 3)])
def test_three_lines_at_most(missing: tuple[str, ...], lines: int) -> None:
    nothing = dict.fromkeys(missing, "")
    assert len(of_plugin(**nothing)) == lines
    told = of_plugin(AuthProvider("oidc"), **dict.fromkeys(("command", "api_version", "interactive_mode"), ""))
    assert len(told) == 3 and told[-1] == "and 2 more"
