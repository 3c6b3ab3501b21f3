-- Every row belongs to an organization; composite foreign keys keep it there.
-- The CHECK constraints carry the state machines of src/domain.

CREATE TABLE organizations (
    id              UUID PRIMARY KEY,
    name            TEXT NOT NULL,
    -- Bumped by whatever makes an evaluated verdict stale; an attempt only commits under the current one.
    gate_epoch      BIGINT NOT NULL DEFAULT 0,
    policy_id       UUID,
    created_at      TIMESTAMPTZ NOT NULL
);

CREATE TABLE divisions (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, name)
);

CREATE TABLE users (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    login           TEXT NOT NULL,
    name            TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    disabled_at     TIMESTAMPTZ,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, login)
);

CREATE TABLE policies (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    digest          BYTEA NOT NULL,
    document        TEXT NOT NULL,
    origin          TEXT,
    imported_by     TEXT NOT NULL,
    imported_at     TIMESTAMPTZ NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, digest)
);

CREATE TABLE policy_proposals (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    policy_id       UUID NOT NULL,
    against_id      UUID NOT NULL,
    loosens         TEXT NOT NULL,
    needs           TEXT NOT NULL CHECK (needs IN ('administrator', 'administrator_and_auditor')),
    proposed_by     TEXT NOT NULL,
    proposed_at     TIMESTAMPTZ NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'in_force', 'rejected', 'superseded')),
    ended_by        TEXT,
    ended_at        TIMESTAMPTZ,
    reason          TEXT,
    UNIQUE (organization_id, id),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CHECK (policy_id <> against_id),
    FOREIGN KEY (organization_id, policy_id) REFERENCES policies (organization_id, id),
    FOREIGN KEY (organization_id, against_id) REFERENCES policies (organization_id, id)
);

CREATE UNIQUE INDEX policy_proposals_open ON policy_proposals (organization_id, policy_id) WHERE state = 'open';

CREATE TABLE policy_signatures (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    proposal_id     UUID NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('administrator', 'auditor')),
    user_id         UUID NOT NULL,
    signed_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, proposal_id, role),
    UNIQUE (organization_id, proposal_id, user_id),
    FOREIGN KEY (organization_id, proposal_id) REFERENCES policy_proposals (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

ALTER TABLE organizations ADD FOREIGN KEY (id, policy_id) REFERENCES policies (organization_id, id);

CREATE TABLE accounts (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    platform        TEXT NOT NULL CHECK (platform IN ('x', 'facebook', 'instagram', 'threads', 'line', 'bluesky', 'mastodon', 'misskey')),
    instance        TEXT NOT NULL,
    handle          TEXT NOT NULL,
    remote_id       TEXT,
    name            TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('registered', 'active', 'needs_reconnect', 'suspended', 'closed')),
    purpose         TEXT NOT NULL CHECK (purpose IN ('public', 'drill')),
    zone            TEXT NOT NULL,
    hours           TEXT NOT NULL,
    grace_seconds   BIGINT NOT NULL CHECK (grace_seconds BETWEEN 0 AND 86400),
    route           TEXT NOT NULL,
    limits          TEXT,
    keys            TEXT NOT NULL,
    emergency_cover TEXT NOT NULL CHECK (emergency_cover IN ('covered', 'not_covered')),
    created_at      TIMESTAMPTZ NOT NULL,
    -- What is active has been connected.
    CHECK (status <> 'active' OR remote_id IS NOT NULL),
    UNIQUE (organization_id, id),
    UNIQUE (platform, instance, handle),
    UNIQUE (platform, instance, remote_id)
);

CREATE TABLE account_divisions (
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    division_id     UUID NOT NULL,
    -- 0 leads.
    position        BIGINT NOT NULL,
    PRIMARY KEY (account_id, division_id),
    UNIQUE (account_id, position),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, division_id) REFERENCES divisions (organization_id, id)
);

