"""Compares what is shown with what is, or lately was, true."""

import itertools
import math
import re

from truth import DAY, NOT_APPLICABLE, TELLS, UNKNOWN, labels, parts, seconds
from world import EVENTS, MANAGEMENT

# Collectors and their default intervals.
INTERVALS = {
    "account_summary": 300,
    "credential_report": 3600,
    "mfa_devices": 900,
    "root_activity": 120,
    "cloudtrail": 600,
    "guardduty": 600,
    "organization": 900,
    "security_contact": 3600,
    "iam": 3600,
}
WINDOWS = {"1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
WEIGHTS = {"critical": 10, "high": 5, "medium": 2, "low": 1}
# By the kinds that it is about, since when, and how many are too many.
QUIET = {
    "[root-login]": (("login", "login_without_mfa"), 30 * DAY, 1),
    "[root-login-mfa]": (("login_without_mfa",), 30 * DAY, 1),
    "[root-credential-changes]": (("credential_change", "account_recovery"), 7 * DAY, 1),
    "[root-failed-logins]": (("login_failed",), DAY, 5),
}
# More mixtures than this are not gone through.
MIXTURES = 5000
LINE = re.compile(r"aws_root_(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


class Moment:
    """When a comparison is made; a calm one is long after the last change."""

    def __init__(self, now, calm, slack, intervals):
        self.now, self.calm, self.slack, self.intervals = now, calm, slack, intervals
        # From a fact to its sight: it is published every 15 s.
        self.lag = 20 + slack
        # Whether what IAM's account summary tells of the account is known.
        self.summarized = True

    def lag_of(self, collector):
        """How old what it tells may be: its runs, and their retries, or what is stale after three."""
        return self.lag + self.intervals[collector] * (1.1 if self.calm else 3) + 120


class History:
    """What was true of each account, and since when; and what root did, with the time from which it could be known."""

    def __init__(self):
        self.parts, self.events, self.there, self.names = {}, {}, {}, {}

    def learn(self, world, now):
        for id in set(self.there) | set(world["accounts"]):
            there = id in world["accounts"] and world["accounts"][id]["state"] == "ACTIVE"
            note(self.there.setdefault(id, []), there, now)
            if id not in world["accounts"]:
                # No policy of the organization is in force for one that has left it.
                note(self.parts[id]["organization scp"], False, now)
                continue
            if id not in self.names:
                for event in world["accounts"][id]["events"]:
                    self.happened(id, kind_of(event), seconds(event["at"]), now)
            self.names[id] = (world["accounts"][id]["name"], world["accounts"][id]["alias"] or "")
            known, new = self.parts.setdefault(id, {}), parts(world, id)
            for part in known.keys() | new.keys():
                note(known.setdefault(part, []), new.get(part), now)

    def happened(self, id, kind, at, now):
        self.events.setdefault(id, []).append((kind, at, now))


def kind_of(event):
    """Of an event that is there at the start."""
    return next(kind for kind, one in EVENTS.items() if one["name"] == event["name"] and one.get("mfa", False) == event["mfa"])


def note(versions, value, now):
    if not versions or versions[-1][1] != value:
        versions.append((now, value))


def within(versions, since, until, slack):
    """The values that were true at some time in it."""
    ends = [since for since, _ in versions[1:]] + [math.inf]
    return list({value: None for (began, value), ended in zip(versions, ends) if began <= until and ended + slack >= since})


class Scrape:
    """What is shown: by account, values of posture and verdicts; and whether all collectors succeed."""

    def __init__(self, text):
        self.accounts, self.troubled, self.reports, self.names, self.scores = {}, [], {}, {}, {}
        unknown, weights = {}, {}
        for name, written, value in (LINE.fullmatch(line).groups() for line in text.splitlines() if line.startswith("aws_root_")):
            found, value = dict(LABEL.findall(written or "")), float(value)
            id = found.pop("account_id", None) or (found.pop("organization_id", None) and MANAGEMENT)
            if name in ("collector_success", "collector_region_failed") and (value == 1) == (name == "collector_region_failed"):
                self.troubled.append((id, found))
            if id is None or name.startswith(("collector_", "exporter_", "aws_")):
                continue
            shown = self.accounts.setdefault(id, {})
            if name == "account_info":
                self.names[id] = found
            elif name == "credential_report_generated_timestamp_seconds":
                self.reports[id] = value
            elif name == "check_unknown":
                unknown[id, found["check"]] = value
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
            if (f"[{check}]" in self.accounts[id]) + value > 1:
                self.troubled.append((id, f"{check} is both known and unknown"))
            self.accounts[id].setdefault(f"[{check}]", UNKNOWN if value else NOT_APPLICABLE)
        self.expected_scores = {id: passed / all for id, (passed, all) in weights.items()}


def allowed(history, id, report_made, at):
    """By series, every value that may be shown of an account: of a calm moment, the one that must be."""
    known, result = history.parts[id], {}
    for tell, wanted in TELLS:
        if tell.__name__ == "of_report" and report_made is None:
            continue
        arguments, names = [], []
        for part in wanted:
            matching = sorted(name for name in known if name == part or (part.endswith("*") and name.startswith(part[:-1])))
            names.append(matching)
            for name in matching:
                if name == "credential_report" and report_made is not None:
                    # Exactly as it was when AWS made it.
                    values = within(known[name], report_made - 1, report_made + 2, at.slack / 8)
                else:
                    collector = name.split(" ")[0]
                    since = at.now if at.calm else at.now - at.lag_of("account_summary" if collector == "credential_report" else collector)
                    values = within(known[name], since, at.now, at.slack if not at.calm else 0)
                arguments.append(values)
        if math.prod(map(len, arguments)) > MIXTURES:
            result[tell.__name__] = None
            continue
        for mixture in itertools.product(*arguments):
            values = iter(mixture)
            given = [
                {name.removeprefix(part[:-1]): value for name, value in zip(matching, values)} if part.endswith("*") else next(values)
                for part, matching in zip(wanted, names)
            ]
            if isinstance(given[0], dict) or given[0] is not None:
                given = [{name: one for name, one in it.items() if keep(part, one)} if isinstance(it, dict) else it for part, it in zip(wanted, given)]
                for series, value in tell(at, *given):
                    if value is not None:
                        result.setdefault(series, set()).add(value)
    return result


def keep(part, value):
    """A trail that is gone has no status; a region without a detector has one: none."""
    return value is not None or part.startswith("guardduty")


def activity(history, id, report_used, at):
    """The same of what root did."""
    events, result = history.events.get(id, []), {}
    seen = at.now - at.lag_of("root_activity")
    for kind in (kind for kind in EVENTS if kind):
        for label, window in WINDOWS.items():
            least = sum(one == kind and when > at.now - window and known <= seen for one, when, known in events)
            most = sum(one == kind and when > at.now - window - at.lag and known <= at.now for one, when, known in events)
            # Those that are known count, whatever is not known of other regions.
            ranges = {(least, most)} if at.calm else {(1, most)} if least else {(0, most)}
            result[f'events{{kind="{kind}",window="{label}"}}'] = ranges
        latest(result, f'event_last_timestamp_seconds{{kind="{kind}"}}', events, [kind], seen, at)
    latest(result, "last_activity_timestamp_seconds", events, [kind for kind in EVENTS if kind not in ("", "privileged_session")], seen, at)
    logins = events + ([("login", report_used, 0)] if report_used else [])
    latest(result, "last_login_timestamp_seconds", logins, ["login", "login_without_mfa"], seen, at)
    times = result.get("last_login_timestamp_seconds", ())
    result["last_login_age_seconds"] = {(at.now - time - at.lag, at.now - time + 2) for time in times}
    for check, (kinds, window, many) in QUIET.items():
        those = logins if check == "[root-login]" else events
        surely = sum(one in kinds and when > at.now - window and known <= seen for one, when, known in those)
        maybe = sum(one in kinds and when > at.now - window - at.lag and known <= at.now for one, when, known in those)
        result[check] = ({True} if surely < many else set()) | ({False} if maybe >= many else set())
    return result


def latest(result, series, events, kinds, seen, at):
    times = [(when, known) for kind, when, known in events if kind in kinds and known <= at.now]
    settled = max((when for when, known in times if known <= seen), default=0)
    if times:
        result[series] = {when for when, _ in times if not at.calm or when >= settled}


def matches(value, wanted):
    """Whether a value is one of those, or within one of those spans."""
    if isinstance(value, str):
        return value in wanted
    return any(one[0] <= value <= one[1] if isinstance(one, tuple) else not isinstance(one, str) and value == one for one in wanted)


class Comparison:
    """Of one scrape with the truth."""

    def __init__(self, scrape, history, at, only=None):
        self.wrong, self.missing, self.compared, self.unclear = [], [], 0, 0
        for id, there in history.there.items():
            if only not in (None, id):
                continue
            values = within(there, at.now - 3600, at.now, at.slack)
            if id in scrape.accounts and values != [False]:
                self.account(scrape, history, id, at)
            elif at.calm and values == [True]:
                self.missing.append((id, "the account"))
            elif at.calm and values == [False] and id in scrape.accounts:
                self.wrong.append((id, "the account", "there", "gone"))
        if at.calm:
            self.missing += scrape.troubled

    def account(self, scrape, history, id, at):
        shown, made = scrape.accounts[id], scrape.reports.get(id)
        at.summarized = at.calm or "access_keys_present" in shown
        wanted = allowed(history, id, made, at)
        used = made and within(history.parts[id]["credential_report"], made - 1, made + 2, at.slack / 8)
        for one in {report[3] for report in used or [(None,) * 4]}:
            for series, values in activity(history, id, one, at).items():
                wanted[series] = wanted.get(series, set()) | values
        unclear = {tell: wanted.pop(tell) for tell in list(wanted) if wanted[tell] is None}
        self.unclear += len(unclear)
        self.wanted = wanted
        for series, value in shown.items():
            self.compared += 1
            if value == UNKNOWN:
                if at.calm and UNKNOWN not in wanted.get(series, ()):
                    self.missing.append((id, series))
            elif not unclear and not matches(value, wanted.get(series, ())):
                self.wrong.append((id, series, value, sorted(wanted.get(series, ()), key=str)))
        names, (name, alias) = scrape.names.get(id, {}), history.names[id]
        role = "management" if id == MANAGEMENT else "member"
        for label, true in ("account_name", name), ("account_alias", alias), ("membership", role), ("partition", "aws"):
            if names.get(label) != true and (names.get(label) or at.calm):
                self.wrong.append((id, label, names.get(label), true))
        if id in scrape.scores and abs(scrape.scores[id] - scrape.expected_scores.get(id, -1)) > 1e-9:
            self.wrong.append((id, "posture_score_ratio", scrape.scores[id], scrape.expected_scores.get(id)))
        if at.calm:
            needless = {series for series, values in wanted.items() if values <= {UNKNOWN} or values == {NOT_APPLICABLE}}
            self.missing += [(id, series) for series in wanted if series not in shown and series not in needless and wanted[series]]
