#include "replay.h"

#include <string.h>

#include "port.h"

enum { OP_INSTANCE = 1, OP_CALL, OP_MEMORY, OP_END };
enum { HOW_NOTHING, HOW_WRITES, HOW_READS };
#define FLAG_NO_RESULT 1u

static struct {
  uint32_t memory_bytes;
  uint32_t area_count;
  uint32_t area_bytes[REPLAY_AREAS_MAX];
  /* Where each area is in linear memory, and in `expected`. */
  uint32_t area_address[REPLAY_AREAS_MAX];
  uint32_t area_offset[REPLAY_AREAS_MAX];
  uint32_t calls;
  /* Imports of the call under way that the script still holds. */
  uint32_t imports_left;
  uint32_t inside_imports;
  struct replay_difference* first;
} replay;

/* What every area must hold. */
static uint32_t expected[REPLAY_AREA_BYTES_MAX / 4];

/* The first difference is kept: whatever follows it follows from it. */
static bool same(const char* what, uint32_t recorded, uint32_t found) {
  if (recorded == found) return true;
  if (replay.first->what == 0) {
    *replay.first = (struct replay_difference){what, replay.calls, recorded, found};
  }
  return false;
}

static const uint32_t* take(uint32_t words) {
  if (words > REPLAY_TAKE_WORDS_MAX) {
    same("words at once", REPLAY_TAKE_WORDS_MAX, words);
    return 0;
  }
  const uint32_t* at = replay_take(words);
  if (at == 0) same("words left", words, 0);
  return at;
}

static uint32_t words_of(uint32_t bytes) {
  return (bytes + 3) >> 2;
}

/* The index of the first byte that differs, or `bytes`. By words where both are aligned: C libraries made small compare by bytes. */
static uint32_t first_difference(const uint8_t* a, const uint8_t* b, uint32_t bytes) {
  uint32_t at = 0;
  if ((((uintptr_t)a | (uintptr_t)b) & 3) == 0) {
    while (at + 4 <= bytes && *(const uint32_t*)(a + at) == *(const uint32_t*)(b + at)) at += 4;
  }
  while (at < bytes && a[at] == b[at]) at++;
  return at;
}

static bool read_header(void) {
  const uint32_t* head = take(3);
  if (head == 0 || !same("magic", REPLAY_MAGIC, head[0])) return false;
  replay.memory_bytes = head[1];
  replay.area_count = head[2];
  if (replay.area_count > REPLAY_AREAS_MAX) return same("areas", REPLAY_AREAS_MAX, replay.area_count);
  const uint32_t* bytes = take(replay.area_count);
  if (bytes == 0) return false;
  uint32_t offset = 0;
  for (uint32_t area = 0; area < replay.area_count; area++) {
    replay.area_bytes[area] = bytes[area];
    replay.area_offset[area] = offset;
    if (bytes[area] > REPLAY_AREA_BYTES_MAX - offset) {
      return same("bytes of all areas", REPLAY_AREA_BYTES_MAX, offset + bytes[area]);
    }
    offset += words_of(bytes[area]) * 4;
  }
  return true;
}

static bool instance(void) {
  const uint32_t* addresses = take(replay.area_count);
  if (addresses == 0) return false;
  memcpy(replay.area_address, addresses, replay.area_count * 4);
  memset(expected, 0, sizeof expected);
  replay_instantiate();
  return true;
}

/* Takes a piece of an area from the script; null if it does not fit. */
static const uint8_t* piece(uint32_t area, uint32_t offset, uint32_t bytes) {
  if (area >= replay.area_count || offset > replay.area_bytes[area] || bytes > replay.area_bytes[area] - offset) {
    same("piece of an area", area, offset + bytes);
    return 0;
  }
  return (const uint8_t*)take(words_of(bytes));
}

static bool write_inputs(uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t* head = take(2);
    if (head == 0) return false;
    const uint32_t area = head[0], bytes = head[1];
    const uint8_t* data = piece(area, 0, bytes);
    if (data == 0) return false;
    memcpy(replay_memory() + replay.area_address[area], data, bytes);
  }
  return true;
}

static bool compare_areas(uint32_t changes) {
  uint8_t* all = (uint8_t*)expected;
  for (uint32_t i = 0; i < changes; i++) {
    const uint32_t* head = take(3);
    if (head == 0) return false;
    const uint32_t area = head[0], offset = head[1], bytes = head[2];
    const uint8_t* data = piece(area, offset, bytes);
    if (data == 0) return false;
    memcpy(all + replay.area_offset[area] + offset, data, bytes);
  }
  for (uint32_t area = 0; area < replay.area_count; area++) {
    const uint8_t* wanted = all + replay.area_offset[area];
    const uint8_t* found = replay_memory() + replay.area_address[area];
    const uint32_t at = first_difference(wanted, found, replay.area_bytes[area]);
    if (at != replay.area_bytes[area]) {
      return same("byte of an area", area << 24 | at << 8 | wanted[at], area << 24 | at << 8 | found[at]);
    }
  }
  return true;
}

