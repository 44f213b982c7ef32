"""What does a command line ask for? One frozen value for each command, already parsed."""
from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.addresses import checked_cidr
from kubectl_netpol.core.intents import Request, Verb, Wish, request_of, settled, wished
from kubectl_netpol.core.profiles import ALIASES, GENERIC, PROFILES
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
from kubectl_netpol.snapshot import Key


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


class By(Enum):
    SERVICE = "service"
    WORKLOAD = "workload"


class Least(Enum):
    """The least severity of a finding that is shown, or that makes explain fail."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Only(Enum):
    """The part of an explanation that is asked for alone."""

    FINDINGS = "findings"


class Connection(Struct, frozen=True):
    """kubectl's own flags: which cluster, and as whom. None, () and False: not given."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    server: str | None = None
    token: str | None = None
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    as_uid: str | None = None
    certificate_authority: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool = False
    request_timeout: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """As they are typed."""
        return tuple(word for field, flag in _CONNECTION_FLAGS.items() for word in _flag_words(flag, getattr(self, field)))

    @property
    def printed(self) -> tuple[str, ...]:
        """The words for commands that we print: a token is a secret."""
        return self.words if self.token is None else replace(self, token="TOKEN").words


_CONNECTION_FLAGS = {                                           # fields that Python or the number of values names otherwise
    field: {"as_user": "as", "as_groups": "as_group"}.get(field, field) for field in Connection.__struct_fields__}
CONNECTION = tuple(_CONNECTION_FLAGS.values())


class Scope(Struct, frozen=True):
    """What is looked at."""

    offline: tuple[str, ...] = ()               # these files are the whole cluster; none: the cluster of the connection
    files: tuple[str, ...] = ()                 # as if applied
    deleted: tuple[Target, ...] = ()            # as if deleted; policies with a name
    namespace: str | None = None                # None with -A
    all_namespaces: bool = False
    selector: Selector | None = None
    cni: str = GENERIC.name                     # a name of PROFILES, or AUTO until the cluster was looked at
    pod_cidrs: tuple[str, ...] = ()
    connection: Connection = Connection()
    context: str | None = None                  # the names of the cluster that answers; None with files
    server: str | None = None


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


class Apply(Struct, frozen=True):
    """Whether and how a change is written. The last three are those of kubectl apply, and of kubectl diff."""

    wanted: bool = False
    is_confirmed: bool = False                  # --yes: nothing is asked
    is_trial: bool = False                      # --dry-run=server: everything is sent, and nothing is kept
    server_side: bool = False
    field_manager: str | None = None
    force_conflicts: bool = False


class Served(Struct, frozen=True):
    """A target that is dialled by what an Ingress, Gateway or Route serves."""

    target: Target
    entry: Key
    where: str                                  # host and path there
    url: str                                    # as it was asked for


class AtNode(Struct, frozen=True):
    """A target that is dialled at the address of a load balancer (node is "" then) or of a node."""

    target: Target
    address: str
    node: str = ""


