//! From settings as written to settings as used: URLs parsed, secrets read, alternatives decided. Each part reports its
//! own problems, so that one broken part does not hide those of another.

use std::path::PathBuf;

use url::Url;

use crate::address::is_loopback;
use crate::keyword::{Mode, TransportKind};
use crate::problem::{Problem, Problems};
use crate::raw::{RawDatabase, RawEphemeral, RawKey, RawMail, RawSettings, RawSmtp};
use crate::secret::{Secret, SecretSource, key_bytes};
use crate::settings::{
    Credentials, Database, DatabaseKind, Ephemeral, Issuer, KeyChain, Keys, Mail, NamedKey, Outbound,
    Password, Settings, Smtp, Transport,
};

/// `None` if a part could not be converted; the problems say why.
pub(crate) fn settings(raw: RawSettings, problems: &mut Problems) -> Option<Settings> {
    let issuer = problems.keep(issuer(&raw.issuer.url, raw.mode));
    let database = problems.keep(database(&raw.database));
    let ephemeral = problems.keep(ephemeral(&raw.ephemeral));
    let master = key_chain("keys.master", &raw.keys.master, problems);
    let pepper = key_chain("password.pepper", &raw.password.pepper, problems);
    let transport = problems.keep(transport(&raw.mail));
    let written = raw.clone();
    Some(Settings {
        mode: raw.mode,
        issuer: issuer?,
        server: raw.server,
        database: database?,
        ephemeral: ephemeral?,
        keys: Keys {
            master,
            rotate_after: raw.keys.rotate_after,
            announce_before: raw.keys.announce_before,
            retire_after: raw.keys.retire_after,
            poll: raw.keys.poll,
        },
        password: Password {
            min_length: raw.password.min_length,
            max_length: raw.password.max_length,
            max_bytes: raw.password.max_bytes,
            argon2: raw.password.argon2,
            queue_limit: raw.password.queue_limit,
            pepper,
        },
        recovery: raw.recovery,
        links: raw.links,
        session: raw.session,
        tokens: raw.tokens,
        mail: Mail {
            transport: transport?,
            from_address: raw.mail.from_address,
            rate_per_second: raw.mail.rate_per_second,
            max_attempts: raw.mail.max_attempts,
            retry_first: raw.mail.retry_first,
            retry_cap: raw.mail.retry_cap,
            lease: raw.mail.lease,
            poll: raw.mail.poll,
        },
        outbound: Outbound {
            timeout: raw.outbound.timeout,
            max_body: raw.outbound.max_body,
            extra_roots: optional_path(&raw.outbound.extra_roots),
            allowed_private_hosts: raw.outbound.allowed_private_hosts,
        },
        backchannel: raw.backchannel,
        audit: raw.audit,
        bulk: raw.bulk,
        device: raw.device,
        registration: raw.registration,
        branding: raw.branding,
        portal: raw.portal,
        throttle: raw.throttle,
        log: raw.log,
        written,
    })
}

/// OpenID Connect Discovery section 3: https, a host, no query, no fragment. Plain http only on loopback in development.
fn issuer(text: &str, mode: Mode) -> Result<Issuer, Problem> {
    let problem = |message: String| Err(Problem::new("issuer.url", message));
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => url,
        _ => {
            return problem(format!(
                r#"{text:?} is not an absolute URL; write one such as "https://login.example.org""#
            ));
        }
    };
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return problem(
            "has a query, a fragment or a user name; write scheme, host, port and path only".to_owned(),
        );
    }
    // Clients compare strings: only the one spelling that every URL library leaves alone is safe to publish.
    let one_spelling =
        url.as_str() == text || url.path() == "/" && url.as_str().strip_suffix('/') == Some(text);
    if !one_spelling {
        return problem(format!("{text:?} has a simpler spelling; write {:?}", url.as_str()));
    }
    match (url.scheme(), mode) {
        ("https", _) => {}
        (_, Mode::Production) => {
            return problem(format!(
                "{text:?} is not https, which production needs; write https://… (or mode = \"development\")"
            ));
        }
        (_, Mode::Development) if url.host_str().is_some_and(is_loopback) => {}
        (_, Mode::Development) => {
            return problem(format!("{text:?} is http on a host that is not loopback; write https://…"));
        }
    }
    Ok(Issuer { issuer: text.to_owned(), url })
}

fn database(raw: &RawDatabase) -> Result<Database, Problem> {
    const KEY: &str = "database.url";
    let url = url(KEY, &raw.url, &raw.url_file)?;
    let is_database = |rest: &str| !rest.trim_start_matches('/').is_empty();
    let kind = match url.expose().split_once("://") {
        Some(("sqlite", path)) if is_database(path) => DatabaseKind::Sqlite,
        Some(("postgres" | "postgresql", host)) if is_database(host) && Url::parse(url.expose()).is_ok() => {
            DatabaseKind::Postgres
        }
        _ => {
            let message =
                "is not the URL of a database; write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME";
            return Err(Problem::new(KEY, message));
        }
    };
    Ok(Database { kind, url, max_connections: raw.max_connections })
}

