"""Which labels does a selector match?"""
import re
from enum import Enum

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.errors import NetpolError


class Operator(Enum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"

    __hash__ = object.__hash__          # of single members it is enough, and much faster than that of Enum


class Requirement(Struct, frozen=True, cache_hash=True):
    key: str
    operator: Operator
    values: tuple[str, ...] = ()        # sorted, without repetition; none for Exists and DoesNotExist


class Selector(Struct, frozen=True, cache_hash=True):
    """All requirements must hold; none of them means everything. Equal meanings are mostly equal values:
    sorted, without repetition, matchLabels as In of one value."""

    requirements: tuple[Requirement, ...] = ()


EVERYTHING = Selector()


def selector_of(selector: api.LabelSelector | None) -> Selector:
    """The selector of an API LabelSelector; None (not set) is the caller's to settle, here it selects everything."""
    if selector is None:
        return EVERYTHING
    expressions = (
        Requirement(each.key, Operator(each.operator), tuple(sorted(set(each.values or ()))))
        for each in selector.match_expressions or ())
    return _normal([*equalities(selector.match_labels or {}), *expressions])


def selector_of_labels(labels: dict[str, str]) -> Selector:
    """A Service's selector: each label must have just this value."""
    return _normal(equalities(labels))


def equalities(labels: dict[str, str]) -> list[Requirement]:
    return [Requirement(key, Operator.IN, (value,)) for key, value in labels.items()]


def both(left: Selector, right: Selector) -> Selector:
    """What matches both."""
    return _normal([*left.requirements, *right.requirements])


def _normal(requirements: list[Requirement]) -> Selector:
    return Selector(tuple(sorted(set(requirements), key=lambda each: (each.key, each.operator.value, each.values))))


def matches(selector: Selector, labels: dict[str, str]) -> bool:
    return all(holds(requirement, labels.get(requirement.key)) for requirement in selector.requirements)


def holds(requirement: Requirement, value: str | None) -> bool:
    """Whether a label's value (None: the label is absent) satisfies one requirement.

    apimachinery labels.Requirement.Matches: NotIn is true where the key is missing.
    """
    match requirement.operator:
        case Operator.IN:
            return value is not None and value in requirement.values
        case Operator.NOT_IN:
            return value is None or value not in requirement.values
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None


_LETTER = r"[^\s,=!()<>]"
_TERM = re.compile(
    rf"""\s*(?:
        !\s*(?P<absent>{_LETTER}+)
      | (?P<key>{_LETTER}+)\s*(?:
            (?P<sign>==|=|!=)\s*(?P<value>{_LETTER}*)
          | \s(?P<word>in|notin)\s*\(\s*(?P<values>{_LETTER}*(?:\s*,\s*{_LETTER}*)*)\s*\)
        )?
    )\s*(?:,|$)""", re.VERBOSE)
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?=.{{1,253}}/|[^/]*$)([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?{_NAME}", re.ASCII)
_VALUE = re.compile(f"({_NAME})?", re.ASCII)


def parse_selector(text: str) -> Selector:
    """The selector that `kubectl get -l TEXT` uses: a=b, a!=b, a in (b,c), a notin (b), a, !a, joined by commas.

    A NetpolError names what cannot be read.
    """
    requirements, position = [], 0
    while position < len(text):
        term = _TERM.match(text, position)
        if not term:
            raise _no_selector(text)
        requirements.append(_requirement(term))
        position = term.end()
    if text.rstrip().endswith(",") or not requirements or not all(map(_is_possible, requirements)):
        raise _no_selector(text)
    return _normal(requirements)


def _no_selector(text: str) -> NetpolError:
    return NetpolError(f'"{text}" is not a label selector', hint="write it as for kubectl get -l: app=web,tier in (a,b),!old")


def _is_possible(requirement: Requirement) -> bool:
    """Whether labels can have such a key, and such values: IsQualifiedName and IsValidLabelValue of apimachinery."""
    return bool(_KEY.fullmatch(requirement.key)) and all(map(_VALUE.fullmatch, requirement.values))


def _requirement(term: re.Match[str]) -> Requirement:
    found = term.groupdict()
    if found["absent"]:
        return Requirement(found["absent"], Operator.DOES_NOT_EXIST)
    if found["word"]:
        values = tuple(sorted({value.strip() for value in found["values"].split(",")}))
        return Requirement(found["key"], Operator.IN if found["word"] == "in" else Operator.NOT_IN, values)
    if found["sign"]:
        return Requirement(found["key"], Operator.NOT_IN if found["sign"] == "!=" else Operator.IN, (found["value"],))
    return Requirement(found["key"], Operator.EXISTS)


def format_selector(selector: Selector) -> str:
    """The text that parse_selector reads back."""
    return ",".join(_format(requirement) for requirement in selector.requirements)


def _format(requirement: Requirement) -> str:
    match requirement:
        case Requirement(key, Operator.IN, (value,)):
            return f"{key}={value}"
        case Requirement(key, Operator.NOT_IN, (value,)):
            return f"{key}!={value}"
        case Requirement(key, Operator.EXISTS):
            return key
        case Requirement(key, Operator.DOES_NOT_EXIST):
            return f"!{key}"
        case Requirement(key, operator, values):
            return f"{key} {'in' if operator is Operator.IN else 'notin'} ({','.join(values)})"


def to_api(selector: Selector) -> api.LabelSelector:
    """The LabelSelector to write: matchLabels where they suffice, else expressions."""
    labels, expressions = {}, []
    for each in selector.requirements:
        if each.operator is Operator.IN and len(each.values) == 1 and each.key not in labels:
            labels[each.key] = each.values[0]
        else:
            expressions.append(api.LabelSelectorRequirement(each.key, each.operator.value, each.values or None))
    return api.LabelSelector(labels or None, tuple(expressions) or None)
