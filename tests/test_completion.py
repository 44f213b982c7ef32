"""Does the Tab key offer what may come next, and nothing that does not work?"""
import json
import os
import pty
import random
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubectl_netpol import cli
from kubectl_netpol.errors import NetpolError, NotYet
from kubectl_netpol.flags import said_of
from kubectl_netpol.options import CNIS
from tests.program import run
from tests.server.fake import Reply, fake

GITLAB = "--offline examples/gitlab/before"
FILES, NO_FILES, NO_SPACE = 0, 4, 2
TYPES = "svc/ pod/ deploy/ sts/ ds/ rs/ rc/ job/ cronjob/ netpol/ ns/"
SOURCES = "anywhere same-namespace cluster outside nodes ns/ svc/ pod/ deploy/ sts/ ds/ rs/ rc/ job/ cronjob/"
SERVICES = "gitlab postgresql redis"


class Offered(NamedTuple):
    said: dict[str, str]                                        # the candidates in order, each with its description
    directive: int

    @property
    def values(self) -> str:
        return " ".join(self.said)


def offered(line: str, **environment: str) -> Offered:
    """What follows the line; its last word is the one to complete, empty after a space."""
    ran = run(["__complete", *line.split(" ")], **environment)
    assert (ran.status, ran.stderr) == (0, "")
    return read(ran.stdout)


def read(stdout: str) -> Offered:
    *lines, last = stdout.splitlines()
    assert last.startswith(":") and stdout.endswith("\n")
    return Offered({value: said for value, _, said in (line.partition("\t") for line in lines)}, int(last[1:]))


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parent.parent)


