"""Does data flow one way, and does the core stay free of the world?"""
import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kubectl_netpol"
CORE = sorted((PACKAGE / "core").rglob("*.py"))
# of the standard library: values and algorithms; socket for inet_pton, which asks no network
PURE = {"bisect", "collections", "difflib", "enum", "functools", "itertools", "operator", "re", "shlex", "socket", "typing"}
OURS = ("kubectl_netpol.api", "kubectl_netpol.core", "kubectl_netpol.errors", "kubectl_netpol.snapshot")


def imported(path: Path) -> set[str]:
    """The modules that a file imports, with dots; from x import y is x and x.y."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", CORE, ids=module_of)
def test_a_core_module_knows_values_only(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(path)}
    assert roots <= {*PURE, "msgspec", "kubectl_netpol"}
    assert [name for name in imported(path) if name.startswith("kubectl_netpol.") and not name.startswith(OURS)] == []


def test_no_core_module_imports_one_that_needs_it() -> None:
    modules = {module_of(path) for path in CORE}
    uses = {module_of(path): {name for name in imported(path) if name in modules} - {module_of(path)} for path in CORE}
    assert tuple(TopologicalSorter(uses).static_order())


@pytest.mark.parametrize("room", ["render", "inputs", "core"])
def test_nothing_imports_the_commands(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        assert [name for name in imported(path) if name.startswith("kubectl_netpol.commands")] == [], path


def test_the_client_of_clusters_is_not_imported_for_files() -> None:
    program = "import sys; from kubectl_netpol.__main__ import main; main(sys.argv[1:]); sys.exit('kubernetes' in sys.modules)"
    argv = [sys.executable, "-c", program, "explain", "--offline", "examples/gitlab/before"]
    assert subprocess.run(argv, cwd=PACKAGE.parent, capture_output=True, timeout=60).returncode == 0


def test_every_module_opens_with_its_question() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not text or ast.get_docstring(ast.parse(text)), path
