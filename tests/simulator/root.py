"""The root user of a member: sessions by AssumeRoot, and the credentials that they, and others, see."""

import json
from datetime import datetime, timezone

from client import ADMINISTRATOR, GOVERNMENT, LIMITED, MANAGEMENT, MEMBER, OF_GOVERNMENT, OF_MEMBER, pages
from identity import session_of

AUDIT = {"TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}}
OTHER = "123412341234"
KEYS = ("AKIAMEMBERROOT000001", "AKIAMEMBERROOT000002")
ROOT = {
    "password": {"changed": "2026-01-02T03:04:05Z"},
    "mfa": [{"kind": "virtual"}, {"kind": "passkey", "name": "yubi"}, {"kind": "hardware"}, {"kind": "virtual"}, {"kind": "virtual", "name": "phone"}],
    "keys": [
        {"id": KEYS[0], "created": "2025-01-01T00:00:00Z", "last_used": "2026-05-01T00:00:00Z", "region": "eu-west-1", "service": "s3"},
        {"id": KEYS[1], "created": "2024-01-01T00:00:00Z", "status": "Inactive"},
    ],
    "certificates": [{"active": True, "created": "2023-01-01T00:00:00Z"}, {"active": False, "created": "2022-01-01T00:00:00Z"}],
}


def at(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def session(simulator, who=ADMINISTRATOR, target=MEMBER, **more):
    return session_of(simulator.client("sts", who).assume_root(TargetPrincipal=target, **AUDIT, **more))


def of_role(simulator):
    asked = {"RoleArn": f"arn:aws:iam::{MEMBER}:role/audit", "RoleSessionName": "watcher", "ExternalId": "acme-42"}
    return session_of(simulator.client("sts").assume_role(**asked))


def check_assume_root(simulator, tally):
    sts = simulator.client("sts", region="eu-west-1")
    answer = sts.assume_root(TargetPrincipal=MEMBER, **AUDIT)
    who = session_of(answer)
    tally.true("a temporary key", who[0].startswith("ASIA") and len(who[0]) == 20, who[0])
    lifetime = (answer["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds()
    tally.true("it lasts 15 minutes", 890 < lifetime <= 900, lifetime)
    inside = simulator.client("sts", who).get_caller_identity()
    arn = f"arn:aws:iam::{MEMBER}:root"
    tally.equal("who one has become", (inside["Account"], inside["Arn"], inside["UserId"]), (MEMBER, arn, MEMBER))
    short = sts.assume_root(TargetPrincipal=arn, DurationSeconds=60, **AUDIT)["Credentials"]["Expiration"]
    tally.true("by the root user's ARN, and shorter", (short - datetime.now(timezone.utc)).total_seconds() <= 60, short)
    tally.error("without its token", simulator.client("iam", who[:2]).list_access_keys, "InvalidClientTokenId", 403)
    at_once = session(simulator, DurationSeconds=0)
    tally.error("it expires", simulator.client("iam", at_once).list_access_keys, "ExpiredToken", 403)
    simulator.patch_account({}, OTHER)
    inside = simulator.client("sts", session(simulator, OF_MEMBER, OTHER)).get_caller_identity()
    tally.equal("for a delegated administrator", inside["Arn"], f"arn:aws:iam::{OTHER}:root")
    policy = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": f"arn:aws:iam::{OTHER}:root"}}
    simulator.patch_account({"principals": {LIMITED[0]: {"policy": policy}}})
    inside = simulator.client("sts", session(simulator, LIMITED, OTHER)).get_caller_identity()
    tally.equal("for whom the policy allows it", inside["Account"], OTHER)
    denied = f"is not authorized to perform: sts:AssumeRoot on resource: {arn} because no identity-based policy"
    tally.error("and no further", lambda: session(simulator, LIMITED), "AccessDenied", 403, denied)
    for task, ends in [(AUDIT["TaskPolicyArn"]["arn"], None), ("arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword", "AccessDenied")]:
        condition = {"ArnEquals": {"sts:TaskPolicyArn": task}}
        simulator.patch_account({"principals": {LIMITED[0]: {"policy": {"Statement": {**policy["Statement"], "Condition": condition}}}}})
        if ends:
            tally.error("not with that task", lambda: session(simulator, LIMITED, OTHER), ends, 403)
        else:
            tally.true("with the task of the condition", session(simulator, LIMITED, OTHER), None)
    simulator.patch_account({"roles": {"audit": {"policy": {"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}}}}, MEMBER)
    inside = simulator.client("sts", session(simulator, of_role(simulator), OTHER)).get_caller_identity()
    tally.equal("for a role", inside["Account"], OTHER)


def check_assume_root_refused(simulator, tally):
    sts = simulator.client("sts")
    simulator.patch_account({"state": "SUSPENDED"}, OTHER)
    for name, who, target in [
        ("the management account", ADMINISTRATOR, MANAGEMENT),
        ("a suspended account", ADMINISTRATOR, OTHER),
        ("nobody's account", ADMINISTRATOR, "999999999999"),
        ("another partition's", ADMINISTRATOR, GOVERNMENT),
        ("another partition's root", ADMINISTRATOR, f"arn:aws-us-gov:iam::{MEMBER}:root"),
        ("who is not root", ADMINISTRATOR, f"arn:aws:iam::{MEMBER}:user/member"),
        ("a delegated administrator's target", OF_MEMBER, MANAGEMENT),
    ]:
        denied = "is not authorized to perform: sts:AssumeRoot on resource: arn:aws"
        tally.error(name, lambda who=who, target=target: session(simulator, who, target), "AccessDenied", 403, denied)
    government = simulator.client("sts", OF_GOVERNMENT, "us-gov-west-1")
    tally.error("no organization", lambda: government.assume_root(TargetPrincipal=GOVERNMENT, **AUDIT), "AccessDenied", 403)
    root = simulator.client("sts", session(simulator))
    tally.error("by root itself", lambda: root.assume_root(TargetPrincipal=MEMBER, **AUDIT), "AccessDenied", 403)
    for task in ("IAMDeleteRootUserCredentials", "IAMAuditRootUserCredential", "S3UnlockBucketPolicy"):
        policy = {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
        call = lambda policy=policy: sts.assume_root(TargetPrincipal=MEMBER, TaskPolicyArn=policy)  # noqa: E731
        tally.error(f"the task {task}", call, "ValidationError", 400)
    arn = "arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Froot-task%2FIAMAuditRootUserCredentials"
    for body in [
        f"TaskPolicyArn.arn={arn}",
        f"TargetPrincipal={MEMBER}",
        f"TargetPrincipal={MEMBER}&TaskPolicyArn={arn}",
        f"TargetPrincipal={MEMBER}&PolicyArns.arn={arn}",
        f"TargetPrincipal={MEMBER}&TaskPolicyArn.arn={arn}&TaskPolicyArn.arn={arn}",
        f"TargetPrincipal={MEMBER}&TaskPolicyArn.arn={arn}&TaskPolicyArn.name=x",
        f"TargetPrincipal={MEMBER}&TaskPolicyArn.arn={arn}&DurationSeconds=901",
        f"TargetPrincipal=1&TaskPolicyArn.arn={arn}",
    ]:
        status, _, text = simulator.raw("sts", "AssumeRoot", body)
        tally.true(f"a session by {body}", status == 400 and "<Code>ValidationError</Code>" in text, (status, text))
    status, _, text = simulator.raw("sts", "AssumeRoot", f"TargetPrincipal={MEMBER}&TaskPolicyArn.arn={arn}")
    tally.true("by hand", status == 200 and "<AccessKeyId>ASIA" in text, text)
    message = "Root credentials management feature is not enabled for your AWS Organization."
    for change in [{"features": ["RootSessions"]}, {"features": ["RootCredentialsManagement"], "trusted_access": False}]:
        simulator.patch({"organization": change})
        tally.error(f"with {change}", lambda: session(simulator), "AccessDenied", 403, message)
    simulator.patch({"organization": {"trusted_access": True, "delegated_administrators": {MEMBER: None}}})
    simulator.patch_account({"state": "ACTIVE"}, OTHER)
    tally.error("a member that administers nothing", lambda: session(simulator, OF_MEMBER, OTHER), "AccessDenied", 403)
    simulator.patch({"organization": None})
    tally.error("without an organization", lambda: session(simulator), "AccessDenied", 403)


def check_what_root_may(simulator, tally):
    who = session(simulator)
    iam = simulator.client("iam", who)
    summary = iam.get_account_summary()["SummaryMap"]
    tally.equal("the summary of the member", (summary["Users"], summary["AccountAccessKeysPresent"]), (1, 0))
    for service, operation, code, status in [
        ("iam", "list_virtual_mfa_devices", "AccessDenied", 403),
        ("iam", "generate_credential_report", "AccessDenied", 403),
        ("iam", "get_credential_report", "AccessDenied", 403),
        ("iam", "list_account_aliases", "AccessDenied", 403),
        ("cloudtrail", "list_trails", "AccessDeniedException", 400),
        ("organizations", "describe_organization", "AccessDeniedException", 400),
        ("guardduty", "list_detectors", "AccessDeniedException", 403),
        ("account", "list_regions", "AccessDeniedException", 403),
    ]:
        call = getattr(simulator.client(service, who), operation)
        tally.error(f"{service} {operation} is no part of the task", call, code, status, f"User: arn:aws:iam::{MEMBER}:root is not")
    for call in (iam.list_access_keys, iam.list_mfa_devices, iam.list_signing_certificates, iam.get_login_profile):
        tally.error("nor are users", lambda call=call: call(UserName="member"), "AccessDenied", 403, "explicit deny")
    for key in (OF_MEMBER[0], "AKIANOBODY0000000001", "AKIAROOT000000000001"):
        tally.error(f"nor is {key}", lambda key=key: iam.get_access_key_last_used(AccessKeyId=key), "AccessDenied", 403)


def check_credentials_of_root(simulator, tally):
    iam = simulator.client("iam", session(simulator))
    tally.equal("no keys", iam.list_access_keys()["AccessKeyMetadata"], [])
    tally.equal("no devices", iam.list_mfa_devices()["MFADevices"], [])
    tally.equal("no certificates", iam.list_signing_certificates()["Certificates"], [])
    tally.error("no password", iam.get_login_profile, "NoSuchEntity", 404, "Login Profile for User null cannot be found.")
    simulator.patch_account({"root": ROOT}, MEMBER)
    keys = [
        {"AccessKeyId": KEYS[0], "Status": "Active", "CreateDate": at(2025, 1, 1)},
        {"AccessKeyId": KEYS[1], "Status": "Inactive", "CreateDate": at(2024, 1, 1)},
    ]
    tally.equal("the keys", iam.list_access_keys()["AccessKeyMetadata"], keys)
    got = pages(iam.list_access_keys, "AccessKeyMetadata", "Marker", MaxItems=1)
    tally.equal("one key a page", got, [keys[:1], keys[1:]])
    used = iam.get_access_key_last_used(AccessKeyId=KEYS[0])
    tally.equal("a key's use", used["AccessKeyLastUsed"], {"LastUsedDate": at(2026, 5, 1), "ServiceName": "s3", "Region": "eu-west-1"})
    tally.true("root has no name", "UserName" not in used, used)
    used = iam.get_access_key_last_used(AccessKeyId=KEYS[1])["AccessKeyLastUsed"]
    tally.equal("a key that is not used", used, {"ServiceName": "N/A", "Region": "N/A"})
    devices = iam.list_mfa_devices()["MFADevices"]
    tally.true("a device", set(devices[0]) == {"SerialNumber", "EnableDate"} and devices[0]["EnableDate"] == at(2019, 3, 1, 10), devices)
    serials = [it["SerialNumber"] for it in devices]
    arn = f"arn:aws:iam::{MEMBER}:"
    virtual = [f"{arn}mfa/root-account-mfa-device", f"{arn}mfa/root-account-mfa-device-1", f"{arn}mfa/phone"]
    tally.equal("virtual devices", [serials[0], *serials[3:]], [virtual[0], virtual[1], virtual[2]])
    listed = simulator.client("iam", OF_MEMBER).list_virtual_mfa_devices()["VirtualMFADevices"]
    tally.equal("as others see them", [it["SerialNumber"] for it in listed], virtual)
    tally.true("a passkey", serials[1].startswith(f"{arn}u2f/root/yubi-"), serials)
    tally.true("hardware has no ARN", serials[2].isalnum() and len(serials[2]) >= 9, serials)
    certificates = iam.list_signing_certificates()["Certificates"]
    tally.equal("the certificates", [(it["Status"], it["UploadDate"]) for it in certificates], [("Active", at(2023, 1, 1)), ("Inactive", at(2022, 1, 1))])
    tally.true("of different ids", len({it["CertificateId"] for it in certificates}) == 2 and "BEGIN" in certificates[0]["CertificateBody"], certificates)
    profile = {"CreateDate": at(2026, 1, 2, 3, 4, 5), "PasswordResetRequired": False}
    tally.equal("the password", iam.get_login_profile()["LoginProfile"], profile)


def check_events_of_root(simulator, tally):
    who = session(simulator)
    iam = simulator.client("iam", who)
    iam.list_access_keys()
    simulator.client("sts", who).get_caller_identity()
    simulator.control("POST", "clock", {"advance": "1m"})
    tally.error("a call that fails", iam.get_login_profile, "NoSuchEntity", 404)
    simulator.control("POST", "clock", {"advance": "1m"})
    tally.error("a call that is denied", iam.list_account_aliases, "AccessDenied", 403)
    home, west = (simulator.client("cloudtrail", OF_MEMBER, region) for region in ("us-east-1", "eu-west-1"))
    by_key = {"LookupAttributes": [{"AttributeKey": "AccessKeyId", "AttributeValue": who[0]}]}
    events = home.lookup_events(**by_key)["Events"]
    names = [("ListAccountAliases", at(2026, 6, 1, 12, 2)), ("GetLoginProfile", at(2026, 6, 1, 12, 1)), ("ListAccessKeys", at(2026, 6, 1, 12))]
    tally.equal("its events", [(it["EventName"], it["EventTime"]) for it in events], names)
    tally.true("of their own ids", len({it["EventId"] for it in events}) == 3, events)
    for event in events:
        got = (event["EventSource"], event["ReadOnly"], event["AccessKeyId"], event["Username"])
        tally.equal("an event", got, ("iam.amazonaws.com", "true", who[0], "root"))
    record = json.loads(events[2]["CloudTrailEvent"])
    identity = {"type": "Root", "principalId": MEMBER, "arn": f"arn:aws:iam::{MEMBER}:root", "accountId": MEMBER, "accessKeyId": who[0]}
    tally.equal("whose it is", {key: record["userIdentity"][key] for key in identity}, identity)
    tally.true("as AWS's example has it", "assumedRoot" not in record["userIdentity"]["sessionContext"], record)
    tally.true("it succeeded", "errorCode" not in record, record)
    codes = [json.loads(it["CloudTrailEvent"])["errorCode"] for it in events[:2]]
    tally.equal("the others failed", codes, ["AccessDenied", "NoSuchEntity"])
    tally.equal("none in another region", west.lookup_events()["Events"], [])
    simulator.client("iam", OF_MEMBER).list_access_keys()
    tally.equal("none of a user", len(home.lookup_events()["Events"]), 3)


def check_credentials_of_users(simulator, tally):
    iam, role = simulator.client("iam"), simulator.client("iam", of_role(simulator))
    calls = [(client.list_access_keys, client.list_mfa_devices, client.list_signing_certificates, client.get_login_profile) for client in (iam, role)]
    for mine, theirs in zip(*calls):
        message = "Must specify userName when calling with non-User credentials"
        tally.error("a role is no user", theirs, "ValidationError", 400, message)
        call = lambda mine=mine: mine(UserName="nobody")  # noqa: E731
        tally.error("nobody", call, "NoSuchEntity", 404, "The user with name nobody cannot be found.")
        tally.raises("its exception", call, iam.exceptions.NoSuchEntityException)
    own = {"UserName": "administrator", "AccessKeyId": ADMINISTRATOR[0], "Status": "Active", "CreateDate": at(2020, 2, 2, 2, 2, 2)}
    tally.equal("one's own key", iam.list_access_keys()["AccessKeyMetadata"], [own])
    tally.equal("one's own devices", iam.list_mfa_devices()["MFADevices"], [])
    tally.equal("one's own certificates", iam.list_signing_certificates()["Certificates"], [])
    tally.error("one's own password", iam.get_login_profile, "NoSuchEntity", 404, "Login Profile for User administrator cannot be found.")
    robot = iam.list_access_keys(UserName="robot")["AccessKeyMetadata"]
    tally.equal("a user's key", [it["AccessKeyId"] for it in robot], ["AKIAROBOT00000000001"])
    used = iam.get_access_key_last_used(AccessKeyId="AKIAROBOT00000000001")
    wanted = {"LastUsedDate": at(2026, 6, 1, 11), "ServiceName": "iam", "Region": "us-east-1"}
    tally.equal("its use", (used["UserName"], used["AccessKeyLastUsed"]), ("robot", wanted))
    alice = {"UserName": "alice", "SerialNumber": f"arn:aws:iam::{MANAGEMENT}:mfa/alice", "EnableDate": at(2024, 5, 5, 5, 5, 5)}
    tally.equal("a user's device", iam.list_mfa_devices(UserName="alice")["MFADevices"], [alice])
    profile = {"UserName": "bob", "CreateDate": at(2025, 5, 5, 5, 5, 5), "PasswordResetRequired": False}
    tally.equal("a user's password", iam.get_login_profile(UserName="bob")["LoginProfile"], profile)
    tally.equal("a role may name one", role.list_access_keys(UserName="member")["AccessKeyMetadata"][0]["AccessKeyId"], OF_MEMBER[0])
    message = "iam:GetAccessKeyLastUsed on resource: access key AKIANOBODY0000000001"
    tally.error("nobody's key", lambda: iam.get_access_key_last_used(AccessKeyId="AKIANOBODY0000000001"), "AccessDenied", 403, message)
    for call in (iam.list_access_keys, iam.list_mfa_devices, iam.list_signing_certificates):
        tally.error("a marker of nobody", lambda call=call: call(Marker="nonsense"), "ValidationError", 400)
    unchecked = simulator.client("iam", parameter_validation=False)
    tally.error("no key's id", lambda: unchecked.get_access_key_last_used(AccessKeyId="AKIA"), "ValidationError", 400)
    tally.error("no name", lambda: unchecked.list_access_keys(UserName=""), "ValidationError", 400)
