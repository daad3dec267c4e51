"""Mutations: the step that must fail, and a part of its message."""

import shutil
from dataclasses import dataclass


@dataclass
class Mutation:
    step: str
    file: str
    old: str
    new: str
    message: str


MUTATIONS = [
    Mutation("cloudformation", "cloudformation/account.yaml", "      RoleName: !Ref RoleName", "      RolName: !Ref RoleName", "'RolName' was unexpected"),
    Mutation("cloudformation", "cloudformation/account.yaml", "- iam:GetAccountSummary", "- iam:GetAcountSummary", "getacountsummary"),
    Mutation("cloudformation", "cloudformation/member-role.yaml", "sts:ExternalId: !Ref ExternalId", "sts:ExternalId: !Ref ExternalIds", "ExternalIds"),
    Mutation("cloudformation", "cloudformation/organization.yaml", "- Irsa\n", "- Isra\n", "Isra"),
    Mutation("cloudformation", "cloudformation/organization.yaml", "!GetAtt Role.Arn", "!GetAtt Role.Name", "'Name' is not one of"),
    Mutation("cloudformation", "cloudformation/account.yaml", "DisableSessionTags", "DisableSessionTag", "DisableSessionTag"),
    Mutation("cloudformation", "trust/ec2.json", '"Action": "sts:AssumeRole"', '"Action": "sts:AssumeRol"', "assumerol"),
    Mutation("policies", "policies/account.json", "iam:GetCredentialReport", "iam:GetCredentialsReport", "UNKNOWN_ACTION"),
    Mutation("policies", "policies/assume-root.json", "sts:TaskPolicyArn", "sts:TaskPolicyArm", "UNKNOWN_CONDITION_FOR_ACTION"),
    Mutation("policies", "policies/list.json", "iam::*:role/", "iam::*:roles/", "RESOURCE_MISMATCH"),
    Mutation("policies", "policies/member.json", '"Effect": "Allow"', '"Efect": "Allow"', "MALFORMED"),
    Mutation("equality", "cloudformation/account.yaml", "                  - guardduty:GetFindings\n", "", "lacks ['guardduty:GetFindings']"),
    Mutation("equality", "cloudformation/organization.yaml", "!If [Management, iam:ListOrganizationsFeatures, !Ref AWS::NoValue]", "iam:ListOrganizationsFeatures", "it has ['iam:ListOrganizationsFeatures']"),
    Mutation("equality", "cloudformation/organization.yaml", "role/${MemberRoleName}", "role/*", "role/*"),
    Mutation("equality", "cloudformation/organization.yaml", "IAMAuditRootUserCredentials", "IAMCreateRootUserPassword", "IAMCreateRootUserPassword"),
    Mutation("equality", "cloudformation/member-role.yaml", "                sts:ExternalId: !Ref ExternalId\n", "", "lacks ['secret-handshake', 'sts:ExternalId']"),
    Mutation("equality", "cloudformation/account.yaml", ':sub": "system', ':sub": "*system', "the trust policy of account.yaml"),
    Mutation("equality", "cloudformation/account.yaml", "!Not [!Equals [!Ref OidcProviderArn, \"\"]]", "!Equals [!Ref Entry, irsa]", "is taken"),
    Mutation("equality", "cloudformation/account.yaml", "DisableSessionTags: true", "DisableSessionTags: false", "the association drifts"),
    Mutation("equality", "trust/pod-identity.json", '"StringEquals"', '"StringLike"', "StringLike"),
    Mutation("equality", "terraform/exporter/main.tf", "toset(var.scopes)", "toset(var.scopes", "main.tf: Unexpected token"),
    Mutation("equality", "terraform/exporter/main.tf", "var.cluster_name\n", "var.cluster\n", "variables declared or used only: ['cluster']"),
    Mutation("equality", "terraform/exporter/main.tf", "disable_session_tags", "disable_session_tag", "has no argument ['disable_session_tag']"),
    Mutation("equality", "terraform/exporter/main.tf", ":role/${var.member_role_name}", ":role/root-exporter-${var.member_role_name}", "root-exporter-audit-root"),
    Mutation("equality", "terraform/member/main.tf", "policies/${each.value}", "policies/account", "it has ['iam:ListOrganizationsFeatures'"),
    Mutation("equality", "terraform/member/main.tf", "var.external_id\n", '"none"\n', "it has ['none']"),
    Mutation("equality", "terraform/members/main.tf", "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM", "the StackSet drifts"),
    Mutation("equality", "policies/member.json", "iam:GetCredentialReport", "iam:GetUser", "it has ['iam:GetUser']"),
    Mutation("equality", "README.md", "ClusterName=main", "Cluster=main", "no parameter ['Cluster']"),
    Mutation("equality", "README.md", "  external_id             =", "  external                =", "no variable ['external']"),
    Mutation("run", "cloudformation/member-role.yaml", "AWS: !Ref ExporterRoleArn", "AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x", "discovery"),
    Mutation("run", "cloudformation/organization.yaml", "- cloudtrail:LookupEvents\n", "- cloudtrail:ListChannels\n", "root_activity"),
]


def apply(mutation, source, folder):
    """A copy with the mutation."""
    tree = folder / "deploy/aws"
    shutil.copytree(source, tree)
    path = tree / mutation.file
    text = path.read_text()
    assert mutation.old in text, f"the mutation changes nothing: {mutation}"
    path.write_text(text.replace(mutation.old, mutation.new))
    return tree
