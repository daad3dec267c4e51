"""A simulator of its own for each check, boto3 clients of it, and requests signed by hand."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

import boto3
import harness
import model
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

WORLD = Path(__file__).with_name("world.yaml")
MANAGEMENT, MEMBER, GOVERNMENT = "111122223333", "444455556666", "555566667777"
ADMINISTRATOR = ("AKIAADMINISTRATOR001", "administrator-secret")
LIMITED = ("AKIALIMITED000000001", "limited-secret")
OF_MEMBER = ("AKIAMEMBER0000000001", "member-secret")
OF_GOVERNMENT = ("AKIAGOVERNMENT000001", "government-secret")

TARGETS = {
    "cloudtrail": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    "organizations": "AWSOrganizationsV20161128",
}


class Tally(harness.Tally):
    """Counts assertions, the operations that succeeded, and the answers that botocore's model does not allow."""

    def __init__(self):
        super().__init__()
        self.exercised = set()
        self.conformance = model.Conformance()

    def error(self, name, call, code, status, message=""):
        """The call must fail in exactly this way, as boto3 understands it."""
        try:
            answer = call()
        except ClientError as error:
            got = error.response["Error"]
            is_status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            self.equal(name, (got["Code"], is_status), (code, status))
            self.true(f"{name}, message", message in got.get("Message", ""), f"{got} lacks {message!r}")
        else:
            self.true(name, False, f"it succeeded: {answer}")

    def add(self, other):
        """Adds the counts of a check that ran in a process of its own."""
        self.passed, self.failed = self.passed + other.passed, self.failed + other.failed
        self.exercised |= other.exercised
        self.conformance.wrong |= other.conformance.wrong
        self.conformance.answers += other.conformance.answers

    def raises(self, name, call, kind):
        try:
            answer = call()
        except Exception as error:  # the kind is what is checked
            self.true(name, isinstance(error, kind), f"got {error!r}, wanted {kind}")
        else:
            self.true(name, False, f"it succeeded: {answer}")


class Simulator(harness.Simulator):
    """A simulator with the tests' world, another scenario, or (None) the demo's. What it was asked counts as exercised."""

    def __init__(self, program, tally, scenario=WORLD):
        super().__init__(program, scenario)
        self.tally = tally

    def __exit__(self, *_):
        try:
            self.tally.exercised |= {(it["service"], it["operation"]) for it in self.ask("GET", "calls") if it["result"] == "ok"}
        finally:
            super().__exit__(*_)

    def patch_account(self, change, account=MANAGEMENT):
        self.patch({"accounts": {account: change}})

    def client(self, service, who=ADMINISTRATOR, region="us-east-1", **options):
        """A client of boto3 that tries once, and whose answers are compared with botocore's model."""
        key, secret, *token = who
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=60, read_timeout=options.pop("read_timeout", 60), **options)
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            config=config,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token[0] if token else None,
        )
        client.meta.events.register("after-call", self.tally.conformance.after_call)
        return client

    def prepare(self, service, name, body, who=ADMINISTRATOR, region="us-east-1", *, scope=None, headers=(), tamper=None, method="POST", sign=True, late=0):
        """A request by hand, without boto3; `name` is the operation, or the path of a REST service."""
        url, sent = self.url + "/", dict(headers)
        if service in TARGETS:
            sent = {"X-Amz-Target": f"{TARGETS[service]}.{name}", "Content-Type": "application/x-amz-json-1.1"} | sent
        elif service in ("iam", "sts"):
            version = {"iam": "2010-05-08", "sts": "2011-06-15"}[service]
            body = "&".join([f"Action={name}", f"Version={version}", body]).rstrip("&")
            sent = {"Content-Type": "application/x-www-form-urlencoded"} | sent
        else:
            url, sent = self.url + name, {"Content-Type": "application/json"} | sent
        data = body if isinstance(body, str) else json.dumps(body)
        request = AWSRequest(method, url, sent, data if method != "GET" else None)
        if sign:
            now = datetime.now(timezone.utc) - timedelta(minutes=late)
            with patch("botocore.auth.get_current_datetime", return_value=now):
                SigV4Auth(Credentials(*who), scope or service, region).add_auth(request)
        prepared = request.prepare()
        if tamper:
            tamper(prepared)
        data = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        return urllib.request.Request(prepared.url, data, dict(prepared.headers.items()), method=method)

    def burst(self, count, service, name, body):
        """Sends so many equal requests at once, and returns their statuses and bodies, with the seconds that all of it took.
        They are signed before, and each has its connection: a busy machine delays them as little as can be."""
        requests = [self.prepare(service, name, body) for _ in range(count)]
        connections = [http.client.HTTPConnection(self.address, timeout=60) for _ in requests]
        for connection in connections:
            connection.connect()
        started = time.monotonic()
        for connection, request in zip(connections, requests):
            connection.request("POST", request.selector, request.data, dict(request.header_items()))
        answers = [connection.getresponse() for connection in connections]
        found = [(answer.status, answer.read().decode()) for answer in answers]
        took = time.monotonic() - started
        for connection in connections:
            connection.close()
        return found, took

    def raw(self, *arguments, **options):
        """Sends a request by hand: status, headers and body of the answer."""
        try:
            with urllib.request.urlopen(self.prepare(*arguments, **options), timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()


def pages(call, key, token, parameter=None, **request):
    """All pages of an operation."""
    found = []
    while True:
        page = call(**request)
        found.append(page[key])
        if not page.get(token):
            return found
        request[parameter or token] = page[token]


def at_once(*calls):
    """Makes the calls at the same time."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
