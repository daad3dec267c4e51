//! The account, its organization, and IAM beside root.
use super::{Family, catalogue};
use crate::facts::organization::{AccountState, Membership};
use std::collections::BTreeMap;
use strum::VariantArray as _;

pub(super) const ACCOUNT: &[Family] = catalogue! {
    Account Gauge "aws_root_account_info" ["account_id", "account_name", "account_alias", "partition", "membership"]
        "Always 1; a monitored account, its name and alias, and whether it is the management account, a member or standalone."
        => |a, out| out.put(
            [
                &a.identity.id, a.name().unwrap_or_default(), a.identity.alias.as_deref().unwrap_or_default(),
                a.identity.partition.as_str(), a.membership().map_or("", Membership::as_str),
            ],
            true,
        );
    Account Gauge "aws_root_security_contact_configured" ["account_id"]
        "1 if the account has a SECURITY alternate contact."
        => |a, out| out.put([&a.identity.id], a.security_contact.clone());
};

pub(super) const FAMILIES: &[Family] = catalogue! {
    View Gauge "aws_root_organization_accounts" ["organization_id", "state"]
        "Accounts of the organization, by state."
        => |view, out| {
            let mut counts = BTreeMap::new();
            for account in &view.accounts {
                if let Ok(Some(organization)) = account.organization {
                    for state in AccountState::VARIANTS {
                        if let Ok(count) = account.accounts_in(*state) {
                            counts.insert((&organization.id, state.as_str()), count);
                        }
                    }
                }
            }
            for ((organization, state), count) in counts {
                out.put([organization, state], count);
            }
        };
    View Gauge "aws_root_organization_root_access_feature_enabled" ["organization_id", "feature"]
        "1 if the feature of central root access is enabled."
        => |view, out| {
            let mut features = BTreeMap::new();
            for account in &view.accounts {
                if let (Ok(Some(organization)), Ok(known)) = (&account.organization, &account.root_access_features) {
                    // GovCloud has none.
                    if account.has_root_console() {
                        features.insert((&organization.id, "root_credentials_management"), known.credentials_management);
                    }
                    features.insert((&organization.id, "root_sessions"), known.sessions);
                }
            }
            for ((organization, feature), enabled) in features {
                out.put([organization, feature], enabled);
            }
        };
    Account Gauge "aws_root_scp_denies_root" ["account_id"]
        "1 if a service control policy in force denies the root user everything; AssumeRoot sessions may be exempt."
        => |a, out| out.put([&a.identity.id], a.scp_denies_root());
    Account Gauge "aws_root_iam_users" ["account_id", "mfa"]
        "IAM users with a console password, by whether they have MFA."
        => |a, out| if let Ok(users) = a.console_users() {
            out.put([&a.identity.id, "true"], users.with_mfa);
            out.put([&a.identity.id, "false"], users.without_mfa);
        };
    Account Gauge "aws_root_iam_administrators" ["account_id", "type"]
        "Principals with the AdministratorAccess policy, by type."
        => |a, out| if let Ok(administrators) = a.administrators {
            out.put([&a.identity.id, "user"], administrators.users);
            out.put([&a.identity.id, "group"], administrators.groups);
            out.put([&a.identity.id, "role"], administrators.roles);
        };
    Account Gauge "aws_root_iam_password_policy_strong" ["account_id"]
        "1 if the account's password policy meets the CIS rules: 14 characters, no reuse of the last 24."
        => |a, out| out.put([&a.identity.id], a.password_policy.clone().map(|policy| policy.is_strong()));
};
