//! `NO_PROXY`: hosts that are reached directly, as curl and the AWS CLI read it, with networks and ports as Go does.
use ipnet::IpNet;
use std::net::IpAddr;

/// What is reached without a proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    host: Host,
    /// `None`: any port.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    Network(IpNet),
    /// This name and all below it; `*.` and `.` before it are not kept.
    Domain(String),
}

impl NoProxy {
    /// A list separated by commas or spaces.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split([',', ' ', '\t']);
        Self(entries.filter_map(Rule::parse).collect())
    }

    /// Whether a host (a name, or an address without brackets) is reached directly at that port.
    pub(super) fn contains(&self, host: &str, port: u16) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        self.0.iter().any(|rule| {
            let same_host = match (&rule.host, address) {
                (Host::Any, _) => true,
                (Host::Network(network), Some(address)) => network.contains(&address),
                (Host::Domain(domain), None) => is_within(&name, domain),
                _ => false,
            };
            same_host && rule.port.is_none_or(|only| only == port)
        })
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        let (host, port) = split_port(entry);
        let host = match host.trim_matches(['[', ']']) {
            "" => return None,
            "*" => Host::Any,
            text => match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
                (Ok(network), _) => Host::Network(network),
                (_, Ok(address)) => Host::Network(address.into()),
                _ => {
                    let domain = text.trim_start_matches('*').trim_matches('.');
                    Host::Domain(domain.to_ascii_lowercase())
                }
            },
        };
        Some(Self { host, port })
    }
}

/// `host:port`; an IPv6 address with a port stands in brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::NoProxy;

    #[test]
    fn forms_of_entries() {
        for (list, host, port, wanted) in [
            ("", "sts.amazonaws.com", 443, false),
            ("*", "sts.amazonaws.com", 443, true),
            ("amazonaws.com", "sts.amazonaws.com", 443, true),
            ("amazonaws.com", "amazonaws.com", 443, true),
            (".amazonaws.com", "STS.eu-west-1.amazonaws.com", 443, true),
            ("*.amazonaws.com", "sts.amazonaws.com.", 443, true),
            ("amazonaws.com", "notamazonaws.com", 443, false),
            (
                "a.example, .vpce.amazonaws.com",
                "x.vpce.amazonaws.com",
                443,
                true,
            ),
            (
                "a.example .vpce.amazonaws.com",
                "x.vpce.amazonaws.com",
                443,
                true,
            ),
            ("amazonaws.com:443", "sts.amazonaws.com", 443, true),
            ("amazonaws.com:8443", "sts.amazonaws.com", 443, false),
            ("10.0.0.0/8", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("10.1.2.3", "10.1.2.3", 80, true),
            ("10.1.2.3:443", "10.1.2.3", 80, false),
            ("fd00::/8", "fd12::1", 443, true),
            ("[fd12::1]:443", "fd12::1", 443, true),
            ("[fd12::1]:443", "fd12::1", 80, false),
            ("fd12::1", "fd12::1", 80, true),
            (",, ,", "10.1.2.3", 80, false),
        ] {
            let found = NoProxy::parse(list).contains(host, port);
            assert_eq!(found, wanted, "{list:?} {host}:{port}");
        }
    }
}
