//! What an org keeps about itself: its key, and the user in whose name the system acts.

use base::RecordId;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use schema::Schema;
use sql::{Insert, Statement};

use crate::error::Error;
use crate::fetch;

const TABLE: &str = "candor_setting";
const KEY: &str = "tenant_key";
const AUTOMATED_USER: &str = "automated_user";
const KEY_LEN: usize = 32;

/// The parts of it that calls need, in memory.
pub(super) struct Settings {
    key: hmac::Key,
    pub automated_user: RecordId,
}

impl Settings {
    /// The keyed hash under which the ledger knows a user; without the key it leads nowhere.
    pub(super) fn pseudonym(&self, user: RecordId) -> ledger::Hash {
        let tag = hmac::sign(&self.key, &user.chars());
        let mut hash = ledger::Hash::default();
        hash.copy_from_slice(tag.as_ref());
        hash
    }
}

pub(super) fn found(store: &store::Org, schema: &Schema) -> Result<(), Error> {
    let mut key = [0; KEY_LEN];
    let drawn = SystemRandom::new().fill(&mut key);
    drawn.map_err(|_| Error::Inconsistent { what: "no random bytes could be drawn" })?;
    let user = schema.object("User").ok_or(Error::Inconsistent { what: "there is no User" })?;
    store.write(|tx| {
        let id = RecordId::new(user.key_prefix, tx.allocate(&fetch::id_sequence(user), 1)?);
        for (name, value) in [(KEY, key.to_vec()), (AUTOMATED_USER, id.raw().to_le_bytes().into())]
        {
            let insert = Insert {
                table: TABLE.to_owned(),
                columns: vec!["name".to_owned(), "value".to_owned()],
                values: vec![sql::Value::from(name), sql::Value::Blob(value)],
                on_conflict_update: Vec::new(),
            };
            tx.execute(Statement::Insert(&insert))?;
        }
        let settings =
            Settings { key: hmac::Key::new(hmac::HMAC_SHA256, &key), automated_user: id };
        let logged = tx.append(store::Draft {
            kind: ledger::Kind::OrgCreate,
            object: None,
            previous: None,
            row: None,
            fields: Vec::new(),
            actor: ledger::Actor {
                kind: ledger::ActorKind::System,
                pseudonym: settings.pseudonym(id),
            },
            body: None,
            why: None,
            policy: None,
            request: None,
        })?;
        Ok(tx.commit(logged, ()))
    })
}

pub(super) fn load(store: &store::Org) -> Result<Settings, Error> {
    let missing = |what| Error::Inconsistent { what };
    let read = store.read()?;
    let key = fetch::setting(&read, TABLE, KEY)?.ok_or(missing("the org has no key"))?;
    let user = fetch::setting(&read, TABLE, AUTOMATED_USER)?;
    let user: Option<[u8; 8]> = user.and_then(|it| it.try_into().ok());
    let user = user.ok_or(missing("the org has no automated user"))?;
    Ok(Settings {
        key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        automated_user: RecordId::from_raw(i64::from_le_bytes(user)),
    })
}
