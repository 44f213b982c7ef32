"""Which labels do selectors match?"""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_netpol import api
from kubectl_netpol.core.classes import selected
from kubectl_netpol.core.selectors import (
    EVERYTHING,
    Operator,
    Requirement,
    Selector,
    format_selector,
    holds,
    matches,
    parse_selector,
    selector_of,
    selector_of_labels,
    to_api,
)
from kubectl_netpol.core.states import state_of
from kubectl_netpol.errors import NetpolError
from tests.clusters import tried
from tests.e2e_cases import pod
from tests.snapshots import names, snapshot


@pytest.mark.parametrize(("operator", "values", "value", "expected"), [
    pytest.param(Operator.IN, ("a", "b"), "b", True, id="1.3 In: one of the values"),
    pytest.param(Operator.IN, ("a", "b"), "c", False, id="1.3 In: another value"),
    pytest.param(Operator.IN, ("a",), None, False, id="1.3 In: the key must exist"),
    pytest.param(Operator.IN, ("",), None, False, id="1.3 In: an absent label is not an empty one"),
    pytest.param(Operator.IN, ("",), "", True, id="1.3 In: an empty value"),
    pytest.param(Operator.NOT_IN, ("a", "b"), "b", False, id="1.3 NotIn: one of the values"),
    pytest.param(Operator.NOT_IN, ("a", "b"), "c", True, id="1.3 NotIn: another value"),
    pytest.param(Operator.NOT_IN, ("a",), None, True, id="1.3 NotIn: true when the key is missing"),
    pytest.param(Operator.EXISTS, (), "", True, id="1.3 Exists: with whatever value"),
    pytest.param(Operator.EXISTS, (), None, False, id="1.3 Exists: the key is missing"),
    pytest.param(Operator.DOES_NOT_EXIST, (), "a", False, id="1.3 DoesNotExist: it does"),
    pytest.param(Operator.DOES_NOT_EXIST, (), None, True, id="1.3 DoesNotExist: the key is missing")])
def test_a_requirement_holds(operator: Operator, values: tuple[str, ...], value: str | None, expected: bool) -> None:
    requirement = Requirement("key", operator, values)
    assert holds(requirement, value) is expected


KEYS, VALUES = ("app", "tier"), ("a", "b")
any_labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
any_requirement = st.one_of(
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from([Operator.IN, Operator.NOT_IN]),
              st.lists(st.sampled_from([*VALUES, "c"]), min_size=1, max_size=2, unique=True).map(lambda each: tuple(sorted(each)))),
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])))
any_selector = st.lists(any_requirement, max_size=3).map(lambda each: Selector(tuple(each)))


@tried(100)
@given(any_selector, st.lists(any_labels, min_size=1, max_size=5))
def test_a_set_of_classes_is_selected_as_its_pods_are(selector: Selector, labelled: list[dict[str, str]]) -> None:
    pods = [{**pod(f"x/p{number}"), "metadata": {"name": f"p{number}", "namespace": "x", "labels": labels}}
            for number, labels in enumerate(labelled)]
    found = state_of(snapshot(*pods), [Selector(tuple(Requirement(key, Operator.EXISTS) for key in KEYS))])
    assert names(selected(selector, found.cluster.pods), found) == {
        f"p{number}" for number, labels in enumerate(labelled) if matches(selector, labels)}


def expression(key: str, operator: str, *values: str) -> api.LabelSelectorRequirement:
    return api.LabelSelectorRequirement(key, operator, values or None)


@pytest.mark.parametrize(("selector", "labels", "expected"), [
    pytest.param(None, {"a": "1"}, True, id="1.1 an absent podSelector is every pod"),
    pytest.param(api.LabelSelector(), {}, True, id="1.3 {} is everything"),
    pytest.param(api.LabelSelector({}, ()), {"a": "1"}, True, id="0 empty lists are as absent"),
    pytest.param(api.LabelSelector({"a": "1", "b": "2"}), {"a": "1", "b": "2", "c": "3"}, True, id="1.3 all labels"),
    pytest.param(api.LabelSelector({"a": "1", "b": "2"}), {"a": "1"}, False, id="1.3 not only some labels"),
    pytest.param(api.LabelSelector({"a": "1"}, (expression("a", "In", "2", "3"),)), {"a": "1"}, False, id="1.3 labels and expressions"),
    pytest.param(api.LabelSelector(None, (expression("a", "Exists"), expression("a", "NotIn", "1"))), {"a": "1"}, False,
                 id="1.3 all expressions")])
def test_labels_and_expressions_must_all_hold(selector: api.LabelSelector | None, labels: dict[str, str], expected: bool) -> None:
    assert matches(selector_of(selector), labels) is expected


def test_equal_meanings_are_equal_values() -> None:
    first = selector_of(api.LabelSelector({"b": "1"}, (expression("a", "In", "y", "x", "y"), expression("a", "In", "x", "y"))))
    assert first == selector_of(api.LabelSelector(None, (expression("a", "In", "x", "y"), expression("b", "In", "1"))))
    assert selector_of_labels({"b": "1", "a": "2"}) == selector_of_labels({"a": "2", "b": "1"})
    assert selector_of(None) == selector_of(api.LabelSelector()) == EVERYTHING


@pytest.mark.parametrize(("text", "labels", "others"), [
    ("a=1", {"a": "1"}, {"a": "2"}), ("a==1", {"a": "1"}, {}), ("a!=1", {}, {"a": "1"}), ("a in (1,2)", {"a": "2"}, {"a": "3"}),
    ("a notin (1, 2)", {"b": "1"}, {"a": "2"}), ("a", {"a": ""}, {"b": ""}), ("!a", {"b": "1"}, {"a": "1"}),
    ("a=1,b in (2)", {"a": "1", "b": "2"}, {"a": "1"}), (" a = 1 , !b ", {"a": "1"}, {"a": "1", "b": ""}), ("a=", {"a": ""}, {"a": "1"})])
def test_a_selector_is_read_as_by_kubectl_get(text: str, labels: dict[str, str], others: dict[str, str]) -> None:
    selector = parse_selector(text)
    assert (matches(selector, labels), matches(selector, others)) == (True, False)
    assert parse_selector(format_selector(selector)) == selector


@pytest.mark.parametrize("text", ["", ",", "a,", "a=1,", "a in 1", "=1", "!", "a b", "a in (1", "a=1 b=2"])
def test_other_texts_are_no_selector(text: str) -> None:
    with pytest.raises(NetpolError, match="is not a label selector"):
        parse_selector(text)


@tried(100)
@given(any_selector)
def test_what_is_written_as_an_api_object_means_the_same(selector: Selector) -> None:
    normal = selector_of(to_api(selector))
    assert set(normal.requirements) == set(selector.requirements)


def test_match_labels_are_written_where_they_suffice() -> None:
    assert to_api(parse_selector("a=1,b in (2,3)")) == api.LabelSelector({"a": "1"}, (expression("b", "In", "2", "3"),))
    assert to_api(EVERYTHING) == api.LabelSelector()
