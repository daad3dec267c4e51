"""What is true of an account, read from the simulator's world, and what the exporter may export of it. Written from the contract,
not from the exporter's code. Each part comes from one AWS call, so an export may mix parts of different moments."""

from datetime import datetime

DAY = 86400
SEVERITIES = ["low", "medium", "high", "critical"]
ROOT_USED, SESSION_USED = "Policy:IAMUser/RootCredentialUsage", "Policy:IAMUser/ShortTermRootCredentialUsage"
STATES = ["pending_activation", "active", "suspended", "pending_closure", "closed"]
FEATURES = {"root_credentials_management": "RootCredentialsManagement", "root_sessions": "RootSessions"}
# Of a trail, in the order of its labels here.
SETTINGS = ["multi_region", "organization", "log_file_validation", "kms_key_id", "cloudwatch_logs_group_arn"]
NOT_APPLICABLE, UNKNOWN = "not applicable", "unknown"
# In place of a credential report where the export has none.
NO_REPORT = "no report"


def seconds(text):
    """A time of the world as AWS reports it: without the fraction of a second."""
    return text and float(int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()))


def parts(world, account):
    """What is true of an account, by source: a collector, and its region or trail if it has one."""
    it, organization = world["accounts"][account], world["organization"]
    root, password = it["root"], it["root"]["password"] or {}
    users = [user["mfa"] is not None for user in it["users"].values() if user["password"]]
    keys = [(key["status"] == "Active", seconds(key["created"]), seconds(key["last_used"])) for key in root["keys"]]
    policy = it["password_policy"] or {}
    management = account == organization["management"]
    places = {account, it["unit"] or "r-exam", "r-exam"}
    states = [one["state"].lower() for one in world["accounts"].values()]
    found = {
        "account_summary": (bool(root["mfa"]), bool(keys), root["password"] is not None, bool(root["certificates"])),
        "credential_report": (tuple(keys), sum(users), len(users) - sum(users), seconds(password.get("last_used")), seconds(password.get("changed"))),
        "mfa_devices": (sum(device["kind"] == "virtual" for device in root["mfa"]), bool(root["mfa"])),
        "security_contact": "SECURITY" in it["alternate_contacts"],
        "iam policy": policy.get("MinimumPasswordLength", 0) >= 14 and policy.get("PasswordReusePrevention", 0) >= 24,
        "iam administrators": tuple(len(it["administrators"][kind]) for kind in ("users", "groups", "roles")),
        "organization role": management,
        "organization scp": any(places & set(one["targets"]) for one in organization["policies"].values()),
        "organization features": tuple(sorted(organization["features"])) if management else None,
        "organization states": tuple(states.count(state) for state in STATES) if management else None,
    }
    listed = []
    for name, trail in covering(world, account):
        listed.append((name, trail["home_region"], *(bool(trail[key]) for key in SETTINGS)))
        age = float(trail["latest_delivery_age"].removesuffix("s"))
        # An error may stand after deliveries work again.
        failing = bool(trail["latest_delivery_error"]) and age > 15 * 60
        found[f"cloudtrail status {name}"] = (trail["logging"], failing, age)
        recorded = {one["ReadWriteType"] for one in trail["event_selectors"] or [] if one.get("IncludeManagementEvents")}
        found[f"cloudtrail selectors {name}"] = "All" in recorded or recorded >= {"ReadOnly", "WriteOnly"}
    found["cloudtrail list"] = tuple(sorted(listed))
    for region in it["regions"]:
        status, counts, about_root = detector(it["detectors"].get(region))
        found |= {f"guardduty status {region}": status, f"guardduty counts {region}": counts, f"guardduty root {region}": about_root}
    return found


def covering(world, account):
    """The trails that cover an account: its own and the organization's."""
    for owner, it in world["accounts"].items():
        yield from ((name, trail) for name, trail in it["trails"].items() if owner == account or trail["organization"])


def detector(it):
    """A detector's status (nothing: there is none), findings by severity, and those about root with their latest update."""
    if it is None:
        return None, None, ()
    findings = [finding for finding in it["findings"].values() if not finding["archived"]]
    bands = [0] * len(SEVERITIES)
    for finding in findings:
        bands[sum(finding["severity"] >= least for least in (4, 7, 9))] += 1
    of_root = [one for one in findings if one["user_type"] == "Root"]
    about_root = [(one["type"], one["access_key_id"], seconds(one["updated"] or one["created"])) for one in of_root]
    return it["status"] == "ENABLED", tuple(bands), tuple(sorted(about_root))


