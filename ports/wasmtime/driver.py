"""Conformance driver: the gate under wasmtime (docs/CONFORMANCE.md, section 2).

    .venv/bin/python ports/wasmtime/driver.py build/dosegate.wasm

Speaks the line protocol on standard input and output. It shares no code with the runner, and holds no flash, clock or counter: every
host call is handed on.
"""

import hashlib
import importlib.metadata
import json
import sys

from wasmtime import Config, Engine, FuncType, Linker, Module, Store, Trap, ValType

PROTOCOL = 1
SLOTS = 16
# More than any call can burn; what is left afterwards tells how much it did.
FUEL = 1 << 60

# Every import: what its arguments are. n: a number that goes into the line under the name that follows; p: a pointer; l: the length
# of what is read from memory. The last column is how many bytes it writes, or the number that says so.
IMPORTS = {
    "flashGeometry": ([("p", "")], 16),
    "flashRead": ([("n", "address"), ("p", ""), ("n", "length")], "length"),
    "flashProgram": ([("n", "address"), ("p", ""), ("l", "")], 0),
    "flashErase": ([("n", "sector")], 0),
    "uptimeMs": ([("p", "")], 8),
    "wallTimeS": ([("p", "")], 8),
    "entropy": ([("p", ""), ("n", "length")], "length"),
    "counterRead": ([("p", "")], 4),
    "counterAdvance": ([], 0),
}
DATA_BYTES_MAX = 2048


class Cut(Exception):
    """The power goes: the call is abandoned."""


class Unable(Exception):
    """What cannot be done; the driver goes on."""


def say(answer):
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def hear():
    line = sys.stdin.readline()
    if line == "":
        sys.exit(0)
    return json.loads(line)


class Gate:
    def __init__(self, wasm):
        config = Config()
        config.consume_fuel = True
        self.engine = Engine(config)
        self.module = Module(self.engine, wasm)
        self.digest = hashlib.sha256(wasm).hexdigest()
        self.slots = {}
        self.watches = []
        self.store = None

    # --- requests ---------------------------------------------------------------------------------------------------

    def request(self, line):
        """Carries out one request and answers it."""
        try:
            answer = getattr(self, "do_" + line["op"], None)
            if answer is None:
                raise Unable(f"no request {line['op']}")
            if self.store is None and line["op"] not in ("hello", "load"):
                raise Unable("no instance: load comes first")
            say({"ok": line["op"], **answer(line)})
        except Unable as error:
            say({"error": str(error)})

    def do_hello(self, line):
        if line["protocol"] != PROTOCOL:
            raise Unable(f"protocol {line['protocol']} is not {PROTOCOL}")
        self.watches = []
        return {
            "protocol": PROTOCOL,
            "driver": "wasmtime",
            "engine": "wasmtime " + importlib.metadata.version("wasmtime"),
            "module": self.digest,
            "slots": SLOTS,
        }

    def do_load(self, _line):
        self.store = Store(self.engine)
        self.store.set_fuel(FUEL)
        linker = Linker(self.engine)
        for name, (shape, _writes) in IMPORTS.items():
            kind = FuncType([ValType.i32()] * len(shape), [ValType.i32()])
            linker.define_func("host", name, kind, lambda *given, name=name: self.host_call(name, given))
        self.exports = linker.instantiate(self.store, self.module).exports(self.store)
        self.memory = self.exports["memory"]
        self.heap_base = self.exports["__heap_base"].value(self.store)
        return {"heap_base": self.heap_base}

    def do_write(self, line):
        data = bytes.fromhex(line["data"])
        self.inside(line["at"], len(data))
        self.memory.write(self.store, data, line["at"])
        return {}

    def do_read(self, line):
        return {"data": self.bytes(line["at"], line["length"]).hex()}

    def do_hash(self, line):
        return {"sha256": hashlib.sha256(self.bytes(line["at"], line["length"])).hexdigest()}

    def do_watch(self, line):
        self.inside(line["at"], line["length"])
        self.watches.append((line["at"], line["length"]))
        return {}

    def do_save(self, line):
        self.slots[self.slot(line)] = self.bytes(0, self.heap_base)
        return {}

    def do_restore(self, line):
        state = self.slots.get(self.slot(line))
        if state is None:
            raise Unable(f"slot {line['slot']} is empty")
        self.memory.write(self.store, state, 0)
        return {}

    def do_call(self, line):
        export = self.exports.get(line["name"])
        if export is None:
            raise Unable(f"no export {line['name']}")
        arguments = [value - (1 << 32) if value >= 1 << 31 else value for value in line["args"]]
        before = self.store.get_fuel()
        try:
            status = export(self.store, *arguments) & 0xFFFFFFFF
        except Cut:
            return {"trap": "cut", "watched": self.watched()}
        except Trap as trap:
            return {"trap": "".join(c for c in trap.message[:80] if c.isprintable() and c not in '"\\'), "watched": self.watched()}
        return {"status": status, "watched": self.watched(), "instructions": min(before - self.store.get_fuel(), 0xFFFFFFFF)}

    # --- host calls -------------------------------------------------------------------------------------------------

    def host_call(self, name, given):
        """Hands a host call on, and carries its answer into memory."""
        given = [value & 0xFFFFFFFF for value in given]
        shape, writes = IMPORTS[name]
        line = {"host": name}
        pointer = length = 0
        for (kind, field), value in zip(shape, given):
            if kind == "n":
                line[field] = value
            elif kind == "p":
                pointer = value
            else:
                length = value
        if name == "flashProgram":
            if length > DATA_BYTES_MAX:
                raise Cut
            line["data"] = self.bytes(pointer, length).hex()
        say(line)
        answer = self.answer()
        data = bytes.fromhex(answer["data"])
        if len(data) > (line[writes] if isinstance(writes, str) else writes):
            sys.exit(f"{len(data)} bytes in answer to {line}")
        if data:
            self.memory.write(self.store, data, pointer)
        status = answer["status"]
        return status - (1 << 32) if status >= 1 << 31 else status

    def answer(self):
        """Waits for the answer; requests that come instead are carried out first."""
        while True:
            line = hear()
            if "status" in line:
                return line
            if "cut" in line:
                raise Cut
            self.request(line)

    # --- inside -----------------------------------------------------------------------------------------------------

    def watched(self):
        digest = hashlib.sha256()
        for at, length in self.watches:
            digest.update(self.memory.read(self.store, at, at + length))
        return digest.hexdigest()

    def bytes(self, at, length):
        self.inside(at, length)
        return bytes(self.memory.read(self.store, at, at + length))

    def inside(self, at, length):
        if at + length > self.memory.data_len(self.store):
            raise Unable(f"{length} bytes at {at} are outside memory")

    @staticmethod
    def slot(line):
        if line["slot"] >= SLOTS:
            raise Unable(f"no slot {line['slot']}")
        return line["slot"]


def main(path):
    with open(path, "rb") as file:
        gate = Gate(file.read())
    while True:
        line = hear()
        if line.get("op") == "bye":
            return
        gate.request(line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: driver.py MODULE.wasm")
    main(sys.argv[1])
