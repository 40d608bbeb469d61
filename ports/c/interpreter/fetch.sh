#!/bin/sh
# Fetches wasm3 from a package that carries its source, and unpacks it to the folder given: interpreter/fetch.sh FOLDER
set -eu
package=react-native-webassembly@0.3.3
archive=react-native-webassembly-0.3.3.tgz
sha256=bf679888a4d498cd090c0c72dea54543cafb36a275b93effcaeb9735d11d5da7
mkdir -p "$1"
cd "$1"
npm pack --silent "$package" > /dev/null
echo "$sha256  $archive" | sha256sum --check --quiet
# Only the interpreter, without what it has for operating systems.
tar -xzf "$archive" --strip-components=2 --wildcards 'package/cpp/m3_*' 'package/cpp/wasm3*.h'
rm -f "$archive" m3_api_*
