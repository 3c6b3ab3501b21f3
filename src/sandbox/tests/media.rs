use reqwest::header::CONTENT_TYPE;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n the rest of a picture";
const MP4: &[u8] = b"\0\0\0\x18ftypmp42 the rest of a film";

/// A body as a client of Mastodon writes it.
fn form(file: &[u8], description: &str) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n{description}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"0\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat()
}

impl World {
    async fn upload(&self, token: &str, file: &[u8], description: &str) -> Response {
        let request = self.client.post(self.url("/api/v2/media")).bearer_auth(token);
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=edge");
        request.body(form(file, description)).send().await.unwrap()
    }

    async fn uploaded(&self, file: &[u8], description: &str) -> String {
        let answer = self.upload(TOKEN, file, description).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        // As Mastodon has it, no description is none.
        assert_eq!(answer["description"].as_str().unwrap_or_default(), description);
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn post(&self, body: Value) -> Response {
        let request = self.client.post(self.url("/api/v1/statuses")).bearer_auth(TOKEN);
        request.json(&body).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_picture_is_shown_with_its_description() {
    let world = World::new().await;
    let id = world.uploaded(PNG, "<給水所>の地図").await;
    let known = world.json(&format!("/api/v1/media/{id}")).await;
    assert_eq!(
        (known["type"].as_str(), known["id"].as_str()),
        (Some("image"), Some(id.as_str()))
    );
    let status = world
        .post(json!({ "status": "給水所です", "media_ids": [id] }))
        .await;
    assert_eq!(status.status(), 200);
    let status: Value = status.json().await.unwrap();
    assert_eq!(status["media_attachments"][0]["id"], id.as_str());
    let record = &world.sandbox.statuses()[0].media[0];
    assert_eq!(
        (record.bytes, record.description.as_str()),
        (PNG.len(), "<給水所>の地図")
    );

    let page = world.get("/").send().await.unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("img-src 'self'") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    assert!(
        html.contains(&format!("<img src=\"/media/{id}\" alt=\"&lt;給水所&gt;の地図\">")),
        "{html}"
    );
    let file = world.get(&format!("/media/{id}")).send().await.unwrap();
    assert_eq!(file.headers()[CONTENT_TYPE], "image/png");
    assert_eq!(file.bytes().await.unwrap(), PNG);
    assert_eq!(world.get("/media/1").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_film_alone_is_a_post_and_plays_on_the_page() {
    let world = World::new().await;
    let film = world.uploaded(MP4, "放水の様子").await;
    let picture = world.uploaded(PNG, "").await;
    let both = world
        .post(json!({ "status": "a", "media_ids": [picture, film] }))
        .await;
    assert_eq!(both.status(), 422);
    let alone = world.post(json!({ "status": "", "media_ids": [film] })).await;
    assert_eq!(alone.status(), 200);
    let html = world.get("/").send().await.unwrap().text().await.unwrap();
    assert!(
        html.contains("<video controls") && html.contains("aria-label=\"放水の様子\""),
        "{html}"
    );
}

#[tokio::test]
async fn what_is_not_taken_is_refused() {
    let world = World::new().await;
    assert_eq!(world.upload("nobody", PNG, "").await.status(), 401);
    assert_eq!(world.upload(TOKEN, b"MZ a program", "").await.status(), 422);
    assert_eq!(world.upload(TOKEN, PNG, &"字".repeat(1_501)).await.status(), 422);
    let large = [PNG, &vec![0; 16_777_216]].concat();
    assert_eq!(world.upload(TOKEN, &large, "").await.status(), 422);
    let bare = world.client.post(world.url("/api/v2/media")).bearer_auth(TOKEN);
    assert_eq!(bare.body("a").send().await.unwrap().status(), 422);

    let id = world.uploaded(PNG, "").await;
    for ids in [json!(["1"]), json!([1]), json!([id, id, id, id, id])] {
        let refused = world.post(json!({ "status": "a", "media_ids": ids })).await;
        assert_eq!(refused.status(), 422, "{ids}");
    }
    let others = world
        .upload("village-token", PNG, "")
        .await
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(
        world
            .post(json!({ "status": "a", "media_ids": [others["id"]] }))
            .await
            .status(),
        422
    );
    assert_eq!(
        world
            .post(json!({ "status": "a", "media_ids": [id] }))
            .await
            .status(),
        200
    );
    let twice = world.post(json!({ "status": "b", "media_ids": [id] })).await;
    assert_eq!(twice.status(), 422, "one status shows it already");
}

#[tokio::test]
async fn an_edit_exchanges_pictures_and_the_old_ones_are_remembered() {
    let world = World::new().await;
    let (before, after) = (world.uploaded(PNG, "前").await, world.uploaded(PNG, "後").await);
    let status = world
        .post(json!({ "status": "地図", "media_ids": [before] }))
        .await;
    let status: Value = status.json().await.unwrap();
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    let edit = world.client.put(world.url(&path)).bearer_auth(TOKEN);
    let edited = edit.json(&json!({ "status": "地図", "media_ids": [after] }));
    let edited: Value = edited.send().await.unwrap().json().await.unwrap();
    assert_eq!(edited["media_attachments"][0]["id"], after.as_str());
    let history = world.json(&format!("{path}/history")).await;
    assert_eq!(history[0]["media_attachments"][0]["id"], before.as_str());
    assert_eq!(history[1]["media_attachments"][0]["id"], after.as_str());
}

#[tokio::test]
async fn an_upload_can_fail_on_order() {
    let world = World::new().await;
    world
        .fault(json!({ "on": "upload", "do": { "kind": "status", "code": 503 } }))
        .await;
    assert_eq!(world.upload(TOKEN, PNG, "").await.status(), 503);
    assert!(world.sandbox.arrivals().is_empty(), "an upload is no post");
}
