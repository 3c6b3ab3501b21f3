//! The demo's posts: one in every state that a post or a delivery can be in.

use chrono::{DateTime, Duration, FixedOffset};

use super::{picture, town::Town};
use crate::{
    app::App,
    domain::{
        digest::MediaDigest,
        ids::{AccountId, PostId},
        revision::{Act, Kind, Media, Visibility},
    },
    service::{Approval, Draft, DraftTarget, Once, PostView, Submission, Timing},
};

/// Queues the posts.
///
/// # Errors
/// When the gateway refuses one: a mistake in the demo itself.
pub async fn queue(app: &App, town: &Town) -> anyhow::Result<()> {
    let writer = Writer { app, town };
    let koho = town.account("KOHO")?;
    let toshokan = town.account("TOSHOKAN")?;
    let service = &app.service;
    let later = |hours: i64| (service.now() + Duration::hours(hours)).fixed_offset();

    writer
        .queue(
            "下書き：広報紙12月号の見どころを紹介します。",
            koho,
            Timing::OnApproval,
            Submission::Later,
        )
        .await?;
    writer
        .queue(
            "市民講座の参加者を募集しています。",
            koho,
            Timing::At(later(6)),
            Submission::now(),
        )
        .await?;
    let second = writer
        .queue(
            "道路工事のため片側通行になります。",
            koho,
            Timing::At(later(7)),
            Submission::now(),
        )
        .await?;
    writer.sign("CHIEF", &second).await?;

    let returned = writer
        .queue(
            "イベントのお知らせです。",
            koho,
            Timing::At(later(8)),
            Submission::now(),
        )
        .await?;
    let suggestion = Some("11月30日に中央公園で開くイベントのお知らせです。".to_owned());
    let reason = "日時と場所を書いてください".to_owned();
    let chief = town.person("CHIEF")?;
    service
        .send_back(
            chief,
            returned.post.id,
            returned.revision.digest,
            reason,
            suggestion,
        )
        .await?;

    let rejected = writer
        .queue(
            "担当課の確認前の内容です。",
            koho,
            Timing::At(later(8)),
            Submission::now(),
        )
        .await?;
    let reason = "公表の時期ではありません".to_owned();
    service
        .reject(chief, rejected.post.id, rejected.revision.digest, reason)
        .await?;

    let escalated = writer
        .queue(
            "他市との共同事業についてお知らせします。",
            koho,
            Timing::At(later(9)),
            Submission::now(),
        )
        .await?;
    let reason = "相手方の発表時刻を確認したい".to_owned();
    service
        .escalate(chief, escalated.post.id, escalated.revision.digest, reason)
        .await?;

    let waiting = writer
        .queue(
            "休日当番医をお知らせします。",
            koho,
            Timing::At(later(10)),
            Submission::now(),
        )
        .await?;
    writer.approve(&waiting).await?;

    let cancelled = writer
        .queue(
            "雨天のため中止になった催しの案内です。",
            koho,
            Timing::At(later(11)),
            Submission::now(),
        )
        .await?;
    writer.approve(&cancelled).await?;
    service.cancel(town.person("CLERK")?, cancelled.post.id).await?;

    let picture = writer.upload(&picture::town_hall()?).await?;
    let mut illustrated = draft(
        "市役所のライトアップを行っています。",
        koho,
        Timing::OnApproval,
        Submission::now(),
    );
    illustrated.media = vec![Media {
        digest: picture,
        alt: picture::ALT.to_owned(),
    }];
    let published = writer.hand_in(illustrated).await?;
    writer.approve(&published).await?;

    let soon = (service.now() + Duration::seconds(1)).fixed_offset();
    writer
        .queue(
            "承認が間に合わなかった投稿です。",
            toshokan,
            Timing::At(soon),
            Submission::now(),
        )
        .await?;
    Ok(())
}

/// A post whose fate the machine cannot tell: the sandbox cuts the line, and the grace is over before the key
/// could be used again.
///
/// # Errors
/// When the gateway refuses it: a mistake in the demo itself.
pub async fn queue_doubtful(app: &App, town: &Town, text: &str) -> anyhow::Result<PostId> {
    let writer = Writer { app, town };
    let view = writer
        .queue(
            text,
            town.account("TOSHOKAN")?,
            Timing::OnApproval,
            Submission::now(),
        )
        .await?;
    writer.approve(&view).await?;
    Ok(view.post.id)
}

fn draft(text: &str, account: AccountId, timing: Timing, submission: Submission) -> Draft {
    Draft {
        act: Act::New,
        kind: Kind::Ordinary,
        document_number: None,
        source: None,
        text: Some(text.to_owned()),
        media: Vec::new(),
        parts: None,
        targets: vec![DraftTarget {
            account,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        }],
        language: Some("ja".to_owned()),
        visibility: Visibility::Public,
        timing,
        range: range(timing),
        submission,
    }
}

struct Writer<'a> {
    app: &'a App,
    town: &'a Town,
}

impl Writer<'_> {
    async fn queue(
        &self,
        text: &str,
        account: AccountId,
        timing: Timing,
        submission: Submission,
    ) -> anyhow::Result<PostView> {
        self.hand_in(draft(text, account, timing, submission)).await
    }

    async fn upload(&self, bytes: &[u8]) -> anyhow::Result<MediaDigest> {
        let (service, clerk) = (&self.app.service, self.town.person("CLERK")?);
        let mut upload = service.begin_upload(clerk).await?;
        upload.write(bytes).await?;
        Ok(service.finish_upload(clerk, upload).await?.digest)
    }

    async fn hand_in(&self, draft: Draft) -> anyhow::Result<PostView> {
        Ok(self
            .app
            .service
            .create_post(self.town.person("CLERK")?, draft, Once::unkeyed())
            .await?)
    }

    async fn sign(&self, signer: &str, view: &PostView) -> anyhow::Result<()> {
        let approval = Approval {
            seen: view.revision.digest,
            acknowledgements: Vec::new(),
            attestations: Vec::new(),
        };
        self.app
            .service
            .approve(self.town.person(signer)?, view.post.id, approval)
            .await?;
        Ok(())
    }

    async fn approve(&self, view: &PostView) -> anyhow::Result<()> {
        self.sign("CHIEF", view).await?;
        self.sign("DIRECTOR", view).await
    }
}

/// Wide enough to be given another time tomorrow.
fn range(timing: Timing) -> Option<(DateTime<FixedOffset>, DateTime<FixedOffset>)> {
    match timing {
        Timing::At(at) => Some((at, at + Duration::days(2))),
        Timing::OnApproval => None,
    }
}
