//! Taking a status in: validation, idempotency, and what it looks like in the API.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, loose_bool, loose_id},
    arrivals::Published,
    media::MediaRecord,
    text::{counted_length, to_html},
    time,
    world::{Account, Edit, KnownKey, StatusRecord, World},
};

const VISIBILITIES: [&str; 4] = ["public", "unlisted", "private", "direct"];

/// What accounts write in when a client does not say.
const DEFAULT_LANGUAGE: &str = "ja";

/// The body of `POST /api/v1/statuses`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewStatus {
    pub(super) status: Option<String>,
    pub(super) spoiler_text: Option<String>,
    pub(super) visibility: Option<String>,
    pub(super) language: Option<String>,
    #[serde(deserialize_with = "loose_bool")]
    pub(super) sensitive: bool,
    #[serde(deserialize_with = "loose_id")]
    pub(super) in_reply_to_id: Option<String>,
    pub(super) media_ids: Vec<Value>,
    pub(super) scheduled_at: Option<String>,
    pub(super) poll: Option<Value>,
}

impl World {
    /// Creates a status, or finds the one that the key already stands for.
    pub(super) fn publish(
        &mut self,
        username: &str,
        new: &NewStatus,
        key: Option<&str>,
        ignore_key: bool,
        now: DateTime<Utc>,
    ) -> Result<Published, ApiError> {
        // Mastodon looks for the parent before it looks at the key, and at the key before it validates.
        if let Some(parent) = &new.in_reply_to_id
            && self.visible(parent, Some(username)).is_none()
        {
            return Err(ApiError::new(
                StatusCode::NOT_FOUND,
                "The post you are trying to reply to does not appear to exist.",
            ));
        }
        let key = key
            .filter(|_| self.honour_keys && !ignore_key)
            .map(|key| (username.to_owned(), key.to_owned()));
        if let Some(key) = &key
            && let Some(known) = self.keys.get(key)
            && now.signed_duration_since(known.at) < self.key_life
        {
            // A deleted status is not found again by its key, and not created again either.
            let id = known.status_id.clone();
            return match self.status(&id) {
                Some(_) => Ok(Published { id, created: false }),
                None => Err(ApiError::not_found()),
            };
        }
        let sent = key.as_ref().map(|key| key.1.clone());
        let status = self.validated(username, new, sent, None, now)?;
        let id = status.id.clone();
        self.tie(&status.media, &id);
        if let Ok(number) = id.parse() {
            self.statuses.insert(number, status);
        }
        if let Some(key) = key {
            let status_id = id.clone();
            self.keys.insert(key, KnownKey { status_id, at: now });
        }
        Ok(Published { id, created: true })
    }

