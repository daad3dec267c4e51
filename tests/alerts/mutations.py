"""Mutations of the rules, their tests and the configurations: the named step must fail on each."""

import re
import shutil
from dataclasses import dataclass

RULES, CONFIG = "deploy/prometheus/rules", "deploy/prometheus"


@dataclass(frozen=True)
class Mutation:
    # The step that must fail, and for `check_rule_tests` and `check_inhibition` the one test that must.
    step: str
    argument: str | None
    file: str
    # A regular expression over the whole file; every match is replaced.
    pattern: str
    replacement: str
    # How many places match.
    count: int = 0

    def __str__(self):
        return f"{self.file}: {self.pattern!r} -> {self.replacement!r}"

    def apply(self, source, into):
        """A copy of the files with the mutation."""
        shutil.copytree(source / "deploy/prometheus", into / "deploy/prometheus")
        shutil.copytree(source / "tests/alerts", into / "tests/alerts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        text = (into / self.file).read_text()
        changed = re.sub(self.pattern, self.replacement, text, count=self.count, flags=re.MULTILINE)
        if changed == text:
            raise ValueError(f"the mutation changes nothing: {self}")
        (into / self.file).write_text(changed)
        return into


def rules(file, pattern, replacement):
    return Mutation("check_rules", None, f"{RULES}/{file}.yml", pattern, replacement, count=1)


def tests(name, file, pattern, replacement):
    return Mutation("check_rule_tests", f"{name}.yml", file, pattern, replacement)


def config(step, file, pattern, replacement, argument=None):
    return Mutation(step, argument, f"{CONFIG}/{file}.yml", pattern, replacement)


EXPORTER = f"{RULES}/exporter.yml"
MUTATIONS = [
    rules("credentials", r"expr:", r"exprr:"),
    rules("activity", r"max by \(", r"max by (("),
    tests("credentials", f"{RULES}/credentials.yml", r"aws_root_mfa_enabled", r"aws_root_mfa_enable"),
    tests("logging", "tests/alerts/logging.yml", r"aws_root_cloudtrail_enabled", r"aws_root_cloudtrail_enable"),
    tests("activity", f"{RULES}/activity.yml", r"max by \(account_id\)", r"max by (account_id, instance)"),
    tests("failing-since", f"{RULES}/recording.yml", r"^            unless$", r"            or"),
    tests(
        "failing-since",
        f"{RULES}/recording.yml",
        r"last_over_time\(aws_root:check_failing_since:timestamp\[1h\]\)",
        r"aws_root:check_failing_since:timestamp",
    ),
    tests("restart", EXPORTER, r"count\(last_over_time\(aws_root_exporter_build_info\[10m\]\)\)", r"count(aws_root_exporter_build_info)"),
    tests(
        "exporter",
        EXPORTER,
        r"group by \(account_id\) \(last_over_time\(aws_root_account_info\[10m\]\)\)",
        r"group by (account_id) (aws_root_account_info)",
    ),
    # From an alert to its `for`.
    tests("exporter", EXPORTER, r"(alert: AwsRootExporterAbsent\n(?:(?! *for:).*\n)* *)for: 5m", r"\1for: 15m"),
    tests("exporter", EXPORTER, r"and on \(job, instance\) ALERTS{", r"unless on (job, instance) ALERTS{"),
    tests("exporter", EXPORTER, r'ALERTS{alertname="AwsRootExporterRestarting".*}', r"present_over_time(\g<0>[30m])"),
    config("check_prometheus", "prometheus", r"^rule_files:", r"rule_fils:"),
    config("check_alertmanager", "alertmanager", r"receiver: digest", r"receiver: digests"),
    config("check_routes", "alertmanager", r'severity="info"', r'severity="notice"'),
    config("check_grouping", "alertmanager", r"\|AwsRootTrailStopped", r""),
    config("check_inhibition", "alertmanager", r"equal: \[account_id, collector\]", r"equal: [account_id]", "accounts"),
    config("check_inhibition", "alertmanager", r'AwsRootExporterAbsent\|AwsRootNoAccounts"', r"AwsRootExporterDown|\g<0>", "one of two exporters"),
]
