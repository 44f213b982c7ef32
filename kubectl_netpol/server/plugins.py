"""Which credentials does an exec plugin give? client-go plugin/pkg/client/auth/exec/exec.go."""
import base64
import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from shutil import which
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.entries import Cluster, Exec

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_EXTENSION = f"{_GROUP}/exec"                                   # client_config.go, clusterExtensionKey


class Given(Struct, frozen=True, rename="camel"):
    """status of an ExecCredential."""

    token: str | None = None
    client_certificate_data: str | None = None                  # PEM
    client_key_data: str | None = None                          # PEM
    expiration_timestamp: Annotated[datetime, Meta(tz=True)] | None = None

    @property
    def is_over(self) -> bool:
        return self.expiration_timestamp is not None and self.expiration_timestamp < datetime.now(timezone.utc)


class _Credential(Struct, frozen=True, rename="camel"):
    api_version: str = ""
    kind: str = ""
    status: Given | None = None


def ask_plugin(plugin: Exec, about: dict[str, Any], place: str) -> Given:
    """Runs it; its stderr reaches the user. about: spec.cluster, where the plugin wants to know the cluster. place: for messages."""
    if plugin.api_version not in _VERSIONS:
        raise NetpolError(
            f'exec plugin {plugin.command}: invalid apiVersion "{plugin.api_version}", so there are no credentials for {place}',
            hint=f"kubectl knows {' and '.join(_VERSIONS)}: write one of them in the kubeconfig, if the plugin speaks it")
    interactive = _is_interactive(plugin, place)
    asked = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {**about, "interactive": interactive}}
    environ = {
        **os.environ, **{variable.name: variable.value for variable in plugin.env},
        "KUBERNETES_EXEC_INFO": json.dumps(asked)}
    return _given(_printed(plugin, environ, place, interactive=interactive), plugin, place)


def _printed(plugin: Exec, environ: dict[str, str], place: str, *, interactive: bool) -> bytes:
    program = which(plugin.command)                             # on our PATH: that of the plugin's own variables is not looked at
    if program is None:
        hint = "\n".join(plugin.install_hint.strip().splitlines()[:3]) or _in_kubeconfig(plugin)
        raise NetpolError(f"exec: executable {plugin.command} not found, so there are no credentials for {place}", hint)
    try:
        done = subprocess.run(
            [plugin.command, *plugin.args], executable=program, env=environ, stdout=subprocess.PIPE, check=False,
            stdin=None if interactive else subprocess.DEVNULL)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise NetpolError(f"exec: {plugin.command} cannot be run, so there are no credentials for {place}: {problem}",
                          hint=_in_kubeconfig(plugin)) from None
    if done.returncode:
        raise NetpolError(
            f"exec: executable {plugin.command} failed with exit code {done.returncode}, so there are no credentials for {place}",
            hint="log in again; what it said of itself stands above, and its arguments in users[].user.exec of the kubeconfig")
    return done.stdout


def spec_cluster(cluster: Cluster, authority: bytes, proxy: str | None) -> dict[str, Any]:
    """What a plugin with provideClusterInfo is told: client-go rest/exec.go, ConfigToExecCluster."""
    told = {
        "server": cluster.server.partition("#")[0].partition("?")[0],
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": proxy,
        "disable-compression": cluster.disable_compression}
    own = next((each.extension for each in cluster.extensions if each.name == _EXTENSION), None)
    return {"cluster": {**{name: value for name, value in told.items() if value}, "config": own}}


def _is_interactive(plugin: Exec, place: str) -> bool:
    match plugin.interactive_mode:
        case "Never":
            return False
        case "Always" if not sys.stdin.isatty():
            raise NetpolError(
                f"exec plugin {plugin.command} cannot support interactive mode: standard input is not a terminal,\n"
                f"so there are no credentials for {place}",
                hint="run this from a terminal, or log in first so that it need not ask")
        case _:
            return sys.stdin.isatty()


def _given(printed: bytes, plugin: Exec, place: str) -> Given:
    problem = ""
    try:
        credential = msgspec.json.decode(printed, type=_Credential)
        problem = _problem_of(credential, plugin)
    except msgspec.DecodeError as error:
        problem = f"what it printed is no ExecCredential: {error}".replace("`", "")
    if problem or not credential.status:
        raise NetpolError(
            f"exec plugin {plugin.command}: {problem}, so there are no credentials for {place}",
            hint="run it by itself to see what it prints; its arguments stand in users[].user.exec of the kubeconfig")
    return credential.status


def _problem_of(credential: _Credential, plugin: Exec) -> str:
    if credential.kind != "ExecCredential":
        return f'what it printed is of kind "{credential.kind}", not ExecCredential'
    if credential.api_version != plugin.api_version:
        return f"it is configured to use API version {plugin.api_version}, and returned version {credential.api_version}"
    if credential.status is None:
        return "it didn't return a status field"
    given = credential.status
    if not (given.token or given.client_certificate_data or given.client_key_data):
        return "it didn't return a token or cert/key pair"
    if bool(given.client_certificate_data) != bool(given.client_key_data):
        return "it returned only certificate or key, not both"
    return ""


def _in_kubeconfig(plugin: Exec) -> str:
    return f"install {os.path.basename(plugin.command)}, or correct users[].user.exec.command in the kubeconfig"
