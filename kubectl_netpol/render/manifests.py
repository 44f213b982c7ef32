"""How is a suggested NetworkPolicy written? YAML for kubectl apply, in the usual order, with a comment at each port."""
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from kubectl_netpol.render.layout import visible
from kubectl_netpol.render.words import sentence
from kubectl_netpol.reports import Suggestion

ORDER = ("apiVersion", "kind", "metadata", "spec", "name", "namespace", "labels", "annotations",
         "namespaceSelector", "podSelector", "policyTypes", "ingress", "egress", "from", "to", "ipBlock", "ports",
         "cidr", "except", "port", "endPort", "protocol", "matchLabels", "matchExpressions", "key", "operator", "values")
MAPS = {"labels", "annotations", "matchLabels"}         # their keys are the user's
NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?$|[-+]?0[oxb][\da-fA-F_]+$")
SUBSCRIPT = re.compile(r"([^.\[\]]+)|\[(\d+)]")


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml may be missing
    """Block style without anchors. Quotes also what only other YAML 1.1 parsers, kubectl's among them, take for no string."""

    WIDTH = 1_000_000                   # no line is folded

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Several lines as several lines, where YAML can write them so."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, _text)
Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))
Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))


def manifests(suggestion: Suggestion) -> Iterator[str]:
    """The documents of `kubectl apply -f -`, comments above each."""
    if not suggestion.policies:
        yield f"# {sentence('nothing-to-suggest', {})}\n"
    documents = zip(suggestion.policies, suggestion.comments, suggestion.port_comments, strict=True)
    for number, (policy, comments, ports) in enumerate(documents):
        if number:
            yield "---\n"
        yield from (f"# {visible(comment)}".rstrip() + "\n" for comment in comments)
        yield commented(manifest(policy), ports)


def manifest(policy: Mapping[str, Any]) -> str:
    return str(yaml.dump(ordered(policy), Dumper=Dumper, sort_keys=False, width=Dumper.WIDTH))


def ordered(value: Any) -> Any:
    """The value with the API's fields in the usual order; what ORDER does not know comes after, as it was given."""
    match value:
        case dict():
            known = sorted(value, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER))
            return {key: value[key] if key in MAPS else ordered(value[key]) for key in known}
        case list() | tuple():
            return [ordered(each) for each in value]
        case _:
            return value


def commented(text: str, comments: Mapping[str, str]) -> str:
    """The YAML with a comment at the end of the line where each path's port stands."""
    lines = text.split("\n")
    document = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for path, comment in comments.items():
        lines[line_of(document, path)] += f"  # {visible(comment)}"
    return "\n".join(lines)


def line_of(document: yaml.Node | None, path: str) -> int:
    """Where the port of the entry at this path (spec.ingress[0].ports[1]) is written; an entry without a port: where it begins."""
    node = document
    for field, index in SUBSCRIPT.findall(path):
        node = node_at(node, field or int(index))
    port = node_at(node, "port") if isinstance(node, yaml.MappingNode) and "port" in (key.value for key, _ in node.value) else node
    assert port is not None
    return port.start_mark.line


def node_at(node: yaml.Node | None, key: str | int) -> yaml.Node:
    """A path that leads nowhere raises KeyError or IndexError: a bug of ours."""
    match node, key:
        case yaml.MappingNode(value=pairs), str():
            return {each.value: value for each, value in pairs}[key]  # type: ignore[no-any-return]
        case yaml.SequenceNode(value=entries), int():
            return entries[key]  # type: ignore[no-any-return]
        case _:
            raise KeyError(key)
