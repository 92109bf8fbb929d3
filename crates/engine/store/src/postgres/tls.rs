//! TLS to the server.
//!
//! `prefer` and `require` encrypt without asking who the server is, as every PostgreSQL client
//! does; `verify-ca` asks for a certificate that descends from a trusted one, `verify-full` also
//! for the host's name in it.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
};

use super::options::{PostgresOptions, Tls};

pub(crate) type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Speaks TLS over `stream`, which the server has agreed to.
pub(crate) fn connect(stream: TcpStream, options: &PostgresOptions) -> io::Result<Stream> {
    let name = ServerName::try_from(options.host.clone()).map_err(io::Error::other)?;
    let provider = Arc::new(ring::default_provider());
    let roots = match &options.ca_file {
        Some(file) => Some(roots(file)?),
        None => None,
    };
    let verifier = Verifier::new(options.tls, roots, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(client, stream))
}

fn roots(file: &std::path::Path) -> io::Result<RootCertStore> {
    let unreadable = |error| io::Error::other(format!("{}: {error}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        roots.add(certificate.map_err(unreadable)?).map_err(io::Error::other)?;
    }
    Ok(roots)
}

/// Checks as much as the mode asks for. That the server holds the certificate's key is always
/// checked.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    mode: Tls,
    trusted: Option<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(
        mode: Tls,
        roots: Option<RootCertStore>,
        provider: &Arc<CryptoProvider>,
    ) -> io::Result<Self> {
        let trusted = match (mode, roots) {
            (Tls::VerifyCa | Tls::VerifyFull, roots) => {
                let roots = Arc::new(roots.unwrap_or_else(RootCertStore::empty));
                let builder =
                    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
                Some(builder.build().map_err(io::Error::other)?)
            }
            (Tls::Disable | Tls::Prefer | Tls::Require, _) => None,
        };
        Ok(Self { provider: Arc::clone(provider), mode, trusted })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.trusted else { return Ok(ServerCertVerified::assertion()) };
        let verified =
            trusted.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last: all else was in order.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.mode == Tls::VerifyCa => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
