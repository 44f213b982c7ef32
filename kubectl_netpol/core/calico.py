"""What does a selector in Calico's own language mean?

Source: projectcalico/calico libcalico-go/lib/selector (tokenizer.go, parser.go): "||" binds less than "&&", strings have no escapes, and
an empty expression is all().
"""
import re
from collections.abc import Callable

from kubectl_netpol.core.classes import NAMESPACE_NAME
from kubectl_netpol.core.expressions import ANYBODY, EVERYBODY, Every, Expression, Label, Not, Of, Some, Text, Within
from kubectl_netpol.core.selectors import Operator, Requirement

_TOKEN = re.compile(r"""[ \t]*(?:
    (?P<text>"[^"]*"|'[^']*')
  | (?P<has>has\([ \t]*[a-zA-Z0-9_./-]+[ \t]*\))
  | (?P<all>all\([ \t]*\))
  | (?P<sign>==|!=|&&|\|\||[!(){},])
  | (?P<word>[a-zA-Z0-9_./-]+)
)""", re.VERBOSE)
_OPERATORS = re.compile(r"(?P<not>not[ \t]*in)|(?P<in>in)|(?P<within>contains|starts[ \t]*with|ends[ \t]*with)")
_NAMESPACE, _NAMESPACE_LABEL, _NAMESPACE_NAME = "projectcalico.org/namespace", "pcns.", "projectcalico.org/name"
_OTHERS = ("projectcalico.org/", "pcsa.")                       # labels that Calico adds, of service accounts among others


class _NotUnderstood(Exception):
    """It is not of the grammar that is known here."""


def calico_expression(written: str | None, of: Of = Of.POD) -> Expression:
    """Anybody, where it is not understood."""
    try:
        return _Parser(_tokens(written or ""), of).whole()
    except (_NotUnderstood, RecursionError):
        return ANYBODY


def _tokens(written: str) -> list[str]:
    """Strings with their quotes; what follows a label is an operator, whatever stands behind it: a in{"x"}."""
    tokens: list[str] = []
    rest, after_label = written.strip(" \t"), False
    while rest:
        operator = _OPERATORS.match(rest) if after_label else None
        found = operator or _TOKEN.match(rest)
        if not found:
            raise _NotUnderstood
        tokens.append(" ".join(found[0].split()) if operator else found[0].strip(" \t"))
        after_label = operator is None and found.lastgroup == "word"
        rest = rest[found.end():].lstrip(" \t")
    return tokens


class _Parser:
    def __init__(self, tokens: list[str], of: Of) -> None:
        self.tokens, self.of, self.place = tokens, of, 0

    def whole(self) -> Expression:
        if not self.tokens:
            return EVERYBODY
        found = self._joined("||", Some, lambda: self._joined("&&", Every, self._one))
        if self.place < len(self.tokens):
            raise _NotUnderstood
        return found

    def _joined(self, sign: str, join: Callable[[tuple[Expression, ...]], Expression], part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._is(sign):
            self.place += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _one(self) -> Expression:
        token = self._next()
        if token == "!":
            return Not(self._one())
        if token == "(":
            found = self._joined("||", Some, lambda: self._joined("&&", Every, self._one))
            self._expect(")")
            return found
        if token.startswith("all("):
            return EVERYBODY
        if token.startswith("has("):
            return self._labelled(token[len("has("):-1].strip(" \t"), Operator.EXISTS)
        return self._compared(token)

    def _compared(self, key: str) -> Expression:
        if not re.fullmatch(r"[a-zA-Z0-9_./-]+", key):
            raise _NotUnderstood
        match self._next():
            case "==": return self._labelled(key, Operator.IN, self._text())
            case "!=": return self._labelled(key, Operator.NOT_IN, self._text())
            case "in": return self._labelled(key, Operator.IN, *self._texts())
            case "notin" | "not in": return self._labelled(key, Operator.NOT_IN, *self._texts())
            case "contains": return self._with_text(key, Within.ANYWHERE)
            case "starts with" | "startswith": return self._with_text(key, Within.START)
            case "ends with" | "endswith": return self._with_text(key, Within.END)
        raise _NotUnderstood

    def _labelled(self, key: str, operator: Operator, *values: str) -> Expression:
        if (place := self._placed(key)) is None:
            return ANYBODY
        return Label(Requirement(place[0], operator, tuple(sorted(set(values)))), place[1])

    def _with_text(self, key: str, within: Within) -> Expression:
        value, place = self._text(), self._placed(key)
        return ANYBODY if place is None else Text(place[0], within, value, place[1])

    def _placed(self, key: str) -> tuple[str, Of] | None:
        """Which label of what is meant: Calico gives pods those of their namespaces too, as pcns.KEY. None: it is not known here."""
        if key == (_NAMESPACE if self.of is Of.POD else _NAMESPACE_NAME):
            return NAMESPACE_NAME, Of.NAMESPACE
        if self.of is Of.POD and key.startswith(_NAMESPACE_LABEL):
            own = key.removeprefix(_NAMESPACE_LABEL)
            return NAMESPACE_NAME if own == _NAMESPACE_NAME else own, Of.NAMESPACE
        return None if key.startswith(_OTHERS) else (key, self.of)

    # ---- tokens

    def _is(self, token: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == token

    def _next(self) -> str:
        if self.place >= len(self.tokens):
            raise _NotUnderstood
        self.place += 1
        return self.tokens[self.place - 1]

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise _NotUnderstood

    def _text(self) -> str:
        token = self._next()
        if token[0] not in "\"'":
            raise _NotUnderstood
        return token[1:-1]

    def _texts(self) -> list[str]:
        """A set, which may be empty."""
        self._expect("{")
        found: list[str] = []
        while not self._is("}"):
            found.append(self._text())
            if not self._is("}"):
                self._expect(",")
        self._expect("}")
        return found
