"""The cases, each a function that gives rows of figures and the ratios that have a bar."""

import os
import re
import shutil
import statistics
import subprocess
import time

from .load import Front, load
from .peers import BIN, Ours, Rival, rivals, slow_disk
from .processes import wait_until


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bench:
    """One directory, one nginx, and the peers behind it."""

    def __init__(self, directory, names, rounds, seconds, **ours):
        self.directory, self.rounds, self.seconds = directory, rounds, seconds
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.peers = {}
        try:
            for name in names:
                if name == "ours":
                    self.peers[name] = Ours(directory, **ours)
                elif name in rivals():
                    self.peers[name] = Rival(name, directory, preload=ours.get("preload"))
            self.front = Front(directory, list(self.peers.values()), free_port())
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if hasattr(self, "front"):
            self.front.stop()
        for peer in self.peers.values():
            peer.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def medians(self, case, **options):
        """Interleaved rounds, so that a drift of the machine falls on all alike; the first round warms up."""
        rows = {name: [] for name in self.peers}
        for turn in range(self.rounds + 1):
            for name, peer in self.peers.items():
                delay = options.get("delays", {}).get(name)
                row = load(self.front, peer, case, 1 if turn == 0 else self.seconds, delay=delay,
                           **{k: v for k, v in options.items() if k != "delays"})
                if turn:
                    rows[name].append(row)
        return {name: {key: statistics.median(row[key] for row in some) for key in some[0]} for name, some in rows.items()}


def ratio(rows, key, ours="ours", other="c-durable"):
    return rows[ours][key] / rows[other][key] if other in rows and rows[other][key] else None


def first_cid(ours, front):
    """Sends one event through nginx and reports its execution, so that there is a cid to ask for."""
    answer = subprocess.run(
        ["curl", "-sS", f"http://127.0.0.1:{front.port}/{ours.name}/fx/events", "-H", f"X-API-KEY: {ours.token}", "-H",
         "Content-Type: application/json", "-d", '{"event_source":"/bench","event_type":"com.example.test","payload":1}'],
        check=True, capture_output=True, text=True).stdout
    ours.execute(re.search(r'"cid":"([^"]+)"', answer).group(1))


def post(options):
    with Bench(options.directory, ["ours", "c-durable", "c-epoll", "go-fcgi"], options.rounds, options.seconds) as bench:
        rows = bench.medians("post")
    return rows, [
        ("throughput against c-durable", ratio(rows, "rate"), ">=", 0.9),
        ("CPU against c-durable", ratio(rows, "cpu_us"), "<=", 1.5),
        ("throughput against go-fcgi", ratio(rows, "rate", other="go-fcgi"), ">=", 4),
        ("resident MB", rows["ours"]["resident_mb"], "<=", 48)]


def webhook(options):
    with Bench(options.directory, ["ours", "c-durable", "go-fcgi"], options.rounds, options.seconds) as bench:
        rows = bench.medians("webhook", size=8192)
    return rows, [
        ("throughput against c-durable", ratio(rows, "rate"), ">=", 0.75),
        ("throughput against go-fcgi", ratio(rows, "rate", other="go-fcgi"), ">=", 5)]


def status(options):
    with Bench(options.directory, ["ours", "c-epoll"], options.rounds, options.seconds) as bench:
        first_cid(bench.peers["ours"], bench.front)
        rows = bench.medians("status")
    return rows, [("throughput against c-epoll", ratio(rows, "rate", other="c-epoll"), ">=", 0.75)]


def latency(options):
    """p99 while each connection pauses so long that half of the peak rate comes."""
    connections = 64
    with Bench(options.directory, ["ours", "c-durable"], options.rounds, options.seconds) as bench:
        peak = bench.medians("post", connections=connections)
        half = peak["ours"]["rate"] / 2
        delays = {name: connections / half * 1000 - 1 for name in bench.peers}
        rows = bench.medians("post", connections=connections, delays=delays)
    return rows, [("p99 against c-durable, at half of our peak", ratio(rows, "p99_ms"), "<=", 2)]


def slow(options):
    directory = f"{options.directory}/slow"
    os.makedirs(directory, exist_ok=True)
    with Bench(directory, ["ours", "c-durable"], options.rounds, options.seconds,
               preload=slow_disk(directory, 5)) as bench:
        few = bench.medians("post", connections=64)
        rows = bench.medians("post", connections=256)
    rows.update({f"{name}, 64 connections": row for name, row in few.items()})
    return rows, [
        ("accepted per second, 256 connections, fdatasync 5 ms longer", rows["ours"]["accepted"], ">=", 10_000),
        ("accepted per second, 64 connections, fdatasync 5 ms longer", few["ours"]["accepted"], ">=", 5_000)]


