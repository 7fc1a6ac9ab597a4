//! `portdelta tokens`: how programs come in.

use portdelta_core::escape::escape;
use portdelta_protocol::admin::{CreatedToken, NewToken, Token};
use serde_json::json;

use crate::arguments::{OutputFormat, TokensCommand};
use crate::client::{Client, Pages, find};
use crate::failure::Failure;
use crate::output::{Listing, minute_text, print_line, print_wrapped, tell};

/// Does what is asked with tokens.
pub async fn tokens(command: &TokensCommand) -> Result<u8, Failure> {
    match command {
        TokensCommand::List(remote) => {
            let client = Client::of(&remote.server)?;
            let tokens: Vec<Token> = Pages::of(client.get(&["tokens"])).all().await?;
            let columns = &["token", "name", "role", "expires", "last_used"];
            let mut listing = Listing::new(columns, "There is no token.");
            for token in &tokens {
                let time = |time: Option<portdelta_protocol::admin::Time>| {
                    time.map_or_else(|| "never".to_owned(), |time| minute_text(time.0))
                };
                let cells = vec![
                    token.id.clone(),
                    token.name.clone(),
                    token.role.name().to_owned(),
                    time(token.expires),
                    time(token.last_used),
                ];
                listing.row(cells, json!(token));
            }
            listing.print(remote.format.format)?;
        }
        TokensCommand::Add { name, role, expires_days, remote } => {
            let client = Client::of(&remote.server)?;
            let new = NewToken { name: name.clone(), role: *role, expires_days: *expires_days };
            let made: CreatedToken = client.post(&["tokens"]).json(&new)?.answer().await?;
            if remote.format.format != OutputFormat::Table {
                tell(remote.format.format, &made.secret, &made)?;
                return Ok(0);
            }
            let text = format!("Made the token {} with the role {}:", made.token.name, made.token.role);
            print_wrapped("", anstyle::Style::new(), &text)?;
            print_line(&format!("\n  {}\n", escape(&made.secret)))?;
            let text = "It is not shown again. Programs send it as `Authorization: Bearer`; the command line takes it \
                        from PORTDELTA_TOKEN or --token-file.";
            print_wrapped("", anstyle::Style::new(), text)?;
        }
        TokensCommand::Revoke { token, remote } => {
            let client = Client::of(&remote.server)?;
            let found: Token = find(&client, token).await?;
            client.delete(&["tokens", &found.id]).done().await?;
            let sentence = format!("The token {} ({}) is void.", found.name, found.id);
            tell(remote.format.format, &sentence, &json!({"revoked": found.id}))?;
        }
    }
    Ok(0)
}
