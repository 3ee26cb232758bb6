"""The responders that are measured: ours, and those of ../shared/bench where that folder is at hand."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time

from .processes import Process, wait_until

BIN, ROOT, RIVALS = (os.environ.get(name, "") for name in ("BENCH_BIN", "BENCH_ROOT", "BENCH_RIVALS"))
FLOORS = ("c-epoll", "c-durable")

SLOW_DISK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd) { usleep(DELAY_MICROSECONDS); return syscall(SYS_fdatasync, fd); }
"""


def rivals():
    """Names of the rivals that can be built here."""
    names = [name for name in FLOORS if os.path.exists(f"{RIVALS}/{name}/limit.c")]
    if os.path.exists(f"{RIVALS}/go-fcgi/main.go") and shutil.which("go"):
        names.append("go-fcgi")
    return names


class Rival:
    """A rival takes any token and any signature, or one fixed pair."""

    token, secret, cid = "peer-key-0123456789abcdef", "peer-secret-0123456789", "0192f0c1-0000-7000-8000-000000000000"

    def __init__(self, name, directory, preload=None):
        self.name, self.socket = name, f"{directory}/{name}.sock"
        program = f"{directory}/{name}"
        if not os.path.exists(program):
            self._build(name, program)
        argv = [program, self.socket] + (["4"] if name in FLOORS else [])
        if name != "c-epoll":
            argv.append(f"{directory}/{name}.ndjson")
        env = {"PEER_KEY": self.token, "PEER_SECRET": self.secret, "PEER_SPOOL": f"{directory}/{name}.ndjson"}
        self.process = Process(argv, f"{directory}/{name}.log", {**env, **({"LD_PRELOAD": preload} if preload else {})})
        wait_until(f"{name} making its socket", lambda: os.path.exists(self.socket))
        os.chmod(self.socket, 0o666)

    @staticmethod
    def _build(name, program):
        if name == "go-fcgi":
            command = ["go", "build", "-o", program, "."]
        else:
            command = ["gcc", "-O2", "-o", program, "limit.c", "-lfcgi", "-lpthread"]
        subprocess.run(command, cwd=f"{RIVALS}/{name}", check=True)

    def stop(self):
        self.process.stop()


class Ours:
    """fx-bridge on a home of its own, with the settings as they ship."""

    name = "ours"

    def __init__(self, directory, name="ours", preload=None, settings=None, spool=None):
        self.name, self.home = name, f"{directory}/{name}"
        self.socket = f"{self.home}/run/fx-bridge.sock"
        self.config = f"{self.home}/fx-bridge.yaml"
        os.makedirs(f"{self.home}/run", exist_ok=True)
        os.makedirs(f"{self.home}/log", exist_ok=True)
        if spool is None:
            os.makedirs(f"{self.home}/spool", exist_ok=True)
        elif not os.path.exists(f"{self.home}/spool"):
            os.rename(spool, f"{self.home}/spool")
        shutil.copy(f"{ROOT}/deploy/fx-bridge.yaml", self.config)
        self.env = {**unit_environment(), "FX_FASTCGI_SOCKET_MODE": "0666", **(settings or {})}
        if preload:
            self.env["LD_PRELOAD"] = preload
        self.token = self.fxctl("token", "create", "--tenant", "demo", "--name", "bench", "--scope", "events:write",
                                "status:read")["token"]
        self.secret = self.fxctl("secret", "create", "--tenant", "demo", "--name", "bench", "--provider", "github")["secret"]
        self.cid = None
        self.start()

    def start(self):
        """Gives the seconds until it answers that it is ready."""
        began = time.monotonic()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = Process([f"{BIN}/fx-bridge", "--config", self.config], f"{self.home}/log/fx-bridge.log", self.env,
                               cwd=self.home)
        wait_until("fx-bridge listening", self._is_listening, 600)
        return time.monotonic() - began

    def _is_listening(self):
        if self.process.child.poll() is not None:
            tail = "".join(open(self.process.log).readlines()[-5:])
            raise SystemExit(f"bench: fx-bridge ended at its start:\n{tail}")
        return os.path.exists(self.socket) and os.path.exists(f"{self.home}/run/fx-bridge.pid")

    def fxctl(self, *arguments):
        done = subprocess.run([f"{BIN}/fxctl", "--config", self.config, *arguments, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: fxctl {' '.join(arguments[:2])} failed: {done.stderr}")
        return json.loads(done.stdout)

    def execute(self, cid):
        """Reports one completed execution of a cid, which the status case then asks for."""
        self.cid = cid
        self.fxctl("execution", "report", "--tenant", "demo", "--cid", cid, "--execution-id", "bench-" + cid, "--service",
                   "bench", "--status", "completed", "--execution-time", "0.25", "--data", '{"rows":17}')

    def stop(self):
        self.process.stop()


def unit_environment():
    """The variables that the shipped unit sets."""
    with open(f"{ROOT}/deploy/systemd/fx-bridge.service") as unit:
        return dict(line.strip().removeprefix("Environment=").split("=", 1) for line in unit if line.startswith("Environment="))


def slow_disk(directory, milliseconds):
    """A library that makes every fdatasync of a process take so much longer, for LD_PRELOAD."""
    library = f"{directory}/slow-{milliseconds}ms.so"
    source = SLOW_DISK.replace("DELAY_MICROSECONDS", str(milliseconds * 1000))
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-x", "c", "-o", library, "-"], input=source, text=True, check=True)
    return library


def body_of(size, envelope):
    """About so many bytes of what GitHub sends on a push; inside an event request if `envelope`."""
    push = {"ref": "refs/heads/main", "repository": {"id": 186853002, "full_name": "octo/hello"}, "commits": []}
    length, number = len(json.dumps(push)), 0
    while length < size:
        commit = {"id": hashlib.sha1(str(number).encode()).hexdigest(), "message": f"fix: zürich ‑ ünïcode {number}",
                  "added": ["a/b.txt"], "distinct": True}
        push["commits"].append(commit)
        length += len(json.dumps(commit)) + 2
        number += 1
    if envelope:
        push = {"event_source": "/bench", "event_type": "com.example.test", "payload": push}
    return re.sub(r"\]=", "] =", json.dumps(push))
