"""Does docs/plugins.md show the table that the program judges by?

    python -m tests.test_plugins --write        writes the table there
"""
import re
import sys
from pathlib import Path

import pytest

from kubectl_netpol.core.profiles import ALIASES, GENERIC, PROFILES, OwnService, Profile, Refusal

PAGE = Path(__file__).resolve().parent.parent / "docs" / "plugins.md"
CASES = Path(__file__).resolve().parent / "cases" / "commands" / "network-plugins-differ"
HEAD = ("`--cni`", "plugin", "policies isolate pods on the host network", "selectors match these", "an ipBlock holds pods",
        "names of ports of init containers", "AdminNetworkPolicy", "ClusterNetworkPolicy", "a pod to its own Service",
        "a refused client sees", "beside that", "from")
THREE = {True: "yes", False: "no", None: "unknown"}
BEGIN, END = "<!-- the table -->\n", "<!-- the end of the table -->\n"


def table() -> str:
    rows = [HEAD, ("---",) * len(HEAD), *map(row, PROFILES.values())]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(profile: Profile) -> tuple[str, ...]:
    names = [profile.name, *(alias for alias, name in ALIASES.items() if name == profile.name)]
    said = (THREE[profile.polices_hosts], THREE[profile.selects_hosts], THREE[profile.blocks_hold_pods], THREE[profile.knows_sidecars],
            THREE[profile.heeds_admin_policies], THREE[profile.heeds_cluster_policies], own_service(profile), refusal(profile))
    return (", ".join(f"`{name}`" for name in names), profile.title, *(said if profile.enforces else ("",) * len(said)),
            "; ".join(beside(profile)), "; ".join(profile.sources))


def own_service(profile: Profile) -> str:
    return "unknown" if profile.own_service is OwnService.NOT_KNOWN else profile.own_service.value


def refusal(profile: Profile) -> str:
    return "unknown" if profile.refusal is Refusal.NOT_KNOWN else profile.refusal.value


def beside(profile: Profile) -> list[str]:
    return [said for is_so, said in (
        (not profile.enforces, "nothing is enforced"), (not profile.polices_egress, "egress is not policed"),
        (not profile.heeds_except, "an ipBlock with `except` matches nothing"),
        (profile.isolates_bare_pods is None, "whether pods without an owner are isolated is unknown"),
        (profile.sees_services, "egress is judged by the address and the port of the Service")) if is_so]


def shown() -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN):text.index(END)]


def test_the_page_shows_the_table() -> None:
    assert shown() == table(), "if the program is right: python -m tests.test_plugins --write"


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_each_row_differs_from_what_the_api_promises(name: str) -> None:
    assert name == GENERIC.name or row(PROFILES[name])[2:-1] != row(GENERIC)[2:-1]


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_each_plugin_has_a_case(name: str) -> None:
    argvs = [path.read_text(encoding="utf-8") for path in CASES.glob("case-*.yaml")]
    named = {ALIASES.get(word, word) for text in argvs for word in re.findall(r"--cni, ([a-z0-9.-]+)", text)}
    assert name in named | {GENERIC.name}


if __name__ == "__main__" and "--write" in sys.argv:
    before, after = PAGE.read_text(encoding="utf-8").split(BEGIN)[0], PAGE.read_text(encoding="utf-8").split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
