"""Which command and flags does a command line hold, and what does --help say?

Only argparse is imported here, so that --help is quick; what the values mean is in options, imported after.
All flags are known to one parser: they may stand anywhere, and one of another command is told as such.
"""
from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from kubectl_netpol import __version__
from kubectl_netpol.errors import NetpolError, NotYet
from kubectl_netpol.flags import row, said_of

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
    ("--by", ("explain", "diff")), ("--fail-on", EXPLAIN), ("--severity", EXPLAIN), ("--only", EXPLAIN), ("--field-manager", CHANGES))
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

COMPLETE = "__complete"                         # before the words of an unfinished command line
KUBECTL_COMPLETE = f"""\
#!/bin/sh
exec kubectl-netpol {COMPLETE} "$@"
"""


def parse(argv: Sequence[str]) -> Options | str:
    """The options of a command line (without the program's name), or the text that it asks for: help or the version."""
    words, flags = _read(list(argv))
    command = words[0] if words else "help"
    if flags.pop("version", False):
        command = "version"
    if flags.pop("help", False) or command == "help":
        return _help(words[1:] if command == "help" else words[:1])
    if command == "completion" and words[1:] not in ([], ["print"]):
        raise NotYet(f"completion {' '.join(words[1:])} is not possible yet", hint="kubectl netpol completion says how to set it up")
    _check(command, flags)
    if command == "completion":
        return KUBECTL_COMPLETE if words[1:] else HELP[command]
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


def flags_of(command: str) -> Iterator[tuple[tuple[str, ...], bool, bool]]:
    """Of each flag of a command, or without one of all of them: its spellings, whether a value follows, whether it may be said again."""
    values, lists, requests, switches = (_VALUES, True, False), (_LISTS, True, True), (_REQUESTS, True, True), (_SWITCHES, False, False)
    for table, takes_value, repeats in (values, lists, requests, switches, ((("--dry-run", CHANGES),), False, False)):
        for names, commands in table:
            if command in commands or (not command and commands == ANY):
                yield tuple(names.split()), takes_value, repeats


# ---- argparse


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Of a set width: argparse makes one for each flag, and would measure the terminal each time."""
    return argparse.HelpFormatter(prog, width=80)


class _InOrder(argparse.Action):
    """Keeps --allow, --from and --to in one list: their order makes the groups."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.request = [*getattr(namespace, "request", ()), (str(option).lstrip("-"), values)]


class _Spelled(argparse.Action):
    """Keeps what stands behind the = of a flag that may have a value there, and nowhere else."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        setattr(namespace, self.dest, str(option).partition("=")[2])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        flag, _, problem = message.removeprefix("argument ").partition(": ")
        if problem == "expected one argument":
            raise NetpolError(f"{flag.replace('/', ' or ')} needs a value")
        if problem.startswith("ignored explicit argument"):
            values = "none, client or server" if flag.startswith("--dry-run") else "true or false"
            raise NetpolError(f"{flag.partition('/')[0]} is a switch: its value can be {values} only")
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
    parser.add_argument(*_DRY_RUNS, action=_Spelled, nargs=0, dest="dry_run")
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


_VIEW = f"""\
What is looked at:
{row("--offline")}
{row("-f --filename")}
{row("--delete")}
  -n, --namespace NAME; -A, --all-namespaces; -l, --selector KEY=VALUE
  --pod-cidr CIDR       addresses of pods; --cni NAME, auto: as that plugin does
  --context, --kubeconfig, --as, ...: the cluster and the user, as of kubectl
Output:
  -o, --output text|wide|json|yaml|name; --no-headers; -v N
  --color auto|always|never
"""
_GRAMMAR = """\
SOURCE is anywhere, outside, cluster, same-namespace, ns/NAME, ns:KEY=VALUE,
  svc/NAME, deploy/NAME, ingress/NAME, gateway/NAME, nodes, KEY=VALUE, 10.0.0.1,
  '10.0.0.0/8 except 10.1.0.0/16'
"""

_APPLYING = f"""\
Applying it:
{row("--apply")}
{row("--yes")}
  --dry-run=server      {said_of("--dry-run")}
  --server-side, --field-manager, --force-conflicts: as of kubectl apply
