//! What was given at a platform is handed in at the command line, from a file or the standard input.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use sekisho::domain::ids::AccountId;

use crate::support::{
    Town,
    database::Kind,
    process::{argument, gateway, refused, succeed},
    raw::Raw,
    town::new_account,
};

/// A second account of the town, and nobody at the database.
async fn registered(town: &Town) -> AccountId {
    let new = new_account(town.division, town.sandbox.base_url(), "bosai");
    let account = town
        .app
        .service
        .register_account_from_command_line(town.organization, new)
        .await
        .expect("an account");
    town.app.store.close().await;
    account.id
}

fn from_standard_input(url: &str, arguments: &[&str], secret: &str) -> Output {
    let mut child = gateway(url)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = child.stdin.take().expect("its standard input");
    input.write_all(secret.as_bytes()).expect("written");
    drop(input);
    child.wait_with_output().expect("it ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_comes_from_a_file_or_the_standard_input() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (account, url) = (registered(&town).await.to_string(), town.database.url.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "bosai-token\n").expect("a file");
    let connect = ["account", "connect", &account, "--file", argument(&file)];
    let said = succeed(&url, &connect);
    assert!(said.contains("bosai\tactive"), "{said}");

    let password = [&connect[..], &["app-password", "--identifier", "bosai"]].concat();
    let said = refused(&url, &password);
    assert!(
        said.contains("/app_password: ") && !said.contains("bosai-token"),
        "{said}"
    );

    let typed = ["account", "connect", &account, "--file", "-"];
    let output = from_standard_input(&url, &typed, "bosai-token\n");
    assert!(output.status.success(), "{output:?}");
    let other = from_standard_input(&url, &typed, "koho-token\n");
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success(), "{other:?}");
    assert!(said.contains("koho") && !said.contains("koho-token"), "{said}");
    let nothing = from_standard_input(&url, &typed, "\n");
    assert!(!nothing.status.success(), "{nothing:?}");
}

/// As the API does: a platform that is in one place has no server to name, and no emergency clause is assumed.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_registered_as_over_the_api() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (division, url) = (town.division.to_string(), town.database.url.clone());
    town.app.store.close().await;
    let stage = format!("課長決裁=approver:{division}");
    let register = [
        "account",
        "register",
        "見本市",
        "--handle",
        "mihon",
        "--division",
        &division,
        "--stage",
        &stage,
    ];
    let said = succeed(&url, &[&register[..], &["--platform", "x"]].concat());
    assert!(said.starts_with("acc_"), "{said}");
    let nowhere = refused(&url, &[&register[..], &["--platform", "mastodon"]].concat());
    assert!(nowhere.contains("/instance: "), "{nowhere}");
    let known = Raw::same("SELECT instance || ' ' || emergency_cover FROM accounts WHERE platform = 'x'");
    assert_eq!(town.database.ask(known).await, ["https://api.x.com not_covered"]);
}
