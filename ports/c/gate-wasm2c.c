/* dosegate.h over what wasm2c makes of the module: instructions of the core itself, each access checked. */
#include <string.h>

#include "dosegate.h"
#include "dosegate_module.h"
#include "port.h"

static Z_dosegate_instance_t instance;

/* --- memory ----------------------------------------------------------------------------------------------------- */

/* Below DOSEGATE_MEMORY_BASE there is no memory in a trimmed image; the module never goes there. */
static uint8_t* place(uint32_t at, uint32_t bytes) {
  const wasm_rt_memory_t* memory = Z_dosegateZ_memory(&instance);
  const uint32_t from = at - DOSEGATE_MEMORY_BASE, all = memory->size - DOSEGATE_MEMORY_BASE;
  return from <= all && bytes <= all - from ? memory->data + at : 0;
}

/* For the module's own pointers: one that leads nowhere is a trap, as it would be in any engine. */
static uint8_t* pointed(uint32_t at, uint32_t bytes) {
  uint8_t* found = place(at, bytes);
  if (found == 0) port_trapped(WASM_RT_TRAP_OOB);
  return found;
}

void dosegate_instantiate(void) {
  static bool registered;
  if (!registered) Z_dosegate_init_module();
  registered = true;
  Z_dosegate_instantiate(&instance, 0);
}

void dosegate_abandoned(void) {
#if WASM_RT_USE_STACK_DEPTH_COUNT
  wasm_rt_call_stack_depth = 0;
#endif
}

bool dosegate_peek(uint32_t at, void* to, uint32_t bytes) {
  const uint8_t* from = place(at, bytes);
  if (from != 0) memcpy(to, from, bytes);
  return from != 0;
}

bool dosegate_poke(uint32_t at, const void* from, uint32_t bytes) {
  uint8_t* to = place(at, bytes);
  if (to != 0) memcpy(to, from, bytes);
  return to != 0;
}

uint32_t dosegate_heap_base(void) {
  return *Z_dosegateZ___heap_base(&instance);
}

/* --- exports ---------------------------------------------------------------------------------------------------- */

#define PARAMETERS_0 void
#define PARAMETERS_1 uint32_t a
#define PARAMETERS_2 uint32_t a, uint32_t b
#define ARGUMENTS_0
#define ARGUMENTS_1 , a
#define ARGUMENTS_2 , a, b
#define EXPORT(name, c_name, count) \
  uint32_t dosegate_##c_name(PARAMETERS_##count) { return Z_dosegateZ_##name(&instance ARGUMENTS_##count); }
DOSEGATE_EXPORTS(EXPORT)

/* --- imports ---------------------------------------------------------------------------------------------------- */

#define HOST struct Z_host_instance_t* host

/* Values go through a local: linear memory has no types and no alignment. A host that fails may leave the value as it was. */
#define VALUE(type, out, call)             \
  (void)host;                              \
  uint8_t* at = pointed(out, sizeof(type)); \
  type value;                              \
  memcpy(&value, at, sizeof value);        \
  const u32 status = call(&value);         \
  memcpy(at, &value, sizeof value);        \
  return status

u32 Z_hostZ_flashGeometry(HOST, u32 out) {
  VALUE(struct dosegate_flash_geometry, out, dosegate_host_flash_geometry);
}
u32 Z_hostZ_uptimeMs(HOST, u32 out) {
  VALUE(uint64_t, out, dosegate_host_uptime_ms);
}
u32 Z_hostZ_wallTimeS(HOST, u32 out) {
  VALUE(uint64_t, out, dosegate_host_wall_time_s);
}
u32 Z_hostZ_counterRead(HOST, u32 out) {
  VALUE(uint32_t, out, dosegate_host_counter_read);
}
u32 Z_hostZ_flashRead(HOST, u32 address, u32 out, u32 length) {
  (void)host;
  return dosegate_host_flash_read(address, pointed(out, length), length);
}
u32 Z_hostZ_flashProgram(HOST, u32 address, u32 from, u32 length) {
  (void)host;
  return dosegate_host_flash_program(address, pointed(from, length), length);
}
u32 Z_hostZ_flashErase(HOST, u32 sector) {
  (void)host;
  return dosegate_host_flash_erase(sector);
}
u32 Z_hostZ_entropy(HOST, u32 out, u32 length) {
  (void)host;
  return dosegate_host_entropy(pointed(out, length), length);
}
u32 Z_hostZ_counterAdvance(HOST) {
  (void)host;
  return dosegate_host_counter_advance();
}
