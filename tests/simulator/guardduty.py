"""GuardDuty: detectors, findings, how they are chosen, ordered and counted."""

from datetime import datetime, timezone

from client import MANAGEMENT, MEMBER, OF_MEMBER, pages

ALL = {"root-usage", "root-old", "attack", "coins"}


def at(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def criterion(**fields):
    return {"Criterion": {key.replace("__", "."): value for key, value in fields.items()}}


def the_detector(client):
    return client.list_detectors()["DetectorIds"][0]


def refused(tally, name, call, reason="The request is rejected because"):
    tally.error(name, call, "BadRequestException", 400, reason)


def check_detectors(simulator, tally):
    home, west, south = (simulator.client("guardduty", region=region) for region in ("us-east-1", "eu-west-1", "me-south-1"))
    detector = the_detector(home)
    tally.true("a detector's id", len(detector) == 32 and int(detector, 16) >= 0, detector)
    tally.equal("the scenario's id", the_detector(west), "0123456789abcdef0123456789abcdef")
    tally.equal("none where there is none", south.list_detectors()["DetectorIds"], [])
    got = home.get_detector(DetectorId=detector)
    features = {it["Name"]: it["Status"] for it in got["Features"]}
    tally.equal("a detector", (got["Status"], got["FindingPublishingFrequency"], features["CLOUD_TRAIL"]), ("ENABLED", "ONE_HOUR", "ENABLED"))
    tally.equal("a suspended one", west.get_detector(DetectorId=the_detector(west))["Status"], "DISABLED")
    member = simulator.client("guardduty", OF_MEMBER)
    for name, client, wrong in [("another region's", west, detector), ("nobody's", home, "0" * 32), ("another account's", member, detector)]:
        for call, request in [
            ("get_detector", {}),
            ("get_members", {"AccountIds": [MEMBER]}),
            ("list_findings", {}),
            ("get_findings", {"FindingIds": ["attack"]}),
            ("get_findings_statistics", {"GroupBy": "SEVERITY"}),
        ]:
            refused(
                tally,
                f"{name} detector, {call}",
                lambda client=client, wrong=wrong, call=call, request=request: getattr(client, call)(DetectorId=wrong, **request),
                "the input detectorId is not owned by the current account",
            )
    refused(tally, "a token of nobody", lambda: home.list_detectors(NextToken="nonsense"))
    unchecked = simulator.client("guardduty", parameter_validation=False)
    refused(tally, "too large a page", lambda: unchecked.list_detectors(MaxResults=51), "")


def check_list_findings(simulator, tally):
    client = simulator.client("guardduty")
    detector = the_detector(client)

    def found(criteria=None, **request):
        if criteria is not None:
            request["FindingCriteria"] = criteria
        return client.list_findings(DetectorId=detector, **request)["FindingIds"]

    tally.equal("all findings", set(found()), ALL)
    may = int(at(2026, 5, 30).timestamp() * 1000)
    for criteria, wanted in [
        (criterion(), ALL),
        (criterion(service__archived={"Equals": ["false"]}), ALL - {"root-old"}),
        (criterion(service__archived={"Equals": ["true"]}), {"root-old"}),
        (criterion(resource__accessKeyDetails__userType={"Equals": ["Root"]}), {"root-usage", "root-old"}),
        (criterion(resource__accessKeyDetails__accessKeyId={"Equals": ["AKIAROOT000000000001"]}), {"root-usage"}),
        (criterion(resource__accessKeyDetails__principalId={"Equals": [MANAGEMENT]}), {"root-usage", "root-old"}),
        (criterion(resource__resourceType={"NotEquals": ["AccessKey"]}), {"coins"}),
        (criterion(accountId={"Equals": [MEMBER]}), {"coins"}),
        (criterion(severity={"GreaterThanOrEqual": 8}), {"attack", "coins"}),
        (criterion(severity={"GreaterThan": 8}), {"attack"}),
        (criterion(severity={"Gte": 4, "Lte": 8}), {"coins"}),
        (criterion(severity={"LessThan": 8}), {"root-usage", "root-old"}),
        (criterion(severity={"Eq": ["2", "8"]}), ALL - {"attack"}),
        (criterion(type={"Neq": ["Policy:IAMUser/RootCredentialUsage"]}), {"attack", "coins"}),
        (criterion(updatedAt={"GreaterThanOrEqual": may}), {"root-usage", "coins"}),
        (criterion(updatedAt={"LessThan": may}), {"root-old", "attack"}),
        (criterion(service__action__awsApiCallAction__api={"Equals": ["ListBuckets"]}), {"root-usage"}),
        (criterion(service__action__awsApiCallAction__serviceName={"Equals": ["iam.amazonaws.com"]}), set()),
        (criterion(region={"Equals": ["us-east-1"]}, severity={"LessThanOrEqual": 2}), {"root-usage", "root-old"}),
        (criterion(confidence={"GreaterThan": 1}), set()),
        (criterion(id={"Equals": ["attack", "coins"]}), {"attack", "coins"}),
    ]:
        tally.equal(f"findings by {criteria}", set(found(criteria)), wanted)
    for criteria in [
        criterion(arn={"Equals": ["x"]}),
        criterion(severities={"Equals": ["2"]}),
        criterion(type={"GreaterThan": 1}),
        criterion(type={"Equals": []}),
        criterion(type={"Equals": [str(number) for number in range(51)]}),
        criterion(type={"Matches": ["x"]}),
    ]:
        refused(tally, f"findings by {str(criteria)[:60]}", lambda criteria=criteria: found(criteria))
    severities = found(SortCriteria={"AttributeName": "severity", "OrderBy": "DESC"})
    tally.equal("by severity", severities[:2], ["attack", "coins"])
    updated = found(SortCriteria={"AttributeName": "updatedAt", "OrderBy": "ASC"})
    tally.equal("by time", updated, ["root-old", "attack", "root-usage", "coins"])
    refused(tally, "by what is not", lambda: found(SortCriteria={"AttributeName": "weight"}))
    sorted_pages = pages(client.list_findings, "FindingIds", "NextToken", DetectorId=detector, MaxResults=3, SortCriteria={"AttributeName": "updatedAt", "OrderBy": "ASC"})
    tally.equal("three findings a page", sorted_pages, [updated[:3], updated[3:]])
    token = client.list_findings(DetectorId=detector, MaxResults=3)["NextToken"]
    for request in [{"NextToken": token, "MaxResults": 2}, {"NextToken": token, "MaxResults": 3, "FindingCriteria": criterion()}, {"NextToken": "nonsense"}]:
        refused(tally, f"a wrong token with {list(request)}", lambda request=request: found(**request))
    last = client.list_findings(DetectorId=detector)
    tally.equal("the last page's token is empty", last.get("NextToken"), "")
    unchecked = simulator.client("guardduty", parameter_validation=False)
    for wrong in [{"MaxResults": 0}, {"MaxResults": 51}, {"SortCriteria": {"OrderBy": "UP"}}]:
        refused(tally, f"findings by {wrong}", lambda wrong=wrong: unchecked.list_findings(DetectorId=detector, **wrong), "")
    many = {f"finding-{number:02}": {"type": "T", "severity": 5, "created": "-1d"} for number in range(55)}
    simulator.patch_account({"detectors": {"us-east-1": {"findings": many}}})
    sizes = [len(page) for page in pages(client.list_findings, "FindingIds", "NextToken", DetectorId=detector)]
    tally.equal("fifty findings a page", sizes, [50, 9])


def check_get_findings(simulator, tally):
    client = simulator.client("guardduty")
    detector = the_detector(client)

    def get(*ids, **request):
        return client.get_findings(DetectorId=detector, FindingIds=list(ids), **request)["Findings"]

    finding = get("root-usage")[0]
    wanted = {
        "AccountId": MANAGEMENT,
        "Arn": f"arn:aws:guardduty:us-east-1:{MANAGEMENT}:detector/{detector}/finding/root-usage",
        "CreatedAt": "2026-05-29T12:00:00.000Z",
        "UpdatedAt": "2026-05-30T12:00:00.000Z",
        "Id": "root-usage",
        "Partition": "aws",
        "Region": "us-east-1",
        "Severity": 2.0,
        "Type": "Policy:IAMUser/RootCredentialUsage",
        "Resource": {
            "ResourceType": "AccessKey",
            "AccessKeyDetails": {"AccessKeyId": "AKIAROOT000000000001", "PrincipalId": MANAGEMENT, "UserName": "acme-prod", "UserType": "Root"},
        },
    }
    tally.equal("a finding", {key: finding[key] for key in wanted}, wanted)
    service = finding["Service"]
    tally.equal("its service", (service["Archived"], service["DetectorId"], service["EventLastSeen"]), (False, detector, "2026-05-30T12:00:00.000Z"))
    action = service["Action"]["AwsApiCallAction"]
    tally.equal("its call", (action["Api"], action["ServiceName"]), ("ListBuckets", "s3.amazonaws.com"))
    coins = get("coins")[0]
    tally.equal("a member's finding", (coins["AccountId"], coins["Resource"]), (MEMBER, {"ResourceType": "Instance"}))
    tally.equal("what does not exist is left out", [it["Id"] for it in get("attack", "nothing")], ["attack"])
    sort = {"AttributeName": "severity", "OrderBy": "DESC"}
    tally.equal("in order", [it["Id"] for it in get("root-usage", "coins", "attack", SortCriteria=sort)], ["attack", "coins", "root-usage"])
    refused(tally, "more than fifty", lambda: get(*[f"f{number}" for number in range(51)]))


def check_statistics(simulator, tally):
    client = simulator.client("guardduty")
    detector = the_detector(client)

    def statistics(**request):
        return client.get_findings_statistics(DetectorId=detector, **request)["FindingStatistics"]

    counts = statistics(FindingStatisticTypes=["COUNT_BY_SEVERITY"])["CountBySeverity"]
    tally.equal("counts by severity", counts, {"2.0": 2, "8.0": 1, "9.5": 1})
    unarchived = criterion(service__archived={"Equals": ["false"]})
    counts = statistics(FindingStatisticTypes=["COUNT_BY_SEVERITY"], FindingCriteria=unarchived)["CountBySeverity"]
    tally.equal("of what is not archived", counts, {"2.0": 1, "8.0": 1, "9.5": 1})
    groups = statistics(GroupBy="SEVERITY")["GroupedBySeverity"]
    tally.equal("groups by severity", {it["Severity"]: it["TotalFindings"] for it in groups}, {2.0: 2, 8.0: 1, 9.5: 1})
    tally.equal("the largest first", groups[0], {"Severity": 2.0, "TotalFindings": 2, "LastGeneratedAt": at(2026, 5, 30, 12)})
    tally.equal("the largest last", statistics(GroupBy="SEVERITY", OrderBy="ASC")["GroupedBySeverity"][-1]["Severity"], 2.0)
    tally.equal("only some", len(statistics(GroupBy="SEVERITY", MaxResults=2)["GroupedBySeverity"]), 2)
    groups = statistics(GroupBy="ACCOUNT")["GroupedByAccount"]
    tally.equal("groups by account", {it["AccountId"]: it["TotalFindings"] for it in groups}, {MANAGEMENT: 3, MEMBER: 1})
    groups = statistics(GroupBy="FINDING_TYPE", FindingCriteria=unarchived)["GroupedByFindingType"]
    tally.equal("groups by type", {it["TotalFindings"] for it in groups}, {1})
    refused(tally, "neither form", statistics)
    refused(tally, "both forms", lambda: statistics(GroupBy="SEVERITY", FindingStatisticTypes=["COUNT_BY_SEVERITY"]))
    refused(tally, "an order of the old form", lambda: statistics(OrderBy="ASC", FindingStatisticTypes=["COUNT_BY_SEVERITY"]))
    refused(tally, "a wrong criterion", lambda: statistics(GroupBy="SEVERITY", FindingCriteria=criterion(nothing={"Equals": ["x"]})))


DELEGATED = {"organization": {"delegated_administrators": {MANAGEMENT: ["guardduty.amazonaws.com"]}}}
OTHERS = [f"10000000000{number}" for number in range(3)]


def with_members(simulator):
    """The management account administers GuardDuty; of five others, three are its members in us-east-1, one of them suspended."""
    theft = {"type": "Exfiltration:S3/AnomalousBehavior", "severity": 8, "created": "-1d"}
    root = {"type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "user_type": "Root", "created": "-2d", "updated": "-1h"}
    simulator.patch(DELEGATED)
    simulator.patch_account({"detectors": {"us-east-1": {"findings": {"theft": theft, "member-root": root}}}}, MEMBER)
    simulator.patch_account({"email": "one@example.com", "detectors": {"us-east-1": {"id": "1" * 32, "status": "DISABLED", "findings": {"old": theft}}}}, OTHERS[0])
    simulator.patch_account({"detectors": {"us-east-1": {"member": False, "findings": {"alone": theft}}}}, OTHERS[1])
    simulator.patch_account({"detectors": {"us-east-1": {}, "eu-west-1": {"findings": {"elsewhere": theft}}}}, OTHERS[2])


def check_members(simulator, tally):
    client, west = simulator.client("guardduty"), simulator.client("guardduty", region="eu-west-1")
    everyone = [*OTHERS, MANAGEMENT, MEMBER]

    def members(client):
        got = client.get_members(DetectorId=the_detector(client), AccountIds=everyone)
        processed = [it["AccountId"] for it in got["Members"]] + [it["AccountId"] for it in got["UnprocessedAccounts"]]
        tally.equal("each account is processed or not", sorted(processed), sorted(everyone))
        return {it["AccountId"]: it for it in got["Members"]}

    tally.equal("no administrator has no members", members(client), {})
    with_members(simulator)
    statuses = {OTHERS[0]: "Disabled", OTHERS[2]: "Enabled", MEMBER: "Enabled"}
    tally.equal("the members", {id: it["RelationshipStatus"] for id, it in members(client).items()}, statuses)
    wanted = {
        "AccountId": OTHERS[0],
        "DetectorId": "1" * 32,
        "AdministratorId": MANAGEMENT,
        "MasterId": MANAGEMENT,
        "Email": "one@example.com",
        "RelationshipStatus": "Disabled",
        "UpdatedAt": "2019-03-01T10:00:00.000Z",
    }
    tally.equal("a member", members(client)[OTHERS[0]], wanted)
    tally.equal("the members of another region", list(members(west)), [OTHERS[2]])
    member = simulator.client("guardduty", OF_MEMBER)
    tally.equal("a member has none", members(member), {})
    detector = the_detector(client)
    unchecked = simulator.client("guardduty", parameter_validation=False)
    for wrong in [[], ["1"], [f"{number:012}" for number in range(51)], "111122223333"]:
        refused(tally, f"members {wrong}", lambda wrong=wrong: unchecked.get_members(DetectorId=detector, AccountIds=wrong), "")
    simulator.patch({"organization": {"delegated_administrators": {MANAGEMENT: None, MEMBER: ["guardduty.amazonaws.com"]}}})
    tally.equal("another administers", members(client), {})
    tally.equal("and has the management account", set(members(member)), {OTHERS[0], OTHERS[2], MANAGEMENT})
    simulator.patch({"organization": None})
    tally.equal("no organization, no members", members(member), {})


def check_findings_of_members(simulator, tally):
    client, member = simulator.client("guardduty"), simulator.client("guardduty", OF_MEMBER)
    detector = the_detector(client)
    with_members(simulator)
    theirs = {"theft", "member-root", "old"}

    def found(**request):
        return set(client.list_findings(DetectorId=detector, **request)["FindingIds"])

    tally.equal("the administrator sees all", found(), ALL | theirs)
    of_member = found(FindingCriteria=criterion(accountId={"Equals": [MEMBER]}))
    tally.equal("by whose they are", of_member, {"coins", "theft", "member-root"})
    own = the_detector(member)
    tally.equal("a member sees its own", set(member.list_findings(DetectorId=own)["FindingIds"]), {"theft", "member-root"})
    seen = {it["Id"]: it for it in client.get_findings(DetectorId=detector, FindingIds=["member-root", "root-usage", "alone"])["Findings"]}
    tally.equal("those that it gets", set(seen), {"member-root", "root-usage"})
    got = seen["member-root"]
    arn = f"arn:aws:guardduty:us-east-1:{MEMBER}:detector/{own}/finding/member-root"
    tally.equal("a member's finding", (got["AccountId"], got["Arn"], got["Service"]["DetectorId"]), (MEMBER, arn, own))
    tally.equal("its root", got["Resource"]["AccessKeyDetails"]["PrincipalId"], MEMBER)
    tally.equal("it is the member's own", member.get_findings(DetectorId=own, FindingIds=["member-root"])["Findings"], [got])
    tally.equal("a member gets no other's", member.get_findings(DetectorId=own, FindingIds=["root-usage"])["Findings"], [])

    def groups(**request):
        got = client.get_findings_statistics(DetectorId=detector, GroupBy="ACCOUNT", **request)
        return got["FindingStatistics"]["GroupedByAccount"]

    tally.equal("groups by account", {it["AccountId"]: it["TotalFindings"] for it in groups()}, {MANAGEMENT: 3, MEMBER: 3, OTHERS[0]: 1})
    root = groups(FindingCriteria=criterion(type={"Equals": ["Policy:IAMUser/RootCredentialUsage"]}, accountId={"Equals": [MEMBER]}))
    tally.equal("a group", root, [{"AccountId": MEMBER, "TotalFindings": 1, "LastGeneratedAt": at(2026, 6, 1, 11)}])
    counts = client.get_findings_statistics(DetectorId=detector, FindingStatisticTypes=["COUNT_BY_SEVERITY"])
    tally.equal("counts by severity", counts["FindingStatistics"]["CountBySeverity"], {"2.0": 3, "8.0": 3, "9.5": 1})
    one = {"detectors": {"us-east-1": {"findings": {"one": {"type": "T", "severity": 5, "created": "-1d"}}}}}
    simulator.patch({"accounts": {f"{number:012}": one for number in range(100)}})
    tally.equal("25 groups by default", len(groups()), 25)
    tally.equal("100 groups at most", len(groups(MaxResults=100)), 100)
    unchecked = simulator.client("guardduty", parameter_validation=False)
    refused(tally, "no more", lambda: unchecked.get_findings_statistics(DetectorId=detector, GroupBy="ACCOUNT", MaxResults=101), "")
