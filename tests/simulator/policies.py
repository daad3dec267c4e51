"""Organizations: the units, and the service control policies that are on them."""

import json

from client import MANAGEMENT, MEMBER, OF_GOVERNMENT, OF_MEMBER, pages

CONTROL = "SERVICE_CONTROL_POLICY"
FULL, DENY, UNUSED = "p-FullAWSAccess", "p-denyroot01", "p-unused0001"
WORKLOADS, SANDBOXES = "ou-exam-workloads", "ou-exam-sandboxes"
ACCOUNTS = [MANAGEMENT, MEMBER, "777788889999", "888899990000"]


def arn(rest):
    return f"arn:aws:organizations::{MANAGEMENT}:{rest}"


def everything(client):
    """A good call of every operation."""
    return [
        lambda **more: client.list_policies(Filter=CONTROL, **more),
        lambda **more: client.list_targets_for_policy(PolicyId=FULL, **more),
        lambda **more: client.list_children(ParentId="r-exam", ChildType="ACCOUNT", **more),
        lambda: client.describe_policy(PolicyId=DENY),
    ]


def check_policies(simulator, tally):
    client = simulator.client("organizations")
    policies = {it["Id"]: it for it in client.list_policies(Filter=CONTROL)["Policies"]}
    tally.equal("the policies", set(policies), {FULL, DENY, UNUSED})
    wanted = {
        "Id": DENY,
        "Arn": arn(f"policy/o-acme123456/service_control_policy/{DENY}"),
        "Name": "DenyRoot",
        "Description": "",
        "Type": CONTROL,
        "AwsManaged": False,
    }
    tally.equal("a policy", policies[DENY], wanted)
    own = policies[FULL]
    tally.equal("AWS's own", (own["Arn"], own["AwsManaged"]), (f"arn:aws:organizations::aws:policy/service_control_policy/{FULL}", True))
    for kind in ("RESOURCE_CONTROL_POLICY", "TAG_POLICY", "GUARDDUTY_POLICY"):
        tally.equal(f"no {kind}", client.list_policies(Filter=kind)["Policies"], [])
    got = client.describe_policy(PolicyId=DENY)["Policy"]
    tally.equal("its summary", got["PolicySummary"], wanted)
    content = json.loads(got["Content"])
    tally.equal("its content", content["Statement"]["Condition"], {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})
    content = json.loads(client.describe_policy(PolicyId=FULL)["Policy"]["Content"])
    tally.equal("what AWS's own allows", content["Statement"], [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    for call in (client.describe_policy, client.list_targets_for_policy):
        tally.error("a policy of nobody", lambda call=call: call(PolicyId="p-nobody0000"), "PolicyNotFoundException", 400)
        tally.raises("its exception", lambda call=call: call(PolicyId="p-nobody0000"), client.exceptions.PolicyNotFoundException)
        tally.error("no policy's id", lambda call=call: call(PolicyId="r-exam"), "InvalidInputException", 400)
    unchecked = simulator.client("organizations", parameter_validation=False)
    for request in [{}, {"Filter": "SCP"}, {"Filter": CONTROL, "MaxResults": 21}]:
        tally.error(f"policies by {request}", lambda request=request: unchecked.list_policies(**request), "InvalidInputException", 400)


def check_targets(simulator, tally):
    client = simulator.client("organizations")

    def targets(policy, **request):
        return client.list_targets_for_policy(PolicyId=policy, **request)["Targets"]

    wanted = [
        {"TargetId": WORKLOADS, "Arn": arn(f"ou/o-acme123456/{WORKLOADS}"), "Name": "Workloads", "Type": "ORGANIZATIONAL_UNIT"},
        {"TargetId": "777788889999", "Arn": arn("account/o-acme123456/777788889999"), "Name": "Acme Archive", "Type": "ACCOUNT"},
    ]
    tally.equal("its targets", targets(DENY), wanted)
    tally.equal("those of an unused one", targets(UNUSED), [])
    everywhere = targets(FULL)
    tally.equal("AWS's own is everywhere", [it["TargetId"] for it in everywhere], ["r-exam", SANDBOXES, WORKLOADS, *ACCOUNTS])
    root = {"TargetId": "r-exam", "Arn": arn("root/o-acme123456/r-exam"), "Name": "Root", "Type": "ROOT"}
    tally.equal("the root", everywhere[0], root)
    simulator.patch({"organization": {"policies": {DENY: {"targets": ["r-exam"]}}}})
    tally.equal("a policy moves", targets(DENY), [root])
    status, answer = simulator.control("PATCH", "world", {"organization": {"policies": {DENY: {"targets": ["123456789012"]}}}})
    tally.true("not to where nothing is", status == 400 and "123456789012" in answer["error"], answer)


def check_children(simulator, tally):
    client = simulator.client("organizations")

    def children(parent, kind):
        found = client.list_children(ParentId=parent, ChildType=kind)["Children"]
        tally.true(f"{kind} all", all(it["Type"] == kind for it in found), found)
        return [it["Id"] for it in found]

    for parent, accounts, units in [
        ("r-exam", [MANAGEMENT, "777788889999"], [WORKLOADS]),
        (WORKLOADS, [MEMBER], [SANDBOXES]),
        (SANDBOXES, ["888899990000"], []),
    ]:
        tally.equal(f"accounts of {parent}", children(parent, "ACCOUNT"), accounts)
        tally.equal(f"units of {parent}", children(parent, "ORGANIZATIONAL_UNIT"), units)
    simulator.patch_account({"unit": SANDBOXES}, MEMBER)
    tally.equal("an account moves", children(SANDBOXES, "ACCOUNT"), [MEMBER, "888899990000"])
    for parent in ("ou-exam-nothing01", MEMBER):
        call = lambda parent=parent: children(parent, "ACCOUNT")  # noqa: E731
        tally.error(f"no parent {parent}", call, "ParentNotFoundException", 400)
        tally.raises("its exception", call, client.exceptions.ParentNotFoundException)
    unchecked = simulator.client("organizations", parameter_validation=False)
    for request in [{"ParentId": "r-exam"}, {"ChildType": "ACCOUNT"}, {"ParentId": "r-exam", "ChildType": "ROOT"}]:
        tally.error(f"children by {request}", lambda request=request: unchecked.list_children(**request), "InvalidInputException", 400)


def check_pages(simulator, tally):
    client = simulator.client("organizations")
    simulator.patch({"organization": {"accounts": {f"{number:012}": {} for number in range(40)}}})
    for call, key, sizes in zip(everything(client), ("Policies", "Targets", "Children"), ([3], [20, 20, 7], [20, 20, 2])):
        tally.equal(f"twenty {key} a page", [len(page) for page in pages(call, key, "NextToken")], sizes)
        token = call(MaxResults=1)["NextToken"]
        tally.equal(f"one of {key}", len(call(MaxResults=1, NextToken=token)[key]), 1)
        for request in [{"NextToken": token}, {"NextToken": "nonsense"}]:
            tally.error(f"a wrong token of {key}", lambda call=call, request=request: call(**request), "InvalidInputException", 400)


def check_who_may_know(simulator, tally):
    client, member = simulator.client("organizations"), simulator.client("organizations", OF_MEMBER)
    for mine, theirs in zip(everything(client), everything(member)):
        wanted, got = mine(), theirs()
        wanted.pop("ResponseMetadata"), got.pop("ResponseMetadata")
        tally.equal("for a delegated administrator", got, wanted)
    simulator.patch({"organization": {"delegated_administrators": {MEMBER: None}}})
    for call in everything(member):
        tally.error("a member may not know", call, "AccessDeniedException", 400)
    government = simulator.client("organizations", OF_GOVERNMENT, "us-gov-west-1")
    for call in everything(government):
        tally.error("no organization spans two partitions", call, "AWSOrganizationsNotInUseException", 400)
    simulator.patch({"organization": None})
    for call in everything(client):
        tally.error("no organization", call, "AWSOrganizationsNotInUseException", 400)


def check_rates(simulator, tally):
    simulator.patch({"rate_limits": True})
    for operation, body, burst, rate in [
        ("ListPolicies", {"Filter": CONTROL}, 8, 5),
        ("ListTargetsForPolicy", {"PolicyId": FULL}, 8, 5),
        ("ListChildren", {"ParentId": "r-exam", "ChildType": "ACCOUNT"}, 8, 5),
        ("DescribePolicy", {"PolicyId": DENY}, 2, 2),
    ]:
        answers, took = simulator.burst(burst + 10, "organizations", operation, body)
        passed = sum(status == 200 for status, _ in answers)
        refused = sum(status == 400 and "TooManyRequestsException" in text for status, text in answers)
        tally.true(f"{operation}: {burst} at once", burst <= passed <= burst + rate * took and passed + refused == len(answers), answers)
        tally.true(f"{operation}: more than {burst} are throttled", refused, answers)
