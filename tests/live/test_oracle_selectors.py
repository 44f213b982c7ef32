"""Does `kubectl get pods -l` take the same selectors, and find the same pods?"""
from random import Random
from urllib.parse import quote

from kubectl_netpol.core.selectors import matches, parse_selector
from kubectl_netpol.errors import NetpolError
from tests.live import objects
from tests.live.bed.bed import Bed
from tests.live.bed.server import path_of

PODS, COUNT = 20, 1000
SIGNS = " ,=!()<>abxy-_./\t"


def term(random: Random) -> str:
    key = random.choice((*objects.LABELS, *objects.LABELS, "other", "example.org/name"))
    value = random.choice((*objects.LABELS.get(key, ("a", "b")), "c"))
    values = random.choice((",", ", ", " ,")).join(random.choices((*objects.LABELS.get(key, ("a", "b")), "c"), k=random.randint(1, 3)))
    return random.choice((
        key, f"!{key}", f"! {key}", f"{key}={value}", f"{key} = {value}", f"{key}=={value}", f"{key}!={value}", f"{key} != {value}",
        f"{key} in ({values})", f"{key} in( {values} )", f"{key} notin ({values})", f"{key}  notin({values})"))


def selector(random: Random) -> str:
    """Now and then with another sign somewhere, and mostly none any more."""
    text = random.choice((",", ", ", " , ")).join(term(random) for _ in range(random.choice((1, 1, 2, 3))))
    if random.random() < 0.4:
        place = random.randrange(len(text))
        text = text[:place] + random.choice(("", random.choice(SIGNS), text[place] + random.choice(SIGNS))) + text[place + 1:]
    return text + random.choice(("",) * 19 + (",",))


def found_here(text: str, pods: dict[str, dict[str, str]]) -> set[str] | None:
    """The pods; None: it is no selector."""
    try:
        parsed = parse_selector(text)
    except NetpolError:
        return None
    return {name for name, labels in pods.items() if matches(parsed, labels)}


def found_there(text: str, bed: Bed, namespace: str) -> set[str] | str:
    """The pods; a text: why it is no selector."""
    answer = bed.api.ask("GET", f"{path_of('Pod', namespace)}?labelSelector={quote(text)}")
    assert answer.status in (200, 400), answer.message
    return {each["metadata"]["name"] for each in answer.body["items"]} if answer.status == 200 else answer.message


def labelled_pods(random: Random, bed: Bed, namespace: str) -> dict[str, dict[str, str]]:
    made = [bed.api.made(objects.pod(random, f"p{number}"), namespace) for number in range(PODS)]
    return {each["metadata"]["name"]: each["metadata"]["labels"] for each in made}


def test_selectors_are_read_as_by_the_api_server(bed: Bed, namespace: str) -> None:
    random, refused = Random(0), 0
    pods = labelled_pods(random, bed, namespace)
    for text in (selector(random) for _ in range(COUNT)):
        here, there = found_here(text, pods), found_there(text, bed, namespace)
        if isinstance(there, str):
            refused += 1
            assert here is None, (text, there)
        else:
            assert here == there, text
    assert COUNT / 10 < refused < COUNT / 2


def test_kubectl_hands_selectors_on_as_they_are(bed: Bed, namespace: str) -> None:
    random = Random(1)
    pods = labelled_pods(random, bed, namespace)
    for text in (selector(random) for _ in range(15)):
        ran = bed.run_kubectl("get", "pods", "-n", namespace, "-l", text, "-o", "name", check=False)
        found = {each.removeprefix("pod/") for each in ran.stdout.split()}
        assert (found if ran.returncode == 0 else None) == found_here(text, pods), (text, ran.stderr)
