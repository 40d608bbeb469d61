/* dosegate.h over the interpreter wasm3: the module stays as it is, and can be exchanged without a compiler. */
#include <string.h>

#include "dosegate.h"
#include "m3_env.h"
#include "port.h"
#include "wasm3.h"

/* The wasm file (module.S). */
extern const uint8_t dosegate_wasm[], dosegate_wasm_end[];
/* Not in wasm3's headers: copies the module's data to its memory, as m3_LoadModule does. */
M3Result InitDataSegments(M3Memory* memory, IM3Module module);

/* The interpreter's own stack, of which a call from inside a host call takes the upper half. */
#define STACK_BYTES 32768u

/* As wasm_rt_trap_t counts them: what port_trapped is told, whatever the engine. */
enum { TRAP_OOB = 1, TRAP_INT_OVERFLOW, TRAP_DIV_BY_ZERO, TRAP_UNREACHABLE = 5, TRAP_EXHAUSTION = 8, TRAP_OTHER = 98 };

static IM3Runtime runtime;
static IM3Module module;
static void* stack_bottom;
static uint32_t calls_under_way;

__attribute__((noreturn)) static void trapped(M3Result why) {
  if (why == m3Err_trapOutOfBoundsMemoryAccess) port_trapped(TRAP_OOB);
  if (why == m3Err_trapIntegerOverflow) port_trapped(TRAP_INT_OVERFLOW);
  if (why == m3Err_trapDivisionByZero) port_trapped(TRAP_DIV_BY_ZERO);
  if (why == m3Err_trapUnreachable) port_trapped(TRAP_UNREACHABLE);
  if (why == m3Err_trapStackOverflow) port_trapped(TRAP_EXHAUSTION);
  port_trapped(TRAP_OTHER);
}

static void need(M3Result result) {
  if (result != m3Err_none) trapped(result);
}

/* --- memory ----------------------------------------------------------------------------------------------------- */

static uint8_t* place(uint32_t at, uint32_t bytes) {
  uint32_t size = 0;
  uint8_t* memory = m3_GetMemory(runtime, &size, 0);
  return at <= size && bytes <= size - at ? memory + at : 0;
}

/* For the module's own pointers: one that leads nowhere is a trap. */
static uint8_t* pointed(uint32_t at, uint32_t bytes) {
  uint8_t* found = place(at, bytes);
  if (found == 0) port_trapped(TRAP_OOB);
  return found;
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
  M3TaggedValue value;
  need(m3_GetGlobal(m3_FindGlobal(module, "__heap_base"), &value));
  return value.value.i32;
}

void dosegate_abandoned(void) {
  calls_under_way = 0;
  runtime->stack = stack_bottom;
}

/* --- imports ---------------------------------------------------------------------------------------------------- */

/* wasm3 hands arguments over in 64-bit slots, behind one for the result. */
#define RAW(name) static m3ApiRawFunction(name)
#define UNUSED (void)runtime, (void)_ctx, (void)_mem

#define VALUE(type, call)                                     \
  UNUSED;                                                     \
  m3ApiReturnType(uint32_t) m3ApiGetArg(uint32_t, out)        \
  uint8_t* at = pointed(out, sizeof(type));                   \
  type value;                                                 \
  memcpy(&value, at, sizeof value);                           \
  const uint32_t status = call(&value);                       \
  memcpy(at, &value, sizeof value);                           \
  m3ApiReturn(status)

