"""Is refused here what the API server refuses, in the same place, and nothing else?"""
import json
import re
from io import BytesIO
from random import Random
from typing import Any

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.files import read
from tests.live import objects
from tests.live.bed.bed import Bed
from tests.live.bed.server import Answer
from tests.live.breakages import broken

Document = dict[str, Any]
COUNT = 800

# What an API server refuses and we do not, and why. (Field and message, as a pattern.)
LEFT_TO_THE_SERVER = (
    (r"cidr: .*must not have|except\[\d\]: .*must not have", "API servers as old as 1.34 accept it, and what is stored stays"),
    (r"IPs\[\d\]: .*must not be an IPv4-mapped", "the same"),
    (r"SourceRanges\[\d\]: .*must not have", "the same"),
    (r"metadata.name: .*a DNS-1035 label", "only the older wants a Service's name to start with a letter"),
    (r"spec.clusterIPs: .*(failed to allocate|must match `clusterIP`|one IP for each|must be empty)", "the server chooses these addresses"),
    (r"spec.clusterIPs\[\d\]: .*expected an IPv[46] value", "the same"),
    (r"spec.ipFamilyPolicy: ", "it is not read"),
    (r"spec.(clusterIPs|ipFamilies): Forbidden: may not be set for ExternalName", "an ExternalName is a name of DNS, the rest is not read"),
    (r"spec.externalIPs\[\d\]: .*may not be (in|unspecified)", "an address where nobody dials publishes nothing"),
    (r"ports\[\d\].hostPort: (Duplicate value|.*must match `containerPort`)", "it says nothing of policies and Services"))

# What we refuse and an API server does not.
REFUSED_HERE = (
    (r"expected str, got null", "a label without its value is a mistake, though it is the empty one for Go"),
    (r'Invalid value: "( |010|.*/0\d).*must be a valid', "the older trims blanks and zeros, which most programs read as octal"),
    (r"restartPolicy: Unsupported value", "the older drops what it does not know"))


def refused(document: Document) -> str:
    """Path and problem; empty: accepted."""
    try:
        read(["-"], "default", stdin=BytesIO(json.dumps(document).encode()))
    except NetpolError as error:
        return error.message.split(": ", 2)[2]                  # after file and object
    return ""


def causes(answer: Answer) -> list[str]:
    told = answer.body.get("details", {}).get("causes", [])
    return [f"{each.get('field', '')}: {each['message']}" for each in told] or [answer.message]


def is_known(said: str, table: tuple[tuple[str, str], ...]) -> bool:
    return any(re.search(pattern, said) for pattern, _ in table)


def place(said: str) -> str:
    """The field, without the number of the last item; in the API server's own errors some names start with a capital."""
    return re.sub(r"\[[\d.]*\]$", "", said.split(": ")[0]).lower()


def disagreement(document: Document, answer: Answer) -> str:
    ours, theirs = refused(document), causes(answer) if answer.status != 201 else []
    if bool(ours) == bool(theirs):
        same_place = not theirs or answer.status == 400 or any(place(each).startswith(place(ours)) for each in theirs)
        return "" if same_place else f"refused here for {ours}, there for {theirs}"
    known = is_known(ours, REFUSED_HERE) if ours else all(is_known(each, LEFT_TO_THE_SERVER) for each in theirs)
    return "" if known else f"here: {ours or 'accepted'}, there: {theirs or 'accepted'}"


@pytest.mark.parametrize("make", [objects.policy, objects.service, objects.pod], ids=lambda make: make.__name__)
def test_the_api_server_refuses_the_same(make: Any, bed: Bed) -> None:
    random, refusals = Random(0), 0
    for number in range(COUNT):
        document = broken(random, make(random, f"x{number}"))
        answer = bed.api.create(document, "default", dry_run=True)
        assert answer.status in (201, 400, 422), answer.message
        assert disagreement(document, answer) == "", document
        refusals += answer.status != 201
    assert COUNT / 4 < refusals < COUNT * 3 / 4


@pytest.mark.parametrize("make", [objects.policy, objects.service, objects.pod], ids=lambda make: make.__name__)
def test_what_is_not_broken_is_accepted(make: Any, bed: Bed) -> None:
    random = Random(1)
    for number in range(100):
        document = make(random, f"x{number}")
        answer = bed.api.create(document, "default", dry_run=True)
        assert (answer.status, refused(document)) == (201, ""), (document, answer.message)
