#!/bin/sh
# Builds and starts the conformance drivers of this port:
#
#   driver/drive.sh setup NAME MODULE.wasm     builds it, once for each module; exit code 77: a tool is missing, named on the last line
#   driver/drive.sh run   NAME MODULE.wasm     starts it: lines on standard input and output
set -eu
action=$1 name=$2 module=$(realpath "$3")
cd "$(dirname "$0")/.."

# A copy: the module may be built anew while the driver is.
mkdir -p build
copy=$(mktemp build/module.XXXXXX)
trap 'rm -f "$copy"' EXIT
cp "$module" "$copy"
build=build/$(sha256sum < "$copy" | cut -c1-16)
mkdir -p "$build"
[ -e "$build/dosegate.wasm" ] || mv "$copy" "$build/dosegate.wasm"
rm -f "$copy"

# Program, and the Debian package it is in.
need() {
  command -v "$1" > /dev/null || missing="${missing:-} $2"
}
need_arm() {
  need arm-none-eabi-gcc gcc-arm-none-eabi
  arm-none-eabi-gcc --specs=nano.specs -E -x c /dev/null > /dev/null 2>&1 || missing="${missing:-} libnewlib-arm-none-eabi"
}

setup() {
  need make make
  case $name in
    interpreter*) need npm npm ;;
    *) need wasm2c wabt ;;
  esac
  case $name in
    native | interpreter) need gcc gcc ;;
    cortex-m4 | interpreter-cortex-m4) need_arm; need qemu-system-arm qemu-system-arm ;;
    rp2040)
      need_arm
      [ -d ../../node_modules/rp2040js ] || missing="${missing:-} rp2040js (npm ci)"
      ;;
  esac
  if [ -n "${missing:-}" ]; then
    echo "driver $name needs (Debian):$missing"
    exit 77
  fi
  # Two runs may begin at once.
  case $name in
    interpreter*)
      flock build/lock make --silent build/wasm3/wasm3.h >&2 || {
        echo "driver $name needs wasm3: npm's package react-native-webassembly could not be fetched"
        exit 77
      }
      ;;
  esac
  flock build/lock make --silent WASM="$build/dosegate.wasm" BUILD="$build" "driver-$name" >&2
}

run() {
  setup
  case $name in
    native | interpreter) exec "$build/driver-$name" ;;
    # The pipes are for semihosting, which opens /dev/stdin anew: that cannot be done with a socket.
    cortex-m4 | interpreter-cortex-m4)
      cat | qemu-system-arm -M mps2-an386 -display none -monitor none -serial none -icount shift=6 \
        -semihosting-config enable=on,target=native -kernel "$build/driver-$name.elf" | cat
      ;;
    rp2040) exec node driver/rp2040.mjs "$build/driver-rp2040.bin" ;;
  esac
}

"$action"
