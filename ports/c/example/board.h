/*
 * What a pump's controller has around the gate, simulated: 64 KiB of NOR flash, a clock, a monotonic counter, a motor with its
 * step counter, a watchdog. board.c also supplies the gate's imports (dosegate.h). Simulated time passes only in board_pass.
 */
#ifndef DOSEGATE_EXAMPLE_BOARD_H
#define DOSEGATE_EXAMPLE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "dosegate.h"

void board_power_on(void);
/* Everything in RAM is lost, the motor stops and forgets its steps; flash and counter stay. */
void board_lose_power(void);

void board_pass(uint32_t ms);
uint64_t board_uptime_ms(void);

/* To be called at least once a second, or the board says that it would have been reset. */
void board_watchdog(void);

/* The motor moves under its latest grant, and stops by itself where or when that ends. */
void board_motor_grant(const struct dosegate_grant* grant);
void board_motor_stop(void);
uint64_t board_motor_steps(void);
/* Another number after every loss of the count. */
uint32_t board_motor_epoch(void);
/* DOSEGATE_SENSOR_ bits. */
uint32_t board_sensors(void);

/* %s text, %u number, %h hexadecimal, %v uint64_t of nL as mL, %t uint64_t of ms as seconds. */
void board_print(const char* format, ...);

#endif
