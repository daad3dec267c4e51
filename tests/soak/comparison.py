"""Compares what the exporter exports with what is, or lately was, true."""

import itertools
import math
import re

from oracle import DAY, NO_REPORT, NOT_APPLICABLE, SOURCES, UNKNOWN, labels, parts, seconds
from world import ANYWHERE, EVENTS, MANAGEMENT

# Collectors and their default intervals.
INTERVALS = {
    "account_summary": 300,
    "credential_report": 3600,
    "mfa_devices": 900,
    # Where root signs in and IAM is recorded.
    "root_activity": 120,
    # In the other regions, but for an hour after root acted there.
    "root_activity elsewhere": 900,
    "cloudtrail": 600,
    "guardduty": 600,
    "organization": 900,
    "security_contact": 3600,
    "iam": 3600,
}
WINDOWS = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
WEIGHTS = {"critical": 10, "high": 5, "medium": 2, "low": 1}
# Checks of root's events: the kinds they count, the window in seconds, and the number from which they fail.
EVENT_CHECKS = {
    "[root-login]": (("login", "login_without_mfa"), 30 * DAY, 1),
    "[root-login-mfa]": (("login_without_mfa",), 30 * DAY, 1),
    "[root-credential-changes]": (("credential_change", "account_recovery"), 7 * DAY, 1),
    "[root-failed-logins]": (("login_failed",), DAY, 5),
}
# How long a collector's run may take, in seconds.
RUN = {"organization": 300, "root_activity": 120, "root_activity elsewhere": 120}
# AWS makes a new credential report after this time; a report is exported for that much longer than a run's value.
REPORT_LIFETIME = 4 * 3600
# The interval of discovery.
REFRESH = 900
# With more combinations of parts than this, the series with these prefixes are not compared.
MAX_COMBINATIONS = 5000
NOT_COMPARED = {"of_trails": ("cloudtrail_", "[cloudtrail"), "of_detectors": ("guardduty_", "[guardduty")}
LINE = re.compile(r"aws_root_(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


class Moment:
    """When a comparison is made; a calm one is long after the last change."""

    def __init__(self, now, calm, slack, intervals):
        self.now, self.calm, self.intervals = now, calm, intervals
        # A change takes effect within this of its noted time.
        self.edge = slack / 8
        # From a fact to its export: publications come every 15 s.
        self.lag = 20 + slack
        # Whether the values of IAM's account summary are known.
        self.summarized = True

    def lag_of(self, collector):
        """The age a collector's values may have: one interval, or three where runs fail."""
        return self.lag + self.intervals[collector] * (1.1 if self.calm else 3) + RUN.get(collector, 60)


class History:
    """What was true of each account and since when, and root's events with the time from which they could be known."""

    def __init__(self):
        self.parts, self.events, self.there, self.names = {}, {}, {}, {}

    def insert(self, world, now):
        for id in set(self.there) | set(world["accounts"]):
            there = id in world["accounts"] and world["accounts"][id]["state"] == "ACTIVE"
            append_if_changed(self.there.setdefault(id, []), there, now)
            if id not in world["accounts"]:
                # An organization's policies do not apply to an account that has left it.
                append_if_changed(self.parts[id]["organization scp"], False, now)
                continue
            if id not in self.names:
                for event in world["accounts"][id]["events"]:
                    self.happened(id, kind_of(event), seconds(event["at"]), now)
            self.names[id] = (world["accounts"][id]["name"], world["accounts"][id]["alias"] or "")
            known, new = self.parts.setdefault(id, {}), parts(world, id)
            for part in known.keys() | new.keys():
                append_if_changed(known.setdefault(part, []), new.get(part), now)

    def happened(self, id, kind, at, now):
        self.events.setdefault(id, []).append((kind, at, now))


def kind_of(event):
    """The kind of an event of the initial world."""
    return next(kind for kind, one in EVENTS.items() if one["name"] == event["name"] and one.get("mfa", False) == event["mfa"])


def append_if_changed(versions, value, now):
    if not versions or versions[-1][1] != value:
        versions.append((now, value))


def within(versions, since, until, slack):
    """The values that were true at some time of the interval."""
    ends = [since for since, _ in versions[1:]] + [math.inf]
    return list({value: None for (began, value), ended in zip(versions, ends) if began <= until and ended + slack >= since})


class Scrape:
    """One export, parsed: values and verdicts by account, results of collectors, and values that contradict each other."""

    def __init__(self, text):
        self.accounts, self.names, self.scores, self.reports, self.successes = {}, {}, {}, {}, {}
        self.troubled, self.contradictions = [], []
        unknown, weights = {}, {}
        for name, written, value in (LINE.fullmatch(line).groups() for line in text.splitlines() if line.startswith("aws_root_")):
            found, value = dict(LABEL.findall(written or "")), float(value)
            id = found.pop("account_id", None) or (found.pop("organization_id", None) and MANAGEMENT)
            if name in ("collector_success", "collector_region_failed") and (value == 1) == (name == "collector_region_failed"):
                self.troubled.append((id, f"{name} {found}"))
            if name == "collector_last_success_timestamp_seconds":
                self.successes[id, found["collector"]] = value
            if id is None or name.startswith(("collector_", "exporter_", "aws_")):
                continue
            shown = self.accounts.setdefault(id, {})
            if name == "account_info":
                self.names[id] = found
            elif name == "credential_report_generated_timestamp_seconds":
                self.reports[id] = value
            elif name == "check_unknown":
                unknown[id, f"[{found['check']}]"] = value
            elif name == "check_passed":
                shown[f"[{found['check']}]"] = value
                passed, all = weights.get(id, (0, 0))
                weight = WEIGHTS[found["severity"]]
                weights[id] = (passed + weight * value, all + weight)
            elif name == "posture_score_ratio":
                self.scores[id] = value
            else:
                shown[name + (labels(found) if found else "")] = value
        for (id, check), value in unknown.items():
            if check in self.accounts[id] and value:
                self.contradictions.append((id, check, "both known and unknown", "one of them"))
            self.accounts[id].setdefault(check, UNKNOWN if value else NOT_APPLICABLE)
        for id in weights.keys() | self.scores.keys():
            passed, all = weights.get(id, (0, 0))
            if id not in self.scores or not all or abs(self.scores[id] - passed / all) > 1e-9:
                self.contradictions.append((id, "posture_score_ratio", self.scores.get(id), (passed, all)))


def allowed(history, scrape, id, at):
    """The values that each series of an account may have; at a calm moment, the one that it must have. None: series with this
    prefix are not compared."""
    known, made, result = history.parts[id], scrape.reports.get(id), {}

    def values_of(name):
        if name == "credential_report":
            # A report has the values of the moment when AWS made it.
            return [NO_REPORT] if made is None else within(known[name], made - 1, made + 2, at.edge)
        if at.calm:
            return within(known[name], at.now, at.now, 0)
        collector = name.split(" ")[0]
        since = at.now - at.lag_of(collector)
        if (id, collector) in scrape.successes:
            since = max(since, scrape.successes[id, collector] - RUN.get(collector, 60))
        return within(known[name], since, at.now, at.edge)

    for derive, wanted in SOURCES:
        names = []
        for part in wanted:
            names.append(sorted(name for name in known if name == part or (part.endswith("*") and name.startswith(part[:-1]))))
        arguments = [values_of(name) for matching in names for name in matching]
        if math.prod(map(len, arguments)) > MAX_COMBINATIONS:
            result |= dict.fromkeys(NOT_COMPARED[derive.__name__])
            continue
        for mixture in itertools.product(*arguments):
            values = iter(mixture)
            given = []
            for part, matching in zip(wanted, names):
                if part.endswith("*"):
                    each = {name.removeprefix(part[:-1]): next(values) for name in matching}
                    given.append({name: value for name, value in each.items() if keep(part, value)})
                else:
                    given.append(next(values))
            if given[0] is None or (derive.__name__ == "of_report" and given[0] == NO_REPORT):
                continue
            for series, value in derive(at, *given):
                if value is not None:
                    result.setdefault(series, set()).add(value)
    return result


def keep(part, value):
    """A deleted trail has no status; a region without a detector has the status None."""
    return value is not None or part.startswith("guardduty")


def activity(history, id, report_used, at):
    """The values that series of root's events may have."""
    events, result = history.events.get(id, []), {}
    seen = {kind: at.now - at.lag_of("root_activity elsewhere" if kind in ANYWHERE else "root_activity") for kind in EVENTS}
    for kind in (kind for kind in EVENTS if kind):
        for label, window in WINDOWS.items():
            least = sum(one == kind and when > at.now - window and known <= seen[one] for one, when, known in events)
            most = sum(one == kind and when > at.now - window - at.lag and known <= at.now for one, when, known in events)
            # Known events count, even where other regions are unknown.
            ranges = {(least, most)} if at.calm else {(1, most)} if least else {(0, most)}
            result[f'events{{kind="{kind}",window="{label}"}}'] = ranges
        # Events that are recorded in one region come latest first: an older one is never taken for the latest.
        strict = at.calm or kind not in ANYWHERE
        latest(result, f'event_last_timestamp_seconds{{kind="{kind}"}}', events, [kind], seen, at, strict)
    latest(result, "last_activity_timestamp_seconds", events, [kind for kind in EVENTS if kind not in ("", "privileged_session")], seen, at, at.calm)
    logins = events + ([("login", report_used, 0)] if report_used else [])
    latest(result, "last_login_timestamp_seconds", logins, ["login", "login_without_mfa"], seen, at, at.calm)
    times = result.get("last_login_timestamp_seconds", ())
    result["last_login_age_seconds"] = {(at.now - time - at.lag, at.now - time + 2) for time in times}
    for check, (kinds, window, many) in EVENT_CHECKS.items():
        those = logins if check == "[root-login]" else events
        surely = sum(one in kinds and when > at.now - window and known <= seen[one] for one, when, known in those)
        maybe = sum(one in kinds and when > at.now - window - at.lag and known <= at.now for one, when, known in those)
        result[check] = ({True} if surely < many else set()) | ({False} if maybe >= many else set())
    return result


def latest(result, series, events, kinds, seen, at, strict):
    times = [event for event in events if event[0] in kinds and event[2] <= at.now]
    settled = max((when for kind, when, known in times if known <= seen[kind]), default=0)
    if times:
        result[series] = {when for _, when, _ in times if not strict or when >= settled}


def matches(value, wanted):
    """Whether a value is one of the wanted ones, or within one of the wanted ranges."""
    if isinstance(value, str):
        return value in wanted
    return any(one[0] <= value <= one[1] if isinstance(one, tuple) else not isinstance(one, str) and value == one for one in wanted)


class Comparison:
    """Compares one export with the truth: what is wrong and what is missing, by account and series."""

    def __init__(self, scrape, history, at, only=None):
        self.wrong, self.missing, self.compared, self.unclear, self.wanted = [], [], 0, 0, {}
        for id in sorted(history.there.keys() | scrape.accounts.keys()):
            if only in (None, id):
                self.compare(scrape, history, id, at)
        self.wrong += [it for it in scrape.contradictions if only in (None, it[0])]
        if at.calm:
            self.missing += [it for it in scrape.troubled if only in (None, it[0])]

    def compare(self, scrape, history, id, at):
        lately = at.now - (REFRESH * 1.1 if at.calm else 3600) - at.lag - 120
        values = within(history.there.get(id, [(0, False)]), lately, at.now, at.edge)
        if id in scrape.accounts and values != [False]:
            self.account(scrape, history, id, at)
        elif id in scrape.accounts and (at.calm or id not in history.there):
            self.wrong.append((id, "the account", "there", "gone"))
        elif at.calm and values == [True]:
            self.missing.append((id, "the account"))

    def account(self, scrape, history, id, at):
        shown, made = scrape.accounts[id], scrape.reports.get(id)
        at.summarized = at.calm or "access_keys_present" in shown
        self.wanted = wanted = allowed(history, scrape, id, at)
        used = made and within(history.parts[id]["credential_report"], made - 1, made + 2, at.edge)
        for one in {report[3] for report in used or [(None,) * 4]}:
            for series, values in activity(history, id, one, at).items():
                wanted[series] = wanted.get(series, set()) | values
        unclear = tuple(series for series, values in wanted.items() if values is None)
        self.unclear += bool(unclear)
        for series, value in shown.items():
            if unclear and series.startswith(unclear):
                continue
            self.compared += 1
            if value == UNKNOWN:
                if at.calm and UNKNOWN not in wanted.get(series, ()):
                    self.missing.append((id, series))
            elif not matches(value, wanted.get(series, ())):
                self.wrong.append((id, series, value, sorted(wanted.get(series, ()), key=str)))
        self.about(scrape, history, id, at)
        if at.calm:
            needless = {series for series, values in wanted.items() if not values or values <= {UNKNOWN} or values == {NOT_APPLICABLE}}
            self.missing += [(id, series) for series in wanted if series not in shown and series not in needless]

    def about(self, scrape, history, id, at):
        """Compares the account's names, and the times of its report and of its collectors' latest runs."""
        names, (name, alias) = scrape.names.get(id, {}), history.names[id]
        role = "management" if id == MANAGEMENT else "member"
        for label, true in ("account_name", name), ("account_alias", alias), ("membership", role), ("partition", "aws"):
            if names.get(label) != true and (names.get(label) or at.calm):
                self.wrong.append((id, label, names.get(label), true))
        made, oldest = scrape.reports.get(id), at.now - at.lag_of("credential_report") - REPORT_LIFETIME
        if made is None and at.calm:
            self.missing.append((id, "credential_report_generated_timestamp_seconds"))
        if made is not None and not oldest <= made <= at.now + 2:
            self.wrong.append((id, "credential_report_generated_timestamp_seconds", made, (oldest, at.now)))
        for (of, collector), time in scrape.successes.items():
            if of == id and time > at.now + 2:
                self.wrong.append((id, f"collector_last_success_timestamp_seconds {collector}", time, at.now))
