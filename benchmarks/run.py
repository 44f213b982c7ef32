"""What do the commands cost: beside only reading, as the cluster grows, for unfriendly clusters, and for hardly anything?

    python benchmarks/run.py                        all four tables, which takes about an hour
    python benchmarks/run.py --only floor small     only these
    python benchmarks/run.py --quick                with small clusters, to try the benchmarks themselves
    python benchmarks/run.py --save                 also renews the tables of benchmarks/README.md, and growth.svg

Each run is a process of its own, measured by the kernel (wait4): process time is user and system together. The clusters are made once
and kept in the system's folder for temporary files. Only the standard library and what the program needs itself are used.
"""
import argparse

import floor
import growth
import shapes
import small
from measure import Effort, machine
from tables import save

PARTS = {"small": small.rows, "floor": floor.rows, "growth": growth.rows, "shapes": shapes.rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=tuple(PARTS), help="only these tables")
    parser.add_argument("--quick", action="store_true", help="small clusters, one run of each, to try the benchmarks themselves")
    parser.add_argument("--repeat", type=int, metavar="N", help="the best of so many runs counts (3); what takes more than 5 s runs once")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="give up a run after that (%(default)s)")
    parser.add_argument("--save", action="store_true", help="renew the tables of benchmarks/README.md, and growth.svg")
    options = parser.parse_args()
    effort = Effort(options.quick, options.repeat or (1 if options.quick else 3), options.timeout, options.save)
    for name in PARTS:
        if name in options.only:
            table(name, effort)


def table(name: str, effort: Effort) -> None:
    lines = [machine() + (", small clusters, to try it only" if effort.quick else ""), ""]
    print(f"## {name}", *lines, sep="\n", flush=True)
    for line in PARTS[name](effort):
        print(line, flush=True)
        lines.append(line)
    print()
    if effort.save:
        save(name, lines)


if __name__ == "__main__":
    main()
