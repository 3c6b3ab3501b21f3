//! Forms with files in them (`multipart/form-data`), built by hand: how long the whole body is is known before it
//! leaves.

use std::io::Cursor;

use reqwest::header::CONTENT_TYPE;
use tokio::io::AsyncReadExt as _;

use super::Opened;
use crate::net::{FetchError, Request, Streamed};

/// A form.
#[derive(Debug)]
pub(super) struct Multipart {
    boundary: String,
    body: Vec<u8>,
}

impl Multipart {
    /// A form whose fields are kept apart by this line, which nobody may be able to guess: [`super::chance::Chance`]
    /// makes them.
    pub(super) const fn new(boundary: String) -> Self {
        Self {
            boundary,
            body: Vec::new(),
        }
    }

    /// The same with a file.
    pub(super) fn file(mut self, name: &str, filename: &str, media_type: &str, bytes: &[u8]) -> Self {
        self.field(name, &file_head(filename, media_type), bytes);
        self
    }

    /// Puts the form into a request, with a file as its last field that is read while it leaves.
    ///
    /// # Errors
    /// As [`Multipart::into_request`].
    pub(super) fn into_request_with(
        mut self,
        (name, filename): (&str, &str),
        file: Opened,
        request: Request,
    ) -> Result<Request, FetchError> {
        self.head(name, &file_head(filename, &file.media_type));
        let end = format!("\r\n--{}--\r\n", self.boundary).into_bytes();
        let length = (self.body.len() + end.len()) as u64 + file.length;
        let whole = Cursor::new(self.body)
            .chain(file.source.take(file.length))
            .chain(Cursor::new(end));
        let media_type = form_type(&self.boundary);
        Ok(request
            .header(CONTENT_TYPE, &media_type)?
            .stream(Streamed::new(whole, length)))
    }

    /// The same with a text.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.field(name, "", value.as_bytes());
        self
    }

    /// Puts the form into a request.
    ///
    /// # Errors
    /// When the boundary cannot stand in a header: nothing is sent then.
    pub(super) fn into_request(mut self, request: Request) -> Result<Request, FetchError> {
        self.body
            .extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let media_type = form_type(&self.boundary);
        Ok(request.header(CONTENT_TYPE, &media_type)?.body(self.body))
    }

    fn field(&mut self, name: &str, head: &str, bytes: &[u8]) {
        self.head(name, head);
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, name: &str, head: &str) {
        let (boundary, name) = (&self.boundary, quotable(name));
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n");
        self.body.extend_from_slice(head.as_bytes());
    }
}

fn form_type(boundary: &str) -> String {
    format!("multipart/form-data; boundary={boundary}")
}

fn file_head(filename: &str, media_type: &str) -> String {
    let (filename, media_type) = (quotable(filename), quotable(media_type));
    format!("; filename=\"{filename}\"\r\nContent-Type: {media_type}")
}

/// Without what would end a quoted text or a line.
fn quotable(text: &str) -> String {
    text.chars()
        .map(|c| if c == '"' || c.is_control() { '_' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_what_rfc_7578_says() {
        let form = Multipart::new("b1".to_owned())
            .text("media_category", "tweet_image")
            .file("media", "a\"\r\n.png", "image/png", b"\x89PNG\r\n")
            .text("last", "終");
        let mut expected = b"--b1\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_image\r\n\
            --b1\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a___.png\"\r\nContent-Type: image/png\r\n\r\n"
            .to_vec();
        expected.extend_from_slice(
            b"\x89PNG\r\n\r\n--b1\r\nContent-Disposition: form-data; name=\"last\"\r\n\r\n",
        );
        expected.extend_from_slice("終\r\n".as_bytes());
        assert_eq!(form.body, expected);
    }
}