@pytest.fixture
def two_namespaces(tmp_path: Path) -> str:
    """web and db in shop, web in blog; one port has no name, another number stands twice."""
    def service(namespace: str, name: str, *ports: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {"ports": ports}}

    containers = [{"name": "main", "ports": [{"name": "metrics", "containerPort": 9090}, {"containerPort": 53, "protocol": "UDP"}]}]
    template = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": containers}}
    selector = {"matchLabels": {"app": "api"}}
    items = [
        service("shop", "web", {"port": 80, "targetPort": "http"}),
        service("shop", "db", {"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53}),
        service("blog", "web", {"name": "http", "port": 80, "targetPort": 8080}),
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"},
         "spec": {"selector": selector, "template": template}},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "shop"},
         "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "shop"}, "spec": template["spec"]}]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return f"--offline {path}"


# ---- commands and flags


def test_commands_come_with_what_they_answer() -> None:
    assert offered("").values == "explain suggest diff version completion" == offered("help ").values
    assert offered("").said["diff"] == cli.HELP["diff"].splitlines()[0]
    assert offered("su").said == {"suggest": cli.HELP["suggest"].splitlines()[0]}
    assert offered("").directive == NO_FILES
    assert offered("-n shop ex").values == "explain"            # flags may stand before
    assert read(run(["__complete"]).stdout) == offered("")


@pytest.mark.parametrize("command", ["", *cli.ANY])
def test_flags_are_those_of_the_command_and_say_what_help_says(command: str) -> None:
    found = offered(f"{command} -".lstrip())
    of_command = {flag for flag, commands in cli._COMMANDS_OF.items() if command in commands or (not command and commands == cli.ANY)}
    assert {flag.partition("=")[0] for flag in found.said} == of_command
    assert found.directive == NO_FILES
    assert found.said["--namespace"] == found.said["-n"] == said_of("--namespace") != ""
    assert all(found.said.values())
    for flag in ("--offline", "--filename", "--delete", *(() if command in ("", "diff") else ("--from", "--to"))):
        assert found.said[flag] in cli.HELP[command or "explain"]


def test_a_flag_that_counts_once_is_offered_once() -> None:
    assert "--namespace" not in offered("explain -n shop -").said
    assert {"--offline", "--from"} <= offered("explain --offline x --from anywhere -").said.keys()
    assert "--keep" not in offered("suggest --keep --").said


def test_a_flag_may_mean_something_else_in_a_command() -> None:
    assert offered("explain --fr").said["--from"] != offered("suggest --fr").said["--from"] == offered("diff --fr").said["--from"]


@pytest.mark.parametrize(("line", "values", "directive"), [
    ("explain --of", "--offline", NO_FILES),
    ("explain --keep", "", NO_FILES),                           # of another command
    ("explain -- -", "", NO_FILES),                             # no flags any more
    ("frobnicate -", "", NO_FILES),
    ("explain -o ", "text wide json yaml name", NO_FILES),
    ("-o ", "text wide json yaml name", NO_FILES),
    ("explain -o j", "json", NO_FILES),
    ("explain -o=j", "json", NO_FILES),
    ("explain --output=", "text wide json yaml name", NO_FILES),
    ("explain --color ", "auto always never", NO_FILES),
    ("explain --by ", "service workload", NO_FILES),
    ("explain --fail-on ", "info warning error", NO_FILES),
    ("explain --cni ", " ".join(CNIS), NO_FILES), ("explain --cni ci", "cilium", NO_FILES),
    ("suggest --dry-run=", "none server", NO_FILES),
    ("suggest --dr", "--dry-run=server", NO_FILES),
    ("suggest --keep=", "true false", NO_FILES),
    ("explain -A=", "true false", NO_FILES),
    ("explain --token ", "", NO_FILES),
    ("explain --unknown=", "", NO_FILES),
    ("explain -f ", "", FILES),
    ("explain --filename=exam", "", FILES),
    ("explain --offline ", "", FILES),
    ("diff --to-offline ", "", FILES),
    ("explain --kubeconfig ", "", FILES),
    ("explain --certificate-authority ", "", FILES),
    ("explain --client-certificate ", "", FILES),
    ("explain --client-key ", "", FILES),
    ("completion ", "print", NO_FILES),
    ("completion print ", "", NO_FILES),
    ("version ", "", NO_FILES),
    ("help explain ", "", NO_FILES),
])
def test_flags_and_their_values(line: str, values: str, directive: int) -> None:
    found = offered(line)
    assert (found.values, found.directive) == (values, directive)


def test_names_of_the_kubeconfig(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(json.dumps({
        "contexts": [{"name": name, "context": {}} for name in ("prod", "arn:aws:eks:eu/x", "bad\x1b[31m")],
        "clusters": [{"name": "here", "cluster": {}}], "users": [{"name": "me", "user": {}}]}))
    assert offered("explain --context ", KUBECONFIG=str(config)).said == {"arn:aws:eks:eu/x": "", "prod": ""}
    assert offered(f"explain --kubeconfig {config} --context p", KUBECONFIG="/nowhere").values == "prod"
    assert offered("explain --cluster ", KUBECONFIG=str(config)).values == "here"
    assert offered("explain --user=", KUBECONFIG=str(config)).values == "me"
    assert offered("explain --context ", KUBECONFIG="/nowhere") == ({}, NO_FILES)


# ---- targets and sources


@pytest.mark.parametrize(("line", "values", "directive"), [
    ("explain ", f"{TYPES} from", NO_FILES + NO_SPACE),
    ("explain d", "deploy/ ds/", NO_FILES + NO_SPACE),
    ("explain serv", "service/ services/", NO_FILES + NO_SPACE),
    ("explain fr", "from", NO_FILES),
    ("explain svc/", "svc/gitlab svc/postgresql svc/redis", NO_FILES),
    ("explain svc/git", "svc/gitlab", NO_FILES),
    ("explain service/git", "service/gitlab", NO_FILES),
    ("explain SVC/git", "SVC/gitlab", NO_FILES),
    ("explain svc/gitlab svc/r", "svc/redis", NO_FILES),
    ("explain netpol/allow-f", "netpol/allow-from-all", NO_FILES),
    ("explain ns/", "ns/gitlab", NO_FILES),
    ("explain ns/gitlab:", "ns/gitlab:svc/ ns/gitlab:pod/ ns/gitlab:deploy/ ns/gitlab:sts/ ns/gitlab:ds/ ns/gitlab:rs/ ns/gitlab:rc/ "
                           "ns/gitlab:job/ ns/gitlab:cronjob/ ns/gitlab:netpol/ ns/gitlab:ns/", NO_FILES + NO_SPACE),
    ("explain ns/gitlab:svc/r", "ns/gitlab:svc/redis", NO_FILES),
    ("explain ns/other:svc/r", "", NO_FILES),
    ("explain unknown/", "", NO_FILES),
    ("explain svc/gitlab:", "svc/gitlab:http svc/gitlab:ssh", NO_FILES),
    ("explain svc/gitlab:s", "svc/gitlab:ssh", NO_FILES),
    ("explain svc/gitlab:1", "svc/gitlab:10022", NO_FILES),
    ("explain svc/gitlab:ssh,", "svc/gitlab:ssh,http svc/gitlab:ssh,ssh", NO_FILES),
    ("explain svc/redis:", "svc/redis:6379", NO_FILES),
    ("explain svc/nothing:", "", NO_FILES),
    ("explain netpol/allow-from-all:", "", NO_FILES),
    ("explain ns/gitlab:svc/gitlab:s", "ns/gitlab:svc/gitlab:ssh", NO_FILES),
    ("explain svc/gitlab.", "svc/gitlab.gitlab", NO_FILES),
    ("explain svc/gitlab.gitlab:s", "svc/gitlab.gitlab:ssh", NO_FILES),
    ("explain --from ", SOURCES, NO_FILES + NO_SPACE),
    ("explain --from=a", "anywhere", NO_FILES),
    ("explain --from svc/g", "svc/gitlab", NO_FILES),
    ("explain --from svc/gitlab:", "", NO_FILES),               # a source has no ports
    ("explain svc/redis --to svc/g", "svc/gitlab", NO_FILES),
    ("explain svc/redis --to svc/gitlab:s", "svc/gitlab:ssh", NO_FILES),
    ("explain svc/redis --to o", "outside", NO_FILES),
    ("diff --delete ", "netpol/", NO_FILES + NO_SPACE),
    ("diff --delete netpol/allow-r", "netpol/allow-redis-within-same-namespace", NO_FILES),
    ("diff --delete svc/", "", NO_FILES),
    ("suggest svc/gitlab --allow ", "http ssh", NO_FILES),
    ("suggest svc/gitlab --allow=s", "ssh", NO_FILES),
    ("suggest svc gitlab --allow http,s", "http,ssh", NO_FILES),
    ("suggest --allow ", "80 10022 5432 6379", NO_FILES),       # no Service is named yet
    ("explain -n ", "gitlab", NO_FILES),
    ("explain --namespace=g", "gitlab", NO_FILES),
    ("explain -n other svc/", "", NO_FILES),
    ("explain -n gitlab svc/r", "svc/redis", NO_FILES),
    ("explain -nother svc/r", "", NO_FILES),
    ("explain --offline - svc/r", "svc/redis", NO_FILES),       # stdin is not read
])
def test_targets_and_sources(line: str, values: str, directive: int) -> None:
    found = offered(line.replace(" ", f" {GITLAB} ", 1))
    assert (found.values, found.directive) == (values, directive)


def test_ports_tell_where_they_lead(two_namespaces: str) -> None:
    assert offered(f"explain {GITLAB} svc/gitlab:").said == {"svc/gitlab:http": "80/TCP → 80", "svc/gitlab:ssh": "10022/TCP → 22"}
    assert offered(f"explain {two_namespaces} -n shop svc/web:").said == {"svc/web:80": "80/TCP → http"}
    assert offered(f"explain {two_namespaces} svc/db:5").said == {"svc/db:53/UDP": "53/UDP → 53", "svc/db:53/TCP": "53/TCP → 53"}
    assert offered(f"suggest {GITLAB} --allow ").said["10022"] == "svc/gitlab:ssh"
    assert offered(f"suggest {two_namespaces} allow 8").said == {"80": "svc/web, svc/web:http"}


@pytest.mark.parametrize("target", ["deploy/api", "cronjob/nightly", "pod/one"])
def test_ports_of_workloads_are_those_of_their_pods(two_namespaces: str, target: str) -> None:
    assert offered(f"explain {two_namespaces} {target}:").said == {f"{target}:metrics": "9090/TCP", f"{target}:53": "53/UDP"}


def test_a_name_in_several_namespaces(two_namespaces: str) -> None:
    assert offered(f"explain {two_namespaces} svc/").values == "svc/web.blog svc/db svc/web.shop"
    assert offered(f"explain {two_namespaces} -A svc/").values == "svc/web.blog svc/db svc/web.shop"
    assert offered(f"explain {two_namespaces} -n shop svc/").values == "svc/db svc/web"
    assert offered(f"explain {two_namespaces} svc/web.").values == "svc/web.blog svc/web.shop"
    assert offered(f"explain {two_namespaces} svc/web.blog:").values == "svc/web.blog:http"
    assert offered(f"explain {two_namespaces} ns/shop:svc/web:").values == "ns/shop:svc/web:80"


@pytest.mark.parametrize("line", ["ns/blog:svc/web --from ", "svc web in blog from ", "svc/web.blog --to ", "svc/web.blog to "])
def test_sources_are_in_the_namespace_of_the_target(two_namespaces: str, line: str) -> None:
    assert offered(f"explain {two_namespaces} {line}svc/").values == "svc/web"
    assert offered(f"explain {two_namespaces} {line}ns/shop:svc/").values == "ns/shop:svc/db ns/shop:svc/web"


def test_what_is_overlaid_has_names_too(tmp_path: Path) -> None:
    overlay = tmp_path / "new.yaml"
    overlay.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: new}\nspec: {ports: [{port: 1}]}\n")
    assert offered(f"explain -n gitlab {GITLAB} -f {overlay} svc/").values == "svc/gitlab svc/new svc/postgresql svc/redis"
    assert offered(f"explain -n gitlab {GITLAB} -f {overlay} svc/new:").values == "svc/new:1"


# ---- words


def test_a_name_may_begin_as_a_word_does(tmp_path: Path) -> None:
    files = tmp_path / "inbox.yaml"
    files.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: inbox, namespace: mail}\nspec: {ports: [{port: 25}]}\n")
    assert offered(f"explain --offline {files} svc in").values == "inbox in"