-- What an account's operating policy, terms and manual say: versions, of which the last one holds.
CREATE TABLE account_policies (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    version         BIGINT NOT NULL CHECK (version >= 1),
    -- JSON: what each field says, in Japanese and perhaps in English.
    texts           TEXT NOT NULL,
    set_by          UUID NOT NULL,
    set_at          TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, version),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, set_by) REFERENCES users (organization_id, id)
);

-- What the checks compare with: own domains, published contacts, election periods, closing lines, hashtags.
CREATE TABLE records (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    topic           TEXT NOT NULL CHECK (topic IN ('official_domain', 'phone', 'mail', 'election', 'sign_off_line', 'hashtag')),
    value           TEXT NOT NULL,
    division_id     UUID,
    account_id      UUID,
    -- Days of the election, YYYY-MM-DD.
    announced_on    TEXT,
    polling_on      TEXT,
    CHECK ((topic = 'election') = (announced_on IS NOT NULL)),
    CHECK ((topic = 'election') = (polling_on IS NOT NULL)),
    CHECK (announced_on IS NULL OR announced_on <= polling_on),
    CHECK ((topic = 'hashtag') = (account_id IS NOT NULL)),
    CHECK (topic <> 'sign_off_line' OR division_id IS NOT NULL),
    CHECK (division_id IS NULL OR topic IN ('phone', 'mail', 'sign_off_line')),
    FOREIGN KEY (organization_id, division_id) REFERENCES divisions (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);
CREATE UNIQUE INDEX records_one_line ON records (division_id) WHERE topic = 'sign_off_line';
CREATE INDEX records_by_organization ON records (organization_id);

-- What was seen outside before the gate was asked: a cache, the latest look of each.
CREATE TABLE link_looks (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    -- As the gate names it.
    address         TEXT NOT NULL,
    looked_at       TIMESTAMPTZ NOT NULL,
    -- JSON, the link itself first.
    hops            TEXT NOT NULL,
    ending          TEXT NOT NULL CHECK (ending IN ('reached', 'not_found', 'no_such_host', 'certificate', 'private', 'too_many_hops', 'no_answer')),
    PRIMARY KEY (organization_id, address)
);

CREATE TABLE outside_looks (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    revision_digest BYTEA NOT NULL,
    looked_at       TIMESTAMPTZ NOT NULL,
    -- JSON: the findings.
    answer          TEXT NOT NULL,
    PRIMARY KEY (organization_id, revision_digest)
);

CREATE TABLE role_grants (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id         UUID NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('author', 'approver', 'operator', 'administrator', 'publicity', 'duty_officer', 'auditor')),
    division_id     UUID,
    account_id      UUID,
    granted_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    CHECK ((role IN ('author', 'approver', 'operator')) = (division_id IS NOT NULL)),
    CHECK ((role = 'operator') = (account_id IS NOT NULL)),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, division_id) REFERENCES divisions (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);
CREATE INDEX role_grants_by_user ON role_grants (user_id);

