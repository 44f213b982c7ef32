"""Is diff on a cluster what kubectl diff is, and more? The real one is run beside it, on the same files."""
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.bed.bed import Bed, Ran
from tests.schemas import hold

NewNamespace = Callable[..., str]

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: nothing}]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
  - {name: ssh, port: 10022, targetPort: 22}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - ports: [{port: 80}, {port: 10022}]
"""
MENDED = POLICY.replace("10022", "22")
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: secret}\nstringData: {password: %s}\n"
EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]


def together(*documents: str) -> str:
    return "---\n".join(documents)


def netpol(bed: Bed, namespace: str, *words: str, input: str | None = None, **more: Any) -> Ran:
    return bed.netpol("diff", *words, namespace=namespace, input=input, **more)


def report(bed: Bed, namespace: str, *words: str, **more: Any) -> dict[str, Any]:
    ran = netpol(bed, namespace, *words, "-o", "json", **more)
    assert ran.returncode in (0, 1), ran.stderr
    hold(ran.stdout)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def plain(bed: Bed, namespace: str, *words: str, user: str = "admin", input: str | None = None) -> Ran:
    """kubectl itself, in the same namespace of the same kubeconfig."""
    return bed.run_kubectl("diff", *words, "--kubeconfig", bed.kubeconfig(user, namespace), input=input, check=False)


MADE_UP = re.compile(r"^(.)( *(?:uid|creationTimestamp|clusterIP|nodePort|resourceVersion): ).*|^(.)(  - )\d+\.\d+\.\d+\.\d+$")


def lines(text: str) -> list[str]:
    """Without the names of folders and time stamps, and what a dry run makes up anew each time."""
    text = re.sub(r"(?:/\S*/)?(LIVE|MERGED)-?\d*/", r"\1/", text)
    text = re.sub(r"^((?:---|\+\+\+) \S+)\t.*", r"\1", text, flags=re.MULTILINE)
    return [MADE_UP.sub(r"\1\2\3\4…", line) for line in text.splitlines()]


def same_as_kubectl(bed: Bed, namespace: str, *words: str, input: str | None = None) -> str:
    """The text, which begins as that of kubectl diff; both exit alike."""
    theirs, ours = plain(bed, namespace, *words, input=input), netpol(bed, namespace, *words, input=input)
    assert theirs.returncode in (0, 1), theirs.stderr
    assert ours.returncode == theirs.returncode, ours.stderr
    expected = lines(theirs.stdout)
    assert lines(ours.stdout)[:len(expected)] == expected
    assert not any(line.startswith(("@@", "+++")) for line in lines(ours.stdout)[len(expected):])
    return ours.stdout


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def write(text: str, name: str = "manifest.yaml") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


# ---- the same hunks


def test_new_objects_are_shown_as_kubectl_shows_them(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    text = same_as_kubectl(bed, namespace, "-f", file(together(SERVICE, POLICY, WEB, SETTINGS, SECRET % "x")))
    assert text.count("--- LIVE/") == 5


def test_changed_objects_are_shown_as_kubectl_shows_them(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, POLICY, WEB, SETTINGS), namespace)
    bed.start_pods(namespace, 1)                                # controllers write meanwhile
    bed.wait_for("web to be available", lambda: "1/1" in bed.run_kubectl("get", "deploy", "web", "-n", namespace).stdout)
    changed = together(SERVICE.replace("app: web}\n  ports", "app: api}\n  ports"), MENDED, WEB.replace("nothing", "new"), SETTINGS)
    text = same_as_kubectl(bed, namespace, "-f", file(changed))
    assert text.count("--- LIVE/") == 3
    assert all(f"-{gone}\n+{new}\n" in text for gone, new in (
        ("    - port: 10022", "    - port: 22"), ("    app: web", "    app: api"), ("      - image: nothing", "      - image: new")))


def test_unchanged_objects_are_no_difference(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, POLICY, WEB, SETTINGS), namespace)
    bed.start_pods(namespace, 1)
    text = same_as_kubectl(bed, namespace, "-f", file(together(SERVICE, POLICY, WEB, SETTINGS)))
    assert text == "no difference\n"


def test_a_renumbered_service_port_is_no_second_one(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, MENDED, WEB), namespace)
    bed.start_pods(namespace, 1)
    path = file(SERVICE.replace("10022", "2222"))
    assert "+    port: 2222" in same_as_kubectl(bed, namespace, "-f", path)
    found = report(bed, namespace, "-f", path)
    assert {(each["change"], each["port"]["port"]) for each in found["services"]} == {("changed", 2222), ("changed", 10022)}


def edited(bed: Bed, namespace: str, *words: str) -> None:
    patch = '[{"op": "add", "path": "/spec/ingress/-", "value": {"from": [{"podSelector": {}}]}}]'
    bed.run_kubectl("patch", "netpol", "web", "-n", namespace, "--type=json", "-p", patch, *words)


@pytest.mark.parametrize("last", ["apply", "create", "edit", "other manager", "server-side"])
def test_whoever_wrote_a_policy_last(bed: Bed, namespace: str, file: Callable[..., str], last: str) -> None:
    match last:
        case "create": bed.run_kubectl("create", "-n", namespace, "-f", "-", input=POLICY)
        case "server-side": bed.run_kubectl("apply", "--server-side", "-n", namespace, "-f", "-", input=POLICY)
        case _: bed.apply(POLICY, namespace)
    if last in ("edit", "other manager"):
        edited(bed, namespace, *(("--field-manager", "robot") if last == "other manager" else ()))
    text = same_as_kubectl(bed, namespace, "-f", file(MENDED))
    assert "+    - port: 22" in text or "+      port: 22" in text
    assert ("-    - podSelector: {}" in text) == (last in ("edit", "other manager"))


@pytest.mark.parametrize("text", [
    together(POLICY, SETTINGS), "apiVersion: v1\nkind: List\nitems:\n" + "".join(f"- {json.dumps(each)}\n" for each in (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}} for name in "ab"))])
def test_stdin_is_read_once_and_handed_on(bed: Bed, namespace: str, text: str) -> None:
    assert same_as_kubectl(bed, namespace, "-f", "-", input=text).count("--- LIVE/") == 2


def test_folders_are_those_of_kubectl(bed: Bed, namespace: str, file: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    for name in ("a.yaml", "b.txt", "below/c.yaml"):
        file(SETTINGS.replace("settings", f"{name.replace('/', '-')}"), f"folder/{name}")
    assert same_as_kubectl(bed, namespace, "-f", str(tmp_path / "folder"), "-f", file(POLICY)).count("--- LIVE/") == 2


# ---- and connectivity


def test_a_policy_that_names_the_service_port_is_mended(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, POLICY, WEB), namespace)
    bed.start_pods(namespace, 1)
    ran = netpol(bed, namespace, "-f", file(MENDED))
    assert ran.returncode == 1
    assert re.search(r"^\+  svc/web  ssh 10022  anywhere +denied +allowed$", ran.stdout, re.MULTILINE)
    assert "stays allowed: svc/web http 80 from anywhere" in ran.stdout
    assert "findings that go: 1" in ran.stdout


def test_pods_stay_where_only_their_number_changes(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    """Their addresses are known, those of new ones would not be."""
    bed.apply(together(SERVICE, WEB, POLICY.replace("- ports", "- from: [{ipBlock: {cidr: 10.0.0.0/8}}]\n    ports")), namespace)
    bed.start_pods(namespace, 1)
    found = report(bed, namespace, "-f", file(WEB.replace("replicas: 1", "replicas: 3")))
    assert [each["change"] for each in found["manifests"]] == ["changed"]
    assert found["services"] == found["isolated"] == []


def test_what_a_policy_isolates_is_told(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, WEB), namespace)
    bed.start_pods(namespace, 1)
    found = report(bed, namespace, "-f", file(MENDED))
    assert [(each["workload"]["name"], each["direction"]) for each in found["isolated"]] == [("web", "ingress")]
    assert [(each["change"], each["object"]["name"]) for each in found["manifests"]] == [("added", "web")]


def test_findings_see_the_file_and_not_the_defaults_of_the_server(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, WEB), namespace)
    path = file(POLICY.partition("  ingress")[0] + "  egress:\n  - to: []\n")
    found = {each["id"]: each for each in report(bed, namespace, "-f", path)["findings"]["new"]}
    assert {"isolates-ingress-too", "empty-list-admits-all"} <= set(found)
    assert (found["isolates-ingress-too"]["file"], found["empty-list-admits-all"]["line"]) == (path, 7)


def test_other_kinds_are_shown_and_said_to_change_no_connection(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    ran = netpol(bed, namespace, "-f", file(SETTINGS))
    assert ran.returncode == 1
    assert "+  a: b" in ran.stdout
    assert "note: configmap/settings: no connection changes by this" in ran.stdout
    assert report(bed, namespace, "-f", file(SETTINGS))["notes"] == ["configmap/settings: no connection changes by this"]


def test_a_policy_may_be_deleted_beside(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, WEB, POLICY), namespace)
    bed.start_pods(namespace, 1)
    found = report(bed, namespace, "-f", file(SETTINGS), "--delete", "netpol/web")
    assert [(each["change"], each["object"]["kind"]) for each in found["manifests"]] == [
        ("added", "ConfigMap"), ("removed", "NetworkPolicy")]
    assert {each["after"] for each in found["services"]} == {"allowed"}


# ---- the user's own differ


def test_an_own_differ_shows_the_manifests(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, WEB, POLICY), namespace)
    path, env = file(MENDED), {"KUBECTL_EXTERNAL_DIFF": "diff -y --width=60 x/y"}
    ran = netpol(bed, namespace, "-f", path, env=env)
    assert ran.returncode == 1
    assert re.search(r"^ +- port: 10022 +\| +- port: 22$", ran.stdout, re.MULTILINE)
    assert "@@" not in ran.stdout
    found = report(bed, namespace, "-f", path, env=env)
    assert lines(found["manifests"][0]["diff"]) == lines(plain(bed, namespace, "-f", path).stdout)
    assert re.search(r"- port: 10022\s+\|\s+- port: 22\n", found["externalDiff"]["text"])
    assert "externalDiff" not in report(bed, namespace, "-f", path)


def test_secrets_are_masked(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(SECRET % "hunter2", namespace)
    text = same_as_kubectl(bed, namespace, "-f", file(SECRET % "hunter3"))
    assert "-  password: '*** (before)'\n+  password: '*** (after)'" in text
    assert "aHVudGVy" not in text                               # hunter, in base64


# ---- what is refused


def refused(bed: Bed, namespace: str, path: str, *words: str, **more: Any) -> str:
    """kubectl's words, which are ours too."""
    theirs, ours = plain(bed, namespace, "-f", path, *words), netpol(bed, namespace, "-f", path, *words, **more)
    assert theirs.returncode > 1 and ours.returncode == 2
    assert ours.stdout == ""
    said = theirs.stderr.strip().removeprefix("error: ").replace("\n", "\n  ")
    assert ours.stderr.startswith(f"error: {said}\nhint: "), ours.stderr
    return said


