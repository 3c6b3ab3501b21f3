//! Where links lead.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use rstest::rstest;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::{Book, Reply, Site, net};
use crate::{
    domain::evidence::{LinkEnd, LinkLook},
    net::{LoopbackPolicy, NetConfig},
    probe::{LinkLimits, LinkProbe, MOST_HOPS, READ_BYTES},
};

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn probe(names: &Arc<Book>) -> LinkProbe {
    LinkProbe::new(&net(names), LinkLimits::default()).unwrap()
}

async fn look(address: &str) -> LinkLook {
    probe(&Book::of(&[])).look(address, AT).await
}

/// The way that a look took: hosts and paths.
fn way(look: &LinkLook) -> Vec<String> {
    let urls = look.hops.iter().map(|hop| url::Url::parse(hop).unwrap());
    urls.map(|url| format!("{}{}", url.host_str().unwrap(), url.path()))
        .collect()
}

#[tokio::test]
async fn redirects_are_followed_and_written_down() {
    let site = Site::start(|path, port| match path {
        "/a" => Reply::moved(302, "/dir/b?x=1#place"),
        "/dir/b?x=1" => Reply::moved(301, "c"),
        "/dir/c" => Reply::moved(308, &format!("http://other.test:{port}/お知らせ")),
        _ => Reply::page("<p>着きました</p>"),
    })
    .await;
    let found = look(&site.url("start.test", "/a")).await;
    assert_eq!(found.end, LinkEnd::Reached);
    let expected = [
        site.url("start.test", "/a"),
        site.url("start.test", "/dir/b?x=1"),
        site.url("start.test", "/dir/c"),
        site.url("other.test", "/%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B"),
    ];
    assert_eq!(found.hops, expected);
    assert_eq!(found.at, AT);
}

#[rstest]
#[case(200, LinkEnd::Reached)]
#[case(204, LinkEnd::Reached)]
#[case(302, LinkEnd::Reached)] // without a Location there is nothing but the page
#[case(401, LinkEnd::Reached)]
#[case(403, LinkEnd::Reached)]
#[case(404, LinkEnd::NotFound)]
#[case(410, LinkEnd::NotFound)]
#[case(408, LinkEnd::NoAnswer)]
#[case(429, LinkEnd::NoAnswer)]
#[case(500, LinkEnd::NoAnswer)]
#[case(503, LinkEnd::NoAnswer)]
#[tokio::test]
async fn a_status_says_how_it_ends(#[case] status: u16, #[case] end: LinkEnd) {
    let site = Site::start(move |_, _| Reply::status(status)).await;
    assert_eq!(look(&site.url("a.test", "/")).await.end, end);
}

#[rstest]
#[case("mailto:a@example.jp")]
#[case("javascript:alert(1)")]
#[case("file:///etc/passwd")]
#[case("http://")]
#[case("http://a.test:99999/")]
#[tokio::test]
async fn a_way_that_no_browser_goes_by_http_is_no_answer(#[case] location: &'static str) {
    let site = Site::start(move |_, _| Reply::moved(302, location)).await;
    let found = look(&site.url("a.test", "/")).await;
    assert_eq!(
        (found.hops.len(), found.end),
        (1, LinkEnd::NoAnswer),
        "{location}"
    );
}

#[tokio::test]
async fn a_look_ends_after_the_last_hop_that_is_followed() {
    let site = Site::start(|path, _| match path[1..].parse() {
        Ok(0) => Reply::page(""),
        Ok(left) => Reply::moved(302, &format!("/{}", left - 1)),
        Err(_) => Reply::moved(302, "/loop"),
    })
    .await;
    let found = look(&site.url("a.test", &format!("/{MOST_HOPS}"))).await;
    assert_eq!((found.hops.len(), found.end), (MOST_HOPS + 1, LinkEnd::Reached));
    let found = look(&site.url("a.test", &format!("/{}", MOST_HOPS + 1))).await;
    assert_eq!(
        (found.hops.len(), found.end),
        (MOST_HOPS + 1, LinkEnd::TooManyHops)
    );
    let found = look(&site.url("a.test", "/loop")).await;
    assert_eq!((found.hops.len(), found.end), (1, LinkEnd::TooManyHops));
}

