//! Host lists as their files hold them, and as the rules ask them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Domains, HostList, NotAHost, is_host};

/// The texts of the files that name hosts, and names at hosts: those in config/lists and a site's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostTexts<'a> {
    /// URL shorteners.
    pub shorteners: &'a str,
    /// Short hosts that platforms run for their own pages.
    pub platform_short_hosts: &'a str,
    /// Pages of large sites that lead on to any other site.
    pub open_redirectors: &'a str,
    /// Suffixes under which only public bodies have hosts.
    pub official_suffixes: &'a str,
    /// Hosts of others that may be linked without a question.
    pub trusted_hosts: &'a str,
    /// Hosts that nobody is sent to; the site's own list, empty as shipped.
    pub listed_hosts: &'a str,
    /// Names that nobody is to call; the site's own list, empty as shipped.
    pub forbidden_mentions: &'a str,
}

/// A page of a large site that leads on to any other site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRedirector {
    /// The host, ASCII, lower case; it stands for the hosts below it as well.
    pub host: String,
    /// What the path begins with, in lower case.
    pub path: String,
    /// The query has one of these, with a value; none means any query.
    pub parameters: BTreeSet<String>,
}

impl std::fmt::Display for OpenRedirector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.host, self.path)?;
        let mut separator = '?';
        for parameter in &self.parameters {
            write!(f, "{separator}{parameter}=")?;
            separator = '&';
        }
        Ok(())
    }
}

impl OpenRedirector {
    /// Whether a path and its query, percent-decoded or not, lead on to another site.
    fn leads_on(&self, path: &str, query: &str) -> bool {
        let has_parameter = || {
            url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
                !value.is_empty() && self.parameters.contains(&name.to_ascii_lowercase())
            })
        };
        path.starts_with(&self.path) && (self.parameters.is_empty() || has_parameter())
    }
}

/// The first column of each line that is no comment.
pub(in crate::gate) fn hosts_of(text: &str) -> BTreeSet<String> {
    lines_of(text)
        .filter_map(|(_, line)| line.split_whitespace().next())
        .map(str::to_ascii_lowercase)
        .collect()
}

/// Host, path prefix and parameters of each line that is no comment.
pub(in crate::gate) fn redirectors_of(text: &str) -> Result<BTreeSet<OpenRedirector>, String> {
    lines_of(text)
        .map(|(number, line)| {
            let mut columns = line.split('\t').map(str::to_ascii_lowercase);
            match (columns.next(), columns.next(), columns.next(), columns.next()) {
                (Some(host), Some(path), Some(parameters), None) if path.starts_with('/') => {
                    Ok(OpenRedirector {
                        host,
                        path,
                        parameters: match parameters.as_str() {
                            "-" => BTreeSet::new(),
                            names => names.split('|').map(str::to_owned).collect(),
                        },
                    })
                }
                _ => Err(format!(
                    "line {number}: not host, path and parameters, with tabs between them"
                )),
            }
        })
        .collect()
}

fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// What a policy knows of hosts, ready to ask.
#[derive(Debug)]
pub(in crate::gate) struct Sites {
    /// What is found in any spelling.
    pub(in crate::gate) listed: HostList,
    /// Public bodies.
    pub(in crate::gate) official: Domains,
    /// Others that may be linked without a question.
    pub(in crate::gate) trusted: Domains,
    redirectors: BTreeMap<String, Vec<OpenRedirector>>,
}

impl Sites {
    pub(in crate::gate) fn compile(
        listed: HostList,
        official: &BTreeSet<String>,
        trusted: &BTreeSet<String>,
        redirectors: &BTreeSet<OpenRedirector>,
    ) -> Result<Self, NotAHost> {
        let hosts = redirectors.iter().map(|redirector| &redirector.host);
        if let Some(line) = official
            .iter()
            .chain(trusted)
            .chain(hosts)
            .find(|host| !is_host(host))
        {
            return Err(NotAHost(line.clone()));
        }
        let mut by_host: BTreeMap<String, Vec<OpenRedirector>> = BTreeMap::new();
        for redirector in redirectors {
            by_host
                .entry(redirector.host.clone())
                .or_default()
                .push(redirector.clone());
        }
        Ok(Self {
            listed,
            official: Domains::new(official),
            trusted: Domains::new(trusted),
            redirectors: by_host,
        })
    }

    /// Whether a page leads on to any other site: its host, and its path with the query.
    pub(in crate::gate) fn leads_on(&self, host: &str, path: &str) -> bool {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = decoded(if path.is_empty() { "/" } else { path }).to_ascii_lowercase();
        and_above(host)
            .filter_map(|host| self.redirectors.get(host))
            .flatten()
            .any(|redirector| redirector.leads_on(&path, query))
    }
}

/// A host and every domain above it.
pub(in crate::gate) fn and_above(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
}

/// A text without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let encoded = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = encoded.and_then(|digits| hex::decode(digits).ok()?.pop());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing::SHORTENERS;
    use rstest::rstest;

    const REDIRECTORS: &str = "# comment\n\
        google.com\t/url\tq|url\n\
        l.facebook.com\t/\t-\n\
        youtube.com\t/redirect\tQ\n";

    fn sites() -> Sites {
        let shorteners = SHORTENERS.iter().map(|host| (*host).to_owned()).collect();
        let listed = HostList::compile(&shorteners, &BTreeSet::new(), &BTreeSet::new()).expect("hosts");
        let redirectors = redirectors_of(REDIRECTORS).expect("redirectors");
        Sites::compile(
            listed,
            &hosts_of("lg.jp\tlocal\n"),
            &BTreeSet::new(),
            &redirectors,
        )
        .expect("sites")
    }

    #[rstest]
    #[case("www.google.com", "/url?q=https://example.com/", true)]
    #[case("google.com", "/URL?sa=t&URL=https%3A%2F%2Fexample.com", true)]
    #[case("google.com", "/%75rl?%71=x", true)]
    #[case("google.com", "/url?q=", false)]
    #[case("google.com", "/search?q=x", false)]
    #[case("notgoogle.com", "/url?q=x", false)]
    #[case("l.facebook.com", "", true)]
    #[case("l.facebook.com", "?u=x", true)]
    #[case("facebook.com", "/l.php?u=x", false)]
    #[case("youtube.com", "/redirect?q=x", true)]
    #[case("youtube.com", "/watch?v=x", false)]
    fn a_page_that_leads_on_is_known(#[case] host: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(sites().leads_on(host, path), expected);
    }

    #[rstest]
    #[case("google.com /url q")]
    #[case("google.com\turl\tq")]
    #[case("google.com\t/url")]
    #[case("google.com\t/url\tq\tmore")]
    fn a_line_that_says_nothing_is_refused_by_its_number(#[case] line: &str) {
        let error = redirectors_of(&format!("# one\n\n{line}")).expect_err("an error");
        assert!(error.starts_with("line 3:"), "{error}");
    }
}