class Explain(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    targets: tuple[Target, ...] = ()
    by_node: tuple[AtNode, ...] = ()            # of them, those that are dialled at a load balancer or a node
    served: tuple[Served, ...] = ()             # and those by a host that an Ingress, Gateway or Route serves
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    by: By = By.SERVICE
    fail_on: Least | None = None
    severity: Least | None = None
    only: Only | None = None


class Suggest(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    change: Change = Change()
    apply: Apply = Apply()


class Diff(Struct, frozen=True):
    scope: Scope = Scope()
    printing: Printing = Printing()
    change: Change = Change()
    by: By = By.SERVICE
    to_offline: tuple[str, ...] = ()            # the state after; none: scope with its overlays, and the change
    apply: Apply = Apply()
    is_suggestion: bool = False                 # what suggest would write, which it does without any target too


Options = Explain | Suggest | Diff

AUTO = "auto"                                   # of --cni: what the cluster tells
CNIS = (AUTO, *PROFILES)
PICTURES = ("dot", "mermaid", "svg", "html")

Choice = TypeVar("Choice", bound=Enum)
Flags = dict[str, Any]                          # of argparse: only the flags that were given, by their names with underscores


def options_of(command: str, words: list[str], flags: Flags) -> Options:
    """The options of explain, suggest or diff; all that argparse cannot check is checked here."""
    scope, printing = _scope(flags), _printing(flags)
    request = request_of(words) + tuple((Verb(name), text) for name, text in flags.get("request", ()))
    match command:
        case "explain":
            return _explain(request, flags, scope, printing)
        case "suggest":
            return Suggest(scope, printing, _change(request, flags), _suggested(flags, scope))
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
    only = _choice(Only, "only", flags["only"]) if "only" in flags else None
    if only and (by is By.WORKLOAD or {Verb.FROM, Verb.TO} & {verb for verb, _ in rest}):
        raise NetpolError("a question, and the map of workloads, have no findings", hint="leave --only findings out, or the question")
    if targets == (Target(TargetKind.POD),):
        targets, by = (), By.WORKLOAD
    return Explain(
        scope, printing, targets,
        sources=tuple(parse_source(text) for verb, text in rest if verb is Verb.FROM),
        destinations=tuple(parse_destination(text) for verb, text in rest if verb is Verb.TO),
        by=by,
        fail_on=_choice(Least, "fail_on", flags["fail_on"]) if "fail_on" in flags else None,
        severity=_choice(Least, "severity", flags["severity"]) if "severity" in flags else None, only=only)


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
    return Diff(scope, printing, change, _choice(By, "by", flags.get("by", "service")), to_offline, _apply(flags, scope))


def _suggested(flags: Flags, scope: Scope) -> Apply:
    apply = _apply(flags, scope)
    if (scope.files or scope.deleted) and apply.wanted:
        raise NetpolError("suggest takes -f and --delete for done already, and --apply would write the suggestion alone",
                          hint="kubectl netpol diff with the same arguments shows all of it as one change, and applies that")
    if not apply.wanted and (given := [name for name in ("server_side", "field_manager", "force_conflicts") if name in flags]):
        raise NetpolError(f"{_spelled(given[0])} says how to apply, and nothing is applied", hint="add --apply, or leave it out")
    return apply


def _apply(flags: Flags, scope: Scope) -> Apply:
    wanted = flags.get("apply", False)
    if wanted and scope.offline:
        raise NetpolError("--apply writes to a cluster, and --offline asks none", hint="leave out one of both")
    if not wanted and (given := [name for name in ("yes", "dry_run") if name in flags]):
        raise NetpolError(f"{_spelled(given[0])} says how to apply, and nothing is applied", hint="add --apply, or leave it out")
    if flags.get("force_conflicts") and not wanted and not flags.get("server_side"):
        raise NetpolError("--force-conflicts only works with --server-side, or with --apply", hint="add one of both, or leave it out")
    return Apply(
        wanted, flags.get("yes", False), _is_trial(flags), flags.get("server_side", False), flags.get("field_manager"),
        flags.get("force_conflicts", False))


def _is_trial(flags: Flags) -> bool:
    """kubectl's --dry-run; without a value it means client there, and is deprecated."""
    said = flags.get("dry_run", "none")
    if said in ("none", "server"):
        return bool(said == "server")
    spelled = f"--dry-run={said}" if said else "--dry-run"
    raise NetpolError(f"{spelled} writes nothing: that is diff without --apply",
                      hint="--dry-run=server sends everything, and the server keeps nothing")


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
        cni=_cni(flags.get("cni", GENERIC.name)),
        pod_cidrs=tuple(map(checked_cidr, flags.get("pod_cidr", ()))),
        connection=_connection({flag: flags[flag] for flag in connection}))


def _connection(given: Flags) -> Connection:
    values: Flags = {flag: tuple(value) if isinstance(value, list) else value for flag, value in given.items()}
    return Connection(**{field: values[flag] for field, flag in _CONNECTION_FLAGS.items() if flag in values})


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


def _cni(text: str) -> str:
    name = ALIASES.get(text, text)
    if name not in CNIS:
        near = did_you_mean(text, [*CNIS, *ALIASES])
        raise NetpolError(f'--cni cannot be "{text}"', hint=" ".join(filter(None, (near, "it is one of " + ", ".join(CNIS)))))
    return name


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


def _flag_words(name: str, value: str | bool | tuple[str, ...] | None) -> list[str]:
    if isinstance(value, bool):
        return [_spelled(name)] if value else []
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return [word for each in values for word in (_spelled(name), each)]
