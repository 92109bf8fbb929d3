//! Projects as they lie on disk: whole, foreign, hostile.

use std::fs;
use std::path::Path;

use super::{Error, Project, read};

fn write(root: &Path, path: &str, text: &str) {
    let full = root.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, text).unwrap();
}

fn paths(project: &Project) -> Vec<&str> {
    project.files.iter().map(|it| it.path.as_str()).collect()
}

#[test]
fn package_directories_are_walked_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(
        root,
        "sfdx-project.json",
        r#"{"packageDirectories":[{"path":"./b"},{"path":"a"},{"path":"a/x"}]}"#,
    );
    write(root, "b/tabs/T.tab-meta.xml", "\u{feff}<CustomTab/>");
    write(root, "a/x/y.page", "<page/>");
    write(root, "a/.hidden/z.tab-meta.xml", "<CustomTab/>");
    write(root, "outside/z.tab-meta.xml", "<CustomTab/>");
    let project = read(root).unwrap();
    assert_eq!(paths(&project), ["a/x/y.page", "b/tabs/T.tab-meta.xml"]);
    assert_eq!(project.files[0].text, None);
    assert_eq!(project.files[1].text.as_deref(), Some("<CustomTab/>"));
}

#[test]
fn a_directory_of_source_needs_no_manifest() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "objects/A__c/A__c.object-meta.xml", "<CustomObject/>");
    assert_eq!(paths(&read(dir.path()).unwrap()), ["objects/A__c/A__c.object-meta.xml"]);
}

#[test]
fn what_cannot_be_a_project_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    assert!(matches!(read(root), Err(Error::Empty { .. })));
    assert!(matches!(read(&root.join("nowhere")), Err(Error::NotADirectory { .. })));
    for (manifest, expected) in [
        (r#"{"packageDirectories":[]}"#, "sfdx-project.json names no package directory"),
        (
            r#"{"packageDirectories":[{"path":"../x"}]}"#,
            "package directory `../x` does not lie inside the project",
        ),
        (
            r#"{"packageDirectories":[{"path":"/etc"}]}"#,
            "package directory `/etc` does not lie inside the project",
        ),
        (r#"{"packageDirectories":[{"path":"gone"}]}"#, "package directory `gone` does not exist"),
        ("{", "sfdx-project.json is malformed"),
    ] {
        write(root, "sfdx-project.json", manifest);
        assert_eq!(read(root).unwrap_err().to_string(), expected);
    }
}

#[test]
fn text_must_be_text_and_of_bounded_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.tab-meta.xml");
    fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    let problems = read(dir.path()).unwrap().problems;
    assert_eq!(problems[0].to_string(), "x.tab-meta.xml:1: the file is not UTF-8 text");
    fs::File::create(&path).unwrap().set_len(super::FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(read(dir.path()), Err(Error::FileTooLarge { .. })));
}

#[test]
fn depth_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &format!("{}x.tab-meta.xml", "d/".repeat(40)), "<CustomTab/>");
    assert!(matches!(read(dir.path()), Err(Error::TooDeep { .. })));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.tab-meta.xml", "<CustomTab/>");
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/x.tab-meta.xml", "<CustomTab/>");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("a/linked")).unwrap();
    std::os::unix::fs::symlink(
        outside.path().join("secret.tab-meta.xml"),
        dir.path().join("a/file.tab-meta.xml"),
    )
    .unwrap();
    assert_eq!(paths(&read(dir.path()).unwrap()), ["a/x.tab-meta.xml"]);
    write(dir.path(), "sfdx-project.json", r#"{"packageDirectories":[{"path":"a/linked"}]}"#);
    assert!(matches!(read(dir.path()), Err(Error::MissingDirectory { .. })));
}
