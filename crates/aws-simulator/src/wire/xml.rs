//! XML for the results of the query protocol.

use serde_json::Value;

/// Objects become elements and lists become members; the entries of a map stand side by side.
pub(crate) fn write_xml(xml: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::Null => {}
                    Value::Array(entries) if key == "entry" => {
                        for entry in entries {
                            write_element(xml, key, entry);
                        }
                    }
                    _ => write_element(xml, key, member),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| write_element(xml, "member", item)),
        Value::String(text) => {
            for character in text.chars() {
                match character {
                    '&' => xml.push_str("&amp;"),
                    '<' => xml.push_str("&lt;"),
                    '>' => xml.push_str("&gt;"),
                    '"' => xml.push_str("&quot;"),
                    other => xml.push(other),
                }
            }
        }
        Value::Null => {}
        other => xml.push_str(&other.to_string()),
    }
}

fn write_element(xml: &mut String, name: &str, value: &Value) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write_xml(xml, value);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}
