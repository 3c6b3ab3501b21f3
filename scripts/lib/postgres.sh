# shellcheck shell=bash
# A private, throw-away PostgreSQL for tests. Source it; it defines functions only.
#
#   postgres_for_tests    uses $SEKISHO_TEST_POSTGRES when it answers, else starts a server;
#                         exports SEKISHO_TEST_POSTGRES either way
#   postgres_start        starts a server; sets POSTGRES_URL, POSTGRES_PORT, POSTGRES_PID, POSTGRES_DIR
#   postgres_crash        kills that server with SIGKILL, as a power cut would
#   postgres_again        starts it again, on the same data and the same port
#   postgres_copy         takes a base copy while it runs
#   postgres_use_copy     puts that copy in the place of the data of a killed server: the next start recovers
#                         from it, without what was committed since, on a new timeline
#   postgres_stop         stops the server that postgres_start started and removes its directory;
#                         call it from an EXIT trap; harmless when nothing was started
#
# The server listens on 127.0.0.1 and on a socket in its own directory, and nowhere else. It never touches a
# cluster of the distribution.

POSTGRES_URL='' POSTGRES_PORT='' POSTGRES_PID='' POSTGRES_DIR='' POSTGRES__BIN=''
POSTGRES__CHILD=()

# The directory that holds initdb and postgres: the newest of the distribution's, else whatever is in PATH.
postgres__bin() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || true
    if [[ -z $newest ]] && newest=$(command -v initdb); then
        newest=$(readlink -f "$newest")
    fi
    if [[ -z $newest || ! -x ${newest%/*}/postgres ]]; then
        echo "error: no PostgreSQL server found (looked for initdb and postgres in /usr/lib/postgresql and PATH)" >&2
        return 1
    fi
    echo "${newest%/*}"
}

postgres__free_port() {
    if command -v python3 >/dev/null 2>&1; then
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
        return
    fi
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    echo "error: found no free port" >&2
    return 1
}

# Does this URL answer?
postgres_answers() {
    local bin
    if command -v psql >/dev/null 2>&1; then
        [[ $(PGCONNECT_TIMEOUT=5 psql "$1" -XAtqc 'select 1' 2>/dev/null) == 1 ]]
    elif bin=$(postgres__bin 2>/dev/null) && [[ -x $bin/pg_isready ]]; then
        "$bin/pg_isready" -q -t 5 -d "$1"
    else
        return 1
    fi
}

postgres__log() {
    echo "--- the server's log ends:" >&2
    tail -n 20 "$POSTGRES_DIR/log" >&2 || true
}

# Starts the server on its data and its port, and waits until it answers.
postgres__serve() {
    (
        cd "$POSTGRES_DIR" || exit 1
        exec "${POSTGRES__CHILD[@]}" "$POSTGRES__BIN/postgres" -D "$POSTGRES_DIR/data" -p "$POSTGRES_PORT" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories="$POSTGRES_DIR" \
            -c max_connections=200 -c fsync=on -c log_min_messages=warning
    ) </dev/null >>"$POSTGRES_DIR/log" 2>&1 &
    POSTGRES_PID=$!
    for _ in {1..300}; do
        kill -0 "$POSTGRES_PID" 2>/dev/null || return 1
        "$POSTGRES__BIN/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -U sekisho -d postgres && return 0
        sleep 0.2
    done
    return 1
}

postgres_crash() {
    kill -s KILL "$POSTGRES_PID"
    wait "$POSTGRES_PID" 2>/dev/null || true
    POSTGRES_PID=''
}

postgres_again() {
    # What the killed server left running ends by itself, and until then a new one refuses.
    for _ in {1..50}; do
        postgres__serve && return 0
        sleep 0.2
    done
    postgres__log
    return 1
}

postgres_copy() {
    (
        cd "$POSTGRES_DIR" || exit 1
        "${POSTGRES__CHILD[@]}" "$POSTGRES__BIN/pg_basebackup" --pgdata copy --checkpoint fast \
            --host 127.0.0.1 --port "$POSTGRES_PORT" --username sekisho
    )
}

postgres_use_copy() {
    local data=$POSTGRES_DIR/data copy=$POSTGRES_DIR/copy
    # No archive has anything more: recovery ends where the copy does.
    echo "restore_command = 'false'" >>"$copy/postgresql.auto.conf"
    install -m 600 /dev/null "$copy/recovery.signal"
    chown --reference "$copy/postgresql.auto.conf" "$copy/recovery.signal"
    rm -rf -- "$data"
    mv -- "$copy" "$data"
}

postgres_start() {
    local bin user='' try
    local -a as_user=() child=()
    bin=$(postgres__bin) || return 1

    # PostgreSQL refuses to run as root.
    if ((EUID == 0)); then
        for user in postgres nobody ''; do
            [[ -n $user ]] && id -u "$user" >/dev/null 2>&1 && break
        done
        if [[ -z $user ]]; then
            echo "error: PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'" >&2
            return 1
        fi
        as_user=(runuser -u "$user" --)
        child=(setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups)
    fi
    # So that the server ends with this shell even if the shell is killed.
    if setpriv --help 2>/dev/null | grep -q pdeathsig; then
        ((${#child[@]})) || child=(setpriv)
        child+=(--pdeathsig INT)
    fi
    ((${#child[@]})) && child+=(--)

    POSTGRES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-postgres.XXXXXX") || return 1
    chmod 700 "$POSTGRES_DIR"
    : >"$POSTGRES_DIR/log"
    [[ -z $user ]] || chown -R "$user:" "$POSTGRES_DIR"

    # The C collation orders text as SQLite does.
    if ! (cd "$POSTGRES_DIR" && "${as_user[@]}" "$bin/initdb" --pgdata "$POSTGRES_DIR/data" \
        --username sekisho --auth-local trust --auth-host trust --encoding UTF8 --no-locale \
        >>"$POSTGRES_DIR/log" 2>&1); then
        echo "error: initdb failed" >&2
        postgres__log
        return 1
    fi

    POSTGRES__BIN=$bin POSTGRES__CHILD=("${child[@]}")
    for try in 1 2 3 4 5; do
        POSTGRES_PORT=$(postgres__free_port) || return 1
        POSTGRES_URL="postgres://sekisho@127.0.0.1:$POSTGRES_PORT/postgres"
        # Dead already: most likely the port was taken in the meantime.
        postgres__serve && return 0
        if kill -0 "$POSTGRES_PID" 2>/dev/null; then
            break
        fi
        wait "$POSTGRES_PID" 2>/dev/null || true
        POSTGRES_PID=''
        ((try < 5)) && sleep 0.5
    done
    echo "error: PostgreSQL did not start" >&2
    postgres__log
    return 1
}

postgres_stop() {
    if [[ -n $POSTGRES_PID ]]; then
        local signal
        # Fast shutdown; if that takes too long, immediate; then none of its choosing.
        for signal in INT QUIT KILL; do
            kill -s "$signal" "$POSTGRES_PID" 2>/dev/null || break
            for _ in {1..100}; do
                kill -0 "$POSTGRES_PID" 2>/dev/null || break 2
                sleep 0.1
            done
        done
        wait "$POSTGRES_PID" 2>/dev/null || true
        POSTGRES_PID=''
    fi
    if [[ -n $POSTGRES_DIR ]]; then
        rm -rf -- "$POSTGRES_DIR"
        POSTGRES_DIR=''
    fi
}

postgres_for_tests() {
    if [[ -n ${SEKISHO_TEST_POSTGRES:-} ]]; then
        if postgres_answers "$SEKISHO_TEST_POSTGRES"; then
            echo "PostgreSQL: the one in SEKISHO_TEST_POSTGRES"
            export SEKISHO_TEST_POSTGRES
            return 0
        fi
        echo "PostgreSQL: the one in SEKISHO_TEST_POSTGRES does not answer; starting a private one"
    fi
    postgres_start || return 1
    export SEKISHO_TEST_POSTGRES=$POSTGRES_URL
    echo "PostgreSQL: private, on port $POSTGRES_PORT"
}
