//! `portdelta users`: who can sign in.

use std::io::Read;
use std::path::Path;

use portdelta_core::escape::escape;
use portdelta_protocol::admin::{CreatedUser, Invited, NewUser, User, UserChange};
use serde::Serialize;
use serde_json::json;

use crate::arguments::{OneUser, OutputFormat, RemoteArguments, UsersCommand};
use crate::client::{Client, Pages, find};
use crate::failure::Failure;
use crate::output::{Listing, minute_text, print_line, print_wrapped, tell};

/// No password is longer.
const MOST_PASSWORD_BYTES: u64 = 4_096;

/// Does what is asked with users.
pub async fn users(command: &UsersCommand) -> Result<u8, Failure> {
    match command {
        UsersCommand::List(remote) => list(remote).await?,
        UsersCommand::Add { name, role, password_file, remote } => {
            let client = Client::of(&remote.server)?;
            let password = password_file.as_deref().map(password).transpose()?;
            let new = NewUser { name: name.clone(), role: *role, password };
            let made: CreatedUser = client.post(&["users"]).json(&new)?.answer().await?;
            let sentence = format!("Made the {} {}.", made.user.role, made.user.name);
            match &made.invitation {
                Some(invitation) => link(&client, remote, &sentence, invitation, &made)?,
                None => tell(remote.format.format, &sentence, &made)?,
            }
        }
        UsersCommand::Invite(OneUser { user, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: User = find(&client, user).await?;
            let invited: Invited = client.post(&["users", &found.id, "invitation"]).answer().await?;
            let sentence = format!("{} can set a new password.", found.name);
            link(&client, remote, &sentence, &invited.invitation, &invited)?;
        }
        UsersCommand::Role { user, role, remote } => {
            change(
                user,
                remote,
                |user| UserChange { role: *role, ..user },
                |user| format!("{} is {} now.", user.name, with_article(user.role.name())),
            )
            .await?;
        }
        UsersCommand::Disable(OneUser { user, remote }) => {
            change(
                user,
                remote,
                |user| UserChange { disabled: true, ..user },
                |user| format!("{} is signed out and can't sign in any more.", user.name),
            )
            .await?;
        }
        UsersCommand::Enable(OneUser { user, remote }) => {
            change(
                user,
                remote,
                |user| UserChange { disabled: false, ..user },
                |user| format!("{} can sign in.", user.name),
            )
            .await?;
        }
        UsersCommand::Remove(OneUser { user, remote }) => {
            let client = Client::of(&remote.server)?;
            let found: User = find(&client, user).await?;
            client.delete(&["users", &found.id]).done().await?;
            tell(
                remote.format.format,
                &format!("Removed the user {}.", found.name),
                &json!({"removed": found.id}),
            )?;
        }
    }
    Ok(0)
}

async fn list(remote: &RemoteArguments) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let users: Vec<User> = Pages::of(client.get(&["users"])).all().await?;
    let empty = "Nobody can sign in. Make a user: portdelta users add NAME --role admin";
    let mut listing = Listing::new(&["name", "role", "status", "last_sign_in"], empty);
    for user in &users {
        let status = match user {
            User { disabled: true, .. } => "disabled",
            User { single_sign_on: true, .. } => "single sign-on",
            User { has_password: true, .. } => "password",
            _ => "invited",
        };
        let seen = user.last_sign_in.map_or_else(|| "never".to_owned(), |time| minute_text(time.0));
        let cells = vec![user.name.clone(), user.role.name().to_owned(), status.to_owned(), seen];
        listing.row(cells, json!(user));
    }
    listing.print(remote.format.format)
}

/// Changes a user as they are now, and no other version of them.
async fn change(
    user: &str,
    remote: &RemoteArguments,
    wanted: impl FnOnce(UserChange) -> UserChange,
    sentence: impl FnOnce(&User) -> String,
) -> Result<(), Failure> {
    let client = Client::of(&remote.server)?;
    let found: User = find(&client, user).await?;
    let (old, tag) = client.get(&["users", &found.id]).tagged::<User>().await?;
    let change = wanted(UserChange { name: old.name, role: old.role, disabled: old.disabled });
    let call = client.put(&["users", &found.id]).if_match(tag);
    let user: User = call.json(&change)?.answer().await?;
    tell(remote.format.format, &sentence(&user), &user)
}

/// Prints the link by which somebody sets a password; it is never shown again.
fn link(
    client: &Client,
    remote: &RemoteArguments,
    sentence: &str,
    invitation: &str,
    json: &impl Serialize,
) -> Result<(), Failure> {
    if remote.format.format != OutputFormat::Table {
        return tell(remote.format.format, sentence, json);
    }
    print_wrapped("", anstyle::Style::new(), &format!("{sentence} This link sets the password:"))?;
    print_line(&format!("\n  {}\n", escape(&client.page(&format!("invitation#{invitation}")))))?;
    let text = "It works once, within 7 days, and is not shown again: send it to them and nobody else.";
    print_wrapped("", anstyle::Style::new(), text)
}

/// The password in a file, its last line break left out; `-` is standard input.
fn password(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            "password_unreadable",
            format!("could not read the password in {}: {error}", path.display()),
        )
        .hint("Check that the file exists, may be read, and holds nothing but the password.")
    };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MOST_PASSWORD_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(MOST_PASSWORD_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    }
    Ok(text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text))
        .to_owned())
}

fn with_article(role: &str) -> String {
    let article = if role.starts_with(['a', 'o']) { "an" } else { "a" };
    format!("{article} {role}")
}
