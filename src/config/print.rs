//! What is in force, written as a configuration file.
use super::{Config, Mode, Regions, Span};
use std::fmt;

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = &self.accounts;
        let mode = match accounts.mode {
            Mode::Own => "self",
            Mode::List => "list",
            Mode::Organization => "organization",
        };
        writeln!(f, "accounts:")?;
        writeln!(f, "  mode: {mode}")?;
        writeln!(f, "  ids: {}", list(&accounts.ids))?;
        writeln!(f, "  exclude: {}", list(&accounts.exclude))?;
        writeln!(f, "  role: {}", quoted(&accounts.role))?;
        writeln!(
            f,
            "  external_id: {}",
            if accounts.external_id.is_some() {
                "\"(set)\""
            } else {
                "null"
            }
        )?;
        writeln!(f, "  session_name: {}", quoted(&accounts.session_name))?;
        writeln!(f, "  assume_root: {}", accounts.assume_root)?;
        writeln!(f, "  refresh: {}", Span(accounts.refresh))?;
        match &self.regions {
            Regions::All => writeln!(f, "regions: all")?,
            Regions::These(regions) => writeln!(f, "regions: {}", list(regions))?,
        }
        writeln!(f, "collectors:")?;
        for line in self.collectors.lines() {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "limits:")?;
        writeln!(f, "  concurrency: {}", self.limits.concurrency)?;
        writeln!(f, "  stale_after: {}", self.limits.stale_after)?;
        writeln!(f, "checks:")?;
        writeln!(f, "  disabled: {}", list(&self.checks.disabled))?;
        writeln!(
            f,
            "  root_key_max_age: {}",
            Span(self.checks.root_key_max_age)
        )?;
        writeln!(
            f,
            "  login_quiet_period: {}",
            Span(self.checks.login_quiet_period)
        )?;
        writeln!(
            f,
            "  max_administrators: {}",
            self.checks.max_administrators
        )
    }
}

/// JSON's strings and lists are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back() {
        let text = "regions: [eu-west-1]\ncollectors: { iam: { enabled: false }, guardduty: { interval: 90s } }\n";
        let config = Config::parse(text, "test").unwrap();
        assert_eq!(
            Config::parse(&config.to_string(), "printed").unwrap(),
            config
        );
    }
}
