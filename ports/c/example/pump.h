/* A pump's controller around the gate: what an integrator writes. */
#ifndef DOSEGATE_EXAMPLE_PUMP_H
#define DOSEGATE_EXAMPLE_PUMP_H

#include <stdbool.h>
#include <stdint.h>

/* After every reset. `cause` and `off_ms` as boot wants them. Returns its status. */
uint32_t pump_boot(uint32_t cause, uint32_t off_ms);

/*
 * One pass of the main loop: watchdog, tick if it is due, one slice of work. Nothing in it takes longer than a slice. True while
 * the gate has work.
 */
bool pump_pass(void);

/* Gives a message to the gate and runs passes until its result is there. `verb`: dosegate_submit and its like. Returns the result's status. */
uint32_t pump_message(const char* what, uint32_t (*verb)(uint32_t), const void* bytes, uint32_t length);

/* One action at the panel, with its second step where the gate asks for one. Returns the last status. */
uint32_t pump_panel(const char* what, uint32_t action, uint64_t value);

/* One line about delivery. */
void pump_show(void);

const char* pump_status_name(uint32_t status);

#endif
