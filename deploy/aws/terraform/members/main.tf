# Role that the exporter assumes, in every member of an organization: a StackSet of member-role.yaml, created in the management
# account or in a delegated administrator of StackSets.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

data "aws_region" "current" {}

resource "aws_cloudformation_stack_set" "members" {
  name             = var.name
  description      = "Role that aws-root-exporter assumes in this account"
  template_body    = file("${path.module}/../../cloudformation/member-role.yaml")
  permission_model = "SERVICE_MANAGED"
  call_as          = var.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]

  parameters = {
    ExporterRoleArn        = var.exporter_role_arn
    ExternalId             = var.external_id
    OrganizationId         = var.organization_id
    RoleName               = var.role_name
    GuardDutyAdministrator = var.guardduty_administrator
  }

  # Accounts that join the organization get the role; from accounts that leave, it is removed.
  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  lifecycle {
    # AWS sets it for this permission model.
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_set_instance" "members" {
  stack_set_name            = aws_cloudformation_stack_set.members.name
  stack_set_instance_region = data.aws_region.current.region
  call_as                   = var.call_as

  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
}
