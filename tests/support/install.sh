# Sourced by checks that need programs of others: installs those that a machine lacks.

# A registry that does not answer once is asked again.
patiently() {
    for pause in 5 20 60; do
        "$@" && return
        echo "again in $pause s: $*" >&2
        sleep "$pause"
    done
    "$@"
}
need() { # test, Debian packages
    eval "$1" >/dev/null 2>&1 && return
    echo "installing ${*:2}"
    [ -n "${apt_updated:-}" ] || patiently apt-get update -qq
    apt_updated=yes
    DEBIAN_FRONTEND=noninteractive patiently apt-get install -qq -y --no-install-recommends "${@:2}" >/dev/null
}