CREATE TABLE api_tokens (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id         UUID NOT NULL,
    label           TEXT NOT NULL,
    hash            BYTEA NOT NULL,
    scopes          TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    -- Four eyes begin here: who writes with a token cannot approve with it.
    CHECK (NOT (scopes LIKE '%write%' AND scopes LIKE '%approve%')),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

-- One envelope per version: all secrets of an account's credential together. The one before stays until the
-- newer one has worked.
CREATE TABLE credentials (
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    version         BIGINT NOT NULL CHECK (version >= 1),
    key_id          TEXT NOT NULL,
    sealed          BYTEA NOT NULL,
    renewal         TEXT NOT NULL CHECK (renewal IN ('refresh', 'reconnect')),
    obtained_at     TIMESTAMPTZ NOT NULL,
    access_expires_at TIMESTAMPTZ,
    refresh_expires_at TIMESTAMPTZ,
    proven_at       TIMESTAMPTZ,
    -- When it left the vault in an envelope for emergencies.
    exported_at     TIMESTAMPTZ,
    PRIMARY KEY (account_id, version),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);

-- Who looks after an account's credential, one node at a time, and how it went.
CREATE TABLE credential_care (
    account_id      UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    fence           BIGINT NOT NULL,
    lease_owner     TEXT,
    lease_until     TIMESTAMPTZ,
    look_at         TIMESTAMPTZ NOT NULL,
    refused_version BIGINT,
    trouble         TEXT CHECK (trouble IN ('refused', 'unanswered', 'unreachable')),
    failures        BIGINT NOT NULL CHECK (failures >= 0),
    checked_at      TIMESTAMPTZ,
    -- What the platform said of how many more posts it takes, and when, as JSON.
    quota           TEXT,
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);
CREATE INDEX credential_care_due ON credential_care (look_at);

-- The dispatchers' public keys, by the key of the ring that each belongs to.
CREATE TABLE handover_keys (
    key_id          TEXT PRIMARY KEY,
    public_key      BYTEA NOT NULL,
    published_at    TIMESTAMPTZ NOT NULL
);

-- What a node without a key ring hands to the dispatchers, sealed to them, and what came of it.
CREATE TABLE handovers (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    -- NULL: the command line.
    user_id         UUID,
    kind            TEXT NOT NULL CHECK (kind IN ('begin', 'finish', 'token')),
    key_id          TEXT NOT NULL,
    sealed          BYTEA,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    answer          TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ,
    CHECK ((state = 'waiting') = (sealed IS NOT NULL)),
    CHECK ((state = 'waiting') = (answer IS NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX handovers_waiting ON handovers (id) WHERE state = 'waiting';

-- Posts that were made past the gateway, with credentials of an emergency envelope, and told of afterwards.
CREATE TABLE adopted_posts (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    remote_id       TEXT NOT NULL,
    remote_url      TEXT,
    text            TEXT NOT NULL,
    published_at    TIMESTAMPTZ NOT NULL,
    published_by    TEXT NOT NULL,
    reason          TEXT NOT NULL,
    adopted_by      UUID NOT NULL,
    adopted_at      TIMESTAMPTZ NOT NULL,
    reviewed_by     UUID,
    reviewed_at     TIMESTAMPTZ,
    note            TEXT,
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL)),
    UNIQUE (account_id, remote_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, adopted_by) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, reviewed_by) REFERENCES users (organization_id, id)
);

CREATE TABLE connections (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    account_id      UUID NOT NULL,
    user_id         UUID NOT NULL,
    state_hash      BYTEA NOT NULL UNIQUE,
    sealed          BYTEA NOT NULL,
    redirect_uri    TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ,
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

-- Pictures and films. Their bytes stand elsewhere, under their digests.
CREATE TABLE media (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    -- SHA-256 of what is kept: what people sign.
    digest          BYTEA NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('jpeg', 'png', 'gif', 'mp4', 'quicktime')),
    size            BIGINT NOT NULL CHECK (size > 0),
    width           BIGINT NOT NULL CHECK (width > 0),
    height          BIGINT NOT NULL CHECK (height > 0),
    -- JSON: still, or moving and how.
    motion          TEXT NOT NULL,
    -- JSON: the texts of QR codes in it.
    codes           TEXT NOT NULL,
    position        TEXT NOT NULL CHECK (position IN ('absent', 'present')),
    -- JSON: what came along and was taken out.
    removed         TEXT NOT NULL,
    -- None of a film.
    thumbnail       BYTEA,
    uploaded_by     UUID NOT NULL,
    uploaded_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, digest),
    FOREIGN KEY (organization_id, uploaded_by) REFERENCES users (organization_id, id)
);
CREATE INDEX media_by_age ON media (uploaded_at);

