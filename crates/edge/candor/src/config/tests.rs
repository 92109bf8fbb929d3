//! What a configuration may say, and what is refused with its line.

use std::path::{Path, PathBuf};

use super::{Engine, From, Given, Home, Postgres, Secret, file, read};

fn parse(text: &str) -> Result<Vec<Home>, String> {
    file::parse(text, Path::new("/srv")).map_err(|it| it.to_string())
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err()
}

#[test]
fn homes_of_both_engines_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("password");
    std::fs::write(&secret, "s3cr3t\n").unwrap();
    let text = format!(
        "[[home]]\nname = \"eu-1\"\nregion = \"eu\"\npostgres = \"postgres://candor@db/candor\"\n\
         password_file = \"{}\"\nca_file = \"ca.pem\"\nconnections = 32\n\n\
         [[home]]\nname = 'small'\nsqlite = 'us'\n",
        secret.display()
    );
    let homes = parse(&text).unwrap();
    assert_eq!(
        homes,
        [
            Home {
                name: "eu-1".to_owned(),
                region: "eu".to_owned(),
                engine: Engine::Postgres(Postgres {
                    url: Secret::new("postgres://candor@db/candor".to_owned()),
                    password: Some(Secret::new("s3cr3t".to_owned())),
                    ca_file: Some(PathBuf::from("/srv/ca.pem")),
                    connections: Some(32),
                }),
            },
            Home {
                name: "small".to_owned(),
                region: "local".to_owned(),
                engine: Engine::Sqlite(PathBuf::from("/srv/us")),
            },
        ]
    );
    assert!(!format!("{homes:?}").contains("s3cr3t"), "{homes:?}");
    assert!(!format!("{homes:?}").contains("candor@db"), "{homes:?}");
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    let sqlite = "[[home]]\nname = \"a\"\nsqlite = \"x\"\n";
    for (text, message) in [
        ("[[home]]\nname = \"a\"\nregio = \"eu\"\n", "line 3: a home has no key `regio`"),
        ("\n[homes]\n", "line 2: there is no key `homes`"),
        ("home = 1\n", "line 1: homes are written as [[home]]"),
        ("[home]\nname = 'a'\n", "line 1: homes are written as [[home]]"),
        ("[[home]]\nsqlite = \"x\"\n", "line 1: the home has no name"),
        ("[[home]]\nname = \"a b\"\nsqlite = \"x\"\n", "line 1: `name` takes up to 40 letters"),
        ("[[home]]\nname = 7\n", "line 2: `name` takes a text"),
        ("[[home]]\nname = 'a'\n", "line 1: home `a` needs exactly one of"),
        (
            "[[home]]\nname = 'a'\nsqlite = 'x'\npostgres = 'postgres://db/x'\n",
            "line 1: home `a` needs exactly one of",
        ),
        (
            "[[home]]\nname = 'a'\nsqlite = 'x'\nca_file = 'y'\n",
            "line 4: an SQLite home has no `ca_file`",
        ),
        (
            "[[home]]\nname = 'a'\npostgres = 'mysql://db/x'\n",
            "line 1: the URL of a PostgreSQL database begins with postgres://",
        ),
        (
            "[[home]]\nname = 'a'\npostgres = 'postgres://db/x'\nconnections = 0\n",
            "line 4: connections are a number from 1 to 1000",
        ),
        (
            "[[home]]\nname = 'a'\nurl_env = 'CANDOR_NO_SUCH_VARIABLE'\n",
            "line 1: the environment variable CANDOR_NO_SUCH_VARIABLE is not set",
        ),
        (&format!("{sqlite}{sqlite}"), "line 4: two homes are called `a`"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(message), "{text}: {refusal}");
    }
}

#[test]
fn a_broken_line_is_not_quoted() {
    let refusal = refusal("[[home]]\npostgres = \"postgres://u:s3cr3t@db\n");
    assert!(refusal.starts_with("line 2: ") && !refusal.contains("s3cr3t"), "{refusal}");
    let two = "[[home]]\nname = 'a'\npostgres = 'postgres://u:s3cr3t@db/x'\n\
               password_file = '/dev/null'\n";
    assert_eq!(self::refusal(two), "line 1: /dev/null is empty");
}

#[test]
fn a_password_on_the_command_line_is_refused() {
    for url in [
        "postgres://candor:s3cr3t@db/candor",
        "postgres://db/candor?sslmode=require&password=s3cr3t",
        "postgresql://candor:@db",
    ] {
        let error = Given::parse(url, From::CommandLine).unwrap_err().to_string();
        assert!(error.contains("CANDOR_HOME") && error.contains("candor.toml"), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
        assert!(matches!(Given::parse(url, From::Environment).unwrap(), Given::Url(_)));
    }
    let plain = "postgres://candor@[::1]:5432/candor?sslmode=require";
    assert!(matches!(Given::parse(plain, From::CommandLine).unwrap(), Given::Url(_)));
    assert_eq!(Given::parse("eu-1", From::CommandLine).unwrap(), Given::Name("eu-1".to_owned()));
    assert!(Given::parse("https://db", From::CommandLine).is_err());
}

#[test]
fn the_first_home_takes_new_orgs() {
    let data = tempfile::tempdir().unwrap();
    let names = |given: Option<&str>| {
        let given = given.map(|it| Given::parse(it, From::CommandLine).unwrap());
        read(data.path(), None, given.as_ref())
            .map(|it| it.homes.into_iter().map(|it| it.name).collect::<Vec<_>>())
            .map_err(|it| it.to_string())
    };
    assert_eq!(names(None).unwrap(), ["local"]);
    assert_eq!(names(Some("postgres://db/x")).unwrap(), ["postgres"]);
    std::fs::create_dir(data.path().join("orgs")).unwrap();
    assert_eq!(names(Some("postgres://db/x")).unwrap(), ["postgres", "local"]);
    let text = "[[home]]\nname='a'\nsqlite='a'\n[[home]]\nname='b'\nsqlite='b'\n\
                [[home]]\nname='c'\nsqlite='c'\n";
    std::fs::write(data.path().join("candor.toml"), text).unwrap();
    assert_eq!(names(None).unwrap(), ["a", "b", "c"]);
    assert_eq!(names(Some("c")).unwrap(), ["c", "a", "b"]);
    assert_eq!(names(Some("d")).unwrap_err(), "there is no home `d`; there are: a, b, c");
    let missing = read(data.path(), Some(Path::new("/nowhere/candor.toml")), None).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read /nowhere/candor.toml");
}
