"""The exporter started as the default pod starts it: the pod's probes and the ServiceMonitor's path must reach it."""

import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import chart
import helm_engine
import objects
from harness import Process, free_port, wait_until


def status(url):
    """The status of an answer, nothing where nobody listens yet."""
    try:
        return urllib.request.urlopen(url, timeout=30).status
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
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as work:
        Path(work, "config.yaml").write_text(config)
        arguments = [it.replace("/etc/aws-root-exporter/", f"{work}/").replace("=:9816", f"={address}") for it in container["args"]]
        # No AWS: nothing listens on this port.
        environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
        expected = {
            "liveness": (container["livenessProbe"]["httpGet"]["path"], 200),
            # Without an answer from AWS the exporter is not ready.
            "readiness": (container["readinessProbe"]["httpGet"]["path"], 503),
            "scrape": (monitor["path"], 200),
        }
        with Process([tree.binary, *arguments], environment=environment) as exporter:
            for name, (path, wanted) in expected.items():
                url = f"http://{address}{path}"
                # It listens before its first publication. That there is no such path does not change.
                answer = lambda: exporter.check() or [it for it in [status(url)] if it in (wanted, 404)]
                (got,) = wait_until(f"{wanted} at {path}", answer, log=exporter.log)
                if got != wanted:
                    yield f"{name} at {path}: {got}, not {wanted}"
            if ended := exporter.stop(pod["terminationGracePeriodSeconds"]):
                yield f"ended with {ended}: {exporter.log()}"
