"""Who calls: signatures, scopes, tokens, permissions, and the sessions of STS, in each protocol's form of no."""

import json
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from botocore.exceptions import ClientError
from client import ADMINISTRATOR, GOVERNMENT, LIMITED, MANAGEMENT, MEMBER, OF_GOVERNMENT, OF_MEMBER

AUDIT = f"arn:aws:iam::{MEMBER}:role/audit"
POD = f"arn:aws:iam::{MANAGEMENT}:role/pod"

# A call of each protocol, and how its service says no: client, operation, and its query protocol's or JSON's codes.
CALLS = [
    ("iam", "get_account_summary", True, 403),
    ("sts", "get_caller_identity", True, 403),
    ("cloudtrail", "list_trails", False, 400),
    ("organizations", "describe_organization", False, 400),
    ("guardduty", "list_detectors", False, 403),
    ("account", "list_regions", False, 403),
]


def refused(tally, name, simulator, who, query, json_code, region="us-east-1", services=CALLS):
    """Every protocol refuses in its own form."""
    for service, operation, is_query, status in services:
        client = simulator.client(service, who, region)
        tally.error(f"{name}: {service}", getattr(client, operation), query if is_query else json_code, status)


def check_credentials(simulator, tally):
    unknown = ("AKIANOBODY0000000001", "administrator-secret")
    refused(tally, "an unknown key", simulator, unknown, "InvalidClientTokenId", "UnrecognizedClientException")
    wrong = (ADMINISTRATOR[0], "another-secret")
    refused(tally, "a wrong secret", simulator, wrong, "SignatureDoesNotMatch", "InvalidSignatureException")
    token = (*ADMINISTRATOR, "a-token")
    refused(tally, "a token of a long-term key", simulator, token, "InvalidClientTokenId", "UnrecognizedClientException")
    regional = [call for call in CALLS if call[0] in ("sts", "cloudtrail", "guardduty")]
    for region in ("eu-central-1", "af-south-1"):
        name = f"{region}, which is not enabled"
        refused(tally, name, simulator, ADMINISTRATOR, "InvalidClientTokenId", "UnrecognizedClientException", region, regional)
    refused(tally, "another partition's region", simulator, ADMINISTRATOR, "InvalidClientTokenId", "UnrecognizedClientException", "us-gov-west-1", regional)
    for service, operation, *_ in regional:
        answer = getattr(simulator.client(service, region="me-south-1"), operation)()
        tally.equal(f"{service} where an account has opted in", answer["ResponseMetadata"]["HTTPStatusCode"], 200)


