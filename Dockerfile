# syntax=docker/dockerfile:1

# --- Build. scripts/check-dockerfile runs the commands of this stage in an ordinary directory.
ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-bookworm AS builder
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY migrations ./migrations
COPY config ./config
RUN cargo build --profile dist --locked

# --- Run.
FROM debian:bookworm-slim
# The platforms' certificates are checked against the system's authorities.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 sekisho \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/sekisho --shell /usr/sbin/nologin sekisho \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/sekisho
COPY --from=builder /build/target/dist/sekisho /usr/local/bin/sekisho

# The only directory that is written to: the root file system may be read-only.
VOLUME /var/lib/sekisho
WORKDIR /var/lib/sekisho
ENV SQLITE_TMPDIR=/var/lib/sekisho
USER 10001:10001

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/usr/local/bin/sekisho", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/sekisho"]
CMD ["serve"]
