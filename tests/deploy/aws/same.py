"""Whether templates and modules come to what the program prints, and to the same trust policies as the files."""

import itertools
import json
import re
import subprocess
from pathlib import Path

import hcl2
import terraform
from template import ACCOUNT, REGION, SUFFIXES, Stack, role_of

PROVIDER = f"oidc.eks.{REGION}.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
EXTERNAL_ID, ORGANIZATION = "secret-handshake", "o-exampleorgid"
MEMBER_ROLE, OWN_ROLE = "audit-root", "watcher"
PARTITIONS = list(SUFFIXES)
INSTALL = Path(__file__).resolve().parents[3] / "docs/install.md"
ENTRIES = ["irsa", "pod-identity", "ec2"]


def own_arn(partition):
    return f"arn:{partition}:iam::{ACCOUNT}:role/{OWN_ROLE}"


def filled(text, partition="aws"):
    """A trust policy with values for its placeholders, as one follows its README."""
    for name, value in {
        "ACCOUNT_ID": ACCOUNT,
        "OIDC_PROVIDER": PROVIDER,
        "NAMESPACE": "watch",
        "SERVICE_ACCOUNT": "watcher",
        "REGION": REGION,
        "CLUSTER": "main",
        "EXPORTER_ROLE_ARN": own_arn(partition),
        "ORGANIZATION_ID": ORGANIZATION,
        "EXTERNAL_ID": EXTERNAL_ID,
    }.items():
        text = text.replace(f"<{name}>", value)
    assert "<" not in text, text
    service = f'"ec2.{SUFFIXES[partition]}"'
    return json.loads(text.replace('"arn:aws:', f'"arn:{partition}:').replace('"ec2.amazonaws.com"', service))


def plain(policy):
    """A policy so that what says the same is equal: lists of one as the one, actions in order."""
    if isinstance(policy, dict):
        return {key: plain(it) for key, it in policy.items()}
    if isinstance(policy, list):
        items = [plain(it) for it in policy]
        if all(isinstance(it, str) for it in items):
            items = sorted(items)
        return items[0] if len(items) == 1 else items
    return policy


def words(policy):
    """All that a policy says, one word each."""
    if isinstance(policy, dict):
        return set(policy).union(*map(words, policy.values()))
    return set().union(*map(words, policy)) if isinstance(policy, list) else {str(policy)}


def equal(what, got, wanted):
    if plain(got) != plain(wanted):
        more, less = words(got) - words(wanted), words(wanted) - words(got)
        raise AssertionError(f"{what} drifts: it has {sorted(more)}, and lacks {sorted(less)}: {json.dumps(plain(got))}")


class Printed:
    """The program's policies."""

    def __init__(self, binary):
        self.binary, self.known = binary, {}

    def __call__(self, scope, partition):
        key = scope, partition
        if key not in self.known:
            command = [self.binary, "docs", "iam-policy", "--scope", scope, "--partition", partition, "--role", MEMBER_ROLE]
            self.known[key] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return self.known[key]


def check(tree, binary):
    printed, roles = Printed(binary), 0
    modules = {name: terraform.Module(tree / "terraform" / name) for name in ("exporter", "member", "members")}
    for partition, (scopes, templates) in itertools.product(PARTITIONS, uses()):
        if partition == "aws-cn" and "assume-root" in scopes:
            continue  # It has no root user, so the program prints no such policy.
        trusts = {entry: filled((tree / f"trust/{entry}.json").read_text(), partition) for entry in [*ENTRIES, "member"]}
        wanted = {scope: printed(scope, partition) for scope in scopes}
        if templates[0] == "member-role.yaml":
            found = [of_template(tree, *templates, member(partition), partition), of_module(modules["member"], scopes, member_variables(partition), partition)]
            entries = [("member", found)]
        else:
            entries = [(entry, own(tree, modules["exporter"], entry, scopes, templates, partition)) for entry in ENTRIES]
        for entry, found in entries:
            for name, trust, policies in found:
                what = f"{templates[0]} or its module, {'+'.join(scopes)}, {entry}, {partition}"
                assert name == (MEMBER_ROLE if entry == "member" else OWN_ROLE), f"{what}: {name}"
                equal(f"the trust policy of {what}", trust, trusts[entry])
                assert policies.keys() == wanted.keys(), f"{what}: {sorted(policies)}"
                for scope in wanted:
                    equal(f"{scope} of {what}", policies[scope], wanted[scope])
                roles += 1
    refusals(tree, modules)
    stack_set(tree, modules["members"])
    readme(tree, modules)
    return roles


