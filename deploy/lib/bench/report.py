"""Tables for people, JSON for programs, and the curve as a picture."""

import json
import math
import os
import platform
import time

ORDER = ("rate", "accepted", "p50_ms", "p99_ms", "cpu_us", "front_us", "resident_mb", "refused", "broken")


def show(case, rows, bars):
    print(f"\n== {case}")
    keys = [k for k in ORDER if any(k in row for row in rows.values())]
    keys += sorted({k for row in rows.values() for k in row} - set(keys))
    width = max([len(name) for name in rows] + [8])
    print(" " * width, *(f"{key:>12}" for key in keys))
    for name, row in rows.items():
        print(f"{name:<{width}}", *(f"{number(row.get(key)):>12}" for key in keys))
    for text, value, relation, bar in bars:
        print(f"  {verdict(value, relation, bar):<7} {text}: {number(value)} (bar {relation} {number(bar)})")


def verdict(value, relation, bar):
    if value is None:
        return "no peer"
    return "ok" if (value >= bar if relation == ">=" else value <= bar) else "MISSED"


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def write(path, results):
    document = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()},
        "cases": {case: {"rows": rows, "bars": [
            {"what": text, "value": value, "bar": f"{relation} {bar}", "verdict": verdict(value, relation, bar)}
            for text, value, relation, bar in bars]} for case, (rows, bars) in results.items()}}
    with open(path, "w") as file:
        json.dump(document, file, indent=1)


COLORS = {"ours": "#c2410c", "c-durable": "#475569", "go-fcgi": "#0d9488"}


def plot(path, rows):
    """Throughput and p99 over connections, both axes of each logarithmic but the rate's."""
    series = {}
    for name, row in rows.items():
        peer, connections = name.rsplit(", ", 1)
        series.setdefault(peer, []).append((int(connections), row["rate"], row["p99_ms"]))
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 360" font-family="sans-serif" font-size="12">',
             '<rect width="960" height="360" fill="#fff"/>']
    top_rate = max(r for points in series.values() for _, r, _ in points)
    top_p99 = max(p for points in series.values() for _, _, p in points)
    panel(parts, series, 60, "requests/s", lambda point: point[1] / top_rate, f"{top_rate:,.0f}")
    panel(parts, series, 540, "p99, ms (logarithmic)",
          lambda point: math.log(1 + 10 * point[2]) / math.log(1 + 10 * top_p99), f"{top_p99:.1f}")
    for index, peer in enumerate(series):
        parts.append(f'<text x="{80 + 140 * index}" y="345" fill="{COLORS.get(peer, "#000")}">● {peer}</text>')
    with open(path, "w") as file:
        file.write("\n".join(parts + ["</svg>"]))


def panel(parts, series, left, title, height, top):
    width, bottom, tall = 380, 290, 240
    parts.append(f'<path d="M{left} {bottom - tall}V{bottom}H{left + width}" fill="none" stroke="#94a3b8"/>')
    parts.append(f'<text x="{left}" y="35" font-weight="bold">{title}</text>')
    parts.append(f'<text x="{left - 6}" y="{bottom - tall + 4}" text-anchor="end">{top}</text>')
    for power in range(10):
        x = left + width * power / 9
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{2 ** power}</text>')
    for peer, points in series.items():
        line = " ".join(f"{left + width * math.log2(p[0]) / 9:.0f},{bottom - tall * height(p):.0f}" for p in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLORS.get(peer, "#000")}" stroke-width="2"/>')
