"""The exporter against the simulator, in worlds whose roles are those of the templates."""

import re
import tempfile
import urllib.error
from contextlib import contextmanager

from harness import Exporter, Simulator, wait_until
from template import Stack, role_of

MANAGEMENT, OWN, MEMBER, GUARDDUTY = "111122223333", "222233334444", "333344445555", "444455556666"
ORGANIZATION, EXTERNAL_ID = "o-exampleorgid", "secret-handshake"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bW9uaXRvcmluZzphd3Mtcm9vdC1leHBvcnRlciJ9.c2ln"


def check(tree, binary):
    one_account(tree, binary)
    an_organization(tree, binary)
    return 2


def rendered(tree, file, parameters, account):
    """A role as the simulator takes it: what its trust policy asks for, and what its policies allow together."""
    name, trust, policies = role_of(Stack((tree / "cloudformation" / file).read_text(), parameters, account).resources())
    (statement,) = trust["Statement"]
    asked = statement.get("Condition", {}).get("StringEquals", {})
    statements = [it for policy in policies.values() for it in policy["Statement"]]
    role = {"policy": {"Version": "2012-10-17", "Statement": statements}, "web_identity": "Federated" in statement["Principal"]}
    if arn := statement["Principal"].get("AWS"):
        role |= {"trusted": [arn], "external_id": asked["sts:ExternalId"], "organization": asked["aws:PrincipalOrgID"]}
    return {name: role}


def entry(account):
    return {"Entry": "irsa", "OidcProviderArn": f"arn:aws:iam::{account}:oidc-provider/oidc.example.com/id/1"}


def account(roles):
    return {
        "name": "Example", "created": "-900d", "regions": ["us-east-1"], "roles": roles,
        "root": {"password": {"changed": "-500d", "last_used": "-45d"}, "mfa": [{"kind": "passkey"}]},
        "report_generated": "-1h",
        "trails": {"main": {"home_region": "us-east-1", "multi_region": True, "latest_delivery": "-1m"}},
        "detectors": {"us-east-1": {}},
    }


def one_account(tree, binary):
    world = {"accounts": {MANAGEMENT: account(rendered(tree, "account.yaml", entry(MANAGEMENT), MANAGEMENT))}}
    with running(binary, world, "{}", MANAGEMENT) as scrape:
        succeeded(scrape, {MANAGEMENT})
    # A role for an instance is no role for a pod.
    world["accounts"][MANAGEMENT]["roles"] = rendered(tree, "account.yaml", {"Entry": "ec2"}, MANAGEMENT)
    with running(binary, world, "{}", MANAGEMENT) as scrape:
        wait_until("discovery to fail for want of credentials", lambda: re.search(r'errors_total\{collector="discovery",reason="(credentials|access_denied)"} [1-9]', scrape()))


def an_organization(tree, binary):
    """The exporter in a delegated administrator of IAM, another account administering GuardDuty."""
    own = {"Scope": "delegated-administrator", "AssumeRoot": "true", **entry(OWN)}
    member = {
        "ExporterRoleArn": f"arn:aws:iam::{OWN}:role/aws-root-exporter",
        "ExternalId": EXTERNAL_ID, "OrganizationId": ORGANIZATION, "GuardDutyAdministrator": GUARDDUTY,
    }
    accounts = {id: account(rendered(tree, "member-role.yaml", member, id)) for id in (MEMBER, GUARDDUTY)}
    accounts[MANAGEMENT] = account(rendered(tree, "member-role.yaml", member | {"Scope": "account"}, MANAGEMENT))
    accounts[OWN] = account(rendered(tree, "organization.yaml", own, OWN))
    deny = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
    world = {
        "organization": {
            "id": ORGANIZATION, "management": MANAGEMENT, "trusted_access": True, "features": ["RootCredentialsManagement"],
            "delegated_administrators": {OWN: ["iam.amazonaws.com"], GUARDDUTY: ["guardduty.amazonaws.com"]},
            "units": {"ou-exam-workloads": {"name": "Workloads"}},
            "policies": {"p-denyroot01": {"name": "Deny", "targets": ["ou-exam-workloads"], "content": deny}},
        },
        "accounts": accounts,
    }
    config = "accounts: {{ mode: organization, assume_root: true, external_id: {} }}"
    with running(binary, world, config.format(EXTERNAL_ID), OWN) as scrape:
        succeeded(scrape, accounts.keys())
    with running(binary, world, config.format("guessed"), OWN) as scrape:
        entered = wait_until("discovery to try every account", lambda: tried(scrape(), accounts.keys()))
        assert entered == {OWN}, f"with a guessed external id: {entered}"


def tried(text, accounts):
    """The accounts that could be entered, once all were tried."""
    found = dict(re.findall(r'aws_root_collector_success\{account_id="(\d+)",collector="discovery"} ([01])', text))
    return found.keys() == accounts and {id for id, success in found.items() if success == "1"}


def succeeded(scrape, accounts):
    """Waits until each account was asked everything, and fails if anything was refused on the way."""
    def done():
        text = scrape()
        if failed := re.findall(r"^aws_root_collector_region_failed\{.*", text, re.M):
            raise AssertionError("\n".join(failed))
        if refused := re.findall(r'^aws_root_aws_requests_total\{.*outcome="access_denied".*', text, re.M):
            raise AssertionError("\n".join(refused))
        success = re.findall(r'^aws_root_collector_success\{account_id="(\d+)".* ([01])', text, re.M)
        return scrape("/-/ready") and {id for id, _ in success} == set(accounts) and all(value == "1" for _, value in success)

    wait_until(f"all collectors to succeed in {sorted(accounts)}", done)


@contextmanager
def running(binary, world, config, own):
    """The exporter with a token of its service account; yields a function that gets a path."""
    with tempfile.NamedTemporaryFile("w") as token, Simulator(binary, world) as simulator:
        token.write(TOKEN)
        token.flush()
        environment = {
            "AWS_ENDPOINT_URL": simulator.url, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ROLE_ARN": f"arn:aws:iam::{own}:role/aws-root-exporter", "AWS_WEB_IDENTITY_TOKEN_FILE": token.name,
        }
        with Exporter(binary, config, environment) as exporter:
            def scrape(path="/metrics"):
                try:
                    return exporter.get(path)[0].decode()
                except urllib.error.HTTPError:
                    return ""

            yield scrape