def test_the_server_refuses_in_its_own_words(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    assert "must be between 1 and 65535" in refused(bed, namespace, file(POLICY.replace("10022", "99999")))


def test_a_port_that_nobody_knows_to_be_applied_is_a_second_one(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.run_kubectl("create", "-n", namespace, "-f", "-", input=SERVICE)
    assert 'Duplicate value: "ssh"' in refused(bed, namespace, file(SERVICE.replace("10022", "2222")))


@pytest.mark.parametrize("text, words", [
    (POLICY.replace("name: web", "generateName: web-", 1), "resource name may not be empty"),
    ("apiVersion: nothing.example/v1\nkind: Foo\nmetadata: {name: a}\n", 'no matches for kind "Foo"'),
    ("a: b\n", "Object 'Kind' is missing"),
    (SETTINGS.replace("name:", "namespace: elsewhere, name:"), 'namespaces "elsewhere" not found'),
])
def test_what_kubectl_refuses_is_refused(bed: Bed, namespace: str, file: Callable[..., str], text: str, words: str) -> None:
    assert words in refused(bed, namespace, file(text))


def test_a_namespace_that_is_named_is_enforced(bed: Bed, namespace: str, new_namespace: NewNamespace, file: Callable[..., str]) -> None:
    path = file(SETTINGS.replace("name:", f"namespace: {namespace}, name:"))
    assert "does not match the namespace" in refused(bed, namespace, path, "-n", new_namespace())
    assert netpol(bed, new_namespace(), "-f", path).returncode == 1      # that of the context is not


def test_unknown_fields_are_told(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    """Of a policy as an error, since apply refuses it; kubectl diff itself only warns."""
    ran = netpol(bed, namespace, "-f", file(POLICY.replace("podSelector", "podselector")))
    assert ran.returncode == 2
    assert "spec.podselector: unknown field" in ran.stderr and 'did you mean "podSelector"?' in ran.stderr


def test_no_file_is_told(bed: Bed, namespace: str, tmp_path: Path) -> None:
    assert "does not exist" in refused(bed, namespace, str(tmp_path / "none.yaml"))


def test_a_server_that_is_not_there_is_told_as_everywhere(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    words = ("--server", "https://127.0.0.1:1")
    assert netpol(bed, namespace, "-f", file(POLICY), *words).stderr == bed.netpol("explain", *words, namespace=namespace).stderr


def test_a_conflict_is_told_and_may_be_forced(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.run_kubectl("apply", "--server-side", "--field-manager", "robot", "-n", namespace, "-f", "-", input=POLICY)
    path, words = file(MENDED), ("--server-side", "--field-manager", "me")
    ran = netpol(bed, namespace, "-f", path, *words)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == f"error: {plain(bed, namespace, '-f', path, *words).stderr.splitlines()[-1]}"
    assert 'conflict with "robot"' in ran.stderr and "hint: --force-conflicts takes the fields over" in ran.stderr
    assert "+    - port: 22" in same_as_kubectl(bed, namespace, "-f", path, *words, "--force-conflicts")
    assert same_as_kubectl(bed, namespace, "-f", path, "--server-side", "--field-manager", "robot").count("@@ -") > 0


# ---- what the server cannot be asked


MADE_BY_SERVER = r"\+ +(?:uid|creationTimestamp|generation|clusterIPs?|ipFamil\w+):|\+  - (?:…|IPv[46])$|\+status: \{\}$"


@pytest.mark.parametrize("as_default", [False, True])
def test_what_stands_in_a_new_namespace_is_merged_here(bed: Bed, namespace: str, file: Callable[..., str], as_default: bool) -> None:
    """And it is what the server makes of it, once there is the namespace."""
    new = f"{namespace}-new"
    head = "" if as_default else f"namespace: {new}, "
    own = together(*(each.replace("{name: web}", f"{{{head}name: web}}", 1) for each in (POLICY, SERVICE, WEB)))
    text = together(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {new}, labels: {{team: a}}}}\n", own)
    more = "" if as_default else together("", SETTINGS)
    words = ("-n", new) if as_default else ()
    assert plain(bed, namespace, "-f", file(text + more), *words).returncode > 1
    found = report(bed, namespace, "-f", file(text + more), *words)
    assert (f"merged here, not by the API server: what stands in namespaces that are created with it ({new})") in found["notes"]
    ours = {each["object"]["kind"]: lines(each["diff"]) for each in found["manifests"]}
    assert set(ours) == {"Namespace", "NetworkPolicy", "Service", "Deployment", *(() if as_default else ("ConfigMap",))}
    assert {(each["service"]["namespace"], each["port"]["name"], each["after"]) for each in found["services"]} == {
        (new, "http", "allowed"), (new, "ssh", "denied")}
    bed.run_kubectl("create", "ns", new)
    try:
        theirs = "\n".join(lines(plain(bed, namespace, "-f", file(own), *words).stdout))
    finally:
        bed.run_kubectl("delete", "ns", new, "--wait=false")
    for part in ("NetworkPolicy", "Service", "Deployment"):
        told = theirs.partition(f".{part}.{new}.web MERGED/")[2].partition("\ndiff -u")[0].splitlines()[3:]
        known = [line for line in told if not re.match(MADE_BY_SERVER, line)]
        assert ours[part][4:] == known[1:], part


def test_a_new_namespace_may_hold_one_more(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    names = [f"{namespace}-one", f"{namespace}-two"]
    text = together(*(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in names),
                    *(SETTINGS.replace("name:", f"namespace: {name}, name:") for name in names))
    found = report(bed, namespace, "-f", file(text))
    assert len(found["manifests"]) == 4
    assert found["notes"][0].endswith(f"({', '.join(names)})")


def test_an_own_differ_shows_what_is_merged_here_too(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    new = f"{namespace}-new"
    path = file(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {new}}}\n---\n{SETTINGS}")
    shown = netpol(bed, namespace, "-f", path, "-n", new, env={"KUBECTL_EXTERNAL_DIFF": "diff -y"}).stdout
    assert re.search(rf"> +name: {new}$", shown, re.MULTILINE) and re.search(r"> +name: settings$", shown, re.MULTILINE)
    assert "@@" not in shown


def reader(bed: Bed, namespace: str) -> str:
    user = bed.new_user()
    bed.grant(user, None, EVERYTHING)
    return user


def test_without_the_right_to_dry_run_it_is_merged_here(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    bed.apply(together(SERVICE, WEB, POLICY), namespace)
    bed.start_pods(namespace, 1)
    path, user = file(together(MENDED, SERVICE.replace("80}", "8080}"), SETTINGS)), reader(bed, namespace)
    as_server, as_reader = report(bed, namespace, "-f", path), report(bed, namespace, "-f", path, user=user)
    assert any("merged here, not by the API server" in note and "cannot patch resource" in note for note in as_reader["notes"])
    assert not any("merged here" in note for note in as_server["notes"])
    assert as_reader["services"] == as_server["services"] != []
    for ours, theirs in zip(as_reader["manifests"], as_server["manifests"], strict=True):
        changed = [[line for line in lines(each["diff"]) if line[:1] in "+-" and "generation" not in line and "…" not in line]
                   for each in (ours, theirs)]
        assert changed[0] == changed[1]


def test_what_may_not_be_read_is_left_out(bed: Bed, namespace: str, file: Callable[..., str]) -> None:
    user = bed.new_user()
    bed.grant(user, namespace, [{"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list"]}])
    found = report(bed, namespace, "-f", file(together(POLICY, SETTINGS)), user=user)
    assert [each["object"]["kind"] for each in found["manifests"]] == ["NetworkPolicy"]
    assert any("configmap/settings is left out of the difference" in note and "cannot get" in note for note in found["notes"])
    ran = netpol(bed, namespace, "-f", file(SETTINGS), user=user)
    assert ran.returncode == 2 and 'cannot get resource "configmaps"' in ran.stderr


def test_without_kubectl_it_is_merged_here(bed: Bed, namespace: str, file: Callable[..., str], tmp_path: Path) -> None:
    bed.apply(together(SERVICE, WEB, POLICY), namespace)
    path, bare = file(together(MENDED, SETTINGS)), {"PATH": str(tmp_path)}
    found = report(bed, namespace, "-f", path, env=bare)
    assert "merged here, not by the API server: there is no kubectl on PATH" in found["notes"]
    assert [(each["change"], each["object"]["kind"]) for each in found["manifests"]] == [
        ("changed", "NetworkPolicy"), ("added", "ConfigMap")]
    assert found["services"] == report(bed, namespace, "-f", path)["services"] != []
    assert not report(bed, namespace, "-f", path, env={**bare, "KUBECTL_PATH": bed.kubectl})["notes"][0].startswith("merged here")


@pytest.mark.parametrize("text, words", [
    (POLICY.replace("name: web", "generateName: web-", 1), "resource name may not be empty"),
    ("apiVersion: nothing.example/v1\nkind: Foo\nmetadata: {name: a}\n", 'no matches for kind "Foo" in version "nothing.example/v1"'),
    ("apiVersion: v1\nkind: Foo\nmetadata: {name: a}\n", 'no matches for kind "Foo" in version "v1"'),
    ("a: b\n", "is no Kubernetes manifest"),
])
def test_without_kubectl_what_cannot_be_compared_is_told(
        bed: Bed, namespace: str, file: Callable[..., str], tmp_path: Path, text: str, words: str) -> None:
    ran = netpol(bed, namespace, "-f", file(text), env={"PATH": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr.splitlines()[0]


def test_without_kubectl_objects_stand_in_the_namespace_of_the_context(
        bed: Bed, namespace: str, new_namespace: NewNamespace, file: Callable[..., str], tmp_path: Path) -> None:
    other = new_namespace()
    for words, home in (((), namespace), (("-n", other), other)):
        found = report(bed, namespace, "-f", file(together(SETTINGS, POLICY)), *words, env={"PATH": str(tmp_path)})
        assert [each["object"]["namespace"] for each in found["manifests"]] == [home, home]


def test_without_kubectl_no_file_is_told(bed: Bed, namespace: str, tmp_path: Path) -> None:
    ran = netpol(bed, namespace, "-f", str(tmp_path / "none.yaml"), env={"PATH": str(tmp_path)})
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"error: {tmp_path / 'none.yaml'}: no such file or directory\nhint: ")


# ---- how often


def test_kubectl_runs_once(bed: Bed, namespace: str, file: Callable[..., str], tmp_path: Path) -> None:
    bed.apply(together(SERVICE, WEB, POLICY), namespace)
    wrapper = tmp_path / "kubectl"
    wrapper.write_text(f'#!/bin/sh\necho run >> "{tmp_path}/runs"\nexec "{bed.kubectl}" "$@"\n')
    wrapper.chmod(0o755)
    ran = netpol(bed, namespace, "-f", file(together(MENDED, SETTINGS, SERVICE)), env={"KUBECTL_PATH": str(wrapper)})
    assert ran.returncode == 1
    assert (tmp_path / "runs").read_text().count("run") == 1


def test_nothing_is_left_in_temporary_folders(bed: Bed, namespace: str, file: Callable[..., str], tmp_path: Path) -> None:
    place = tmp_path / "temporary files"
    place.mkdir()
    assert netpol(bed, namespace, "-f", file(POLICY), env={"TMPDIR": str(place)}).returncode == 1
    assert netpol(bed, namespace, "-f", file("a: b"), env={"TMPDIR": str(place)}).returncode == 2
    assert os.listdir(place) == []
