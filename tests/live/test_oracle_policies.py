"""Does a NetworkPolicy mean the same with what the API server fills in?"""
import json
from io import BytesIO
from random import Random
from typing import Any

from kubectl_netpol.core.policies import Policy, policies_of
from kubectl_netpol.inputs.files import read
from tests.live import objects
from tests.live.bed.bed import Bed

COUNT = 300


def meaning(document: dict[str, Any]) -> Policy:
    ((policy,),) = policies_of([read(["-"], "default", stdin=BytesIO(json.dumps(document).encode())).snapshot])
    return policy


def test_a_policy_means_the_same_with_the_defaults_of_the_api(bed: Bed) -> None:
    random, changed = Random(0), 0
    for number in range(COUNT):
        document = objects.policy(random, f"p{number}")
        answer = bed.api.create(document, "default", dry_run=True)
        assert answer.status == 201, (answer.message, document)
        assert meaning(answer.body) == meaning(document), document
        changed += answer.body["spec"] != document.get("spec")
    assert changed > COUNT / 2
