//! Sessions: who a token belongs to, until when.
//!
//! A token is `00D…!` and 64 random letters. Only its digest is stored, so whoever reads the
//! database cannot act as anybody. A session ends when it was not used for its lifetime, when it
//! is revoked, and when its user is deactivated. Nothing of it is cached: two look-ups by key
//! cost less than a stale answer would.

use std::sync::Arc;
use std::time::Duration;

use base::{DateTime, RecordId};
use ledger::{ActorKind, Kind as EntryKind};
use records::Org;
use sql::{Delete, Expr, Statement, Update, Value};
use store::Reader;

use crate::Error;
use crate::log::{self, Said};
use crate::login::later;
use crate::row::{column, insert, own, select};
use crate::secret::{self, Digest};

const TABLE: &str = "candor_session";

/// The length of a token beyond which it is not looked at.
const TOKEN_LEN_MAX: usize = 256;

/// What a session is used through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Web,
    Api,
    Soap,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Soap => "soap",
        }
    }

    /// How long a session may go unused.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::Web => Duration::from_secs(12 * 60 * 60),
            Self::Api | Self::Soap => Duration::from_secs(2 * 60 * 60),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Web, Self::Api, Self::Soap].into_iter().find(|it| it.as_str() == text)
    }

    pub(crate) fn actor(self) -> ActorKind {
        match self {
            Self::Web => ActorKind::User,
            Self::Api | Self::Soap => ActorKind::Api,
        }
    }
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: RecordId,
    pub kind: Kind,
    pub created_at: DateTime,
    pub expires_at: DateTime,
    /// The id of the connected app, where one signed in.
    pub client: Option<String>,
    /// The secret that forms of a web session carry.
    csrf: Option<[u8; 32]>,
}

impl Session {
    /// What a form of a web session carries, and nobody else's page can know.
    pub fn csrf_token(&self) -> Option<String> {
        self.csrf.as_ref().map(ledger::hex)
    }

    /// Whether a form carried this session's token.
    pub fn is_csrf_token(&self, given: &str) -> bool {
        let token = self.csrf_token();
        token.is_some_and(|it| secret::same(it.as_bytes(), given.as_bytes()))
    }
}

/// A session that was just opened, and the only time its token is seen.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub token: String,
    pub session: Session,
}

/// Returns the session that a token belongs to, and keeps it open for another lifetime.
pub fn authenticate(org: &Arc<Org>, token: &str) -> Result<Session, Error> {
    let hash = digest_of(org, token).ok_or(Error::InvalidSession)?;
    let now = org.clock().now();
    let state = org.store.state();
    let session = state.read(|reader| find(reader, &hash))?;
    let mut session = session.filter(|it| now < it.expires_at).ok_or(Error::InvalidSession)?;
    match org.access(session.user) {
        Ok(_) => {}
        // Deactivated since.
        Err(records::Error::UnknownActor { .. }) => return Err(Error::InvalidSession),
        Err(error) => return Err(error.into()),
    }
    let until = later(now, session.kind.lifetime());
    // Not each request is worth a write.
    let slack = session.kind.lifetime() / 24;
    if later(session.expires_at, slack) < until {
        session.expires_at = until;
        let update = Update {
            table: TABLE.to_owned(),
            set: vec![("expires_at".to_owned(), Expr::int(until.0))],
            where_: is(&hash),
        };
        state.write(|tx| tx.execute(Statement::Update(&update)).map_err(Error::from))?;
    }
    Ok(session)
}

/// Ends the session of a token.
pub fn logout(org: &Arc<Org>, token: &str, request: Option<&str>) -> Result<(), Error> {
    let hash = digest_of(org, token).ok_or(Error::InvalidSession)?;
    let state = org.store.state();
    let session = state.read(|reader| find(reader, &hash))?.ok_or(Error::InvalidSession)?;
    let delete = Delete { table: TABLE.to_owned(), where_: is(&hash) };
    let ended = state.write(|tx| tx.execute(Statement::Delete(&delete)).map_err(Error::from))?;
    if ended == 0 {
        return Err(Error::InvalidSession);
    }
    let said = Said {
        kind: EntryKind::AuthLogout,
        actor: session.kind.actor(),
        user: session.user,
        code: None,
        request,
    };
    org.store.write(|tx| {
        let logged = log::append(org, tx, said)?;
        Ok(tx.commit(logged, ()))
    })
}

