import argparse
import os
import shutil
import sys
import tempfile

from . import report
from .cases import ALL
from .peers import rivals
from .pieces import claims, pieces

USAGE = """Measures FX Event Bridge behind nginx, beside the floors and rivals of ../shared/bench (or BENCH_RIVALS) where that
folder is at hand. Rounds are interleaved; figures are medians. What has a bar is judged: quote ratios, not rates.

cases: {cases}, pieces, claims
Without a name all but soak run. size makes spools of --events events and as many executions: 10 million take some
minutes and 12 GB of disk in --directory. pieces counts instructions under valgrind where it is installed. claims
measures the idempotency check with 10,000 and 10 million keys in the window, beside the same event without it."""


def main():
    known = {**ALL, "pieces": pieces, "claims": claims}
    parser = argparse.ArgumentParser(prog="deploy/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=USAGE.format(cases=", ".join(ALL)))
    parser.add_argument("cases", nargs="*", metavar="CASE", help="which; default: all but soak")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of one round (default: 4)")
    parser.add_argument("--events", type=int, default=10_000_000, help="of the case size (default: 10000000)")
    parser.add_argument("--minutes", type=int, default=30, help="of the case soak (default: 30)")
    parser.add_argument("--directory", help="where spools and logs of the measurement lie (default: a temporary one)")
    parser.add_argument("--output", default="bench.json", help="the figures (default: bench.json); the curve beside it, .svg")
    options = parser.parse_args()
    for case in options.cases:
        if case not in known:
            parser.error(f"there is no case {case}; there are {', '.join(known)}")
    chosen = options.cases or [case for case in known if case != "soak"]

    if not rivals():
        print("no rivals at hand: ours alone", file=sys.stderr)
    own = options.directory is None
    options.directory = os.path.realpath(options.directory or tempfile.mkdtemp(prefix="fx-bench-"))
    os.makedirs(options.directory, exist_ok=True)
    os.chmod(options.directory, 0o755)
    results, missed = {}, False
    try:
        for case in chosen:
            for name in ("ours", "overload", "slow", "soak"):
                shutil.rmtree(f"{options.directory}/{name}", ignore_errors=True)
            rows, bars = results[case] = known[case](options)
            report.show(case, rows, bars)
            missed |= any(report.verdict(*bar[1:]) == "MISSED" for bar in bars)
            report.write(options.output, results)
            if case == "curve":
                report.plot(os.path.splitext(options.output)[0] + ".svg", rows)
    finally:
        if own:
            shutil.rmtree(options.directory, ignore_errors=True)
    return 1 if missed else 0


sys.exit(main())
