use super::*;

async fn page(world: &World, path: &str) -> (u16, String) {
    let response = world.get(path).send().await.unwrap();
    let kind = response.headers()["content-type"].clone();
    assert_eq!(kind, "text/html; charset=utf-8");
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn the_timeline_is_escaped_and_newest_first() {
    let world = World::new().await;
    let account = json!({ "username": "hack", "display_name": "<i>\"x\"" });
    let made = world.client.post(world.url("/sandbox/accounts")).json(&account);
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let status = json!({ "status": "<script>alert('1')</script>", "spoiler_text": "<b>" });
    let sent = world
        .client
        .post(world.url("/api/v1/statuses"))
        .bearer_auth(made["access_token"].as_str().unwrap())
        .json(&status);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    world.published("新しい投稿", None).await;
    world.published("新しい投稿", None).await;

    let (status, html) = page(&world, "/").await;
    assert_eq!(status, 200);
    assert!(html.contains("<html lang=\"ja\">") && html.contains("<h1>タイムライン</h1>"));
    assert!(!html.contains("<script") && !html.contains("<i>") && !html.contains("<b>"));
    assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(html.contains("&lt;i&gt;&quot;x&quot;"));
    assert!(html.find("新しい投稿").unwrap() < html.find("alert").unwrap());
    assert_eq!(html.matches("同じ文面の重複").count(), 1);

    let (status, html) = page(&world, "/@hack").await;
    assert_eq!(status, 200);
    assert!(html.contains("alert") && !html.contains("新しい投稿"));
    assert_eq!(page(&world, "/@nobody").await.0, 404);
    assert_eq!(page(&world, "/nothing").await.0, 404);
}

#[tokio::test]
async fn the_link_of_a_status_opens() {
    let world = World::new().await;
    let status = world.published("開く", None).await;
    let link = status["url"].as_str().unwrap();
    let path = link.strip_prefix(world.sandbox.base_url()).unwrap();
    let (code, html) = page(&world, path).await;
    assert_eq!(code, 200);
    assert!(html.contains("開く"));
    assert_eq!(page(&world, &path.replace("town", "village")).await.0, 404);
}