# Each function derives values from parts: those of series, named without `aws_root_` and without the account, and the results of
# checks, named in brackets. At a calm moment every value must be exported exactly as it is.


def of_summary(at, summary):
    mfa, keys, password, certificates = summary
    yield "mfa_enabled", mfa
    yield "access_keys_present", keys
    yield "password_present", password
    yield "signing_certificates_present", certificates
    yield "[root-mfa]", mfa or not password
    yield "[root-signing-certificates]", not certificates


def of_devices(at, summary, devices):
    (mfa, _, password, _), (virtual, enabled) = summary, devices
    yield 'mfa_devices{kind="virtual"}', virtual
    # A virtual device hides others; where MFA changed between two calls, nothing is exported.
    clear = virtual == 0 and enabled == mfa
    yield 'mfa_devices{kind="non_virtual"}', enabled if clear else None
    hardware = False if not mfa or virtual else True if clear else UNKNOWN
    yield "[root-hardware-mfa]", hardware if password else True


def of_report(at, report):
    _, with_mfa, without_mfa, used, changed = report
    yield 'iam_users{mfa="true"}', with_mfa
    yield 'iam_users{mfa="false"}', without_mfa
    yield "password_last_used_timestamp_seconds", used
    yield "password_last_changed_timestamp_seconds", changed
    yield "[iam-users-mfa]", without_mfa == 0 if with_mfa + without_mfa else NOT_APPLICABLE


def of_keys(at, summary, report):
    present = summary[1] if at.summarized else None
    if report == NO_REPORT:
        # Only active keys are known to be absent: whether the summary counts inactive ones is not documented.
        yield 'access_keys{status="active"}', 0 if present is False else None
        yield "[root-access-keys]", False if present else UNKNOWN
        yield "[root-access-key-age]", UNKNOWN
        yield "[root-key-use]", UNKNOWN
        return
    keys = report[0]
    active = sum(key[0] for key in keys)
    # A report is hours old: where the current summary contradicts it, its keys are not exported.
    known = True if present is None else bool(keys) if present else not active
    yield 'access_keys{status="active"}', active if known else None if present else 0
    yield 'access_keys{status="inactive"}', len(keys) - active if known else None
    for number, (_, created, used) in enumerate(keys if known else [], 1):
        yield f'access_key_created_timestamp_seconds{{key="{number}"}}', created
        yield f'access_key_age_seconds{{key="{number}"}}', (at.now - created - at.lag, at.now - created + 2)
        yield f'access_key_last_used_timestamp_seconds{{key="{number}"}}', used
    some = True if present or (keys and known) else False if present is False and known else UNKNOWN
    yield "[root-access-keys]", UNKNOWN if some == UNKNOWN else not some
    old = any(is_active and at.now - created > 90 * DAY for is_active, created, _ in keys)
    used = any(used and at.now - used < 90 * DAY for _, _, used in keys)
    for check, bad in ("[root-access-key-age]", old), ("[root-key-use]", used):
        yield check, NOT_APPLICABLE if some is False else UNKNOWN if some == UNKNOWN or not known else not bad


def of_credentials(at, summary, report, management):
    _, present, password, certificates = summary if at.summarized else (None, None, None, None)
    keys = () if report == NO_REPORT else report[0]
    unclear = report == NO_REPORT or present is None or (not present and any(active for active, _, _ in keys))
    some = present or password or certificates or (bool(keys) and (present is None or not unclear))
    yield "credentials_present", True if some else None if unclear else False
    yield "[root-credentials-removed]", NOT_APPLICABLE if management else False if some else UNKNOWN if unclear else True


def of_contact(at, contact):
    yield "security_contact_configured", contact
    yield "[security-contact]", contact


def of_administrators(at, counts):
    for kind, count in zip(("user", "group", "role"), counts):
        yield f'iam_administrators{{type="{kind}"}}', count
    yield "[iam-administrators]", 0 < sum(counts) <= 10


def of_policy(at, strong):
    yield "iam_password_policy_strong", strong


def of_passwords(at, report, strong):
    users = 0 if report == NO_REPORT else report[1] + report[2]
    yield "[iam-password-policy]", UNKNOWN if report == NO_REPORT else strong if users else NOT_APPLICABLE


