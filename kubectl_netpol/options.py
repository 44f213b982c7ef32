"""What does a command line ask for? One frozen value for each command, already parsed."""
from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct

from kubectl_netpol.core.addresses import checked_cidr
from kubectl_netpol.core.intents import Request, Verb, Wish, request_of, settled, wished
from kubectl_netpol.core.selectors import Selector, parse_selector
from kubectl_netpol.core.targets import (
    Destination,
    Source,
    Target,
    TargetKind,
    checked_namespace,
    did_you_mean,
    parse_destination,
    parse_source,
    parse_target,
)
from kubectl_netpol.errors import NetpolError, NotYet


class Output(Enum):
    TEXT = "text"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


class Color(Enum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Cni(Enum):
    AUTO = "auto"
    GENERIC = "generic"


class By(Enum):
    SERVICE = "service"
    WORKLOAD = "workload"


class FailOn(Enum):
    """The least severity of a finding that makes explain fail."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Scope(Struct, frozen=True):
    """What is looked at."""

    offline: tuple[str, ...] = ()               # these files are the whole cluster; none: the cluster of the connection
    files: tuple[str, ...] = ()                 # as if applied
    deleted: tuple[Target, ...] = ()            # as if deleted; policies with a name
    namespace: str | None = None                # None with -A
    all_namespaces: bool = False
    selector: Selector | None = None
    cni: Cni = Cni.AUTO
    pod_cidrs: tuple[str, ...] = ()
    connection: tuple[str, ...] = ()            # kubectl's own flags as words, to be repeated in commands that we print


class Printing(Struct, frozen=True):
    output: Output = Output.TEXT
    headers: bool = True
    color: Color = Color.AUTO
    verbosity: int = 0


class Change(Struct, frozen=True):
    """What suggest writes and diff compares."""

    targets: tuple[Target, ...] = ()
    wishes: tuple[Wish, ...] = ()
    replace: bool = False
    keep: bool = False
    isolate: bool = False
    egress: bool = False                        # also what the clients need


class Explain(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    targets: tuple[Target, ...] = ()
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    by: By = By.SERVICE
    fail_on: FailOn | None = None


class Suggest(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    change: Change = Change()


class Diff(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    change: Change = Change()
    by: By = By.SERVICE
    to_offline: tuple[str, ...] = ()            # the state after; none: scope with its overlays, and the change


Options = Explain | Suggest | Diff

CONNECTION = (
    "kubeconfig", "context", "cluster", "user", "server", "token", "as", "as_group", "as_uid",
    "certificate_authority", "client_certificate", "client_key", "tls_server_name", "insecure_skip_tls_verify", "request_timeout")
APPLYING = ("apply", "yes", "server_side", "field_manager", "force_conflicts", "dry_run")
PICTURES = ("dot", "mermaid", "svg", "html")

Choice = TypeVar("Choice", bound=Enum)
Flags = dict[str, Any]                          # of argparse: only the flags that were given, by their names with underscores


def options_of(command: str, words: list[str], flags: Flags) -> Options:
    """The options of explain, suggest or diff; all that argparse cannot check is checked here."""
    if applying := [_spelled(name) for name in flags if name in APPLYING]:
        raise NotYet(f"not yet: applying needs the live cluster ({', '.join(applying)})", hint="pipe suggest into: kubectl apply -f -")
    scope, printing = _scope(flags), _printing(flags)
    request = request_of(words) + tuple((Verb(name), text) for name, text in flags.get("request", ()))
    match command:
        case "explain":
            return _explain(request, flags, scope, printing)
        case "suggest":
            return Suggest(scope, printing, _change(request, flags))
        case _:
            return _diff(request, flags, scope, printing)


def _explain(request: Request, flags: Flags, scope: Scope, printing: Printing) -> Explain:
    targets, rest = settled(request)
    if any(verb is Verb.ALLOW for verb, _ in rest):
        raise NetpolError("explain allows nothing", hint="kubectl netpol suggest allow … writes the policy")
    if {Verb.FROM, Verb.TO} <= {verb for verb, _ in rest}:
        raise NetpolError("--from and --to with a target are two questions", hint="ask with --from SOURCE, or with --to DESTINATION")
    if not targets and any(verb is Verb.TO for verb, _ in rest):
        raise NetpolError("--to needs a target that it is asked of", hint="kubectl netpol explain deploy/web --to svc/redis:6379")
    by = _choice(By, "by", flags.get("by", "service"))
    if targets == (Target(TargetKind.POD),):
        targets, by = (), By.WORKLOAD
    return Explain(
        scope, printing, targets,
        sources=tuple(parse_source(text) for verb, text in rest if verb is Verb.FROM),
        destinations=tuple(parse_destination(text) for verb, text in rest if verb is Verb.TO),
        by=by,
        fail_on=_choice(FailOn, "fail_on", flags["fail_on"]) if "fail_on" in flags else None)


def _change(request: Request, flags: Flags) -> Change:
    targets, wishes = wished(request)
    if wishes and not targets and "selector" not in flags:
        raise NetpolError("there is no target to allow that on", hint="name it: allow 10022 on svc/gitlab from anywhere")
    return Change(targets, wishes, **{name: flags.get(name, False) for name in ("replace", "keep", "isolate", "egress")})


def _diff(request: Request, flags: Flags, scope: Scope, printing: Printing) -> Diff:
    change, to_offline = _change(request, flags), tuple(flags.get("to_offline", ()))
    if to_offline and not scope.offline:
        raise NetpolError("--to-offline is the state after, and the one before is missing", hint="name it too: --offline PATH")
    if not (change.targets or change.wishes or scope.selector or scope.files or scope.deleted or to_offline):
        raise NetpolError("nothing to compare", hint="name a change: as for suggest, -f FILE, --delete netpol/NAME or --to-offline PATH")
    return Diff(scope, printing, change, _choice(By, "by", flags.get("by", "service")), to_offline)


def _scope(flags: Flags) -> Scope:
    offline, connection = tuple(flags.get("offline", ())), [name for name in CONNECTION if flags.get(name)]
    if offline and connection:
        raise NetpolError(
            f"--offline asks no API server, so {', '.join(map(_spelled, connection))} cannot be used with it",
            hint="leave out --offline, or the flags of the cluster")
    all_namespaces = flags.get("all_namespaces", False)
    return Scope(
        offline=offline,
        files=tuple(flags.get("filename", ())),
        deleted=tuple(map(_deleted, flags.get("delete", ()))),
        namespace=checked_namespace(flags["namespace"]) if "namespace" in flags and not all_namespaces else None,
        all_namespaces=all_namespaces,
        selector=parse_selector(flags["selector"]) if "selector" in flags else None,
        cni=_cni(flags.get("cni", "auto")),
        pod_cidrs=tuple(map(checked_cidr, flags.get("pod_cidr", ()))),
        connection=tuple(word for name in connection for word in _flag_words(name, flags[name])))


def _printing(flags: Flags) -> Printing:
    return Printing(
        output=_output(flags.get("output", "text")),
        headers=not flags.get("no_headers", False),
        color=_choice(Color, "color", flags.get("color", "auto")),
        verbosity=_number("v", flags.get("v", "0")))


def _deleted(text: str) -> Target:
    target = parse_target(text) if "/" in text else None
    if target is None or target.kind is not TargetKind.NETWORKPOLICY:
        raise NetpolError(f'--delete "{text}": only policies can be deleted', hint=f"write --delete netpol/{text.rpartition('/')[2]}")
    return target


def _output(text: str) -> Output:
    if text in PICTURES:
        raise NotYet(f"-o {text} is not possible yet", hint="-o json has all that the picture would show")
    return _choice(Output, "output", text, PICTURES)


def _cni(text: str) -> Cni:
    if text in ("auto", "generic") or did_you_mean(text, ["auto", "generic"]):
        return _choice(Cni, "cni", text)
    raise NotYet(f"--cni {text} is not possible yet", hint="--cni generic judges by what the API promises of every plugin")


def _choice(choices: type[Choice], name: str, text: str, more: Sequence[str] = ()) -> Choice:
    known = [each.value for each in choices]
    if text not in known:
        hint = did_you_mean(text, [*known, *more]) or "it is one of " + ", ".join(known)
        raise NetpolError(f'{_spelled(name)} cannot be "{text}"', hint=hint)
    return choices(text)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise NetpolError(f'{_spelled(name)} needs a number, not "{text}"')
    return int(text[:9])


def _spelled(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"


def _flag_words(name: str, value: Any) -> list[str]:
    if value is True:
        return [_spelled(name)]
    return [word for each in (value if isinstance(value, list) else [value]) for word in (_spelled(name), each)]
