"""What does one kubeconfig file say? Its clusters, users and contexts, with the paths in it made absolute."""
import base64
import binascii
import os
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field
from msgspec.structs import replace

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.lines import steps_of
from kubectl_netpol.inputs.yaml_lines import line_in, nodes_in
from kubectl_netpol.inputs.yaml_values import Loader


class Extension(Struct, frozen=True):
    name: str = ""
    extension: Any = None


class Cluster(Struct, frozen=True, rename="kebab", omit_defaults=True):
    """client-go tools/clientcmd/api/v1/types.go. Empty is absent, as Go has it."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""        # base64
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: tuple[Extension, ...] = ()


class AuthProvider(Struct, frozen=True, omit_defaults=True):
    name: str = ""
    config: dict[str, str] = {}


class Variable(Struct, frozen=True):
    name: str = ""
    value: str = ""


class Exec(Struct, frozen=True, rename="camel", omit_defaults=True):
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[Variable, ...] = ()
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(Struct, frozen=True, rename="kebab", omit_defaults=True):
    client_certificate: str = ""
    client_certificate_data: str = ""           # base64
    client_key: str = ""
    client_key_data: str = ""                   # base64
    token: str = ""
    token_file: str = field(default="", name="tokenFile")
    as_user: str = field(default="", name="as")
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    as_user_extra: dict[str, tuple[str, ...]] = {}
    username: str = ""
    password: str = ""
    auth_provider: AuthProvider | None = None
    exec: Exec | None = None
    extensions: tuple[Extension, ...] = ()


class Context(Struct, frozen=True, omit_defaults=True):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class NamedCluster(Struct, frozen=True):
    name: str = ""
    cluster: Cluster = Cluster()


class NamedUser(Struct, frozen=True):
    name: str = ""
    user: User = User()


class NamedContext(Struct, frozen=True):
    name: str = ""
    context: Context = Context()


class _File(Struct, frozen=True, rename="camel"):
    api_version: str = "v1"
    kind: str = "Config"
    clusters: tuple[NamedCluster, ...] = ()
    users: tuple[NamedUser, ...] = ()
    contexts: tuple[NamedContext, ...] = ()
    current_context: str = field(default="", name="current-context")


class Kubeconfig(Struct, frozen=True):
    """One file, or several merged."""

    current_context: str = ""
    contexts: dict[str, Context] = {}
    clusters: dict[str, Cluster] = {}
    users: dict[str, User] = {}


def read_kubeconfig(path: str) -> Kubeconfig:
    """An OSError where it cannot be read; a NetpolError names the line of what is wrong in it."""
    with open(path, "rb") as stream:
        data = stream.read()
    found = _decoded(data, path)
    _refuse_twice("clusters", [each.name for each in found.clusters], data, path)
    _refuse_twice("users", [each.name for each in found.users], data, path)
    _refuse_twice("contexts", [each.name for each in found.contexts], data, path)
    base = os.path.dirname(os.path.abspath(path))
    return Kubeconfig(
        found.current_context,
        {each.name: each.context for each in found.contexts},
        {each.name: _cluster_from(base, each.cluster) for each in found.clusters},
        {each.name: _user_from(base, each.user) for each in found.users})


def _decoded(data: bytes, path: str) -> _File:
    try:
        body = _without_nulls(_Loader(data).get_data())         # only the first document counts
    except yaml.YAMLError as error:
        raise _broken(data, path, error) from None
    except (ValueError, RecursionError) as error:
        raise NetpolError(f"{path}: {error}", hint=_LOOK) from None
    if not isinstance(body, dict | None):
        raise NetpolError(f"{path}:1: no kubeconfig: expected an object", hint=_LOOK)
    try:
        found = msgspec.convert(body or {}, _File)
        for place, text in _data_fields(found):
            _refuse_no_base64(place, text)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        place = place.strip("`.")
        line = _line(data, place)
        raise NetpolError(f"{path}:{line}: {place}: {problem[:1].lower()}{problem[1:]}".replace("`", ""), hint=_LOOK) from None
    if (found.api_version or "v1", found.kind or "Config") != ("v1", "Config"):
        raise NetpolError(f'{path}: no kubeconfig: it is a "{found.kind}" of version "{found.api_version}"', hint=_LOOK)
    return found


_LOOK = "kubectl config view must be able to read it too"


class _Loader(Loader):
    """kubectl does not mind a key that stands twice: the last one counts. And y and n are bools (sigs.k8s.io/yaml, goyaml.v2)."""

    bool_values = Loader.bool_values | {"y": True, "n": False}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        node.value = list({(key.tag, str(key.value)): (key, value) for key, value in node.value}.values())
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))


def _line(data: bytes, place: str) -> int:
    nodes = nodes_in(data)
    return line_in(nodes[0], 0, steps_of(place)) or 1 if nodes else 1


def _broken(data: bytes, path: str, error: yaml.YAMLError) -> NetpolError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    problem = re.sub("'[^']{3,}'", "…", problem)                # it may be of a password
    line = min(mark.line + 1, len(data.splitlines())) if mark else 1        # libyaml sees the end a line further
    return NetpolError(f"{path}:{line}: broken YAML: {problem}", hint=_LOOK)


def _without_nulls(value: Any) -> Any:
    """Go takes null as absent; what extensions hold is not ours."""
    match value:
        case dict():
            return {key: each if key == "extension" else _without_nulls(each) for key, each in value.items() if each is not None}
        case list():
            return [_without_nulls(each) for each in value]
        case _:
            return value


def _data_fields(found: _File) -> Iterator[tuple[str, str]]:
    for index, cluster in enumerate(found.clusters):
        yield f"clusters[{index}].cluster.certificate-authority-data", cluster.cluster.certificate_authority_data
    for index, user in enumerate(found.users):
        yield f"users[{index}].user.client-certificate-data", user.user.client_certificate_data
        yield f"users[{index}].user.client-key-data", user.user.client_key_data


def _refuse_no_base64(place: str, text: str) -> None:
    try:
        bytes_of(text)
    except binascii.Error:
        raise msgspec.ValidationError(f"expected base64 - at `$.{place}`") from None


def bytes_of(text: str) -> bytes:
    """base64 as Go's encoding/json reads it: line breaks are ignored, nothing else."""
    return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)


def _refuse_twice(key: str, names: list[str], data: bytes, path: str) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise NetpolError(f'{path}:{_line(data, f"{key}[{index}]")}: the name "{name}" stands twice in {key}', hint=_LOOK)


# ---- paths: client-go tools/clientcmd/loader.go, ResolveLocalPaths

# api/v1/defaults.go, SetDefaults_ExecConfig: other versions must say it
_OLD = ("client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1")


def _cluster_from(base: str, cluster: Cluster) -> Cluster:
    return replace(cluster, certificate_authority=_resolved(base, cluster.certificate_authority))


def _user_from(base: str, user: User) -> User:
    plugin = user.exec
    if plugin and os.sep in plugin.command:                     # "Only resolve exec command if it isn't PATH based."
        plugin = replace(plugin, command=_resolved(base, plugin.command))
    if plugin and not plugin.interactive_mode and plugin.api_version in _OLD:
        plugin = replace(plugin, interactive_mode="IfAvailable")
    return replace(
        user, client_certificate=_resolved(base, user.client_certificate), client_key=_resolved(base, user.client_key),
        token_file=_resolved(base, user.token_file), exec=plugin)


def _resolved(base: str, path: str) -> str:
    return path if not path or os.path.isabs(path) else os.path.normpath(os.path.join(base, path))
