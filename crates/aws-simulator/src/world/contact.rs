//! Alternate contacts of an account.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ContactType {
    Billing,
    Operations,
    Security,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) email_address: String,
    pub(crate) phone_number: String,
}
