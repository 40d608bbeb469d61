/* What runtime/startup.c is to a core without operating system. */
#include <stdio.h>
#include <stdlib.h>

#include "port.h"

void port_write(const char* text) {
  fputs(text, stdout);
}

void port_exit(int code) {
  exit(code);
}