fn ephemeral(raw: &RawEphemeral) -> Result<Ephemeral, Problem> {
    const KEY: &str = "ephemeral.url";
    let url = url(KEY, &raw.url, &raw.url_file)?;
    if url.expose() == "memory" {
        return Ok(Ephemeral::Memory);
    }
    match Url::parse(url.expose()) {
        Ok(parsed) if parsed.has_host() && matches!(parsed.scheme(), "redis" | "rediss") => {
            Ok(Ephemeral::Redis { url })
        }
        _ => {
            Err(Problem::new(KEY, r#"is not known; write "memory", redis://HOST or rediss://:PASSWORD@HOST"#))
        }
    }
}

fn url(key: &str, value: &Secret<String>, file: &str) -> Result<Secret<String>, Problem> {
    let source = SecretSource::choose(key, value, file)?;
    source.ok_or_else(|| Problem::new(key, format!("is missing; write it, or {key}_file")))?.read(key)
}

/// The keys in their order; `None` if there are none. Reports each bad one.
fn key_chain(list: &str, raw: &[RawKey], problems: &mut Problems) -> Option<KeyChain> {
    let mut keys = Vec::with_capacity(raw.len());
    for (index, entry) in raw.iter().enumerate() {
        if raw.iter().take(index).any(|earlier| earlier.id == entry.id) {
            problems.report(
                format!("{list}[{index}].id"),
                format!("{:?} is there twice; give each key its own id", entry.id),
            );
        }
        keys.extend(problems.keep(named_key(&format!("{list}[{index}]"), entry)));
    }
    let mut keys = keys.into_iter();
    keys.next().map(|active| KeyChain { active, older: keys.collect() })
}

fn named_key(place: &str, raw: &RawKey) -> Result<NamedKey, Problem> {
    let may_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if raw.id.is_empty() || raw.id.len() > 64 || !raw.id.chars().all(may_name) {
        let message = r#"is not a name; write 1 to 64 letters, digits, "-", "_" or ".", such as "2026-11""#;
        return Err(Problem::new(format!("{place}.id"), message));
    }
    let secret_key = format!("{place}.secret");
    let source = SecretSource::choose(&secret_key, &raw.secret, &raw.secret_file)?
        .ok_or_else(|| Problem::new(&secret_key, "is missing; write it, or better secret_file"))?;
    let blamed = if matches!(source, SecretSource::File(_)) {
        format!("{secret_key}_file")
    } else {
        secret_key.clone()
    };
    let key = key_bytes(&source.read(&secret_key)?).ok_or_else(|| {
        Problem::new(
            blamed,
            "is not 32 bytes as 64 hex digits or base64url; make one with `openssl rand -hex 32`",
        )
    })?;
    Ok(NamedKey { id: raw.id.clone(), key })
}

fn transport(raw: &RawMail) -> Result<Transport, Problem> {
    match raw.transport {
        TransportKind::Folder if raw.folder.is_empty() => {
            Err(Problem::new("mail.folder", "is empty; write the folder that mails are put into"))
        }
        TransportKind::Folder => Ok(Transport::Folder(PathBuf::from(&raw.folder))),
        TransportKind::Smtp => smtp(&raw.smtp).map(Transport::Smtp),
    }
}

fn smtp(raw: &RawSmtp) -> Result<Smtp, Problem> {
    const KEY: &str = "mail.smtp.password";
    if raw.host.is_empty() {
        return Err(Problem::new(
            "mail.smtp.host",
            r#"is missing; write the name of the mail server, or mail.transport = "folder""#,
        ));
    }
    let password = SecretSource::choose(KEY, &raw.password, &raw.password_file)?
        .map(|source| source.read(KEY))
        .transpose()?;
    let credentials = match (raw.username.is_empty(), password) {
        (true, None) => None,
        (false, Some(password)) => Some(Credentials { username: raw.username.clone(), password }),
        (true, Some(_)) => {
            return Err(Problem::new("mail.smtp.username", "is missing; write it beside the password"));
        }
        (false, None) => {
            return Err(Problem::new(KEY, "is missing; write it or password_file, or remove the username"));
        }
    };
    Ok(Smtp {
        host: raw.host.clone(),
        port: raw.port,
        tls: raw.tls,
        credentials,
        timeout: raw.timeout,
        pool_size: raw.pool_size,
        extra_roots: optional_path(&raw.extra_roots),
    })
}

/// An empty text means "not set".
fn optional_path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}
