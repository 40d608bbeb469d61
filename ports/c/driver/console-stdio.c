/* A program of an operating system: standard input and output. */
#include <stdlib.h>
#include <unistd.h>

#include "console.h"
#include "port.h"

void console_open(void) {}

uint32_t console_read(char* to, uint32_t bytes_max) {
  const ssize_t came = read(0, to, bytes_max);
  return came < 0 ? 0 : (uint32_t)came;
}

void console_write(const char* text, uint32_t bytes) {
  while (bytes != 0) {
    const ssize_t gone = write(1, text, bytes);
    if (gone <= 0) exit(1);
    text += gone;
    bytes -= (uint32_t)gone;
  }
}

/* Never asked for. */
uint32_t console_instructions(void) {
  return 0;
}

void port_exit(int code) {
  exit(code);
}