-- What a platform gets of a medium; the same for every post.
CREATE TABLE media_renditions (
    organization_id UUID NOT NULL,
    media_digest    BYTEA NOT NULL,
    platform        TEXT NOT NULL CHECK (platform IN ('x', 'facebook', 'instagram', 'threads', 'line', 'bluesky', 'mastodon', 'misskey')),
    form            TEXT NOT NULL CHECK (form IN ('full', 'preview')),
    digest          BYTEA NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('jpeg', 'png', 'gif', 'mp4', 'quicktime')),
    size            BIGINT NOT NULL CHECK (size > 0),
    width           BIGINT NOT NULL CHECK (width > 0),
    height          BIGINT NOT NULL CHECK (height > 0),
    made_at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, media_digest, platform, form),
    FOREIGN KEY (organization_id, media_digest) REFERENCES media (organization_id, digest)
);

-- Addresses under which a platform fetches a rendition, for a short while and without signing in.
CREATE TABLE media_links (
    token_hash      BYTEA PRIMARY KEY,
    organization_id UUID NOT NULL,
    media_digest    BYTEA NOT NULL,
    platform        TEXT NOT NULL,
    form            TEXT NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (organization_id, media_digest, platform, form) REFERENCES media_renditions (organization_id, media_digest, platform, form)
);
CREATE INDEX media_links_by_end ON media_links (expires_at);

CREATE TABLE posts (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    author_id       UUID NOT NULL,
    document_number TEXT,
    publish_mode    TEXT NOT NULL CHECK (publish_mode IN ('at', 'on_approval')),
    publish_at      TIMESTAMPTZ,
    version         BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'rejected', 'cancelled', 'completed')),
    revision_digest BYTEA,
    stage           BIGINT,
    route           TEXT,
    summary         TEXT CHECK (summary IN ('published', 'partial', 'failed')),
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    CHECK ((publish_mode = 'at') = (publish_at IS NOT NULL)),
    CHECK ((state IN ('in_review', 'approved', 'completed')) = (revision_digest IS NOT NULL)),
    CHECK ((state IN ('in_review', 'approved', 'completed')) = (route IS NOT NULL)),
    CHECK ((state = 'in_review') = (stage IS NOT NULL)),
    CHECK ((state = 'completed') = (summary IS NOT NULL)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES users (organization_id, id)
);
CREATE INDEX posts_in_review ON posts (organization_id, id) WHERE state = 'in_review';

CREATE TABLE revisions (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    post_id         UUID NOT NULL,
    number          BIGINT NOT NULL CHECK (number >= 1),
    editor_id       UUID NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    content         TEXT NOT NULL,
    digest          BYTEA NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (post_id, number),
    FOREIGN KEY (organization_id, post_id) REFERENCES posts (organization_id, id),
    FOREIGN KEY (organization_id, editor_id) REFERENCES users (organization_id, id)
);

-- Which media a revision shows: what one shows stays.
CREATE TABLE revision_media (
    organization_id UUID NOT NULL,
    revision_id     UUID NOT NULL,
    media_digest    BYTEA NOT NULL,
    PRIMARY KEY (revision_id, media_digest),
    FOREIGN KEY (organization_id, revision_id) REFERENCES revisions (organization_id, id),
    FOREIGN KEY (organization_id, media_digest) REFERENCES media (organization_id, digest)
);
CREATE INDEX revision_media_by_media ON revision_media (organization_id, media_digest);