#[tokio::test]
async fn pages_that_lead_on_by_themselves_are_hops() {
    let site = Site::start(|path, port| match path {
        "/page" => Reply::page(&format!(
            "<meta http-equiv=refresh content='5;url=http://far.test:{port}/header'>"
        )),
        "/header" => Reply::text("HTTP/1.1 200 OK\r\nrefresh: 0; url=/based\r\ncontent-length: 0\r\n\r\n"),
        "/based" => Reply::page("<base href='/deep/x'><meta http-equiv=refresh content='0;url=end'>"),
        "/again" => Reply::page("<meta http-equiv=refresh content='60;url=/again'>"),
        "/ping" => Reply::page("<meta http-equiv=refresh content='60;url=/pong'>"),
        "/pong" => Reply::page("<meta http-equiv=refresh content='60;url=/ping'>"),
        "/text" => Reply::text(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n<meta http-equiv=refresh content='0;url=/ping'>",
        ),
        "/gone" => Reply::text(
            "HTTP/1.1 404 No\r\ncontent-type: text/html\r\n\r\n<meta http-equiv=refresh content='0;url=/end'>",
        ),
        _ => Reply::page("<p>ここまで</p>"),
    })
    .await;
    let led = async |path: &str| {
        let found = look(&site.url("a.test", path)).await;
        (way(&found), found.end)
    };
    let expected = [
        "a.test/page",
        "far.test/header",
        "far.test/based",
        "far.test/deep/end",
    ];
    assert_eq!(
        led("/page").await,
        (expected.map(str::to_owned).to_vec(), LinkEnd::Reached)
    );
    assert_eq!(
        led("/again").await,
        (vec!["a.test/again".to_owned()], LinkEnd::Reached)
    );
    let both = vec!["a.test/ping".to_owned(), "a.test/pong".to_owned()];
    assert_eq!(led("/ping").await, (both, LinkEnd::Reached));
    assert_eq!(
        led("/text").await,
        (vec!["a.test/text".to_owned()], LinkEnd::Reached)
    );
    assert_eq!(
        led("/gone").await,
        (vec!["a.test/gone".to_owned()], LinkEnd::NotFound)
    );
}

#[rstest]
#[case("http://10.0.0.1/")]
#[case("http://10.1/")]
#[case("http://167772161/")]
#[case("http://0x0a000001/")]
#[case("http://0xa.0.0.1/")]
#[case("http://012.0.0.1/")]
#[case("http://①０.0.0.1/")]
#[case("http://172.16.0.1/")]
#[case("http://192.168.1.1/admin")]
#[case("https://192.168.1.1/")]
#[case("http://169.254.169.254/latest/meta-data/")]
#[case("http://2852039166/latest/meta-data/")]
#[case("http://[::ffff:169.254.169.254]/")]
#[case("http://[::ffff:a9fe:a9fe]/")]
#[case("http://[fd00:ec2::254]/")]
#[case("http://[64:ff9b::a00:1]/")]
#[case("http://[2002:a00:1::]/")]
#[case("http://[fe80::1]/")]
#[case("http://[ff02::1]/")]
#[case("http://[::]/")]
#[case("http://0/")]
#[case("http://100.64.0.1/")]
#[case("http://224.0.0.1/")]
#[case("http://255.255.255.255/")]
#[case("http://inner.test/")]
#[case("http://inner6.test/")]
#[case("http://metadata.test./")]
#[tokio::test]
async fn nothing_inside_is_called_at_any_hop(#[case] target: &'static str) {
    let names = Book::of(&[
        ("inner.test", &[&["10.0.0.1", "192.168.0.1"]]),
        ("inner6.test", &[&["fd00::1"]]),
        ("metadata.test.", &[&["169.254.169.254"]]),
    ]);
    let first = probe(&names).look(target, AT).await;
    assert_eq!((first.hops.len(), first.end), (1, LinkEnd::Private), "{target}");
    let site = Site::start(move |_, _| Reply::moved(302, target)).await;
    let later = probe(&names).look(&site.url("a.test", "/"), AT).await;
    assert_eq!((later.hops.len(), later.end), (2, LinkEnd::Private), "{target}");
    let page = format!("<meta http-equiv=refresh content='0;url={target}'>");
    let site = Site::start(move |_, _| Reply::page(&page)).await;
    let later = probe(&names).look(&site.url("a.test", "/"), AT).await;
    assert_eq!((later.hops.len(), later.end), (2, LinkEnd::Private), "{target}");
}

