"""The pieces of a request alone: nanoseconds, and instructions where valgrind is at hand."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from .peers import BIN


def pieces(_):
    program = f"{BIN}/fx-bench"
    rows = {}
    timed = subprocess.run([program, "pieces"], check=True, capture_output=True, text=True).stdout
    for line in timed.splitlines():
        name, nanoseconds = line.split()
        rows[name] = {"ns": float(nanoseconds)}
    if shutil.which("valgrind"):
        with tempfile.TemporaryDirectory() as directory:
            # valgrind 3.19 cannot read the debugging information of a newer compiler.
            stripped = f"{directory}/fx-bench"
            subprocess.run(["strip", "-g", "-o", stripped, program], check=True)
            for name in rows:
                few, many = (instructions(stripped, name, count, directory) for count in (640, 1920))
                rows[name]["instructions"] = (many - few) / 1280
    return rows, []


def claims(_):
    """What it costs an event to be known again, by how many keys are in the window; `off` is the event without it."""
    done = subprocess.run([f"{BIN}/fx-bench", "claims"], check=True, capture_output=True, text=True).stdout
    rows = {}
    for line in done.splitlines():
        figures = json.loads(line)
        keys = figures.pop("keys")
        rows[f"{keys} keys"] = {name: value for name, value in figures.items() if value is not None}
    return rows, []


def instructions(program, name, count, directory):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", program, "pieces", name, "--runs", "1",
         "--count", str(count)], check=True, capture_output=True, text=True, env={**os.environ, "TMPDIR": directory})
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))
