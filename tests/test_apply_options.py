"""What do the flags of applying mean, and which of them contradict each other?"""
import shlex

import pytest

from kubectl_netpol import cli
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Apply, Diff, Suggest


def apply_of(line: str) -> Apply:
    options = cli.parse(shlex.split(line))
    assert isinstance(options, Suggest | Diff)
    return options.apply


@pytest.mark.parametrize(("line", "apply"), [
    ("suggest svc/x", Apply()),
    ("suggest svc/x --apply", Apply(wanted=True)),
    ("suggest svc/x --apply=false", Apply()),
    ("suggest --apply --yes", Apply(wanted=True, is_confirmed=True)),
    ("diff -f x --apply --dry-run=server", Apply(wanted=True, is_trial=True)),
    ("diff -f x --apply --dry-run=none", Apply(wanted=True)),
    ("diff -f x --apply --dry-run=server --dry-run=none", Apply(wanted=True)),
    ("diff -f x --server-side --field-manager me --force-conflicts",
     Apply(server_side=True, field_manager="me", force_conflicts=True)),
    ("suggest --apply --force-conflicts --field-manager=me", Apply(wanted=True, field_manager="me", force_conflicts=True)),
])
def test_flags_of_applying(line: str, apply: Apply) -> None:
    assert apply_of(line) == apply


@pytest.mark.parametrize(("line", "message", "hint"), [
    ("suggest --apply --offline x", "--apply writes to a cluster, and --offline asks none", "leave out one of both"),
    ("diff -f x --yes", "--yes says how to apply, and nothing is applied", "add --apply"),
    ("diff -f x --dry-run=server", "--dry-run says how to apply", "add --apply"),
    ("diff -f x --apply --dry-run", "--dry-run writes nothing", "--dry-run=server"),
    ("diff -f x --apply --dry-run=client", "--dry-run=client writes nothing: that is diff without --apply", "--dry-run=server"),
    ("diff -f x --apply --dry-run=maybe", "its value can be none, client or server only", ""),
    ("diff -f x --force-conflicts", "--force-conflicts only works with --server-side, or with --apply", ""),
    ("suggest --server-side", "--server-side says how to apply", "add --apply"),
    ("suggest --field-manager me", "--field-manager says how to apply", "add --apply"),
    ("suggest -f x --apply", "suggest takes -f and --delete for done already", "kubectl netpol diff"),
    ("suggest --delete netpol/x --apply", "--apply would write the suggestion alone", "kubectl netpol diff"),
    ("explain --apply", "--apply is a flag of suggest and diff, not of explain", ""),
])
def test_what_cannot_be_applied_so_is_told(line: str, message: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        cli.parse(shlex.split(line))
    assert message in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize("command", ["suggest", "diff"])
def test_help_tells_the_flags(command: str) -> None:
    text = cli.parse([command, "--help"])
    assert isinstance(text, str)
    assert [flag for flag in ("--apply", "--yes", "--dry-run=server", "--server-side", "--field-manager", "--force-conflicts")
            if flag not in text] == []
