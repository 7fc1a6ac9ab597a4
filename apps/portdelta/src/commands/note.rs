//! `portdelta note`: what people remember of a host.

use portdelta_protocol::admin::{HostNote, HostNoteChange};

use super::sites::only_site;
use crate::arguments::NoteArguments;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Facts, tell, time_text};

/// Shows what was noted, or changes what is given.
pub async fn note(arguments: &NoteArguments) -> Result<u8, Failure> {
    let NoteArguments { address, site, remarks, remote } = arguments;
    let client = Client::of(&remote.server)?;
    let site = only_site(&client, site.as_ref()).await?;
    let address = address.to_string();
    let path = ["sites", site.as_str(), "hosts", &address, "note"];
    let (old, tag): (HostNote, _) = client.get(&path).tagged().await?;
    if remarks.is_empty() {
        facts(&address, &old).print(remote.format.format, &old)?;
        return Ok(0);
    }
    let (owner, notes, labels) = remarks.over((old.owner, old.notes, old.labels));
    let change = HostNoteChange { owner, notes, labels };
    let call = client.put(&path).if_match(tag);
    let note: HostNote = call.json(&change)?.answer().await?;
    tell(remote.format.format, &format!("Noted {address} at {site}."), &note)?;
    Ok(0)
}

fn facts(address: &str, note: &HostNote) -> Facts {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let Some(changed) = note.changed else {
        return Facts::about(format!("Nobody noted anything of {address}"));
    };
    Facts::about(address)
        .maybe("owner", given(&note.owner))
        .maybe("labels", given(&note.labels.join(", ")))
        .maybe("notes", given(&note.notes))
        .add("changed", time_text(changed.0))
}
