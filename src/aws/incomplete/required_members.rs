//! The members that an answer has to contain. Source: the services' models, which the AWS SDKs are made from; of the members
//! that they require, those that collectors read.
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{collections::BTreeMap, fmt};
use xmlparser::{ElementEnd, Token, Tokenizer};

/// By action. `[]` stands for each entry of a list.
const REQUIRED: &[(&str, &[&str])] = &[
    ("guardduty:GetDetector", &["status"]),
    (
        "guardduty:GetFindings",
        &[
            "findings",
            "findings[].accountId",
            "findings[].resource",
            "findings[].severity",
            "findings[].type",
            "findings[].updatedAt",
        ],
    ),
    ("guardduty:GetFindingsStatistics", &["findingStatistics"]),
    (
        "guardduty:GetMembers",
        &[
            "members",
            "members[].accountId",
            "members[].relationshipStatus",
        ],
    ),
    ("guardduty:ListDetectors", &["detectorIds"]),
    ("guardduty:ListFindings", &["findingIds"]),
    ("iam:GetAccountPasswordPolicy", &["PasswordPolicy"]),
    ("iam:GetLoginProfile", &["LoginProfile"]),
    ("iam:ListAccessKeys", &["AccessKeyMetadata"]),
    ("iam:ListAccountAliases", &["AccountAliases"]),
    (
        "iam:ListMFADevices",
        &["MFADevices", "MFADevices[].SerialNumber"],
    ),
    (
        "iam:ListSigningCertificates",
        &["Certificates", "Certificates[].Status"],
    ),
    (
        "iam:ListVirtualMFADevices",
        &["VirtualMFADevices", "VirtualMFADevices[].SerialNumber"],
    ),
    ("sts:AssumeRole", CREDENTIALS),
    ("sts:AssumeRoot", CREDENTIALS),
];

const CREDENTIALS: &[&str] = &[
    "Credentials",
    "Credentials.AccessKeyId",
    "Credentials.Expiration",
    "Credentials.SecretAccessKey",
    "Credentials.SessionToken",
];

/// As deep as the JSON parser goes.
const MAX_DEPTH: usize = 128;

/// A required member that the answer to that action does not contain.
pub(super) fn missing(action: &str, body: &[u8]) -> Option<&'static str> {
    let (_, required) = REQUIRED.iter().find(|(required, _)| *required == action)?;
    // What is neither is nothing, so that it lacks the first of them.
    let document = if body.starts_with(b"<") {
        of_xml(body).unwrap_or_default()
    } else {
        of_json(body, &required.join(".").replace("[]", "")).unwrap_or_default()
    };
    let mut members = required.iter().copied();
    members.find(|member| !document.contains(member))
}

/// Members of a document, without their values.
#[derive(Debug, Default)]
struct Node {
    members: BTreeMap<String, Node>,
    entries: Vec<Node>,
}

impl Node {
    /// Whether it has that member, and each entry of each list on the way to it.
    fn contains(&self, path: &str) -> bool {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let list = name.strip_suffix("[]");
        let Some(member) = self.members.get(list.unwrap_or(name)) else {
            return false;
        };
        let has_rest = |node: &Self| rest.is_empty() || node.contains(rest);
        if list.is_some() {
            member.entries.iter().all(has_rest)
        } else {
            has_rest(member)
        }
    }

    fn add(&mut self, name: &str, node: Self) {
        if name == "member" {
            self.entries.push(node);
        } else {
            self.members.insert(name.to_owned(), node);
        }
    }
}

/// The members whose names are among the wanted ones, which are separated by dots. One that is `null` is not there.
fn of_json(json: &[u8], wanted: &str) -> Option<Node> {
    let mut json = serde_json::Deserializer::from_slice(json);
    Wanted(wanted).deserialize(&mut json).ok().flatten()
}

