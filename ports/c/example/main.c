/* The first minute of a pump, from the workshop to the bedside, and a power cut: what arrives when, and what is printed. */
#include <string.h>

#include "board.h"
#include "fixture.h"
#include "port.h"
#include "pump.h"

/* As the world goes on: passes of the main loop, a tenth of a second apart unless the gate has work. */
static void run(uint32_t ms) {
  const uint64_t end = board_uptime_ms() + ms;
  while (board_uptime_ms() < end) board_pass(pump_pass() ? 5 : 100);
}

static void wait_until_idle(void) {
  uint32_t slices = 1;
  while (pump_pass()) {
    slices++;
    board_pass(5);
  }
  board_print("storage   ready, slices: %u\n", slices);
}

/* Device secret and log key were in it (SPEC 2.3). */
static void wipe_io(void) {
  static const uint8_t zeros[256];
  for (uint32_t at = 0; at < DOSEGATE_IO_BYTES; at += sizeof zeros) dosegate_poke(dosegate_io_buffer() + at, zeros, sizeof zeros);
}

static uint32_t commit(uint32_t length) {
  (void)length;
  return dosegate_library_commit();
}

#define SEND(what, verb, name) pump_message(what, verb, fixture_##name, sizeof fixture_##name)

static void in_the_workshop(void) {
  if (pump_boot(DOSEGATE_BOOT_POWER_ON, DOSEGATE_OFF_TIME_UNKNOWN) != DOSEGATE_NOT_PROVISIONED) port_exit(1);
  SEND("provision", dosegate_provision, provisioning);
  wipe_io();
  SEND("manifest ", dosegate_library_begin, manifest);
  SEND("entry    ", dosegate_library_entry, entry_0);
  SEND("entry    ", dosegate_library_entry, entry_1);
  SEND("commit   ", commit, manifest);
}

static void at_the_bedside(void) {
  /* A real pump sends this record's challenge to who will sign; here the answers are known. */
  struct dosegate_session session;
  if (dosegate_session_open(DOSEGATE_PORT_NETWORK) != DOSEGATE_OK) port_exit(1);
  dosegate_get(DOSEGATE_AREA_RESULT, &session, sizeof session);
  board_print("session   on port %u, challenge %h%h%h%h...\n", session.port, (uint32_t)session.challenge[0],
              (uint32_t)session.challenge[1], (uint32_t)session.challenge[2], (uint32_t)session.challenge[3]);
  SEND("associate", dosegate_submit, associate);
  SEND("60 mg/h  ", dosegate_submit, start_60_mg_per_h);

  /* One bit of the signature, which ends the command. */
  static uint8_t altered[sizeof fixture_start_6_mg_per_h];
  struct dosegate_submit head;
  memcpy(altered, fixture_start_6_mg_per_h, sizeof altered);
  memcpy(&head, altered, sizeof head);
  altered[sizeof head + head.command_bytes - 1] ^= 1;
  pump_message("altered  ", dosegate_submit, altered, sizeof altered);

  SEND("6 mg/h   ", dosegate_submit, start_6_mg_per_h);
  pump_show();
  run(20000);
  pump_show();
  pump_panel("REDUCE to 3 mL/h", DOSEGATE_LOCAL_REDUCE, 3000000);
  run(10000);
  pump_show();
}

static void after_a_power_cut(void) {
  board_print("\npower lost for 7 s\n");
  board_lose_power();
  if (pump_boot(DOSEGATE_BOOT_POWER_ON, 7000) != DOSEGATE_OK) port_exit(1);
  wait_until_idle();
  run(2000);
  pump_show();
  struct dosegate_state state;
  dosegate_inspect();
  dosegate_get(DOSEGATE_AREA_INSPECT, &state, sizeof state);
  board_print("account   delivered %v mL, of which %v mL may not have flowed before the cut\n", state.delivered_nl, state.uncertain_nl);
  pump_panel("STOP", DOSEGATE_LOCAL_STOP, 0);
  run(1000);
  pump_show();
}

int main(void) {
  board_power_on();
  board_print("gate      %u bytes of memory\n", (dosegate_instantiate(), dosegate_heap_base()));
  in_the_workshop();
  at_the_bedside();
  after_a_power_cut();
  return 0;
}