#[rstest]
#[case("127.0.0.1")]
#[case("2130706433")]
#[case("0x7f.1")]
#[case("0177.0.0.1")]
#[case("[::ffff:127.0.0.1]")]
#[case("localhost")]
#[case("www.localhost.")]
#[case("here.test")]
#[tokio::test]
async fn this_machine_is_inside(#[case] host: &str) {
    let site = Site::start(|_, _| Reply::page("secret")).await;
    let strict = NetConfig {
        loopback: LoopbackPolicy::Refused,
        ..net(&Book::of(&[]))
    };
    let probe = LinkProbe::new(&strict, LinkLimits::default()).unwrap();
    let found = probe.look(&site.url(host, "/"), AT).await;
    assert_eq!(found.end, LinkEnd::Private, "{host}");
    assert_eq!(site.requests().len(), 0, "{host}");
}

#[tokio::test]
async fn a_name_that_moves_inside_between_hops_is_seen() {
    let names = Book::of(&[("rebind.test", &[&["127.0.0.1"], &["10.0.0.1"]])]);
    let site = Site::start(|_, _| Reply::moved(302, "/again")).await;
    let found = probe(&names).look(&site.url("rebind.test", "/"), AT).await;
    assert_eq!((found.hops.len(), found.end), (2, LinkEnd::Private));
    // What was checked is what was connected to: one look-up a hop, none in between.
    assert_eq!((names.asked().len(), site.requests().len()), (2, 1));
}

