"""Which command and flags does a command line hold, and what does --help say?

Only argparse is imported here, so that --help is quick; what the values mean is in options, imported after.
All flags are known to one parser: they may stand anywhere, and one of another command is told as such.
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence

from kubectl_netpol import __version__
from kubectl_netpol.errors import NetpolError, NotYet

TYPE_CHECKING = False                           # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any

    from kubectl_netpol.options import Options

ANY, EXPLAIN, CHANGES, DIFF = ("explain", "suggest", "diff"), ("explain",), ("suggest", "diff"), ("diff",)
COMMANDS = (*ANY, "version", "completion", "help")

# spellings, whether it is said with a value, once or again and again, and the commands that it belongs to
_VALUES = (
    *((name, ANY) for name in (
        "--kubeconfig", "--context", "--cluster", "--user", "-n --namespace", "-s --server", "--token", "--as", "--as-uid",
        "--certificate-authority", "--client-certificate", "--client-key", "--tls-server-name", "--request-timeout",
        "-l --selector", "-o --output", "--color", "--cni", "-v")),
    ("--by", ("explain", "diff")), ("--fail-on", EXPLAIN), ("--field-manager", CHANGES))
_LISTS = (
    *((name, ANY) for name in ("--as-group", "--offline", "-f --filename", "--delete", "--pod-cidr")), ("--to-offline", DIFF))
_REQUESTS = (("--allow", CHANGES), ("--from", ANY), ("--to", ANY))
_SWITCHES = (
    *((name, ANY) for name in ("-A --all-namespaces", "--insecure-skip-tls-verify", "--no-headers", "-h --help", "--version")),
    *((name, CHANGES) for name in (
        "--replace", "--keep", "--isolate", "--egress", "--apply", "--yes", "--server-side", "--force-conflicts")))
_DRY_RUNS = ("--dry-run", "--dry-run=none", "--dry-run=client", "--dry-run=server")
_COMMANDS_OF = {
    spelling: commands
    for names, commands in (*_VALUES, *_LISTS, *_REQUESTS, *_SWITCHES, ("--dry-run", CHANGES))
    for spelling in names.split()}


def parse(argv: Sequence[str]) -> Options | str:
    """The options of a command line (without the program's name), or the text that it asks for: help or the version."""
    words, flags = _read(list(argv))
    command = words[0] if words else "help"
    if flags.pop("version", False):
        command = "version"
    if flags.pop("help", False) or command == "help":
        return _help(words[1:] if command == "help" else words[:1])
    if command == "completion":
        raise NotYet("completion is not possible yet", hint="kubectl netpol --help shows the commands and their flags")
    _check(command, flags)
    if command == "version":
        return f"kubectl-netpol {__version__}\n"
    from kubectl_netpol.options import options_of
    return options_of(command, words[1:], flags)


def _check(command: str, flags: dict[str, Any]) -> None:
    if command not in COMMANDS:
        raise NetpolError(f'unknown command "{command}"', hint=_nearest(command, COMMANDS) or "commands are explain, suggest and diff")
    given = {f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}" for name in flags} - {"--request"}
    given |= {f"--{verb}" for verb, _ in flags.get("request", ())}
    for flag in sorted(given):
        if command not in _COMMANDS_OF[flag]:
            raise NetpolError(f"{flag} is a flag of {' and '.join(_COMMANDS_OF[flag])}, not of {command}")


# ---- argparse


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Of a set width: argparse makes one for each flag, and would measure the terminal each time."""
    return argparse.HelpFormatter(prog, width=80)


class _InOrder(argparse.Action):
    """Keeps --allow, --from and --to in one list: their order makes the groups."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.request = [*getattr(namespace, "request", ()), (str(option).lstrip("-"), values)]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        flag, _, problem = message.removeprefix("argument ").partition(": ")
        if problem == "expected one argument":
            raise NetpolError(f"{flag.replace('/', ' or ')} needs a value")
        if problem.startswith("ignored explicit argument"):
            raise NetpolError(f"{flag.partition('/')[0]} is a switch: its value can be true or false only")
        raise NetpolError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS, formatter_class=_formatter)
    for names, _ in _VALUES:
        parser.add_argument(*names.split())
    for names, _ in _LISTS:
        parser.add_argument(*names.split(), action="append")
    for names, _ in _REQUESTS:
        parser.add_argument(*names.split(), action=_InOrder)
    for names, _ in _SWITCHES:
        name = names.split()[-1].lstrip("-").replace("-", "_")
        for spelling in names.split():           # argparse itself knows no --flag=false
            parser.add_argument(spelling, f"{spelling}=true", action="store_true", dest=name)
            parser.add_argument(f"{spelling}=false", action="store_false", dest=name)
    parser.add_argument(*_DRY_RUNS, action="store_true", dest="dry_run")
    return parser


