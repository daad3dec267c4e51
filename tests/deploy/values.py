"""Every value of the chart is explained by a comment. `cargo xtask generate` makes the table of the README from them."""

import re

import yaml


def explained(text):
    """The paths of the values that have a comment."""
    path, comment = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment = True
            continue
        if key := re.match(r" *([A-Za-z_]+):", line):
            indent = (len(line) - len(line.lstrip())) // 2
            path = [*path[:indent], key[1]]
            if comment:
                yield ".".join(path)
        comment = False


def leaves(value, path=""):
    for key, it in value.items():
        yield from leaves(it, f"{path}{key}.") if isinstance(it, dict) and it else [f"{path}{key}"]


def check_explained(tree):
    """Every value has a comment, or is in a map that has."""
    text = (tree.chart / "values.yaml").read_text()
    paths = list(explained(text))
    for leaf in leaves(yaml.safe_load(text)):
        if not any(f"{leaf}.".startswith(f"{it}.") for it in paths):
            yield f"values.yaml does not explain {leaf}"
