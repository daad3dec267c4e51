"""The files under test: the repository, or a copy of it with a mutation."""

import contextlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Tree:
    root: Path
    binary: str

    @property
    def chart(self):
        return self.root / "deploy/helm/aws-root-exporter"

    @property
    def rules(self):
        return sorted(self.root.glob("deploy/prometheus/rules/*.yml"))

    @property
    def dashboards(self):
        return sorted(self.root.glob("dashboards/*.json"))

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True)


@contextlib.contextmanager
def mutated(tree, into, path, pattern, replacement):
    """A copy of the tree with one place of one file changed."""
    shutil.rmtree(into, ignore_errors=True)
    for name in ("deploy", "dashboards", "docs"):
        shutil.copytree(tree.root / name, into / name, symlinks=True)
    shutil.copy(tree.root / "Cargo.toml", into)
    text = (into / path).read_text()
    changed = re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE)
    if changed == text:
        raise ValueError(f"the mutation changes nothing in {path}: {pattern!r}")
    (into / path).write_text(changed)
    yield Tree(into, tree.binary)


class Strict(yaml.CSafeLoader):
    """YAML as Kubernetes reads it: a key that stands twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} stands twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def documents(text):
    return [it for it in yaml.load_all(text, Loader=Strict) if it is not None]
