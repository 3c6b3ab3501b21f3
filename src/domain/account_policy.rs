//! What an account's published operating policy (運用方針), terms and manual say: fields of its register entry.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    account::{Account, AccountPurpose, EmergencyCover},
    ids::UserId,
    records::domain_name,
};
use crate::vocabulary;

vocabulary! {
    /// One thing that the texts of an account may have to say.
    PolicyField {
        /// What the account is for.
        Purpose = "purpose",
        /// Whom it speaks to.
        Audience = "audience",
        /// What it speaks of.
        Content = "content",
        /// How it is operated.
        Method = "method",
        /// When it is operated.
        Hours = "hours",
        /// Whether and how it answers; that it only sends, if it does (MIS-3.5b).
        Replies = "replies",
        /// How personal information is handled.
        PersonalInformation = "personal_information",
        /// Who is responsible.
        Manager = "manager",
        /// Who does what, in normal times.
        Structure = "structure",
        /// Who does what in emergencies.
        EmergencyStructure = "emergency_structure",
        /// How an emergency changes its operation: needed only where an emergency may cover the account.
        EmergencyClause = "emergency_clause",
        /// On which devices it is operated.
        Devices = "devices",
        /// How names, use off-site and out of hours, and passwords are managed.
        AccountManagement = "account_management",
        /// What users must keep to.
        UserRules = "user_rules",
        /// Who owns the rights in what is published.
        Rights = "rights",
        /// What the organization is not liable for.
        Disclaimer = "disclaimer",
        /// Whom it follows.
        Follows = "follows",
        /// How to reach the division.
        Contact = "contact",
        /// The mail address with which the account was made.
        MailAddress = "mail_address",
        /// The address of the account on the platform.
        AccountUrl = "account_url",
        /// The page of the official site that names the account and publishes these texts.
        OfficialPage = "official_page",
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldForm {
    /// Sentences.
    Text,
    /// The address of a page.
    Url,
    /// A mail address.
    Mail,
}

impl PolicyField {
    /// What people call it, in Japanese and in English.
    #[must_use]
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Purpose => ("目的", "purpose"),
            Self::Audience => ("対象者", "audience"),
            Self::Content => ("発信する内容", "content"),
            Self::Method => ("運用方法", "method"),
            Self::Hours => ("運用時間", "hours"),
            Self::Replies => (
                "意見・質問への対応（発信だけの場合はその旨）",
                "answers to opinions and questions (or that it only sends)",
            ),
            Self::PersonalInformation => ("個人情報の扱い", "personal information"),
            Self::Manager => ("運用責任者", "responsible person"),
            Self::Structure => ("運用体制", "structure"),
            Self::EmergencyStructure => ("緊急時の体制", "structure in emergencies"),
            Self::EmergencyClause => ("緊急時の運用", "operation in emergencies"),
            Self::Devices => ("使う端末", "devices"),
            Self::AccountManagement => (
                "アカウントの管理（名称、庁外・時間外の利用、パスワード）",
                "management of the account (names, use off-site and out of hours, passwords)",
            ),
            Self::UserRules => ("利用者が守ること", "what users must keep to"),
            Self::Rights => ("著作権などの権利の帰属", "ownership of rights"),
            Self::Disclaimer => ("免責", "disclaimer"),
            Self::Follows => ("フォローの基準", "criteria for following"),
            Self::Contact => ("連絡先", "contact"),
            Self::MailAddress => ("登録メールアドレス", "mail address of the account"),
            Self::AccountUrl => ("アカウントのURL", "URL of the account"),
            Self::OfficialPage => (
                "公式サイトの掲載ページ",
                "page of the official site that names the account",
            ),
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn form(self) -> FieldForm {
        match self {
            Self::AccountUrl | Self::OfficialPage => FieldForm::Url,
            Self::MailAddress => FieldForm::Mail,
            _ => FieldForm::Text,
        }
    }

    /// Whether it can be asked of an account: one for drills speaks to nobody and publishes nothing.
    #[must_use]
    pub fn concerns(self, account: &Account) -> bool {
        let covered = account.emergency_cover == EmergencyCover::Covered;
        account.purpose == AccountPurpose::Public && (self != Self::EmergencyClause || covered)
    }
}

/// What a field says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// In Japanese; an address as it is.
    pub ja: String,
    /// In English, where it is published too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// All that the texts of an account say.
pub type PolicyTexts = BTreeMap<PolicyField, PolicyText>;

/// A version of them: none is ever changed, the next one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPolicy {
    /// Counted from 1.
    pub version: i64,
    /// What it says.
    pub texts: PolicyTexts,
    /// Who entered it.
    pub set_by: UserId,
    /// From when on it holds.
    pub set_at: DateTime<Utc>,
}

impl AccountPolicy {
    /// Which fields say something.
    #[must_use]
    pub fn filled(&self) -> BTreeSet<PolicyField> {
        self.texts.keys().copied().collect()
    }
}

/// The longest text of a field, in characters.
const LONGEST: usize = 4000;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyTextError {
    /// It says nothing.
    #[error("it says nothing")]
    Empty,
    /// It is too long.
    #[error("it is too long")]
    TooLong,
    /// It is no address of a page.
    #[error("it is no `https://` address")]
    NoUrl,
    /// It is no mail address.
    #[error("it is no mail address")]
    NoMail,
}

impl PolicyText {
    /// Whether it can stand in a field.
    ///
    /// # Errors
    /// See [`PolicyTextError`].
    pub fn check(&self, field: PolicyField) -> Result<(), PolicyTextError> {
        for text in std::iter::once(&self.ja).chain(&self.en) {
            if text.trim().is_empty() {
                return Err(PolicyTextError::Empty);
            }
            if text.chars().count() > LONGEST {
                return Err(PolicyTextError::TooLong);
            }
            match field.form() {
                FieldForm::Text => {}
                FieldForm::Url if is_page(text) => {}
                FieldForm::Url => return Err(PolicyTextError::NoUrl),
                FieldForm::Mail if is_mail(text) => {}
                FieldForm::Mail => return Err(PolicyTextError::NoMail),
            }
        }
        Ok(())
    }
}

fn is_page(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.host_str().and_then(domain_name).is_some()
    })
}