@pytest.mark.parametrize(("line", "values"), [
    ("explain svc ", f"{SERVICES} in from to"),
    ("explain svc gitlab ", f"{SERVICES} in from to"),
    ("explain svc gitlab:", "gitlab:http gitlab:ssh"),
    ("explain svc/gitlab ", f"{TYPES} in from to"),
    ("explain ns/gitlab ", f"{TYPES} from to"),                 # a namespace is in no namespace
    ("explain svc gitlab i", "in"),
    ("explain svc gitlab in ", "gitlab"),
    ("explain svc gitlab in gitlab ", "from to"),
    ("explain svc gitlab from ", SOURCES),
    ("explain svc gitlab from svc ", SERVICES),
    ("explain svc gitlab from svc redis ", "in and"),
    ("explain svc gitlab from svc redis in ", "gitlab"),
    ("explain svc gitlab from svc redis in gitlab ", "and"),
    ("explain svc gitlab from anywhere ", "and"),
    ("explain svc gitlab from anywhere and ", SOURCES),
    ("explain from ", SOURCES),
    ("explain from svc redis ", "in and to"),
    ("explain from svc redis to ", SOURCES),
    ("explain from svc redis to svc/gitlab:", "svc/gitlab:http svc/gitlab:ssh"),
    ("explain from anywhere to ", TYPES),                       # it has no egress: whom it reaches is the target
    ("suggest ", f"{TYPES} allow"),
    ("suggest svc gitlab ", f"{SERVICES} in allow"),
    ("suggest svc/gitlab:ssh ", f"{TYPES} in allow from to"),
    ("suggest allow ", "80 10022 5432 6379"),
    ("suggest svc/gitlab allow ", "http ssh"),
    ("suggest svc gitlab allow ", "http ssh"),
    ("suggest allow 80 ", "and on from"),
    ("suggest svc/gitlab allow 80 ", "and from to"),
    ("suggest svc/gitlab allow http and s", "ssh"),
    ("suggest allow 80 on ", TYPES),
    ("suggest allow 80 on svc ", SERVICES),
    ("suggest allow 80 on svc gitlab ", "in and from to"),
    ("suggest allow 80 on svc gitlab from ", SOURCES),
    ("suggest allow 80 on svc gitlab from anywhere and ", f"{SOURCES} allow"),
    ("suggest allow 80 on svc gitlab from anywhere and allow ", "http ssh"),
    ("suggest allow 80 from svc redis ", "in and on to"),
    ("suggest allow from ", SOURCES),
    ("suggest allow from svc/redis to svc/gitlab:s", "svc/gitlab:ssh"),
    ("suggest svc/gitlab allow on ", "and from to"),            # a port may be called on
    ("suggest allow 80 from anywhere on svc/gitlab ", "in and"),
    ("diff allow 80 on svc gitlab from anywhere ", "and"),
    ("explain nonsense ", f"{TYPES} from to"),
])
def test_words(line: str, values: str) -> None:
    assert offered(line.replace(" ", f" {GITLAB} ", 1)).values == values


