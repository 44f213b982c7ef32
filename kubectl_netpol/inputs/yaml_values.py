"""Which values does YAML hold, as kubectl reads it? Hostile documents are refused, not followed."""
import re
from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.templates import is_template, unrendered

_DEEPEST = 200
_MOST_NODES = 1_000_000
_MARKER = re.compile(rb"^---(?=\s|\Z)", re.MULTILINE)         # such a line is no part of any text: it begins a document
_DEEP = re.compile(rb"^[ \t?:-]{200}", re.MULTILINE)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):    # type: ignore[misc]  # libyaml may be missing
    """As kubectl reads YAML: times stay text, 1:30 is text, a key stands once, and every key is text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        own, number = node.value, len(node.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        if not {*map(type, mapping)} <= {str}:
            mapping = {_key(key): value for key, value in mapping.items()}
        if len(mapping) != number or node.value is not own:     # a key stands twice, or others were merged in
            _refuse_twice(own)
        return mapping


def _refuse_twice(pairs: list[tuple[yaml.Node, yaml.Node]]) -> None:
    seen = set()
    for key, _ in pairs:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f'the key "{key.value}" stands twice', key.start_mark)
            seen.add(key.value)


def _key(key: Hashable) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


_NO_TEXT = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value", "tag:yaml.org,2002:int"}
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NO_TEXT]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+)$"), list("-+0123456789"))


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    return int(text, 8) if re.fullmatch(r"[-+]?0[0-7]+", text) else int(text, 0)


Loader.add_constructor("tag:yaml.org,2002:int", _int)


def values_in(data: bytes, path: str) -> Iterator[tuple[int, Any]]:
    """What the documents hold, each with its number counted from 1, without those that hold nothing. A NetpolError names the line and the
    column of what cannot be read."""
    try:
        _refuse_depth(data, path)
        loader, has_aliases = Loader(data), b"*" in data and b"&" in data
        number = 0
        while loader.check_node():
            number += 1
            node = loader.get_node()
            if has_aliases:
                _refuse_aliases(node, path)
            body = loader.construct_document(node)
            if body is not None:
                yield number, body
    except yaml.YAMLError as error:
        raise _broken_yaml(data, path, error) from None
    except (ValueError, RecursionError) as error:
        raise NetpolError(f"{path}: {error}", hint="write values as the Kubernetes API takes them") from None


def _refuse_depth(data: bytes, path: str) -> None:
    """libyaml follows any depth, on the stack, before 0.2.6: count first where there may be one."""
    documents = _MARKER.split(data) if data.count(b"[") + data.count(b"{") >= _DEEPEST else ()
    if all(each.count(b"[") + each.count(b"{") < _DEEPEST for each in documents) and not _DEEP.search(data):
        return
    depth = 0
    try:
        for event in yaml.parse(data, Loader=Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise _too_deep(path, event.start_mark.line if event.start_mark else 0)
    except yaml.MarkedYAMLError as error:                       # 0.2.6 looks ahead, and stops at 1,000
        if "nesting depth" not in str(error.problem):
            raise
        raise _too_deep(path, error.problem_mark.line if error.problem_mark else 0) from None


def _too_deep(path: str, line: int) -> NetpolError:
    return NetpolError(f"{path}:{line + 1}: nested more than {_DEEPEST} levels deep", hint="no manifest has so many levels")


def _refuse_aliases(node: yaml.Node, path: str) -> None:
    """Aliases of aliases can stand for more than any memory holds."""
    sizes: dict[int, int] = {}

    def size(each: yaml.Node) -> int:
        if id(each) not in sizes:
            sizes[id(each)] = _MOST_NODES                       # inside of itself it has no end
            children = [part for pair in each.value for part in pair] if isinstance(each, yaml.MappingNode) else \
                each.value if isinstance(each, yaml.SequenceNode) else []
            sizes[id(each)] = 1 + sum(map(size, children))
        return sizes[id(each)]

    if size(node) >= _MOST_NODES:
        line = node.start_mark.line + 1
        raise NetpolError(f"{path}:{line}: its aliases stand for more than {_MOST_NODES} values", hint="write the document without aliases")


def _broken_yaml(data: bytes, path: str, error: yaml.YAMLError) -> NetpolError:
    if is_template(data):
        return unrendered(path)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).partition("\n")[0]
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
    return NetpolError(f"{where}: broken YAML: {problem}", hint="look at that line, and at the indentation of those before it")
