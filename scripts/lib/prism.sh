# shellcheck shell=bash
# Prism serves an OpenAPI document as a stand-in that refuses what the document does not say. Source it; it defines
# functions only.
#
#   prism_for_tests ROOT    makes or reuses target/test-prism and exports SEKISHO_TEST_PRISM, the script that the
#                           tests start themselves with node

prism__version=5.16.0

prism_for_tests() {
    local folder=$1/target/test-prism
    local script=$folder/node_modules/@stoplight/prism-cli/dist/index.js
    # The stamp is written last: a half-made folder is made again.
    if [[ -f $script && $(cat "$folder/installed.txt" 2>/dev/null) == "$prism__version" ]]; then
        echo "Prism: reused"
    else
        echo "Prism: installing"
        rm -rf -- "$folder"
        mkdir -p -- "$folder"
        npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error \
            "@stoplight/prism-cli@$prism__version" >/dev/null || return 1
        [[ -f $script ]] || return 1
        echo "$prism__version" >"$folder/installed.txt"
    fi
    export SEKISHO_TEST_PRISM=$script
}