OPEN = (*cli.ANY, "allow", "on", "from", "to", "in", "and")     # something must follow
LACKING = ("has no --from", "there is no target", "nothing to compare")


def test_every_word_that_is_offered_is_understood() -> None:
    """Walks from candidate to candidate: what results is whole, or lacks something at its end."""
    chance, lengths = random.Random(1), []
    for _ in range(30):
        words = [chance.choice(cli.ANY), *GITLAB.split()]
        for _ in range(chance.randint(1, 9)):
            words += _one_of("", words, chance)[:1]
        lengths.append(len(words))
        _understood(words)
    assert sum(lengths) > 6 * len(lengths), "most walks lead somewhere"


def _one_of(typed: str, words: list[str], chance: random.Random) -> list[str]:
    """Types are followed to a name; those without any are no way."""
    found = list(offered(" ".join([*words, typed])).said)
    ways = ([each] if not each.endswith("/") else _one_of(each, words, chance) for each in chance.sample(found, len(found)))
    return next((way for way in ways if way), [])


def _understood(words: list[str]) -> None:
    try:
        cli.parse(words)
    except NetpolError as error:
        assert words[-1] in OPEN or any(each in error.message for each in LACKING), (words, error.message)


# ---- silence


@pytest.mark.parametrize("line", [
    "explain --offline /nowhere svc/", "explain --offline README.md svc/", "explain --offline - svc/", "explain --offline - -n ",
    f"explain {GITLAB} --context x svc/", f"explain {GITLAB} -n BAD svc/", f"explain {GITLAB} svc/BAD:",
    "explain --kubeconfig /nowhere svc/", "explain --kubeconfig README.md svc/", "explain --context nowhere svc/",
    "explain -s http://127.0.0.1:1 --token x svc/", "explain --request-timeout=soon svc/", "frobnicate svc/"])
