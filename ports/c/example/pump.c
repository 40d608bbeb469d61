#include "pump.h"

#include <string.h>

#include "board.h"
#include "port.h"

/* A grant lasts 5 s (SPEC 6.2): whoever reports every second loses no flow to a slice or an erase. */
#define TICK_MS 1000u

static uint64_t next_tick_ms;
/* The last grant, for the display. */
static struct dosegate_grant grant;
/* The result of staged work, once it is there. */
static bool finished;
static uint32_t result_status, work_slices;

/* A trap is a defect, of the gate or of the core: the motor stands still before anything else is said. */
void port_trapped(int code) {
  board_motor_stop();
  board_print("trap      %u: motor stopped, resetting\n", (uint32_t)code);
  port_exit(3);
}

uint32_t pump_boot(uint32_t cause, uint32_t off_ms) {
  next_tick_ms = 0;
  dosegate_instantiate();
  if (dosegate_abi_version() >> 16 != DOSEGATE_ABI_VERSION >> 16) {
    board_print("gate      has another interface than dosegate.h\n");
    port_exit(1);
  }
  const uint32_t status = dosegate_boot(cause, off_ms);
  board_print("boot      %s\n", pump_status_name(status));
  return status;
}

/* What counts is the grant record, whatever the status: a refused tick grants nothing. */
static void tick(void) {
  const struct dosegate_tick report = {
      DOSEGATE_HEAD(DOSEGATE_TICK_TYPE, sizeof report), board_motor_steps(), board_motor_epoch(), board_sensors(),
  };
  dosegate_put(DOSEGATE_AREA_TICK, &report, sizeof report);
  dosegate_tick();
  dosegate_get(DOSEGATE_AREA_TICK, &grant, sizeof grant);
  board_motor_grant(&grant);
}

/* Staged work has ended: its record is an outcome or a verdict. */
static void finish(void) {
  struct dosegate_verdict verdict;
  struct dosegate_outcome outcome;
  dosegate_get(DOSEGATE_AREA_RESULT, &verdict, sizeof verdict);
  dosegate_get(DOSEGATE_AREA_RESULT, &outcome, sizeof outcome);
  finished = true;
  if (outcome.head.type == DOSEGATE_OUTCOME_TYPE) {
    result_status = outcome.status;
  } else {
    /* Two fields say the same in two ways; whoever shows "permitted" asks both. */
    const bool permitted = verdict.verdict == DOSEGATE_VERDICT_PERMIT && verdict.status == DOSEGATE_OK;
    result_status = verdict.status;
    board_print("verdict   %s", permitted ? "PERMIT" : verdict.verdict == DOSEGATE_VERDICT_NEEDS_OVERRIDE ? "NEEDS_OVERRIDE" : "DENY");
    if (verdict.rate_nl_per_h != 0) board_print(", rate %v mL/h", verdict.rate_nl_per_h);
    if (verdict.limit != 0) board_print(", limit %u", verdict.limit);
    board_print("\n");
  }
}

bool pump_pass(void) {
  board_watchdog();
  if (board_uptime_ms() >= next_tick_ms) {
    tick();
    next_tick_ms = board_uptime_ms() + TICK_MS;
  }
  const uint32_t status = dosegate_work(1);
  work_slices++;
  if (status == DOSEGATE_DONE) finish();
  return status == DOSEGATE_WORKING;
}

uint32_t pump_message(const char* what, uint32_t (*verb)(uint32_t), const void* bytes, uint32_t length) {
  finished = false;
  work_slices = 0;
  dosegate_put(DOSEGATE_AREA_IO, bytes, length);
  uint32_t status = verb(length);
  if (status == DOSEGATE_WORKING) {
    while (!finished) {
      pump_pass();
      board_pass(5);
    }
    status = result_status;
  }
  board_print("%s %s (0x%h), slices: %u\n", what, pump_status_name(status), status, work_slices);
  return status;
}

static uint32_t panel_call(uint32_t action, uint32_t nonce, uint64_t value, struct dosegate_local_result* result) {
  struct dosegate_local request;
  memset(&request, 0, sizeof request);
  request.head = DOSEGATE_HEAD(DOSEGATE_LOCAL_TYPE, sizeof request);
  request.action = action;
  request.nonce = nonce;
  request.value = value;
  dosegate_put(DOSEGATE_AREA_LOCAL, &request, sizeof request);
  const uint32_t status = dosegate_local();
  dosegate_get(DOSEGATE_AREA_LOCAL, result, sizeof *result);
  return status;
}

uint32_t pump_panel(const char* what, uint32_t action, uint64_t value) {
  struct dosegate_local_result result;
  uint32_t status = panel_call(action, 0, value, &result);
  if (status == DOSEGATE_CONFIRM_NEEDED) {
    board_print("panel     %s: sure?\n", what);
    status = panel_call(DOSEGATE_LOCAL_CONFIRM, result.nonce, 0, &result);
  }
  board_print("panel     %s: %s\n", what, pump_status_name(status));
  /* The motor hears of it at once, not at the next second. */
  tick();
  return status;
}

void pump_show(void) {
  static const char* const phases[] = {"IDLE", "RUNNING", "PAUSED", "COMPLETE", "KVO"};
  board_print("%t s  %s, at most %v mL/h, delivered %v mL, reserved %v mL, motor %u of %u steps, alarms %h\n", board_uptime_ms(),
              grant.phase < 5 ? phases[grant.phase] : "?", (uint64_t)grant.rate_max_nl_per_h, grant.delivered_nl, grant.reserved_nl,
              (uint32_t)board_motor_steps(), (uint32_t)grant.reach_step, grant.alarms);
}

const char* pump_status_name(uint32_t status) {
#define NAME(name) \
  case DOSEGATE_##name: return #name;
  switch (status) { DOSEGATE_STATUSES(NAME) }
  return "unknown";
}
