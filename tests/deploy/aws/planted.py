"""Errors that each step must find, and what it must say of them."""

import shutil
from dataclasses import dataclass


@dataclass
class Error:
    step: str
    file: str
    old: str
    new: str
    message: str


ERRORS = [
    Error("cloudformation", "cloudformation/account.yaml", "      RoleName: !Ref RoleName", "      RolName: !Ref RoleName", "'RolName' was unexpected"),
    Error("cloudformation", "cloudformation/account.yaml", "- iam:GetAccountSummary", "- iam:GetAcountSummary", "getacountsummary"),
    Error("cloudformation", "cloudformation/member-role.yaml", "sts:ExternalId: !Ref ExternalId", "sts:ExternalId: !Ref ExternalIds", "ExternalIds"),
    Error("cloudformation", "cloudformation/organization.yaml", "- Irsa\n", "- Isra\n", "Isra"),
    Error("cloudformation", "cloudformation/organization.yaml", "!GetAtt Role.Arn", "!GetAtt Role.Name", "'Name' is not one of"),
    Error("cloudformation", "cloudformation/account.yaml", "DisableSessionTags", "DisableSessionTag", "DisableSessionTag"),
    Error("cloudformation", "trust/ec2.json", '"Action": "sts:AssumeRole"', '"Action": "sts:AssumeRol"', "assumerol"),
    Error("policies", "policies/account.json", "iam:GetCredentialReport", "iam:GetCredentialsReport", "UNKNOWN_ACTION"),
    Error("policies", "policies/assume-root.json", "sts:TaskPolicyArn", "sts:TaskPolicyArm", "UNKNOWN_CONDITION_FOR_ACTION"),
    Error("policies", "policies/list.json", "iam::*:role/", "iam::*:roles/", "RESOURCE_MISMATCH"),
    Error("policies", "policies/member.json", '"Effect": "Allow"', '"Efect": "Allow"', "MALFORMED"),
    Error("equality", "cloudformation/account.yaml", "                  - guardduty:GetFindings\n", "", "lacks ['guardduty:GetFindings']"),
    Error("equality", "cloudformation/organization.yaml", "!If [Management, iam:ListOrganizationsFeatures, !Ref AWS::NoValue]", "iam:ListOrganizationsFeatures", "it has ['iam:ListOrganizationsFeatures']"),
    Error("equality", "cloudformation/organization.yaml", "role/${MemberRoleName}", "role/*", "role/*"),
    Error("equality", "cloudformation/organization.yaml", "IAMAuditRootUserCredentials", "IAMCreateRootUserPassword", "IAMCreateRootUserPassword"),
    Error("equality", "cloudformation/member-role.yaml", "                sts:ExternalId: !Ref ExternalId\n", "", "lacks ['secret-handshake', 'sts:ExternalId']"),
    Error("equality", "cloudformation/account.yaml", ':sub": "system', ':sub": "*system', "the trust policy of account.yaml"),
    Error("equality", "cloudformation/account.yaml", "!Not [!Equals [!Ref OidcProviderArn, \"\"]]", "!Equals [!Ref Entry, irsa]", "is taken"),
    Error("equality", "cloudformation/account.yaml", "DisableSessionTags: true", "DisableSessionTags: false", "the association drifts"),
    Error("equality", "trust/pod-identity.json", '"StringEquals"', '"StringLike"', "StringLike"),
    Error("equality", "terraform/exporter/main.tf", "toset(var.scopes)", "toset(var.scopes", "main.tf: Unexpected token"),
    Error("equality", "terraform/exporter/main.tf", "var.cluster_name\n", "var.cluster\n", "variables declared or used only: ['cluster']"),
    Error("equality", "terraform/exporter/main.tf", "disable_session_tags", "disable_session_tag", "has no argument ['disable_session_tag']"),
    Error("equality", "terraform/exporter/main.tf", ":role/${var.member_role_name}", ":role/root-exporter-${var.member_role_name}", "root-exporter-audit-root"),
    Error("equality", "terraform/member/main.tf", "policies/${each.value}", "policies/account", "it has ['iam:ListOrganizationsFeatures'"),
    Error("equality", "terraform/member/main.tf", "var.external_id\n", '"none"\n', "it has ['none']"),
    Error("equality", "terraform/members/main.tf", "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM", "the StackSet drifts"),
    Error("equality", "policies/member.json", "iam:GetCredentialReport", "iam:GetUser", "it has ['iam:GetUser']"),
    Error("equality", "README.md", "ClusterName=main", "Cluster=main", "no parameter ['Cluster']"),
    Error("equality", "README.md", "  external_id             =", "  external                =", "no variable ['external']"),
    Error("run", "cloudformation/member-role.yaml", "AWS: !Ref ExporterRoleArn", "AWS: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x", "discovery"),
    Error("run", "cloudformation/organization.yaml", "- cloudtrail:LookupEvents\n", "- cloudtrail:ListChannels\n", "root_activity"),
]


def plant(error, source, folder):
    """A copy with the error in it."""
    tree = folder / "deploy/aws"
    shutil.copytree(source, tree)
    path = tree / error.file
    text = path.read_text()
    assert error.old in text, f"nothing to plant: {error}"
    path.write_text(text.replace(error.old, error.new))
    return tree
