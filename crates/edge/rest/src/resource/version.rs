//! The versions that are spoken, and the resources of one.

use crate::error::Failure;
use crate::reply::Reply;
use crate::request::{Call, Request};
use crate::routes::VERSIONS;
use crate::wire::write::Writer;

/// What lies directly under a version.
const RESOURCES: [&str; 8] = [
    "sobjects",
    "query",
    "queryAll",
    "search",
    "parameterizedSearch",
    "composite",
    "limits",
    "recent",
];

/// What lies directly under `composite`.
const COMPOSITE: [&str; 3] = ["batch", "sobjects", "tree"];

pub(crate) fn list(_: &Request) -> Result<Reply, Failure> {
    let mut w = Writer::default();
    w.array(|w| {
        for version in VERSIONS {
            w.object(|w| {
                w.key("label").text(&label(version));
                w.key("url").text(&format!("/services/data/v{version}.0"));
                w.key("version").text(&format!("{version}.0"));
            });
        }
    });
    Ok(Reply::json(w.finish()))
}

pub(crate) fn root(call: &Call<'_>) -> Result<Reply, Failure> {
    let base = call.request.base();
    let mut w = Writer::default();
    w.object(|w| {
        for name in RESOURCES.iter().filter(|it| is_served(it)) {
            w.key(name).text(&format!("{base}/{name}"));
        }
        let (org, user) = (call.tenant.id(), call.ctx.actor());
        w.key("identity").text(&format!("{}/id/{org}/{user}", call.request.origin()));
    });
    Ok(Reply::json(w.finish()))
}

/// `GET …/composite`.
pub(crate) fn composite(call: &Call<'_>) -> Result<Reply, Failure> {
    let base = call.request.base();
    let mut w = Writer::default();
    w.object(|w| {
        for name in COMPOSITE {
            w.key(name).text(&format!("{base}/composite/{name}"));
        }
    });
    Ok(Reply::json(w.finish()))
}

fn is_served(resource: &str) -> bool {
    let path = format!("/services/data/{{version}}/{resource}");
    crate::routes::ROUTES.iter().any(|it| it.path.starts_with(&path))
}

/// The season that a version came out in: three a year, the winter's under the next year.
fn label(version: u16) -> String {
    // Version 20 was Winter '11.
    let n = version - 20;
    let season = ["Winter", "Spring", "Summer"][usize::from(n % 3)];
    format!("{season} '{}", 11 + n / 3)
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_the_platforms() {
        for (version, expected) in [
            (20, "Winter '11"),
            (59, "Winter '24"),
            (60, "Spring '24"),
            (61, "Summer '24"),
            (62, "Winter '25"),
            (66, "Spring '26"),
            (67, "Summer '26"),
        ] {
            assert_eq!(label(version), expected);
        }
    }
}
