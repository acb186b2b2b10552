#!/usr/bin/env bash
# Builds the documentation of the public modules with DocC; a warning, such as a link to nothing, is an error.
# The result is a web site in .build-docs/site.
#
# The compiler describes each module together with the modules it re-exports, so the pages of 'Adjoint' show exactly
# what 'import Adjoint' gives, and links between the re-exported modules work. No package plugin is needed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/.build-docs
modules=(Adjoint AdjointTesting)

docc=$(command -v docc || xcrun --find docc 2> /dev/null || true)
if [ -z "$docc" ]; then
    printf "docs: error: there is no 'docc' command. Swift toolchains from https://www.swift.org have one.\n" >&2
    exit 1
fi

# A change of a comment alone does not rebuild the modules that re-export it, so everything is built anew. What was
# downloaded is kept.
mkdir -p "$work/build"
find "$work/build" -mindepth 1 -maxdepth 1 \
    ! -name checkouts ! -name repositories ! -name artifacts ! -name workspace-state.json -exec rm -rf {} +
rm -rf "$work/graphs" "$work/inputs" "$work/archives" "$work/site"
mkdir -p "$work/graphs" "$work/archives"

# Runs a command and shows what it printed only if it fails.
quietly() {
    if ! "$@" > "$work/log" 2>&1; then
        cat "$work/log" >&2
        printf 'docs: error: this command failed: %s\n' "$*" >&2
        exit 1
    fi
}

archives=()
for module in "${modules[@]}"; do
    quietly swift build --package-path "$root" --scratch-path "$work/build" --target "$module" \
        -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$work/graphs"

    inputs=$work/inputs/$module
    mkdir -p "$inputs"
    # 'Module.symbols.json', and 'Module@Other.symbols.json' for extensions of other modules.
    find "$work/graphs" -name "$module.symbols.json" -exec cp {} "$inputs" \;
    find "$work/graphs" -name "$module@*.symbols.json" -exec cp {} "$inputs" \;

    convert=("$docc" convert)
    catalog=$root/Sources/$module/$module.docc
    if [ -d "$catalog" ]; then
        convert+=("$catalog")
    fi
    archive=$work/archives/$module.doccarchive
    quietly "${convert[@]}" --additional-symbol-graph-dir "$inputs" --fallback-display-name "$module" \
        --fallback-bundle-identifier "$module" --warnings-as-errors --output-path "$archive"
    archives+=("$archive")
done

quietly "$docc" merge "${archives[@]}" --synthesized-landing-page-name Adjoint --output-path "$work/site"
printf 'docs: %s\n' "$work/site"
