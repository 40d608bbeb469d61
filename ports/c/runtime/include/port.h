/* What an image gives the runtime, and what the runtime gives an image. */
#ifndef DOSEGATE_PORT_H
#define DOSEGATE_PORT_H

#include <stdint.h>

/* One WebAssembly page: what the module declares as minimum and maximum. */
#ifndef DOSEGATE_MEMORY_BYTES
#define DOSEGATE_MEMORY_BYTES 65536u
#endif
/* Address in the module of the first of these bytes: a module that uses none below it need not have them (ports/c/Makefile, trimmed). */
#ifndef DOSEGATE_MEMORY_BASE
#define DOSEGATE_MEMORY_BASE 0u
#endif

/* The image: runs it; what it returns is the exit code. */
int main(void);

/* The image: the module trapped (wasm_rt_trap_t), or the core took a fault (PORT_FAULT). A pump stops its motor here and resets. */
#define PORT_FAULT 99
__attribute__((noreturn)) void port_trapped(int code);

/* Semihosting, as debuggers and both emulators offer it (Arm semihosting; SYS_WRITE0 and SYS_EXIT_EXTENDED for the two below). */
int port_semihost(int operation, const void* argument);
void port_write(const char* text);
__attribute__((noreturn)) void port_exit(int code);

/*
 * How much stack a call takes: paint what lies below the caller's stack pointer, call, ask. The answer counts from that stack
 * pointer down and is at most PORT_STACK_BYTES.
 */
#define PORT_STACK_BYTES 4096u
uintptr_t port_stack_pointer(void);
void port_paint_stack(uintptr_t stack_pointer);
uint32_t port_stack_used(void);

#endif