"""

HELP = {
    "": """\
What does a NetworkPolicy mean for your Services?

  kubectl netpol explain [TARGET] [--from SOURCE]    who reaches what, and why
  kubectl netpol suggest [TARGET] [--allow PORT --from SOURCE]   the policy
  kubectl netpol diff [TARGET | -f FILE | --delete netpol/NAME]  what changes
  kubectl netpol version | completion

Examples:
  kubectl netpol explain -n gitlab
  kubectl netpol explain svc/gitlab:ssh --from anywhere
  kubectl netpol suggest allow 10022 on svc gitlab from anywhere
  kubectl netpol diff -f policy.yaml

The cluster is that of kubectl's current context; --offline PATH reads files in
its place: manifests, or what kubectl get -o json or -o yaml printed.
Each command has its own --help.
""",
    "explain": f"""\
Who may reach each Service port, by which policy, and what is a mistake?

Usage: kubectl netpol explain [TARGET[:PORT]...] [--from SOURCE] [--to SOURCE]

Examples:
  kubectl netpol explain -A
  kubectl netpol explain svc/gitlab:ssh --from anywhere
  kubectl netpol explain deploy/web --to svc/redis:6379 --offline manifests
  kubectl netpol explain netpol/allow-from-all -n gitlab --offline cluster.yaml

TARGET is svc/NAME (or svc NAME), deploy/NAME, pod/NAME, netpol/NAME, ns/NAME,
  or what a client dials: an address, a name of DNS or a URL
{_GRAMMAR}
The question:
{row("--from", "explain")}
{row("--to", "explain")}
{row("--by")}
{row("--only")}
{row("--severity")}
{row("--fail-on")}
{_VIEW}
Exit status: 0 allowed or no question, 1 denied, 2 error, 3 partial, unknown.
""",
    "suggest": f"""\
Write the NetworkPolicy for what a Service should accept, and prove it.

Usage: kubectl netpol suggest [TARGET...] [--allow PORT --from SOURCE]...
   or: kubectl netpol suggest allow PORT on TARGET from SOURCE

Examples:
  kubectl netpol suggest allow 10022 on svc gitlab from anywhere
  kubectl netpol suggest svc/web --allow http --from ns/shop --apply
  kubectl netpol suggest netpol/allow-from-all -n gitlab --offline cluster.yaml
  kubectl netpol suggest deploy/web --egress --allow 443 --to 10.0.0.0/8 \\
    --offline manifests

{_GRAMMAR}
The wish:
{row("--allow")}
{row("--from")}
{row("--to")}
{row("--egress")}
{row("--replace")}
  --keep, --isolate     keep other ports as they are, or accept that they stop
{_APPLYING}{_VIEW}""",
    "diff": f"""\
What would change: manifests, connections, isolated pods and findings?

Usage: kubectl netpol diff [-f PATH] [--delete netpol/NAME] [--to-offline PATH]
   or: kubectl netpol diff ARGUMENTS-OF-SUGGEST

Examples:
  kubectl netpol diff -f policy.yaml --apply
  kubectl netpol diff --delete netpol/allow-from-all -n gitlab
  kubectl netpol diff --offline main --to-offline branch --by workload
  kubectl netpol diff allow 10022 on svc gitlab from anywhere --offline .

The change:
{row("--to-offline")}
{row("--by")}
  --allow, --from, --to, --egress, --replace, --keep, --isolate: as of suggest
{_APPLYING}{_VIEW}
Exit status: 0 no difference, 1 differences, 2 error;
  with --apply: 0 done, 1 declined, 2 failed.
""",
    "completion": """\
Complete commands, flags, names and ports with the Tab key, as kubectl does.

kubectl asks a program that is called kubectl_complete-netpol. It has two lines;
put it into any folder of your PATH, such as the one of kubectl-netpol:

  kubectl netpol completion print > ~/.local/bin/kubectl_complete-netpol
  chmod +x ~/.local/bin/kubectl_complete-netpol

kubectl's own completion must be at work in your shell: kubectl completion --help
Names come from the cluster of the command line, or from the files of --offline.
""",
    "version": """\
Print the version.

Examples:
  kubectl netpol version
""",
}
