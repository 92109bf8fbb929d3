//! The proxy passes bytes on unchanged, and cuts when told to.

use super::proxy::Proxy;
use super::random::Random;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

/// Listens on a port, and sends back what one client after another sends.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut back = stream.try_clone().unwrap();
            // The client may have been cut off.
            std::io::copy(&mut stream, &mut back).ok();
        }
    });
    port
}

/// What comes back of `sent`, until the connection ends.
fn through(proxy: &Proxy, sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let sent = sent.to_vec();
    let writing = std::thread::spawn(move || {
        // Fails when it is cut.
        writer.write_all(&sent).and_then(|()| writer.shutdown(Shutdown::Write)).ok();
    });
    let mut got = Vec::new();
    stream.read_to_end(&mut got).ok();
    writing.join().unwrap();
    got
}

#[test]
fn a_proxy_cuts_only_when_told_to() {
    let proxy = Proxy::start(echo(), 1).unwrap();
    let sent: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
    proxy.set_cutting(true);
    let got = through(&proxy, &sent);
    assert!(got.len() < sent.len() && sent.starts_with(&got), "{} bytes", got.len());
    assert_eq!(proxy.n_cut(), 1);
    proxy.set_cutting(false);
    // What a client sent is answered before its connection ends.
    assert_eq!(through(&proxy, b"whole"), b"whole");
    assert_eq!(proxy.n_cut(), 1);
}

#[test]
fn a_seed_repeats_its_chances() {
    let draw = |seed| {
        let mut random = Random::new(seed);
        [random.next(), random.within(5, 8), random.magnitude(4, 6)]
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3), draw(4));
    let mut random = Random::new(9);
    assert!((0..1000).map(|_| random.magnitude(4, 6)).all(|it| (16..64).contains(&it)));
}
