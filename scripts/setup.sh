#!/usr/bin/env bash
# Makes sure that a Swift toolchain and the development files of OpenBLAS and zlib are present.
# Installs what is missing with the package manager of the system; prints one line if nothing is.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: error: %s\n' "$@" >&2
    exit 1
}

# --- Swift ---------------------------------------------------------------------------------------------------------

required=$(sed -n '1s/^.*swift-tools-version: *\([0-9.]*\).*$/\1/p' "$root/Package.swift")

command -v swift > /dev/null ||
    fail "there is no 'swift' command. Install Swift $required or later from https://www.swift.org/install."

version=$(swift --version 2> /dev/null | sed -n 's/^.*Swift version \([0-9][0-9.]*\).*$/\1/p' | head -n 1)

# Succeeds if version $1 is at least version $2; only the first two numbers count.
is_at_least() {
    local major=${1%%.*} minor=${1#*.} required_major=${2%%.*} required_minor=${2#*.}
    minor=${minor%%.*} required_minor=${required_minor%%.*}
    ((major > required_major || (major == required_major && minor >= required_minor)))
}

[ -n "$version" ] || fail "'swift --version' did not tell its version. Is the Swift toolchain installed completely?"
is_at_least "$version" "$required" ||
    fail "Swift $version is too old; $required or later is needed. Get it from https://www.swift.org/install."

# --- macOS ---------------------------------------------------------------------------------------------------------

if [ "$(uname -s)" = Darwin ]; then
    xcode-select -p > /dev/null 2>&1 ||
        fail "the developer tools are missing. Install them with: xcode-select --install"
    say "ready (Swift $version, Accelerate)"
    exit 0
fi

# --- Linux ---------------------------------------------------------------------------------------------------------

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat > "$scratch/openblas.c" << 'SOURCE'
void openblas_set_num_threads(int count);
int main(void) { openblas_set_num_threads(1); return 0; }
SOURCE
cat > "$scratch/zlib.c" << 'SOURCE'
#include <zlib.h>
int main(void) { return zlibVersion() == 0; }
SOURCE

# The toolchain's own clang comes first, because it is what links Swift programs.
compiler=$(command -v clang || command -v cc) ||
    fail "there is no C compiler. The Swift toolchain brings 'clang'; put its folder on the PATH."

# Prints the names of the libraries that a program cannot be linked with.
missing_libraries() {
    local name flag
    for name in openblas zlib; do
        flag=-l$name
        [ "$name" = zlib ] && flag=-lz
        "$compiler" "$scratch/$name.c" "$flag" -o "$scratch/$name" > "$scratch/$name.log" 2>&1 || printf '%s ' "$name"
    done
}

missing=$(missing_libraries)
missing=${missing% }
if [ -z "$missing" ]; then
    say "ready (Swift $version, OpenBLAS, zlib)"
    exit 0
fi

refresh=()
if command -v apt-get > /dev/null; then
    refresh=(apt-get update)
    install=(apt-get install -y --no-install-recommends libopenblas-dev zlib1g-dev)
elif command -v dnf > /dev/null; then
    install=(dnf install -y openblas-devel zlib-devel)
elif command -v pacman > /dev/null; then
    install=(pacman -S --needed --noconfirm openblas zlib)
elif command -v apk > /dev/null; then
    fail "Alpine Linux is not supported: there is no Swift toolchain for it." \
        "missing: $missing; use Debian, Ubuntu, Fedora, Amazon Linux, Arch or macOS."
else
    fail "missing development files: $missing" \
        "this system has no package manager this script knows (apt-get, dnf, pacman)." \
        "install the development files of OpenBLAS and zlib so that '-lopenblas' and '-lz' can be linked."
fi

prefix=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null ||
        fail "missing development files: $missing" \
            "they can be installed only by the administrator; run this as root and try again:" \
            "    ${refresh[*]+${refresh[*]} && }${install[*]}"
    prefix=(sudo)
fi

# Runs a command as the administrator, without questions.
as_root() { ${prefix[@]+"${prefix[@]}"} env DEBIAN_FRONTEND=noninteractive "$@"; }

say "installing the development files of: $missing"
if ! as_root "${install[@]}"; then
    # The package list may be empty or too old.
    [ ${#refresh[@]} -gt 0 ] || fail "this command failed: ${prefix[*]+${prefix[*]} }${install[*]}"
    say "updating the package list and trying again"
    as_root "${refresh[@]}" || fail "this command failed: ${prefix[*]+${prefix[*]} }${refresh[*]}"
    as_root "${install[@]}" || fail "this command failed: ${prefix[*]+${prefix[*]} }${install[*]}"
fi

missing=$(missing_libraries)
missing=${missing% }
if [ -n "$missing" ]; then
    for name in $missing; do
        sed 's/^/    /' "$scratch/$name.log" >&2
    done
    fail "the packages were installed, but programs still cannot be linked with: $missing"
fi
say "ready (Swift $version, OpenBLAS, zlib)"