CREATE TABLE sign_offs (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    post_id         UUID NOT NULL,
    revision_digest BYTEA NOT NULL,
    stage           BIGINT NOT NULL,
    requirement     TEXT NOT NULL,
    user_id         UUID NOT NULL,
    decision        TEXT NOT NULL CHECK (decision IN ('approve', 'return', 'reject', 'escalate', 'acknowledge')),
    reason          TEXT,
    suggested_text  TEXT,
    acknowledgements TEXT NOT NULL,
    signed_at       TIMESTAMPTZ NOT NULL,
    voided_at       TIMESTAMPTZ,
    CHECK (decision IN ('approve', 'acknowledge') OR reason IS NOT NULL),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, post_id) REFERENCES posts (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
-- One person, one approval of one content; one stage, one approval.
CREATE UNIQUE INDEX sign_offs_one_per_person ON sign_offs (post_id, revision_digest, user_id) WHERE decision = 'approve' AND voided_at IS NULL;
CREATE INDEX sign_offs_by_post ON sign_offs (post_id);
CREATE UNIQUE INDEX sign_offs_one_per_stage ON sign_offs (post_id, revision_digest, stage) WHERE decision = 'approve' AND voided_at IS NULL;

-- What people assured of a revision, with a submission or a sign-off: void when either is.
CREATE TABLE attestations (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    post_id         UUID NOT NULL,
    revision_id     UUID NOT NULL,
    revision_digest BYTEA NOT NULL,
    -- As the profile names it, and word by word.
    name            TEXT NOT NULL,
    wording         TEXT NOT NULL,
    given_as        TEXT NOT NULL,
    sign_off_id     UUID,
    user_id         UUID NOT NULL,
    policy_digest   BYTEA NOT NULL,
    given_at        TIMESTAMPTZ NOT NULL,
    CHECK ((given_as = 'author') = (sign_off_id IS NULL)),
    FOREIGN KEY (organization_id, post_id) REFERENCES posts (organization_id, id),
    FOREIGN KEY (organization_id, revision_id) REFERENCES revisions (organization_id, id),
    FOREIGN KEY (organization_id, sign_off_id) REFERENCES sign_offs (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);
CREATE INDEX attestations_by_post ON attestations (post_id);
CREATE INDEX attestations_by_revision ON attestations (organization_id, revision_id);

CREATE TABLE deliveries (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    post_id         UUID NOT NULL,
    account_id      UUID NOT NULL,
    revision_digest BYTEA NOT NULL,
    -- 1 goes first: emergencies.
    priority        BIGINT NOT NULL CHECK (priority IN (0, 1)),
    fingerprint     BYTEA NOT NULL,
    -- 64 bits that differ little between texts that differ little.
    sketch          BIGINT NOT NULL,
    publish_at      TIMESTAMPTZ,
    -- publish_at + the account's grace: from then on it is missed.
    miss_at         TIMESTAMPTZ,
    generation      BIGINT NOT NULL,
    -- The calls that it takes, one for each part of a series, and how many parts are out.
    parts           BIGINT NOT NULL CHECK (parts > 0),
    parts_out       BIGINT NOT NULL CHECK (parts_out BETWEEN 0 AND parts),
    -- 1 has to be made ready before its call.
    prepares        BIGINT NOT NULL CHECK (prepares IN (0, 1)),
    fence           BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('pending', 'waiting', 'claimed', 'publishing', 'published', 'failed', 'unknown', 'needs_human', 'held', 'missed', 'cancelled')),
    due_at          TIMESTAMPTZ,
    lease_owner     TEXT,
    lease_until     TIMESTAMPTZ,
    attempt_id      UUID,
    since           TIMESTAMPTZ,
    looks           BIGINT,
    look_at         TIMESTAMPTZ,
    hold_cause      TEXT CHECK (hold_cause IN ('hold', 'emergency', 'window', 'gate', 'account', 'restored')),
    hold_detail     TEXT,
    remote_id       TEXT,
    remote_url      TEXT,
    why             TEXT,
    cancelled_by    UUID,
    -- An earlier attempt that may be out while the same call is repeated.
    doubt_id        UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    CHECK ((publish_at IS NULL) = (miss_at IS NULL)),
    CHECK (publish_at IS NOT NULL OR state IN ('pending', 'held', 'cancelled')),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state IN ('claimed', 'publishing')) = (lease_until IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('publishing', 'unknown', 'needs_human')) = (attempt_id IS NOT NULL)),
    CHECK ((state IN ('unknown', 'needs_human', 'held', 'missed', 'published', 'failed', 'cancelled')) = (since IS NOT NULL)),
    CHECK ((state = 'unknown') = (look_at IS NOT NULL)),
    CHECK ((state = 'unknown') = (looks IS NOT NULL)),
    CHECK ((state = 'held') = (hold_cause IS NOT NULL)),
    CHECK ((hold_cause IS NULL) = (hold_detail IS NULL)),
    CHECK ((parts_out > 0) = (remote_id IS NOT NULL)),
    CHECK ((state = 'published') = (parts_out = parts)),
    CHECK ((state = 'failed') = (why IS NOT NULL)),
    CHECK ((state = 'cancelled') = (cancelled_by IS NOT NULL)),
    CHECK (doubt_id IS NULL OR state IN ('waiting', 'claimed', 'publishing')),
    CHECK (remote_url IS NULL OR remote_id IS NOT NULL),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, post_id) REFERENCES posts (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, cancelled_by) REFERENCES users (organization_id, id)
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (post_id, account_id) WHERE state <> 'cancelled';
CREATE INDEX deliveries_by_post ON deliveries (post_id);
CREATE INDEX deliveries_due ON deliveries (priority DESC, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_preparing ON deliveries (due_at) WHERE state = 'waiting' AND prepares = 1;
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state IN ('claimed', 'publishing');
CREATE INDEX deliveries_publishing ON deliveries (organization_id, id) WHERE state = 'publishing';
CREATE INDEX deliveries_to_hold ON deliveries (account_id, id) WHERE priority = 0 AND state IN ('waiting', 'claimed');
CREATE INDEX deliveries_attention ON deliveries (organization_id, id) WHERE state IN ('unknown', 'needs_human', 'held', 'missed', 'failed');
CREATE INDEX deliveries_held_by_gate ON deliveries (organization_id, post_id) WHERE hold_cause = 'gate';
CREATE INDEX deliveries_unknown ON deliveries (look_at) WHERE state = 'unknown';
CREATE INDEX deliveries_missing ON deliveries (miss_at) WHERE state IN ('pending', 'waiting', 'held');
CREATE INDEX deliveries_restored ON deliveries (since) WHERE hold_cause = 'restored';
CREATE INDEX deliveries_recent ON deliveries (account_id, publish_at);
-- A correction has the id of what it corrects.
CREATE INDEX deliveries_remote ON deliveries (account_id, remote_id) WHERE remote_id IS NOT NULL;

CREATE TABLE account_flows (
    account_id      UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    failures        BIGINT NOT NULL CHECK (failures >= 0),
    open_until      TIMESTAMPTZ,
    refused_until   TIMESTAMPTZ,
    budget_limit    BIGINT CHECK (budget_limit > 0),
    remaining       BIGINT CHECK (remaining >= 0),
    resets_at       TIMESTAMPTZ,
    CHECK ((budget_limit IS NULL) = (remaining IS NULL) AND (remaining IS NULL) = (resets_at IS NULL)),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);

CREATE TABLE attempts (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    delivery_id     UUID NOT NULL,
    revision_digest BYTEA NOT NULL,
    fence           BIGINT NOT NULL,
    generation      BIGINT NOT NULL,
    part            BIGINT NOT NULL CHECK (part >= 0),
    idempotency_key UUID NOT NULL,
    policy_digest   BYTEA NOT NULL,
    authority       TEXT NOT NULL CHECK (authority IN ('route', 'duty_signature', 'approved_template', 'after_review')),
    gate_epoch      BIGINT NOT NULL,
    intended_at     TIMESTAMPTZ NOT NULL,
    send_by         TIMESTAMPTZ NOT NULL,
    outcome         TEXT CHECK (outcome IN ('published', 'not_sent', 'rejected_transient', 'rejected_reauth', 'rejected_permanent', 'rejected_duplicate', 'unknown')),
    why             TEXT,
    remote_id       TEXT,
    remote_url      TEXT,
    ended_at        TIMESTAMPTZ,
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((outcome IS NOT NULL AND outcome = 'published') = (remote_id IS NOT NULL)),
    CHECK (remote_url IS NULL OR remote_id IS NOT NULL),
    UNIQUE (delivery_id, fence),
    FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id)
);
CREATE UNIQUE INDEX attempts_one_open ON attempts (delivery_id) WHERE outcome IS NULL;
CREATE INDEX attempts_remote ON attempts (organization_id, remote_id) WHERE remote_id IS NOT NULL;

