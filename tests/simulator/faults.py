"""Faults as a client sees them, and the rates that AWS allows."""

import http.client
import json
import time

from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from client import MEMBER, OF_MEMBER, at_once

# A call of each service, and its form of denial and of throttling.
CALLS = {
    "iam": ("get_account_summary", ("AccessDenied", 403), ("Throttling", 400)),
    "sts": ("get_caller_identity", ("AccessDenied", 403), ("Throttling", 400)),
    "cloudtrail": ("list_trails", ("AccessDeniedException", 400), ("ThrottlingException", 400)),
    "organizations": ("describe_organization", ("AccessDeniedException", 400), ("TooManyRequestsException", 400)),
    "guardduty": ("list_detectors", ("AccessDeniedException", 403), ("ThrottlingException", 429)),
    "account": ("list_regions", ("AccessDeniedException", 403), ("TooManyRequestsException", 429)),
}
# botocore lets the JSON parser's own error pass.
SPOILT = (HTTPClientError, ResponseParserError, ConnectionClosedError, json.JSONDecodeError)


def fault(simulator, **keys):
    simulator.patch({"faults": None})
    simulator.patch({"faults": {"f": keys}})


def works(tally, name, call):
    try:
        status = call()["ResponseMetadata"]["HTTPStatusCode"]
        tally.equal(name, status, 200)
    except Exception as error:
        tally.true(name, False, repr(error))


def check_errors_of_every_service(simulator, tally):
    for service, (operation, denied, throttled) in CALLS.items():
        call = getattr(simulator.client(service), operation)
        fault(simulator, kind="deny", service=service)
        tally.error(f"{service} denies", call, *denied, "not authorized to perform")
        fault(simulator, kind="throttle", service=service)
        tally.error(f"{service} throttles", call, *throttled)
        fault(simulator, kind="error", service=service, code="ServiceUnavailable", status=503, message="later")
        tally.error(f"{service} fails", call, "ServiceUnavailable", 503, "later")
        fault(simulator, kind="error", service=service)
        tally.error(f"{service} fails as usual", call, "InternalFailure", 500)
        fault(simulator, kind="disabled", service=service, region="us-east-1")
        unknown = ("InvalidClientTokenId", 403) if service in ("iam", "sts") else ("UnrecognizedClientException", denied[1])
        tally.error(f"{service} is disabled", call, *unknown)


def check_errors_of_the_scenario(simulator, tally):
    """Errors that the simulator never makes by itself are boto3's own exceptions all the same."""
    for service, operation, code, status, exception in [
        ("iam", "generate_credential_report", "LimitExceeded", 409, "LimitExceededException"),
        ("iam", "get_account_summary", "ServiceFailure", 500, "ServiceFailureException"),
        ("cloudtrail", "list_trails", "OperationNotPermittedException", 400, "OperationNotPermittedException"),
        ("organizations", "list_accounts", "ServiceException", 400, "ServiceException"),
        ("guardduty", "list_detectors", "InternalServerErrorException", 500, "InternalServerErrorException"),
        ("account", "list_regions", "InternalServerException", 500, "InternalServerException"),
    ]:
        client = simulator.client(service)
        fault(simulator, kind="error", service=service, code=code, status=status)
        tally.error(f"{service} answers {code}", getattr(client, operation), code, status)
        tally.raises(f"{service} raises {exception}", getattr(client, operation), getattr(client.exceptions, exception))


def check_spoilt_answers(simulator, tally):
    for service, (operation, *_) in CALLS.items():
        call = getattr(simulator.client(service), operation)
        for kind in ("truncate", "garbage", "cut_off"):
            fault(simulator, kind=kind, service=service)
            tally.raises(f"{kind} of {service}", call, SPOILT)
        fault(simulator, kind="hang", service=service)
        impatient = getattr(simulator.client(service, read_timeout=1), operation)
        started = time.monotonic()
        tally.raises(f"hang of {service}", impatient, ReadTimeoutError)
        tally.true(f"{service} hung", time.monotonic() - started >= 1)
        fault(simulator, kind="delay", service=service, seconds=0.3)
        started = time.monotonic()
        works(tally, f"delay of {service}", call)
        tally.true(f"{service} is late", 0.3 <= time.monotonic() - started < 5)
    whole = simulator.raw("organizations", "ListAccounts", {})[2]
    fault(simulator, kind="truncate")
    status, headers, half = simulator.raw("organizations", "ListAccounts", {})
    tally.true("half comes as if it were all", status == 200 and half == whole[: len(half)] and abs(2 * len(half) - len(whole)) < 2, half)
    tally.equal("its length is sent", int(headers["content-length"]), len(half))
    fault(simulator, kind="garbage")
    status, headers, page = simulator.raw("organizations", "ListAccounts", {})
    tally.equal("a proxy's page", (status, headers["content-type"], page[:15]), (200, "text/html", "<!DOCTYPE html>"))
    fault(simulator, kind="cut_off")
    tally.raises("the connection closes early", lambda: simulator.raw("organizations", "ListAccounts", {}), http.client.IncompleteRead)
    fault(simulator, kind="reset")
    tally.raises("the connection is reset", lambda: simulator.raw("organizations", "ListAccounts", {}), ConnectionResetError)
    fault(simulator, kind="idle_close")
    request = simulator.prepare("organizations", "ListAccounts", {})
    connection = http.client.HTTPConnection(request.host, timeout=60)

    def status():
        connection.request("POST", request.selector, request.data, dict(request.header_items()))
        with connection.getresponse() as answer:
            answer.read()
            return answer.status

    tally.equal("the first request of a connection is answered", status(), 200)
    tally.raises("the next one is not", status, http.client.RemoteDisconnected)
    calls = simulator.control("GET", "calls")[1]
    results = {it["result"] for it in calls if it["service"] == "iam"}
    tally.equal("the calls say how answers were corrupted", results, {"truncate", "garbage", "cut_off", "hang", "ok"})