def check_requests_by_hand(simulator, tally):
    """What an SDK would never send."""

    def drop(header):
        return lambda request: request.headers.__delitem__(header)

    def change_body(request):
        # What is added means nothing in a form, or in JSON.
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        request.body = body + (b"&" if body.startswith(b"Action") else b" ")
        del request.headers["Content-Length"]

    def forge(request):
        request.headers["Authorization"] = request.headers["Authorization"][:-4] + "beef"

    status, _, body = simulator.raw("organizations", "DescribeOrganization", {})
    tally.true("a request by hand is good", status == 200 and MANAGEMENT in body, body)
    for name, options, query, json_code in [
        ("no signature", {"sign": False}, "MissingAuthenticationToken", "MissingAuthenticationTokenException"),
        ("no form", {"sign": False, "headers": {"Authorization": "Basic eDp4"}}, "IncompleteSignature", "IncompleteSignatureException"),
        ("another service's scope", {"scope": "s3"}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ("a forged signature", {"tamper": forge}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ("a changed body", {"tamper": change_body}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ("an old date", {"late": 6}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ("a date to come", {"late": -6}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ("no date", {"tamper": drop("X-Amz-Date")}, "SignatureDoesNotMatch", "InvalidSignatureException"),
    ]:
        status, _, text = simulator.raw("iam", "GetAccountSummary", "", **options)
        tally.true(f"{name}, query", status == 403 and f"<Code>{query}</Code>" in text and "<Type>Sender</Type>" in text, text)
        status, _, text = simulator.raw("organizations", "DescribeOrganization", {}, **options)
        tally.equal(f"{name}, JSON", (status, json.loads(text).get("__type")), (400, json_code))
        status, headers, text = simulator.raw("account", "/listRegions", {}, **options)
        tally.equal(f"{name}, REST", (status, headers.get("x-amzn-errortype")), (403, json_code))
    for late in (-4, 4):
        tally.equal(f"{late} minutes late", simulator.raw("iam", "GetAccountSummary", "", late=late)[0], 200)
    for service, name, body in [("iam", "GetAccountSummary", ""), ("organizations", "DescribeOrganization", {}), ("account", "/listRegions", {})]:
        status, headers, text = simulator.raw(service, name, body, region="eu-west-1")
        tally.true(f"{service} is signed for one region", status in (400, 403) and "valid region" in text, text)
        tally.true(f"{service} has a request id", headers.get("x-amzn-requestid"), headers)
    for service, name, body, wanted, status in [
        ("iam", "GetEverything", "", "InvalidAction", 400),
        ("sts", "GetAccountSummary", "", "InvalidAction", 400),
        ("cloudtrail", "LookupEverything", {}, "UnknownOperationException", 400),
        ("cloudtrail", "ListAccounts", {}, "UnknownOperationException", 400),
        ("organizations", "ListEverything", {}, "UnknownOperationException", 400),
        ("guardduty", "/detector/1/everything", {}, "UnknownOperationException", 404),
        ("account", "/getEverything", {}, "UnknownOperationException", 404),
    ]:
        got, headers, text = simulator.raw(service, name, body)
        tally.true(f"{service} has no {name}", got == status and wanted in text + headers.get("x-amzn-errortype", ""), (got, text))
    for service, name, body, code in [
        ("iam", "GetAccountSummary", "Extra=1", "ValidationError"),
        ("iam", "ListAccountAliases", "MaxItems=1&MaxItems=2", "ValidationError"),
        ("sts", "AssumeRole", f"RoleArn={AUDIT}", "ValidationError"),
        ("sts", "AssumeRole", "RoleArn=short&RoleSessionName=x1", "ValidationError"),
        ("sts", "AssumeRole", f"RoleArn={AUDIT}&RoleSessionName=x1&DurationSeconds=899", "ValidationError"),
        ("sts", "AssumeRole", f"RoleArn={AUDIT}&RoleSessionName=x1&DurationSeconds=long", "ValidationError"),
        ("cloudtrail", "ListTrails", {"Extra": 1}, "ValidationException"),
        ("cloudtrail", "GetTrailStatus", {}, "ValidationException"),
        ("cloudtrail", "GetTrailStatus", {"Name": 1}, "SerializationException"),
        ("cloudtrail", "ListTrails", "{", "SerializationException"),
        ("organizations", "ListAccounts", {"Extra": 1}, "InvalidInputException"),
        ("organizations", "ListAccounts", {"MaxResults": "5"}, "SerializationException"),
        ("guardduty", "/detector/1/findings", {"extra": 1}, "BadRequestException"),
        ("guardduty", "/detector/1/findings/get", {}, "BadRequestException"),
        ("guardduty", "/detector/1/findings/get", {"findingIds": "x"}, "BadRequestException"),
        ("account", "/listRegions", {"Extra": 1}, "ValidationException"),
        ("account", "/getAlternateContact", {}, "ValidationException"),
        ("account", "/listRegions", {"MaxResults": "5"}, "ValidationException"),
    ]:
        got, headers, text = simulator.raw(service, name, body)
        answer = text + headers.get("x-amzn-errortype", "")
        tally.true(f"{service} {name} refuses {body}", got == 400 and code in answer, (got, answer))
    status, _, text = simulator.raw("cloudtrail", "ListTrails", {}, headers={"Content-Type": "application/json"})
    tally.true("JSON 1.1 has a content type of its own", status == 400 and "SerializationException" in text, text)


def check_permissions(simulator, tally):
    user = f"User: arn:aws:iam::{MANAGEMENT}:user/limited is not authorized to perform: "
    allowed = simulator.client("iam", LIMITED).get_account_summary()
    tally.equal("what the policy allows", allowed["ResponseMetadata"]["HTTPStatusCode"], 200)
    for service, operation, action, code, status in [
        ("cloudtrail", "list_trails", "cloudtrail:ListTrails", "AccessDeniedException", 400),
        ("organizations", "list_accounts", "organizations:ListAccounts", "AccessDeniedException", 400),
        ("guardduty", "list_detectors", "guardduty:ListDetectors", "AccessDeniedException", 403),
        ("account", "list_regions", "account:ListRegions", "AccessDeniedException", 403),
    ]:
        message = f"{user}{action} on resource: * because no identity-based policy allows the {action} action"
        tally.error(action, getattr(simulator.client(service, LIMITED), operation), code, status, message)
    explicit = f"{user}iam:ListAccountAliases on resource: * with an explicit deny in an identity-based policy"
    tally.error("an explicit deny", simulator.client("iam", LIMITED).list_account_aliases, "AccessDenied", 403, explicit)
    sts = simulator.client("sts", LIMITED)
    other = f"arn:aws:iam::{MEMBER}:role/other"
    tally.error("a role that is not allowed", lambda: sts.assume_role(RoleArn=other, RoleSessionName="x1"), "AccessDenied", 403, "no identity-based policy")
    simulator.patch_account({"principals": {LIMITED[0]: {"policy": {"Statement": []}}}})
    tally.error("nothing is allowed by nothing", simulator.client("iam", LIMITED).get_account_summary, "AccessDenied", 403)
    tally.equal("but everyone may know himself", sts.get_caller_identity()["Account"], MANAGEMENT)


def check_caller_identity(simulator, tally):
    got = simulator.client("sts").get_caller_identity()
    tally.equal("who one is", (got["Account"], got["Arn"]), (MANAGEMENT, f"arn:aws:iam::{MANAGEMENT}:user/administrator"))
    tally.true("a user's id", got["UserId"].startswith("AIDA") and len(got["UserId"]) == 21, got["UserId"])
    got = simulator.client("sts", OF_GOVERNMENT, "us-gov-west-1").get_caller_identity()
    tally.equal("in GovCloud", got["Arn"], f"arn:aws-us-gov:iam::{GOVERNMENT}:user/administrator")


def session_of(answer):
    credentials = answer["Credentials"]
    return credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]


def check_assume_role(simulator, tally):
    sts = simulator.client("sts")
    asked = {"RoleArn": AUDIT, "RoleSessionName": "watcher", "ExternalId": "acme-42"}
    answer = sts.assume_role(**asked)
    key, secret, token = session_of(answer)
    tally.true("a temporary key", key.startswith("ASIA") and len(key) == 20, key)
    lifetime = (answer["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds()
    tally.true("it lasts an hour", 3500 < lifetime <= 3600, lifetime)
    arn = f"arn:aws:sts::{MEMBER}:assumed-role/audit/watcher"
    tally.equal("the session's ARN", answer["AssumedRoleUser"]["Arn"], arn)
    inside = simulator.client("sts", (key, secret, token)).get_caller_identity()
    tally.equal("who one has become", (inside["Account"], inside["Arn"], inside["UserId"]), (MEMBER, arn, answer["AssumedRoleUser"]["AssumedRoleId"]))
    iam = simulator.client("iam", (key, secret, token))
    tally.equal("it sees the member's account", iam.get_account_summary()["SummaryMap"]["Users"], 1)
    cloudtrail = simulator.client("cloudtrail", (key, secret, token))
    tally.error("the role's policy holds", cloudtrail.list_trails, "AccessDeniedException", 400, arn)
    refused(tally, "no session token", simulator, (key, secret), "InvalidClientTokenId", "UnrecognizedClientException")
    refused(tally, "a wrong session token", simulator, (key, secret, token[:-1]), "InvalidClientTokenId", "UnrecognizedClientException")
    short = sts.assume_role(**asked, DurationSeconds=900)["Credentials"]["Expiration"]
    tally.true("a shorter one", (short - datetime.now(timezone.utc)).total_seconds() < 901, short)
    tally.error("longer than the role's limit", lambda: sts.assume_role(**asked, DurationSeconds=7200), "ValidationError", 400, "MaxSessionDuration")
    denied = f"is not authorized to perform: sts:AssumeRole on resource: {AUDIT}"
    tally.error("no external id", lambda: sts.assume_role(RoleArn=AUDIT, RoleSessionName="x1"), "AccessDenied", 403, denied)
    tally.error("a wrong external id", lambda: sts.assume_role(**asked | {"ExternalId": "acme-43"}), "AccessDenied", 403, denied)
    tally.error("a role of nobody", lambda: sts.assume_role(**asked | {"RoleArn": AUDIT + "s"}), "AccessDenied", 403)
    tally.error("a role that does not trust one", lambda: sts.assume_role(RoleArn=POD, RoleSessionName="x1"), "AccessDenied", 403)
    chained = simulator.client("sts", (key, secret, token))
    tally.equal("a role from a role", chained.assume_role(**asked)["AssumedRoleUser"]["Arn"], arn)
    simulator.patch({"session_lifetime": "4h"})
    tally.equal("a longer role", sts.assume_role(**asked, DurationSeconds=7200)["AssumedRoleUser"]["Arn"], arn)
    tally.error("not from a role", lambda: chained.assume_role(**asked, DurationSeconds=7200), "ValidationError", 400, "role chaining")
    simulator.patch_account({"roles": {"audit": None}}, MEMBER)
    tally.error("a role that is gone", iam.get_account_summary, "InvalidClientTokenId", 403)


def check_sessions_expire(simulator, tally):
    simulator.patch({"session_lifetime": "3s"})
    simulator.patch_account({"roles": {"audit": {"policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}}}, MEMBER)
    answer = simulator.client("sts").assume_role(RoleArn=AUDIT, RoleSessionName="brief", ExternalId="acme-42")
    who = session_of(answer)
    tally.equal("it is good at first", simulator.client("sts", who).get_caller_identity()["Account"], MEMBER)
    time.sleep(3.1)
    # The organization's and the account's region is the same, so all services refuse for the same reason.
    refused(tally, "an expired session", simulator, who, "ExpiredToken", "ExpiredTokenException")


def check_clocks_that_differ(simulator, tally):
    for offset, message in (("6m", "Signature expired: 2"), ("-6m", "Signature not yet current: 2")):
        simulator.patch({"server_time_offset": offset})
        for service, operation, is_query, status in CALLS:
            call = getattr(simulator.client(service), operation)
            code = "SignatureDoesNotMatch" if is_query else "InvalidSignatureException"
            tally.error(f"AWS is {offset} ahead: {service}", call, code, status, message)
    simulator.patch({"server_time_offset": "4m"})
    for service, operation, *_ in CALLS:
        answer = getattr(simulator.client(service), operation)()
        date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        ahead = (date - datetime.now(timezone.utc)).total_seconds()
        tally.true(f"the time of an answer: {service}", 230 < ahead < 241, ahead)
    answer = simulator.client("sts").assume_role(RoleArn=AUDIT, RoleSessionName="watcher", ExternalId="acme-42")
    lifetime = (answer["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds()
    tally.true("a session ends by that time", 3800 < lifetime < 3841, lifetime)


def check_web_identity(simulator, tally):
    sts = simulator.client("sts")
    asked = {"RoleArn": POD, "RoleSessionName": "pod-1", "WebIdentityToken": "eyJhbGciOi.e30.c2ln"}
    answer = sts.assume_role_with_web_identity(**asked)
    arn = f"arn:aws:sts::{MANAGEMENT}:assumed-role/pod/pod-1"
    tally.equal("a pod's session", (answer["AssumedRoleUser"]["Arn"], answer["Audience"]), (arn, "sts.amazonaws.com"))
    who = session_of(answer)
    tally.equal("it is who it is", simulator.client("sts", who).get_caller_identity()["Arn"], arn)
    tally.equal("it may what its role may", simulator.client("iam", who).get_account_summary()["SummaryMap"]["Users"], 5)
    tally.error("and no more", simulator.client("iam", who).list_account_aliases, "AccessDenied", 403)
    for change, code, status in [
        ({"WebIdentityToken": "expired"}, "ExpiredTokenException", 400),
        ({"WebIdentityToken": "invalid"}, "InvalidIdentityToken", 400),
        ({"RoleArn": AUDIT}, "AccessDenied", 403),
        ({"DurationSeconds": 7200}, "ValidationError", 400),
    ]:
        tally.error(f"a pod with {change}", lambda change=change: sts.assume_role_with_web_identity(**asked | change), code, status)
    status, _, body = simulator.raw("sts", "AssumeRoleWithWebIdentity", f"RoleArn={POD}&RoleSessionName=pod-1&WebIdentityToken=token", sign=False)
    tally.true("it needs no signature", status == 200 and "<AccessKeyId>ASIA" in body, body)
    status, _, body = simulator.raw("sts", "AssumeRoleWithWebIdentity", f"RoleArn={POD}&RoleSessionName=pod-1&WebIdentityToken=abc", sign=False)
    tally.true("a token has four characters", status == 400 and "ValidationError" in body, body)


def check_member_is_another(simulator, tally):
    try:
        simulator.client("iam", OF_MEMBER).get_account_password_policy()
    except ClientError as error:
        tally.true("each sees his own account", MEMBER in str(error), str(error))
