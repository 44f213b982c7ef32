"""Does what the real API server refuses reach the user in its own words, with what to do?"""
import json
import os
from pathlib import Path

import pytest

from kubectl_netpol import cli
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.connection import Refused, Server, connect
from kubectl_netpol.server.kubeconfig import login_of
from tests.live.bed.bed import Bed
from tests.server.fake import CERTIFICATES

POLICY = {
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": {"podSelector": {}, "colour": "red"}}


def server_of(config: str, *flags: str) -> Server:
    options = cli.parse(["explain", "--kubeconfig", config, *flags])
    assert not isinstance(options, str)
    return connect(login_of(options.scope.connection, os.environ))


def test_what_is_forbidden(bed: Bed, namespace: str) -> None:
    user = bed.new_user()
    theirs = bed.run_kubectl("get", "pods", "-n", namespace, user=user, check=False).stderr
    with pytest.raises(Refused) as caught:
        server_of(bed.kubeconfig(user)).get(f"/api/v1/namespaces/{namespace}/pods")
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")
    assert theirs == f"Error from server (Forbidden): {caught.value.message}\n"
    assert f'{bed.server} (context "bed")' in caught.value.hint


def test_a_token_that_the_server_does_not_know(bed: Bed) -> None:
    theirs = bed.run_kubectl("get", "--raw", "/api/v1/pods", "--token", "gone", check=False).stderr
    with pytest.raises(Refused) as caught:
        server_of(bed.kubeconfig(), "--token", "gone").get("/api/v1/pods")
    assert caught.value.status == 401
    assert "You must be logged in to the server (Unauthorized)" in theirs
    assert caught.value.message == f'you must be logged in to the server (Unauthorized): {bed.server} (context "bed")'
    assert "log in again" in caught.value.hint


def test_impersonation_that_is_forbidden(bed: Bed) -> None:
    user = bed.new_user()
    theirs = bed.run_kubectl("get", "--raw", "/version", "--as", "eve", user=user, check=False).stderr
    with pytest.raises(Refused) as caught:
        server_of(bed.kubeconfig(user), "--as", "eve").get("/version")
    assert theirs == f"Error from server (Forbidden): {caught.value.message}\n"
    assert f'User "{user}" cannot impersonate' in caught.value.message


@pytest.mark.parametrize(("path", "status", "reason"), [
    ("/api/v1/namespaces/default/services/none", 404, "NotFound"), ("/apis/none/v1", 404, "NotFound"),
    ("/api/v1/pods?continue=x", 400, "BadRequest")])
def test_what_is_not_there(bed: Bed, path: str, status: int, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        server_of(bed.kubeconfig()).get(path.partition("?")[0], {"continue": "x"} if "?" in path else {})
    assert (caught.value.status, caught.value.reason) == (status, reason) and caught.value.message


def test_a_server_that_is_asked_without_tls(bed: Bed) -> None:
    with pytest.raises(NetpolError) as caught:
        server_of(bed.kubeconfig(), "-s", bed.server.removeprefix("https://")).get("/version")
    assert "HTTP request to an HTTPS server" in caught.value.message and "https://" in caught.value.hint


@pytest.mark.parametrize(("flags", "message"), [
    (("--certificate-authority", str(CERTIFICATES / "other-ca.crt")), "cannot be verified"),
    (("--tls-server-name", "elsewhere.test"), "not valid for 'elsewhere.test'"), (("-s", "https://127.0.0.1:1"), "was refused")])
def test_a_server_that_cannot_be_trusted_or_reached(bed: Bed, flags: tuple[str, ...], message: str) -> None:
    assert bed.run_kubectl("get", "--raw", "/version", *flags, check=False).returncode
    with pytest.raises(NetpolError) as caught:
        server_of(bed.kubeconfig(), *flags).get("/version")
    assert message in caught.value.message and 'context "bed"' in caught.value.message and caught.value.hint


def test_warnings_of_the_server(bed: Bed, namespace: str, tmp_path: Path) -> None:
    server, path = server_of(bed.kubeconfig()), f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
    for _ in range(2):
        server.send("POST", path, {"dryRun": "All", "fieldValidation": "Warn"}, json.dumps(POLICY).encode(), "application/json")
    assert server.warnings == ['unknown field "spec.colour"']
