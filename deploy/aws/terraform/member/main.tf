# Role that the exporter assumes in one account, with the policies of deploy/aws/policies.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_iam_role" "member" {
  name        = var.role_name
  description = "Role that aws-root-exporter assumes in this account"
  assume_role_policy = replace(replace(replace(
    file("${path.module}/../../trust/member.json"),
    "<EXPORTER_ROLE_ARN>", var.exporter_role_arn),
    "<ORGANIZATION_ID>", var.organization_id),
    "<EXTERNAL_ID>", var.external_id
  )
}

resource "aws_iam_role_policy" "member" {
  for_each = toset(var.scopes)

  name   = each.value
  role   = aws_iam_role.member.name
  policy = file("${path.module}/../../policies/${each.value}.json")
}
