//! No file, folder or module whose name only says that it holds code.

use std::fs;
use std::path::Path;

use anyhow::Context;

const EMPTY_WORDS: [&str; 6] = ["util", "utils", "helper", "helpers", "manager", "managers"];

/// What is not ours, or not written by hand.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", ".venv"];

/// The names that are wrong, a sentence each.
///
/// # Errors
/// If a folder or file cannot be read.
pub fn violations(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    visit(root, root, &mut found)?;
    found.sort();
    Ok(found)
}

fn visit(root: &Path, folder: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if SKIPPED.contains(&name.as_ref()) || path.is_symlink() {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if let Some(word) = empty_word(&stem) {
            found.push(format!("{shown}: `{word}` says nothing, name what is in it"));
        }
        if path.is_dir() {
            visit(root, &path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
            let modules = text.lines().filter_map(module_name);
            found.extend(modules.filter_map(|module| {
                empty_word(module).map(|word| format!("{shown}: module `{module}`: `{word}` says nothing"))
            }));
        }
    }
    Ok(())
}

/// The empty word in a name of several.
fn empty_word(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(['_', '-', '.']);
    words.find_map(|word| EMPTY_WORDS.into_iter().find(|empty| *empty == word))
}

/// The module that a line declares.
fn module_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)").trim_start());
    let name = line.strip_prefix("mod ")?.trim_start();
    Some(name.split([' ', '{', ';']).next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_words_are_found_alone_and_in_company() {
        assert_eq!(empty_word("utils"), Some("utils"));
        assert_eq!(empty_word("string_helpers"), Some("helpers"));
        assert_eq!(empty_word("Connection-Manager"), Some("manager"));
        assert_eq!(empty_word("management"), None);
        assert_eq!(empty_word("futile"), None);
    }

    #[test]
    fn modules_are_found_however_they_are_declared() {
        assert_eq!(module_name("mod utils;"), Some("utils"));
        assert_eq!(module_name("    pub(crate) mod helpers {"), Some("helpers"));
        assert_eq!(module_name("pub mod scan;"), Some("scan"));
        assert_eq!(module_name("// mod utils;"), None);
    }
}