    fn validated(
        &mut self,
        username: &str,
        new: &NewStatus,
        idempotency_key: Option<String>,
        edited: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<StatusRecord, ApiError> {
        let text = new.status.as_deref().unwrap_or_default().trim();
        let spoiler_text = new.spoiler_text.as_deref().unwrap_or_default().trim();
        let visibility = new.visibility.as_deref().unwrap_or("public");
        let language = new.language.as_deref().unwrap_or(DEFAULT_LANGUAGE);
        // Dropping an attachment without a word would hide a fault of the client.
        if new.poll.is_some() || new.scheduled_at.is_some() {
            return Err(ApiError::invalid(
                "The sandbox takes neither polls nor scheduled posts",
            ));
        }
        let media = self.shown(username, &new.media_ids, edited)?;
        if text.is_empty() && media.is_empty() {
            return Err(ApiError::invalid("Text can't be blank"));
        }
        let max = self.max_characters;
        if counted_length(text) + counted_length(spoiler_text) > max {
            return Err(ApiError::invalid(format_args!(
                "Text character limit of {max} exceeded"
            )));
        }
        if !VISIBILITIES.contains(&visibility) {
            return Err(ApiError::invalid("Visibility is not included in the list"));
        }
        if !is_language(language) {
            return Err(ApiError::invalid("Language is invalid"));
        }
        let id = self.next_id(now).to_string();
        Ok(StatusRecord {
            url: format!("{}/@{username}/{id}", self.base_url),
            id,
            account: username.to_owned(),
            text: text.to_owned(),
            spoiler_text: spoiler_text.to_owned(),
            visibility: visibility.to_owned(),
            language: language.to_owned(),
            sensitive: new.sensitive,
            in_reply_to_id: new.in_reply_to_id.clone(),
            idempotency_key,
            created_at: now,
            media,
            edits: Vec::new(),
        })
    }

    /// Puts other words in place of those of a status of that author. Who can see it, and what it answers, stay.
    pub(super) fn edit(
        &mut self,
        id: &str,
        username: &str,
        new: &NewStatus,
        now: DateTime<Utc>,
    ) -> Result<StatusRecord, ApiError> {
        let before = self
            .status(id)
            .filter(|status| status.account == username)
            .ok_or_else(ApiError::not_found)?
            .clone();
        let language = new.language.clone().unwrap_or_else(|| before.language.clone());
        let given = NewStatus {
            status: new.status.clone(),
            spoiler_text: new.spoiler_text.clone(),
            language: Some(language),
            sensitive: new.sensitive,
            media_ids: new.media_ids.clone(),
            poll: new.poll.clone(),
            ..NewStatus::default()
        };
        let wording = self.validated(username, &given, None, Some(id), now)?;
        let mut after = before.clone();
        (after.text, after.spoiler_text) = (wording.text, wording.spoiler_text);
        (after.language, after.sensitive) = (wording.language, wording.sensitive);
        after.media = wording.media;
        self.tie(&after.media, id);
        // An edit that changes nothing leaves no trace on Mastodon either.
        if after != before {
            after.edits.push(Edit {
                text: before.text,
                spoiler_text: before.spoiler_text,
                sensitive: before.sensitive,
                media: before.media,
                replaced_at: now,
            });
        }
        if let Ok(number) = id.parse() {
            self.statuses.insert(number, after.clone());
        }
        Ok(after)
    }

    /// The entities `StatusEdit`: what stood there, oldest first, and what stands there now.
    pub(super) fn edit_history(&self, status: &StatusRecord) -> Vec<Value> {
        let account = self.account(&status.account);
        let account = account.map(|account| self.account_entity(account));
        let mut since = status.created_at;
        let mut entities = Vec::with_capacity(status.edits.len() + 1);
        let shown = |media: &[MediaRecord]| -> Vec<Value> {
            media.iter().map(|record| self.attachment(record)).collect()
        };
        let mut add = |text: &str, spoiler_text: &str, sensitive: bool, media: &[MediaRecord], since| {
            entities.push(json!({
                "content": to_html(text),
                "spoiler_text": spoiler_text,
                "sensitive": sensitive,
                "created_at": time::millis(since),
                "account": account,
                "media_attachments": shown(media),
                "emojis": [],
            }));
        };
        for edit in &status.edits {
            add(&edit.text, &edit.spoiler_text, edit.sensitive, &edit.media, since);
            since = edit.replaced_at;
        }
        add(
            &status.text,
            &status.spoiler_text,
            status.sensitive,
            &status.media,
            since,
        );
        entities
    }

    /// The status with this identifier.
    pub(super) fn status(&self, id: &str) -> Option<&StatusRecord> {
        self.statuses.get(&id.parse().ok()?)
    }

    /// The status with this identifier, if that reader may see it.
    pub(super) fn visible(&self, id: &str, reader: Option<&str>) -> Option<&StatusRecord> {
        self.status(id)
            .filter(|status| is_public(status) || reader == Some(status.account.as_str()))
    }

    /// Removes a status of that author.
    pub(super) fn delete(&mut self, id: &str, username: &str) -> Result<StatusRecord, ApiError> {
        self.status(id)
            .filter(|status| status.account == username)
            .ok_or_else(ApiError::not_found)?;
        id.parse()
            .ok()
            .and_then(|number: u64| self.statuses.remove(&number))
            .ok_or_else(ApiError::not_found)
    }

    /// The entity `Status`. With its source it carries `text` in place of `content`, as in the answer to a deletion.
    pub(super) fn status_entity(&self, status: &StatusRecord, with_source: bool) -> Value {
        let parent = status.in_reply_to_id.as_deref();
        let parent_account = parent
            .and_then(|id| self.status(id))
            .and_then(|parent| self.account(&parent.account))
            .map(|account| account.id.as_str());
        let mut entity = json!({
            "id": status.id,
            "created_at": time::millis(status.created_at),
            "in_reply_to_id": parent,
            "in_reply_to_account_id": parent_account,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler_text,
            "visibility": status.visibility,
            "language": status.language,
            "uri": format!("{}/users/{}/statuses/{}", self.base_url, status.account, status.id),
            "url": status.url,
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "edited_at": status.edits.last().map(|edit| time::millis(edit.replaced_at)),
            "reblog": null,
            "account": self.account(&status.account).map(|account| self.account_entity(account)),
            "media_attachments": status.media.iter().map(|record| self.attachment(record)).collect::<Vec<_>>(),
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": null,
            "poll": null,
        });
        if with_source {
            entity["text"] = status.text.as_str().into();
        } else {
            entity["content"] = to_html(&status.text).into();
        }
        entity
    }

    /// The entity `Account`.
    pub(super) fn account_entity(&self, account: &Account) -> Value {
        let own = || {
            self.statuses
                .values()
                .filter(|status| status.account == account.username)
        };
        json!({
            "id": account.id,
            "username": account.username,
            "acct": account.username,
            "display_name": account.display_name,
            "locked": false,
            "bot": false,
            "discoverable": true,
            "group": false,
            "created_at": time::millis(account.created_at),
            "note": "",
            "url": format!("{}/@{}", self.base_url, account.username),
            "uri": format!("{}/users/{}", self.base_url, account.username),
            "avatar": "",
            "header": "",
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": own().count(),
            "last_status_at": own().next_back().map(|status| status.created_at.date_naive().to_string()),
            "emojis": [],
            "fields": [],
        })
    }
}

pub(super) fn is_public(status: &StatusRecord) -> bool {
    matches!(status.visibility.as_str(), "public" | "unlisted")
}

/// The shape of an ISO 639 code, with a region or script when it has one (`ja`, `yue`, `zh-TW`). Mastodon falls back
/// to the default language here; the sandbox refuses, because a client that sends nonsense should hear of it.
fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let language = parts.next().unwrap_or_default();
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
