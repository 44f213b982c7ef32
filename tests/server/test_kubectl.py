"""What is made of one run of kubectl diff? The kubectl here is a script that hands on two folders, as the real one does."""
import os
import shutil
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Connection
from kubectl_netpol.server.differ import plain_diffs
from kubectl_netpol.server.kubectl import ApplyFlags, Merged, Reason, Refusal, kubectl_command, kubectl_diff, messages_of

WEB, NEW = "v1.Service.shop.web", "networking.k8s.io.v1.NetworkPolicy.shop.new"
LIVE = {WEB: "kind: Service\nmetadata:\n  name: web\nports:\n" + "".join(f"- {number}\n" for number in range(9)), NEW: ""}
MERGED = {WEB: LIVE[WEB].replace("- 8", "- 80"), NEW: "kind: NetworkPolicy\nmetadata:\n  name: new\n"}
NO_FLAGS = ApplyFlags()
DIFF_OF_NEW = f"""\
diff -u -N LIVE/{NEW} MERGED/{NEW}
--- LIVE/{NEW}
+++ MERGED/{NEW}
@@ -0,0 +1,3 @@
+kind: NetworkPolicy
+metadata:
+  name: new
"""
DIFF_OF_WEB = f"""\
diff -u -N LIVE/{WEB} MERGED/{WEB}
--- LIVE/{WEB}
+++ MERGED/{WEB}
@@ -10,4 +10,4 @@
 - 5
 - 6
 - 7
-- 8
+- 80
"""


