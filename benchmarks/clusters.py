"""Which clusters are measured, and what is asked of them? Each is made once, in the folder for temporary files."""
import hashlib
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from measure import HERE

SCALE = HERE / "scale"
KEPT = Path(tempfile.gettempdir(), "kubectl-netpol-benchmarks")
OWN = ("objects.py", "unfriendly.py", "varied.py")      # what makes clusters besides scale/


class Recipe(NamedTuple):
    """A script that writes the same cluster to --out whenever it has the same arguments."""
    name: str
    script: Path
    argv: tuple[str, ...]

    def folder(self) -> Path:
        sources = [*sorted(SCALE.glob("*.*")), Path(__file__), *(HERE / name for name in OWN if self.script.parent == HERE)]
        key = hashlib.sha256(b"".join((repr(self.argv).encode(), *(path.read_bytes() for path in sources))))
        return KEPT / f"{self.name}-{key.hexdigest()[:12]}"


def mixed(pods: int) -> Recipe:
    return generated(f"mixed-{pods}", "--pods", str(pods))


def generated(name: str, *argv: str) -> Recipe:
    return Recipe(name, SCALE / "generate.py", argv)


def prepared(recipe: Recipe) -> Path:
    """The folder of a cluster: cluster/*.json, question.json, policy.yaml; made when it is not there yet."""
    folder = recipe.folder()
    if not folder.exists():
        print(f"making {folder}", file=sys.stderr)
        # In a process of its own: what this one holds would count in the peak memory of those that it starts.
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(recipe, folder))
        maker.start()
        maker.join()
        if maker.exitcode:
            sys.exit(f"error: {recipe.name} was not made")
    return folder


def size_of(folder: Path) -> int:
    """The bytes of what is read."""
    return sum(path.stat().st_size for path in (folder / "cluster").iterdir())


def make(recipe: Recipe, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    cluster = unfinished / "cluster"
    try:
        subprocess.run([sys.executable, str(recipe.script), *recipe.argv, "--out", str(cluster)], check=True, stdout=subprocess.DEVNULL)
        if (cluster / "services.json").exists():
            service = asked_service(cluster)
            (unfinished / "question.json").write_text(json.dumps(question(service)), encoding="utf-8")
            (unfinished / "policy.yaml").write_text(json.dumps(policy(service), indent=2) + "\n", encoding="utf-8")
        unfinished.rename(folder)
    except OSError:                 # another run was faster
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def asked_service(cluster: Path) -> dict[str, Any]:
    """The middle one of the ClusterIP Services whose namespace has policies; in namespaces of the shape, if the cluster has one."""
    guarded = {item["metadata"]["namespace"] for item in items(cluster / "networkpolicies.json")}
    services = [item for item in items(cluster / "services.json") if item["metadata"]["namespace"] in guarded]
    plain = [item for item in services if item["spec"]["type"] == "ClusterIP" and item["spec"]["clusterIP"] != "None"]
    found = [item for item in plain if item["metadata"]["namespace"].startswith("shape")] or plain
    return found[len(found) // 2]


def items(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return found


def question(service: dict[str, Any]) -> list[str]:
    namespace, name, port = service["metadata"]["namespace"], service["metadata"]["name"], service["spec"]["ports"][0]
    return [f"svc/{name}:{port['port']}/{port['protocol']}", "--from", "same-namespace", "-n", namespace]


def policy(service: dict[str, Any]) -> dict[str, Any]:
    """Admits the own namespace to the pods of a Service, on any port of the protocol of its first port."""
    port, selector = service["spec"]["ports"][0], service["spec"].get("selector")
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "allow-same-namespace-benchmark", "namespace": service["metadata"]["namespace"]},
        "spec": {"podSelector": {"matchLabels": selector} if selector else {}, "policyTypes": ["Ingress"],
                 "ingress": [{"from": [{"podSelector": {}}], "ports": [{"protocol": port["protocol"]}]}]},
    }
