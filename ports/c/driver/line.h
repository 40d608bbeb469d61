/* Lines of the conformance protocol (docs/CONFORMANCE.md, section 2): one flat JSON object each, in its restricted form. */
#ifndef DOSEGATE_LINE_H
#define DOSEGATE_LINE_H

#include <stdbool.h>
#include <stdint.h>

/* With the LF. */
#define LINE_BYTES_MAX 4352u
#define LINE_DATA_BYTES_MAX 2048u

/* Reads the next line; one that is too long is answered and passed over. False at the end of input. */
bool line_receive(void);

/* The line received last. Pointers into it are valid until the next line_receive. */
bool line_is(const char* beginning);
bool line_number(const char* key, uint32_t* value);
/* `"key":[N,N]`, at most `max` numbers. */
bool line_numbers(const char* key, uint32_t* values, uint32_t max, uint32_t* count);
/* The text of a string and its length; null if there is none. */
const char* line_text(const char* key, uint32_t* length);
/* `bytes` bytes from lower-case hex; false at the first digit that is none. */
bool line_bytes(const char* digits, void* out, uint32_t bytes);

/* One line out: `{"key":"text"`, its members, `}`. */
void say_begin(const char* key, const char* text);
void say_number(const char* key, uint32_t value);
void say_text(const char* key, const char* text);
void say_bytes(const char* key, const uint8_t* bytes, uint32_t count);
void say_end(void);
/* `{"error":"text"}` */
void line_error(const char* text);

#endif
