//! The files of the repository, by their path from its root.
use std::{collections::BTreeMap, fs, path::PathBuf};

/// A derived file.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) content: String,
}

impl File {
    pub(crate) fn new(path: impl Into<String>, content: impl Into<String>) -> Self {
        let (path, content) = (path.into(), content.into());
        Self { path, content }
    }
}

pub(crate) struct Tree {
    root: PathBuf,
    /// Content that replaces the content on disk, by path.
    changed: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn repository() -> Self {
        Self {
            root: [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect(),
            changed: BTreeMap::new(),
        }
    }

    /// The repository with other content in one file.
    #[cfg(test)]
    pub(crate) fn with(path: &str, content: String) -> Self {
        Self {
            changed: [(path.to_owned(), content)].into(),
            ..Self::repository()
        }
    }

    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        match self.changed.get(path) {
            Some(content) => Ok(content.clone()),
            None => fs::read_to_string(self.root.join(path))
                .map_err(|error| format!("cannot read {path}: {error}")),
        }
    }

    pub(crate) fn write(&self, file: &File) -> Result<(), String> {
        fs::write(self.root.join(&file.path), &file.content)
            .map_err(|error| format!("cannot write {}: {error}", file.path))
    }

    /// The stems of the files of a folder that have this extension, sorted.
    pub(crate) fn stems(&self, folder: &str, extension: &str) -> Result<Vec<String>, String> {
        let unread = |error| format!("cannot read {folder}: {error}");
        let mut stems = Vec::new();
        for entry in fs::read_dir(self.root.join(folder)).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            if path.extension().is_some_and(|it| it == extension)
                && let Some(stem) = path.file_stem()
            {
                stems.push(stem.to_string_lossy().into_owned());
            }
        }
        stems.sort();
        Ok(stems)
    }

    /// A file with `content` between the first `begin` and the next `end`.
    pub(crate) fn replaced(
        &self,
        path: &str,
        begin: &str,
        content: &str,
        end: &str,
    ) -> Result<File, String> {
        let text = self.read(path)?;
        let content = replace_between(&text, begin, content, end);
        let content = content.ok_or_else(|| format!("{path} lacks {begin:?}, or {end:?} after it"));
        Ok(File::new(path, content?))
    }
}

/// The text with `content` between the first `begin` and the next `end`; `None` if one of them is missing.
pub(crate) fn replace_between(text: &str, begin: &str, content: &str, end: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some([before, begin, content, end, after].concat())
}

/// The text with this content in its generated block called `name`.
pub(crate) fn replace_block(
    path: &str,
    text: &str,
    name: &str,
    content: &str,
) -> Result<String, String> {
    let begin = format!("<!-- generated: {name} -->\n");
    replace_between(text, &begin, content, "<!-- /generated -->")
        .ok_or_else(|| format!("{path} lacks the block {name}"))
}