def of_control(at, management, denied):
    yield "scp_denies_root", denied and not management
    yield "[root-scp]", NOT_APPLICABLE if management else denied


def of_features(at, management, features):
    yield "[central-root-access]", "RootCredentialsManagement" in features if management else NOT_APPLICABLE
    for label, feature in FEATURES.items():
        yield f'organization_root_access_feature_enabled{{feature="{label}"}}', feature in features if management else None


def of_states(at, counts):
    for state, count in zip(STATES, counts or ()):
        yield f'organization_accounts{{state="{state}"}}', count


def of_trails(at, listed, statuses, selectors):
    recording = []
    for name, home, multi, organization, validated, encrypted, to_logs in listed:
        flags = {"cloudwatch_logs": to_logs, "encrypted": encrypted, "log_file_validation": validated, "multi_region": multi, "organization": organization}
        texts = {"home_region": home, "trail": name} | {key: str(value).lower() for key, value in flags.items()}
        yield f"cloudtrail_trail_info{labels(texts)}", True
        if name not in statuses:
            continue
        logging, failing, age = statuses[name]
        of_trail = labels({"home_region": home, "trail": name})
        yield f"cloudtrail_trail_logging{of_trail}", logging
        yield f"cloudtrail_trail_delivery_failing{of_trail}", failing
        yield f"cloudtrail_trail_last_delivery_timestamp_seconds{of_trail}", (at.now - age - at.lag_of("cloudtrail"), at.now - age + 2)
        if multi and logging and selectors.get(name):
            recording.append((validated, encrypted, not failing and age < DAY))
    yield "cloudtrail_enabled", bool(recording)
    yield "[cloudtrail-enabled]", bool(recording)
    for which, check in enumerate(("[cloudtrail-validated]", "[cloudtrail-encrypted]", "[cloudtrail-delivering]")):
        yield check, any(trail[which] for trail in recording) if recording else NOT_APPLICABLE


def of_detectors(at, statuses, counts, about_root):
    enabled = [status is True for status in statuses.values()]
    there = [region for region, status in statuses.items() if status is not None]
    for region, status in statuses.items():
        yield f'guardduty_enabled{{aws_region="{region}"}}', status is True
        for severity, count in zip(SEVERITIES, counts[region] or () if region in there else ()):
            yield f'guardduty_findings{{aws_region="{region}",severity="{severity}"}}', count
    found = [finding for region in there for finding in about_root[region]]
    for kind in (ROOT_USED, SESSION_USED):
        # Several regions may report the same finding.
        count = len({key for one, key, _ in found if one == kind})
        # Those that are known count, whatever is not known of other regions.
        partial = (1, count) if count > 1 and not at.calm else count
        yield f'guardduty_root_findings{{type="{kind}"}}', partial if there else None
    times = sorted(time for *_, time in found)
    latest = "guardduty_root_finding_last_timestamp_seconds"
    yield from ((latest, time) for time in (times[-1:] if at.calm else times))
    yield "[guardduty-enabled]", all(enabled)
    grave = any(sum(counts[region][2:]) for region in there if counts[region])
    watched = True if any(enabled) else NOT_APPLICABLE
    yield "[guardduty-findings]", False if grave else watched
    yield "[guardduty-root-findings]", False if any(kind != SESSION_USED for kind, *_ in found) else watched


def labels(texts):
    """Labels as they are written here, in the order of their names."""
    return "{" + ",".join(f'{name}="{texts[name]}"' for name in sorted(texts)) + "}"


# Each function with the parts that it takes; a star takes all parts with that prefix, by the rest of their names.
SOURCES = [
    (of_summary, ["account_summary"]),
    (of_devices, ["account_summary", "mfa_devices"]),
    (of_report, ["credential_report"]),
    (of_keys, ["account_summary", "credential_report"]),
    (of_credentials, ["account_summary", "credential_report", "organization role"]),
    (of_contact, ["security_contact"]),
    (of_administrators, ["iam administrators"]),
    (of_policy, ["iam policy"]),
    (of_passwords, ["credential_report", "iam policy"]),
    (of_control, ["organization role", "organization scp"]),
    (of_features, ["organization role", "organization features"]),
    (of_states, ["organization states"]),
    (of_trails, ["cloudtrail list", "cloudtrail status *", "cloudtrail selectors *"]),
    (of_detectors, ["guardduty status *", "guardduty counts *", "guardduty root *"]),
]