class Fake:
    """A folder with a kubectl; what it was asked stands in files beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.live, self.merged = LIVE, MERGED
        self.environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        self.answers("""\
            "$KUBECTL_EXTERNAL_DIFF" LIVE-1 MERGED-2; status=$?
            rm -r LIVE-1 MERGED-2
            exit $status""")

    def answers(self, script: str) -> None:
        path = self.folder / "kubectl"
        path.write_text(f'#!/bin/sh\ncd "{self.folder}"\nprintf "%s\\n" "$@" > argv\ncat > stdin\n{textwrap.dedent(script)}\n')
        path.chmod(0o755)

    def diff(self, *paths: str, stdin: bytes | None = None, flags: ApplyFlags = NO_FLAGS, namespace: str | None = None) -> Merged:
        for side, files in (("LIVE-1", self.live), ("MERGED-2", self.merged)):
            (self.folder / side).mkdir()
            for name, text in files.items():
                (self.folder / side / name).write_text(text)
        return kubectl_diff(paths or ("web.yaml",), stdin, Connection(context="prod"), namespace, flags, self.environ)

    @property
    def argv(self) -> list[str]:
        return (self.folder / "argv").read_text().splitlines()


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


def test_both_sides_of_each_object_are_kept(fake: Fake) -> None:
    found = fake.diff()
    assert found.live == {WEB: {"kind": "Service", "metadata": {"name": "web"}, "ports": [*range(9)]}}
    assert set(found.merged) == {WEB, NEW}
    assert found.merged[WEB]["ports"][-1] == 80


def test_the_text_is_that_of_diff(fake: Fake) -> None:
    found = fake.diff()
    assert found.diffs == {NEW: DIFF_OF_NEW, WEB: DIFF_OF_WEB}
    assert found.text == DIFF_OF_NEW + DIFF_OF_WEB
    assert not found.is_own


def test_what_is_equal_has_no_text(fake: Fake) -> None:
    fake.live = fake.merged = {WEB: LIVE[WEB]}
    found = fake.diff()
    assert (found.text, found.diffs) == ("", {})
    assert found.live == found.merged != {}


def test_hunks_are_the_same_without_a_diff_on_path(fake: Fake, tmp_path: Path) -> None:
    for program in ("rm", "cat"):                               # what the script needs
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    fake.environ["PATH"] = str(tmp_path)
    assert fake.diff().diffs == {NEW: DIFF_OF_NEW, WEB: DIFF_OF_WEB}


def test_lines_that_look_like_headers_begin_no_part(tmp_path: Path) -> None:
    lines = "-- LIVE/x\n++ MERGED/x\ndiff -u -N LIVE/x MERGED/x\n"
    for side, text in (("LIVE", lines), ("MERGED", lines.replace("x", "y"))):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a").write_text(text)
        (tmp_path / side / "b").write_text(side)
    found = plain_diffs(tmp_path, os.environ)
    assert set(found) == {"a", "b"}
    gone, new = ([f"{sign}{line}" for line in text.splitlines()] for sign, text in (("-", lines), ("+", lines.replace("x", "y"))))
    assert found["a"].splitlines()[3:] == ["@@ -1,3 +1,3 @@", *gone, *new]
    no_end = "\\ No newline at end of file"
    assert found["b"].splitlines()[3:] == ["@@ -1 +1 @@", "-LIVE", no_end, "+MERGED", no_end]


# ---- how it is called


def test_flags_are_handed_on(fake: Fake) -> None:
    fake.diff("a.yaml", "b", flags=ApplyFlags(True, "me", True), namespace="shop")
    assert fake.argv == ["diff", "-f", "a.yaml", "-f", "b", "--server-side", "--field-manager", "me", "--force-conflicts",
                         "--context", "prod", "--namespace", "shop"]


def test_only_what_was_given_is_handed_on(fake: Fake) -> None:
    fake.diff()
    assert fake.argv == ["diff", "-f", "web.yaml", "--context", "prod"]


def test_stdin_is_handed_on(fake: Fake) -> None:
    fake.diff("-", stdin=b"kind: Service\n")
    assert (fake.folder / "stdin").read_bytes() == b"kind: Service\n"


def test_temporary_folders_may_hold_spaces(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "my 'own' files"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    assert fake.diff().text == DIFF_OF_NEW + DIFF_OF_WEB
    assert not any(place.iterdir())


def test_a_temporary_folder_may_refuse_programs(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noexec, cache = tmp_path / "noexec", tmp_path / "cache"
    noexec.mkdir()
    may = os.access
    monkeypatch.setattr("tempfile.tempdir", str(noexec))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr(os, "access", lambda path, mode: not Path(path).is_relative_to(noexec) and may(path, mode))
    assert fake.diff().text == DIFF_OF_NEW + DIFF_OF_WEB
    assert not any(cache.iterdir())
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(NetpolError, match="no program may stand in a temporary folder"):
        kubectl_diff(("web.yaml",), None, Connection(), None, ApplyFlags(), fake.environ)


@pytest.mark.parametrize("named, found", [("first/kubectl", "first/kubectl"), ("gone/kubectl", "second/kubectl"), ("", "second/kubectl")])
def test_the_kubectl_that_called_us_comes_first(tmp_path: Path, named: str, found: str) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kubectl").write_text("#!/bin/sh\n")
        (tmp_path / folder / "kubectl").chmod(0o755)
    environ = {"PATH": str(tmp_path / "second"), "KUBECTL_PATH": named and str(tmp_path / named)}
    assert kubectl_command(environ) == str(tmp_path / found)


def test_there_may_be_no_kubectl(tmp_path: Path) -> None:
    assert kubectl_command({"PATH": str(tmp_path)}) is None


def test_a_kubectl_that_hands_on_nothing_is_told(fake: Fake) -> None:
    fake.answers("exit 0")
    with pytest.raises(NetpolError, match="did not call KUBECTL_EXTERNAL_DIFF"):
        fake.diff()


# ---- the user's own differ


def own(fake: Fake, variable: str, script: str = 'printf "%s\\n" "$@"; exit 1') -> Merged:
    differ = fake.folder / "own"
    differ.write_text(f"#!/bin/sh\n{script}\n")
    differ.chmod(0o755)
    fake.environ["KUBECTL_EXTERNAL_DIFF"] = variable
    return fake.diff()


def test_an_own_differ_is_called_as_kubectl_calls_it(fake: Fake) -> None:
    """Its words come after the folders, and only those of letters, digits, - and =."""
    found = own(fake, "own -N --width=80 --color;x  a/b é -u")
    live, merged, *words = found.text.splitlines()
    assert (Path(live).name, Path(merged).name) == ("LIVE", "MERGED")
    assert words == ["-N", "--width=80", "-u"]
    assert found.is_own


def test_an_own_differ_is_seen_by_text_only(fake: Fake) -> None:
    assert own(fake, "own").diffs == {NEW: DIFF_OF_NEW, WEB: DIFF_OF_WEB}


def test_an_own_differ_has_the_users_environment(fake: Fake) -> None:
    found = own(fake, "own", 'echo "$KUBECTL_EXTERNAL_DIFF $PATH"; cat "$1"/*; echo careful >&2')
    first, *rest = found.text.splitlines()
    assert first == f"own {fake.environ['PATH']}"
    assert rest == LIVE[WEB].splitlines()
    assert messages_of(found) == ((), ("careful",))


@pytest.mark.parametrize("variable, script, message", [
    ("own", "echo no such flag >&2; exit 2", 'failed to run "own": no such flag'),
    ("own", "exit 3", 'failed to run "own": exit status 3'),
    ("gone -u", "", 'failed to run "gone": no such file or directory'),
    (" own", "", 'failed to run ""'),
])
def test_an_own_differ_that_fails_is_an_error(fake: Fake, variable: str, script: str, message: str) -> None:
    with pytest.raises(NetpolError) as caught:
        own(fake, variable, script)
    assert caught.value.message.startswith(message)
    assert "KUBECTL_EXTERNAL_DIFF" in caught.value.hint


def test_an_empty_variable_is_none(fake: Fake) -> None:
    fake.environ["KUBECTL_EXTERNAL_DIFF"] = ""
    assert not fake.diff().is_own


# ---- what kubectl says

FORBIDDEN = ('Error from server (Forbidden): error when patching "p.yaml": networkpolicies.networking.k8s.io "p" is forbidden: '
             'User "bob" cannot patch resource "networkpolicies" in API group "networking.k8s.io" in the namespace "shop"')
REFUSALS: Mapping[str, tuple[Reason, str, str]] = {             # what stderr holds: the reason, the namespace, words of the hint
    'Error from server (NotFound): namespaces "new" not found': (Reason.NO_NAMESPACE, "new", "create the namespace"),
    FORBIDDEN: (Reason.NO_DRY_RUN, "", ""),
    FORBIDDEN.replace("cannot patch", "cannot create"): (Reason.NO_DRY_RUN, "", ""),
    FORBIDDEN.replace("cannot patch", "cannot get"): (Reason.NO_DRY_RUN, "", ""),
    'Error from server (BadRequest): admission webhook "a.b" does not support dry run': (Reason.NO_DRY_RUN, "", ""),
    'Error from server (Forbidden): services "web" is forbidden: exceeded quota: q, requested: services=1': (Reason.REFUSED, "", ""),
    'Error from server (Forbidden): services "web" is forbidden: nobody may patch resource web on Fridays': (Reason.REFUSED, "", ""),
    'The Service "web" is invalid: spec.ports[1].name: Duplicate value: "ssh"': (Reason.REFUSED, "", "correct the manifest"),
    'Error from server (Conflict): Apply failed with 1 conflict: conflict with "x" using v1: .a': (Reason.REFUSED, "", "--force-conflicts"),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_keeps_the_words_of_the_server(fake: Fake, said: str) -> None:
    reason, namespace, hint = REFUSALS[said]
    fake.answers(f"cat <<'END' >&2\n{said}\nEND\nexit 2")
    with pytest.raises(Refusal) as caught:
        fake.diff()
    assert (caught.value.message, caught.value.reason, caught.value.namespace) == (said, reason, namespace)
    assert hint in caught.value.hint


def test_a_refusal_is_freed_of_what_stands_around_it(fake: Fake) -> None:
    log = "W1125 09:27:01.884251   28160 diff.go:723] Object (v1, Kind=Service: web) keeps changing, diffing without lock"
    fake.answers(f"cat <<'END' >&2\nWarning: a is deprecated\n{log}\nerror: one\ntwo\nEND\nexit 2")
    with pytest.raises(Refusal) as caught:
        fake.diff()
    assert caught.value.message == "one\ntwo"


def test_a_silent_failure_has_its_status(fake: Fake) -> None:
    fake.answers("exit 7")
    with pytest.raises(Refusal, match="kubectl diff: exit status 7"):
        fake.diff()


def test_warnings_are_told_once_without_logs(fake: Fake) -> None:
    fake.answers("""\
        "$KUBECTL_EXTERNAL_DIFF" LIVE-1 MERGED-2
        echo 'Warning: unknown field "spec.x"' >&2
        echo 'W1125 09:27:01.884251   28160 diff.go:723] Object keeps changing' >&2
        echo 'Warning: unknown field "spec.x"' >&2
        echo 'Warning: b' >&2""")
    assert messages_of(fake.diff()) == (('unknown field "spec.x"', "b"), ())


def test_nothing_is_left_behind(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    fake.diff()
    fake.answers("exit 2")
    shutil.rmtree(fake.folder / "LIVE-1", ignore_errors=True)
    shutil.rmtree(fake.folder / "MERGED-2", ignore_errors=True)
    with pytest.raises(Refusal):
        fake.diff()
    assert subprocess.run(["ls", str(tmp_path / "temporary")], capture_output=True, check=True).stdout == b""
