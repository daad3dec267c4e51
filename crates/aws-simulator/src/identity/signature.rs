//! AWS Signature Version 4: the signature is computed again from the request as received and compared.

use super::canonical::{RESERVED_IN_PATH, canonical_query, canonical_values};
use crate::clock::Timestamp;
use crate::http::HttpRequest;
use crate::limits::SIGNATURE_SKEW;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};
use time::PrimitiveDateTime;
use time::macros::format_description;

/// The parts of an `Authorization` header.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Authorization {
    pub(crate) access_key_id: String,
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
    signed_headers: Vec<String>,
    signature: String,
}

impl Authorization {
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let mut fields = header
            .strip_prefix("AWS4-HMAC-SHA256 ")?
            .split(',')
            .map(str::trim);
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let mut scope = field("Credential")?.split('/').map(str::to_owned);
        let signed_headers = field("SignedHeaders")?
            .split(';')
            .map(str::to_owned)
            .collect();
        let signature = field("Signature")?.to_owned();
        let parsed = Self {
            access_key_id: scope.next()?,
            date: scope.next()?,
            region: scope.next()?,
            service: scope.next()?,
            signed_headers,
            signature,
        };
        (scope.next()? == "aws4_request" && scope.next().is_none()).then_some(parsed)
    }

    /// Verifies the signature. The error is the message of AWS.
    pub(crate) fn verify(
        &self,
        request: &HttpRequest,
        secret: &str,
        now: Timestamp,
    ) -> Result<(), String> {
        let date = request
            .header("x-amz-date")
            .ok_or("Date must be present as X-Amz-Date")?;
        let form = format_description!("[year][month][day]T[hour][minute][second]Z");
        let signed_at = PrimitiveDateTime::parse(date, form)
            .map_err(|_| format!("Date must be in ISO-8601 'basic format'. Got '{date}'"))?;
        check_time(date, Timestamp(signed_at.assume_utc()), now)?;
        if !date.starts_with(&self.date) {
            return Err(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date"
                    .into(),
            );
        }
        let required = ["host", "x-amz-date", "x-amz-security-token", "x-amz-target"];
        for name in required {
            let sent = name == "host" || request.header(name).is_some();
            if sent && !self.signed_headers.iter().any(|signed| signed == name) {
                return Err(format!(
                    "'{name}' must be a 'SignedHeader' in the AWS Authorization."
                ));
            }
        }
        if !self.signed_headers.is_sorted() {
            return Err("SignedHeaders must be sorted".into());
        }
        let payload = hex::encode(Sha256::digest(&request.body));
        if request
            .header("x-amz-content-sha256")
            .is_some_and(|sent| sent != payload)
        {
            return Err(
                "The provided x-amz-content-sha256 header does not match what was computed.".into(),
            );
        }
        let scope = format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        );
        let canonical = hex::encode(Sha256::digest(self.canonical_request(request, &payload)));
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
        let key = [&self.date, &self.region, &self.service, "aws4_request"]
            .iter()
            .try_fold(format!("AWS4{secret}").into_bytes(), |key, part| {
                Some(mac(&key, part)?.to_vec())
            });
        let signature = key.and_then(|key| mac(&key, &to_sign)).map(hex::encode);
        if signature.as_deref() == Some(&self.signature) {
            return Ok(());
        }
        Err("The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
            .into())
    }

    fn canonical_request(&self, request: &HttpRequest, payload: &str) -> String {
        let line = |name: &String| format!("{name}:{}\n", canonical_values(request, name));
        let headers = self
            .signed_headers
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .concat();
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{payload}",
            request.method,
            utf8_percent_encode(&request.path, RESERVED_IN_PATH),
            canonical_query(&request.query),
            self.signed_headers.join(";"),
        )
    }
}

/// The error is the message of AWS, whose codes are those of any wrong signature.
fn check_time(date: &str, signed_at: Timestamp, now: Timestamp) -> Result<(), String> {
    let (earliest, latest) = (now - SIGNATURE_SKEW, now + SIGNATURE_SKEW);
    let (minutes, server) = (SIGNATURE_SKEW.whole_minutes(), now.basic());
    if signed_at < earliest {
        let earliest = earliest.basic();
        return Err(format!(
            "Signature expired: {date} is now earlier than {earliest} ({server} - {minutes} min.)"
        ));
    }
    if signed_at > latest {
        let latest = latest.basic();
        return Err(format!(
            "Signature not yet current: {date} is still later than {latest} ({server} + {minutes} min.)"
        ));
    }
    Ok(())
}

fn mac(key: &[u8], text: &str) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    /// The example in the AWS documentation of Signature Version 4: `ListUsers` of IAM.
    fn example() -> (Authorization, HttpRequest, Timestamp) {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
            SignedHeaders=content-type;host;x-amz-date, \
            Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        let headers = [
            ("host", "iam.amazonaws.com"),
            (
                "content-type",
                "application/x-www-form-urlencoded;  charset=utf-8 ",
            ),
            ("x-amz-date", "20150830T123600Z"),
        ];
        let request = HttpRequest {
            method: "GET".into(),
            path: "/".into(),
            query: "Version=2010-05-08&Action=ListUsers".into(),
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
            body: Vec::new(),
            reuses_connection: false,
        };
        let now = Timestamp::parse("2015-08-30T12:38:00Z", Timestamp::system_now()).unwrap();
        (Authorization::parse(header).unwrap(), request, now)
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn the_documented_example_is_valid() {
        let (authorization, request, now) = example();
        assert_eq!(authorization.verify(&request, SECRET, now), Ok(()));
    }

    #[test]
    fn any_change_invalidates_the_signature() {
        let (authorization, mut request, now) = example();
        assert!(authorization.verify(&request, "wrong", now).is_err());
        assert!(
            authorization
                .verify(&request, SECRET, now + Duration::minutes(6))
                .is_err()
        );
        assert!(
            authorization
                .verify(&request, SECRET, now - Duration::minutes(8))
                .is_err()
        );
        request.body = b"x".to_vec();
        assert!(authorization.verify(&request, SECRET, now).is_err());
    }

    #[test]
    fn malformed_headers_are_refused() {
        for header in [
            "",
            "Basic x",
            "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        ] {
            assert_eq!(Authorization::parse(header), None, "{header}");
        }
    }
}
