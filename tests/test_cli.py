"""Do command lines mean what kubectl's users expect, and is every mistake told with a way out?"""
import shlex
import subprocess
import sys

import pytest
from msgspec.structs import replace

from kubectl_netpol import cli
from kubectl_netpol.__main__ import main
from kubectl_netpol.core.intents import Wish
from kubectl_netpol.core.selectors import parse_selector
from kubectl_netpol.core.targets import parse_destination, parse_ports, parse_source, parse_target
from kubectl_netpol.errors import NetpolError, NotYet
from kubectl_netpol.options import CONNECTION, By, Change, Color, Diff, Explain, Least, Options, Output, Printing, Scope, Suggest

HERE = Scope(offline=("x",))
SSH = Change(targets=(parse_target("svc/gitlab"),), wishes=(Wish(parse_ports("10022"), (parse_source("anywhere"),)),))


def parsed(line: str) -> Options:
    options = cli.parse([*shlex.split(line), "--offline", "x"])
    assert not isinstance(options, str)
    return options


def wish(ports: str, *sources: str) -> Wish:
    return Wish(parse_ports(ports) if ports else (), tuple(map(parse_source, sources)))


@pytest.mark.parametrize(("line", "options"), [
    ("explain", Explain(HERE)),
    ("explain svc/gitlab:ssh --from anywhere", Explain(
        HERE, targets=(parse_target("svc/gitlab:ssh"),), sources=(parse_source("anywhere"),))),
    ("explain svc gitlab from anywhere and ns/ci", Explain(
        HERE, targets=(parse_target("svc/gitlab"),), sources=(parse_source("anywhere"), parse_source("ns/ci")))),
    ("explain --from anywhere svc/a --from ns/b svc/c", Explain(
        HERE, targets=(parse_target("svc/a"), parse_target("svc/c")), sources=(parse_source("anywhere"), parse_source("ns/b")))),
    ("explain deploy/web --to svc/redis:6379", Explain(
        HERE, targets=(parse_target("deploy/web"),), destinations=(parse_destination("svc/redis:6379"),))),
    ("explain from deploy web to svc redis", Explain(
        HERE, targets=(parse_target("deploy/web"),), destinations=(parse_destination("svc/redis"),))),
    ("explain from anywhere to svc redis", Explain(
        HERE, targets=(parse_target("svc/redis"),), sources=(parse_source("anywhere"),))),
    ("explain -A --from outside", Explain(replace(HERE, all_namespaces=True), sources=(parse_source("outside"),))),
    ("explain --by workload", Explain(HERE, by=By.WORKLOAD)),
    ("explain pods", Explain(HERE, by=By.WORKLOAD)),
    ("explain --fail-on warning", Explain(HERE, fail_on=Least.WARNING)),
    ("suggest", Suggest(HERE)),
    ("suggest svc/gitlab --allow 10022 --from anywhere", Suggest(HERE, change=SSH)),
    ("suggest allow 10022 on svc gitlab from anywhere", Suggest(HERE, change=SSH)),
    ("suggest svc/gitlab allow 10022 --from anywhere", Suggest(HERE, change=SSH)),
    ("suggest svc/gitlab:10022 --from anywhere", Suggest(
        HERE, change=Change((parse_target("svc/gitlab:10022"),), (wish("", "anywhere"),)))),
    ("suggest deploy/web --egress --allow 443 --to 10.0.0.0/8", Suggest(HERE, change=Change(
        (parse_target("deploy/web"),), (Wish(parse_ports("443"), (), (parse_destination("10.0.0.0/8"),)),), egress=True))),
    ("suggest -l app=web --allow 80 --from anywhere --keep --replace --isolate", Suggest(
        replace(HERE, selector=parse_selector("app=web")),
        change=Change((), (wish("80", "anywhere"),), replace=True, keep=True, isolate=True))),
    ("diff svc/gitlab --allow 10022 --from anywhere --by workload", Diff(HERE, change=SSH, by=By.WORKLOAD)),
    ("diff --to-offline y", Diff(HERE, to_offline=("y",))),
    ("diff -f a --filename=b --delete netpol/x", Diff(replace(HERE, files=("a", "b"), deleted=(parse_target("netpol/x"),)))),
])
def test_a_command_line_becomes_options(line: str, options: Options) -> None:
    assert parsed(line) == options