-- What a platform gave before anything is in public: ids of uploads and containers, chosen record keys.
CREATE TABLE preparations (
    delivery_id     UUID NOT NULL,
    organization_id UUID NOT NULL,
    generation      BIGINT NOT NULL,
    part            BIGINT NOT NULL CHECK (part >= 0),
    handles         TEXT NOT NULL,
    began_at        TIMESTAMPTZ NOT NULL,
    -- One worker at a time.
    worker          TEXT NOT NULL,
    lease_until     TIMESTAMPTZ NOT NULL,
    ready_at        TIMESTAMPTZ,
    PRIMARY KEY (delivery_id, generation, part),
    FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id)
);

-- Orders to take back what is out, one for each part.
CREATE TABLE withdrawals (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    post_id         UUID NOT NULL,
    delivery_id     UUID NOT NULL,
    account_id      UUID NOT NULL,
    part            BIGINT NOT NULL CHECK (part >= 0),
    remote_id       TEXT NOT NULL,
    ordered_by      UUID NOT NULL,
    reason          TEXT NOT NULL,
    ordered_at      TIMESTAMPTZ NOT NULL,
    fence           BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'removing', 'withdrawn', 'refused')),
    due_at          TIMESTAMPTZ,
    lease_owner     TEXT,
    lease_until     TIMESTAMPTZ,
    why             TEXT,
    ended_at        TIMESTAMPTZ,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'removing') = (lease_until IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('withdrawn', 'refused')) = (ended_at IS NOT NULL)),
    CHECK ((state = 'refused') = (why IS NOT NULL)),
    UNIQUE (delivery_id, part),
    FOREIGN KEY (organization_id, post_id) REFERENCES posts (organization_id, id),
    FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, ordered_by) REFERENCES users (organization_id, id)
);
CREATE INDEX withdrawals_by_post ON withdrawals (post_id);
CREATE INDEX withdrawals_open ON withdrawals (state, ordered_at) WHERE state IN ('waiting', 'removing');

