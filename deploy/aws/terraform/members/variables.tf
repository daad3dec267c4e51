variable "exporter_role_arn" {
  description = "The ARN of the exporter's own role. It has to be there already."
  type        = string
}

variable "external_id" {
  description = "What the exporter has to say to enter (accounts.external_id)."
  type        = string
}

variable "organization_id" {
  description = "The organization that the exporter's account has to belong to."
  type        = string
}

variable "organizational_unit_ids" {
  description = "Where the members are: the organization's root, such as r-exam, or units."
  type        = list(string)
}

variable "guardduty_administrator" {
  description = "The id of GuardDuty's delegated administrator; in that account the exporter asks about all members."
  type        = string
  default     = ""
}

variable "role_name" {
  description = "The name of the role (accounts.role)."
  type        = string
  default     = "root-exporter"
}

variable "name" {
  description = "The name of the StackSet."
  type        = string
  default     = "aws-root-exporter"
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in a delegated administrator of StackSets."
  type        = string
  default     = "SELF"
}