#[tokio::test]
async fn names_that_lead_nowhere() {
    assert_eq!(look("https://nowhere.test/").await.end, LinkEnd::NoSuchHost);
    assert_eq!(look("https://silent.test/").await.end, LinkEnd::NoAnswer);
    let site = Site::start(|_, _| Reply::moved(302, "https://nowhere.test/x")).await;
    let found = look(&site.url("a.test", "/")).await;
    assert_eq!(
        (way(&found), found.end),
        (
            vec!["a.test/".to_owned(), "nowhere.test/x".to_owned()],
            LinkEnd::NoSuchHost
        )
    );
    for odd in ["", "not an address", "mailto:a@example.jp", "https://"] {
        let found = look(odd).await;
        assert_eq!(
            (found.hops, found.end),
            (vec![odd.to_owned()], LinkEnd::NoAnswer),
            "{odd}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_useful_is_no_answer() {
    let limits = LinkLimits {
        hop: Duration::from_millis(50),
        ..LinkLimits::default()
    };
    let probe = LinkProbe::new(&net(&Book::of(&[])), limits).unwrap();
    let site = Site::start(|path, _| match path {
        "/cut" => Reply::text("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf"),
        "/closed" => Reply::text(""),
        "/odd" => Reply::text("hello\r\n\r\n"),
        _ => Reply::Nothing,
    })
    .await;
    for path in ["/cut", "/closed", "/odd", "/silent"] {
        let found = probe.look(&site.url("a.test", path), AT).await;
        assert_eq!(found.end, LinkEnd::NoAnswer, "{path}");
    }
}

#[tokio::test]
async fn little_of_a_large_page_is_read() {
    let far = format!(
        "{}<meta http-equiv=refresh content='0;url=/late'>",
        " ".repeat(READ_BYTES)
    );
    let site = Site::start(move |path, _| match path {
        "/endless" => Reply::Endless(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n".to_vec()),
        _ => Reply::page(&far),
    })
    .await;
    for path in ["/endless", "/far"] {
        let found = look(&site.url("a.test", path)).await;
        assert_eq!((found.hops.len(), found.end), (1, LinkEnd::Reached), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_sent_that_could_be_misused() {
    let site = Site::start(|path, port| match path {
        "/" => Reply::text(format!(
            "HTTP/1.1 302 Moved\r\nset-cookie: canary=1; path=/\r\n\
             location: http://user:canary@b.test:{port}/next\r\ncontent-length: 0\r\n\r\n"
        )),
        _ => Reply::page(""),
    })
    .await;
    let address = site.url("name:canary@a.test", "/#canary");
    let found = look(&address).await;
    assert_eq!(found.end, LinkEnd::Reached);
    assert_eq!(found.hops, [site.url("a.test", "/"), site.url("b.test", "/next")]);
    let requests = site.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let request = request.to_lowercase();
        assert!(request.starts_with("get /"), "{request}");
        assert!(request.contains("\r\nuser-agent: sekisho/"), "{request}");
        for never in ["canary", "authorization", "cookie", "referer"] {
            assert!(!request.contains(never), "{never}: {request}");
        }
    }
}

#[tokio::test]
async fn nobody_waits_longer_than_for_all_links_together() {
    let limits = LinkLimits {
        whole: Duration::from_millis(200),
        ..LinkLimits::default()
    };
    let probe = LinkProbe::new(&net(&Book::of(&[])), limits).unwrap();
    let site = Site::start(|path, _| match path {
        "/quick" => Reply::page(""),
        _ => Reply::Nothing,
    })
    .await;
    let addresses = ["/quick", "/never", "/never-either"].map(|path| site.url("a.test", path));
    let looks = probe.look_at_all(BTreeSet::from(addresses.clone()), AT).await;
    assert_eq!(looks.keys().collect::<Vec<_>>(), [&addresses[0]]);
}

const REQUEST: &str = "[req]\ndistinguished_name = name\nx509_extensions = more\nprompt = no\n\
                       [name]\nCN = right.test\n\
                       [more]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:right.test\n";

/// Makes a certificate that signs itself, with its key.
fn certify(directory: &Path) -> (Vec<u8>, ServerConfig) {
    let files = ["request.cnf", "key.pem", "certificate.pem"].map(|name| directory.join(name));
    std::fs::write(&files[0], REQUEST).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "2", "-config"])
        .arg(&files[0])
        .arg("-keyout")
        .arg(&files[1])
        .arg("-out")
        .arg(&files[2])
        .output()
        .expect("openssl comes with the PostgreSQL packages that the tests need");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let certificate = CertificateDer::from_pem_file(&files[2]).unwrap();
    let key = PrivateKeyDer::from_pem_file(&files[1]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    (std::fs::read(&files[2]).unwrap(), config)
}

/// A site behind TLS that has no page.
fn covered(config: ServerConfig) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
            }
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_that_is_not_the_hosts_is_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, config) = certify(directory.path());
    let port = covered(config);
    let right = format!("https://right.test:{port}/");
    assert_eq!(look(&right).await.end, LinkEnd::Certificate);
    let trusting = NetConfig {
        extra_roots: certificate,
        ..net(&Book::of(&[]))
    };
    let probe = LinkProbe::new(&trusting, LinkLimits::default()).unwrap();
    assert_eq!(probe.look(&right, AT).await.end, LinkEnd::NotFound);
    let wrong = format!("https://wrong.test:{port}/");
    assert_eq!(probe.look(&wrong, AT).await.end, LinkEnd::Certificate);
    // Who does not speak TLS has no certificate that could be wrong.
    let site = Site::start(|_, _| Reply::text("hello\r\n")).await;
    let plain = format!("https://right.test:{}/", site.port);
    assert_eq!(probe.look(&plain, AT).await.end, LinkEnd::NoAnswer);
}
