#!/usr/bin/env bash
# Checks that a package can depend on this checkout with nothing but '.package(path:)' and 'import Adjoint':
# no unsafe flags, no linker settings. Builds a small program in release and compares its output.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/.build-dependency
package=$work/package
expected='tensor([ 0.,  4.,  8., 12.])'

# Writes standard input to a file, but only if that changes it, so that builds stay incremental.
write() {
    mkdir -p "$(dirname "$1")"
    cat > "$1.new"
    if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

write "$package/Package.swift" << SOURCE
// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(path: "../..")],
    targets: [
        .executableTarget(
            name: "Consumer",
            dependencies: [.product(name: "Adjoint", package: "$(basename "$root")")])
    ])
SOURCE

write "$package/Sources/Consumer/main.swift" << 'SOURCE'
import Adjoint

let x = Tensor.arange(4.0).requiringGrad()
let y = 2 * dot(x, x)
y.backward()
print(x.grad!)
SOURCE

# A build plan does not notice a source file that is new in a dependency: it is made again when the list of files changes.
sources=$(cd "$root" && find Package.swift Sources -type f | sort)
if [ "$sources" != "$(cat "$work/sources" 2> /dev/null)" ]; then
    rm -f "$work"/build/*.yaml
    printf '%s\n' "$sources" > "$work/sources"
fi

build=(swift build -c release --package-path "$package" --scratch-path "$work/build")
if ! "${build[@]}" > "$work/build.log" 2>&1; then
    cat "$work/build.log" >&2
    printf 'test-dependency: error: a package that depends on this checkout does not build\n' >&2
    exit 1
fi

actual=$("$("${build[@]}" --show-bin-path)/Consumer")
if [ "$actual" != "$expected" ]; then
    printf 'test-dependency: error: the program of a dependent package printed\n%s\nand not\n%s\n' \
        "$actual" "$expected" >&2
    exit 1
fi
printf 'test-dependency: ok\n'
