#include "line.h"

#include <string.h>

#include "console.h"

/* --- in --------------------------------------------------------------------------------------------------------- */

/* The line received last, ended by NUL, and behind it what came early: a runner may send ahead. */
static char input[LINE_BYTES_MAX];
static uint32_t input_bytes;
/* Bytes of the line received last with its LF: they go when the next one is asked for. */
static uint32_t taken;

static bool more(void) {
  const uint32_t came = console_read(input + input_bytes, sizeof input - input_bytes);
  input_bytes += came;
  return came != 0;
}

bool line_receive(void) {
  bool too_long = false;
  memmove(input, input + taken, input_bytes - taken);
  input_bytes -= taken;
  taken = 0;
  for (uint32_t seen = 0;;) {
    char* end = memchr(input + seen, '\n', input_bytes - seen);
    if (end != 0) {
      *end = 0;
      taken = (uint32_t)(end - input) + 1;
      if (!too_long) return true;
      line_error("line too long");
      too_long = false;
      memmove(input, input + taken, input_bytes - taken);
      input_bytes -= taken;
      taken = seen = 0;
      continue;
    }
    seen = input_bytes;
    if (input_bytes == sizeof input) {
      too_long = true;
      input_bytes = seen = 0;
    }
    if (!more()) return false;
  }
}

bool line_is(const char* beginning) {
  return strncmp(input, beginning, strlen(beginning)) == 0;
}

/* What follows `"key":`; strings hold no quotes, so that it cannot stand inside one. */
static const char* value_of(const char* key) {
  const uint32_t length = (uint32_t)strlen(key);
  for (const char* at = strchr(input, '"'); at != 0; at = strchr(at + 1, '"')) {
    if (strncmp(at + 1, key, length) == 0 && at[1 + length] == '"' && at[2 + length] == ':') return at + length + 3;
  }
  return 0;
}

/* Decimal below 2^32; null if there is none. */
static const char* number_at(const char* at, uint32_t* value) {
  const char* from = at;
  uint64_t sum = 0;
  while (*at >= '0' && *at <= '9' && sum <= 0xffffffffu) sum = sum * 10 + (uint32_t)(*at++ - '0');
  *value = (uint32_t)sum;
  return at == from || sum > 0xffffffffu ? 0 : at;
}

bool line_number(const char* key, uint32_t* value) {
  const char* at = value_of(key);
  return at != 0 && number_at(at, value) != 0;
}

bool line_numbers(const char* key, uint32_t* values, uint32_t max, uint32_t* count) {
  const char* at = value_of(key);
  *count = 0;
  if (at == 0 || *at != '[') return false;
  if (at[1] == ']') return true;
  do {
    if (*count == max) return false;
    at = number_at(at + 1, &values[(*count)++]);
  } while (at != 0 && *at == ',');
  return at != 0 && *at == ']';
}

const char* line_text(const char* key, uint32_t* length) {
  const char* at = value_of(key);
  if (at == 0 || *at != '"') return 0;
  const char* end = strchr(at + 1, '"');
  if (end == 0) return 0;
  *length = (uint32_t)(end - at) - 1;
  return at + 1;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool line_bytes(const char* digits, void* out, uint32_t bytes) {
  uint8_t* to = out;
  for (uint32_t i = 0; i < bytes; i++) {
    const int high = digit(digits[2 * i]), low = high < 0 ? -1 : digit(digits[2 * i + 1]);
    if (low < 0) return false;
    to[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

/* --- out -------------------------------------------------------------------------------------------------------- */

/* Longest: 2,048 bytes as hex, and what stands around them. */
static char output[LINE_BYTES_MAX];
static uint32_t output_bytes;

static void put(const char* text, uint32_t bytes) {
  if (bytes > sizeof output - output_bytes) bytes = sizeof output - output_bytes;
  memcpy(output + output_bytes, text, bytes);
  output_bytes += bytes;
}

static void put_text(const char* text) {
  put(text, (uint32_t)strlen(text));
}

static void put_key(const char* key) {
  put_text(output_bytes == 0 ? "{\"" : ",\"");
  put_text(key);
  put_text("\":");
}

void say_begin(const char* key, const char* text) {
  output_bytes = 0;
  say_text(key, text);
}

void say_number(const char* key, uint32_t value) {
  char digits[10];
  uint32_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  put_key(key);
  put(digits + at, sizeof digits - at);
}

void say_text(const char* key, const char* text) {
  put_key(key);
  put_text("\"");
  put_text(text);
  put_text("\"");
}

void say_bytes(const char* key, const uint8_t* bytes, uint32_t count) {
  put_key(key);
  put_text("\"");
  for (uint32_t i = 0; i < count; i++) {
    const char two[2] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15]};
    put(two, 2);
  }
  put_text("\"");
}

void say_end(void) {
  put_text("}\n");
  console_write(output, output_bytes);
}

void line_error(const char* text) {
  say_begin("error", text);
  say_end();
}