@pytest.mark.parametrize(("flags", "scope", "printing"), [
    ("-n=shop", {"namespace": "shop"}, {}),
    ("-nshop", {"namespace": "shop"}, {}),
    ("-n shop", {"namespace": "shop"}, {}),
    ("--namespace=shop", {"namespace": "shop"}, {}),
    ("--namespace shop", {"namespace": "shop"}, {}),
    ("-n a -n b", {"namespace": "b"}, {}),
    ("-A", {"all_namespaces": True}, {}),
    ("-A -n shop", {"all_namespaces": True}, {}),
    ("--all-namespaces=true", {"all_namespaces": True}, {}),
    ("--all-namespaces=false", {}, {}),
    ("-A --all-namespaces=false", {}, {}),
    ("-ojson", {}, {"output": Output.JSON}),
    ("-o=json", {}, {"output": Output.JSON}),
    ("-o json", {}, {"output": Output.JSON}),
    ("--output=yaml", {}, {"output": Output.YAML}),
    ("--no-headers --color never -v 4", {}, {"headers": False, "color": Color.NEVER, "verbosity": 4}),
    ("-v=2", {}, {"verbosity": 2}),
    ("--cni canal", {"cni": "calico"}, {}), ("--cni auto", {"cni": "auto"}, {}), ("", {"cni": "generic"}, {}),
    ("--cni generic --pod-cidr 10.0.0.0/8 --pod-cidr fd00::/48", {"cni": "generic", "pod_cidrs": ("10.0.0.0/8", "fd00::/48")}, {}),
    ("--offline y", {"offline": ("y", "x")}, {}),
    ("-f -", {"files": ("-",)}, {}),
])
def test_flags_stand_before_and_after_the_command(flags: str, scope: dict[str, object], printing: dict[str, object]) -> None:
    expected = Explain(replace(HERE, **scope), Printing(**printing))  # type: ignore[arg-type]
    assert parsed(f"{flags} explain") == expected
    assert parsed(f"explain {flags}") == expected
    assert parsed(f"explain svc/a {flags} svc/b") == replace(expected, targets=(parse_target("svc/a"), parse_target("svc/b")))


def test_flags_of_the_cluster_are_kept_for_the_commands_that_we_print() -> None:
    options = cli.parse(shlex.split("explain --context prod --as=me --as-group a --as-group b -s https://x --insecure-skip-tls-verify"))
    assert not isinstance(options, str)
    assert options.scope.connection.words == (
        "--context", "prod", "--server", "https://x", "--as", "me", "--as-group", "a", "--as-group", "b", "--insecure-skip-tls-verify")


def test_a_token_is_not_printed() -> None:
    options = cli.parse(shlex.split("explain --token sesame"))
    assert not isinstance(options, str)
    assert options.scope.connection.words == ("--token", "sesame")
    assert options.scope.connection.printed == ("--token", "TOKEN")


@pytest.mark.parametrize(("line", "wishes"), [
    ("--allow 80 --from anywhere", [wish("80", "anywhere")]),
    ("--allow 80 --allow 443 --from ns/a --from ns/b --allow 22 --from ns/c", [wish("80,443", "ns/a", "ns/b"), wish("22", "ns/c")]),
    ("allow 80 and 443 from ns/a and ns/b and allow 22 from ns/c", [wish("80,443", "ns/a", "ns/b"), wish("22", "ns/c")]),
])
def test_a_source_belongs_to_the_ports_before_it(line: str, wishes: list[Wish]) -> None:
    options = parsed(f"suggest svc/x {line}")
    assert isinstance(options, Suggest)
    assert list(options.change.wishes) == wishes


