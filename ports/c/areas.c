/* The shared areas by their names: the same over every engine. */
#include "dosegate.h"

/* Where an area begins: the module says it, and it never moves. */
static uint32_t address_of(enum dosegate_area area) {
  switch (area) {
    case DOSEGATE_AREA_IO: return dosegate_io_buffer();
    case DOSEGATE_AREA_RESULT: return dosegate_result_buffer();
    case DOSEGATE_AREA_TICK: return dosegate_tick_buffer();
    case DOSEGATE_AREA_LOCAL: return dosegate_local_buffer();
    case DOSEGATE_AREA_INSPECT: return dosegate_inspect_buffer();
  }
  return 0xffffffff;
}

static uint32_t bytes_of(enum dosegate_area area) {
  switch (area) {
    case DOSEGATE_AREA_IO: return DOSEGATE_IO_BYTES;
    case DOSEGATE_AREA_RESULT: return DOSEGATE_RESULT_BYTES;
    case DOSEGATE_AREA_TICK: return DOSEGATE_TICK_BYTES;
    case DOSEGATE_AREA_LOCAL: return DOSEGATE_LOCAL_BYTES;
    case DOSEGATE_AREA_INSPECT: return DOSEGATE_INSPECT_BYTES;
  }
  return 0;
}

bool dosegate_put(enum dosegate_area area, const void* from, uint32_t bytes) {
  return bytes <= bytes_of(area) && dosegate_poke(address_of(area), from, bytes);
}

bool dosegate_get(enum dosegate_area area, void* to, uint32_t bytes) {
  return bytes <= bytes_of(area) && dosegate_peek(address_of(area), to, bytes);
}
