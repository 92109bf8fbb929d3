//! Passwords, security tokens and failed attempts of users: the table `candor_credential`.

use base::{DateTime, RecordId};
use sql::{Statement, Update, Value};
use store::{Reader, Tx};

use crate::row::{column, insert, own, select};
use crate::secret::Digest;
use crate::{Error, secret};

const TABLE: &str = "candor_credential";

/// What is kept of a user's secrets, and how often they were guessed wrong.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub password_hash: String,
    pub token_hash: Option<Digest>,
    pub failures: i64,
    pub locked_until: Option<DateTime>,
}

impl Credential {
    /// Takes the user's security token off the end of `given`; none where it does not end so.
    pub(crate) fn without_token<'a>(&self, given: &'a str) -> Option<&'a str> {
        let at = given.len().checked_sub(secret::SECURITY_TOKEN_LEN)?;
        let (password, token) = given.split_at_checked(at)?;
        let stored = self.token_hash.as_ref()?;
        secret::same(&secret::digest(token), stored).then_some(password)
    }
}

pub(crate) fn read(reader: &Reader, user: RecordId) -> Result<Option<Credential>, Error> {
    let columns = ["password_hash", "token_hash", "failures", "locked_until"];
    let query = select(TABLE, &columns, column("user_id").eq(sql::Expr::int(user.raw())));
    let mut found = None;
    reader.query::<Error>(&query, |row| {
        found = Some(Credential {
            password_hash: row.text(0).unwrap_or_default().to_owned(),
            token_hash: row.blob(1).and_then(|it| it.try_into().ok()),
            failures: row.int(2).unwrap_or_default(),
            locked_until: row.int(3).map(DateTime),
        });
        Ok(())
    })?;
    Ok(found)
}

/// Stores a new password and security token, which ends a lock-out.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    user: RecordId,
    password_hash: String,
    token_hash: &Digest,
) -> Result<(), Error> {
    let changed_at = Value::Int(tx.now().0);
    let values = vec![
        ("user_id", Value::Int(user.raw())),
        ("password_hash", Value::Text(password_hash)),
        ("token_hash", Value::Blob(token_hash.to_vec())),
        ("changed_at", changed_at),
        ("failures", Value::Int(0)),
        ("locked_until", Value::Null),
    ];
    tx.execute(Statement::Insert(&insert(TABLE, values, &["user_id"])))?;
    Ok(())
}

/// Stores how often a user's password was guessed wrong, and until when it is not looked at.
pub(crate) fn put_failures(
    tx: &mut Tx<'_>,
    user: RecordId,
    failures: i64,
    locked_until: Option<DateTime>,
) -> Result<(), Error> {
    let until = locked_until.map_or(Value::Null, |it| Value::Int(it.0));
    let update = Update {
        table: TABLE.to_owned(),
        set: vec![
            ("failures".to_owned(), sql::Expr::int(failures)),
            ("locked_until".to_owned(), sql::Expr::Value(until)),
        ],
        where_: own("user_id").eq(sql::Expr::int(user.raw())),
    };
    tx.execute(Statement::Update(&update))?;
    Ok(())
}