/// Ends all sessions of a user.
pub(crate) fn revoke_all(org: &Org, user: RecordId) -> Result<(), Error> {
    let where_ = own("user_id").eq(Expr::int(user.raw()));
    let delete = Delete { table: TABLE.to_owned(), where_ };
    org.store.state().write(|tx| tx.execute(Statement::Delete(&delete)).map_err(Error::from))?;
    Ok(())
}

/// Ends all sessions of an org.
pub(crate) fn end_all(org: &Org) -> Result<(), Error> {
    let all = Delete { table: TABLE.to_owned(), where_: Expr::True };
    org.store.state().write(|tx| tx.execute(Statement::Delete(&all)).map_err(Error::from))?;
    Ok(())
}

/// Opens a session, and clears away those that have expired.
pub(crate) fn open(
    org: &Org,
    user: RecordId,
    kind: Kind,
    client: Option<&str>,
) -> Result<SignedIn, Error> {
    let token = format!("{}!{}", org.store.id(), secret::token()?);
    let now = org.clock().now();
    let csrf = if kind == Kind::Web { Some(secret::bytes::<32>()?) } else { None };
    let session = Session {
        user,
        kind,
        created_at: now,
        expires_at: later(now, kind.lifetime()),
        client: client.map(str::to_owned),
        csrf,
    };
    let values = vec![
        ("token_hash", Value::Blob(secret::digest(&token).to_vec())),
        ("user_id", Value::Int(user.raw())),
        ("kind", kind.as_str().into()),
        ("created_at", Value::Int(now.0)),
        ("expires_at", Value::Int(session.expires_at.0)),
        ("client", client.map_or(Value::Null, Value::from)),
        ("csrf", csrf.map_or(Value::Null, |it| Value::Blob(it.to_vec()))),
    ];
    let where_ = own("expires_at").compare(sql::CompareOp::Le, Expr::int(now.0));
    let expired = Delete { table: TABLE.to_owned(), where_ };
    let opened = insert(TABLE, values, &[]);
    org.store.state().write::<_, Error>(|tx| {
        tx.execute(Statement::Delete(&expired))?;
        tx.execute(Statement::Insert(&opened))?;
        Ok(())
    })?;
    Ok(SignedIn { token, session })
}

/// The digest of what may be a token of this org. Clients may shorten the org's id.
fn digest_of(org: &Org, token: &str) -> Option<Digest> {
    let (of, secret) = token.split_once('!').filter(|_| token.len() <= TOKEN_LEN_MAX)?;
    let id = org.store.id();
    let ours = of == id || id.get(..15) == Some(of);
    ours.then(|| secret::digest(&format!("{id}!{secret}")))
}

fn find(reader: &Reader, hash: &Digest) -> Result<Option<Session>, Error> {
    let columns = ["user_id", "kind", "created_at", "expires_at", "client", "csrf"];
    let key = Expr::Value(Value::Blob(hash.to_vec()));
    let query = select(TABLE, &columns, column("token_hash").eq(key));
    let mut found = None;
    reader.query::<Error>(&query, |row| {
        found = row.text(1).and_then(Kind::parse).map(|kind| Session {
            user: RecordId::from_raw(row.int(0).unwrap_or_default()),
            kind,
            created_at: DateTime(row.int(2).unwrap_or_default()),
            expires_at: DateTime(row.int(3).unwrap_or_default()),
            client: row.text(4).map(str::to_owned),
            csrf: row.blob(5).and_then(|it| it.try_into().ok()),
        });
        Ok(())
    })?;
    Ok(found)
}

fn is(hash: &Digest) -> Expr {
    own("token_hash").eq(Expr::Value(Value::Blob(hash.to_vec())))
}
