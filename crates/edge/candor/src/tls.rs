//! The certificates with which the API answers.
//!
//! Most clients of the wire protocol insist on TLS, and an installation on a laptop has no
//! public name: so the first start makes a certificate authority of its own, whose key never
//! leaves the data directory. Every start signs a fresh server certificate with it; a client
//! that trusts the authority's file trusts all of them.
//!
//! **Absent on purpose.** Certificates of public authorities: put a reverse proxy in front.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use base::DateTime;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// How long the authority is valid, in years.
const AUTHORITY_YEARS: i32 = 20;

/// What a server needs to answer over TLS.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_file: PathBuf,
}

/// Opens the authority under `data`, making it when there is none, and signs a certificate for
/// `host` and the loopback names.
pub(crate) fn open(data: &Path, host: IpAddr, now: DateTime) -> Result<Tls> {
    let dir = data.join("tls");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let ca_file = dir.join("ca.pem");
    let issuer = authority(&dir.join("ca.key"), &ca_file, now)?;
    let key = KeyPair::generate().context("cannot make a key")?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !host.is_loopback() && !host.is_unspecified() {
        names.push(host.to_string());
    }
    let mut params = CertificateParams::new(names).context("cannot name the server")?;
    params.distinguished_name.push(DnType::CommonName, "Candor");
    // Strict clients ask for the identifiers of both keys and for what the key may do.
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Clients refuse server certificates that are valid for more than 398 days.
    set_validity(&mut params, now, 1);
    let certificate = params.signed_by(&key, &issuer).context("cannot sign the certificate")?;
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("cannot set up TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("cannot use the certificate")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { config: Arc::new(config), ca_file: fs::canonicalize(&ca_file).unwrap_or(ca_file) })
}

/// The authority's name and key; its certificate file is made with it.
fn authority(key_file: &Path, ca_file: &Path, now: DateTime) -> Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Candor local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now, AUTHORITY_YEARS);
    if key_file.exists() && ca_file.exists() {
        let pem = fs::read_to_string(key_file)
            .with_context(|| format!("cannot read {}", key_file.display()))?;
        let key = KeyPair::from_pem(&pem)
            .with_context(|| format!("{} holds no private key", key_file.display()))?;
        return Ok(Issuer::new(params, key));
    }
    let key = KeyPair::generate().context("cannot make a key")?;
    let certificate = params.self_signed(&key).context("cannot sign the authority")?;
    write_private(key_file, key.serialize_pem().as_bytes())?;
    fs::write(ca_file, certificate.pem())
        .with_context(|| format!("cannot write {}", ca_file.display()))?;
    Ok(Issuer::new(params, key))
}

/// Makes `params` valid from the day before `now` (clients' clocks differ) for some years.
fn set_validity(params: &mut CertificateParams, now: DateTime, years: i32) {
    let days = now.timestamp().as_second() / 86_400 - 1;
    let from = base::Date(i32::try_from(days).unwrap_or(0)).civil();
    let (year, month) = (i32::from(from.year()), from.month().unsigned_abs());
    // Every month has 28 days, whatever the year.
    let day = from.day().unsigned_abs().min(28);
    params.not_before = date_time_ymd(year, month, day);
    params.not_after = date_time_ymd(year + years, month, day);
}

/// Writes a file that only its owner may read, from its first byte.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file =
        options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}