def large(options):
    with Bench(options.directory, ["ours", "c-durable"], options.rounds, options.seconds) as bench:
        rows = bench.medians("post", size=1 << 20, connections=16)
        sequential = sequential_write(options.directory)
        for row in rows.values():
            row["mb_per_s"] = row["rate"]
        many = load(bench.front, bench.peers["ours"], "post", options.seconds, connections=256, size=1 << 20)
    floor = min(0.6 * rows["c-durable"]["rate"] if "c-durable" in rows else float("inf"), 0.8 * sequential)
    rows["ours, 256 senders"] = many
    return rows, [
        (f"MiB/s against the lesser of 0.6 c-durable and 0.8 of the disk's {sequential:.0f} MiB/s",
         rows["ours"]["rate"] / floor, ">=", 1)]


def sequential_write(directory, mebibytes=512):
    """MiB/s of writing one file in pieces of 8 MiB, each followed by fdatasync."""
    path, block = f"{directory}/sequential", os.urandom(8 << 20)
    began = time.monotonic()
    file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    for _ in range(mebibytes // 8):
        os.write(file, block)
        os.fdatasync(file)
    os.close(file)
    seconds = time.monotonic() - began
    os.unlink(path)
    return mebibytes / seconds


def size(options):
    """The cost of a request with many events and executions in spool and index, beside one with few."""
    spools, made = {}, {}
    for name, events in (("few", 10_000), ("many", options.events)):
        home = f"{options.directory}/size-{name}"
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        spools[name] = f"{home}/made"
        done = subprocess.run([f"{BIN}/fx-bench", "make-spool", spools[name], "--events", str(events), "--executions"],
                              check=True, capture_output=True, text=True)
        made[name] = __import__("json").loads(done.stdout)
    rows, bars = {}, []
    few = Ours(f"{options.directory}/size-few", name="few", spool=spools["few"])
    many_directory = f"{options.directory}/size-many"
    many = Ours(many_directory, name="many", spool=spools["many"], settings={"FX_SPOOL_RETENTION_BYTES": "0"})
    try:
        began = time.monotonic()
        wait_until("the index of the many being built", lambda: indexed(many), 1200)
        rows["built while running"] = {"seconds": time.monotonic() - began, "records_per_s": 2 * options.events / (
            time.monotonic() - began)}
        many.stop()
        rows["start"] = {"seconds": many.start()}
        bars.append((f"seconds until ready with {options.events:,} events", rows["start"]["seconds"], "<=", 2))
        for peer in (few, many):
            peer.cid = made[peer.name]["middle_cid"]
        with Pair(options, few, many) as bench:
            for case in ("post", "status"):
                for name, row in bench.medians(case).items():
                    rows[f"{case}, {name}"] = row
                bars.append((f"CPU of a {case} with many against few", ratio(rows, "cpu_us", f"{case}, many", f"{case}, few"),
                             "<=", 1.2))
        many.stop()
        began = time.monotonic()
        rebuilt = many.fxctl("index", "rebuild")
        seconds = time.monotonic() - began
        rows["index rebuild"] = {"seconds": seconds, **{k: v for k, v in rebuilt.items() if isinstance(v, int)}}
        bars.append(("events indexed per second, rebuild", rebuilt.get("events", options.events) / seconds, ">=", 150_000))
        began = time.monotonic()
        many.fxctl("spool", "verify")
        spool_bytes = sum(os.path.getsize(os.path.join(at, f)) for at, _, files in os.walk(f"{many.home}/spool")
                          for f in files if f.endswith(".ndjson"))
        rows["spool verify"] = {"mb_per_s": spool_bytes / 1e6 / (time.monotonic() - began)}
        rows["index"] = {"bytes_per_event_and_execution": os.path.getsize(f"{many.home}/spool/index.sqlite") / options.events}
    finally:
        few.stop()
        many.stop()
        shutil.rmtree(many_directory, ignore_errors=True)
    return rows, bars


class Pair(Bench):
    """Two of ours that run already, behind one nginx."""

    def __init__(self, options, *peers):
        self.directory, self.rounds, self.seconds = options.directory, options.rounds, options.seconds
        self.peers = {peer.name: peer for peer in peers}
        self.front = Front(self.directory, peers, free_port())

    def stop(self):
        self.front.stop()


def indexed(ours):
    log = open(ours.process.log).read()
    return "the index has caught up" in log


def idle(options):
    """Wake-ups and memory of a bridge that nobody asks anything."""
    with Bench(options.directory, ["ours"], 1, 1) as bench:
        ours = bench.peers["ours"]
        # The last requests' rows, and the log's own second.
        time.sleep(3)
        before = ours.process.context_switches()
        seconds = 20
        time.sleep(seconds)
        woken = ours.process.context_switches() - before
        rows = {"ours": {"wakeups_per_s": woken / seconds, "resident_mb": ours.process.resident_bytes() / 2**20}}
    return rows, [("wake-ups per second when idle", rows["ours"]["wakeups_per_s"], "<=", 0.2),
                  ("resident MB when idle", rows["ours"]["resident_mb"], "<=", 20)]


def overload(options):
    """Four times what the disk takes is offered, on a disk so slow that the processors can offer it; then as many senders
    as hold 16 times what the processors need to be busy, none of which pauses."""
    directory, capacity = f"{options.directory}/overload", 128
    os.makedirs(directory, exist_ok=True)
    settings = {"FX_SPOOL_PENDING_EVENTS_LIMIT": str(capacity)}
    with Bench(directory, ["ours"], 1, options.seconds, preload=slow_disk(directory, 20), settings=settings) as bench:
        ours, rows = bench.peers["ours"], {}

        def measure(name, **how):
            rows[name] = load(bench.front, ours, "post", options.seconds, **how)
            rows[name].update(ours.process.counts())

        measure("disk: at capacity", connections=capacity)
        senders = 8 * capacity
        measure("disk: 4 times that", connections=senders,
                delay=senders / (4 * rows["disk: at capacity"]["rate"]) * 1000)
        measure("disk: afterwards", connections=capacity)
    with Bench(options.directory, ["ours"], 1, options.seconds) as bench:
        ours = bench.peers["ours"]
        measure("processors: at capacity", connections=64)
        measure("processors: 1024 senders", connections=1024)
        measure("processors: afterwards", connections=64)

    def accepted(name, other):
        return rows[name]["accepted"] / rows[other]["accepted"]

    return rows, [
        ("accepted, disk overloaded, against capacity", accepted("disk: 4 times that", "disk: at capacity"), ">=", 0.9),
        ("accepted afterwards against before", accepted("disk: afterwards", "disk: at capacity"), ">=", 0.9),
        ("accepted, processors overloaded, against capacity",
         accepted("processors: 1024 senders", "processors: at capacity"), ">=", 0.9),
        ("accepted afterwards against before", accepted("processors: afterwards", "processors: at capacity"), ">=", 0.9),
        ("resident MB, most", max(row["resident_mb"] for row in rows.values()), "<=", 96)]


def soak(options):
    """Many minutes at 70 % load with rotation, retention and status reads: nothing may grow."""
    settings = {"FX_SPOOL_SEGMENT_BYTES": "8MiB", "FX_SPOOL_RETENTION_BYTES": "64MiB"}
    with Bench(f"{options.directory}/soak", ["ours"], 1, options.seconds, settings=settings) as bench:
        ours = bench.peers["ours"]
        first_cid(ours, bench.front)
        peak = load(bench.front, ours, "post", options.seconds)["rate"]
        delay, samples = 64 / (0.7 * peak) * 1000 - 1, []
        end = time.monotonic() + options.minutes * 60
        while time.monotonic() < end:
            row = load(bench.front, ours, "post", 25, delay=delay)
            load(bench.front, ours, "status", 5, connections=8, delay=5)
            wal = f"{ours.home}/spool/index.sqlite-wal"
            row.update(ours.process.counts(), wal_mb=os.path.getsize(wal) / 2**20 if os.path.exists(wal) else 0,
                       spool_mb=sum(e.stat().st_size for e in os.scandir(f"{ours.home}/spool/events")) / 2**20)
            samples.append(row)
    third = max(1, len(samples) // 3)
    early, late = samples[third:2 * third] or samples, samples[-third:]
    rows = {f"minute {30 * i / 60:.1f}": row for i, row in enumerate(samples) if i % max(1, len(samples) // 10) == 0}
    growth = [(f"{key}, last third against the second", max(r[key] for r in late) / max(1, max(r[key] for r in early)), "<=", limit)
              for key, limit in (("resident_mb", 1.05), ("descriptors", 1.05), ("threads", 1), ("wal_mb", 1.3), ("spool_mb", 1.3))]
    return rows, growth + [("errors", sum(r["refused"] + r["broken"] for r in samples), "<=", 0)]


def curve(options):
    """Throughput and p99 over the number of connections."""
    rows = {}
    with Bench(options.directory, ["ours", "c-durable", "go-fcgi"], 1, options.seconds) as bench:
        for connections in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
            for name, row in bench.medians("post", connections=connections).items():
                rows[f"{name}, {connections}"] = row
    return rows, []


ALL = {"post": post, "webhook": webhook, "status": status, "latency": latency, "slow": slow, "large": large, "idle": idle,
       "overload": overload, "curve": curve, "size": size, "soak": soak}
