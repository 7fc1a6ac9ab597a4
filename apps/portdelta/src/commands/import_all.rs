//! `portdelta import --all`: an export into a data folder, or into a server.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use portdelta_app::App;
use portdelta_app::moving::{FrameReader, MoveSummary, verify};
use portdelta_core::causes::with_causes;
use portdelta_protocol::admin::Move;
use portdelta_server::DataFolder;

use crate::arguments::{ImportArguments, OutputFormat};
use crate::client::Client;
use crate::failure::{Failure, warn};
use crate::nmap::bar;
use crate::output::{Facts, print_line, time_text};
use crate::store;

/// Where an export goes.
enum Target {
    Folder(Box<App>, #[expect(dead_code, reason = "held for as long as the import goes on")] DataFolder),
    Server(Client),
}

/// Reads the file once to see that it is whole, and once more to take it in, from where an import before stopped.
pub async fn import_all(arguments: &ImportArguments) -> Result<u8, Failure> {
    let [path] = &arguments.files[..] else {
        return Err(
            Failure::new("one_export", "--all takes one file").hint("Import exports one after the other.")
        );
    };
    let bar = bar::frames();
    let summary =
        verify(opened(path)?, &|read| bar.set_position(u64::from(read))).map_err(|error| refused(&error))?;
    let target = Target::of(arguments)?;
    let known = target.progress(&summary.id).await?;
    if let Some(known) = known.as_ref().filter(|known| known.ended.is_some()) {
        bar.finish_and_clear();
        print(arguments, &summary, known, true)?;
        return Ok(0);
    }
    let from = known.map_or(0, |known| known.next);
    let mut reader = FrameReader::new(opened(path)?).map_err(|error| refused(&error))?;
    let mut last = None;
    bar.set_length(u64::from(summary.frames));
    while let Some((number, sealed)) = reader.next_sealed().map_err(|error| refused(&error))? {
        bar.set_position(u64::from(number) + 1);
        // The last one is sent again: with it the schedules begin.
        if number >= from.min(summary.frames - 1) {
            last = Some(target.take(&summary.id, number, sealed).await.inspect_err(|_| {
                bar.finish_and_clear();
                if number > 0 {
                    warn("the same command again goes on where this stopped");
                }
            })?);
        }
    }
    bar.finish_and_clear();
    let last = last.ok_or_else(|| Failure::new("move.cut_off", "the export ended before its last frame"))?;
    print(arguments, &summary, &last, false)?;
    Ok(0)
}

impl Target {
    fn of(arguments: &ImportArguments) -> Result<Self, Failure> {
        let view = &arguments.view;
        if view.data.is_none() && view.server.named().is_some() {
            return Client::of(&view.server).map(Self::Server);
        }
        let folder = store::named_folder(view.data.as_deref())?;
        let app = store::open(&folder)?;
        Ok(Self::Folder(Box::new(app), folder_alone(&folder)?))
    }

    async fn progress(&self, id: &str) -> Result<Option<Move>, Failure> {
        match self {
            Self::Folder(app, _) => Ok(app.move_progress(id).await?.map(Move::from)),
            Self::Server(client) => match client.get(&["moves", id]).answer().await {
                Ok(progress) => Ok(Some(progress)),
                Err(failure) if failure.code == "unknown" => Ok(None),
                Err(failure) => Err(failure),
            },
        }
    }

    async fn take(&self, id: &str, number: u32, sealed: Vec<u8>) -> Result<Move, Failure> {
        match self {
            Self::Folder(app, _) => Ok(app.take_frame(id, number, &sealed).await?.into()),
            Self::Server(client) => {
                client.put(&["moves", id, "frames", &number.to_string()]).bytes(sealed).answer().await
            }
        }
    }
}

fn opened(path: &Path) -> Result<BufReader<File>, Failure> {
    // It is read twice.
    let file = File::open(path).and_then(|file| {
        if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::Error::other("it is no file")) }
    });
    file.map(BufReader::new).map_err(|error| {
        Failure::new("unreadable", format!("could not open {}: {error}", path.display()))
            .hint("Give a file that `portdelta export --all` wrote; it can't come through a pipe.")
    })
}

fn refused(error: &portdelta_app::moving::MoveError) -> Failure {
    Failure::new(error.code(), format!("{}; nothing was imported", with_causes(error)))
        .hint(error.hint())
        .of_input()
}

/// Keeps a server from starting on the folder meanwhile; refuses where one runs.
pub fn folder_alone(folder: &Path) -> Result<DataFolder, Failure> {
    DataFolder::take(folder).map_err(|error| {
        let failure = Failure::new(error.code(), with_causes(&error));
        match error.hint() {
            Some(_) if error.code() == "serve.busy" => failure.hint("Stop the server first."),
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// `3 alerts, 2 networks`: the kinds are plural words.
pub fn counted(counts: &BTreeMap<String, u64>) -> String {
    let texts: Vec<_> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    texts.join(", ")
}

fn print(
    arguments: &ImportArguments,
    summary: &MoveSummary,
    progress: &Move,
    before: bool,
) -> Result<(), Failure> {
    let title = if before { "It was imported before: nothing was changed" } else { "Imported" };
    let sites: Vec<_> = summary.sites.iter().map(ToString::to_string).collect();
    let facts = Facts::about(title)
        .add("export", format!("{} of {}", summary.id, time_text(summary.made)))
        .add("sites", sites.join(", "))
        .add("items", counted(&summary.counts))
        .add("new here", progress.created);
    let facts = if progress.kept.is_empty() {
        facts
    } else {
        let more =
            if progress.kept_more > 0 { format!(" and {} more", progress.kept_more) } else { String::new() };
        facts.add("kept as here", format!("{}{more}", progress.kept.join(", ")))
    };
    facts.print(arguments.format.format, progress)?;
    if arguments.format.format == OutputFormat::Table && !before {
        print_line("Let the agents enrol anew: portdelta agents enrol --site SITE")?;
        if !summary.secrets {
            print_line(
                "Channels that need a secret are switched off until they get one: portdelta channels edit",
            )?;
        }
    }
    Ok(())
}
