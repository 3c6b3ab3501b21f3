//! Who may import whom: read from the sources, so that an import against the direction cannot land.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each module with what it may import. ARCHITECTURE.md says why.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("sandbox", &[]),
    ("gate", &["domain"]),
    ("ledger", &["domain"]),
    ("vault", &["domain"]),
    ("i18n", &["domain"]),
    ("media", &["domain"]),
    ("depot", &["domain"]),
    ("net", &["domain", "vault"]),
    ("store", &["domain", "ledger", "fault", "clock"]),
    ("door", &["domain", "gate", "store"]),
    ("probe", &["domain", "net"]),
    ("platform", &["domain", "net", "door", "vault", "clock"]),
    (
        "service",
        &[
            "domain", "gate", "probe", "store", "ledger", "vault", "fault", "clock", "media", "depot",
        ],
    ),
    (
        "dispatch",
        &[
            "domain", "gate", "store", "vault", "door", "platform", "service", "fault", "clock", "depot",
        ],
    ),
    ("sim", &["domain", "store", "dispatch"]),
    ("bin", &[]),
    ("web", &["service", "domain", "gate", "i18n", "clock", "ledger"]),
    ("telemetry", &["config"]),
    (
        "config",
        &[
            "dispatch", "domain", "platform", "vault", "net", "probe", "service", "web",
        ],
    ),
    ("lifecycle", &[]),
    (
        "app",
        &[
            "clock", "config", "dispatch", "domain", "gate", "net", "platform", "probe", "service", "store",
            "vault",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "clock",
            "config",
            "depot",
            "dispatch",
            "domain",
            "fault",
            "gate",
            "i18n",
            "ledger",
            "lifecycle",
            "net",
            "probe",
            "sandbox",
            "service",
            "store",
            "telemetry",
            "vault",
            "web",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The top-level modules that a source names as `crate::module`, wherever it does.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(inner) = rest.strip_prefix('{') {
            found.extend(group(inner));
        } else {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.insert(name);
        }
    }
    found
}

/// The first names inside `use crate::{…}`.
fn group(inner: &str) -> Vec<String> {
    let (mut depth, mut names, mut name) = (0, Vec::new(), String::new());
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut name)),
            _ if depth == 0 => name.push(c),
            _ => {}
        }
    }
    names.push(name);
    names
        .into_iter()
        .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_import_only_in_the_right_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ALLOWED
        .iter()
        .map(|(module, may)| (*module, may.iter().copied().collect()))
        .collect();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&root).expect("inside src");
        let module = relative
            .iter()
            .next()
            .and_then(|part| part.to_str())
            .expect("a name");
        let module = module.trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let is_test = relative
            .iter()
            .any(|part| part == "tests" || part == "tests.rs" || part == "testing.rs");
        let text = fs::read_to_string(&file).expect("a source");
        // What stands behind #[cfg(test)] at the end of a file may use more.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let may = allowed
            .get(module)
            .unwrap_or_else(|| panic!("{module} is not in the table of layers"));
        for import in imports(text) {
            // Macros of ours stand at the crate's root.
            if import == module || import == "vocabulary" || is_test {
                continue;
            }
            if !may.contains(import.as_str()) {
                wrong.push(format!("{} imports crate::{import}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_gate_makes_permits_and_only_the_store_makes_witnesses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let made_in = |needle: &str| -> Vec<String> {
        files
            .iter()
            .filter(|file| fs::read_to_string(file).expect("a source").contains(needle))
            .map(|file| {
                file.strip_prefix(&root)
                    .expect("inside src")
                    .display()
                    .to_string()
            })
            .collect()
    };
    assert_eq!(made_in("Ok(Permit {"), ["gate/permit.rs"]);
    assert_eq!(made_in("Intent { attempt }"), ["store/attempts.rs"]);
    assert_eq!(made_in("Committed { value }"), ["store/mod.rs"]);
}