RAW(raw_flash_geometry) {
  VALUE(struct dosegate_flash_geometry, dosegate_host_flash_geometry);
}
RAW(raw_uptime_ms) {
  VALUE(uint64_t, dosegate_host_uptime_ms);
}
RAW(raw_wall_time_s) {
  VALUE(uint64_t, dosegate_host_wall_time_s);
}
RAW(raw_counter_read) {
  VALUE(uint32_t, dosegate_host_counter_read);
}
RAW(raw_flash_read) {
  UNUSED;
  m3ApiReturnType(uint32_t) m3ApiGetArg(uint32_t, address) m3ApiGetArg(uint32_t, out) m3ApiGetArg(uint32_t, length)
  m3ApiReturn(dosegate_host_flash_read(address, pointed(out, length), length))
}
RAW(raw_flash_program) {
  UNUSED;
  m3ApiReturnType(uint32_t) m3ApiGetArg(uint32_t, address) m3ApiGetArg(uint32_t, from) m3ApiGetArg(uint32_t, length)
  m3ApiReturn(dosegate_host_flash_program(address, pointed(from, length), length))
}
RAW(raw_flash_erase) {
  UNUSED;
  m3ApiReturnType(uint32_t) m3ApiGetArg(uint32_t, sector)
  m3ApiReturn(dosegate_host_flash_erase(sector))
}
RAW(raw_entropy) {
  UNUSED;
  m3ApiReturnType(uint32_t) m3ApiGetArg(uint32_t, out) m3ApiGetArg(uint32_t, length)
  m3ApiReturn(dosegate_host_entropy(pointed(out, length), length))
}
RAW(raw_counter_advance) {
  UNUSED;
  m3ApiReturnType(uint32_t)
  m3ApiReturn(dosegate_host_counter_advance())
}

#define SIGNATURE_0 "i()"
#define SIGNATURE_1 "i(i)"
#define SIGNATURE_2 "i(ii)"
#define SIGNATURE_3 "i(iii)"

/* --- exports ---------------------------------------------------------------------------------------------------- */

enum {
#define INDEX(name, c_name, count) INDEX_##c_name,
  DOSEGATE_EXPORTS(INDEX) EXPORT_COUNT
};
static IM3Function functions[EXPORT_COUNT];

static uint32_t call(uint32_t index, uint32_t count, const void* args[]) {
  if (calls_under_way++ != 0) runtime->stack = (uint8_t*)stack_bottom + STACK_BYTES / 2;
  const M3Result ended = m3_Call(functions[index], count, args);
  uint32_t status = 0;
  if (ended == m3Err_none) m3_GetResultsV(functions[index], &status);
  if (--calls_under_way <= 1) runtime->stack = stack_bottom;
  if (ended != m3Err_none) trapped(ended);
  return status;
}

#define PARAMETERS_0 void
#define PARAMETERS_1 uint32_t a
#define PARAMETERS_2 uint32_t a, uint32_t b
#define ARGUMENTS_0 0
#define ARGUMENTS_1 (const void*[]){&a}
#define ARGUMENTS_2 (const void*[]){&a, &b}
#define EXPORT(name, c_name, count) \
  uint32_t dosegate_##c_name(PARAMETERS_##count) { return call(INDEX_##c_name, count, ARGUMENTS_##count); }
DOSEGATE_EXPORTS(EXPORT)

/* Parses, links and translates the module, all of it: no call later has to. */
static void prepare(void) {
  IM3Environment environment = m3_NewEnvironment();
  runtime = environment == 0 ? 0 : m3_NewRuntime(environment, STACK_BYTES, 0);
  if (runtime == 0) port_trapped(TRAP_OTHER);
  stack_bottom = runtime->stack;
  need(m3_ParseModule(environment, &module, dosegate_wasm, (uint32_t)(dosegate_wasm_end - dosegate_wasm)));
  need(m3_LoadModule(runtime, module));
#define LINK(name, c_name, count) need(m3_LinkRawFunction(module, "host", #name, SIGNATURE_##count, raw_##c_name));
  DOSEGATE_IMPORTS(LINK)
  need(m3_CompileModule(module));
#define FIND(name, c_name, count) need(m3_FindFunction(&functions[INDEX_##c_name], runtime, #name));
  DOSEGATE_EXPORTS(FIND)
}

void dosegate_instantiate(void) {
  if (runtime == 0) prepare();
  dosegate_abandoned();
  uint32_t size = 0;
  uint8_t* memory = m3_GetMemory(runtime, &size, 0);
  memset(memory, 0, size);
  need(InitDataSegments(&runtime->memory, module));
}
