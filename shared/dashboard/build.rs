//! Has the files embedded anew when they were built anew. It builds none: that is `cargo xtask web`.

use std::path::Path;

fn main() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/web/dist");
    // A path that is not there would make cargo build this again each time. The first build of the pages touches the other one.
    let watched = if built.is_dir() { built } else { built.with_file_name("package.json") };
    println!("cargo::rerun-if-changed={}", watched.display());
}
