"""How long does a real API server take, and how long do we, as the cluster grows?

    python benchmarks/live.py                        a table of all sizes, each loaded into an API server of its own
    python benchmarks/live.py --pods 2000            only this one
    python benchmarks/live.py --save                 also renews the table of benchmarks/README.md

kube-apiserver, etcd and kubectl are those of the tests (make bed). No controller runs: the objects stay as scale/generate.py made them.
"""
import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clusters import items, mixed, prepared
from measure import PROGRAM, Case, Cost, machine, measured
from tables import save

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.live.bed.bed import Bed
from tests.live.bed.joining import joined
from tests.live.bed.programs import Programs, programs_of
from tests.live.bed.server import Server, path_of
from tests.live.bed.versions import chosen

SIZES = (200, 2000, 20000)
FILES = ("namespaces", "services", "networkpolicies", "deployments", "statefulsets", "daemonsets", "cronjobs", "jobs", "pods")
LISTS = (
    "/api/v1/namespaces", "/api/v1/services", "/api/v1/pods", "/apis/networking.k8s.io/v1/networkpolicies",
    *(f"/apis/apps/v1/{kind}" for kind in ("deployments", "statefulsets", "daemonsets", "replicasets")),
    "/apis/batch/v1/jobs", "/apis/batch/v1/cronjobs", "/api/v1/replicationcontrollers")
OF_SERVER = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")
CHUNK = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, nargs="+", default=SIZES, metavar="N", help="sizes of the clusters")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="the median of so many runs counts")
    parser.add_argument("--save", action="store_true", help="renew the table of benchmarks/README.md")
    options = parser.parse_args()
    lines = [machine(), "", "| pods | what | wall s | peak MB | compared |", "|---:|---|---:|---:|---|"]
    print(*lines, sep="\n", flush=True)
    for pods in options.pods:
        for line in rows(pods, options.repeat):
            print(line, flush=True)
            lines.append(line)
    if options.save:
        save("live", lines)


def rows(pods: int, repeat: int) -> Iterator[str]:
    """A process of each case, and what it takes compared with kubectl's."""
    folder = prepared(mixed(pods))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        programs = without_controllers(programs_of(chosen()), Path(temporary))
        with joined(Path(temporary) / "bed", programs) as found:
            bed = Bed(found, programs, Path(temporary))
            # in a process of its own: what this one holds would count in the peak memory of those that it starts
            loader = multiprocessing.get_context("spawn").Process(
                target=load, args=(bed.server, bed.ca_file, bed.api.token, folder / "cluster"))
            loader.start()
            loader.join()
            if loader.exitcode:
                sys.exit("error: the cluster was not loaded")
            question = json.loads((folder / "question.json").read_text(encoding="utf-8"))
            yield from compared(pods, bed, question, repeat)


def compared(pods: int, bed: Bed, question: list[str], repeat: int) -> Iterator[str]:
    home, service = question[-1], question[0].removeprefix("svc/").partition(":")[0]
    config = bed.kubeconfig(namespace=home)
    os.environ["KUBECONFIG"] = config
    get = cost_of(Case("", [bed.kubectl, "get", "svc", service]), repeat)
    raw = [cost_of(Case("", [bed.kubectl, "get", "--raw", path]), min(repeat, 3)) for path in LISTS]
    lists = Cost(0, sum(each.process for each in raw), sum(each.wall for each in raw), max(each.peak for each in raw), True)
    client = cost_of(Case("", [sys.executable, "-c", "import kubernetes"]), repeat) if has_client() else None
    asked = cost_of(Case("", [*PROGRAM, "explain", *question], (0, 1, 3)), repeat)
    whole = cost_of(Case("", [*PROGRAM, "explain", "-A", "-o", "json"]), min(repeat, 3))
    yield row(pods, f"`kubectl get svc {service}`", get)
    if client:
        yield row(pods, "`python3 -c 'import kubernetes'`", client)
    limit = (client.wall if client else 0) + 3 * get.wall
    yield row(pods, "one question", asked, f"{asked.wall / limit:.2f} of the import and 3 × get svc")
    yield row(pods, "`kubectl get --raw` of each list", lists)
    yield row(pods, "`explain -A`", whole, f"{whole.wall / lists.wall:.1f} × the lists")


def row(pods: int, name: str, cost: Cost, remark: str = "") -> str:
    return f"| {pods:,} | {name} | {cost.wall:.3f} | {cost.peak:.0f} | {remark} |"


def cost_of(case: Case, repeat: int) -> Cost:
    costs = [measured(case.argv, 300) for _ in range(repeat)]
    for cost in costs:
        if cost.status not in case.good:
            sys.exit(f"error: {case.argv} ended with {cost.status}")
    middle = statistics.median_low(cost.wall for cost in costs)
    return next(cost for cost in costs if cost.wall == middle)


def has_client() -> bool:
    from importlib.util import find_spec
    return find_spec("kubernetes") is not None


# ---- loading


def without_controllers(programs: Programs, folder: Path) -> Programs:
    idle = folder / "idle"
    idle.write_text("#!/bin/sh\nexec sleep 86400\n", encoding="utf-8")
    idle.chmod(0o755)
    return programs._replace(kube_controller_manager=str(idle))


def load(url: str, ca_file: str, token: str, cluster: Path) -> None:
    with multiprocessing.get_context("spawn").Pool((os.cpu_count() or 2) * 2) as pool:
        for name in FILES:
            path = cluster / f"{name}.json"
            objects = items(path) if path.exists() else []
            chunks = (objects[place:place + CHUNK] for place in range(0, len(objects), CHUNK))
            for _ in pool.imap_unordered(created, ((url, ca_file, token, chunk) for chunk in chunks)):
                print(f"\rloading {name}: {len(objects):,}", end="", file=sys.stderr)
    print("\r\x1b[K", end="", file=sys.stderr)


def created(work: tuple[str, str, str, list[dict[str, Any]]]) -> None:
    url, ca_file, token, objects = work
    server = Server(url, Path(ca_file), token)
    for each in objects:
        create(server, each)


def create(server: Server, item: dict[str, Any]) -> None:
    status = item.pop("status", None)
    metadata, spec = item["metadata"], item.get("spec") or {}
    for name in OF_SERVER:
        metadata.pop(name, None)
    if spec.get("clusterIP") != "None":
        for name in ("clusterIP", "clusterIPs"):
            spec.pop(name, None)
    for port in spec.get("ports") or () if item["kind"] == "Service" else ():
        port.pop("nodePort", None)
    path = path_of(item["kind"], metadata.get("namespace"))
    answer = server.ask("POST", path, item)
    if answer.status >= 300 and not (answer.status == 409 and item["kind"] == "Namespace"):     # kube-system is there from the start
        sys.exit(f"error: {item['kind']}/{metadata['name']}: {answer.status} {answer.message}")
    if item["kind"] in ("Pod", "Service") and status:
        server.must("PATCH", f"{path}/{metadata['name']}/status", {"status": status}, "application/merge-patch+json")


if __name__ == "__main__":
    main()
