"""May an exec plugin run? What kuberc forbids kubectl is forbidden to us, too."""
import os
from collections.abc import Mapping
from shutil import which
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from kubectl_netpol.errors import NetpolError

_GROUP = "kubectl.config.k8s.io/"


class _Entry(Struct):
    command: str = ""
    name: str = ""                                              # the older word

    @property
    def program(self) -> str:
        return self.command or self.name


class _Preference(Struct, rename="camel"):
    """kubectl pkg/config/v1beta1/types.go; the rest of it is for kubectl's own commands."""

    credential_plugin_policy: str = ""
    credential_plugin_allowlist: tuple[_Entry, ...] | None = None


def refuse_forbidden(command: str, environ: Mapping[str, str], place: str) -> None:
    """A NetpolError where the command of an exec plugin may not run. place: for the message."""
    if environ.get("KUBERC") == "off" or environ.get("KUBECTL_KUBERC", "").lower() == "false":
        return
    path = environ.get("KUBERC") or os.path.join(environ.get("HOME", ""), ".kube", "kuberc")
    preference = _preference(path, is_explicit=bool(environ.get("KUBERC")))
    policy, entries = preference.credential_plugin_policy, preference.credential_plugin_allowlist
    match policy:
        case "" | "AllowAll" if entries is None:
            return
        case "DenyAll" if entries is None:
            problem = f"exec plugin {command} is not allowed: {policy}"
        case "Allowlist" if entries:
            if _is_listed(os.path.normpath(command), entries):
                return
            problem = f"exec plugin {command} is not allowed: it is not in credentialPluginAllowlist"
        case _:
            problem = f'credentialPluginPolicy "{policy}" and credentialPluginAllowlist do not fit together'
    raise NetpolError(f"{path}: {problem}, so there are no credentials for {place}", hint="kubectl kuberc view shows it")


def _is_listed(command: str, entries: tuple[_Entry, ...]) -> bool:
    """client-go exec.go, checkAllowlistLocked: as it is written, or the same program once both are looked up on PATH."""
    programs, found = {entry.program for entry in entries}, which(command)
    return command in programs or (found is not None and found in programs | {which(each) for each in programs})


def _preference(path: str, *, is_explicit: bool) -> _Preference:
    """The first that the file holds. One that nobody asked for, and that cannot be read, counts for nothing: pkg/kuberc/kuberc.go."""
    try:
        with open(path, "rb") as stream:
            documents: list[Any] = list(yaml.safe_load_all(stream))
        for each in documents:
            if isinstance(each, dict) and str(each.get("apiVersion")).startswith(_GROUP) and each.get("kind") == "Preference":
                return msgspec.convert(each, _Preference)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        if is_explicit:
            reason = (getattr(error, "strerror", None) or "it holds no preferences").lower()
            raise NetpolError(f"KUBERC {path} cannot be used: {reason}", hint="KUBERC=off does without it") from None
    return _Preference()
