#!/usr/bin/env python3
"""Reads a log of a spool as Sources/Spool/Spool.docc/Format.md describes it: prints every record's sequence and JSON."""
import json, os, re, subprocess, sys

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def committed_end(path):
    """The end offset that the last whole line of a commit file tells; None where there is no such file."""
    if not os.path.exists(path):
        return None
    lines = open(path, "rb").read()
    whole = len(lines) // 107 * 107
    return int(lines[whole - 107 : whole - 87]) if whole else 0


def records(directory):
    names = sorted(name for name in os.listdir(directory) if re.fullmatch(r"\d{20}\.ndjson(\.zst)?", name))
    names = [name for name in names if name[:27] == name or name[:27] not in names]
    for number, name in enumerate(names):
        path = os.path.join(directory, name)
        last = number == len(names) - 1
        following = None if last else int(names[number + 1][:20])
        end = committed_end(path[:-7] + ".commits") if last else None
        read = subprocess.check_output(["zstd", "-dcq", path]) if path.endswith(".zst") else open(path, "rb").read()
        for line in read[:end].split(b"\n")[:-1]:
            found = re.search(rb'"sequence":"(\d{20})"', line)
            if not found or line[-21:-10] != b',"crc32c":"' or b"%08x" % crc32c(line[:-21]) != line[-10:-2]:
                print(f"{name}: a damaged line", file=sys.stderr)
            elif following is None or int(found[1]) < following:
                yield int(found[1]), json.loads(line)


for sequence, event in records(sys.argv[1]):
    print(sequence, json.dumps(event.get("data", event.get("data_base64")), sort_keys=True))
