/*
 * A driver of the conformance protocol (docs/CONFORMANCE.md, section 2, version 1): lines in, lines out, over any engine behind
 * dosegate.h and any platform behind console.h. No malloc, no stdio; it knows nothing of what the calls mean.
 *
 * The build says DRIVER_NAME, DRIVER_ENGINE and DRIVER_MODULE (SHA-256 of the wasm file).
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "dosegate.h"
#include "driver_id.h"
#include "line.h"
#include "port.h"
#include "sha256.h"
#include "slots.h"

#define PROTOCOL 1u
#define WATCHES_MAX 8u
#define CALL_DEPTH_MAX 2u

struct range {
  uint32_t at, bytes;
};
static struct range watches[WATCHES_MAX];
static uint32_t watch_count;

static bool loaded;
/* A call was abandoned: its instance is gone until `load` or `restore`. */
static bool dead;

/* Where a call that does not return goes on, one for each call under way: the outer one has called the inner one's host function. */
static struct {
  jmp_buf end;
  const char* trap;
} calls[CALL_DEPTH_MAX];
static uint32_t depth;
/* Instructions spent in host functions while a call runs: the protocol's, not the gate's; and what lies between two readings. */
static uint32_t outside, reading;

static void request(bool inside_host_call);

/* --- ends of a call that does not return ------------------------------------------------------------------------ */

__attribute__((noreturn)) static void abandon(const char* why) {
  calls[depth - 1].trap = why;
  longjmp(calls[depth - 1].end, 1);
}

/* What wasm_rt_trap_t counts, and an interpreter is translated to. */
void port_trapped(int code) {
  static const char* const texts[] = {
      "no error", "out of bounds", "integer overflow", "division by zero", "invalid conversion", "unreachable", "indirect call",
  };
  if (depth == 0) {
    line_error("a trap outside every call");
    port_exit(100 + code);
  }
  abandon(code >= 0 && code < 7 ? texts[code] : "other trap");
}

/* --- host calls (2.2) ------------------------------------------------------------------------------------------- */

static uint32_t now(void) {
  return CONSOLE_COUNTS ? console_instructions() : 0;
}

/* Waits for the answer; requests that come instead are carried out first. */
static uint32_t answer(uint32_t began, void* out, uint32_t bytes_max) {
  const uint32_t outside_before = outside;
  for (;;) {
    if (!line_receive()) port_exit(0);
    if (line_is("{\"status\":")) break;
    if (line_is("{\"cut\":")) abandon("cut");
    request(true);
  }
  uint32_t status = 0, bytes = 0;
  line_number("status", &status);
  const char* data = line_text("data", &bytes);
  bytes /= 2;
  if (data != 0) line_bytes(data, out, bytes < bytes_max ? bytes : bytes_max);
  outside = outside_before + now() - began + reading;
  return status;
}

static void begin_host_call(const char* name) {
  say_begin("host", name);
}

uint32_t dosegate_host_flash_geometry(struct dosegate_flash_geometry* out) {
  const uint32_t began = now();
  begin_host_call("flashGeometry");
  say_end();
  return answer(began, out, sizeof *out);
}

uint32_t dosegate_host_flash_read(uint32_t address, uint8_t* out, uint32_t length) {
  const uint32_t began = now();
  begin_host_call("flashRead");
  say_number("address", address);
  say_number("length", length);
  say_end();
  return answer(began, out, length);
}

uint32_t dosegate_host_flash_program(uint32_t address, const uint8_t* from, uint32_t length) {
  const uint32_t began = now();
  if (length > LINE_DATA_BYTES_MAX) abandon("host call too long");
  begin_host_call("flashProgram");
  say_number("address", address);
  say_bytes("data", from, length);
  say_end();
  return answer(began, 0, 0);
}

uint32_t dosegate_host_flash_erase(uint32_t sector) {
  const uint32_t began = now();
  begin_host_call("flashErase");
  say_number("sector", sector);
  say_end();
  return answer(began, 0, 0);
}

uint32_t dosegate_host_uptime_ms(uint64_t* out) {
  const uint32_t began = now();
  begin_host_call("uptimeMs");
  say_end();
  return answer(began, out, sizeof *out);
}

uint32_t dosegate_host_wall_time_s(uint64_t* out) {
  const uint32_t began = now();
  begin_host_call("wallTimeS");
  say_end();
  return answer(began, out, sizeof *out);
}

