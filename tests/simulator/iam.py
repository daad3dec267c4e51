"""IAM: the account's summary, the credential report and its life, MFA devices, who administers."""

import csv
import io
import json
from datetime import datetime, timezone

from client import GOVERNMENT, MANAGEMENT, MEMBER, OF_GOVERNMENT, OF_MEMBER, pages

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,"
    "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def time(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def check_account_summary(simulator, tally):
    iam = simulator.client("iam")
    summary = iam.get_account_summary()["SummaryMap"]
    shape = iam.meta.service_model.operation_model("GetAccountSummary").output_shape.members["SummaryMap"]
    tally.equal("every key of the account summary", set(summary), set(shape.key.metadata["enum"]))
    wanted = {
        "AccountMFAEnabled": 1,
        "AccountAccessKeysPresent": 1,
        "AccountPasswordPresent": 1,
        "AccountSigningCertificatesPresent": 1,
        "Users": 5,
        "MFADevicesInUse": 2,
    }
    tally.equal("the account summary", {key: summary[key] for key in wanted}, wanted)
    simulator.patch_account({"root": {"mfa": [], "keys": [], "certificates": [], "password": None}})
    summary = iam.get_account_summary()["SummaryMap"]
    wanted = dict.fromkeys(list(wanted)[:4], 0) | {"Users": 5, "MFADevicesInUse": 1}
    tally.equal("the summary of a bare root user", {key: summary[key] for key in wanted}, wanted)
    simulator.patch_account({"account_summary": {"AccountPasswordPresent": "absent", "AccountMFAEnabled": 7}})
    summary = iam.get_account_summary()["SummaryMap"]
    tally.true("a summary value can be absent", "AccountPasswordPresent" not in summary, summary)
    tally.equal("a summary value can be set", summary["AccountMFAEnabled"], 7)
    government = simulator.client("iam", OF_GOVERNMENT, "us-gov-west-1")
    summary = government.get_account_summary()["SummaryMap"]
    tally.equal("the key of a root user in GovCloud", summary["AccountAccessKeysPresent"], 1)
    tally.true("no password in GovCloud", "AccountPasswordPresent" not in summary, summary)


def check_credential_report_life(simulator, tally):
    iam = simulator.client("iam")
    tally.error("no report yet", iam.get_credential_report, "ReportNotPresent", 410)
    tally.raises("its exception", iam.get_credential_report, iam.exceptions.CredentialReportNotPresentException)
    tally.equal("a report is started", iam.generate_credential_report()["State"], "STARTED")
    tally.error("it is in progress", iam.get_credential_report, "ReportInProgress", 404)
    tally.equal("so says its maker", iam.generate_credential_report()["State"], "INPROGRESS")
    simulator.control("POST", "clock", {"advance": "10s"})
    tally.equal("it is complete", iam.generate_credential_report()["State"], "COMPLETE")
    report = iam.get_credential_report()
    tally.equal("its form", report["ReportFormat"], "text/csv")
    tally.equal("its time", report["GeneratedTime"], time(2026, 6, 1, 12))
    simulator.patch_account({"root": {"mfa": []}})
    simulator.control("POST", "clock", {"advance": "3h"})
    tally.equal("no new one within four hours", iam.generate_credential_report()["State"], "COMPLETE")
    tally.equal("it stays as it was made", iam.get_credential_report()["Content"], report["Content"])
    simulator.control("POST", "clock", {"advance": "2h"})
    tally.error("it expires", iam.get_credential_report, "ReportExpired", 410)
    tally.equal("then a new one is made", iam.generate_credential_report()["State"], "STARTED")
    simulator.control("POST", "clock", {"advance": "10s"})
    fresh = iam.get_credential_report()
    tally.equal("of its own time", fresh["GeneratedTime"], time(2026, 6, 1, 17, 0, 10))
    tally.equal("with what is now", rows(fresh)[0]["mfa_active"], "false")
    simulator.patch_account({"report_csv": "user,arn\nx,y"})
    tally.equal("a report can be given", iam.get_credential_report()["Content"], b"user,arn\nx,y")
    simulator.patch({"report_delay": "0s"})
    member = simulator.client("iam", OF_MEMBER)
    tally.equal("without delay it is complete at once", member.generate_credential_report()["State"], "COMPLETE")
    tally.equal("an empty account's report", [row["user"] for row in rows(member.get_credential_report())], ["<root_account>", "member"])


def rows(report):
    return list(csv.DictReader(io.StringIO(report["Content"].decode())))


