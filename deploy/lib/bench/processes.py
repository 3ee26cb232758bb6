"""Processes that a measurement starts, what they cost, and how they end."""

import os
import re
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    def __init__(self, argv, log, env=None, cwd=None):
        self.log = log
        self.child = subprocess.Popen(
            argv, env={**os.environ, **(env or {})}, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=open(log, "ab"), stderr=subprocess.STDOUT)
        self.pid = self.child.pid

    def pids(self):
        found = [self.pid]
        for pid in found:
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    found += [int(c) for c in read(f"/proc/{pid}/task/{thread}/children").split()]
            except FileNotFoundError:
                pass
        return found

    def cpu_seconds(self):
        total = 0.0
        for pid in self.pids():
            fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            if fields:
                total += (int(fields[11]) + int(fields[12])) / TICKS
        return total

    def resident_bytes(self):
        return sum(self._status(pid, "VmRSS") * 1024 for pid in self.pids())

    def counts(self):
        """What must not grow: descriptors and threads."""
        return {"descriptors": len(os.listdir(f"/proc/{self.pid}/fd")), "threads": self._status(self.pid, "Threads")}

    def context_switches(self):
        total = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            text = read(f"/proc/{self.pid}/task/{thread}/status")
            total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))
        return total

    def stop(self, seconds=15):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                # libfcgi's own handler swallows SIGTERM in some rivals.
                self.child.kill()
                self.child.wait()

    @staticmethod
    def _status(pid, name):
        match = re.search(rf"^{name}:\s+(\d+)", read(f"/proc/{pid}/status"), re.M)
        return int(match.group(1)) if match else 0


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what} did not happen within {seconds} s")
        time.sleep(0.02)
