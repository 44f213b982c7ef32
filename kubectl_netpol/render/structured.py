"""What do programs read? JSON and YAML of a report as it is; of a suggestion YAML is the NetworkPolicies themselves."""
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from yaml import dump

from kubectl_netpol.render.layout import Page
from kubectl_netpol.render.manifests import Dumper, manifests
from kubectl_netpol.reports import Connectivity, Flow, Report, Suggestion, flows_of


def json(report: Report, page: Page) -> Iterator[str]:
    """A connection stands on one line: of a large cluster there are a million."""
    if not isinstance(report, Connectivity):
        yield _json(report)
        return
    head, brackets, tail = _json(replace(report, connections=())).rpartition("[]")
    yield head + brackets[:1]
    for number, piece in enumerate(_connections(flows_of(report.connections))):
        yield f"{',' if number else ''}\n    {piece}"
    yield "\n  " * bool(report.connections) + brackets[1:] + tail


def _json(report: Report) -> str:
    head = msgspec.json.encode({"apiVersion": report.api_version})
    return f"{msgspec.json.format(head[:-1] + b',' + msgspec.json.encode(report)[1:], indent=2).decode()}\n"


def _connections(flows: Sequence[Flow]) -> Iterator[str]:
    """The entries of a flow at once. What is the same in many is written once: the sources, which flows share, and how they end."""
    sources: dict[int, list[str]] = {}
    for flow in flows:
        if id(flow.sources) not in sources:
            sources[id(flow.sources)] = [f'{{"source":{_text(each)}' for each in flow.sources]
        end = f',"destination":{_text(flow.destination)},"ports":{_text(flow.ports)},"uncertain":{_text(flow.uncertain)}}}'
        yield f"{end},\n    ".join(sources[id(flow.sources)]) + end


def _text(part: object) -> str:
    return msgspec.json.encode(part).decode()


def yaml(report: Report, page: Page) -> Iterator[str]:
    if isinstance(report, Suggestion):
        yield from manifests(report)
    else:
        yield dump(document(report), Dumper=Dumper, sort_keys=False, width=Dumper.WIDTH)


def document(report: Report) -> dict[str, Any]:
    """The report with apiVersion in front of kind, as people expect it."""
    return {"apiVersion": report.api_version, **msgspec.to_builtins(report, enc_hook=list)}
