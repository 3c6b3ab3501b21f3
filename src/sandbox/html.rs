//! A few lines of HTML building in which run-time text cannot go unescaped.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};

/// HTML under construction. Tags must be literals of the program; everything else is escaped.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup. `&'static str` is what keeps text that came over the network out of here.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, in an element or in a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Markup that was escaped while it was built.
    pub(super) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Colours keep at least 7:1 contrast on their background, in both colour schemes.
const STYLE: &str = "<style>\
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#6b6b6b;--soft:#454545;--link:#0b3d91;--note:#fff4ce}\
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f2;--paper:#141414;--line:#9a9a9a;--soft:#d0d0d0;--link:#a8c7ff;--note:#3a3000}}\
body{margin:0 auto;max-width:42rem;padding:1rem;background:var(--paper);color:var(--ink);line-height:1.8;\
font-family:'Hiragino Sans','Noto Sans JP','Yu Gothic',Meiryo,system-ui,sans-serif}\
a{color:var(--link)}a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--link);outline-offset:2px}\
.note{background:var(--note);border:1px solid var(--line);padding:.5rem 1rem}\
article{border-top:1px solid var(--line);padding:.75rem 0}article h2{font-size:1rem;margin:0}\
article p{overflow-wrap:anywhere;margin:.5rem 0}figure{margin:.5rem 0}img,video{max-width:100%;max-height:24rem}\
.meta{color:var(--soft);font-size:.9rem}\
.mark{border:2px solid var(--ink);border-radius:.25rem;font-weight:bold;padding:0 .4rem}\
fieldset{border:1px solid var(--line);margin:1rem 0}label{display:block;padding:.4rem 0}\
button{font:inherit;min-height:2.75rem;min-width:6rem;margin:.25rem .5rem .25rem 0}</style>";

/// A whole page in Japanese. Nothing in it can run: no script, and a policy that would forbid one.
pub(super) fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let mut html = Markup::new();
    html.raw("<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\">")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
        .text(title)
        .raw("</title>")
        .raw(STYLE)
        .raw("</head><body><p class=\"note\" role=\"note\">これは練習用の模擬サーバーです。ここに出る投稿は実際のSNSには出ていません。 ")
        .raw("<span lang=\"en\">Simulated server: nothing here is really published.</span></p>")
        .add(body)
        .raw("</body></html>");
    (
        status,
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
            ),
            (header::CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("referrer-policy"), "no-referrer"),
        ],
        html.into_string(),
    )
        .into_response()
}
