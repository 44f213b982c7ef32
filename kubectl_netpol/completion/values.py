"""Which values may a flag have?"""
from collections.abc import Iterable, Mapping
from enum import Enum

from kubectl_netpol.cli import ANY, flags_of
from kubectl_netpol.completion.line import Candidate, Line
from kubectl_netpol.options import CNIS, By, Color, Least, Only, Output

_FILES = ("--filename", "--offline", "--to-offline", "--kubeconfig", "--certificate-authority", "--client-certificate", "--client-key")
_CHOICES: dict[str, type[Enum]] = {"--output": Output, "--color": Color, "--by": By, "--fail-on": Least,
                                   "--severity": Least, "--only": Only}
_NAMED = ("--namespace", "--context", "--cluster", "--user", "--delete", "--allow", "--from", "--to")
_DRY_RUNS = ("none", "server")


def values_of(line: Line, environ: Mapping[str, str]) -> Iterable[Candidate] | None:
    """None: files."""
    if line.flag in _FILES:
        return None
    if line.flag in _CHOICES:
        return [(each.value, "") for each in _CHOICES[line.flag]]
    if line.flag == "--cni":
        return [(each, "") for each in CNIS]
    if line.flag == "--dry-run":
        return [(each, "") for each in _DRY_RUNS]
    if line.flag in _NAMED:
        from kubectl_netpol.completion.named import named
        return named(line, environ)
    return [("true", ""), ("false", "")] if line.flag in _switches() else ()


def _switches() -> set[str]:
    return {spellings[-1] for command in ANY for spellings, takes_value, _ in flags_of(command) if not takes_value}
