//! The folder that remembers: `state.sqlite` and `blobs/`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portdelta_app::App;
use portdelta_app::ports::TableError;
use portdelta_core::causes::with_causes;
use portdelta_embedded::{Database, DatabaseOptions, FolderBlobs, SqliteTable};
use portdelta_system::{SystemClock, SystemIds};

use crate::arguments::StoreArguments;
use crate::failure::Failure;

/// The state file of a data folder.
pub const STATE_FILE: &str = "state.sqlite";

/// The data folder that is named, or the user's.
pub fn folder(arguments: &StoreArguments) -> Result<PathBuf, Failure> {
    named_folder(arguments.data.as_deref())
}

/// The folder that is named, that of the environment, or the user's.
pub fn named_folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(folder) = named {
        return Ok(folder.to_owned());
    }
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = of("PORTDELTA_DATA") {
        return Ok(folder);
    }
    of("XDG_DATA_HOME")
        .or_else(|| of("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("portdelta"))
        .ok_or_else(|| {
            Failure::new("no_data_folder", "there is no home folder to remember in").hint("Give --data DIR.")
        })
}

/// The application on a data folder; makes it where it is missing.
pub fn open(folder: &Path) -> Result<App, Failure> {
    open_state(folder, STATE_FILE)
}

/// The application on a data folder that must be there: for commands that only read.
pub fn open_existing(folder: &Path) -> Result<App, Failure> {
    refuse_empty(folder)?;
    open(folder)
}

/// Refuses a data folder in which nothing is remembered.
pub fn refuse_empty(folder: &Path) -> Result<(), Failure> {
    if folder.join(STATE_FILE).is_file() {
        return Ok(());
    }
    let message = format!("nothing is remembered in {}", folder.display());
    Err(Failure::new("nothing_remembered", message)
        .hint("Begin with `portdelta scan TARGET` or `portdelta import FILE`, or give --data DIR."))
}

/// The application on a state file of a data folder.
fn open_state(folder: &Path, state: &str) -> Result<App, Failure> {
    refuse_files(folder)?;
    let database = Database::open(&folder.join(state), &DatabaseOptions::default())
        .map_err(|error| of_table(folder, &error))?;
    app_on(folder, Arc::new(database))
}

/// Refuses a data folder that is none.
pub fn refuse_files(folder: &Path) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::new("no_folder", format!("{} is not a folder", folder.display()))
            .hint("Give the folder to remember in: --data DIR."));
    }
    Ok(())
}

/// The application on an open state file of a data folder.
pub fn app_on(folder: &Path, database: Arc<Database>) -> Result<App, Failure> {
    let clock = Arc::new(SystemClock);
    let blobs = FolderBlobs::open(&folder.join("blobs"))
        .map_err(|error| Failure::new(error.code(), about(folder, &error)).hint(error.hint()))?;
    let table = SqliteTable::new(database, clock.clone());
    let app = App::new(Arc::new(table), Arc::new(blobs), clock, Arc::new(SystemIds));
    // What it finds is printed; a server that is started later does not tell of it again.
    Ok(app.silent())
}

/// A store that does not open.
pub fn of_table(folder: &Path, error: &TableError) -> Failure {
    let failure = Failure::new(error.code(), about(folder, error));
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Which folder it is about: it may come from the environment.
fn about(folder: &Path, error: &(dyn std::error::Error + 'static)) -> String {
    format!("{}: {}", folder.display(), with_causes(error))
}
