"""Does each finding show where the mistake is made, and stay silent beside it? Cases in tests/cases/findings, claims by hand."""
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_netpol.commands.explain.findings import reported
from kubectl_netpol.core.findings import FINDINGS, Severity, findings_of, is_at_least, newly_isolated
from kubectl_netpol.core.states import states_of
from kubectl_netpol.inputs.files import read
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import SENTENCES
from tests.program import ask, run

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases" / "findings"
EXAMPLES = CASES.parent / "documented-policies"
IDS = [finding.__name__.replace("_", "-") for finding in FINDINGS]
SHORT = {"NetworkPolicy": "netpol", "Service": "svc"}


def findings(folder: Path, *argv: str) -> list[dict[str, Any]]:
    return ask(["explain", "-A", "--offline", str(folder), *argv])["findings"]


def told(finding: dict[str, Any]) -> tuple[str, str, str]:
    kind = finding["object"]["kind"]
    return finding["severity"], f"{SHORT.get(kind, kind.lower())}/{finding['object']['name']}", finding["path"]


def case(slug: str) -> dict[str, Any]:
    return yaml.safe_load((CASES / slug / "claims.yaml").read_text(encoding="utf-8"))


def asked_as(slug: str) -> list[str]:
    """What its case must ask for beside the folder."""
    return case(slug).get("argv", [])


@pytest.mark.parametrize("slug", IDS)
def test_it_shows_all_that_is_claimed_and_no_more(slug: str) -> None:
    found = [each for each in findings(CASES / slug / "shows", *asked_as(slug)) if each["id"] == slug]
    wanted = case(slug)["shows"]
    assert sorted(map(told, found)) == sorted((each["severity"], each["object"], each["path"]) for each in wanted)
    for claim in wanted:
        finding = next(each for each in found if told(each) == (claim["severity"], claim["object"], claim["path"]))
        assert claim["contains"] in finding["message"]


@pytest.mark.parametrize("slug", IDS)
def test_it_is_silent_beside_the_mistake(slug: str) -> None:
    assert slug not in {each["id"] for each in findings(CASES / slug / "silent", *asked_as(slug))}


@pytest.mark.parametrize("slug", IDS)
def test_each_finding_says_where_it_stands_and_what_mends_it(slug: str) -> None:
    folder = CASES / slug / "shows"
    for each in findings(folder, *asked_as(slug)):
        assert each["fix"]["argv"] or each["fix"]["patch"]
        assert each["file"] == str(folder / "cluster.yaml")
        fields = [field for field in re.findall(r"[a-zA-Z/-]+", each["path"]) if field not in ("spec", "metadata")]
        line = (folder / "cluster.yaml").read_text(encoding="utf-8").splitlines()[each["line"] - 1]
        assert slug != each["id"] or any(field in line for field in fields) or line.lstrip().startswith(("- ", "spec:")), line


@pytest.mark.parametrize("target", ["svc/web", "netpol/blocks-http", "deploy/web", "svc"])
def test_a_finding_about_a_target_is_told_wherever_it_is(target: str) -> None:
    """The namespace of the context may be another one."""
    argv = ["explain", f"ns/shop:{target}", "-n", "dns", "--offline", str(CASES / "service-port-in-policy" / "shows")]
    assert "service-port-in-policy" in {each["id"] for each in ask(argv)["findings"]}