def _read(argv: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The words that are no flags, in order, and the flags that were given."""
    end = argv.index("--") if "--" in argv else len(argv)
    flags, words = _parser().parse_known_args(argv[:end])
    for word in words:
        if word.startswith("-"):
            raise _unknown_flag(word)
    return words + argv[end + 1:], {name: value for name, value in vars(flags).items() if value is not False}


def _unknown_flag(word: str) -> NetpolError:
    flag = word.partition("=")[0]
    return NetpolError(f'unknown flag "{flag}"', hint=_nearest(flag, _COMMANDS_OF) or "kubectl netpol COMMAND --help lists the flags")


def _nearest(word: str, known: Sequence[str] | dict[str, Any]) -> str:
    from kubectl_netpol.core.targets import did_you_mean
    return did_you_mean(word, list(known))


# ---- help


def _help(words: list[str]) -> str:
    """Of a command, or of all; an unknown one is an error."""
    for word in words[:1]:
        if word not in COMMANDS:
            _check(word, {})
        return HELP.get(word, HELP[""])
    return HELP[""]


_VIEW = """\
What is looked at:
  --offline PATH        these files or folders are the whole cluster (-: stdin)
  -f, --filename PATH   as if this were applied
  --delete netpol/NAME  as if this were deleted
  -n, --namespace NAME; -A, --all-namespaces; -l, --selector KEY=VALUE
  --pod-cidr CIDR       addresses of pods; --cni auto|generic
  kubectl's flags of clusters (--context, --as, ...): not yet
Output:
  -o, --output text|wide|json|yaml|name; --no-headers; -v N
  --color auto|always|never
"""
_GRAMMAR = """\
SOURCE is anywhere, outside, cluster, same-namespace, ns/NAME, ns:KEY=VALUE,
  svc/NAME, deploy/NAME, KEY=VALUE, 10.0.0.1, '10.0.0.0/8 except 10.1.0.0/16'
"""

HELP = {
    "": """\
What does a NetworkPolicy mean for your Services?

  kubectl netpol explain [TARGET] [--from SOURCE]    who reaches what, and why
  kubectl netpol suggest [TARGET] [--allow PORT --from SOURCE]   the policy
  kubectl netpol diff [TARGET | -f FILE | --delete netpol/NAME]  what changes
  kubectl netpol version

Examples:
  kubectl netpol explain -n gitlab --offline cluster.yaml
  kubectl netpol explain svc/gitlab:ssh --from anywhere --offline manifests
  kubectl netpol suggest allow 10022 on svc gitlab from anywhere --offline .
  kubectl netpol diff -f policy.yaml --offline manifests

This version reads files (--offline): manifests, or what was saved by
kubectl get ns,svc,pods,deploy,sts,ds,netpol,endpointslices -A -o json
Each command has its own --help.
""",
    "explain": f"""\
Who may reach each Service port, by which policy, and what is a mistake?

Usage: kubectl netpol explain [TARGET[:PORT]...] [--from SOURCE] [--to SOURCE]

Examples:
  kubectl netpol explain --offline manifests
  kubectl netpol explain svc/gitlab:ssh --from anywhere --offline manifests
  kubectl netpol explain deploy/web --to svc/redis:6379 --offline manifests
  kubectl netpol explain netpol/allow-from-all -n gitlab --offline cluster.yaml

TARGET is svc/NAME (or svc NAME), deploy/NAME, pod/NAME, netpol/NAME, ns/NAME
{_GRAMMAR}
The question:
  --from SOURCE         may it reach the target? again and again
  --to SOURCE[:PORT]    may the target reach it?
  --by workload         all workloads and ports instead of Services
  --fail-on SEVERITY    fail on findings: error, warning or info
{_VIEW}
Exit status: 0 allowed or no question, 1 denied, 2 error, 3 partial, unknown.
""",
    "suggest": f"""\
Write the NetworkPolicy for what a Service should accept, and prove it.

Usage: kubectl netpol suggest [TARGET...] [--allow PORT --from SOURCE]...
   or: kubectl netpol suggest allow PORT on TARGET from SOURCE

Examples:
  kubectl netpol suggest allow 10022 on svc gitlab from anywhere --offline .
  kubectl netpol suggest svc/web --allow http --from ns/shop --offline .
  kubectl netpol suggest netpol/allow-from-all -n gitlab --offline cluster.yaml
  kubectl netpol suggest deploy/web --egress --allow 443 --to 10.0.0.0/8 \\
    --offline manifests

{_GRAMMAR}
The wish:
  --allow PORT          PORT[/PROTO]: number, name, 30000-30100 or all
  --from SOURCE         of the --allow before it; --to SOURCE[:PORT] for egress
  --egress              also what the clients need
  --replace             start over, forget recorded intents
  --keep, --isolate     keep what is reachable now, or accept that it stops
  --apply, --yes, --dry-run, --server-side, --field-manager, --force-conflicts:
                        not yet
{_VIEW}""",
    "diff": f"""\
What would change: manifests, connections, isolated pods and findings?

Usage: kubectl netpol diff [-f PATH] [--delete netpol/NAME] [--to-offline PATH]
   or: kubectl netpol diff ARGUMENTS-OF-SUGGEST

Examples:
  kubectl netpol diff -f policy.yaml --offline manifests
  kubectl netpol diff --delete netpol/allow-from-all -n gitlab --offline .
  kubectl netpol diff --offline main --to-offline branch --by workload
  kubectl netpol diff allow 10022 on svc gitlab from anywhere --offline .

The change:
  --to-offline PATH     the whole state after, as other files
  --by workload         all workloads and ports instead of Services
  --allow, --from, --to, --egress, --replace, --keep, --isolate: as of suggest
  --apply, --yes, --dry-run, --server-side, --field-manager, --force-conflicts:
                        not yet
{_VIEW}
Exit status: 0 no difference, 1 differences, 2 error.
""",
    "version": """\
Print the version.

Examples:
  kubectl netpol version
""",
}
