#include <string.h>

#include "slots.h"

#define COUNT 16
#define BYTES 65536u

static uint8_t slots[COUNT][BYTES];
const uint32_t slot_count = COUNT, slot_bytes = BYTES;

void slot_write(uint32_t slot, uint32_t at, const uint8_t* from, uint32_t bytes) {
  memcpy(slots[slot] + at, from, bytes);
}

void slot_read(uint32_t slot, uint32_t at, uint8_t* to, uint32_t bytes) {
  memcpy(to, slots[slot] + at, bytes);
}