def uses():
    """Each use: its scopes, and the template with its parameters if there is one."""
    yes, no = "true", "false"
    yield ["account"], ("account.yaml", {})
    yield ["account", "list"], (None, {})
    for scope in ("management", "delegated-administrator"):
        for guardduty, root in itertools.product((no, yes), repeat=2):
            more = ["guardduty-administrator"] * (guardduty == yes) + ["assume-root"] * (root == yes)
            parameters = {"Scope": scope, "GuardDutyAdministrator": guardduty, "AssumeRoot": root, "MemberRoleName": MEMBER_ROLE}
            yield [scope, *more], ("organization.yaml", parameters)
    for scope in ("member", "account"):
        yield [scope], ("member-role.yaml", {"Scope": scope, "GuardDutyAdministrator": "999999999999"})
        yield [scope, "guardduty-administrator"], ("member-role.yaml", {"Scope": scope, "GuardDutyAdministrator": ACCOUNT})


def own(tree, module, entry, scopes, templates, partition):
    """The exporter's role, by the template and by the module."""
    of_entry = {
        "irsa": ({"OidcProviderArn": f"arn:{partition}:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"}, "oidc_provider_arn"),
        "pod-identity": ({"ClusterName": "main"}, "cluster_name"),
        "ec2": ({}, None),
    }
    more, variable = of_entry[entry]
    service = {"Namespace": "watch", "ServiceAccount": "watcher"}
    variables = {"entry": entry, "namespace": "watch", "service_account": "watcher", "role_name": OWN_ROLE, "member_role_name": MEMBER_ROLE}
    if variable:
        (variables[variable],) = more.values()
    found = [of_module(module, scopes, variables, partition)]
    if templates[0]:
        found.append(of_template(tree, *templates, {"Entry": entry, "RoleName": OWN_ROLE, **service, **more}, partition))
    return found


def member(partition):
    return {"ExporterRoleArn": own_arn(partition), "ExternalId": EXTERNAL_ID, "OrganizationId": ORGANIZATION, "RoleName": MEMBER_ROLE}


def member_variables(partition):
    return {"exporter_role_arn": own_arn(partition), "external_id": EXTERNAL_ID, "organization_id": ORGANIZATION, "role_name": MEMBER_ROLE}


def of_template(tree, file, parameters, more, partition):
    stack = Stack((tree / "cloudformation" / file).read_text(), parameters | more, ACCOUNT, partition)
    resources = stack.resources()
    kinds = {kind: properties for kind, properties in resources.values()}
    role, entry = kinds["AWS::IAM::Role"]["RoleName"], more.get("Entry")
    arn = f"arn:{partition}:iam::{ACCOUNT}:role/{role}"
    assert stack.outputs()["RoleArn"] == arn, stack.outputs()
    association = {"ClusterName": "main", "Namespace": "watch", "ServiceAccount": "watcher", "RoleArn": arn, "DisableSessionTags": True}
    profile = {"InstanceProfileName": role, "Roles": [role]}
    equal("the association", kinds.get("AWS::EKS::PodIdentityAssociation"), association if entry == "pod-identity" else None)
    equal("the instance profile", kinds.get("AWS::IAM::InstanceProfile"), profile if entry == "ec2" else None)
    return role_of(resources)


def data(partition):
    return {
        ("aws_caller_identity", "current"): {"account_id": ACCOUNT},
        ("aws_partition", "current"): {"partition": partition, "dns_suffix": SUFFIXES[partition]},
        ("aws_region", "current"): {"region": REGION},
    }


def of_module(module, scopes, variables, partition):
    plan = module.plan(variables | {"scopes": scopes}, data(partition))
    (role,) = plan.of("aws_iam_role")
    policies = {it["name"]: json.loads(it["policy"]) for it in plan.of("aws_iam_role_policy")}
    association = {
        "cluster_name": "main", "namespace": "watch", "service_account": "watcher",
        "role_arn": f"arn:{partition}:iam::{ACCOUNT}:role/{role['name']}", "disable_session_tags": True,
    }
    entry = variables.get("entry")
    equal("the association", plan.of("aws_eks_pod_identity_association"), [association] if entry == "pod-identity" else [])
    equal("the instance profile", plan.of("aws_iam_instance_profile"), [{"name": role["name"], "role": role["name"]}] if entry == "ec2" else [])
    for output in module.outputs.values():
        plan.value(output["value"])
    return role["name"], json.loads(role["assume_role_policy"]), policies


