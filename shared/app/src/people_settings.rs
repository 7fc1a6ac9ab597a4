//! How people come in: registration, and a provider of OpenID Connect.

use portdelta_protocol::admin::{PeopleSettings, SingleSignOn};
use url::Url;

use crate::App;
use crate::check::{self, line};
use crate::error::{AppError, Invalid};

/// Most values of a claim that have a role.
const MOST_ROLES: usize = 100;

/// The longest texts of a provider, in bytes.
const MAX_TEXT: usize = 1_000;

impl App {
    /// How people come in, without the secret of the provider, and its version: 0 while nobody has changed it.
    pub async fn people_settings(&self) -> Result<(PeopleSettings, i64), AppError> {
        let (settings, version) = self.loaded_people_settings().await?;
        Ok((shown(settings), version))
    }

    /// Changes how people come in, unless somebody else did since `version` was read. A secret that is absent stays,
    /// as long as provider and client do.
    pub async fn set_people_settings(
        &self,
        wanted: &PeopleSettings,
        version: i64,
    ) -> Result<(PeopleSettings, i64), AppError> {
        let (known, now) = self.loaded_people_settings().await?;
        if now != version {
            return Err(AppError::Stale { what: "how people come in".to_owned() });
        }
        let single_sign_on = wanted.single_sign_on.as_ref();
        let single_sign_on =
            single_sign_on.map(|wanted| checked(wanted, known.single_sign_on.as_ref())).transpose()?;
        let self_registration = wanted.self_registration;
        let settings = PeopleSettings { self_registration, single_sign_on, ..PeopleSettings::default() };
        self.store_people_settings(&settings, version).await?;
        Ok((shown(settings), version + 1))
    }

    /// The provider, with its secret: not for showing.
    pub async fn single_sign_on(&self) -> Result<Option<SingleSignOn>, AppError> {
        Ok(self.loaded_people_settings().await?.0.single_sign_on)
    }
}

fn shown(mut settings: PeopleSettings) -> PeopleSettings {
    if let Some(provider) = &mut settings.single_sign_on {
        provider.has_client_secret = provider.client_secret.take().is_some();
    }
    settings
}

fn checked(wanted: &SingleSignOn, known: Option<&SingleSignOn>) -> Result<SingleSignOn, Invalid> {
    let issuer = wanted.issuer.trim();
    check_issuer(issuer)?;
    let client_id = text("single_sign_on.client_id", &wanted.client_id)?;
    let role_claim = wanted.role_claim.as_deref().map(|claim| text("single_sign_on.role_claim", claim));
    if wanted.roles.len() > MOST_ROLES {
        let message = format!("{} values have a role, and at most {MOST_ROLES} can", wanted.roles.len());
        return Err(Invalid::field("single_sign_on.roles", "too_many", message, "Use groups of people."));
    }
    for value in wanted.roles.keys() {
        text("single_sign_on.roles", value)?;
    }
    if wanted.default_role.is_none() && (wanted.roles.is_empty() || wanted.role_claim.is_none()) {
        let message = "nobody would get a role";
        let hint = "Give a default role, or the claim that tells the role and the roles of its values.";
        return Err(Invalid::field("single_sign_on.default_role", "role_missing", message, hint));
    }
    // Another provider must not be sent the secret of this one.
    let same = known.filter(|known| known.issuer == issuer && known.client_id == client_id);
    let secret = match &wanted.client_secret {
        Some(secret) => Some(text("single_sign_on.client_secret", secret)?),
        None => same.and_then(|known| known.client_secret.clone()),
    };
    Ok(SingleSignOn {
        name: line("single_sign_on.name", &wanted.name)?,
        issuer: issuer.to_owned(),
        client_id,
        has_client_secret: false,
        client_secret: secret,
        role_claim: role_claim.transpose()?,
        roles: wanted.roles.clone(),
        default_role: wanted.default_role,
    })
}

fn check_issuer(text: &str) -> Result<(), Invalid> {
    let wrong = |message: &str| {
        let hint = "Write its address as its documentation does: https://login.example.org/tenant/v2.0";
        Err(Invalid::field("single_sign_on.issuer", "issuer_invalid", message, hint))
    };
    let Ok(url) = Url::parse(text) else { return wrong("the issuer is no address") };
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        _ if text.len() > MAX_TEXT => wrong("the issuer is too long"),
        _ if url.host().is_none() || !url.username().is_empty() || url.password().is_some() => {
            wrong("the issuer is no address of a provider")
        }
        _ if url.query().is_some() || url.fragment().is_some() => wrong("an issuer has no ? and no #"),
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => wrong("the issuer's address does not begin with https://"),
    }
}

fn text(field: &'static str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_TEXT || text.chars().any(check::is_hostile) {
        let message = format!("{field} has not 1 to {MAX_TEXT} visible characters");
        return Err(Invalid::field(field, "text_invalid", message, "Copy it from the provider."));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_addresses_with_encryption() {
        for issuer in
            ["https://login.example.org", "https://login.example.org/a/v2.0", "http://127.0.0.1:9400"]
        {
            assert_eq!(check_issuer(issuer), Ok(()), "{issuer}");
        }
        for issuer in [
            "",
            "login.example.org",
            "http://login.example.org",
            "http://192.0.2.1",
            "ftp://127.0.0.1",
            "https://me@login.example.org",
            "https://login.example.org/?a=b",
            "https://login.example.org/#a",
        ] {
            assert!(check_issuer(issuer).is_err(), "{issuer}");
        }
    }
}