CREATE TABLE holds (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    division_id     UUID,
    account_id      UUID,
    reason          TEXT NOT NULL,
    -- NULL: the gateway itself, which found that time had passed over its database.
    set_by          UUID,
    set_at          TIMESTAMPTZ NOT NULL,
    lifted_by       UUID,
    lifted_at       TIMESTAMPTZ,
    CHECK (division_id IS NULL OR account_id IS NULL),
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL)),
    FOREIGN KEY (organization_id, division_id) REFERENCES divisions (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id),
    FOREIGN KEY (organization_id, set_by) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, lifted_by) REFERENCES users (organization_id, id)
);

CREATE TABLE emergencies (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    declared_by     UUID NOT NULL,
    declared_at     TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    ended_by        UUID,
    ended_at        TIMESTAMPTZ,
    CHECK (expires_at > declared_at),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, declared_by) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, ended_by) REFERENCES users (organization_id, id)
);

CREATE TABLE emergency_accounts (
    organization_id UUID NOT NULL,
    emergency_id    UUID NOT NULL,
    account_id      UUID NOT NULL,
    PRIMARY KEY (emergency_id, account_id),
    FOREIGN KEY (organization_id, emergency_id) REFERENCES emergencies (organization_id, id),
    FOREIGN KEY (organization_id, account_id) REFERENCES accounts (organization_id, id)
);

