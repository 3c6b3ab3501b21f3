//! The envelope for emergencies: two people let it out, either keeper opens it, another vault takes it in, and
//! what was posted meanwhile is told of and looked at.

use sekisho::{
    domain::{
        actor::{Grant, OrganizationRole, Scope},
        attempt::RemoteRef,
        delivery::DeliveryPhase,
    },
    service::{Consent, MadeOutside, Need, ServiceError},
    vault::{Keeper, Secret, disclose, new_keeper},
};

use crate::support::{Town, database::Kind, raw::Raw, town::person};

/// Two keepers' public keys, and one's identity.
fn keepers() -> (Vec<Keeper>, Secret) {
    let ((one, identity), (two, _)) = (new_keeper(), new_keeper());
    (vec![one, two], identity)
}

async fn export(town: &Town) -> (String, Secret) {
    let (keepers, identity) = keepers();
    let consent = Consent {
        administrator: &town.people.administrator,
        auditor: &town.people.auditor,
        reason: "防災訓練",
    };
    let envelope = town.app.service.export_credentials(consent, &keepers).await;
    (envelope.expect("an envelope"), identity)
}

#[tokio::test]
async fn what_left_the_vault_is_told_and_asked_to_be_renewed() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (envelope, identity) = export(&town).await;
    assert!(!envelope.contains("koho-token"));
    let opened = disclose(&envelope, &identity).expect("opened");
    assert!(opened.expose().contains("koho-token"));
    let views = town
        .app
        .service
        .credentials(&town.people.clerk)
        .await
        .expect("credentials");
    let standing = views[&town.account].standing;
    assert_eq!(
        (standing.as_str(), standing.needs_attention()),
        ("exported", true)
    );
    let entries = town.app.service.ledger(&town.people.auditor, None, 100).await;
    let entries = entries.expect("the ledger");
    let told = entries
        .iter()
        .find(|entry| entry.verb == "vault.exported")
        .expect("an entry");
    assert!(
        told.details
            .to_string()
            .contains(&town.people.auditor.user.to_string()),
        "{}",
        told.details
    );
    assert!(!told.details.to_string().contains("koho-token"));
}

#[tokio::test]
async fn nobody_lets_it_out_alone() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (keys, _) = keepers();
    let both: std::collections::BTreeSet<Grant> =
        [OrganizationRole::Administrator, OrganizationRole::Auditor]
            .map(Grant::Organization)
            .into();
    let scopes = [Scope::Read, Scope::Administer];
    let alone = person(&town.app, town.organization, "alone", both, &scopes).await;
    let people = &town.people;
    for (administrator, auditor, need) in [
        (&alone, &alone, Need::OtherStage),
        (&people.administrator, &people.director, Need::Role),
        (&people.clerk, &people.auditor, Need::Scope),
    ] {
        let consent = Consent {
            administrator,
            auditor,
            reason: "防災訓練",
        };
        let refused = town.app.service.export_credentials(consent, &keys).await;
        assert!(
            matches!(refused, Err(ServiceError::Forbidden(found)) if found == need),
            "{refused:?}"
        );
    }
}

/// The key ring is lost with the server room; the envelope brings the accounts back.
#[tokio::test]
async fn another_vault_takes_it_in_and_publishes() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (envelope, identity) = export(&town).await;
    town.database
        .tamper(&[Raw::same(
            "UPDATE credentials SET key_id = 'lost', sealed = X'00'",
        )])
        .await;
    let opened = disclose(&envelope, &identity).expect("opened");
    let brought = town
        .app
        .service
        .bring_in_credentials(town.organization, &opened)
        .await;
    let brought = brought.expect("taken in");
    assert_eq!((brought.accounts.len(), brought.unknown.len()), (1, 0));
    let cared = town.app.dispatcher.look_after_credentials().await;
    assert_eq!(cared.expect("the database"), 1);
    let left = Raw::same("SELECT CAST(version AS TEXT) || ' ' || (exported_at IS NOT NULL) FROM credentials");
    assert_eq!(
        town.database.ask(left).await,
        ["2 1"],
        "proven, and still to be renewed"
    );
    let post = town.approved("第二拠点から投稿します。").await;
    town.run_until(post, DeliveryPhase::Published).await;
}

#[tokio::test]
async fn what_was_posted_meanwhile_is_told_once_and_looked_at_by_somebody_else() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let (service, people) = (&town.app.service, &town.people);
    let made = MadeOutside {
        account: town.account,
        remote: RemoteRef {
            id: "113".to_owned(),
            url: Some("https://social.example/113".to_owned()),
        },
        text: "市内全域に避難指示を出しました。".to_owned(),
        published_at: service.now(),
        published_by: "危機管理課 当番".to_owned(),
        reason: "庁舎の浸水".to_owned(),
    };
    let refused = service.adopt_post(&people.clerk, made.clone()).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    let adopted = service
        .adopt_post(&people.duty_officer, made.clone())
        .await
        .expect("told");
    assert!(
        service.adopt_post(&people.auditor, made.clone()).await.is_err(),
        "told of already"
    );
    let later = MadeOutside {
        published_at: service.now() + chrono::Duration::days(1),
        reason: " ".to_owned(),
        ..made
    };
    let wrong = service.adopt_post(&people.duty_officer, later).await;
    assert!(
        matches!(&wrong, Err(ServiceError::Invalid(wrong)) if wrong.len() == 2),
        "{wrong:?}"
    );
    let waiting = service.adopted_posts(&people.clerk).await.expect("the list");
    assert_eq!(waiting, std::slice::from_ref(&adopted));
    let own = service
        .review_adopted(&people.duty_officer, adopted.id, None)
        .await;
    assert!(
        matches!(own, Err(ServiceError::Forbidden(Need::OtherHands))),
        "{own:?}"
    );
    let note = Some("内容を確認した".to_owned());
    service
        .review_adopted(&people.auditor, adopted.id, note)
        .await
        .expect("looked at");
    assert_eq!(service.adopted_posts(&people.clerk).await.expect("the list"), []);
}
