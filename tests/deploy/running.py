"""The exporter itself, started as the default pod starts it: the probes and the scrape that are set up find it."""

import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import chart
import helm_engine
import objects


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def check_running(tree):
    made, _ = helm_engine.render(tree.chart, chart.MONITORING)
    (pod,) = (it["spec"]["template"]["spec"] for it in objects.workloads(made))
    (monitor,) = (it["spec"]["endpoints"][0] for it in made if it["kind"] == "ServiceMonitor")
    (config,) = (it["data"]["config.yaml"] for it in made if "config.yaml" in it.get("data", {}))
    container = pod["containers"][0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%s" % free.getsockname()[1]
    with tempfile.TemporaryDirectory() as work:
        Path(work, "config.yaml").write_text(config)
        moved = {"/etc/aws-root-exporter/": f"{work}/", "=:9816": f"={address}"}
        arguments = container["args"]
        for old, new in moved.items():
            arguments = [it.replace(old, new) for it in arguments]
        # AWS is at a port where nobody listens.
        environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
        process = subprocess.Popen([tree.binary, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        asked = {
            "liveness": (container["livenessProbe"]["httpGet"]["path"], 200),
            # What AWS does not tell is not known.
            "readiness": (container["readinessProbe"]["httpGet"]["path"], 503),
            "scrape": (monitor["path"], 200),
        }
        for name, (path, wanted) in asked.items():
            for _ in range(100):
                got = status(f"http://{address}{path}")
                if got in (wanted, 404) or process.poll() is not None:
                    break
                time.sleep(0.05)
            if got != wanted:
                yield f"{name} at {path}: {got}, not {wanted}"
        process.terminate()
        ended = process.wait(pod["terminationGracePeriodSeconds"])
        if ended:
            yield f"ended with {ended}: {process.stdout.read().decode()}"
        process.stdout.close()