uint32_t dosegate_host_entropy(uint8_t* out, uint32_t length) {
  const uint32_t began = now();
  begin_host_call("entropy");
  say_number("length", length);
  say_end();
  return answer(began, out, length);
}

uint32_t dosegate_host_counter_read(uint32_t* out) {
  const uint32_t began = now();
  begin_host_call("counterRead");
  say_end();
  return answer(began, out, sizeof *out);
}

uint32_t dosegate_host_counter_advance(void) {
  const uint32_t began = now();
  begin_host_call("counterAdvance");
  say_end();
  return answer(began, 0, 0);
}

/* --- exports ---------------------------------------------------------------------------------------------------- */

typedef uint32_t (*export_0)(void);
typedef uint32_t (*export_1)(uint32_t);
typedef uint32_t (*export_2)(uint32_t, uint32_t);
struct export {
  const char* name;
  uint32_t parameters;
  union {
    export_0 with_0;
    export_1 with_1;
    export_2 with_2;
  } call;
};
#define ROW(name, c_name, count) {#name, count, {.with_##count = dosegate_##c_name}},
static const struct export exports[] = {DOSEGATE_EXPORTS(ROW)};

static const struct export* export_named(const char* name, uint32_t length) {
  for (uint32_t i = 0; i < sizeof exports / sizeof exports[0]; i++) {
    if (strlen(exports[i].name) == length && memcmp(exports[i].name, name, length) == 0) return &exports[i];
  }
  return 0;
}

static uint32_t run(const struct export* export, const uint32_t* args) {
  if (export->parameters == 0) return export->call.with_0();
  return export->parameters == 1 ? export->call.with_1(args[0]) : export->call.with_2(args[0], args[1]);
}

static bool hash_range(struct sha256* hash, uint32_t at, uint32_t bytes) {
  uint8_t block[64];
  for (uint32_t done = 0; done < bytes;) {
    const uint32_t count = bytes - done < sizeof block ? bytes - done : sizeof block;
    if (!dosegate_peek(at + done, block, count)) return false;
    sha256_update(hash, block, count);
    done += count;
  }
  return true;
}

static void say_hash(const char* key, struct sha256* hash) {
  uint8_t digest[32];
  sha256_end(hash, digest);
  say_bytes(key, digest, sizeof digest);
}

static void say_watched(void) {
  struct sha256 hash;
  sha256_begin(&hash);
  for (uint32_t i = 0; i < watch_count; i++) hash_range(&hash, watches[i].at, watches[i].bytes);
  say_hash("watched", &hash);
}

static void call(void) {
  uint32_t length, args[2], count;
  const char* name = line_text("name", &length);
  const struct export* export = name == 0 ? 0 : export_named(name, length);
  if (export == 0) return line_error("no such export");
  if (!line_numbers("args", args, 2, &count) || count != export->parameters) return line_error("other arguments");
  if (depth == CALL_DEPTH_MAX) return line_error("too deep");

  /* Changed after setjmp and read after longjmp: not to be kept in registers. */
  volatile uint32_t status = 0;
  const uint32_t outside_before = outside;
  volatile uint32_t instructions = 0;
  const volatile uint32_t level = depth++;
  calls[level].trap = 0;
  if (setjmp(calls[level].end) == 0) {
    const uint32_t before = now();
    status = run(export, args);
    instructions = now() - before - (outside - outside_before) - reading;
  }
  depth = level;
  if (calls[level].trap != 0) {
    dosegate_abandoned();
    dead = true;
  }
  say_begin("ok", "call");
  if (calls[level].trap != 0) say_text("trap", calls[level].trap);
  else say_number("status", status);
  say_watched();
  if (CONSOLE_COUNTS && calls[level].trap == 0) say_number("instructions", instructions);
  say_end();
}

/* --- other requests (2.1) --------------------------------------------------------------------------------------- */

/* Which slots hold a state, a bit each. */
static uint64_t slots_used;
static uint8_t piece[LINE_DATA_BYTES_MAX];

static void hello(void) {
  uint32_t protocol = 0;
  if (!line_number("protocol", &protocol) || protocol != PROTOCOL) return line_error("another protocol");
  watch_count = 0;
  say_begin("ok", "hello");
  say_number("protocol", PROTOCOL);
  say_text("driver", DRIVER_NAME);
  say_text("engine", DRIVER_ENGINE);
  say_text("module", DRIVER_MODULE);
  say_number("slots", slot_count);
  say_end();
}

