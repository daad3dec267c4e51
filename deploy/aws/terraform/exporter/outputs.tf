output "role_arn" {
  description = "irsa: value of the service account's annotation eks.amazonaws.com/role-arn. For an organization: exporter_role_arn of the other modules."
  value       = aws_iam_role.exporter.arn
}

output "instance_profile_name" {
  description = "ec2: instance profile of the exporter's instance."
  value       = one(aws_iam_instance_profile.exporter[*].name)
}