def test_what_is_wrong_is_silent(line: str) -> None:
    assert offered(line, KUBECONFIG="/nowhere") == ({}, NO_FILES)


def test_the_terminal_is_given_back() -> None:
    before = [os.fstat(stream) for stream in (0, 2)]
    assert offered(f"explain {GITLAB} svc/").said
    assert [os.fstat(stream) for stream in (0, 2)] == before


def as_process(*words: str, stdin: int = subprocess.DEVNULL, **environment: str) -> tuple[Offered, float]:
    """As the shell runs it: the answer, and the seconds that it took."""
    start = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "kubectl_netpol", "__complete", *words], env={**os.environ, **environment}, capture_output=True,
        text=True, stdin=stdin)
    assert (ran.returncode, ran.stderr) == (0, "")
    return read(ran.stdout), time.monotonic() - start


@pytest.mark.parametrize(("timeout", "asked"), [((), "timeout=2s"), (("--request-timeout", "60s"), "timeout=60s")])
def test_a_server_that_hangs_is_given_up(timeout: tuple[str, ...], asked: str) -> None:
    with fake(Reply(wait=30), certificate=None) as server:
        found, seconds = as_process("explain", "--server", server.url, "--token", "x", *timeout, "svc/")
        assert found == ({}, NO_FILES)
        assert server.seen[0].path.startswith("/api/v1/namespaces/default/services?") and asked in server.seen[0].path
        assert 2 <= seconds < 10