def refusals(tree, modules):
    """Values that would make a role that nobody, or the wrong one, can use."""
    text = lambda name: (tree / "cloudformation" / name).read_text()
    for file, parameters in [
        ("account.yaml", {}),
        ("account.yaml", {"Entry": "irsa"}),
        ("account.yaml", {"Entry": "pod-identity"}),
        ("account.yaml", {"Entry": "irsa", "OidcProviderArn": PROVIDER}),
        ("organization.yaml", {"Entry": "ec2"}),
        ("organization.yaml", {"Entry": "ec2", "Scope": "member"}),
        ("member-role.yaml", member("aws") | {"ExternalId": ""}),
        ("member-role.yaml", member("aws") | {"OrganizationId": "*"}),
        ("member-role.yaml", member("aws") | {"ExporterRoleArn": "*"}),
    ]:
        refused(f"{file} {parameters}", lambda: Stack(text(file), parameters))
    for name, variables in [
        ("exporter", {}),
        ("exporter", {"entry": "irsa"}),
        ("exporter", {"entry": "pod-identity"}),
        ("exporter", {"entry": "root"}),
        ("exporter", {"entry": "ec2", "scopes": ["member"]}),
        ("member", member_variables("aws") | {"external_id": ""}),
        ("member", member_variables("aws") | {"organization_id": "*"}),
        ("member", member_variables("aws") | {"scopes": ["management"]}),
    ]:
        refused(f"{name} {variables}", lambda: modules[name].plan(variables, data("aws")))


def refused(what, make):
    try:
        make()
    except Exception as error:
        assert type(error).__name__ == "Refused", f"{what}: {error!r}"
    else:
        raise AssertionError(f"{what} is taken")


def stack_set(tree, module):
    """The StackSet of the module is the template, with values that it takes."""
    variables = member_variables("aws") | {"organizational_unit_ids": ["r-exam"], "guardduty_administrator": ACCOUNT}
    plan = module.plan(variables, data("aws"))
    (it,) = plan.of("aws_cloudformation_stack_set")
    assert it["template_body"] == (tree / "cloudformation/member-role.yaml").read_text()
    equal("the StackSet", [it["permission_model"], *it["capabilities"]], ["SERVICE_MANAGED", "CAPABILITY_NAMED_IAM"])
    policies = role_of(Stack(it["template_body"], it["parameters"]).resources())[2]
    equal("the StackSet's role", list(policies), ["member", "guardduty-administrator"])


def commands(tree, text):
    """The templates that the text's commands use, with parameters that they take."""
    used = set()
    for command in re.findall(r"aws cloudformation [^\n`\\]*(?:\\\n[^\n`\\]*)*", text):
        if file := re.search(r"deploy/aws/(cloudformation/\S+)", command):
            pairs = re.findall(r"ParameterKey=(\w+),ParameterValue=(\S+)", command) or re.findall(r" (\w+)=(\S+)", command.split("--parameter-overrides")[-1])
            assert pairs, command
            Stack((tree / file[1]).read_text(), dict(pairs)).resources()
            used.add(file[1])
    return sorted(used)


def readme(tree, modules):
    """The commands of the README and of docs/install.md are such as the templates take, and its modules such as there are."""
    text = (tree / "README.md").read_text()
    templates = sorted(f"cloudformation/{path.name}" for path in (tree / "cloudformation").iterdir())
    equal("what the README uses", commands(tree, text), templates)
    equal("what docs/install.md uses", commands(tree, INSTALL.read_text()), templates)
    (block,) = re.findall(r"```hcl\n(.*?)```", text, re.S)
    for found in hcl2.loads(block)["module"]:
        for it in found.values():
            variables = {key: json.loads(value) if isinstance(value, str) and value[0] == '"' else value for key, value in it.items()}
            lists = {key: [json.loads(item) for item in value] for key, value in variables.items() if isinstance(value, list)}
            variables = {key: own_arn("aws") if str(value).startswith("${module.") else value for key, value in (variables | lists).items()}
            name = variables["source"].removeprefix("./deploy/aws/terraform/")
            modules[name].plan({key: value for key, value in variables.items() if key not in ("source", *terraform.NOTES)}, data("aws"))
