//! A namespace of a PostgreSQL database, looked at from outside, and removed.
//!
//! Through a client that is not the one under test.

use ::postgres::{Client, Error, NoTls};

/// The schemas whose names begin with a name.
#[derive(Debug)]
pub(super) struct Namespace {
    server: String,
    name: String,
    url: String,
}

impl Namespace {
    pub(super) fn new(server: &str, name: String) -> Self {
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}namespace={name}");
        Self { server: server.to_owned(), name, url }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn n_kept(&self) -> usize {
        self.orgs().len()
    }

    /// The definitions of the tables and indexes of the one org that is there.
    pub(super) fn definitions(&self) -> Vec<String> {
        let orgs = self.orgs();
        let [org] = &orgs[..] else { panic!("{} orgs, not one", orgs.len()) };
        // An index's definition names its table's schema.
        let text = "\
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
                || ' ' || coalesce(collation_name, '') || ' ' || coalesce(column_default, '')
            FROM information_schema.columns WHERE table_schema = $1
            UNION ALL
            SELECT replace(indexdef, $1, '') FROM pg_indexes WHERE schemaname = $1
            ORDER BY 1";
        self.must(|client| {
            let rows = client.query(text, &[org])?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }

    /// The schemas of orgs: all but the one that is named like the namespace itself.
    fn orgs(&self) -> Vec<String> {
        let schemas = self.must(|client| self.schemas(client));
        schemas.into_iter().filter(|it| *it != self.name).collect()
    }

    fn schemas(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        let text = "\
            SELECT schema_name::text FROM information_schema.schemata
            WHERE left(schema_name, length($1)) = $1 ORDER BY 1";
        let rows = client.query(text, &[&self.name])?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    fn must<T>(&self, act: impl FnOnce(&mut Client) -> Result<T, Error>) -> T {
        let done = Client::connect(&self.server, NoTls).and_then(|mut client| act(&mut client));
        done.unwrap_or_else(|error| panic!("the test's own look at the server: {error}"))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let removed = Client::connect(&self.server, NoTls).and_then(|mut client| {
            // Whoever still holds a table would hold this up for good.
            client.batch_execute("SET lock_timeout = 10000")?;
            // One at a time: together they would take more locks than there are.
            for schema in self.schemas(&mut client)? {
                client.batch_execute(&format!("DROP SCHEMA \"{schema}\" CASCADE"))?;
            }
            Ok(())
        });
        #[expect(clippy::print_stderr, reason = "a test that is over cannot fail, but can tell")]
        if let Err(error) = removed {
            eprintln!("the namespace {} is left behind: {error}", self.name);
        }
    }
}
