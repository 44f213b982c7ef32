"""What do programs read? JSON and YAML of a report as it is; of a suggestion YAML is the NetworkPolicies themselves."""
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from kubectl_netpol.render.layout import Page
from kubectl_netpol.reports import Connections, Flow, Report, Suggestion

_MANY = 500                                                     # entries that are written at once


def json(report: Report, page: Page) -> Iterator[str]:
    """A part after the other, so that the text of a large answer is never there as a whole."""
    yield f'{{\n  "apiVersion": {_text(report.api_version)},\n  "kind": {_text(report.__struct_config__.tag)}'
    for name, field in zip(report.__struct_encode_fields__, report.__struct_fields__, strict=True):
        value = getattr(report, field)
        if field != "api_version" and value is not UNSET:
            yield f",\n  {_text(name)}: "
            yield from _value(value)
    yield "\n}\n"


def _value(value: object) -> Iterator[str]:
    match value:
        case Connections():
            yield from _items(_connections(value.flows))
        case tuple():
            yield from _items(_entries(value))
        case _:
            yield _indented(value)


def _items(pieces: Iterable[str]) -> Iterator[str]:
    """A list of what is already written."""
    number = 0
    for number, piece in enumerate(pieces, start=1):
        yield f"{',' if number > 1 else '['}\n    {piece}"
    yield "\n  ]" if number else "[]"


def _entries(values: Sequence[object]) -> Iterator[str]:
    for start in range(0, len(values), _MANY):
        text = msgspec.json.format(msgspec.json.encode(values[start:start + _MANY]), indent=2).decode()
        yield text[1:-1].strip().replace("\n", "\n  ")


def _indented(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode().replace("\n", "\n  ")


def _connections(flows: Sequence[Flow]) -> Iterator[str]:
    """The entries of a flow at once, each on one line: of a large cluster there are a million. What is the same in many is written once:
    the sources, which flows share, and how they end."""
    sources: dict[int, list[str]] = {}
    for flow in flows:
        if id(flow.sources) not in sources:
            sources[id(flow.sources)] = [f'{{"source":{_text(each)}' for each in flow.sources]
        end = f',"destination":{_text(flow.destination)},"ports":{_text(flow.ports)},"uncertain":{_text(flow.uncertain)}}}'
        yield f"{end},\n    ".join(sources[id(flow.sources)]) + end


def _text(part: object) -> str:
    return msgspec.json.encode(part).decode()


def yaml(report: Report, page: Page) -> Iterator[str]:
    from yaml import dump  # it takes time that other answers need not

    from kubectl_netpol.render.manifests import Dumper, manifests
    if isinstance(report, Suggestion):
        yield from manifests(report)
    else:
        yield dump(document(report), Dumper=Dumper, sort_keys=False, width=Dumper.WIDTH)


def document(report: Report) -> dict[str, Any]:
    """The report with apiVersion in front of kind, as people expect it."""
    return {"apiVersion": report.api_version, **msgspec.to_builtins(report, enc_hook=list)}
