"""The cases: an environment, and what must come of it."""

import re
import subprocess
import sys
from dataclasses import dataclass, field

import harness
from harness.simulator import KEY, SECRET
from place import AWS, INTERNAL, NEVER, REGION, SILENT

# What all cases have, unless they say otherwise (None: not set).
COMMON = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
WITHOUT_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
CONFIG = {"regions": [REGION]}
GLOBAL = {"iam.amazonaws.com:443"}
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bW9uaXRvcmluZzpleHBvcnRlciJ9.c2ln"


@dataclass
class Outcome:
    reason: str = ""
    message: str = ""
    seen: set = field(default_factory=set)
    witness: bool | None = None


@dataclass
class Case:
    name: str
    environment: dict
    # Nothing: it works. `start`: it does not start.
    reason: str = ""
    # What the message says.
    message: str = ""
    proxy: object = None
    # Hosts that the proxy must have seen; none if nothing may go through it.
    through: set = field(default_factory=set)
    # Whether boto3 is asked what comes of the same environment.
    witness: bool = False

    def run(self, program, place):
        try:
            outcome = self.outcome(program)
        except Exception as error:
            return Outcome("broken", str(error))
        outcome.seen = set(self.proxy.seen) if self.proxy else set()
        if self.witness:
            asked = "import boto3; boto3.client('sts').get_caller_identity()"
            done = subprocess.run([sys.executable, "-c", asked], env=self.full(), capture_output=True, text=True, timeout=120)
            outcome.witness = done.returncode == 0
        return outcome

    def full(self):
        return {name: str(value) for name, value in {**COMMON, **self.environment}.items() if value is not None}

    def outcome(self, program):
        if self.reason == "start":
            command = [program, "serve", "--web.listen-address", "127.0.0.1:0"]
            done = subprocess.run(command, env=self.full(), capture_output=True, text=True, timeout=60)
            return Outcome("start" if done.returncode == 2 else f"exit {done.returncode}", done.stderr.strip().splitlines()[-1])
        with harness.Exporter(program, CONFIG, self.full()) as exporter:
            return harness.wait_until(self.name, lambda: ended(exporter), timeout=90, log=exporter.log)

    def judge(self, outcome, tally):
        tally.equal(f"{self.name}: reason", outcome.reason, self.reason)
        tally.true(f"{self.name}: message", self.message in outcome.message, f"{outcome.message!r} lacks {self.message!r}")
        tally.true(f"{self.name}: proxy", self.through <= outcome.seen and (self.through or not outcome.seen), f"it saw {sorted(outcome.seen)}")
        tally.true(f"{self.name}: no secret is told", "p@ss" not in outcome.message and "p%40ss" not in outcome.message, outcome.message)
        if outcome.witness is not None:
            tally.equal(f"{self.name}: boto3 works", outcome.witness, not self.reason)


def ended(exporter):
    """What came of it, once that is known."""
    if not exporter.published():
        return None
    metrics = exporter.metrics()
    for (name, labels), value in metrics.items():
        labels = dict(labels)
        if name == "aws_root_collector_errors_total" and value > 0:
            lines = [line for line in exporter.log().splitlines() if "level=warn" in line or "level=error" in line]
            return Outcome(labels["reason"], message(lines[0]) if lines else "")
    successes = [value for (name, _), value in metrics.items() if name == "aws_root_collector_success"]
    return Outcome() if len(successes) >= 8 and all(successes) else None


def message(line):
    """The text of a log line's error."""
    found = re.search(r'message="((?:[^"\\]|\\.)*)"', line)
    return found[1].replace("\\'", "'") if found else line


def files(place):
    """Bundles that cannot be used, and a folder with the CA's certificate."""
    empty, junk, folder = place.path / "empty.pem", place.path / "junk.pem", place.path / "certs"
    empty.write_text("")
    junk.write_text("-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n")
    folder.mkdir()
    (folder / "corp.pem").write_text(place.ca.bundle.read_text())
    profile, token = place.path / "config", place.path / "token"
    metadata = place.path / "metadata"
    metadata.write_text(f"[default]\nec2_metadata_service_endpoint = http://{AWS}:9013/\n")
    profile.write_text(f"[default]\nca_bundle = {place.ca.bundle}\n")
    token.write_text(TOKEN)
    return empty, junk, folder, profile, metadata, token


