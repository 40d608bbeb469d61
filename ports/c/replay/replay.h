/*
 * Replays a recording of everything that crosses the gate's ABI, on a core without files: calls each export with the recorded
 * input, answers each import as it was answered then, and compares which imports are called with which arguments, what they are
 * given, the status of every export, every byte of every shared area, and a checksum of linear memory.
 *
 * A script is made of 32-bit words; data is padded with zeros to whole words.
 *
 *   script:    'DGR1', memory_bytes, area_count, bytes of each area; then, to the end:
 *   instance:  1, address of each area
 *   call:      2 | export << 8 | args << 16 | flags << 24, status, inputs | imports << 8 | changes << 24, args...,
 *              inputs..., imports..., changes...
 *     input:   area, bytes, data                       written to the start of an area before the call
 *     import:  import | args << 8 | how << 16, status, address, bytes, args..., data
 *              how 0: nothing, 1: data is written to the address, 2: the bytes there must be data
 *     change:  area, offset, bytes, data               how an area differs from what it held, its inputs included
 *   memory:    3, checksum of [0, memory_bytes): FNV-1a over words
 *   end:       4, number of calls
 *
 * Exports and imports are numbered by their order in the module. Flag 1: the export returns nothing.
 */
#ifndef DOSEGATE_REPLAY_H
#define DOSEGATE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_MAGIC 0x31524744u
#define REPLAY_AREAS_MAX 8
#define REPLAY_AREA_BYTES_MAX 9216
#define REPLAY_TAKE_WORDS_MAX 2048
#define REPLAY_IMPORT_ARGS_MAX 4

/* --- what the replay needs -------------------------------------------------------------------------------------- */

/* Where the script comes from: its next `words` words, at most REPLAY_TAKE_WORDS_MAX, valid until the next call; null if it ends. */
const uint32_t* replay_take(uint32_t words);

/* The module: a new instance, its linear memory, one export. */
void replay_instantiate(void);
uint8_t* replay_memory(void);
uint32_t replay_call(uint32_t export, const uint32_t* args);

/* A clock that counts instructions or cycles; each reading costs the same. Return 0 where nothing is measured. */
uint32_t replay_now(void);

/* One call has ended as recorded. */
struct replay_count {
  uint32_t export;
  uint32_t status;
  /* By replay_now: the whole call, and what of it was spent inside host functions. */
  uint32_t total;
  uint32_t inside_imports;
  uint32_t imports;
  /* Bytes of stack below the caller. */
  uint32_t stack_bytes;
};
void replay_counted(const struct replay_count* count);

/* --- what the replay gives -------------------------------------------------------------------------------------- */

struct replay_difference {
  const char* what;
  /* Number of the call, from 1; 0 before the first. */
  uint32_t call;
  uint32_t recorded;
  uint32_t found;
};

/* Replays the whole script. True: all is as recorded; else `first` is the first difference. */
bool replay_run(struct replay_difference* first);

/* For the module's host functions: answers the next import of the script. */
uint32_t replay_import(uint32_t import, const uint32_t* args, uint32_t count);

#endif