/// Only of the wanted members something is kept: an answer may have hundreds of kilobytes.
#[derive(Clone, Copy)]
struct Wanted<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Option<Node>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Option<Node>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut node = Node::default();
        while let Some(name) = map.next_key::<String>()? {
            if !self.0.split('.').any(|wanted| wanted == name) {
                map.next_value::<IgnoredAny>()?;
            } else if let Some(member) = map.next_value_seed(self)? {
                node.members.insert(name, member);
            }
        }
        Ok(Some(node))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut node = Node::default();
        while let Some(entry) = list.next_element_seed(self)? {
            node.entries.push(entry.unwrap_or_default());
        }
        Ok(Some(node))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Some(Node::default()))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Some(Node::default()))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some(Node::default()))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(Node::default()))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Some(Node::default()))
    }
}

/// What is in the result of the query protocol, `<XResponse><XResult>...`. Entries of lists are called `member`.
fn of_xml(xml: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(xml).ok()?;
    // The elements that are open, the innermost last.
    let mut open: Vec<(&str, Node)> = vec![("", Node::default())];
    // Elements beyond the depth of any answer are left out: what is nested is also dropped one within the other.
    let mut deeper = 0_usize;
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::ElementStart { .. } if open.len() > MAX_DEPTH => deeper += 1,
            Token::ElementStart { local, .. } => open.push((local.as_str(), Node::default())),
            // A start tag ends too.
            Token::ElementEnd {
                end: ElementEnd::Open,
                ..
            } => {}
            Token::ElementEnd { .. } if deeper > 0 => deeper -= 1,
            Token::ElementEnd { .. } => {
                let (name, node) = open.pop()?;
                open.last_mut()?.1.add(name, node);
            }
            _ => {}
        }
    }
    let (_, document) = open.pop()?;
    let (_, response) = document.members.into_iter().next()?;
    let is_result = |(name, _): &(String, Node)| name.ends_with("Result");
    let (_, result) = response.members.into_iter().find(is_result)?;
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn a_member_that_is_not_there_or_null_is_missing() {
        let findings = |body: &str| missing("guardduty:ListFindings", body.as_bytes());
        assert_eq!(findings(r#"{"findingIds":[]}"#), None);
        for body in [
            "{}",
            "[]",
            "",
            "null",
            r#"{"findingIds":null}"#,
            r#"{"FindingIds":[]}"#,
            r#"{"status":"ok"}"#,
            "<html></html>",
        ] {
            assert_eq!(findings(body), Some("findingIds"), "{body}");
        }
        assert_eq!(missing("cloudtrail:LookupEvents", b"{}"), None);
    }

    #[test]
    fn each_entry_has_to_have_its_own() {
        let members = |body: &str| missing("guardduty:GetMembers", body.as_bytes());
        let whole = r#"{"accountId":"1","relationshipStatus":"Enabled"}"#;
        assert_eq!(members(r#"{"members":[]}"#), None);
        assert_eq!(members(&format!(r#"{{"members":[{whole}]}}"#)), None);
        assert_eq!(
            members(&format!(r#"{{"members":[{whole},{{"accountId":"1"}}]}}"#)),
            Some("members[].relationshipStatus")
        );
    }

    #[test]
    fn xml_too() {
        let devices = |result: &str| {
            let body = format!(
                "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><ListMFADevicesResult>{result}</ListMFADevicesResult><M><Id>1</Id></M></R>"
            );
            missing("iam:ListMFADevices", body.as_bytes())
        };
        let device = "<member><UserName>root</UserName><SerialNumber>1</SerialNumber></member>";
        assert_eq!(devices("<MFADevices/>"), None);
        assert_eq!(devices(&format!("<MFADevices>{device}</MFADevices>")), None);
        assert_eq!(devices(""), Some("MFADevices"));
        assert_eq!(
            devices(&format!(
                "<MFADevices>{device}<member><UserName>x</UserName></member></MFADevices>"
            )),
            Some("MFADevices[].SerialNumber")
        );
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(devices(&deep), Some("MFADevices"));
        assert_eq!(devices(&format!("{deep}<MFADevices/>")), None);
        assert_eq!(
            missing("iam:ListMFADevices", b"<R></R>"),
            Some("MFADevices")
        );
    }
}
