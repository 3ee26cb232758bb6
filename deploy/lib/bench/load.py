"""nginx in front of the peers, and wrk in front of nginx."""

import hashlib
import hmac
import os
import re
import subprocess

from .peers import body_of
from .processes import Process, wait_until

SITE = """
worker_processes 2; daemon off; pid {run}/nginx.pid; error_log {run}/nginx-error.log warn; user root;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 16m; client_body_buffer_size 2m; keepalive_requests 10000000;
  client_body_temp_path {run}/tb; fastcgi_temp_path {run}/tf; proxy_temp_path {run}/tp; uwsgi_temp_path {run}/tu;
  scgi_temp_path {run}/ts;
  {upstreams}
  server {{ listen 127.0.0.1:{port} backlog=8192;
    location /static/ {{ default_type application/json; return 202 '{{"cid":"0","eventType":"com.example.test"}}'; }}
    {locations}
  }}
}}
"""
UPSTREAM = "upstream {name} {{ server unix:{socket} max_fails=0; keepalive 512; }}"
# All of Debian's parameters, for every peer alike: the shipped site passes on a third of them. No limits of requests.
LOCATION = """location ~ ^/{name}(/.*)$ {{ include /etc/nginx/fastcgi_params; fastcgi_keep_conn on;
      fastcgi_param REQUEST_URI $1; fastcgi_param DOCUMENT_URI $1; fastcgi_param SCRIPT_NAME $1; fastcgi_pass {name}; }}"""


class Front:
    def __init__(self, directory, peers, port):
        self.run, self.port = directory, port
        text = SITE.format(
            run=directory, port=port, upstreams="\n  ".join(UPSTREAM.format(name=p.name, socket=p.socket) for p in peers),
            locations="\n    ".join(LOCATION.format(name=p.name) for p in peers))
        with open(f"{directory}/nginx.conf", "w") as file:
            file.write(text)
        self.process = Process(["nginx", "-e", f"{directory}/nginx-error.log", "-c", f"{directory}/nginx.conf"],
                               f"{directory}/nginx.log")
        wait_until("nginx listening", lambda: os.path.exists(f"{directory}/nginx.pid"))

    def stop(self):
        self.process.stop()


REPORT = """
done = function(summary, latency)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d %d\\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99),
        summary.bytes))
end
"""


def script(front, peer, case, size=1024, delay=None):
    """The wrk script of one peer and case; `delay` in ms between an answer and the next request of a connection."""
    lines = []
    if case == "static":
        lines += ['wrk.method="POST"', 'wrk.path="/static/"', 'wrk.body="{}"']
    elif case == "status":
        lines += [f'wrk.path="/{peer.name}/fx/cid/{peer.cid or "0"}"', f'wrk.headers["X-API-KEY"]="{peer.token}"']
    else:
        body = body_of(size, envelope=case == "post")
        lines += ['wrk.method="POST"', f"wrk.body=[==[{body}]==]", 'wrk.headers["Content-Type"]="application/json"']
        if case == "post":
            lines += [f'wrk.path="/{peer.name}/fx/events"', f'wrk.headers["X-API-KEY"]="{peer.token}"']
        else:
            code = hmac.new(peer.secret.encode(), body.encode(), hashlib.sha256).hexdigest()
            lines += [f'wrk.path="/{peer.name}/fx/events/webhook"', 'wrk.headers["X-GitHub-Event"]="push"',
                      f'wrk.headers["X-Hub-Signature-256"]="sha256={code}"']
    if delay:
        # Spread over twice the mean, so that connections do not march in step.
        lines.append(f"function delay() return math.random(0, {round(2 * delay)}) end")
    path = f"{front.run}/{peer.name if peer else 'static'}-{case}-{size}.lua"
    with open(path, "w") as file:
        file.write("\n".join(lines) + REPORT)
    return path


def load(front, peer, case, seconds, connections=64, size=1024, delay=None):
    """One round; gives requests per second, latencies in ms, CPU µs per request of the peer and of nginx, errors."""
    lua = script(front, peer, case, size, delay)
    process = peer.process if peer else front.process
    before, before_front = process.cpu_seconds(), front.process.cpu_seconds()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", lua, f"http://127.0.0.1:{front.port}/"],
        check=True, capture_output=True, text=True)
    cpu, cpu_front = process.cpu_seconds() - before, front.process.cpu_seconds() - before_front
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    requests, microseconds, refused, broken, p50, p99, _ = (int(n) for n in found.groups())
    rate = requests / (microseconds / 1e6)
    return {"rate": rate, "accepted": (requests - refused) / (microseconds / 1e6), "p50_ms": p50 / 1e3, "p99_ms": p99 / 1e3,
            "cpu_us": cpu / max(requests, 1) * 1e6, "front_us": cpu_front / max(requests, 1) * 1e6, "refused": refused,
            "broken": broken, "resident_mb": process.resident_bytes() / 2**20}
