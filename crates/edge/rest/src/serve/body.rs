//! The body of a request: read whole, inflated where it was compressed, both within bounds.

use std::io::Read as _;

use axum::body::{Body, Bytes};
use flate2::bufread::MultiGzDecoder;

use crate::error::{Code, Failure};
use crate::request::Request;

pub(super) const BYTES_MAX: usize = 50 * 1024 * 1024;

/// What a small body may inflate to, whatever its ratio.
const INFLATED_BYTES_FREE: usize = 1024 * 1024;

/// Real JSON stays far below; more is a body made to exhaust memory.
const RATIO_MAX: usize = 200;

pub(super) async fn read(
    body: Body,
    request: &Request,
    bytes_max: usize,
) -> Result<Bytes, Failure> {
    let announced = request.header("content-length").and_then(|it| it.parse::<u64>().ok());
    if announced.is_some_and(|it| bytes_max as u64 <= it.saturating_sub(1)) {
        return Err(too_large(bytes_max));
    }
    let bytes = axum::body::to_bytes(body, bytes_max).await.map_err(|error| {
        // The body ended early, or it is larger than announced.
        tracing::debug!(request.id = request.id, error = %error, "body not read");
        too_large(bytes_max)
    })?;
    let encoding = request.header("content-encoding").unwrap_or_default().trim();
    match encoding.to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(bytes),
        "gzip" | "x-gzip" => inflate(bytes, bytes_max).await,
        other => {
            let message = format!("Content-Encoding {other} is not supported");
            Err(Failure::new(Code::UnsupportedMediaType, message))
        }
    }
}

async fn inflate(bytes: Bytes, bytes_max: usize) -> Result<Bytes, Failure> {
    let work = tokio::task::spawn_blocking(move || inflate_within(&bytes, bytes_max));
    work.await.map_err(|died| Failure::internal(&died))?
}

fn inflate_within(bytes: &[u8], bytes_max: usize) -> Result<Bytes, Failure> {
    let by_ratio = bytes.len().saturating_mul(RATIO_MAX).max(INFLATED_BYTES_FREE);
    let max = bytes_max.min(by_ratio);
    let mut out = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(max as u64 + 1);
    reader
        .read_to_end(&mut out)
        .map_err(|_| Failure::new(Code::InvalidInput, "The body is not valid gzip"))?;
    if max < out.len() { Err(too_large(max)) } else { Ok(out.into()) }
}

fn too_large(bytes_max: usize) -> Failure {
    let message = format!("The body is larger than {bytes_max} bytes, or was not sent whole");
    Failure::new(Code::ExceededMaxSizeRequest, message)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bodies_inflate_within_bounds() {
        let small = gzip(b"{}");
        assert_eq!(&inflate_within(&small, BYTES_MAX).unwrap()[..], b"{}");
        let free = gzip(&vec![b'a'; INFLATED_BYTES_FREE]);
        assert_eq!(inflate_within(&free, BYTES_MAX).unwrap().len(), INFLATED_BYTES_FREE);
        for (bomb, code) in [
            (gzip(&vec![0; 30 * 1024 * 1024]), Code::ExceededMaxSizeRequest),
            (b"not gzip".to_vec(), Code::InvalidInput),
            (small[..small.len() - 1].to_vec(), Code::InvalidInput),
        ] {
            let failure = inflate_within(&bomb, BYTES_MAX).map(|it| it.len()).unwrap_err();
            assert_eq!(failure.code(), code);
        }
    }
}