static bool call(uint32_t head) {
  const uint32_t export = head >> 8 & 0xff, arg_count = head >> 16 & 0xff, flags = head >> 24;
  const uint32_t* rest = take(2);
  if (rest == 0) return false;
  const uint32_t status = rest[0], inputs = rest[1] & 0xff, imports = rest[1] >> 8 & 0xffff, changes = rest[1] >> 24;
  uint32_t args[REPLAY_IMPORT_ARGS_MAX] = {0};
  if (arg_count > REPLAY_IMPORT_ARGS_MAX) return same("arguments", REPLAY_IMPORT_ARGS_MAX, arg_count);
  const uint32_t* given = take(arg_count);
  if (given == 0) return false;
  memcpy(args, given, arg_count * 4);
  replay.calls++;
  if (!write_inputs(inputs)) return false;

  replay.imports_left = imports;
  replay.inside_imports = 0;
  port_paint_stack(port_stack_pointer());
  const uint32_t before = replay_now();
  const uint32_t found = replay_call(export, args);
  const uint32_t after = replay_now();
  const uint32_t stack_bytes = port_stack_used();

  if (replay.first->what != 0) return false;
  if ((flags & FLAG_NO_RESULT) == 0 && !same("status", status, found)) return false;
  if (!same("imports not called", 0, replay.imports_left)) return false;
  if (!compare_areas(changes)) return false;
  replay_counted(&(struct replay_count){export, status, after - before, replay.inside_imports, imports, stack_bytes});
  return true;
}

static bool memory_is(uint32_t checksum) {
  const uint32_t* words = (const uint32_t*)replay_memory();
  uint32_t hash = 0x811c9dc5u;
  for (uint32_t i = 0; i < replay.memory_bytes >> 2; i++) hash = (hash ^ words[i]) * 0x01000193u;
  return same("checksum of memory", checksum, hash);
}

static uint32_t answer(uint32_t import, const uint32_t* args, uint32_t count) {
  const uint32_t* head = replay.imports_left == 0 ? 0 : take(4);
  if (head == 0) {
    same("import not recorded", 0xffffffff, import);
    return 0xffffffff;
  }
  replay.imports_left--;
  const uint32_t recorded = head[0] & 0xff, recorded_count = head[0] >> 8 & 0xff, how = head[0] >> 16;
  const uint32_t status = head[1], address = head[2], bytes = head[3];
  if (!same("import", recorded, import) || !same("arguments of an import", recorded_count, count)) return 0xffffffff;
  const uint32_t* wanted = take(count);
  if (wanted == 0) return 0xffffffff;
  for (uint32_t i = 0; i < count; i++) same("argument of an import", wanted[i], args[i]);
  if (how == HOW_NOTHING) return status;
  if (address > DOSEGATE_MEMORY_BYTES || bytes > DOSEGATE_MEMORY_BYTES - address) {
    same("bytes of an import", 0, bytes);
    return 0xffffffff;
  }
  uint8_t* memory = replay_memory() + address;
  /* A read may be longer than what a script gives at once. */
  for (uint32_t at = 0; at < bytes;) {
    const uint32_t left = bytes - at, piece_bytes = left < REPLAY_TAKE_WORDS_MAX * 4 ? left : REPLAY_TAKE_WORDS_MAX * 4;
    const uint8_t* data = (const uint8_t*)take(words_of(piece_bytes));
    if (data == 0) return 0xffffffff;
    if (how == HOW_WRITES) {
      memcpy(memory + at, data, piece_bytes);
    } else {
      same("byte given to an import", piece_bytes, first_difference(data, memory + at, piece_bytes));
    }
    at += piece_bytes;
  }
  return status;
}

uint32_t replay_import(uint32_t import, const uint32_t* args, uint32_t count) {
  const uint32_t before = replay_now();
  const uint32_t status = answer(import, args, count);
  replay.inside_imports += replay_now() - before;
  return status;
}

bool replay_run(struct replay_difference* first) {
  memset(&replay, 0, sizeof replay);
  *first = (struct replay_difference){0, 0, 0, 0};
  replay.first = first;
  bool good = read_header();
  while (good) {
    const uint32_t* op = take(1);
    if (op == 0) return false;
    const uint32_t head = *op;
    const uint32_t* word;
    switch (head & 0xff) {
      case OP_INSTANCE:
        good = instance();
        break;
      case OP_CALL:
        good = call(head);
        break;
      case OP_MEMORY:
        word = take(1);
        good = word != 0 && memory_is(*word);
        break;
      case OP_END:
        word = take(1);
        return word != 0 && same("calls", *word, replay.calls);
      default:
        good = same("operation", 0, head);
    }
  }
  return false;
}
