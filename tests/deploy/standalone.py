#!/usr/bin/env python3
"""The files around the program: the systemd unit, the compose file and what it mounts, the Containerfile, workflows, forms and
scripts. Each kind is checked by its own tool, and each tool must find a mutation."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml
from compose_spec import ComposeSpecification

ROOT = pathlib.Path(__file__).parents[2]
UNIT, COMPOSE = ROOT / "deploy/systemd/aws-root-exporter.service", ROOT / "deploy/compose/compose.yaml"
CONTAINERFILE, WORKFLOWS = ROOT / "deploy/container/Containerfile", ROOT / ".github/workflows"
DEPENDABOT, TEMPLATES = ROOT / ".github/dependabot.yml", ROOT / ".github/ISSUE_TEMPLATE"
DEPENDABOT_KEYS = {"package-ecosystem", "directory", "directories", "schedule", "cooldown", "groups"}
# What the tests may be run with is the newest of its kind, and a digest would be none.
WORKFLOW_RULES_LEFT_OUT = ["--ignore", "unpinned-images"]
# In tenths; systemd's own scale of exposure goes to 10. What is left is the network and the user's namespace.
MOST_EXPOSED = 15


def run(*command, **options):
    """What a tool says, and whether it is content."""
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    return result.stdout + result.stderr if result.returncode else None


def systemd(text):
    with tempfile.TemporaryDirectory() as directory:
        unit = pathlib.Path(directory) / UNIT.name
        # Installed there, but not here.
        unit.write_text(text.replace("/usr/local/bin/aws-root-exporter", "/bin/true"))
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
        # It only warns of what it does not know.
        if said.returncode or unit.name in said.stderr:
            return said.stderr
        return run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)


def unknown(given, understood, place=""):
    if isinstance(given, dict) and isinstance(understood, dict):
        for key in given:
            if key in understood:
                yield from unknown(given[key], understood[key], f"{place}/{key}")
            else:
                yield f"{place}/{key} is not in the compose specification"


def compose(text):
    """As the specification has it, on loopback alone, with files that are there."""
    file = yaml.safe_load(text)
    try:
        model = ComposeSpecification.model_validate(file)
    except ValueError as error:
        return str(error)
    wrong = list(unknown(file, model.model_dump(mode="json", by_alias=True, exclude_unset=True)))
    for name, service in file["services"].items():
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                wrong.append(f"{name}: port {port} is open to all")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            there = (COMPOSE.parent / source).exists() if source.startswith(".") else source in file["volumes"]
            if not there:
                wrong.append(f"{name}: there is no {source}")
    return "\n".join(wrong) or None


def grafana(text):
    """The provisioning finds the dashboards where the compose file mounts them, and Prometheus by the name that it has there."""
    services = yaml.safe_load(text)["services"]
    mounts = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    directory = COMPOSE.parent / next(source for source, target in mounts.items() if target.endswith("/provisioning/dashboards"))
    provider = yaml.safe_load((directory / "aws-root.yaml").read_text())["providers"][0]
    sources = yaml.safe_load((COMPOSE.parent / "grafana/datasources/prometheus.yaml").read_text())["datasources"]
    wrong = []
    if provider["options"]["path"] != next((target for source, target in mounts.items() if source.endswith("/dashboards") and source.startswith("../")), None):
        wrong.append("the dashboards are not where Grafana looks for them")
    if sources[0]["url"].split("//")[1].split(":")[0] not in services:
        wrong.append("Grafana asks a Prometheus that is not there")
    if not (COMPOSE.parent / "../../dashboards" / pathlib.Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).name).exists():
        wrong.append("there is no such home dashboard")
    return "\n".join(wrong) or None


def alertmanager(text):
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(text)
        file.flush()
        return run("amtool", "check-config", file.name)


def containerfile(text):
    return run("hadolint", "-", input=text)


def workflow(text):
    said = run("jactionlint", *WORKFLOW_RULES_LEFT_OUT, "-", input=text, cwd=ROOT)
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "workflow.yml"
        file.write_text(text)
        return said or run("zizmor", "--offline", "--no-progress", file)


PACKAGE_FILES = {"cargo": "Cargo.toml", "pip": "requirements*.txt", "npm": "package.json", "github-actions": ".github/workflows/*.yml"}


def dependabot(text):
    """zizmor's audits; and every directory has package files of its kind."""
    wrong = []
    for update in yaml.safe_load(text)["updates"]:
        kind = update["package-ecosystem"]
        for directory in update.get("directories") or [update["directory"]]:
            if not list((ROOT / directory.lstrip("/")).glob(PACKAGE_FILES[kind])):
                wrong.append(f"{kind}: no package file in {directory}")
        wrong += [f"{kind}: {key} is unknown" for key in update.keys() - DEPENDABOT_KEYS]
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / ".github/dependabot.yml"
        file.parent.mkdir()
        file.write_text(text)
        return "\n".join(wrong) or run("zizmor", "--offline", "--no-progress", file)


