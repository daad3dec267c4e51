"""The worlds that the page is tested with: one with each kind of state, and one with very many accounts."""

from harness.simulator import KEY, SECRET

MANAGEMENT, QUIET, HOSTILE, TURNED, DENIED, CLOSED = (f"{n}" * 12 for n in range(1, 7))
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
RIGHT_TO_LEFT = "\u202eevil \u05e0\u05e2\u05de\u05d9 \"&' x"
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def account(name, **more):
    return {
        "name": name,
        "created": "-900d",
        "regions": ["eu-west-1", "us-east-1"],
        "principals": {},
        "roles": {"root-exporter": {"trusted": [MANAGEMENT], "policy": EVERYTHING}},
        "root": {"password": {"changed": "-500d", "last_used": "-45d"}, "mfa": [{"kind": "virtual"}]},
        "report_generated": "-1h",
        "trails": {"main": {"home_region": "us-east-1", "multi_region": True, "latest_delivery": "-1m"}},
        "detectors": {"us-east-1": {}, "eu-west-1": {}},
        "events": [],
    } | more


def organization(accounts):
    accounts[MANAGEMENT]["principals"] = {KEY: {"secret": SECRET, "name": "exporter", "policy": EVERYTHING}}
    return {"organization": {"management": MANAGEMENT, "trusted_access": True}, "accounts": accounts}


def mixed(hostile=SCRIPT, turned=RIGHT_TO_LEFT):
    """Failing checks, checks that are unknown for several reasons, and hostile names."""
    keys = [{"id": "AKIAROOTKEY1EXAMPLE", "created": "-400d", "last_used": "-3d", "region": "us-east-1", "service": "s3"}]
    world = organization(
        {
            MANAGEMENT: account("Acme Management", root={"password": {"changed": "-500d"}, "keys": keys}, detectors={}),
            QUIET: account("Acme Production", alternate_contacts={"SECURITY": {"Name": "S", "Title": "T", "EmailAddress": "security@example.com", "PhoneNumber": "+1 555 0100"}}),
            HOSTILE: account(hostile),
            TURNED: account(turned, trails={}),
            DENIED: account("acme staging"),
            CLOSED: account("Acme Sandbox", roles={}),
        }
    )
    world["faults"] = {
        "iam": {"kind": "deny", "account": DENIED, "service": "iam", "operation": "GetAccountSummary"},
        "guardduty": {"kind": "deny", "account": DENIED, "service": "guardduty"},
    }
    return world


def many(count):
    """So many accounts, in a few states."""

    def one(n):
        root = {"password": {"changed": "-500d", "last_used": "-45d"}, "mfa": [{"kind": "virtual"}] if n % 3 else []}
        return account(f"Team {n % 40} stage {n}", root=root, regions=["us-east-1"], detectors={"us-east-1": {}} if n % 2 else {})

    ids = [MANAGEMENT] + [f"2{n:011}" for n in range(1, count)]
    return organization({id: one(n) for n, id in enumerate(ids)})


CONFIG = {"accounts": {"mode": "organization"}}
MANY = 1000
# More regions would add nothing to the page.
MANY_CONFIG = {"accounts": {"mode": "organization"}, "regions": ["us-east-1"]}
