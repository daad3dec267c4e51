"""CloudTrail: the event history and its records, and trails with their shadows."""

import json
from datetime import datetime, timezone

from client import MANAGEMENT, OF_MEMBER, pages

ROOT = {"type": "Root", "principalId": MANAGEMENT, "arn": f"arn:aws:iam::{MANAGEMENT}:root", "accountId": MANAGEMENT, "userName": "acme-prod"}
EVERYTHING = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/everything"
LOCAL = f"arn:aws:cloudtrail:eu-west-1:{MANAGEMENT}:trail/local"
PLAIN = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/plain"


def at(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def ids(answer):
    return [event["EventId"] for event in answer["Events"]]


def by(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def check_lookup(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    tally.equal("newest first, ninety days, this region", ids(home.lookup_events()), ["buckets", "login", "failed", "mfa", "task"])
    tally.equal("another region", ids(west.lookup_events()), ["denied"])
    for request, wanted in [
        (by("EventName", "ConsoleLogin"), ["login", "failed"]),
        (by("EventId", "mfa"), ["mfa"]),
        (by("EventSource", "s3.amazonaws.com"), ["buckets", "task"]),
        (by("ReadOnly", "true"), ["buckets"]),
        (by("ReadOnly", "false"), ["login", "failed", "mfa", "task"]),
        (by("AccessKeyId", "AKIAROOT000000000001"), ["buckets"]),
        (by("Username", "root"), ["buckets", "login", "failed", "mfa", "task"]),
        (by("Username", "alice"), []),
        (by("ResourceName", "x"), []),
        ({"StartTime": at(2026, 5, 19, 8), "EndTime": at(2026, 5, 20, 8)}, ["login", "failed"]),
        ({"StartTime": at(2026, 5, 21)}, ["buckets"]),
        ({"EndTime": at(2026, 5, 1)}, ["mfa", "task"]),
        ({"StartTime": at(2026, 1, 1), "EndTime": at(2026, 2, 15)}, []),
        ({"EventCategory": "insight"}, []),
    ]:
        tally.equal(f"events by {request}", ids(home.lookup_events(**request)), wanted)
    tally.equal("a user's events", ids(west.lookup_events(**by("Username", "alice"))), ["denied"])
    got = pages(home.lookup_events, "Events", "NextToken", MaxResults=2)
    tally.equal("two events a page", [[event["EventId"] for event in page] for page in got], [["buckets", "login"], ["failed", "mfa"], ["task"]])
    token = home.lookup_events(MaxResults=2)["NextToken"]
    for request in [{"MaxResults": 3}, {"MaxResults": 2, **by("Username", "root")}]:
        tally.error(f"a token with {request}", lambda request=request: home.lookup_events(NextToken=token, **request), "InvalidNextTokenException", 400)
    tally.error("a token of another region", lambda: west.lookup_events(NextToken=token, MaxResults=2), "InvalidNextTokenException", 400)
    simulator.control("POST", f"events/{MANAGEMENT}", [{"name": "Noise"} for _ in range(60)])
    sizes = [len(page) for page in pages(home.lookup_events, "Events", "NextToken")]
    tally.equal("fifty events a page", sizes, [50, 15])


def check_lookup_errors(simulator, tally):
    client = simulator.client("cloudtrail", parameter_validation=False)
    two = by("Username", "root")["LookupAttributes"] * 2
    for request, code in [
        ({"LookupAttributes": two}, "InvalidLookupAttributesException"),
        (by("Region", "x"), "InvalidLookupAttributesException"),
        ({"StartTime": at(2026, 5, 2), "EndTime": at(2026, 5, 1)}, "InvalidTimeRangeException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
        ({"EventCategory": "management"}, "InvalidEventCategoryException"),
    ]:
        tally.error(f"events by {request}", lambda request=request: client.lookup_events(**request), code, 400)
    for body in [{"StartTime": "yesterday"}, {"MaxResults": "5"}, {"LookupAttributes": {}}]:
        status, _, text = simulator.raw("cloudtrail", "LookupEvents", body)
        tally.true(f"events by {body}", status == 400 and "SerializationException" in text, text)


def check_records(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    events = {event["EventId"]: event for event in home.lookup_events()["Events"] + west.lookup_events()["Events"]}
    records = {key: json.loads(event["CloudTrailEvent"]) for key, event in events.items()}
    login = events["login"]
    wanted = ("ConsoleLogin", "false", at(2026, 5, 20, 8), "signin.amazonaws.com", "root")
    tally.equal("a sign-in", tuple(login[key] for key in ("EventName", "ReadOnly", "EventTime", "EventSource", "Username")), wanted)
    wanted = {
        "userIdentity": ROOT | {"accessKeyId": ""},
        "eventTime": "2026-05-20T08:00:00Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success"},
        "eventID": "login",
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": MANAGEMENT,
        "eventCategory": "Management",
    }
    for key, value in wanted.items():
        tally.equal(f"a sign-in's {key}", records["login"].get(key, "absent"), value)
    extra = records["login"]["additionalEventData"]
    device = f"arn:aws:iam::{MANAGEMENT}:mfa/root-account-mfa-device"
    tally.equal("its MFA", (extra["MFAUsed"], extra["MFAIdentifier"]), ("Yes", device))
    failed = records["failed"]
    tally.equal("a failed sign-in", (failed["errorMessage"], failed["responseElements"]), ("Failed authentication", {"ConsoleLogin": "Failure"}))
    tally.true("without MFA", failed["additionalEventData"]["MFAUsed"] == "No" and "MFAIdentifier" not in failed["additionalEventData"], failed)
    buckets = records["buckets"]
    tally.equal("root's long-term key", buckets["userIdentity"], ROOT | {"accessKeyId": "AKIAROOT000000000001"})
    tally.equal("its call", (buckets["eventType"], buckets["readOnly"], events["buckets"]["AccessKeyId"]), ("AwsApiCall", True, "AKIAROOT000000000001"))
    mfa = records["mfa"]
    attributes = mfa["userIdentity"]["sessionContext"]["attributes"]
    tally.equal("a session's attributes", attributes, {"creationDate": "2026-05-01T00:00:00Z", "mfaAuthenticated": "false"})
    tally.equal("what the scenario adds", (mfa["requestParameters"], mfa["sessionCredentialFromConsole"]), ({"userName": "AWS ROOT USER"}, "true"))
    tally.equal("a root session by AssumeRoot", records["task"]["userIdentity"]["sessionContext"].get("assumedRoot"), "true")
    simulator.control("POST", f"events/{MANAGEMENT}", [{"name": "ListUsers", "id": "session"}])
    session = home.lookup_events(**by("EventId", "session"))["Events"][0]
    identity = json.loads(session["CloudTrailEvent"])["userIdentity"]
    key = session.get("AccessKeyId", "")
    tally.true("a session has a key of its own", key.startswith("ASIA") and len(key) == 20 and identity["accessKeyId"] == key and "sessionContext" in identity, identity)
    tally.equal("by which it is found", ids(home.lookup_events(**by("AccessKeyId", key))), ["session"])
    denied = records["denied"]
    user = denied["userIdentity"]
    tally.equal("a user's denied call", (denied["errorCode"], denied["awsRegion"], user["type"], user["userName"]), ("Client.UnauthorizedOperation", "eu-west-1", "IAMUser", "alice"))


def check_identities_of_events(simulator, tally):
    cloudtrail = simulator.client("cloudtrail")
    events = [
        {"id": "role", "name": "PutObject", "identity": "AssumedRole", "user_name": "deploy", "access_key_id": "ASIADEPLOY0000000001"},
        {"id": "service", "name": "Decrypt", "identity": "AWSService", "event_type": "AwsServiceEvent", "invoked_by": "kms.amazonaws.com"},
        {"id": "invoked", "name": "CreateNetworkInterface", "invoked_by": "rds.amazonaws.com"},
        {"id": "oauth", "name": "CreateOAuth2Token", "at": "-1m"},
        {"id": "recovery", "name": "PasswordRecoveryRequested"},
        {"id": "user", "name": "ConsoleLogin", "identity": "IAMUser", "user_name": "alice", "mfa": True},
    ]
    tally.equal("events are accepted", simulator.control("POST", f"events/{MANAGEMENT}", events), (200, {}))
    found = {event["EventId"]: event for event in cloudtrail.lookup_events(StartTime=at(2026, 6, 1))["Events"]}
    records = {key: json.loads(event["CloudTrailEvent"]) for key, event in found.items()}
    role = records["role"]["userIdentity"]
    tally.equal("a role", (role["type"], role["arn"]), ("AssumedRole", f"arn:aws:sts::{MANAGEMENT}:assumed-role/deploy/session"))
    tally.equal("a service", records["service"]["userIdentity"], {"type": "AWSService", "invokedBy": "kms.amazonaws.com"})
    tally.equal("its event", records["service"]["eventType"], "AwsServiceEvent")
    tally.equal("root by a service", records["invoked"]["userIdentity"]["invokedBy"], "rds.amazonaws.com")
    oauth = records["oauth"]
    tally.equal("`aws login`", (oauth["eventSource"], oauth["eventType"], oauth["readOnly"], oauth["eventTime"]), ("signin.amazonaws.com", "AwsApiCall", True, "2026-06-01T11:59:00Z"))
    tally.equal("a recovery", (records["recovery"]["eventSource"], records["recovery"]["eventType"]), ("signin.amazonaws.com", "AwsConsoleSignIn"))
    tally.equal("a user's device", records["user"]["additionalEventData"]["MFAIdentifier"], f"arn:aws:iam::{MANAGEMENT}:mfa/alice")


def check_trails(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    member = simulator.client("cloudtrail", OF_MEMBER)

    def names(client, **request):
        return [trail["Name"] for trail in client.describe_trails(**request)["trailList"]]

    for name, client, request, wanted in [
        ("at home", home, {}, ["everything", "plain"]),
        ("elsewhere, with the shadow", west, {}, ["everything", "local"]),
        ("elsewhere", west, {"includeShadowTrails": False}, ["local"]),
        ("at home by name", home, {"trailNameList": ["plain"]}, ["plain"]),
        ("a shadow by name", west, {"trailNameList": ["everything"]}, []),
        ("a shadow by ARN", west, {"trailNameList": [EVERYTHING]}, ["everything"]),
        ("the organization's, from a member", member, {}, ["everything"]),
        ("a member's own", member, {"includeShadowTrails": False}, []),
    ]:
        tally.equal(f"trails {name}", names(client, **request), wanted)
    wanted = {
        "Name": "everything",
        "S3BucketName": "acme-trail",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": "us-east-1",
        "TrailARN": EVERYTHING,
        "LogFileValidationEnabled": True,
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{MANAGEMENT}:log-group:trail:*",
        "CloudWatchLogsRoleArn": f"arn:aws:iam::{MANAGEMENT}:role/CloudTrail_CloudWatchLogs_Role",
        "KmsKeyId": f"arn:aws:kms:us-east-1:{MANAGEMENT}:key/3a4e0a5d-8f0e-4a3e-9d6c-0a1b2c3d4e5f",
        "HasCustomEventSelectors": True,
        "HasInsightSelectors": False,
        "IsOrganizationTrail": True,
    }
    tally.equal("a trail", home.describe_trails()["trailList"][0], wanted)
    tally.equal("its shadow in a member", member.describe_trails()["trailList"][0], wanted)
    plain = home.describe_trails()["trailList"][1]
    tally.true("a plain trail has no key", "KmsKeyId" not in plain and not plain["HasCustomEventSelectors"], plain)
    listed = [{"TrailARN": arn, "Name": arn.split("/")[1], "HomeRegion": arn.split(":")[3]} for arn in (EVERYTHING, LOCAL, PLAIN)]
    tally.equal("the list of trails is the same everywhere", (home.list_trails()["Trails"], west.list_trails()["Trails"]), (listed, listed))
    tally.equal("the list of a member", [trail["TrailARN"] for trail in member.list_trails()["Trails"]], [EVERYTHING])
    simulator.patch_account({"trails": {f"more-{number}": {} for number in range(4)}})
    got = pages(home.list_trails, "Trails", "NextToken")
    tally.equal("the list has pages", [len(page) for page in got], [5, 2])
    tally.error("a token of nobody", lambda: home.list_trails(NextToken="nonsense"), "ValidationException", 400)
    simulator.patch({"organization": None})
    tally.equal("without an organization", names(member), [])


def check_trail_status(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    delivered = at(2026, 6, 1, 11, 56)
    status = home.get_trail_status(Name="everything")
    keys = ("IsLogging", "LatestDeliveryTime", "LatestCloudWatchLogsDeliveryTime", "LatestDigestDeliveryTime", "StartLoggingTime")
    tally.equal("a trail's status", tuple(status.get(key) for key in keys), (True, delivered, delivered, delivered, at(2020, 2, 2, 2, 2, 2)))
    tally.equal("a shadow's, by ARN", west.get_trail_status(Name=EVERYTHING)["IsLogging"], True)
    status = west.get_trail_status(Name="local")
    got = tuple(status.get(key) for key in (*keys[:2], "LatestDeliveryError", *keys[2:4], "StopLoggingTime"))
    stopped = at(2026, 6, 1, 11)
    tally.equal("a stopped trail's status", got, (False, stopped, "AccessDenied", None, None, stopped))
    for name, client, trail in [("a shadow by name", west, "everything"), ("another region's", home, LOCAL), ("nobody's", home, "nothing")]:
        tally.error(name, lambda client=client, trail=trail: client.get_trail_status(Name=trail), "TrailNotFoundException", 400)
        tally.error(f"{name}, selectors", lambda client=client, trail=trail: client.get_event_selectors(TrailName=trail), "TrailNotFoundException", 400)
    for name in ["x", "no spaces", "-dash", "a" * 129]:
        tally.error(f"status of `{name[:9]}`", lambda name=name: home.get_trail_status(Name=name), "InvalidTrailNameException", 400)
        tally.error(f"trail `{name[:9]}`", lambda name=name: home.describe_trails(trailNameList=[name]), "InvalidTrailNameException", 400)
    tally.error("an ARN of no trail", lambda: home.get_trail_status(Name="arn:aws:s3:::bucket"), "CloudTrailARNInvalidException", 400)
    simulator.control("POST", "clock", {"advance": "1d"})
    tally.equal("deliveries go on", west.get_trail_status(Name="local")["LatestDeliveryTime"], at(2026, 6, 2, 11))


def check_event_selectors(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    got = home.get_event_selectors(TrailName="everything")
    wanted = [{"Name": "all management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    tally.equal("advanced selectors", (got["TrailARN"], got.get("AdvancedEventSelectors"), got.get("EventSelectors")), (EVERYTHING, wanted, None))
    got = west.get_event_selectors(TrailName=LOCAL)["EventSelectors"]
    wanted = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    tally.equal("basic selectors", got, [wanted])
    got = home.get_event_selectors(TrailName="plain")["EventSelectors"]
    tally.equal("no selectors: all management events", got, [wanted | {"ReadWriteType": "All", "ExcludeManagementEventSources": []}])
