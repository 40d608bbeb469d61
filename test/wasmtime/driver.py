"""Replays a recorded trace of the gate under wasmtime and compares every byte.

    .venv/bin/python test/wasmtime/driver.py build/dosegate.wasm trace.jsonl

The trace (host-sim/gate/recorder.ts says what its lines hold) was recorded under another engine. This host shares no
code with the one that recorded it: it has a flash and a counter of its own, and takes only clock and entropy from the
trace. Compared are: which imports are called, in which order and with which arguments; what flash and counter answer;
the status of every export; every byte of every shared area after every call; and SHA-256 of the module's memory at
the end of every instance.

Prints one JSON object and exits 0, or says where the replay first differs and exits 1.
"""

import hashlib
import json
import struct
import sys
from collections import defaultdict

from wasmtime import Config, Engine, FuncType, Linker, Module, Store, Trap, ValType

TRACE_VERSION = 1
# More than any call can burn; what is left afterwards tells how much it did.
FUEL = 1 << 60


class Difference(Exception):
    """The replay and the recording disagree, or the trace cannot be replayed."""


def require(same, what, expected, found):
    if not same:
        raise Difference(f"{what}: recorded {expected}, replayed {found}")


class Flash:
    """A NOR flash that forbids what real parts lose data by: a unit is programmed once per erase, whole and aligned."""

    def __init__(self, geometry):
        self.unit = geometry["unit_bytes"]
        self.sector = geometry["sector_bytes"]
        self.sectors = geometry["sector_count"]
        self.erase_ms = geometry["erase_ms_max"]
        self.cells = bytearray(b"\xff" * (self.sector * self.sectors))
        self.programmed = bytearray(len(self.cells) // self.unit)

    def read(self, address, length):
        self._inside("flashRead", address, length)
        return bytes(self.cells[address : address + length])

    def program(self, address, data):
        self._inside("flashProgram", address, len(data))
        if address % self.unit or len(data) % self.unit:
            raise Difference(f"flashProgram of {len(data)} B at {address:#x}: not whole, aligned units")
        if address // self.sector != (address + len(data) - 1) // self.sector:
            raise Difference(f"flashProgram of {len(data)} B at {address:#x}: crosses a sector")
        first, last = address // self.unit, (address + len(data)) // self.unit
        if any(self.programmed[first:last]):
            raise Difference(f"flashProgram at {address:#x}: programmed since the last erase")
        self.programmed[first:last] = b"\x01" * (last - first)
        self.cells[address : address + len(data)] = data

    def erase(self, sector):
        if sector >= self.sectors:
            raise Difference(f"flashErase of sector {sector} of {self.sectors}")
        start, units = sector * self.sector, self.sector // self.unit
        self.cells[start : start + self.sector] = b"\xff" * self.sector
        self.programmed[sector * units : (sector + 1) * units] = bytes(units)

    def _inside(self, what, address, length):
        if length == 0 or length > len(self.cells) or address > len(self.cells) - length:
            raise Difference(f"{what} of {length} B at {address:#x}: outside the partition")


class Host:
    """The imports of one call at a time, checked against what the recording says comes next."""

    def __init__(self, flash):
        self.flash = flash
        self.counter = None  # whatever the first read says; from then on our own
        self.memory = None
        self.store = None
        self.script = []
        self.position = 0
        self.calls = 0

    def begin(self, script):
        self.script, self.position = script, 0

    def end(self):
        require(self.position == len(self.script), "import calls", len(self.script), self.position)

    def call(self, name, arguments):
        """Answers one import call."""
        arguments = [value & 0xFFFFFFFF for value in arguments]
        if self.position >= len(self.script):
            raise Difference(f"import {self.position + 1} is {name}{arguments}: none was recorded")
        recorded, recorded_arguments, status, text = self.script[self.position]
        self.position += 1
        self.calls += 1
        require(recorded == name, f"import {self.position}", recorded, name)
        require(recorded_arguments == arguments, f"arguments of {name}", recorded_arguments, arguments)
        data = bytes.fromhex(text)
        if name == "flashProgram":
            return self._program(arguments, status, data)
        if name == "flashErase":
            return self._erase(arguments, status)
        if name == "counterAdvance":
            return self._advance(status)
        return self._answer(name, arguments, status, data)

    def _answer(self, name, arguments, status, data):
        """An import that writes: from our own parts where we have them, from the script where they are chance or time."""
        if status == 0:
            own = self._own(name, arguments, data)
            require(own == data, f"answer of {name}{arguments}", data.hex(), own.hex())
        pointer = arguments[1] if name == "flashRead" else arguments[0]
        self.memory.write(self.store, data, pointer)
        return status

    def _own(self, name, arguments, data):
        if name == "flashRead":
            return self.flash.read(arguments[0], arguments[2])
        if name == "flashGeometry":
            return struct.pack("<4I", self.flash.unit, self.flash.sector, self.flash.sectors, self.flash.erase_ms)
        if name == "counterRead":
            if self.counter is None:
                (self.counter,) = struct.unpack("<I", data)
            return struct.pack("<I", self.counter)
        return data

    def _program(self, arguments, status, data):
        address, pointer, length = arguments
        given = bytes(self.memory.read(self.store, pointer, pointer + length))
        require(given == data, f"bytes programmed at {address:#x}", data.hex(), given.hex())
        self._replayable("flashProgram", status)
        self.flash.program(address, given)
        return status

    def _erase(self, arguments, status):
        self._replayable("flashErase", status)
        self.flash.erase(arguments[0])
        return status

    def _advance(self, status):
        self._replayable("counterAdvance", status)
        if self.counter is not None:
            self.counter += 1
        return status

    @staticmethod
    def _replayable(name, status):
        if status != 0:
            raise Difference(f"{name} failed in the recording: what it left behind is not in the trace")


class Replay:
    def __init__(self, wasm):
        config = Config()
        config.consume_fuel = True
        self.engine = Engine(config)
        self.module = Module(self.engine, wasm)
        self.digest = hashlib.sha256(wasm).hexdigest()
        self.header = None
        self.host = None
        self.exports = None
        self.expected = {}
        self.summary = {"instances": 0, "calls": 0, "imports": 0, "bytes_compared": 0, "memory": []}
        self.fuel_max = defaultdict(int)
        self.ended = False

    def line(self, line):
        if self.ended:
            raise Difference("a line after the end")
        if (self.header is None) != (line["op"] == "trace"):
            raise Difference("the trace line must come first, and once")
        getattr(self, f"_{line['op']}")(line)

    def _trace(self, line):
        require(line["version"] == TRACE_VERSION, "trace version", line["version"], TRACE_VERSION)
        require(line["module_sha256"] == self.digest, "SHA-256 of the module", line["module_sha256"], self.digest)
        self.header = line
        self.host = Host(Flash(line["geometry"]))

    def _instance(self, line):
        host = self.host
        store = Store(self.engine)
        store.set_fuel(FUEL)
        linker = Linker(self.engine)
        for name, arity in self.header["imports"].items():
            kind = FuncType([ValType.i32()] * arity, [ValType.i32()])
            linker.define_func("host", name, kind, lambda *given, name=name: host.call(name, list(given)))
        exports = linker.instantiate(store, self.module).exports(store)
        host.memory, host.store, self.exports = exports["memory"], store, exports
        self.areas = line["areas"]
        for name, size in self.header["areas"].items():
            self.expected[name] = bytearray(size)
        self.summary["instances"] += 1

    def _call(self, line):
        name, store = line["name"], self.host.store
        for area, text in line["inputs"]:
            self.host.memory.write(store, bytes.fromhex(text), self.areas[area])
        self.host.begin(line["imports"])
        before = store.get_fuel()
        try:
            arguments = [value - (1 << 32) if value >= 1 << 31 else value for value in line["args"]]
            status = self.exports[name](store, *arguments) & 0xFFFFFFFF
        except Trap as trap:
            status = None
            if "died" not in line:
                raise Difference(f"trapped: {trap}") from trap
        if line.get("died") == "host":
            raise Difference("its host ended this call in the recording: it cannot be replayed")
        require(status == line.get("status"), "status", line.get("status", "a trap"), status)
        self.host.end()
        self.fuel_max[name] = max(self.fuel_max[name], before - store.get_fuel())
        self.summary["calls"] += 1
        self._compare(line["changes"])

    def _compare(self, changes):
        """Every byte of every area: what changed in the recording, and that nothing else did."""
        for area, offset, text in changes:
            data = bytes.fromhex(text)
            self.expected[area][offset : offset + len(data)] = data
        for area, expected in self.expected.items():
            at = self.areas[area]
            found = self.host.memory.read(self.host.store, at, at + len(expected))
            self.summary["bytes_compared"] += len(expected)
            if found != expected:
                first = next(i for i, (a, b) in enumerate(zip(expected, found)) if a != b)
                require(False, f"byte {first} of the {area} buffer", f"{expected[first]:#04x}", f"{found[first]:#04x}")

    def _memory(self, line):
        image = self.host.memory.read(self.host.store, 0, self.header["memory_bytes"])
        digest = hashlib.sha256(image).hexdigest()
        require(digest == line["sha256"], "SHA-256 of memory", line["sha256"], digest)
        self.summary["memory"].append(digest)

    def _end(self, line):
        self.summary["imports"] = self.host.calls
        for what in ("instances", "calls", "imports"):
            require(self.summary[what] == line[what], f"number of {what}", line[what], self.summary[what])
        self.summary["fuel_max"] = dict(sorted(self.fuel_max.items()))
        self.ended = True


def main(wasm_path, trace_path):
    with open(wasm_path, "rb") as file:
        replay = Replay(file.read())
    with open(trace_path, encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            line = json.loads(text)
            try:
                replay.line(line)
            except Difference as difference:
                name = line.get("name", line["op"])
                print(f"{trace_path}:{number}: {name}: {difference}", file=sys.stderr)
                return 1
    if not replay.ended:
        print(f"{trace_path}: ends without its end line: it was cut", file=sys.stderr)
        return 1
    print(json.dumps(replay.summary))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: driver.py MODULE.wasm TRACE.jsonl", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2]))