static void load(void) {
  dosegate_instantiate();
  loaded = true;
  dead = false;
  say_begin("ok", "load");
  say_number("heap_base", dosegate_heap_base());
  say_end();
}

static void write_bytes(uint32_t at) {
  uint32_t digits;
  const char* data = line_text("data", &digits);
  if (data == 0 || digits > 2 * sizeof piece || !line_bytes(data, piece, digits / 2)) return line_error("no data");
  if (!dosegate_poke(at, piece, digits / 2)) return line_error("outside memory");
  say_begin("ok", "write");
  say_end();
}

static void read_bytes(uint32_t at, uint32_t length) {
  if (length > sizeof piece) return line_error("too long");
  if (!dosegate_peek(at, piece, length)) return line_error("outside memory");
  say_begin("ok", "read");
  say_bytes("data", piece, length);
  say_end();
}

static void hash_bytes(uint32_t at, uint32_t length) {
  struct sha256 hash;
  sha256_begin(&hash);
  if (!hash_range(&hash, at, length)) return line_error("outside memory");
  say_begin("ok", "hash");
  say_hash("sha256", &hash);
  say_end();
}

static void watch(uint32_t at, uint32_t length) {
  if (watch_count == WATCHES_MAX) return line_error("too many ranges");
  if (length > 65536 || at > 65536 - length) return line_error("outside memory");
  watches[watch_count++] = (struct range){at, length};
  say_begin("ok", "watch");
  say_end();
}

static void keep(uint32_t slot, bool save) {
  const uint32_t all = dosegate_heap_base();
  if (slot >= slot_count || all > slot_bytes) return line_error("no such slot");
  if (!save && (slots_used >> slot & 1) == 0) return line_error("an empty slot");
  for (uint32_t at = 0; at < all; at += sizeof piece) {
    const uint32_t bytes = all - at < sizeof piece ? all - at : sizeof piece;
    if (save) {
      dosegate_peek(at, piece, bytes);
      slot_write(slot, at, piece, bytes);
    } else {
      slot_read(slot, at, piece, bytes);
      dosegate_poke(at, piece, bytes);
    }
  }
  if (save) slots_used |= 1ull << slot;
  else dead = false;
  say_begin("ok", save ? "save" : "restore");
  say_end();
}

/* Requests about an instance: those that name a range or a slot have all of their numbers. */
static void on_instance(const char* op, uint32_t length) {
  uint32_t at = 0, bytes = 0, slot = 0;
  const bool has_at = line_number("at", &at), has_length = line_number("length", &bytes), has_slot = line_number("slot", &slot);
  const bool is_write = length == 5 && memcmp(op, "write", 5) == 0, is_watch = length == 5 && memcmp(op, "watch", 5) == 0;
  if (is_watch && has_at && has_length) return watch(at, bytes);
  if (!loaded) return line_error("no instance");
  if (length == 7 && memcmp(op, "restore", 7) == 0 && has_slot) return keep(slot, false);
  if (length == 4 && memcmp(op, "call", 4) == 0) return dead ? line_error("the instance is gone") : call();
  if (length == 4 && memcmp(op, "save", 4) == 0 && has_slot) return keep(slot, true);
  if (length == 4 && memcmp(op, "read", 4) == 0 && has_at && has_length) return read_bytes(at, bytes);
  if (length == 4 && memcmp(op, "hash", 4) == 0 && has_at && has_length) return hash_bytes(at, bytes);
  if (is_write && has_at) return write_bytes(at);
  line_error("no such request");
}

static void request(bool inside_host_call) {
  uint32_t length = 0;
  const char* op = line_text("op", &length);
  if (op == 0) return line_error("no request");
  const bool whole_instance = (length == 5 && memcmp(op, "hello", 5) == 0) || (length == 4 && memcmp(op, "load", 4) == 0) ||
                              (length == 4 && memcmp(op, "save", 4) == 0) || (length == 7 && memcmp(op, "restore", 7) == 0);
  if (inside_host_call && whole_instance) return line_error("not inside a host call");
  if (length == 3 && memcmp(op, "bye", 3) == 0) port_exit(0);
  if (length == 5 && memcmp(op, "hello", 5) == 0) return hello();
  if (length == 4 && memcmp(op, "load", 4) == 0) return load();
  on_instance(op, length);
}

int main(void) {
  console_open();
  const uint32_t first = now();
  reading = now() - first;
  while (line_receive()) request(false);
  return 0;
}