-- 後閲: every emergency post stands here until somebody looked at it afterwards.
CREATE TABLE after_reviews (
    organization_id UUID NOT NULL,
    delivery_id     UUID PRIMARY KEY,
    emergency_id    UUID NOT NULL,
    debts           TEXT NOT NULL,
    opened_at       TIMESTAMPTZ NOT NULL,
    reviewed_by     UUID,
    reviewed_at     TIMESTAMPTZ,
    note            TEXT,
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL)),
    FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id),
    FOREIGN KEY (organization_id, emergency_id) REFERENCES emergencies (organization_id, id),
    FOREIGN KEY (organization_id, reviewed_by) REFERENCES users (organization_id, id)
);

CREATE TABLE ledger_entries (
    id              UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    at              TIMESTAMPTZ NOT NULL,
    actor           TEXT NOT NULL,
    verb            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    policy_digest   BYTEA,
    details         TEXT NOT NULL,
    canonical       BYTEA NOT NULL,
    digest          BYTEA NOT NULL,
    UNIQUE (organization_id, id)
);
CREATE INDEX ledger_entries_by_subject ON ledger_entries (organization_id, subject, id);

-- The sealer's work list: rows leave it when they are sealed.
CREATE TABLE ledger_unsealed (
    organization_id UUID NOT NULL,
    entry_id        UUID NOT NULL,
    PRIMARY KEY (organization_id, entry_id),
    FOREIGN KEY (organization_id, entry_id) REFERENCES ledger_entries (organization_id, id)
);

CREATE TABLE ledger_seals (
    organization_id UUID NOT NULL,
    seq             BIGINT NOT NULL CHECK (seq >= 1),
    entry_id        UUID NOT NULL UNIQUE,
    prev            BYTEA NOT NULL,
    hash            BYTEA NOT NULL,
    PRIMARY KEY (organization_id, seq),
    FOREIGN KEY (organization_id, entry_id) REFERENCES ledger_entries (organization_id, id)
);

CREATE TABLE ledger_heads (
    organization_id UUID PRIMARY KEY REFERENCES organizations (id),
    seq             BIGINT NOT NULL,
    hash            BYTEA NOT NULL
);

CREATE TABLE requests (
    organization_id UUID NOT NULL,
    user_id         UUID NOT NULL,
    key             TEXT NOT NULL,
    request_digest  BYTEA NOT NULL,
    status          BIGINT NOT NULL,
    body            TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, user_id, key),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
);

CREATE TABLE leases (
    name            TEXT PRIMARY KEY,
    owner           TEXT NOT NULL,
    until           TIMESTAMPTZ NOT NULL
);

-- The nodes that dispatch: each says now and then that it lives, and takes its row away when it stops.
CREATE TABLE nodes (
    name            TEXT PRIMARY KEY,
    seen_at         TIMESTAMPTZ NOT NULL
);

-- Which server's history this database is part of, as its nodes found it last: PostgreSQL only.
CREATE TABLE histories (
    id              BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    server          TEXT NOT NULL
);

-- Times of which this database is a copy, or after which nobody lived: what happened then is not in it.
CREATE TABLE restorations (
    id              UUID PRIMARY KEY,
    as_of           TIMESTAMPTZ NOT NULL,
    -- When a starting node held everything that may have left meanwhile.
    handled_at      TIMESTAMPTZ
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;

CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_seals_append_only BEFORE UPDATE OR DELETE ON ledger_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_seals_no_truncate BEFORE TRUNCATE ON ledger_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE ON revisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revisions_no_truncate BEFORE TRUNCATE ON revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policies_append_only BEFORE UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_signatures_append_only BEFORE UPDATE OR DELETE ON policy_signatures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_signatures_no_truncate BEFORE TRUNCATE ON policy_signatures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policies_no_truncate BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attestations_append_only BEFORE UPDATE OR DELETE ON attestations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attestations_no_truncate BEFORE TRUNCATE ON attestations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_policies_append_only BEFORE UPDATE OR DELETE ON account_policies FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_policies_no_truncate BEFORE TRUNCATE ON account_policies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