def cases(place):
    empty, junk, folder, profile, metadata, token = files(place)
    trusted = {"AWS_CA_BUNDLE": place.ca.bundle}
    internal = {**trusted, "AWS_ENDPOINT_URL": f"https://{INTERNAL}:8443"}
    regional = {f"sts.{REGION}.amazonaws.com:443", f"cloudtrail.{REGION}.amazonaws.com:443", f"guardduty.{REGION}.amazonaws.com:443"}

    def at(port, **more):
        return {**trusted, "AWS_ENDPOINT_URL": f"https://{INTERNAL}:{port}", **more}

    def through(name, variables, reason="", message="", *, seen=GLOBAL, witness=False, login=None, refuses=None, silent=False, host=None, base=trusted):
        """A case with a proxy; `{proxy}` in a variable is its address."""
        proxy = place.proxy(login=login, refuses=refuses, silent=silent)
        address = proxy.address.replace("192.0.2.1", host or "proxy.corp.example")
        return Case(name, {**base, **{key: value.replace("{proxy}", address) if value else value for key, value in variables.items()}}, reason, message, proxy, seen, witness)

    login = "exporter:p@ss word"
    yield Case("no proxy", trusted, "dns", "set HTTPS_PROXY", witness=True)
    yield through("HTTPS_PROXY", {"HTTPS_PROXY": "http://{proxy}"}, seen=GLOBAL | regional, witness=True)
    yield through("https_proxy", {"https_proxy": "http://{proxy}"}, witness=True)
    yield through("without a scheme", {"HTTPS_PROXY": "{proxy}"}, witness=True)
    yield through("small letters win", {"https_proxy": "http://{proxy}", "HTTPS_PROXY": "http://192.0.2.1:1"}, witness=True)
    yield through("ALL_PROXY", {"ALL_PROXY": "http://{proxy}"})
    yield through("an empty HTTPS_PROXY", {"HTTPS_PROXY": "", "ALL_PROXY": "http://{proxy}"})
    yield through("HTTP_PROXY is not for https", {"HTTP_PROXY": "http://{proxy}"}, "dns", "set HTTPS_PROXY", seen=set(), witness=True)
    plain = {"AWS_ENDPOINT_URL": f"http://{INTERNAL}:9010"}
    yield through("HTTP_PROXY", {"HTTP_PROXY": "http://{proxy}"}, seen={f"{INTERNAL}:9010"}, base=plain, witness=True)
    yield through("HTTP_PROXY with login", {"HTTP_PROXY": "http://exporter:p%40ss%20word@{proxy}"}, seen={f"{INTERNAL}:9010"}, base=plain, login=login)
    yield through("HTTP_PROXY without login", {"HTTP_PROXY": "http://{proxy}"}, "proxy", "407", seen={f"{INTERNAL}:9010"}, base=plain, login=login)
    yield through("403 of the proxy to HTTP", {"HTTP_PROXY": "http://{proxy}"}, "proxy", "refuses a connection", refuses=403, seen={f"{INTERNAL}:9010"}, base=plain)
    yield through("login", {"HTTPS_PROXY": "http://exporter:p%40ss%20word@{proxy}"}, login=login, witness=True)
    yield through("no login", {"HTTPS_PROXY": "http://{proxy}"}, "proxy", "asks for user and password (407)", login=login, seen={f"sts.{REGION}.amazonaws.com:443"}, witness=True)
    yield through("wrong login", {"HTTPS_PROXY": "http://exporter:p%40ss@{proxy}"}, "proxy", "asks for user and password (407)", login=login, seen={f"sts.{REGION}.amazonaws.com:443"})
    yield through("403 of the proxy", {"HTTPS_PROXY": "http://{proxy}"}, "proxy", "refuses a connection", refuses=403, seen={f"sts.{REGION}.amazonaws.com:443"})
    yield through("502 of the proxy", {"HTTPS_PROXY": "http://{proxy}"}, "proxy", "refuses a connection", refuses=502, seen={f"sts.{REGION}.amazonaws.com:443"})
    yield through("silent proxy", {"HTTPS_PROXY": "http://{proxy}"}, "proxy", "did not open a connection", silent=True, seen=set())
    yield Case("unknown proxy", {**trusted, "HTTPS_PROXY": "http://nowhere.corp.example:3128"}, "proxy", "the proxy nowhere.corp.example:3128 (HTTPS_PROXY) cannot be reached")
    yield Case("proxy refuses connections", {**trusted, "HTTPS_PROXY": "http://192.0.2.1:1"}, "proxy", "the proxy 192.0.2.1:1 (HTTPS_PROXY) cannot be reached")
    yield Case("SOCKS proxy", {"HTTPS_PROXY": "socks5://exporter:p%40ss@proxy.corp.example"}, "start", "HTTPS_PROXY")

    for name, rule in {
        "suffix": f".{INTERNAL.split('.', 1)[1]}",
        "name": INTERNAL,
        "star": "*",
        "port": f"a.example, {INTERNAL}:8443",
    }.items():
        yield through(f"NO_PROXY by {name}", {"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": rule}, seen=set(), base=internal)
    by_address = {**trusted, "AWS_ENDPOINT_URL": f"https://{AWS}:8443"}
    yield through("NO_PROXY by network", {"HTTPS_PROXY": "http://{proxy}", "no_proxy": "192.0.2.0/28,192.0.2.16/28"}, seen=set(), base=by_address)
    yield through("NO_PROXY by another port", {"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": f"{INTERNAL}:443"}, seen={f"{INTERNAL}:8443"}, base=internal)

    every = {"ALL_PROXY": "http://{proxy}", "HTTP_PROXY": "http://{proxy}", "HTTPS_PROXY": "http://{proxy}", **WITHOUT_KEYS}
    yield through("IMDS", {**every, "AWS_EC2_METADATA_DISABLED": None})
    yield through("IMDS of the profile", {**every, "AWS_EC2_METADATA_DISABLED": None, "AWS_CONFIG_FILE": str(metadata)})
    yield through("ECS", {**every, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"})
    yield through("EKS Pod Identity", {**every, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"})
    web_identity = {**every, "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
    yield through("web identity", web_identity, seen=GLOBAL | regional, witness=True)
    yield through("web identity, 403", web_identity, "proxy", "refuses a connection", refuses=403, seen={f"sts.{REGION}.amazonaws.com:443"})

    proxied = {"HTTPS_PROXY": "http://{proxy}"}
    yield through("no bundle", proxied, "tls", "its issuer is not known", base={}, seen={f"sts.{REGION}.amazonaws.com:443"}, witness=True)
    yield through("SSL_CERT_FILE", {**proxied, "SSL_CERT_FILE": str(place.ca.bundle)}, base={})
    yield through("SSL_CERT_DIR", {**proxied, "SSL_CERT_DIR": str(folder)}, base={})
    yield through("ca_bundle of a profile", {**proxied, "AWS_CONFIG_FILE": str(profile)}, base={}, witness=True)
    yield through("an empty AWS_CA_BUNDLE", {**proxied, "AWS_CA_BUNDLE": "", "SSL_CERT_FILE": str(place.ca.bundle)}, base={})
    for name, path, said in (
        ("missing", place.path / "missing.pem", "cannot be read"),
        ("empty", empty, "holds no certificate"),
        ("junk", junk, "holds no certificate that can be used"),
        ("a key", place.path / "ca.key", "holds no certificate"),
    ):
        yield Case(f"bundle: {name}", {"AWS_CA_BUNDLE": path}, "start", f"AWS_CA_BUNDLE names {path}, which {said}")
    yield Case("SSL_CERT_FILE: missing", {"SSL_CERT_FILE": place.path / "missing.pem"}, "start", "SSL_CERT_FILE names")
    yield Case("expired certificate", at(9001), "tls", "it has expired")
    yield Case("certificate for another name", at(9002), "tls", "it is for another name")
    yield Case("certificate of the future", at(9003), "tls", "it is not valid yet")
    yield Case("no TLS", at(9010), "tls", "does not answer by TLS")
    yield Case("closed at once", at(9011), "network", "was closed before the answer")
    yield Case("silent endpoint", at(9012), "timeout", f"no connection to the endpoint {INTERNAL}")
    yield Case("refused", at(1), "network", "was refused")
    yield Case("name server that does not answer", {**trusted, "AWS_ENDPOINT_URL": f"https://{NEVER}"}, "dns", "cannot be resolved")
    yield Case("no route", {"AWS_ENDPOINT_URL": "https://198.51.100.1"}, "network", "there is no route")
    yield Case("dropped packets", at(SILENT), "timeout", "drop the packets")

    yield Case("endpoint without scheme", {"AWS_ENDPOINT_URL": "localhost:4566"}, "start", "AWS_ENDPOINT_URL cannot be used: it does not begin with http://")
    yield Case("region in quotes", {"AWS_REGION": '"eu-central-1"'}, "start", "AWS_REGION cannot be used: it contains a quotation mark")
    nothing = {name: "" for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_USE_FIPS_ENDPOINT", "AWS_ROOT_EXPORTER_SHARD", "NO_PROXY", "SSL_CERT_FILE")}
    yield through("empty variables", {**nothing, **proxied})
