"""Is docs/schema what the reports are, and does it refuse anything else?"""
import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError

from kubectl_netpol.render import PLAIN, render
from kubectl_netpol.reports import KINDS, Report
from tests.hand_made import CONNECTIVITY, EACH, MAP
from tests.schemas import CHOICES, FOLDER, files, hold, schema_of


def printed(report: Report) -> dict[str, Any]:
    return json.loads("".join(render(report, "json", PLAIN, 80, True)))


def test_the_files_are_what_the_generator_makes() -> None:
    """If not: python -m tests.schemas --write."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == files()


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one(kind: type[msgspec.Struct]) -> None:
    Draft202012Validator.check_schema(schema_of(kind))


def test_every_choice_belongs_to_a_field() -> None:
    definitions: dict[str, Any] = {}
    for kind in KINDS:
        schema = schema_of(kind)
        definitions |= {kind.__name__: schema, **schema["$defs"]}
    assert all(field in definitions[name]["properties"] for name, field in CHOICES)


@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
def test_each_report_holds_its_schema(report: Report) -> None:
    hold("".join(render(report, "json", PLAIN, 80, True)))


def test_each_kind_is_tried() -> None:
    assert {type(report) for report in EACH} == set(KINDS)


@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
def test_no_field_may_be_missing(report: Report) -> None:
    document = printed(report)
    for field in set(document) - {"kind"}:
        with pytest.raises(ValidationError):
            hold(json.dumps({key: value for key, value in document.items() if key != field}))


@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
def test_no_other_field_may_stand_there(report: Report) -> None:
    with pytest.raises(ValidationError):
        hold(json.dumps({**printed(report), "more": 1}))


def changed(report: Report, value: Any, *path: str | int) -> str:
    """The report's JSON with another value at the path; None removes what stands there."""
    document = place = printed(report)
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize("text", [
    changed(MAP, "kubectl-netpol/v2", "apiVersion"),
    changed(MAP, None, "findings", 0, "fix"),                           # of a part
    changed(MAP, "fatal", "findings", 0, "severity"),
    changed(MAP, "maybe", "services", 0, "ports", 0, "access", 0, "verdict"),
    changed(MAP, "80", "services", 0, "ports", 0, "port"),
    changed(MAP, ["-f x"], "scope", "asIf"),                            # as-if
    changed(CONNECTIVITY, {}, "connections", 0, "source"),
    changed(CONNECTIVITY, {"group": "g1", "cidrs": []}, "connections", 0, "source"),
])
def test_a_broken_report_does_not_hold(text: str) -> None:
    with pytest.raises(ValidationError):
        hold(text)


def test_end_port_is_optional() -> None:
    hold(changed(CONNECTIVITY, {"protocol": "TCP", "port": 1}, "connections", 0, "ports", 0))
