//! Hosts by their letters from last to first, as a text is searched backwards from where a host ends.

use std::collections::{BTreeMap, VecDeque};

/// A set of reversed hosts, each with a number. One step costs a look into one node.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

/// A place in a trie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize);

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// One bit for each letter that goes on from here.
    letters: u64,
    /// The node of the first of them; the others follow in the order of their letters.
    first: usize,
    /// The host that is complete here.
    entry: Option<u32>,
}

impl Trie {
    /// Of reversed hosts in lower-case ASCII.
    pub(super) fn new(entries: &BTreeMap<String, u32>) -> Self {
        let keys: Vec<(&[u8], u32)> = entries
            .iter()
            .map(|(key, entry)| (key.as_bytes(), *entry))
            .collect();
        let mut nodes = vec![Node::default()];
        let mut open = VecDeque::from([(0, keys.as_slice(), 0)]);
        while let Some((index, keys, depth)) = open.pop_front() {
            let (complete, longer) =
                keys.split_at(usize::from(keys.first().is_some_and(|key| key.0.len() == depth)));
            let mut node = Node {
                letters: 0,
                first: nodes.len(),
                entry: complete.first().map(|key| key.1),
            };
            for group in longer.chunk_by(|left, right| left.0[depth] == right.0[depth]) {
                let Some(letter) = letter(group[0].0[depth]) else {
                    continue;
                };
                node.letters |= 1 << letter;
                open.push_back((nodes.len(), group, depth + 1));
                nodes.push(Node::default());
            }
            nodes[index] = node;
        }
        Self { nodes }
    }

    /// How much memory it takes, in bytes.
    pub(super) const fn heap_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }

    /// Where every walk begins.
    pub(super) const fn root() -> Place {
        Place(0)
    }

    /// Goes on by one letter, as long as a host goes on that way.
    pub(super) fn step(&self, from: Place, c: char) -> Option<Place> {
        let bit = 1 << letter(u8::try_from(c).ok()?)?;
        let node = self.nodes.get(from.0)?;
        let before = (node.letters & (bit - 1)).count_ones();
        (node.letters & bit != 0).then(|| Place(node.first + before as usize))
    }

    /// The number of the host that is complete here.
    pub(super) fn entry(&self, at: Place) -> Option<u32> {
        self.nodes.get(at.0)?.entry
    }

    /// The longest entry that is a host or that the host lies below.
    pub(super) fn covering(&self, host: &str) -> Option<u32> {
        let mut place = Self::root();
        let mut longest = None;
        for (index, c) in host.char_indices().rev() {
            let Some(next) = self.step(place, c) else { break };
            place = next;
            if index == 0 || host.as_bytes().get(index - 1) == Some(&b'.') {
                longest = self.entry(place).or(longest);
            }
        }
        longest
    }
}

/// The number of a letter of a host, in the order of ASCII.
const fn letter(c: u8) -> Option<u32> {
    Some(match c {
        b'-' => 0,
        b'.' => 1,
        b'0'..=b'9' => 2 + (c - b'0') as u32,
        b'a'..=b'z' => 12 + (c - b'a') as u32,
        _ => return None,
    })
}

/// A set of domains; each covers the hosts below it.
#[derive(Debug)]
pub(in crate::gate) struct Domains(Trie);

impl Domains {
    /// Of domains in lower-case ASCII.
    pub(in crate::gate) fn new<'a>(domains: impl IntoIterator<Item = &'a String>) -> Self {
        let entries = domains
            .into_iter()
            .map(|domain| (domain.chars().rev().collect(), 0));
        Self(Trie::new(&entries.collect()))
    }

    /// How much memory they take, in bytes.
    pub(in crate::gate) const fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// Whether a host is one of them or lies below one.
    pub(in crate::gate) fn cover(&self, host: &str) -> bool {
        self.0.covering(host).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("lg.jp", true)]
    #[case("www.city.example.lg.jp", true)]
    #[case("xlg.jp", false)]
    #[case("lg.jp.example.org", false)]
    #[case("jp", false)]
    #[case("", false)]
    #[case("soumu.go.jp", true)]
    #[case("example.com", true)]
    #[case("a.example.com", true)]
    #[case("m", false)]
    fn a_domain_covers_the_hosts_below_it(#[case] host: &str, #[case] expected: bool) {
        let domains = ["lg.jp", "go.jp", "example.com"].map(str::to_owned);
        assert_eq!(Domains::new(&domains).cover(host), expected);
    }

    #[test]
    fn the_longest_entry_covers() {
        let reversed = |host: &str| host.chars().rev().collect::<String>();
        let entries = ["goo.gl", "app.goo.gl", "maps.app.goo.gl"].map(reversed);
        let trie = Trie::new(&entries.into_iter().zip(0..).collect());
        assert_eq!(trie.covering("x.maps.app.goo.gl"), Some(2));
        assert_eq!(trie.covering("y.app.goo.gl"), Some(1));
        assert_eq!(trie.covering("zapp.goo.gl"), Some(0));
        assert_eq!(trie.covering("oo.gl"), None);
    }
}