def check_credential_report_content(simulator, tally):
    simulator.patch({"report_delay": "0s"})
    iam = simulator.client("iam")
    iam.generate_credential_report()
    content = iam.get_credential_report()["Content"].decode()
    tally.equal("the columns", content.split("\n")[0], COLUMNS)
    tally.true("no newline at the end", not content.endswith("\n") and "\r" not in content)
    wanted = [
        "<root_account>,arn:aws:iam::111122223333:root,2020-02-02T02:02:02Z,true,2026-05-20T08:00:00Z,2025-01-01T00:00:00Z,not_supported,true,"
        "true,2025-04-27T12:00:00Z,2026-05-29T12:00:00Z,eu-west-1,s3,false,2024-01-01T00:00:00Z,N/A,N/A,N/A,true,2023-01-01T00:00:00Z,false,N/A",
        "alice,arn:aws:iam::111122223333:user/alice,2024-05-05T05:05:05Z,true,2026-05-31T00:00:00Z,2024-05-05T05:05:05Z,2024-08-03T05:05:05Z,true,"
        "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "bob,arn:aws:iam::111122223333:user/bob,2025-05-05T05:05:05Z,true,no_information,2025-05-05T05:05:05Z,2025-08-03T05:05:05Z,false,"
        "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "robot,arn:aws:iam::111122223333:user/robot,2023-03-03T03:03:03Z,false,N/A,N/A,N/A,false,"
        "true,2023-03-04T00:00:00Z,2026-06-01T11:00:00Z,us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "administrator,arn:aws:iam::111122223333:user/administrator,2020-02-02T02:02:02Z,false,N/A,N/A,N/A,false,"
        "true,2020-02-02T02:02:02Z,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
    ]
    for number, row in enumerate(wanted, 1):
        tally.equal(f"row {number} of the report", content.split("\n")[number], row)
    tally.equal("the number of rows", len(content.split("\n")), 7)
    simulator.patch_account({"root": {"password": None, "mfa": [], "keys": [], "certificates": []}, "report_generated": "now"})
    wanted = "<root_account>,arn:aws:iam::111122223333:root,2020-02-02T02:02:02Z,false,N/A,N/A,not_supported,false" + ",false,N/A,N/A,N/A,N/A" * 2 + ",false,N/A" * 2
    simulator.control("POST", "clock", {"advance": "5h"})
    iam.generate_credential_report()
    tally.equal("the row of a root user without credentials", iam.get_credential_report()["Content"].decode().split("\n")[1], wanted)
    government = simulator.client("iam", OF_GOVERNMENT, "us-gov-west-1")
    government.generate_credential_report()
    root = rows(government.get_credential_report())[0]
    tally.equal("GovCloud's root user", (root["arn"], root["password_enabled"], root["access_key_1_active"]), (f"arn:aws-us-gov:iam::{GOVERNMENT}:root", "not_supported", "true"))