def issue_form(text):
    """The keys that GitHub requires, and the types of fields that it knows."""
    form = yaml.safe_load(text)
    wrong = [f"{key} is missing" for key in ("name", "description", "body") if not form.get(key)]
    for field in form.get("body", []):
        if field["type"] not in ("markdown", "textarea", "input", "dropdown", "checkboxes"):
            wrong.append(f"{field['type']} is no type of a field")
        elif field["type"] == "markdown":
            wrong += [] if field["attributes"].get("value") else ["a text is empty"]
        elif not field["attributes"].get("label"):
            wrong.append(f"{field.get('id')} has no label")
    ids = [field["id"] for field in form.get("body", []) if "id" in field]
    wrong += [f"{id} is there twice" for id in set(ids) if ids.count(id) > 1]
    return "\n".join(wrong) or None


def script(text):
    return run("shellcheck", "-", input=text)


def kinds():
    """Each file with its checks, and what is wrong when a piece of it is replaced."""
    yield UNIT, systemd, ("NoNewPrivileges", "NoNewPriviledges"), "NoNewPriviledges"
    yield UNIT, systemd, ("CapabilityBoundingSet=\n", ""), "CAP_"
    yield COMPOSE, compose, ("mem_limit", "mem_limits"), "mem_limits"
    yield COMPOSE, compose, ('"127.0.0.1:3000:3000"', '"3000:3000"'), "open to all"
    yield COMPOSE, compose, ("../prometheus/rules:", "../prometheus/rulez:"), "rulez"
    yield COMPOSE, grafana, ("../../dashboards:/var/lib/grafana/dashboards", "../../dashboards:/var/lib/dashboards"), "not where"
    yield ROOT / "deploy/compose/alertmanager.yml", alertmanager, ("receiver: nobody", "receiver: nobdy"), "nobdy"
    yield CONTAINERFILE, containerfile, ('ENTRYPOINT ["/aws-root-exporter"]', "ENTRYPOINT /aws-root-exporter"), "DL3025"
    yield CONTAINERFILE, containerfile, ("FROM scratch", "FRM scratch"), "unexpected 'F'"
    for file in sorted(WORKFLOWS.glob("*.yml")):
        yield file, workflow, ("runs-on: ubuntu-24.04\n", "runs-on: ubuntu-24.4\n"), "ubuntu-24.4"
        yield file, workflow, ("checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "checkout@v5"), "unpinned-uses"
    yield WORKFLOWS / "release.yml", workflow, ("${{ matrix.arch }}", "${{ matrix.arhc }}"), "arhc"
    yield DEPENDABOT, dependabot, ("/fuzz", "/fuz"), "no package file in /fuz"
    yield DEPENDABOT, dependabot, ("cooldown", "cooldwn"), "cooldwn"
    for file in sorted(TEMPLATES.glob("*.yml")):
        if file.name != "config.yml":
            yield file, issue_form, ("type: textarea", "type: textaera"), "textaera"
            yield file, issue_form, ("label: Version", "lable: Version"), "version has no label"
    for file in sorted([*ROOT.glob("tests/**/*.sh"), *ROOT.glob("deploy/**/*.sh"), ROOT / ".ci/run"]):
        if "node_modules" not in file.parts:
            first, rest = file.read_text().split("\n", 1)
            yield file, script, (rest, f"cat $1\n{rest}"), "SC2086"


def main():
    # The virtual environment's tools, also where one of them calls another.
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    if not shutil.which("systemd-analyze"):
        sys.exit("systemd-analyze is missing: install systemd")
    wrong, checked, found = [], set(), 0
    for file, check, (old, new), word in kinds():
        text, name = file.read_text(), file.relative_to(ROOT)
        if (file, check) not in checked and (said := check(text)):
            wrong.append(f"{name}: {check.__name__}: {said}")
        checked.add((file, check))
        if old not in text:
            wrong.append(f"{name}: has no {old!r} for the mutation")
            continue
        said = check(text.replace(old, new, 1))
        if said and word in said:
            found += 1
        else:
            wrong.append(f"{name}: {check.__name__} does not find {new!r}, it says {said}")
    print("\n".join(wrong) or f"{len(checked)} checks passed, {found} mutations found")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
