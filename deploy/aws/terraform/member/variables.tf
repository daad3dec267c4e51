variable "exporter_role_arn" {
  description = "ARN of the exporter's own role. The role must already exist."
  type        = string
}

variable "external_id" {
  description = "External id that the exporter must send (accounts.external_id)."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z_+=,.@:/-]{2,1224}$", var.external_id))
    error_message = "An external id has 2 to 1224 letters, digits and _ + = , . @ : / -"
  }
}

variable "organization_id" {
  description = "Id of the organization to which the exporter's account must belong."
  type        = string

  validation {
    condition     = can(regex("^o-[0-9a-z]{10,32}$", var.organization_id))
    error_message = "An organization's id is such as o-exampleorgid."
  }
}

variable "role_name" {
  description = "Name of the role (accounts.role)."
  type        = string
  default     = "root-exporter"
}

variable "scopes" {
  description = "member for a member of the organization; account for the management account and for accounts of mode list. Add guardduty-administrator in GuardDuty's delegated administrator."
  type        = list(string)
  default     = ["member"]

  validation {
    condition     = length(setsubtract(var.scopes, ["member", "account", "guardduty-administrator"])) == 0
    error_message = "The scopes are member, account and guardduty-administrator."
  }
}