def test_every_case_and_every_section_is_of_a_finding() -> None:
    known = {*IDS, "newly-isolated"}
    assert {each.name for each in CASES.iterdir()} == set(IDS)
    sections = re.findall(r"^## (\S+)$", (ROOT / "docs" / "findings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(known)
    assert all(any(code.startswith(f"finding-{slug}") for code in SENTENCES) for slug in known)


# ---- the story, and the examples of the documentation


def test_the_story_has_one_error_and_its_end_has_no_finding() -> None:
    before = ROOT / "examples" / "gitlab" / "before"
    (error,) = findings(before)
    assert told(error) == ("error", "netpol/allow-from-all", "spec.ingress[0].ports[1]")
    assert error["id"] == "service-port-in-policy"
    assert error["fix"]["argv"] == ["kubectl", "netpol", "suggest", "netpol/allow-from-all", "-n", "gitlab", "--offline", str(before)]
    assert findings(ROOT / "examples" / "gitlab" / "after") == []


def test_the_documented_example_policies_have_no_error() -> None:
    assert [each for each in findings(EXAMPLES) if each["severity"] == "error"] == []


# ---- which are shown, and the exit status

SHOWS = CASES / "service-port-in-policy" / "shows"


@pytest.mark.parametrize("folder, fail_on, status", [
    (SHOWS, "error", 1), (SHOWS, "info", 1), (CASES / "selects-no-pod" / "shows", "error", 0),
    (CASES / "selects-no-pod" / "shows", "warning", 1),
    (CASES / "matches-without-label" / "silent", "info", 0)])
def test_findings_fail_only_when_asked(folder: Path, fail_on: str, status: int) -> None:
    assert run(["explain", "-A", "--offline", str(folder), "--fail-on", fail_on]).status == status
    assert run(["explain", "-A", "--offline", str(folder)]).status == 0


def test_findings_are_of_the_namespace_and_the_services_that_are_looked_at() -> None:
    def names(*argv: str) -> set[str]:
        return {each["object"]["name"] for each in ask(["explain", "--offline", str(SHOWS), *argv])["findings"]}

    assert names("-n", "dns") == set()
    assert "blocks-http" in names("-n", "shop")
    assert names("svc", "api", "web", "-n", "shop") >= {"declared-by-the-pod", "blocks-http"}
    assert "blocks-http" not in names("svc/api", "-n", "shop")


def test_findings_can_be_asked_for_alone_and_by_severity() -> None:
    whole = findings(SHOWS)
    alone = ask(["explain", "-A", "--offline", str(SHOWS), "--only", "findings"])
    assert (alone["kind"], alone["findings"]) == ("FindingList", whole)
    for least in ("error", "warning", "info"):
        kept = findings(SHOWS, "--severity", least)
        assert kept == [each for each in whole if is_at_least(Severity(each["severity"]), Severity(least))]
    assert 0 < len(findings(SHOWS, "--severity", "error")) < len(whole)
    of_one = ask(["explain", "netpol/blocks-http", "-n", "shop", "--offline", str(SHOWS), "--only", "findings"])
    assert {each["object"]["name"] for each in of_one["findings"]} == {"blocks-http"}


@pytest.mark.parametrize(("argv", "status", "out", "err"), [
    (["--only", "findings"], 0, "no findings", ""), (["--only", "findings", "--fail-on", "info"], 0, "no findings", ""),
    (["svc/gitlab:80", "--from", "anywhere", "--only", "findings"], 2, "", "have no findings"),
    (["--by", "workload", "--only", "findings"], 2, "", "have no findings"), (["--only", "faults"], 2, "", "--only"),
    (["--severity", "grave"], 2, "", "--severity")])
def test_what_has_no_findings_says_so(argv: list[str], status: int, out: str, err: str) -> None:
    ran = run(["explain", "-n", "gitlab", "--offline", str(ROOT / "examples" / "gitlab" / "after"), *argv])
    assert (ran.status, out in ran.stdout, err in ran.stderr) == (status, True, True), ran.stderr


def test_findings_of_other_severities_do_not_fail() -> None:
    """Only what is shown does."""
    argv = ["explain", "-A", "--offline", str(CASES / "selects-no-pod" / "shows"), "--fail-on", "warning"]
    assert [run([*argv, "--severity", least]).status for least in ("warning", "error")] == [1, 0]


def test_the_gravest_come_first_then_by_object() -> None:
    found = findings(SHOWS)
    order = [each.value for each in Severity]
    keys = [(order.index(each["severity"]), each["object"]["kind"], each["object"]["namespace"], each["object"]["name"], each["path"])
            for each in found]
    assert keys == sorted(keys)
    assert is_at_least(Severity.ERROR, Severity.WARNING) and not is_at_least(Severity.INFO, Severity.WARNING)


# ---- what only a change shows


def test_a_change_tells_the_pods_that_it_isolates_for_the_first_time() -> None:
    after = read([str(CASES / "only-one-side" / "shows")], None).snapshot
    before = type(after)(workloads=after.workloads)
    states = states_of((before, after))
    found = {each.object.name: each for each in newly_isolated(*states)}
    assert {name: (each.severity, each.variant, each.facts["workloads"]) for name, each in found.items()} == {
        "cache-in": (Severity.INFO, "ingress", "deploy/cache"), "db-in": (Severity.INFO, "ingress", "deploy/db"),
        "web-out": (Severity.INFO, "egress", "deploy/web")}
    assert all(each.message and each.fix.patch for each in reported(tuple(found.values()), Explain()))
    assert list(newly_isolated(states[1], states[1])) == []
    whole = findings_of(states[1], also=found.values())
    assert [each.id for each in whole].count("newly-isolated") == 3
