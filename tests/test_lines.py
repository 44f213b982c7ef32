"""Is each line told as an editor counts it, in JSON as in YAML?"""
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.inputs.lines import forget, line_of
from kubectl_netpol.snapshot import Origin
from tests.e2e_cases import block, netpol, pod_is, tcp

POLICIES = [netpol("x", {}, "I", ingress=[{"from": [*block("10.0.0.0/8", "10.1.0.0/16"), pod_is({})], "ports": tcp(80, 81)}, {}])
            for _ in range(3)]
PATHS = ("", "kind", "metadata", "metadata.name", "spec.ingress[0].from[0].ipBlock.except[0]", "spec.ingress[0].ports[1]",
         "spec.ingress[1]", "spec.ingress[7].ports", "spec.egress", "spec.podSelector.matchLabels", "none.of.these")


@pytest.mark.parametrize("indent", [None, 0, 2, 4])
@pytest.mark.parametrize("start", ["", "\n\n", "\ufeff"])
def test_lines_of_json_are_those_of_the_same_text_as_yaml(tmp_path: Path, indent: int | None, start: str) -> None:
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": POLICIES}
    text = json.dumps(body, indent=indent, ensure_ascii=False)
    (tmp_path / "a.json").write_text(start + text, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(f"{start}# as YAML, one line further down\n{text}", encoding="utf-8")
    forget()
    for item in (1, 2, 3):
        for path in PATHS:
            lines = [line_of(Origin(str(tmp_path / name), 1, item), path) for name in ("a.json", "a.yaml")]
            assert lines[0] is not None and lines[1] == lines[0] + 1, (item, path)


def test_a_field_of_json_is_found_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICIES[0], indent=2), encoding="utf-8")
    forget()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[(line_of(Origin(str(path)), "spec.ingress[0].ports[1]") or 0) - 1].strip() == "{"
    assert '"except"' in lines[(line_of(Origin(str(path)), "spec.ingress[0].from[0].ipBlock.except") or 0) - 1]


def test_of_large_json_lines_are_told_too(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text(json.dumps({"kind": "List", "items": POLICIES * 3000}, indent=1), encoding="utf-8")
    forget()
    line = line_of(Origin(str(path), 1, 9000), "spec.ingress[1]")
    assert path.stat().st_size > 1_000_000 and line is not None
    assert path.read_text(encoding="utf-8").count("\n") - line < 12


@pytest.mark.parametrize("text", ["", "{", '{"kind": "List", "items": [1', "[1]", '{"a": 1} {"b": 2}'])
def test_what_is_no_single_object_tells_no_wrong_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    forget()
    assert line_of(Origin(str(path)), "spec") in (None, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_came_through_a_named_pipe_is_told_without_its_line(tmp_path: Path) -> None:
    pipe, policy = tmp_path / "pipe", netpol("x", {}, "I", ingress=[{"from": [{"ipBlock": {"cidr": "nowhere"}}]}])
    os.mkfifo(pipe)
    argv = [sys.executable, "-m", "kubectl_netpol", "explain", "--offline", str(pipe)]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as program:
        try:
            pipe.write_text(json.dumps(policy), encoding="utf-8")
            _, said = program.communicate(timeout=30)
        finally:
            program.kill()
    assert said.startswith(f"error: {pipe}: NetworkPolicy/")
