# shellcheck shell=bash
# The official server of the AT Protocol, in target/test-pds. Source it; it defines functions only.
#
#   pds_for_tests ROOT    makes or reuses the folder and exports SEKISHO_TEST_PDS, from which the tests start the server
#                         themselves. When it cannot be had here, SEKISHO_TEST_PDS_MISSING says why, and the tests that
#                         need it repeat that and are skipped.

pds_for_tests() {
    local root=$1
    local source=$root/tests/support/pds folder=$root/target/test-pds
    # The stamp says what was asked for, and is written last: a half-made folder is made again.
    if cmp -s "$source/package-lock.json" "$folder/installed.json"; then
        echo "AT Protocol server: reused"
    else
        echo "AT Protocol server: installing (some minutes, once)"
        if ! pds__install "$source" "$folder" >"$root/target/test-pds.log" 2>&1; then
            export SEKISHO_TEST_PDS_MISSING="it could not be installed: see target/test-pds.log"
            echo "AT Protocol server: $SEKISHO_TEST_PDS_MISSING" >&2
            return 0
        fi
    fi
    cp -- "$source/plc.cjs" "$source/pds.mjs" "$folder/"
    export SEKISHO_TEST_PDS=$folder
}

# The server needs a newer Node than distributions have: it is a package like the others. Of all their scripts
# only two are run, the one that fetches Node and the one that compiles SQLite for it.
pds__install() {
    local source=$1 folder=$2 headers
    rm -rf -- "$folder"
    mkdir -p -- "$folder"
    cp -- "$source/package.json" "$source/package-lock.json" "$folder/"
    (
        cd -- "$folder" || exit 1
        npm ci --ignore-scripts --no-audit --no-fund || exit 1
        npm rebuild node || exit 1
        headers=$(compgen -G "$folder/node_modules/node/node_modules/node-*/include") || exit 1
        export PATH=$folder/node_modules/node/bin:$PATH
        npm_config_nodedir=${headers%/include} npm rebuild better-sqlite3 || exit 1
    ) || return 1
    cp -- "$source/package-lock.json" "$folder/installed.json"
}