def check_where_faults_strike(simulator, tally):
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    member = simulator.client("cloudtrail", OF_MEMBER)
    denied = ("AccessDeniedException", 400)
    fault(simulator, kind="deny", region="eu-west-1")
    tally.error("in its region", west.list_trails, *denied)
    works(tally, "not in another", home.list_trails)
    fault(simulator, kind="deny", account=MEMBER)
    tally.error("in its account", member.list_trails, *denied)
    works(tally, "not in another", home.list_trails)
    fault(simulator, kind="deny", operation="DescribeTrails")
    tally.error("for its operation", home.describe_trails, *denied)
    works(tally, "not for another", home.list_trails)
    fault(simulator, kind="deny", service="guardduty")
    works(tally, "not for another service", home.list_trails)
    fault(simulator, kind="deny", skip=2, count=1)
    works(tally, "it lets one pass", home.list_trails)
    works(tally, "and two", home.list_trails)
    tally.error("then it strikes", home.list_trails, *denied)
    works(tally, "and no more", home.list_trails)
    fault(simulator, kind="deny", probability=0)
    works(tally, "never", home.list_trails)
    simulator.patch({"faults": {"f": {"kind": "delay", "seconds": 0.3, "probability": 1}, "g": {"kind": "throttle"}}})
    started = time.monotonic()
    tally.error("late and throttled", home.list_trails, "ThrottlingException", 400)
    tally.true("late it was", time.monotonic() - started >= 0.3)
    simulator.patch({"faults": None, "latency": "300ms"})
    started = time.monotonic()
    works(tally, "with latency", home.list_trails)
    tally.true("everything is late", time.monotonic() - started >= 0.3)


def rate(simulator, tally, name, call, code, status, allowed, attempts):
    """So many of some calls at once pass, and the others are throttled."""
    outcomes = []

    def attempt():
        try:
            outcomes.append(call()["ResponseMetadata"]["HTTPStatusCode"])
        except ClientError as error:
            outcomes.append((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))

    started = time.monotonic()
    at_once(*[attempt] * attempts)
    passed, refused = outcomes.count(200), outcomes.count((code, status))
    burst, per_second = allowed
    most = burst + per_second * (time.monotonic() - started)
    tally.true(f"{name}: {burst} at once", burst <= passed <= most and passed + refused == attempts, outcomes)


def check_rates(simulator, tally):
    simulator.patch({"rate_limits": True})
    home, west = simulator.client("cloudtrail"), simulator.client("cloudtrail", region="eu-west-1")
    member = simulator.client("cloudtrail", OF_MEMBER)
    for name, client in [("LookupEvents", home), ("LookupEvents elsewhere", west), ("LookupEvents of a member", member)]:
        rate(simulator, tally, name, client.lookup_events, "ThrottlingException", 400, (2, 2), 6)
    time.sleep(1.05)
    started, passed = time.monotonic(), 0
    while time.monotonic() - started < 2:
        try:
            home.lookup_events()
            passed += 1
        except ClientError:
            time.sleep(0.02)
    tally.true("LookupEvents twice a second", 3 <= passed <= 7, passed)
    # Organizations and Account count calls in one region, whichever client makes them.
    organizations, account = simulator.client("organizations"), simulator.client("account")
    rate(simulator, tally, "DescribeOrganization", organizations.describe_organization, "TooManyRequestsException", 400, (2, 1), 8)
    rate(simulator, tally, "ListRegions", account.list_regions, "TooManyRequestsException", 429, (5, 5), 20)
    time.sleep(1.05)
    simulator.patch({"rate_limits": False})
    outcomes = []
    at_once(*[lambda: outcomes.append(home.lookup_events()["ResponseMetadata"]["HTTPStatusCode"])] * 6)
    tally.equal("unless the world has no rates", outcomes, [200] * 6)
