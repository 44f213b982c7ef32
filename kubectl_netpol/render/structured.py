"""What do programs read? JSON and YAML of a report as it is; of a suggestion YAML is the NetworkPolicies themselves."""
from collections.abc import Iterator
from typing import Any

import msgspec
from yaml import dump

from kubectl_netpol.render.layout import Page
from kubectl_netpol.render.manifests import Dumper, manifests
from kubectl_netpol.reports import Report, Suggestion


def json(report: Report, page: Page) -> Iterator[str]:
    head = msgspec.json.encode({"apiVersion": report.api_version})
    yield msgspec.json.format(head[:-1] + b"," + msgspec.json.encode(report)[1:], indent=2).decode()
    yield "\n"


def yaml(report: Report, page: Page) -> Iterator[str]:
    if isinstance(report, Suggestion):
        yield from manifests(report)
    else:
        yield dump(document(report), Dumper=Dumper, sort_keys=False, width=Dumper.WIDTH)


def document(report: Report) -> dict[str, Any]:
    """The report with apiVersion in front of kind, as people expect it."""
    return {"apiVersion": report.api_version, **msgspec.to_builtins(report)}
