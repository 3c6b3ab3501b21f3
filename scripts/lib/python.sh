# shellcheck shell=bash
# The tests' Python tools, in target/test-python. Source it; it defines functions only.
#
#   python_for_tests ROOT    makes or reuses the virtual environment and exports SEKISHO_TEST_MASTODON_MOCK,
#                            the program that the tests start themselves: mastodon_mock serve --host H --port P

python_for_tests() {
    local root=$1
    local venv=$root/target/test-python wanted=$root/scripts/lib/test-python.txt
    local mock=$venv/bin/mastodon_mock
    # The stamp says what was asked for, and is written last: a half-made environment is made again.
    if [[ -x $mock ]] && cmp -s "$wanted" "$venv/installed.txt" && "$mock" --version >/dev/null 2>&1; then
        echo "Python tools: reused"
    else
        echo "Python tools: installing"
        rm -rf -- "$venv"
        mkdir -p -- "$root/target"
        python3 -m venv "$venv" || return 1
        if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"; then
            echo "Python tools: the pinned set cannot be had here; taking what mastodon_mock itself asks for" >&2
            "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
                "$(grep '^mastodon_mock==' "$wanted")" || return 1
        fi
        "$mock" --version >/dev/null || return 1
        cp -- "$wanted" "$venv/installed.txt"
    fi
    export SEKISHO_TEST_MASTODON_MOCK=$mock
}