fn is_mail(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic())
        && text
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && domain_name(host).is_some())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(PolicyField::Purpose, "市政情報を早く届けるため。", Ok(()))]
    #[case(PolicyField::Purpose, " \n", Err(PolicyTextError::Empty))]
    #[case(PolicyField::OfficialPage, "https://www.city.akebono.lg.jp/sns/", Ok(()))]
    #[case(
        PolicyField::OfficialPage,
        "http://www.city.akebono.lg.jp/sns/",
        Err(PolicyTextError::NoUrl)
    )]
    #[case(PolicyField::OfficialPage, "広報課のページ", Err(PolicyTextError::NoUrl))]
    #[case(
        PolicyField::AccountUrl,
        "https://a:b@www.example.com/",
        Err(PolicyTextError::NoUrl)
    )]
    #[case(PolicyField::MailAddress, "koho@city.akebono.lg.jp", Ok(()))]
    #[case(PolicyField::MailAddress, "city.akebono.lg.jp", Err(PolicyTextError::NoMail))]
    fn a_field_holds_what_it_is_for(
        #[case] field: PolicyField,
        #[case] text: &str,
        #[case] expected: Result<(), PolicyTextError>,
    ) {
        let text = |en: Option<&str>| PolicyText {
            ja: text.to_owned(),
            en: en.map(str::to_owned),
        };
        assert_eq!(text(None).check(field), expected);
        if field.form() == FieldForm::Text {
            assert_eq!(text(Some("")).check(field), Err(PolicyTextError::Empty));
        }
    }

    #[test]
    fn a_text_has_an_end() {
        let text = |length| PolicyText {
            ja: "あ".repeat(length),
            en: None,
        };
        assert_eq!(text(LONGEST).check(PolicyField::Content), Ok(()));
        assert_eq!(
            text(LONGEST + 1).check(PolicyField::Content),
            Err(PolicyTextError::TooLong)
        );
    }
}
