//! What was made ready beforehand, by its names among the handles.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::record::{Answers, Picture, StrongRef};
use crate::domain::preparation::Handles;

const PDS: &str = "pds";
const RKEY: &str = "rkey";
const CREATED_AT: &str = "created_at";
const ANSWERS: &str = "answers";
const SUBJECT: &str = "subject";

/// A view of the handles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready<'a>(pub(super) &'a Handles);

impl<'a> Ready<'a> {
    /// The server on which the account's records live.
    pub(super) fn pds(&self) -> Result<&'a str, &'static str> {
        self.0.get(PDS).ok_or("the account's own server")
    }

    /// The record's key.
    pub(super) fn rkey(&self) -> Result<&'a str, &'static str> {
        self.0.get(RKEY).ok_or("a record key")
    }

    /// When the record says that it was made.
    pub(super) fn created_at(&self) -> Result<&'a str, &'static str> {
        self.0.get(CREATED_AT).ok_or("a time")
    }

    /// What it answers.
    pub(super) fn answers(&self) -> Result<Answers, &'static str> {
        self.read(ANSWERS).ok_or("what is answered")
    }

    /// What it passes on or quotes.
    pub(super) fn subject(&self) -> Result<StrongRef, &'static str> {
        self.read(SUBJECT).ok_or("what is passed on or quoted")
    }

    /// Whom a handle means; none if nobody.
    pub(super) fn mentioned(&self, handle: &str) -> Result<Option<String>, &'static str> {
        let did = self.0.get(&mention(handle)).ok_or("who is mentioned")?;
        Ok(Some(did.to_owned()).filter(|did| !did.is_empty()))
    }

    /// A picture, by its place.
    pub(super) fn picture(&self, index: usize) -> Result<Picture, &'static str> {
        self.read(&picture(index)).ok_or("a picture")
    }

    /// When a picture was uploaded.
    pub(super) fn uploaded_at(&self, index: usize) -> Option<DateTime<Utc>> {
        self.0.get(&uploaded_at(index))?.parse().ok()
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.0.get(name)?).ok()
    }
}

/// The handles with one thing more.
pub(super) trait With: Sized {
    fn with_pds(self, pds: &str) -> Self;
    fn with_key(self, rkey: &str) -> Self;
    fn with_time(self, at: DateTime<Utc>) -> Self;
    fn with_answers(self, answers: &Answers) -> Self;
    fn with_subject(self, subject: &StrongRef) -> Self;
    fn with_mention(self, handle: &str, did: Option<&str>) -> Self;
    fn with_picture(self, index: usize, picture: &Picture, at: DateTime<Utc>) -> Self;
}

impl With for Handles {
    fn with_pds(self, pds: &str) -> Self {
        self.with(PDS, pds)
    }

    fn with_key(self, rkey: &str) -> Self {
        self.with(RKEY, rkey)
    }

    fn with_time(self, at: DateTime<Utc>) -> Self {
        self.with(CREATED_AT, written(at))
    }

    fn with_answers(self, answers: &Answers) -> Self {
        self.with(ANSWERS, json(answers))
    }

    fn with_subject(self, subject: &StrongRef) -> Self {
        self.with(SUBJECT, json(subject))
    }

    fn with_mention(self, handle: &str, did: Option<&str>) -> Self {
        self.with(mention(handle), did.unwrap_or_default())
    }

    fn with_picture(self, index: usize, of: &Picture, at: DateTime<Utc>) -> Self {
        self.with(picture(index), json(of))
            .with(uploaded_at(index), written(at))
    }
}

fn mention(handle: &str) -> String {
    format!("mention/{handle}")
}

fn picture(index: usize) -> String {
    format!("picture/{index}")
}

fn uploaded_at(index: usize) -> String {
    format!("picture/{index}/at")
}

/// A time as the protocol wants it.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn json(value: &impl Serialize) -> String {
    // Texts and numbers always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}
