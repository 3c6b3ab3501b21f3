//! Posts that wait in numbers that nobody hands in during a measurement: copies of one that people approved.

use chrono::TimeDelta;

use crate::{database::Kind, flood::now};

/// When copies are to leave: no measurement lasts until then.
pub const FAR: TimeDelta = TimeDelta::days(30);

/// Copies the post that was prepared, with its revision and delivery, so many times, past the use cases: these would
/// take an hour. The accounts but for the first `kept` take turns, and no copy counts as a repetition of another. Ids
/// ascend, as those of the program do, and are lower than any of them. The ledger does not tell of them.
pub fn copies(kind: Kind, posts: usize, accounts: usize, kept: usize) -> String {
    let text = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let (at, missed) = (text(now() + FAR), text(now() + FAR + TimeDelta::minutes(10)));
    let turns = accounts - kept;
    let of = match kind {
        Kind::Sqlite => Dialect::SQLITE,
        Kind::Postgres => Dialect::POSTGRES,
    };
    let Dialect {
        begin,
        id,
        numbers,
        fingerprint,
        sketch,
        end,
    } = of;
    let numbers = numbers.replace("{posts}", &posts.to_string());
    format!(
        "{begin}
         CREATE TEMP TABLE numbers AS SELECT n, {id} AS id FROM {numbers};
         CREATE TEMP TABLE turns AS SELECT row_number() OVER (ORDER BY id) - 1 AS turn, id
             FROM (SELECT id FROM accounts ORDER BY id LIMIT {turns} OFFSET {kept}) AS others;
         CREATE INDEX turns_by_turn ON turns (turn);
         INSERT INTO posts (id, organization_id, author_id, document_number, publish_mode, publish_at, version, state,
                            revision_digest, stage, route, summary, created_at, updated_at)
             SELECT n.id, organization_id, author_id, document_number, publish_mode, '{at}', version, state,
                    revision_digest, stage, route, summary, created_at, updated_at
             FROM numbers n, (SELECT * FROM posts WHERE state = 'approved' ORDER BY id LIMIT 1) AS one ORDER BY n.n;
         INSERT INTO revisions (id, organization_id, post_id, number, editor_id, created_at, content, digest)
             SELECT n.id, organization_id, n.id, number, editor_id, created_at, content, digest
             FROM numbers n, (SELECT * FROM revisions ORDER BY id LIMIT 1) AS one ORDER BY n.n;
         INSERT INTO deliveries (id, organization_id, post_id, account_id, revision_digest, priority, fingerprint,
                                 sketch, publish_at, miss_at, generation, parts, parts_out, prepares, fence,
                                 state, due_at, created_at)
             SELECT n.id, d.organization_id, n.id, t.id, revision_digest, 0, {fingerprint}, {sketch}, '{at}', '{missed}',
                    0, 1, 0, 0, 0, 'waiting', '{at}', created_at
             FROM numbers n JOIN turns t ON t.turn = n.n % {turns},
                  (SELECT * FROM deliveries WHERE state = 'waiting' AND priority = 0 ORDER BY id LIMIT 1) d ORDER BY n.n;
         {end}"
    )
}

/// What the two databases say differently. Neither asks whether a copy refers to what exists.
struct Dialect {
    begin: &'static str,
    id: &'static str,
    numbers: &'static str,
    fingerprint: &'static str,
    sketch: &'static str,
    end: &'static str,
}

impl Dialect {
    const SQLITE: Self = Self {
        begin: "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;",
        id: "unhex('01900000' || printf('%024x', n))",
        numbers: "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {posts}) SELECT n FROM n)",
        fingerprint: "randomblob(32)",
        sketch: "random()",
        end: "COMMIT; PRAGMA wal_checkpoint(TRUNCATE);",
    };
    const POSTGRES: Self = Self {
        begin: "SET session_replication_role = replica; SET synchronous_commit = off;",
        id: "('01900000' || lpad(to_hex(n), 24, '0'))::uuid",
        numbers: "generate_series(1, {posts}) AS n",
        fingerprint: "sha256(n.n::text::bytea)",
        sketch: "(random() * 9e18)::bigint",
        end: "ANALYZE;",
    };
}
