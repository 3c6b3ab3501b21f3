# shellcheck shell=bash
# What the tests need from the system, on Debian and Ubuntu. Source it; it defines functions only.
#
#   prerequisites_install build python postgres node    installs with apt what is missing of the named groups
#
# Nothing is installed, and apt is not asked, when nothing is missing.

prerequisites__has_postgres() {
    command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

prerequisites__has_venv() {
    command -v python3 >/dev/null 2>&1 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1
}

prerequisites__apt() {
    local -a as_root=()
    if ((EUID != 0)); then
        if command -v sudo >/dev/null 2>&1; then
            as_root=(sudo)
        else
            echo "error: these packages are missing and can only be installed by root (there is no sudo): $*" >&2
            echo "       as root: apt-get install $*" >&2
            return 1
        fi
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: this is not Debian or Ubuntu; please install what these packages hold: $*" >&2
        return 1
    fi
    echo "installing: $*"
    # A server package makes and starts a cluster of its own. Ours is private and thrown away: ask for none.
    local conf=/etc/postgresql-common/createcluster.d/sekisho-test.conf status=0
    "${as_root[@]}" mkdir -p "${conf%/*}"
    echo "create_main_cluster = false" | "${as_root[@]}" tee "$conf" >/dev/null
    "${as_root[@]}" apt-get -qq update || status=$?
    ((status)) || "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y install --no-install-recommends "$@" >/dev/null || status=$?
    "${as_root[@]}" rm -f "$conf"
    "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${conf%/*}" /etc/postgresql-common 2>/dev/null || true
    return "$status"
}

prerequisites_install() {
    local group
    local -a missing=()
    for group in "$@"; do
        case "$group" in
            build)
                if ! command -v cargo >/dev/null 2>&1; then
                    echo "error: cargo is not in PATH: Rust is needed (the version is in Cargo.toml)" >&2
                    return 1
                fi
                command -v cc >/dev/null 2>&1 || missing+=(gcc libc6-dev)
                # One test makes certificates with it.
                command -v openssl >/dev/null 2>&1 || missing+=(openssl)
                ;;
            python)
                command -v python3 >/dev/null 2>&1 || missing+=(python3)
                prerequisites__has_venv || missing+=(python3-venv)
                ;;
            postgres)
                prerequisites__has_postgres || missing+=(postgresql postgresql-client)
                ;;
            node)
                command -v node >/dev/null 2>&1 || missing+=(nodejs)
                command -v npm >/dev/null 2>&1 || missing+=(npm)
                ;;
            *)
                echo "error: no such group of prerequisites: $group" >&2
                return 1
                ;;
        esac
    done
    ((${#missing[@]} == 0)) || prerequisites__apt "${missing[@]}"
}
