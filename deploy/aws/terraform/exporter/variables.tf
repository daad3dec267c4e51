variable "scopes" {
  description = "Policies of the role: account, management or delegated-administrator; add list, guardduty-administrator or assume-root if needed."
  type        = list(string)
  default     = ["account"]

  validation {
    condition     = length(setsubtract(var.scopes, ["account", "list", "management", "delegated-administrator", "guardduty-administrator", "assume-root"])) == 0
    error_message = "The scopes are those of deploy/aws/policies, without member."
  }
}

variable "entry" {
  description = "How the exporter gets the role's credentials: irsa, pod-identity or ec2."
  type        = string

  validation {
    condition     = contains(["irsa", "pod-identity", "ec2"], var.entry)
    error_message = "The entry is irsa, pod-identity or ec2."
  }
}

variable "oidc_provider_arn" {
  description = "irsa: ARN of the cluster's OIDC provider in IAM."
  type        = string
  default     = ""
}

variable "cluster_name" {
  description = "pod-identity: name of the EKS cluster, in this account and region."
  type        = string
  default     = ""
}

variable "namespace" {
  description = "irsa, pod-identity: namespace of the exporter."
  type        = string
  default     = "monitoring"
}

variable "service_account" {
  description = "irsa, pod-identity: service account of the exporter."
  type        = string
  default     = "aws-root-exporter"
}

variable "role_name" {
  description = "Name of the role."
  type        = string
  default     = "aws-root-exporter"
}

variable "member_role_name" {
  description = "Name of the role in the other accounts (accounts.role)."
  type        = string
  default     = "root-exporter"
}
