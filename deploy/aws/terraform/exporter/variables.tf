variable "scopes" {
  description = "What the role is for: account; management or delegated-administrator; with list, guardduty-administrator or assume-root besides."
  type        = list(string)
  default     = ["account"]

  validation {
    condition     = length(setsubtract(var.scopes, ["account", "list", "management", "delegated-administrator", "guardduty-administrator", "assume-root"])) == 0
    error_message = "The scopes are those of deploy/aws/policies, without member."
  }
}

variable "entry" {
  description = "How the exporter comes to the role's credentials: irsa, pod-identity or ec2."
  type        = string

  validation {
    condition     = contains(["irsa", "pod-identity", "ec2"], var.entry)
    error_message = "The entry is irsa, pod-identity or ec2."
  }
}

variable "oidc_provider_arn" {
  description = "irsa: the ARN of the cluster's OIDC provider in IAM."
  type        = string
  default     = ""
}

variable "cluster_name" {
  description = "pod-identity: the name of the EKS cluster, in this account and region."
  type        = string
  default     = ""
}

variable "namespace" {
  description = "irsa, pod-identity: the exporter's namespace."
  type        = string
  default     = "monitoring"
}

variable "service_account" {
  description = "irsa, pod-identity: the exporter's service account."
  type        = string
  default     = "aws-root-exporter"
}

variable "role_name" {
  description = "The name of the role."
  type        = string
  default     = "aws-root-exporter"
}

variable "member_role_name" {
  description = "The name of the role in the other accounts (accounts.role)."
  type        = string
  default     = "root-exporter"
}
