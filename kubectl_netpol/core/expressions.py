"""Whom does an expression over labels of pods and of their namespaces select, surely and possibly? What is not understood may be true."""
from collections.abc import Iterator
from enum import Enum
from functools import reduce
from operator import and_, or_
from typing import Any

from msgspec import Struct, ValidationError, convert

from kubectl_netpol import api
from kubectl_netpol.core.classes import NAMESPACE_NAME, Cluster, in_namespaces, selected
from kubectl_netpol.core.rules import NONE, Many, exactly
from kubectl_netpol.core.selectors import Operator, Requirement, Selector, selector_of


class Of(Enum):
    POD = "pod"
    NAMESPACE = "namespace"


class Label(Struct, frozen=True):
    requirement: Requirement
    of: Of = Of.POD


class Within(Enum):
    """Where in the value of a label a text stands."""

    ANYWHERE = "contains"
    START = "starts with"
    END = "ends with"


class Text(Struct, frozen=True):
    key: str
    within: Within
    value: str
    of: Of = Of.POD


class Every(Struct, frozen=True):
    """Of no parts: everybody."""

    parts: tuple["Expression", ...] = ()


class Some(Struct, frozen=True):
    """Of no parts: nobody."""

    parts: tuple["Expression", ...] = ()


class Not(Struct, frozen=True):
    part: "Expression"


class Unknown(Struct, frozen=True):
    """Whether it is true of a pod cannot be told from labels, or is not understood."""


Expression = Label | Text | Every | Some | Not | Unknown
EVERYBODY, NOBODY, ANYBODY = Every(), Some(), Unknown()


def in_namespace(name: str) -> Expression:
    return Label(Requirement(NAMESPACE_NAME, Operator.IN, (name,)), Of.NAMESPACE)


def of_labels(selector: dict[str, Any] | None, of: Of = Of.POD) -> Expression:
    """A LabelSelector as it is written; none selects everybody."""
    try:
        found = selector_of(convert(selector, api.LabelSelector | None))
    except (ValidationError, ValueError):                       # fields, or operators, of a version to come
        return ANYBODY
    return Every(tuple(Label(each, of) for each in found.requirements))


def label_keys(expression: Expression) -> Iterator[str]:
    """The labels of pods that it looks at."""
    match expression:
        case Label(Requirement(key), Of.POD) | Text(key, of=Of.POD):
            yield key
        case Every(parts) | Some(parts):
            for part in parts:
                yield from label_keys(part)
        case Not(part):
            yield from label_keys(part)


def members(expression: Expression, cluster: Cluster) -> Many:
    """The pods of which it is surely, and possibly, true."""
    everyone = cluster.pods.everyone
    match expression:
        case Label(requirement, Of.POD): return exactly(selected(Selector((requirement,)), cluster.pods))
        case Label(requirement): return Many(*in_namespaces(Selector((requirement,)), cluster))
        case Text(): return _with_text(expression, cluster)
        case Every(parts): return reduce(and_, (members(part, cluster) for part in parts), exactly(everyone))
        case Some(parts): return reduce(or_, (members(part, cluster) for part in parts), NONE)
        case Not(part):
            found = members(part, cluster)
            return Many(everyone & ~found.maybe, everyone & ~found.sure)
        case Unknown(): return Many(0, everyone)


def _with_text(text: Text, cluster: Cluster) -> Many:
    index = cluster.pods if text.of is Of.POD else cluster.namespaces
    found = reduce(or_, (pods for (key, value), pods in index.equal.items() if key == text.key and _has(value, text)), 0)
    unknown = cluster.unlabelled if text.of is Of.NAMESPACE else 0
    return Many(found & ~unknown, found | unknown)


def _has(value: str, text: Text) -> bool:
    match text.within:
        case Within.ANYWHERE: return text.value in value
        case Within.START: return value.startswith(text.value)
        case Within.END: return value.endswith(text.value)
