//! Whatever a file is cut to or mixed with, reading it gives whole hosts or a refusal.

use std::collections::BTreeMap;
use std::io::{self, Read};

use portdelta_core::observation::{Document, HostRecord};
use portdelta_formats::{ReadOptions, ResultLimits, collect};

use crate::{corpus, table};

fn documents(bytes: impl Read) -> Option<Vec<Document>> {
    collect(bytes, &ReadOptions::default(), &ResultLimits::default()).ok().map(|file| file.documents)
}

fn hosts(documents: &[Document]) -> Vec<&HostRecord> {
    documents.iter().flat_map(|document| &document.hosts).collect()
}

/// The small files of the corpus, with their formats.
fn small_files() -> Vec<(String, Vec<u8>)> {
    let (Some(folder), Some(rows)) = (corpus(), table("MANIFEST.tsv")) else { return Vec::new() };
    let mut by_format: BTreeMap<String, u32> = BTreeMap::new();
    let mut files = Vec::new();
    for row in rows {
        let bytes = std::fs::read(folder.join("files").join(&row["file"])).expect("the file is there");
        let seen = by_format.entry(row["format"].clone()).or_default();
        if bytes.len() < 6_000 && *seen < 6 {
            *seen += 1;
            files.push((row["file"].clone(), bytes));
        }
    }
    files
}

#[test]
fn a_cut_file_gives_no_host_that_the_whole_one_does_not_give() {
    for (name, bytes) in small_files() {
        let is_xml = bytes.windows(8).any(|window| window == b"<nmaprun");
        let Some(whole) = documents(&bytes[..]) else { continue };
        let whole = hosts(&whole);
        for end in 0..bytes.len() {
            let Some(part) = documents(&bytes[..end]) else { continue };
            // A line may be cut to a shorter list of ports; an element may not.
            if is_xml {
                assert!(hosts(&part).iter().all(|host| whole.contains(host)), "{name} cut at {end}");
            }
            assert!(hosts(&part).len() <= whole.len(), "{name} cut at {end}");
        }
    }
}

#[test]
fn how_the_bytes_come_does_not_matter() {
    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }
    for (name, bytes) in small_files() {
        assert_eq!(documents(&bytes[..]), documents(Slow(&bytes)), "{name}");
    }
}
