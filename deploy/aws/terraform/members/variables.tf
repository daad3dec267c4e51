variable "exporter_role_arn" {
  description = "ARN of the exporter's own role. The role must already exist."
  type        = string
}

variable "external_id" {
  description = "External id that the exporter must send (accounts.external_id)."
  type        = string
}

variable "organization_id" {
  description = "Id of the organization to which the exporter's account must belong."
  type        = string
}

variable "organizational_unit_ids" {
  description = "Ids of the organization's root, such as r-exam, or of organizational units whose accounts get the role."
  type        = list(string)
}

variable "guardduty_administrator" {
  description = "Account id of GuardDuty's delegated administrator. There the exporter reads the findings of all members."
  type        = string
  default     = ""
}

variable "role_name" {
  description = "Name of the role (accounts.role)."
  type        = string
  default     = "root-exporter"
}

variable "name" {
  description = "Name of the StackSet."
  type        = string
  default     = "aws-root-exporter"
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in a delegated administrator of StackSets."
  type        = string
  default     = "SELF"
}
