//! The files that pages refer to: a style sheet, a script, an icon, embedded in the binary.
//!
//! The URL holds a hash of the content, so a browser may keep a file forever and still gets a
//! new one after an upgrade. The hash need not resist anybody: FNV-1a, computed by the compiler.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

pub(crate) struct Asset {
    /// The URL's last segment without the hash, and its ending.
    stem: &'static str,
    ending: &'static str,
    media_type: &'static str,
    content: &'static str,
    hash: u64,
}

pub(crate) const STYLE: Asset =
    Asset::new("style", "css", "text/css; charset=utf-8", include_str!("asset/style.css"));
pub(crate) const SCRIPT: Asset =
    Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("asset/app.js"));
pub(crate) const ICON: Asset =
    Asset::new("icon", "svg", "image/svg+xml", include_str!("asset/icon.svg"));

const ALL: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];

impl Asset {
    const fn new(
        stem: &'static str,
        ending: &'static str,
        media_type: &'static str,
        content: &'static str,
    ) -> Self {
        Self { stem, ending, media_type, content, hash: fnv(content.as_bytes()) }
    }

    fn file_name(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.hash, self.ending)
    }

    pub(crate) fn url(&self) -> String {
        format!("/assets/{}", self.file_name())
    }
}

/// Serves the asset with this file name; only the present hash has one.
pub(crate) fn serve(file_name: &str) -> Option<Response<Body>> {
    let asset = ALL.into_iter().find(|it| it.file_name() == file_name)?;
    let mut response = Response::new(Body::from(asset.content));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    Some(response)
}

pub(crate) const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash ^= bytes[at] as u64;
        hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_small_and_served_under_their_hash() {
        assert!(STYLE.content.len() < 30_000, "{}", STYLE.content.len());
        assert!(SCRIPT.content.len() < 4_000, "{}", SCRIPT.content.len());
        for asset in ALL {
            assert!(serve(&asset.file_name()).is_some());
        }
        assert!(serve("style.css").is_none());
        assert!(serve("style-0000000000000000.css").is_none());
        assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
