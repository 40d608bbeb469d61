/* What a driver needs of its platform: bytes in, bytes out, and, where there is one, an exact count of instructions. */
#ifndef DOSEGATE_CONSOLE_H
#define DOSEGATE_CONSOLE_H

#include <stdint.h>

void console_open(void);
/* Waits for at least one byte; returns how many came, at most `bytes_max`; 0 at the end of input. */
uint32_t console_read(char* to, uint32_t bytes_max);
void console_write(const char* text, uint32_t bytes);

/* Instructions until now, modulo 2^32; called only where the build says that the platform can tell. */
#ifndef CONSOLE_COUNTS
#define CONSOLE_COUNTS 0
#endif
uint32_t console_instructions(void);

#endif
