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

    /// The same with a text.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.head(name, "");
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// Puts the form into a request, with a file as its last field that is read while it leaves.
    ///
    /// # Errors
    /// When the boundary cannot stand in a header: nothing is sent then.
    pub(super) fn into_request_with(
        self,
        (name, filename): (&str, &str),
        file: Opened,
        request: Request,
    ) -> Result<Request, FetchError> {
        let media_type = format!("multipart/form-data; boundary={}", self.boundary);
        let [before, after] = self.around(name, filename, &file.media_type);
        let length = (before.len() + after.len()) as u64 + file.length;
        let whole = Cursor::new(before)
            .chain(file.source.take(file.length))
            .chain(Cursor::new(after));
        Ok(request
            .header(CONTENT_TYPE, &media_type)?
            .stream(Streamed::new(whole, length)))
    }

    /// What stands before a file and after it.
    fn around(mut self, name: &str, filename: &str, media_type: &str) -> [Vec<u8>; 2] {
        let (filename, media_type) = (quotable(filename), quotable(media_type));
        self.head(
            name,
            &format!("; filename=\"{filename}\"\r\nContent-Type: {media_type}"),
        );
        let after = format!("\r\n--{}--\r\n", self.boundary);
        [self.body, after.into_bytes()]
    }

    fn head(&mut self, name: &str, head: &str) {
        let (boundary, name) = (&self.boundary, quotable(name));
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n");
        self.body.extend_from_slice(head.as_bytes());
    }
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
            .text("first", "終");
        let [before, after] = form.around("media", "a\"\r\n.png", "image/png");
        let expected = "--b1\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\ntweet_image\r\n\
            --b1\r\nContent-Disposition: form-data; name=\"first\"\r\n\r\n終\r\n\
            --b1\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a___.png\"\r\nContent-Type: image/png\r\n\r\n";
        assert_eq!(String::from_utf8(before).unwrap(), expected);
        assert_eq!(after, b"\r\n--b1--\r\n");
    }
}
