//! Which request goes through which proxy: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters first,
//! as the AWS CLI and curl read them. What gives credentials to a host or container is never asked through one.
use super::no_proxy::NoProxy;
use crate::environment::{CONTAINER_ENDPOINT, METADATA_ENDPOINT, has_wrong_port};
use aws_smithy_http_client::proxy::ProxyConfig;
use http::Uri;
use std::{fmt, net::IpAddr, sync::Arc};

/// IMDS, ECS's and EKS Pod Identity's agents. Sources: EC2, ECS and EKS user guides.
const METADATA_HOSTS: [&str; 5] = [
    "169.254.169.254",
    "fd00:ec2::254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::23",
];

/// The proxies that are configured.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    pub(super) http: Option<Proxy>,
    pub(super) https: Option<Proxy>,
    direct: NoProxy,
    /// Hosts that are reached directly whatever `NO_PROXY` says.
    local: NoProxy,
}

/// A proxy, and the variable that names it.
#[derive(Clone)]
pub(super) struct Proxy {
    variable: &'static str,
    /// Host and port.
    address: Arc<str>,
    config: ProxyConfig,
}

impl Proxies {
    /// # Errors
    /// Which variable is no URL of a proxy. The value may hold a password and is not repeated.
    pub(super) fn new(
        get: impl Fn(&str) -> Option<String>,
        metadata_of_profile: Option<String>,
    ) -> Result<Self, String> {
        let first = |names: [&'static str; 2]| {
            let found = names.into_iter().find_map(|name| Some((name, get(name)?)));
            found
                .map(|(name, url)| Proxy::parse(name, &url))
                .transpose()
        };
        let all = first(["all_proxy", "ALL_PROXY"])?;
        let host_of = |url: String| Some(url.parse::<Uri>().ok()?.host()?.to_owned());
        let metadata = [METADATA_ENDPOINT, CONTAINER_ENDPOINT].map(&get);
        let metadata = metadata.into_iter().flatten().chain(metadata_of_profile);
        let local: Vec<String> = METADATA_HOSTS
            .map(str::to_owned)
            .into_iter()
            .chain(metadata.filter_map(host_of))
            .collect();
        let direct = get("no_proxy")
            .or_else(|| get("NO_PROXY"))
            .unwrap_or_default();
        Ok(Self {
            http: first(["http_proxy", "HTTP_PROXY"])?.or_else(|| all.clone()),
            https: first(["https_proxy", "HTTPS_PROXY"])?.or(all),
            direct: NoProxy::parse(&direct),
            local: NoProxy::parse(&local.join(",")),
        })
    }

    /// The proxy through which a request is sent; `None` if it is sent directly.
    pub(super) fn of(&self, uri: &Uri) -> Option<&Proxy> {
        let https = uri.scheme_str() == Some("https");
        let proxy = if https { &self.https } else { &self.http }.as_ref()?;
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = port(uri);
        let direct = is_loopback(host)
            || self.local.contains(host, port)
            || self.direct.contains(host, port);
        (!direct).then_some(proxy)
    }
}

fn port(uri: &Uri) -> u16 {
    let by_scheme = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    uri.port_u16().unwrap_or(by_scheme)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|host: IpAddr| host.is_loopback())
}

impl Proxy {
    fn parse(variable: &'static str, url: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "the environment variable {variable} cannot be used: {what}; expected the URL of an HTTP proxy, such as http://proxy.example:3128 or http://USER:PASSWORD@proxy.example:3128 (special characters of the password as %XX)"
            )
        };
        // What stands in a password unescaped would end the host's name.
        if url.contains(['#', '?']) || url.matches('@').count() > 1 {
            return Err(wrong(
                "it has a special character that is not written as %XX",
            ));
        }
        let full = if url.contains("://") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let uri: Uri = full.parse().map_err(|_| wrong("it is not a URL"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        if !["http", "https"].contains(&scheme) {
            return Err(wrong("only http:// and https:// proxies are supported"));
        }
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| wrong("it names no host"))?;
        if !["", "/"].contains(&uri.path()) {
            return Err(wrong(
                "it has a path, or a special character that is not written as %XX",
            ));
        }
        if has_wrong_port(&uri) {
            return Err(wrong("its port is no number from 1 to 65535"));
        }
        let port = port(&uri);
        let address = format!("{host}:{port}").into();
        let config =
            ProxyConfig::all(full.as_str()).map_err(|_| wrong("it is not the URL of a proxy"))?;
        Ok(Self {
            variable,
            address,
            config,
        })
    }

    pub(super) fn config(&self) -> ProxyConfig {
        self.config.clone()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.variable)
    }
}

impl fmt::Debug for Proxy {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, String> {
        let get = |name: &str| {
            let found = variables.iter().find(|(it, _)| *it == name)?;
            Some(found.1.to_owned())
        };
        Proxies::new(get, Some("http://10.255.0.9/".to_owned()))
    }

    fn of(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.of(&url.parse().unwrap()).map(ToString::to_string)
    }

    #[test]
    fn by_scheme_and_small_letters_first() {
        let both = proxies(&[
            ("HTTPS_PROXY", "http://large:1"),
            ("https_proxy", "small:2"),
            ("ALL_PROXY", "http://all:3"),
        ]);
        let both = both.unwrap();
        assert_eq!(
            of(&both, "https://iam.amazonaws.com/").unwrap(),
            "small:2 (https_proxy)"
        );
        assert_eq!(
            of(&both, "http://iam.amazonaws.com/").unwrap(),
            "all:3 (ALL_PROXY)"
        );
        assert_eq!(of(&Proxies::default(), "https://iam.amazonaws.com/"), None);
    }

    #[test]
    fn what_is_local_is_reached_directly() {
        let all = proxies(&[
            ("ALL_PROXY", "http://all"),
            ("NO_PROXY", "internal.example"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00::9]/"),
        ]);
        let all = all.unwrap();
        for url in [
            "http://169.254.169.254/latest/api/token",
            "http://[fd00:ec2::254]/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
            "http://[fd00::9]/latest",
            "http://10.255.0.9/latest/api/token",
            "http://localhost:4816/",
            "https://127.0.0.2/",
            "http://[::1]:4816/",
            "https://aws.internal.example:8443/",
        ] {
            assert_eq!(of(&all, url), None, "{url}");
        }
        assert!(of(&all, "https://169.254.170.9/").is_some());
    }

    #[test]
    fn no_password_is_shown() {
        let shown = proxies(&[("HTTPS_PROXY", "http://me:p%40ss@proxy.example:3128")]).unwrap();
        let proxy = shown.https.unwrap();
        assert_eq!(
            format!("{proxy:?}"),
            "Proxy(proxy.example:3128 (HTTPS_PROXY))"
        );
        for wrong in [
            "socks5://me:secret@proxy",
            "http://",
            "http://me:se cret@proxy",
            "http://me:2024#secret@proxy",
            "http://me:2024?secret@proxy",
            "http://me:2024/secret@proxy",
            "http://me:p@secret@proxy",
            "me:secret",
            "proxy:99999",
            "http://proxy:",
        ] {
            let error = proxies(&[("HTTPS_PROXY", wrong)]).unwrap_err();
            assert!(
                error.contains("HTTPS_PROXY") && !error.contains("cret"),
                "{error}"
            );
        }
    }
}
