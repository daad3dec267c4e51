"""The organization that the soak watches, as it is at the start: each account as many are, and no two alike."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANAGEMENT, SECURITY = "100000000001", "100000000002"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
UNIT = "ou-exam-workloads"
ORGANIZATION = "o-exampleorgid"

EVERYTHING = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
STRONG = {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24}
CONTACT = {"Name": "Security", "Title": "Team", "EmailAddress": "security@example.com", "PhoneNumber": "+1 555 0100"}

# What root does, by the kind that it counts as; the last is none of root's.
EVENTS = {
    "login": {"name": "ConsoleLogin", "mfa": True},
    "login_without_mfa": {"name": "ConsoleLogin"},
    "login_failed": {"name": "ConsoleLogin", "error": "Failed authentication"},
    "credential_change": {"name": "CreateAccessKey"},
    "account_recovery": {"name": "PasswordRecoveryRequested"},
    "audit_tampering": {"name": "StopLogging", "source": "cloudtrail.amazonaws.com"},
    "write": {"name": "PutBucketPolicy", "source": "s3.amazonaws.com"},
    "read": {"name": "ListBuckets", "source": "s3.amazonaws.com"},
    "privileged_session": {"name": "DeleteBucketPolicy", "source": "s3.amazonaws.com", "assumed_root": True},
    "": {"name": "ConsoleLogin", "identity": "IAMUser", "user_name": "bob", "mfa": True},
}
# Those that are recorded in the region where they happen.
ANYWHERE = ["audit_tampering", "write", "read", "privileged_session"]
DENY_ROOT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}],
}


def policy(*scopes):
    """The policies that the documentation asks for, as one."""
    files = [ROOT / f"deploy/aws/policies/{scope}.json" for scope in scopes]
    return {"Version": "2012-10-17", "Statement": [it for file in files for it in json.loads(file.read_text())["Statement"]]}


def key(number, created, status="Active", last_used=None):
    """An access key of root's."""
    return {"id": f"AKIAROOTKEY{number:05}EXA", "created": created, "status": status, "last_used": last_used}


def account(number, regions):
    """An account of that number."""
    scopes = ["member", "guardduty-administrator"] if f"{100000000000 + number}" == SECURITY else ["member"]
    return {
        "name": f"Acme {number}",
        "alias": f"acme-{number}" if number % 2 else None,
        "created": "-2000d",
        "regions": regions,
        "unit": UNIT if number % 3 == 0 else None,
        "roles": {"root-exporter": {"trusted": [MANAGEMENT], "policy": policy(*scopes)}},
        "root": {
            "password": {"changed": "-500d", "last_used": "-45d"} if number % 4 else None,
            "mfa": [{"kind": "virtual"}] if number % 2 else [],
            "keys": [key(number, "-400d", last_used="-100d")] if number % 3 == 1 else [],
            "certificates": [],
        },
        "users": {"alice": {"password": True, "mfa": "virtual", "created": "-300d"}} if number % 2 else {},
        "password_policy": STRONG if number % 2 else None,
        "administrators": {"users": [], "groups": [], "roles": ["deploy"]},
        "alternate_contacts": {"SECURITY": CONTACT} if number % 2 else {},
        "trails": {},
        "detectors": {region: {"findings": {}} for region in regions},
        "events": [EVENTS["login"] | {"at": "-45d"}, EVENTS["read"] | {"at": "-8d", "region": regions[-1]}],
    }


def organization(accounts, regions):
    """All of it, with so many accounts that stay."""
    numbers = range(1, accounts + 1)
    world = {
        "organization": {
            "id": ORGANIZATION,
            "management": MANAGEMENT,
            "features": ["RootCredentialsManagement"],
            "trusted_access": True,
            "delegated_administrators": {SECURITY: ["guardduty.amazonaws.com"]},
            "units": {UNIT: {"name": "Workloads"}},
            "policies": {"p-denyroot01": {"name": "DenyRoot", "content": DENY_ROOT, "targets": [UNIT]}},
        },
        "accounts": {f"{100000000000 + number}": account(number, regions) for number in numbers},
    }
    management = world["accounts"][MANAGEMENT]
    management["principals"] = {KEY: {"secret": SECRET, "name": "exporter", "policy": policy("management")}}
    management["trails"]["organization"] = {
        "home_region": regions[0],
        "multi_region": True,
        "organization": True,
        "log_file_validation": True,
        "latest_delivery_age": "4m",
        "event_selectors": EVERYTHING,
    }
    return world