def check_virtual_mfa_devices(simulator, tally):
    iam = simulator.client("iam")
    devices = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    tally.equal("the devices", [it["SerialNumber"] for it in devices], ["arn:aws:iam::111122223333:mfa/safe-1", "arn:aws:iam::111122223333:mfa/alice"])
    root = {"UserId": MANAGEMENT, "Arn": "arn:aws:iam::111122223333:root", "CreateDate": time(2020, 2, 2, 2, 2, 2), "PasswordLastUsed": time(2026, 5, 20, 8)}
    tally.equal("root as a device's user", devices[0]["User"], root)
    tally.equal("a user of a device", (devices[1]["User"]["UserName"], devices[1]["User"]["Path"]), ("alice", "/"))
    tally.equal("none are unassigned", iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"], [])
    tally.equal("any is the default", iam.list_virtual_mfa_devices()["VirtualMFADevices"], devices)
    got = pages(iam.list_virtual_mfa_devices, "VirtualMFADevices", "Marker", MaxItems=1)
    tally.equal("one device a page", [len(page) for page in got], [1, 1])
    marker = iam.list_virtual_mfa_devices(MaxItems=1)["Marker"]
    tally.error("a marker of another request", lambda: iam.list_virtual_mfa_devices(Marker=marker, AssignmentStatus="Any", MaxItems=1), "ValidationError", 400)
    tally.error("a marker of nobody", lambda: iam.list_virtual_mfa_devices(Marker="nonsense"), "ValidationError", 400)
    member = simulator.client("iam", OF_MEMBER)
    tally.error("a marker of another account", lambda: member.list_virtual_mfa_devices(Marker=marker, MaxItems=1), "ValidationError", 400)
    unchecked = simulator.client("iam", parameter_validation=False)
    for wrong in [{"AssignmentStatus": "assigned"}, {"MaxItems": 0}, {"MaxItems": 1001}, {"MaxItems": "many"}]:
        tally.error(f"devices by {wrong}", lambda wrong=wrong: unchecked.list_virtual_mfa_devices(**wrong), "ValidationError", 400)
    simulator.patch_account({"root": {"mfa": [{"kind": "hardware"}]}})
    arns = [it["User"]["Arn"] for it in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    tally.equal("hardware is not virtual", arns, ["arn:aws:iam::111122223333:user/alice"])


def check_password_policy(simulator, tally):
    iam = simulator.client("iam")
    wanted = {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 5,
    }
    tally.equal("the password policy", iam.get_account_password_policy()["PasswordPolicy"], wanted)
    member = simulator.client("iam", OF_MEMBER)
    message = f"The Password Policy with domain name {MEMBER} cannot be found."
    tally.error("no password policy", member.get_account_password_policy, "NoSuchEntity", 404, message)


def check_entities_for_policy(simulator, tally):
    iam = simulator.client("iam")

    def entities(**request):
        found = iam.list_entities_for_policy(PolicyArn=ADMINISTRATOR_ACCESS, **request)
        kinds = (("PolicyGroups", "GroupName"), ("PolicyUsers", "UserName"), ("PolicyRoles", "RoleName"))
        return [[it[name] for it in found[key]] for key, name in kinds]

    tally.equal("who administers", entities(), [["admins"], ["alice"], ["deploy", "break-glass"]])
    tally.equal("which roles", entities(EntityFilter="Role"), [[], [], ["deploy", "break-glass"]])
    tally.equal("as a boundary", entities(PolicyUsageFilter="PermissionsBoundary"), [[], [], []])
    tally.equal("of another path", entities(PathPrefix="/other/"), [[], [], []])
    count = 0
    for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=ADMINISTRATOR_ACCESS, PaginationConfig={"PageSize": 1}):
        count += sum(len(page[key]) for key in ("PolicyGroups", "PolicyUsers", "PolicyRoles"))
    tally.equal("one entity a page", count, 4)
    other = iam.list_entities_for_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    tally.equal("who only reads", other["PolicyUsers"] + other["PolicyGroups"] + other["PolicyRoles"], [])
    for arn in ["arn:aws:iam::aws:policy/AdministratorAcess", "arn:aws:iam::111122223333:policy/Mine", "arn:aws-cn:iam::aws:policy/AdministratorAccess"]:
        tally.error(arn, lambda arn=arn: iam.list_entities_for_policy(PolicyArn=arn), "NoSuchEntity", 404)
    tally.error("a marker of nobody", lambda: entities(Marker="nonsense"), "ValidationError", 400)
    status, _, body = simulator.raw("iam", "ListEntitiesForPolicy", "")
    tally.true("a policy must be named", status == 400 and "<Code>ValidationError</Code>" in body, body)


def check_aliases(simulator, tally):
    iam = simulator.client("iam")
    tally.equal("the alias", iam.list_account_aliases()["AccountAliases"], ["acme-prod"])
    tally.error("a marker of nobody", lambda: iam.list_account_aliases(Marker="nonsense"), "ValidationError", 400)
    member = simulator.client("iam", OF_MEMBER)
    tally.equal("no alias", member.list_account_aliases()["AccountAliases"], [])
    simulator.patch_account({"alias": "a&b<c>\"d'"})
    tally.equal("XML is escaped", iam.list_account_aliases()["AccountAliases"], ["a&b<c>\"d'"])


def check_organizations_features(simulator, tally):
    iam = simulator.client("iam")
    wanted = ("o-acme123456", ["RootCredentialsManagement", "RootSessions"])
    got = iam.list_organizations_features()
    tally.equal("the features", (got["OrganizationId"], got["EnabledFeatures"]), wanted)
    member = simulator.client("iam", OF_MEMBER)
    tally.equal("for a delegated administrator", member.list_organizations_features()["EnabledFeatures"], wanted[1])
    for change, code, client in [
        ({"delegated_administrators": {MEMBER: None}}, "AccountNotManagementOrDelegatedAdministratorException", member),
        ({"trusted_access": False}, "ServiceAccessNotEnabledException", iam),
        ({"feature_set": "CONSOLIDATED_BILLING"}, "OrganizationNotInAllFeaturesModeException", iam),
        (None, "OrganizationNotFoundException", iam),
    ]:
        simulator.patch({"organization": change})
        tally.error(f"features after {json.dumps(change)}", client.list_organizations_features, code, 400)
