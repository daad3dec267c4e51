# The exporter's own role, for one account or for an organization, with the policies of deploy/aws/policies.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.2"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  provider  = replace(var.oidc_provider_arn, "/^.*:oidc-provider[/]/", "")
  cluster   = "arn:${local.partition}:eks:${data.aws_region.current.region}:${local.account}:cluster/${var.cluster_name}"

  # The trust policy, with values in place of the placeholders.
  text = file("${path.module}/../../trust/${var.entry}.json")
  trust = {
    irsa = replace(replace(replace(
      local.text,
      "arn:aws:iam::<ACCOUNT_ID>:oidc-provider/<OIDC_PROVIDER>", var.oidc_provider_arn),
      "<OIDC_PROVIDER>", local.provider),
      "<NAMESPACE>:<SERVICE_ACCOUNT>", "${var.namespace}:${var.service_account}"
    )
    pod-identity = replace(replace(
      local.text,
      "arn:aws:eks:<REGION>:<ACCOUNT_ID>:cluster/<CLUSTER>", local.cluster),
      "<ACCOUNT_ID>", local.account
    )
    ec2 = replace(local.text, "ec2.amazonaws.com", "ec2.${data.aws_partition.current.dns_suffix}")
  }
}

resource "aws_iam_role" "exporter" {
  name               = var.role_name
  description        = "Role of aws-root-exporter"
  assume_role_policy = local.trust[var.entry]

  lifecycle {
    precondition {
      condition     = var.entry != "irsa" || var.oidc_provider_arn != ""
      error_message = "irsa needs oidc_provider_arn."
    }
    precondition {
      condition     = var.entry != "pod-identity" || var.cluster_name != ""
      error_message = "pod-identity needs cluster_name."
    }
  }
}

resource "aws_iam_role_policy" "exporter" {
  for_each = toset(var.scopes)

  name   = each.value
  role   = aws_iam_role.exporter.name
  policy = replace(replace(
    file("${path.module}/../../policies/${each.value}.json"),
    "arn:aws:", "arn:${local.partition}:"),
    ":role/root-exporter", ":role/${var.member_role_name}"
  )
}

resource "aws_eks_pod_identity_association" "exporter" {
  count = var.entry == "pod-identity" ? 1 : 0

  cluster_name    = var.cluster_name
  namespace       = var.namespace
  service_account = var.service_account
  role_arn        = aws_iam_role.exporter.arn
  # Session tags would be passed to the roles in other accounts, which would then have to allow sts:TagSession.
  disable_session_tags = true
}

resource "aws_iam_instance_profile" "exporter" {
  count = var.entry == "ec2" ? 1 : 0

  name = var.role_name
  role = aws_iam_role.exporter.name
}
