"""Organizations and Account: who belongs together, who may know, whom to write to, which regions there are."""

from datetime import datetime, timezone

from client import GOVERNMENT, MANAGEMENT, MEMBER, OF_GOVERNMENT, OF_MEMBER, pages

ACTIVE = {MANAGEMENT: "ACTIVE", MEMBER: "ACTIVE", "777788889999": "SUSPENDED", "888899990000": "PENDING_CLOSURE"}


def arn(kind, rest=""):
    return f"arn:aws:organizations::{MANAGEMENT}:{kind}/o-acme123456{rest}"


def check_organization(simulator, tally):
    client, member = simulator.client("organizations"), simulator.client("organizations", OF_MEMBER)
    wanted = {
        "Id": "o-acme123456",
        "Arn": arn("organization"),
        "FeatureSet": "ALL",
        "MasterAccountArn": arn("account", f"/{MANAGEMENT}"),
        "MasterAccountId": MANAGEMENT,
        "MasterAccountEmail": "prod@example.com",
        "AvailablePolicyTypes": [],
    }
    tally.equal("the organization", client.describe_organization()["Organization"], wanted)
    tally.equal("as a member sees it", member.describe_organization()["Organization"], wanted)
    simulator.patch({"organization": {"feature_set": "CONSOLIDATED_BILLING"}})
    tally.equal("with consolidated billing", client.describe_organization()["Organization"]["FeatureSet"], "CONSOLIDATED_BILLING")
    simulator.patch({"organization": None})
    for call in (client.describe_organization, client.list_accounts, client.list_delegated_administrators):
        tally.error("no organization", call, "AWSOrganizationsNotInUseException", 400)
        tally.raises("its exception", call, client.exceptions.AWSOrganizationsNotInUseException)


def check_partitions(simulator, tally):
    """No organization spans two."""
    region = "us-gov-west-1"
    organizations, iam, account = (simulator.client(it, OF_GOVERNMENT, region) for it in ("organizations", "iam", "account"))
    tally.error("GovCloud has another", organizations.describe_organization, "AWSOrganizationsNotInUseException", 400)
    tally.error("and other features", iam.list_organizations_features, "OrganizationNotFoundException", 400)
    commercial = simulator.client("account")
    for caller, asked in [(account, MEMBER), (commercial, GOVERNMENT)]:
        call = lambda caller=caller, asked=asked: caller.get_account_information(AccountId=asked)  # noqa: E731
        tally.error(f"{asked} is of another", call, "AccessDeniedException", 403)
    members = [it["Id"] for it in simulator.client("organizations").list_accounts()["Accounts"]]
    tally.true("nor is it a member", GOVERNMENT not in members, members)


def check_accounts(simulator, tally):
    client, member = simulator.client("organizations"), simulator.client("organizations", OF_MEMBER)
    accounts = client.list_accounts()["Accounts"]
    tally.equal("the accounts", {it["Id"]: it["State"] for it in accounts}, ACTIVE)
    tally.equal("by their status", {it["Id"]: it["Status"] for it in accounts}, ACTIVE)
    wanted = {
        "Id": "777788889999",
        "Arn": arn("account", "/777788889999"),
        "Email": "archive@example.com",
        "Name": "Acme Archive",
        "Status": "SUSPENDED",
        "State": "SUSPENDED",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": datetime(2019, 3, 1, 10, tzinfo=timezone.utc),
    }
    tally.equal("an account", next(it for it in accounts if it["Id"] == "777788889999"), wanted)
    tally.equal("for a delegated administrator", member.list_accounts()["Accounts"], accounts)
    got = pages(client.list_accounts, "Accounts", "NextToken", MaxResults=3)
    tally.equal("three accounts a page", [[it["Id"] for it in page] for page in got], [list(ACTIVE)[:3], list(ACTIVE)[3:]])
    token = client.list_accounts(MaxResults=3)["NextToken"]
    for name, caller, request in [
        ("of another size", client, {"NextToken": token, "MaxResults": 2}),
        ("of another account", member, {"NextToken": token, "MaxResults": 3}),
        ("of nobody", client, {"NextToken": "nonsense"}),
    ]:
        tally.error(f"a token {name}", lambda caller=caller, request=request: caller.list_accounts(**request), "InvalidInputException", 400)
    unchecked = simulator.client("organizations", parameter_validation=False)
    for size in (0, 21):
        tally.error(f"{size} accounts a page", lambda size=size: unchecked.list_accounts(MaxResults=size), "InvalidInputException", 400)
    simulator.patch({"organization": {"accounts": {f"{number:012}": {"name": f"Member {number}"} for number in range(40)}}})
    sizes = [len(page) for page in pages(client.list_accounts, "Accounts", "NextToken")]
    tally.equal("twenty accounts a page", sizes, [20, 20, 4])
    simulator.patch({"organization": {"delegated_administrators": {MEMBER: None}}})
    for call in (member.list_accounts, member.list_delegated_administrators):
        tally.error("a member may not know", call, "AccessDeniedException", 400)
    simulator.control("POST", "clock", {"advance": "110d"})
    account = client.list_accounts()["Accounts"][0]
    tally.true("the status is retired in September 2026", "State" in account and "Status" not in account, account)


