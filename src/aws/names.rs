//! Ids and regions in AWS's answers: one that is missing or not of its documented form makes the answer malformed. Ids become
//! label values, ARNs and file names, and regions host names.
use super::Call;
use root_model::{
    failure::Failure,
    names::{is_account_id, is_arn, is_organization_id, is_region},
};
use std::sync::Arc;

impl Call {
    /// The id of an account.
    ///
    /// # Errors
    /// If it is missing or not twelve digits.
    pub fn account_id(&self, id: Option<String>) -> Result<Arc<str>, Failure> {
        self.checked(id, is_account_id, "an account ID of 12 digits")
    }

    /// The name of a region.
    ///
    /// # Errors
    /// If it is missing or does not have the form of one.
    pub fn region(&self, name: Option<String>) -> Result<Arc<str>, Failure> {
        self.checked(name, is_region, "a region such as eu-west-1")
    }

    /// The id of an organization.
    ///
    /// # Errors
    /// If it is missing or does not have the form of one.
    pub fn organization_id(&self, id: Option<String>) -> Result<Arc<str>, Failure> {
        self.checked(id, is_organization_id, "an organization ID")
    }

    /// An ARN.
    ///
    /// # Errors
    /// If it is missing or cannot be one.
    pub fn arn(&self, arn: Option<String>) -> Result<Arc<str>, Failure> {
        self.checked(arn, is_arn, "an ARN")
    }

    fn checked(
        &self,
        text: Option<String>,
        valid: fn(&str) -> bool,
        expected: &str,
    ) -> Result<Arc<str>, Failure> {
        let text = text.filter(|text| valid(text));
        // What AWS sent instead is not repeated.
        let missing = || self.malformed(format_args!("expected {expected}"));
        text.map(Into::into).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn what_is_refused_is_not_repeated() {
        const CALL: Call = Call::new("organizations:ListAccounts");
        let id = |id: &str| CALL.account_id(Some(id.to_owned()));
        assert_eq!(id("111122223333").as_deref(), Ok("111122223333"));
        let refused = id("1111\u{202E}").unwrap_err();
        assert_eq!(
            refused.message,
            "the answer is not as AWS documents it: expected an account ID of 12 digits"
        );
        assert_eq!(CALL.account_id(None).unwrap_err(), refused);
        assert!(
            CALL.region(Some("us-east-1.example.com".to_owned()))
                .is_err()
        );
    }
}