@pytest.mark.parametrize(("body", "status"), [(b'{"kind": "Status", "message": "no"}', 403), (b"<html>", 200), (b"{}", 200), (b"[]", 200)])
def test_an_answer_that_is_no_list_is_silent(body: bytes, status: int) -> None:
    with fake(Reply(status, body), certificate=None) as server:
        for word in ("svc/", "svc/x:"):
            assert offered(f"explain --server {server.url} --token x {word}", KUBECONFIG="/nowhere") == ({}, NO_FILES)
        assert len(server.seen) == 2


@pytest.mark.parametrize("script", ["exit 1", "sleep 30"])
def test_a_program_that_logs_in_is_not_heard_and_not_waited_for(tmp_path: Path, script: str) -> None:
    """It would take from the terminal what somebody types at the prompt."""
    plugin, config, told = tmp_path / "log-in", tmp_path / "config", tmp_path / "told"
    plugin.write_text(f'#!/bin/sh\necho trouble >&2\n[ -t 0 ] && echo terminal > {told} || echo nothing > {told}\n{script}\n')
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    config.write_text(json.dumps({
        "current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "x", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "IfAvailable"}}}]}))
    terminal, other_end = pty.openpty()
    try:
        found, seconds = as_process("explain", "svc/", stdin=other_end, KUBECONFIG=str(config))
    finally:
        os.close(terminal)
        os.close(other_end)
    assert found == ({}, NO_FILES)
    assert told.read_text() == "nothing\n"
    assert seconds < 10


# ---- time


@pytest.mark.parametrize("words", [("",), ("explain", "-"), ("suggest", "--al"), ("help", ""), ("explain", "-n", "x", "--")])
def test_commands_and_flags_import_neither_the_core_nor_the_server(words: tuple[str, ...]) -> None:
    """nor msgspec, which takes a third of that time."""
    program = f"import sys; from kubectl_netpol.__main__ import main; main(['__complete', *{words!r}]); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    modules = output.splitlines()[-1].split()
    assert "kubectl_netpol.completion" in modules
    heavy = ("msgspec", "yaml", "kubernetes", "kubectl_netpol.core", "kubectl_netpol.options", "kubectl_netpol.server", "urllib3")
    assert [each for each in modules if each.startswith(heavy)] == []


def test_names_of_files_need_no_server() -> None:
    program = f"import sys; from kubectl_netpol.__main__ import main; main('__complete explain {GITLAB} svc/'.split()); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "svc/gitlab\n" in output
    assert not {"urllib3", "kubectl_netpol.server.connection"} & set(output.splitlines()[-1].split())


# ---- setting it up


def test_how_to_set_it_up_is_told() -> None:
    text = cli.parse(["completion"])
    assert isinstance(text, str)
    assert text == cli.parse(["completion", "--help"]) == cli.parse(["help", "completion"])
    assert "kubectl netpol completion print > ~/.local/bin/kubectl_complete-netpol" in text
    assert len(text.splitlines()) <= 40 and max(map(len, text.splitlines())) <= 82
    assert cli.parse(["completion", "print"]) == '#!/bin/sh\nexec kubectl-netpol __complete "$@"\n'


def test_it_is_not_installed_yet() -> None:
    with pytest.raises(NotYet, match="completion install is not possible yet"):
        cli.parse(["completion", "install"])
    with pytest.raises(NetpolError, match="not of completion"):
        cli.parse(["completion", "--keep"])
