"""Helm itself, as a library."""

import contextlib
import json
import os

import helm_python as helm
from helm_python import _native
from tree import documents


@contextlib.contextmanager
def quiet():
    """Helm says on standard error that it follows symbolic links; what is wrong it raises."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def render(chart, values, release="aws-root-exporter", namespace="aws-root-exporter"):
    """The objects, and the notes. Raises helm.HelmError."""
    options = {"name": release, "namespace": namespace}
    with quiet(), helm.Chart.load(str(chart)) as loaded:
        answer = _native.call_string("helm_render", loaded._raw(), json.dumps(values), json.dumps(options))
    files = json.loads(answer)
    notes = files.pop(next(name for name in files if name.endswith("/NOTES.txt")))
    return [it for text in files.values() for it in documents(text)], notes


def values(settings):
    """The values of arguments of --set, each quoted or not."""
    return helm.parse_set_string(",".join(quoted or plain for quoted, plain in settings))


def lint(chart, values, version):
    """What is worse than a remark."""
    with quiet():
        answer = helm.lint(str(chart), values, strict=True, kube_version=version)
    messages = [it["error"] for it in answer["messages"] if it["severity"] >= 2]
    return messages or answer["errors"]


def package(chart, into):
    with quiet():
        return helm.package(str(chart), destination=str(into))
