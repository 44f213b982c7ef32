"""How do time and memory grow with the cluster?

    python benchmarks/run.py                    a table of all sizes
    python benchmarks/run.py --pods 100 500     only these
    python benchmarks/run.py --save             also renews the table of benchmarks/README.md

Each row is a process of its own, measured by the kernel (wait4): process time is user and system together. The clusters are made
once by scale/generate.py and kept in the system's folder for temporary files. Only the standard library is used.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
SCALE = HERE / "scale"
STORY = HERE.parent / "examples" / "gitlab"
INSTALLED = Path(sys.executable).with_name("kubectl-netpol")
PROGRAM = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "kubectl_netpol"]
SIZES = (100, 500, 2000, 5000, 20000)
START, END = "<!-- table -->", "<!-- end of table -->"


class Case(NamedTuple):
    pods: int | None                # None: no generated cluster
    name: str
    argv: list[str]
    good: tuple[int, ...] = (0,)    # exit statuses of an answer


class Cost(NamedTuple):
    status: int
    process: float                  # seconds
    wall: float                     # seconds
    peak: float                     # MB
    answered: bool                  # wrote to stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, nargs="+", default=SIZES, metavar="N", help="sizes of the clusters")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="the best of so many runs counts; large clusters run once")
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="give up a run after that")
    parser.add_argument("--save", action="store_true", help="renew the table of benchmarks/README.md")
    options = parser.parse_args()
    lines = []
    for line in table(options):
        print(line, flush=True)
        lines.append(line)
    if options.save:
        save(lines)


def table(options: argparse.Namespace) -> Iterator[str]:
    yield from (machine(), "", "| pods | what | process s | wall s | peak MB | |", "|---:|---|---:|---:|---:|---|")
    for case in all_cases(options.pods):
        runs = 1 if (case.pods or 0) > 2000 else options.repeat
        cost = min((measured(case.argv, options.timeout) for _ in range(runs)), key=lambda cost: cost.process)
        good = cost.status in case.good and (cost.answered or not cost.status)
        remark = "" if good else "gave up" if cost.status < 0 else f"exit {cost.status}"
        pods = "" if case.pods is None else f"{case.pods:,}"
        yield f"| {pods} | {case.name} | {cost.process:.3f} | {cost.wall:.3f} | {cost.peak:.0f} | {remark} |"


def machine() -> str:
    cores, python, day = os.cpu_count(), platform.python_version(), time.strftime("%Y-%m-%d")
    return f"{cores} cores, {platform.machine()}, {platform.system()}, Python {python}, {day}"


def all_cases(sizes: Iterable[int]) -> Iterator[Case]:
    yield from small_cases()
    for pods in sizes:
        yield from cluster_cases(pods, prepared(pods))


def small_cases() -> Iterator[Case]:
    story = ["--offline", str(STORY / "before")]
    yield Case(None, "`python3 -c pass`", [sys.executable, "-c", "pass"])
    yield Case(None, "`--help`", [*PROGRAM, "--help"])
    yield Case(None, "story: `explain`", [*PROGRAM, "explain", *story])
    yield Case(None, "story: one question", [*PROGRAM, "explain", "svc/gitlab:ssh", "--from", "anywhere", *story], good=(1,))
    yield Case(None, "story: `diff -f`", [*PROGRAM, "diff", "-f", str(STORY / "proposed.yaml"), *story], good=(1,))


def cluster_cases(pods: int, folder: Path) -> Iterator[Case]:
    offline = ["--offline", str(folder / "cluster")]
    question = json.loads((folder / "question.json").read_text(encoding="utf-8"))
    answers = (0, 1, 3)             # which one depends on the cluster
    yield Case(pods, "floor: only reading", [sys.executable, str(SCALE / "floor.py"), str(folder / "cluster")])
    yield Case(pods, "`explain -A`", [*PROGRAM, "explain", "-A", "-o", "json", *offline])
    yield Case(pods, "one question", [*PROGRAM, "explain", *question, "-o", "json", *offline], answers)
    yield Case(pods, "`explain --by workload -A`", [*PROGRAM, "explain", "--by", "workload", "-A", "-o", "json", *offline])
    yield Case(pods, "`diff -f` one policy", [*PROGRAM, "diff", "-f", str(folder / "policy.yaml"), "-o", "json", *offline], (0, 1))


def prepared(pods: int) -> Path:
    """The folder of a generated cluster: cluster/*.json, question.json, policy.yaml; made when it is not there yet."""
    recipe = b"".join(path.read_bytes() for path in (*sorted(SCALE.glob("*.*")), Path(__file__)))
    folder = Path(tempfile.gettempdir(), "kubectl-netpol-benchmarks", f"{pods}-{hashlib.sha256(recipe).hexdigest()[:12]}")
    if not folder.exists():
        print(f"making a cluster of {pods:,} pods in {folder}", file=sys.stderr)
        # In a process of its own: what this one holds would count in the peak memory of those that it starts.
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(pods, folder))
        maker.start()
        maker.join()
        if maker.exitcode:
            sys.exit(f"error: no cluster of {pods} pods was made")
    return folder


def make(pods: int, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    command = [sys.executable, str(SCALE / "generate.py"), "--pods", str(pods), "--out", str(unfinished / "cluster")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    service = asked_service(unfinished / "cluster")
    namespace, name, port = service["metadata"]["namespace"], service["metadata"]["name"], service["spec"]["ports"][0]
    question = [f"svc/{name}:{port['port']}/{port['protocol']}", "--from", "same-namespace", "-n", namespace]
    (unfinished / "question.json").write_text(json.dumps(question), encoding="utf-8")
    (unfinished / "policy.yaml").write_text(json.dumps(policy(service), indent=2) + "\n", encoding="utf-8")
    try:
        unfinished.rename(folder)
    except OSError:                 # another run was faster
        shutil.rmtree(unfinished)


def asked_service(cluster: Path) -> dict[str, Any]:
    """The middle one of the ClusterIP Services whose namespace has policies."""
    guarded = {item["metadata"]["namespace"] for item in items(cluster / "networkpolicies.json")}
    services = [item for item in items(cluster / "services.json") if item["metadata"]["namespace"] in guarded]
    plain = [item for item in services if item["spec"]["type"] == "ClusterIP" and item["spec"]["clusterIP"] != "None"]
    return plain[len(plain) // 2]


def items(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return found


def policy(service: dict[str, Any]) -> dict[str, Any]:
    """Admits the own namespace to the pods of a Service, on any port of the protocol of its first port."""
    port = service["spec"]["ports"][0]
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "allow-same-namespace-benchmark", "namespace": service["metadata"]["namespace"]},
        "spec": {"podSelector": {"matchLabels": service["spec"]["selector"]}, "policyTypes": ["Ingress"],
                 "ingress": [{"from": [{"podSelector": {}}], "ports": [{"protocol": port["protocol"]}]}]},
    }


def measured(argv: list[str], timeout: float) -> Cost:
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(argv, stdout=output, stderr=errors, cwd=HERE.parent)
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        answered = os.fstat(output.fileno()).st_size > 0
        if process.returncode and not answered:
            errors.seek(0)
            print(shlex.join(argv), errors.read().decode(errors="replace")[-2000:], sep="\n", file=sys.stderr)
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(process.returncode, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit / 1e6, answered)


def save(lines: list[str], start: str = START, end: str = END) -> None:
    readme = HERE / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    readme.write_text("\n".join((before + start, *lines, end + after)), encoding="utf-8")


if __name__ == "__main__":
    main()