@pytest.mark.parametrize(("line", "message", "hint"), [
    ("explan", 'unknown command "explan"', 'did you mean "explain"?'),
    ("frobnicate", 'unknown command "frobnicate"', "explain, suggest and diff"),
    ("explain --offlin x", 'unknown flag "--offlin"', 'did you mean "--offline"?'),
    ("explain --name=x", 'unknown flag "--name"', ""),                                      # no abbreviations
    ("explain --from", "--from needs a value", ""),
    ("explain -A=maybe", "true or false", ""),
    ("explain --keep", "--keep is a flag of suggest and diff, not of explain", ""),
    ("suggest --to-offline y", "--to-offline is a flag of diff, not of suggest", ""),
    ("suggest --by workload", "--by is a flag of explain and diff, not of suggest", ""),
    ("explain --allow 80", "--allow is a flag of suggest and diff", ""),
    ("version -o json", "not of version", ""),
    ("explain allow 80 on svc/x", "explain allows nothing", "suggest"),
    ("explain --to svc/x", "--to needs a target", "explain deploy/web --to svc/redis:6379"),
    ("explain svc/x --from anywhere --to svc/y", "two questions", ""),
    ("explain web", '"web" is not a target', "svc/web or deploy/web"),
    ("explain svc/x --from anywhre", '"anywhre" is not a source', 'did you mean "anywhere"?'),
    ("explain -o jsn", '--output cannot be "jsn"', 'did you mean "json"?'),
    ("explain --color red", '--color cannot be "red"', "auto, always, never"),
    ("explain --cni genric", '--cni cannot be "genric"', 'did you mean "generic"?'),
    ("explain --cni romana", '--cni cannot be "romana"', "it is one of auto, generic, none, antrea, aws, "),
    ("explain --by pods", '--by cannot be "pods"', "workload"),
    ("explain -v x", "-v needs a number", ""),
    ("explain -n Shop", '"Shop" is not the name of a namespace', ""),
    ("explain -l app==web=", "not a label selector", ""),
    ("explain --pod-cidr 10.0.0.0", "not a CIDR", ""),
    ("explain --delete foo", "only policies", "--delete netpol/foo"),
    ("explain --delete svc/foo", "only policies", "--delete netpol/foo"),
    ("explain --context prod --as-group x", "--context, --as-group cannot be used", "leave out"),
    ("suggest svc/x --allow 80", "--allow 80 has no --from", "--allow 80 --from anywhere"),
    ("suggest svc/x --allow 80 --from anywhere --allow 22", "--allow 22 has no --from", ""),
    ("suggest svc/x --from anywhere", "which ports?", "--allow"),
    ("suggest deploy/x --to svc/y", "which ports?", "--allow"),
    ("suggest svc/x --allow 80 --from anywhere --to svc/y", "two wishes", ""),
    ("suggest --allow 80 --from anywhere", "no target", "allow 10022 on svc/gitlab from anywhere"),
    ("suggest alow 80 on svc x from anywhere", '"alow" is not a target', 'did you mean "allow"?'),
    ("diff", "nothing to compare", "-f FILE"),
])
def test_a_mistake_gets_a_message_and_a_way_out(line: str, message: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        parsed(line)
    assert message in error.value.message
    assert hint in error.value.hint


def test_the_state_after_needs_a_state_before() -> None:
    with pytest.raises(NetpolError, match="the one before is missing"):
        cli.parse(["diff", "--to-offline", "y"])


@pytest.mark.parametrize("line", [
    "explain -o svg", "completion bash"])
def test_what_is_agreed_but_not_there_is_said(line: str) -> None:
    with pytest.raises(NotYet, match=r"not yet|not possible yet"):
        parsed(line)


@pytest.mark.parametrize("command", ["", "explain", "suggest", "diff", "version"])
def test_help_fits_a_screen_and_its_examples_work(command: str) -> None:
    text = cli.parse([*command.split(), "--help"])
    assert isinstance(text, str)
    assert text == cli.parse(["help", *command.split()]) == cli.parse(["-h", *command.split()])
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 80
    _, _, examples = text.replace("\\\n", " ").partition("Examples:\n")
    lines = [line.strip() for line in examples.partition("\n\n")[0].splitlines()]
    assert len(lines) == (1 if command == "version" else 4)
    for line in lines:
        assert line.startswith("kubectl netpol ")
        cli.parse(shlex.split(line)[2:])


def test_without_arguments_there_is_help() -> None:
    assert cli.parse([]) == cli.parse(["--help"])


def test_every_flag_stands_in_the_help_of_its_commands() -> None:
    kubectls = {flag for names, _ in (*cli._VALUES, *cli._LISTS, *cli._SWITCHES) for flag in names.split()
                if flag.lstrip("-").replace("-", "_") in ("s", *CONNECTION)}
    for flag, commands in cli._COMMANDS_OF.items():
        missing = [command for command in commands if flag not in cli.HELP[command]]
        assert not missing or flag in kubectls | {"-h", "--help", "--version"}, flag


def test_version() -> None:
    assert cli.parse(["version"]) == cli.parse(["--version"]) == "kubectl-netpol 0.1.0\n"


# ---- main


def test_a_usage_error_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explan"]) == 2
    assert capsys.readouterr() == ("", 'error: unknown command "explan"\nhint: did you mean "explain"?\n')


def test_control_characters_of_messages_are_visible(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "svc/\x1b[31m\u202e", "--offline", "x"]) == 2
    assert "\\x1b[31m\\u202e" in capsys.readouterr().err


def test_a_closed_pipe_and_an_interrupt_are_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(argv: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "parse", interrupted)
    assert main(["explain"]) == 130
    assert capsys.readouterr() == ("", "")
    process = subprocess.run(
        f"{shlex.quote(sys.executable)} -m kubectl_netpol --help >&-; {shlex.quote(sys.executable)} -m kubectl_netpol --help | true",
        shell=True, capture_output=True, text=True)
    assert "BrokenPipe" not in process.stderr


def test_help_imports_neither_msgspec_nor_the_core() -> None:
    program = "import sys; from kubectl_netpol.__main__ import main; main(['explain', '--help']); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    modules = output.splitlines()[-1].split()
    assert "argparse" in modules
    assert not {"msgspec", "yaml", "typing", "kubectl_netpol.options", "kubectl_netpol.commands"} & set(modules)
