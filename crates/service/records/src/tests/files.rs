//! A folder of source files as pairs of paths and texts.

use std::fs;
use std::path::Path;

pub(super) fn read(root: &Path, dir: &Path, out: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, out);
        } else {
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            out.push((relative, fs::read_to_string(&path).unwrap()));
        }
    }
    out.sort();
}
