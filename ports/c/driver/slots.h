/* Where a driver keeps states: in its own RAM (slots-memory.c), or with the emulator's host (slots-emulator.c). */
#ifndef DOSEGATE_SLOTS_H
#define DOSEGATE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/* How many there are, each of this many bytes. */
extern const uint32_t slot_count, slot_bytes;

/* Copies a piece of a state to its slot, or back. */
void slot_write(uint32_t slot, uint32_t at, const uint8_t* from, uint32_t bytes);
void slot_read(uint32_t slot, uint32_t at, uint8_t* to, uint32_t bytes);

#endif
