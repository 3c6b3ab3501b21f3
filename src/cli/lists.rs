//! A site's own lists: files in a folder that add to the shipped ones.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::{
    app::policy_document,
    gate::{PolicyDocument, origin::OwnLists},
};

/// A profile with the shipped lists and, if a folder is named, the site's own.
///
/// The folder may hold `shorteners.txt`, `platform-short-hosts.txt`, `listed-hosts.txt`, `trusted-hosts.txt`,
/// `official-suffixes.txt`, `open-redirectors.txt` and `forbidden-mentions.txt`, one entry a line, and `words/*.toml`: a category that
/// is shipped gets more words, any other is a category of the site.
///
/// # Errors
/// Names the file that is wrong; a folder in which nothing is a list is wrong too.
pub(super) fn document(profile: &str, folder: Option<&Path>) -> anyhow::Result<PolicyDocument> {
    let shipped = policy_document(profile)?;
    let Some(folder) = folder else { return Ok(shipped) };
    let own = read(folder)?;
    let extended = shipped.clone().with_site_lists(&own.hosts(), &own.words())?;
    anyhow::ensure!(
        extended != shipped,
        "{}: there is nothing in it that the shipped lists do not have",
        folder.display()
    );
    Ok(extended)
}

/// The texts of the lists in a folder.
///
/// # Errors
/// Names the file that cannot be read.
pub(super) fn read(folder: &Path) -> anyhow::Result<OwnLists> {
    let text = |name: &str| optional(&folder.join(name));
    Ok(OwnLists {
        shorteners: text("shorteners.txt")?,
        platform_short_hosts: text("platform-short-hosts.txt")?,
        listed_hosts: text("listed-hosts.txt")?,
        forbidden_mentions: text("forbidden-mentions.txt")?,
        trusted_hosts: text("trusted-hosts.txt")?,
        official_suffixes: text("official-suffixes.txt")?,
        open_redirectors: text("open-redirectors.txt")?,
        words: words(&folder.join("words"))?,
    })
}

/// The text of a file that need not be there.
fn optional(path: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.with_context(|| path.display().to_string()),
    }
}

/// Name and text of each word list, in the order of their names.
fn words(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut lists = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            lists.push((path.display().to_string(), text));
        }
    }
    lists.sort();
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::STANDARD_PROFILE, gate::Policy};

    #[test]
    fn a_sites_lists_add_to_the_shipped_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("shorteners.txt", "# ours\nkomatta.example\n");
        write("listed-hosts.txt", "warui.example\n");
        write("forbidden-mentions.txt", "# ours\n@Warui_Hito\n");
        fs::create_dir(folder.path().join("words")).expect("a folder");
        let list = |category: &str| {
            format!(
                "category = {category:?}\nclauses = [\"KUR-7.1\"]\nseverity = \"confirm\"\nja = [\"町の恥\"]\n\
                 [title]\nja = \"町\"\nen = \"Town\"\n[help]\nja = \"言い換えてください。\"\nen = \"Say it otherwise.\"\n"
            )
        };
        write("words/insult.toml", &list("insult"));
        write("words/town.toml", &list("town"));
        let shipped = document(STANDARD_PROFILE, None).expect("a document");
        let own = document(STANDARD_PROFILE, Some(folder.path())).expect("a document");
        assert_eq!(own.shorteners.len(), shipped.shorteners.len() + 1);
        assert!(own.listed_hosts.contains("warui.example"));
        assert!(own.forbidden_mentions.contains("warui_hito"));
        assert_eq!(own.words.len(), shipped.words.len() + 1);
        let insults = own.words.iter().find(|list| list.category == "insult");
        assert!(insults.is_some_and(|list| list.ja.iter().any(|word| word == "町の恥")));
        assert_ne!(own.digest(), shipped.digest());
        Policy::compile(own).expect("a policy");
    }

    #[test]
    fn a_site_makes_no_shipped_word_harmless() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("words")).expect("a folder");
        let list = "category = \"insult\"\nclauses = [\"KUR-7.1\"]\nseverity = \"notice\"\nexcept = [\"馬鹿野郎\"]\n\
             [title]\nja = \"町\"\nen = \"Town\"\n[help]\nja = \"なし。\"\nen = \"None.\"\n";
        fs::write(folder.path().join("words/insult.toml"), list).expect("a file");
        let refused = document(STANDARD_PROFILE, Some(folder.path())).expect_err("it would loosen");
        assert!(refused.to_string().contains("takes words only"), "{refused}");
    }

    #[test]
    fn an_empty_folder_or_a_wrong_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let nothing = document(STANDARD_PROFILE, Some(folder.path())).expect_err("nothing there");
        assert!(nothing.to_string().contains("nothing in it"), "{nothing}");
        fs::create_dir(folder.path().join("words")).expect("a folder");
        fs::write(folder.path().join("words/a.toml"), "category = 1").expect("a file");
        let wrong = document(STANDARD_PROFILE, Some(folder.path())).expect_err("not a list");
        assert!(format!("{wrong:#}").contains("a.toml"), "{wrong:#}");
    }
}
