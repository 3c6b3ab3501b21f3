//! Pictures over HTTP: brought, named in posts, read by staff and by platforms.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::Duration;
use image::DynamicImage;
use serde_json::{Value, json};

use super::world::{Answer, World, ask};
use crate::{
    domain::{account::Platform, media::Form},
    media::tests::paint::{code, exif, jpeg, noise, pasted, png, scene},
    store::renditions::RenditionKey,
};

impl World {
    async fn upload(&self, token: &str, bytes: &[u8]) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/media")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(bytes.to_vec()))
            .unwrap();
        self.send(request).await
    }

    /// A picture of a telephone: it tells where it was taken.
    async fn photo(&self) -> Value {
        self.upload(&self.author, &jpeg(&scene(400, 300), Some(exif(6))))
            .await
            .ok()
    }

    fn showing(&self, media: &Value, alt: &str) -> Value {
        let mut draft = self.draft("給水のお知らせ");
        draft["media"] = json!([{ "digest": media["digest"], "alt": alt }]);
        draft
    }
}

fn rules(verdict: &Value) -> Vec<&str> {
    let findings = verdict["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_picture_is_cleaned_and_served() {
    let world = World::new().await;
    let media = world.photo().await;
    assert_eq!(media["removed"], json!(["position", "device", "exif"]));
    assert_eq!((&media["width"], &media["height"]), (&json!(300), &json!(400)));
    assert_eq!((&media["kind"], &media["codes"]), (&json!("jpeg"), &json!([])));
    for place in [&media["file"], &media["thumbnail"]] {
        let answer = world.get(place.as_str().unwrap(), &world.author).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert!(
            answer
                .header("content-disposition")
                .starts_with("inline; filename=")
        );
        assert!(!answer.text.contains("SECRET-POSITION") && !answer.text.contains("Exif"));
    }
    let facts = format!("{}/facts", media["file"].as_str().unwrap());
    let told = world.get(&facts, &world.approvers[0]).await.ok();
    assert_eq!(told["digest"], media["digest"]);
    // The same file is the same medium.
    assert_eq!(world.photo().await["digest"], media["digest"]);
}

#[tokio::test]
async fn a_picture_of_another_organization_is_not_there() {
    let world = World::new().await;
    let media = world.photo().await;
    let file = media["file"].as_str().unwrap();
    for place in [
        file.to_owned(),
        format!("{file}/thumbnail"),
        format!("{file}/facts"),
    ] {
        world
            .get(&place, &world.foreigner)
            .await
            .refused(404, "not-found");
    }
    let draft = world.showing(&media, "給水車");
    assert_eq!(world.post("/v1/posts", &world.author, &draft).await.status, 201);
    let mut abroad = draft;
    abroad["targets"] = json!([]);
    let foreign = world.post("/v1/checks", &world.foreigner, &abroad).await;
    foreign.invalid("/media/0/digest", "media-unknown");
}

#[tokio::test]
async fn only_pictures_and_films_of_some_size_are_taken() {
    let world = World::new().await;
    let author = &world.author;
    for bytes in [b"%PDF-1.7 and a contract of many pages".as_slice(), b"", b"GIF"] {
        world.upload(author, bytes).await.refused(415, "media-not-taken");
    }
    let large = png(&DynamicImage::ImageRgb8(noise(200, 200)), None, None);
    assert!(large.len() > 60_000);
    world.upload(author, &large).await.refused(413, "body-too-large");
    let mut cut = jpeg(&scene(400, 300), None);
    cut.truncate(300);
    world.upload(author, &cut).await.refused(422, "media-refused");
    world
        .upload(&world.approvers[0], &cut)
        .await
        .refused(403, "scope-missing");
    let incoming = world.directory.path().join("media/incoming");
    assert_eq!(
        std::fs::read_dir(incoming).unwrap().count(),
        0,
        "something was left behind"
    );
}

#[tokio::test]
async fn a_code_in_a_picture_is_a_link() {
    let world = World::new().await;
    let mut poster = scene(400, 400);
    pasted(
        &mut poster,
        &code("https://bit.ly/3xYzAbC", 6),
        (200.0, 200.0),
        0.3,
    );
    let media = world.upload(&world.author, &jpeg(&poster, None)).await.ok();
    assert_eq!(media["codes"], json!(["https://bit.ly/3xYzAbC"]));
    let mut draft = world.showing(&media, "給水所の案内図");
    draft["submit"] = true.into();
    let refused = world.post("/v1/posts", &world.author, &draft).await;
    let problem = refused.refused(422, "gate-refuses");
    assert!(rules(&problem).contains(&"link.shortener"), "{problem}");
}

#[tokio::test]
async fn a_post_names_media_that_are_there_and_described() {
    let world = World::new().await;
    let media = world.photo().await;
    let check = async |draft: &Value| world.post("/v1/checks", &world.author, draft).await;
    let verdict = check(&world.showing(&media, "市役所の前に並ぶ給水車")).await.ok();
    assert_eq!(rules(&verdict), [""; 0]);
    for (alt, rule) in [("", "alt.missing"), ("IMG_1234.jpg", "alt.file_name")] {
        let verdict = check(&world.showing(&media, alt)).await.ok();
        assert_eq!(rules(&verdict), [rule]);
    }
    let unknown = json!({ "digest": "00".repeat(32) });
    let refused = check(&world.showing(&unknown, "給水車")).await;
    refused.invalid("/media/0/digest", "media-unknown");
    let post = world.post("/v1/posts", &world.author, &world.draft("給水")).await;
    let place = format!("/v1/posts/{}", post.ok()["id"].as_str().unwrap());
    let change = json!({ "media": [{ "digest": "00".repeat(32), "alt": "給水車" }] });
    let mut request = ask(Method::PATCH, &place, &world.author, change.to_string().into());
    request.headers_mut().insert("if-match", "\"1\"".parse().unwrap());
    world
        .send(request)
        .await
        .invalid("/media/0/digest", "media-unknown");
}

#[tokio::test]
async fn bytes_that_were_changed_are_not_served() {
    let world = World::new().await;
    let media = world.photo().await;
    let digest = media["digest"].as_str().unwrap();
    let organization = world
        .service
        .authenticate(&world.author)
        .await
        .unwrap()
        .organization;
    let folder = world
        .directory
        .path()
        .join("media")
        .join(organization.to_string());
    let file = folder.join(&digest[..2]).join(digest);
    std::fs::write(&file, b"something else").unwrap();
    let place = media["file"].as_str().unwrap();
    world
        .get(place, &world.author)
        .await
        .refused(503, "media-unavailable");
    std::fs::remove_file(&file).unwrap();
    world
        .get(place, &world.author)
        .await
        .refused(503, "media-unavailable");
    // Brought again, it is there again.
    world.photo().await;
    assert_eq!(world.get(place, &world.author).await.status, 200);
}

#[tokio::test]
async fn a_platform_fetches_what_was_opened_for_it_and_for_a_while() {
    let world = World::new().await;
    let media = world.photo().await;
    let key = RenditionKey {
        organization: world
            .service
            .authenticate(&world.author)
            .await
            .unwrap()
            .organization,
        media: media["digest"].as_str().unwrap().parse().unwrap(),
        platform: Platform::Line,
        form: Form::Preview,
    };
    let address = world.service.open_to_platform(key).await.unwrap();
    let place = address.strip_prefix("https://media.example.lg.jp").unwrap();
    assert!(place.len() >= "/m/".len() + 43, "{place}");
    let fetch = async |place: &str| {
        let request = Request::builder().uri(place).body(Body::empty()).unwrap();
        world.send(request).await
    };
    let answer = fetch(place).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "image/jpeg")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    let part = Request::builder().uri(place).header("range", "bytes=1-2");
    let part = world.send(part.body(Body::empty()).unwrap()).await;
    assert_eq!((part.status.as_u16(), part.header("content-length")), (206, "2"));
    assert!(part.header("content-range").starts_with("bytes 1-2/"));
    let beyond = Request::builder().uri(place).header("range", "bytes=99999999-");
    assert_eq!(world.send(beyond.body(Body::empty()).unwrap()).await.status, 200);
    for other in ["/m/", "/m/AAAA", "/m/x", &place.replace(&place[5..8], "___")] {
        assert_eq!(fetch(other).await.status, 404, "{other}");
    }
    world.clock.advance(Duration::minutes(15));
    fetch(place).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_is_in_no_post_is_forgotten() {
    let world = World::new().await;
    let unused = world.photo().await;
    let shown = world
        .upload(&world.author, &jpeg(&scene(300, 300), None))
        .await
        .ok();
    let draft = world.showing(&shown, "市役所");
    world.post("/v1/posts", &world.author, &draft).await.ok();
    assert_eq!(world.service.forget_media().await.unwrap(), 0);
    world.clock.advance(Duration::days(31));
    // The picture and its small copy.
    assert_eq!(world.service.forget_media().await.unwrap(), 2);
    let place = |media: &Value| media["file"].as_str().unwrap().to_owned();
    world
        .get(&place(&unused), &world.author)
        .await
        .refused(404, "not-found");
    assert_eq!(world.get(&place(&shown), &world.author).await.status, 200);
}