def check_delegated_administrators(simulator, tally):
    client = simulator.client("organizations")
    found = client.list_delegated_administrators(ServicePrincipal="iam.amazonaws.com")["DelegatedAdministrators"]
    tally.equal("who administers IAM", [(it["Id"], it["Name"], it["State"]) for it in found], [(MEMBER, "Acme Audit", "ACTIVE")])
    tally.true("since when", isinstance(found[0]["DelegationEnabledDate"], datetime), found)
    none = client.list_delegated_administrators(ServicePrincipal="guardduty.amazonaws.com")["DelegatedAdministrators"]
    tally.equal("nobody administers GuardDuty", none, [])
    simulator.patch({"organization": {"delegated_administrators": {"777788889999": ["guardduty.amazonaws.com"]}}})
    got = pages(client.list_delegated_administrators, "DelegatedAdministrators", "NextToken", MaxResults=1)
    tally.equal("one administrator a page", [[it["Id"] for it in page] for page in got], [[MEMBER], ["777788889999"]])
    tally.error("a token of nobody", lambda: client.list_delegated_administrators(NextToken="x"), "InvalidInputException", 400)


def check_contacts(simulator, tally):
    client, member = simulator.client("account"), simulator.client("account", OF_MEMBER)
    wanted = {"Name": "Billing Desk", "Title": "Accounting", "EmailAddress": "billing@example.com", "PhoneNumber": "+1 555 0100", "AlternateContactType": "BILLING"}
    tally.equal("a contact", client.get_alternate_contact(AlternateContactType="BILLING")["AlternateContact"], wanted)
    for kind in ("OPERATIONS", "SECURITY"):
        call = lambda kind=kind: client.get_alternate_contact(AlternateContactType=kind)  # noqa: E731
        tally.error(f"no contact for {kind}", call, "ResourceNotFoundException", 404)
        tally.raises("its exception", call, client.exceptions.ResourceNotFoundException)
    got = client.get_alternate_contact(AlternateContactType="SECURITY", AccountId=MEMBER)["AlternateContact"]
    tally.equal("a member's contact", got["EmailAddress"], "security@example.com")
    for name, caller, account in [("one's own id", client, MANAGEMENT), ("a member asks", member, MANAGEMENT), ("a stranger", client, "123412341234")]:
        call = lambda caller=caller, account=account: caller.get_alternate_contact(AlternateContactType="SECURITY", AccountId=account)  # noqa: E731
        tally.error(name, call, "AccessDeniedException", 403)
    unchecked = simulator.client("account", parameter_validation=False)
    for wrong in [{"AlternateContactType": "LEGAL"}, {"AlternateContactType": "BILLING", "AccountId": "1"}]:
        tally.error(f"a contact by {wrong}", lambda wrong=wrong: unchecked.get_alternate_contact(**wrong), "ValidationException", 400)


def check_regions(simulator, tally):
    client = simulator.client("account")

    def regions(**request):
        return {it["RegionName"]: it["RegionOptStatus"] for it in client.list_regions(**request)["Regions"]}

    enabled = {"eu-west-1": "ENABLED_BY_DEFAULT", "me-south-1": "ENABLED", "us-east-1": "ENABLED_BY_DEFAULT"}
    tally.equal("the regions", regions(RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"]), enabled)
    tally.equal("by default", set(regions(RegionOptStatusContains=["ENABLED_BY_DEFAULT"])), {"eu-west-1", "us-east-1"})
    tally.equal("a region one may opt in to", regions().get("af-south-1"), "DISABLED")
    got = pages(client.list_regions, "Regions", "NextToken", MaxResults=2, RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"])
    tally.equal("two regions a page", [[it["RegionName"] for it in page] for page in got], [["eu-west-1", "me-south-1"], ["us-east-1"]])
    token = client.list_regions(MaxResults=2)["NextToken"]
    for request in [{"MaxResults": 3, "NextToken": token}, {"NextToken": "nonsense"}]:
        tally.error(f"regions by {list(request)}", lambda request=request: client.list_regions(**request), "ValidationException", 400)
    unchecked = simulator.client("account", parameter_validation=False)
    for wrong in [{"MaxResults": 51}, {"MaxResults": 0}, {"RegionOptStatusContains": ["ON"]}]:
        tally.error(f"regions by {wrong}", lambda wrong=wrong: unchecked.list_regions(**wrong), "ValidationException", 400)
    tally.equal("a member's regions", len(regions(AccountId=MEMBER, RegionOptStatusContains=["ENABLED_BY_DEFAULT"])), 17)
    government = simulator.client("account", OF_GOVERNMENT, "us-gov-west-1").list_regions()["Regions"]
    tally.equal("GovCloud's regions", [it["RegionName"] for it in government], ["us-gov-east-1", "us-gov-west-1"])


def check_account_information(simulator, tally):
    client = simulator.client("account")
    got = client.get_account_information()
    created = datetime(2020, 2, 2, 2, 2, 2, tzinfo=timezone.utc)
    wanted = {"AccountId": MANAGEMENT, "AccountName": "Acme Production", "AccountState": "ACTIVE", "AccountCreatedDate": created}
    tally.equal("the account", {key: got[key] for key in wanted}, wanted)
    tally.equal("a member", client.get_account_information(AccountId=MEMBER)["AccountName"], "Acme Audit")
    tally.error("one's own id", lambda: client.get_account_information(AccountId=MANAGEMENT), "AccessDeniedException", 403)
