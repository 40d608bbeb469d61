#include "board.h"

#include <stdarg.h>
#include <string.h>

#include "fixture.h"
#include "port.h"

#define SECTOR_BYTES 4096u
#define SECTORS 16u
#define UNIT_BYTES 8u
#define WATCHDOG_MS 1000u

static struct {
  uint64_t uptime_ms, watchdog_ms;
  struct dosegate_grant grant;
  uint64_t steps;
  /* What is left of a step, in nL/h times ms. */
  uint64_t step_part;
} ram;

/* Survive a loss of power. `programmed` has a bit for each unit: a real part would not tell, and would do harm in silence. */
static uint8_t flash[SECTORS * SECTOR_BYTES];
static uint8_t programmed[SECTORS * SECTOR_BYTES / UNIT_BYTES / 8];
static uint32_t counter, motor_epoch;

/* --- power, time, motor ----------------------------------------------------------------------------------------- */

void board_power_on(void) {
  memset(flash, 0xff, sizeof flash);
  board_lose_power();
}

void board_lose_power(void) {
  memset(&ram, 0, sizeof ram);
  motor_epoch++;
}

/* 1 nL/h for 1 ms is 1/3,600,000 nL; a step is FIXTURE_PL_PER_STEP pL. */
#define STEP_PART ((uint64_t)FIXTURE_PL_PER_STEP * 3600)

void board_pass(uint32_t ms) {
  for (; ms != 0; ms--) {
    ram.uptime_ms++;
    const struct dosegate_grant* grant = &ram.grant;
    if (grant->generation == 0 || ram.uptime_ms > grant->until_uptime_ms || ram.steps >= grant->reach_step) continue;
    ram.step_part += grant->rate_max_nl_per_h;
    if (ram.step_part >= STEP_PART) {
      ram.step_part -= STEP_PART;
      ram.steps++;
    }
  }
  if (ram.uptime_ms - ram.watchdog_ms > WATCHDOG_MS) {
    board_print("watchdog  would have reset the board\n");
    port_exit(2);
  }
}

uint64_t board_uptime_ms(void) {
  return ram.uptime_ms;
}

void board_watchdog(void) {
  ram.watchdog_ms = ram.uptime_ms;
}

void board_motor_grant(const struct dosegate_grant* grant) {
  ram.grant = *grant;
}

void board_motor_stop(void) {
  memset(&ram.grant, 0, sizeof ram.grant);
}

uint64_t board_motor_steps(void) {
  return ram.steps;
}

uint32_t board_motor_epoch(void) {
  return motor_epoch;
}

uint32_t board_sensors(void) {
  return 0;
}

/* --- the gate's imports (docs/INTEGRATION.md says what each must guarantee) -------------------------------------- */

uint32_t dosegate_host_flash_geometry(struct dosegate_flash_geometry* out) {
  *out = (struct dosegate_flash_geometry){UNIT_BYTES, SECTOR_BYTES, SECTORS, 40};
  return DOSEGATE_HOST_OK;
}

static bool outside(uint32_t address, uint32_t length) {
  return address > sizeof flash || length > sizeof flash - address;
}

uint32_t dosegate_host_flash_read(uint32_t address, uint8_t* out, uint32_t length) {
  if (outside(address, length)) return DOSEGATE_HOST_FAILING;
  memcpy(out, flash + address, length);
  return DOSEGATE_HOST_OK;
}

/* Stricter than a part: a unit is programmed once, whole and aligned. */
uint32_t dosegate_host_flash_program(uint32_t address, const uint8_t* from, uint32_t length) {
  if (outside(address, length) || address % UNIT_BYTES != 0 || length % UNIT_BYTES != 0) return DOSEGATE_HOST_FAILING;
  for (uint32_t unit = address / UNIT_BYTES; unit < (address + length) / UNIT_BYTES; unit++) {
    if ((programmed[unit / 8] >> unit % 8 & 1) != 0) return DOSEGATE_HOST_FAILING;
    programmed[unit / 8] |= (uint8_t)(1 << unit % 8);
  }
  memcpy(flash + address, from, length);
  return DOSEGATE_HOST_OK;
}

uint32_t dosegate_host_flash_erase(uint32_t sector) {
  if (sector >= SECTORS) return DOSEGATE_HOST_FAILING;
  memset(flash + sector * SECTOR_BYTES, 0xff, SECTOR_BYTES);
  memset(programmed + sector * (SECTOR_BYTES / UNIT_BYTES / 8), 0, SECTOR_BYTES / UNIT_BYTES / 8);
  return DOSEGATE_HOST_OK;
}

uint32_t dosegate_host_uptime_ms(uint64_t* out) {
  *out = ram.uptime_ms;
  return DOSEGATE_HOST_OK;
}

uint32_t dosegate_host_wall_time_s(uint64_t* out) {
  *out = FIXTURE_TIME_S;
  return DOSEGATE_HOST_OK;
}

/* Always the same, so that the fixture's signatures fit: a real board has a hardware source here, or fails. */
uint32_t dosegate_host_entropy(uint8_t* out, uint32_t length) {
  memset(out, 0x5a, length);
  return DOSEGATE_HOST_OK;
}

uint32_t dosegate_host_counter_read(uint32_t* out) {
  *out = counter;
  return DOSEGATE_HOST_OK;
}

uint32_t dosegate_host_counter_advance(void) {
  counter++;
  return DOSEGATE_HOST_OK;
}

/* --- print ------------------------------------------------------------------------------------------------------ */

static char* number(char* end, uint64_t value, uint32_t base, uint32_t digits_min) {
  do {
    *--end = "0123456789abcdef"[value % base];
    value /= base;
    if (digits_min != 0) digits_min--;
  } while (value != 0 || digits_min != 0);
  return end;
}

static void print_thousandths(uint64_t value) {
  char text[32] = {0};
  char* at = number(text + 31, value % 1000, 10, 3);
  *--at = '.';
  port_write(number(at, value / 1000, 10, 1));
}

void board_print(const char* format, ...) {
  va_list values;
  va_start(values, format);
  for (; *format != 0; format++) {
    char text[32] = {0};
    if (*format != '%') {
      text[0] = *format;
      port_write(text);
      continue;
    }
    switch (*++format) {
      case 's': port_write(va_arg(values, const char*)); break;
      case 'u': port_write(number(text + 31, va_arg(values, uint32_t), 10, 1)); break;
      case 'h': port_write(number(text + 31, va_arg(values, uint32_t), 16, 2)); break;
      case 'v': print_thousandths(va_arg(values, uint64_t) / 1000); break;
      case 't': print_thousandths(va_arg(values, uint64_t)); break;
      default: break;
    }
  }
  va_end(values);
}
