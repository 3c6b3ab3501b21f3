//! The registry of problems: a stable slug, a status, and texts in every language.

use axum::http::StatusCode;

macro_rules! problems {
    ($($(#[$doc:meta])* $variant:ident = $slug:literal, $status:ident;)+) => {
        /// Every kind of problem that this API answers with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$doc])* $variant),+ }

        impl ProblemType {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name: `type` is `urn:sekisho:problem:<slug>`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug),+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// The key of its title in config/locales.
            #[must_use]
            pub const fn title_key(self) -> &'static str {
                match self { $(Self::$variant => concat!("problem-", $slug, "-title")),+ }
            }

            /// The key of its detail in config/locales.
            #[must_use]
            pub const fn detail_key(self) -> &'static str {
                match self { $(Self::$variant => concat!("problem-", $slug, "-detail")),+ }
            }
        }
    };
}

problems! {
    /// The body is no JSON, or nested too deeply.
    BadJson = "bad-json", BAD_REQUEST;
    /// The body is not UTF-8.
    InvalidUtf8 = "invalid-utf8", BAD_REQUEST;
    /// The connection ended before the body did.
    IncompleteBody = "incomplete-body", BAD_REQUEST;
    /// A query parameter is wrong.
    BadQuery = "bad-query", BAD_REQUEST;
    /// A header is wrong.
    BadHeader = "bad-header", BAD_REQUEST;
    /// Nothing better is known of this request than that it is wrong.
    BadRequest = "bad-request", BAD_REQUEST;
    /// No token, or one that is unknown, expired or revoked.
    Unauthenticated = "unauthenticated", UNAUTHORIZED;
    /// The token's scopes do not allow it.
    ScopeMissing = "scope-missing", FORBIDDEN;
    /// The person's roles do not allow it.
    RoleMissing = "role-missing", FORBIDDEN;
    /// Author and editors never sign.
    OwnPost = "own-post", FORBIDDEN;
    /// One person signs one stage.
    SignedBefore = "signed-before", FORBIDDEN;
    /// Operators never sign.
    OperatorSigns = "operator-signs", FORBIDDEN;
    /// There is no such thing, or it is not for this person to know.
    NotFound = "not-found", NOT_FOUND;
    /// There is no such address.
    UnknownRoute = "unknown-route", NOT_FOUND;
    /// The address does not have this method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED;
    /// The body did not arrive in time.
    SlowRequest = "slow-request", REQUEST_TIMEOUT;
    /// The state machine does not have it.
    WrongState = "wrong-state", CONFLICT;
    /// The content was edited since the signer saw it.
    StaleDigest = "stale-digest", CONFLICT;
    /// Its time is over.
    RetimeFirst = "retime-first", CONFLICT;
    /// Part of it may be in public.
    MayBeOut = "may-be-out", CONFLICT;
    /// Somebody else changed it at the same time.
    ChangedMeanwhile = "changed-meanwhile", CONFLICT;
    /// There is one already.
    Exists = "exists", CONFLICT;
    /// No policy was imported.
    NoPolicy = "no-policy", CONFLICT;
    /// The account that came back is not the one in the register.
    OtherAccount = "other-account", CONFLICT;
    /// The account cannot be connected.
    NotConnectable = "not-connectable", CONFLICT;
    /// The version in `If-Match` is not the current one.
    VersionStale = "version-stale", PRECONDITION_FAILED;
    /// The body is larger than this server takes.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE;
    /// The body is not declared as JSON.
    NotJson = "not-json", UNSUPPORTED_MEDIA_TYPE;
    /// What was uploaded is neither a picture nor a film that is taken.
    MediaNotTaken = "media-not-taken", UNSUPPORTED_MEDIA_TYPE;
    /// What was uploaded is broken, or more than can be looked at.
    MediaRefused = "media-refused", UNPROCESSABLE_ENTITY;
    /// Fields are wrong.
    InvalidFields = "invalid-fields", UNPROCESSABLE_ENTITY;
    /// The gate says no.
    GateRefuses = "gate-refuses", UNPROCESSABLE_ENTITY;
    /// `confirm` findings wait for the signer's word.
    Unacknowledged = "unacknowledged", UNPROCESSABLE_ENTITY;
    /// The key was used for another request.
    KeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY;
    /// A change needs `If-Match`.
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED;
    /// Too many requests.
    RateLimited = "rate-limited", TOO_MANY_REQUESTS;
    /// Something went wrong here.
    Internal = "internal", INTERNAL_SERVER_ERROR;
    /// The platform refused the connection, or cannot be reached.
    ConnectFailed = "connect-failed", BAD_GATEWAY;
    /// The database does not answer.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
    /// This process cannot seal credentials.
    NoKeyRing = "no-key-ring", SERVICE_UNAVAILABLE;
    /// Pictures and films can be neither kept nor read.
    MediaUnavailable = "media-unavailable", SERVICE_UNAVAILABLE;
    /// This process cannot seal credentials, and no dispatcher has answered.
    NoDispatcher = "no-dispatcher", SERVICE_UNAVAILABLE;
    /// It took too long; it may have been done.
    TimedOut = "timed-out", SERVICE_UNAVAILABLE;
}

impl ProblemType {
    /// The problem for an answer that carries nothing but its status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::UnknownRoute,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::SlowRequest,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NotJson,
            StatusCode::SERVICE_UNAVAILABLE => Self::TimedOut,
            other if other.is_server_error() => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}
