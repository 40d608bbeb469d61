/** `inspect` (SPEC 11.2): the state record, for displays and tests. Reads only. */
import { clearBytes } from "./bytes";
import { STAGE_EMPTY, STAGE_OPENING, stageNow } from "./boot";
import { bolusLeftNl, Flow, flow, reservedNl } from "./delivery/flow";
import { accountsUsed, ledgerClockS, lockoutLeftS, windowHad, WINDOWS } from "./delivery/ledger";
import { copyFields, TO, WIDE } from "./fields";
import { activeManifest, waitingManifest } from "./library/active";
import { installOpen } from "./library/install";
import { DEVICE, FLOW, INSPECT, METER, PENDING_NONCE, STATE } from "./layout";
import { pending } from "./order/pending";
import { streamAt } from "./store/stream";
import {
  FLAG_ASSOCIATED,
  FLAG_REVOKED,
  FLAG_TAMPERED,
  Meter,
  PRIMARY_AT,
  PROGRAM_AT,
  State,
} from "./store/state";
import * as status from "./status";
import { Device } from "./trust/device";

const STATE_RECORD: u32 = 0x0501 | (1 << 16);
const STATE_BYTES: u32 = 312;

/** What is copied as it is; rates are widened by the zeros behind them. */
function fields(): usize {
  // prettier-ignore
  return memory.data<usize>([
    12 << TO | STATE + offsetof<State>("boot"),
    16 << TO | STATE + offsetof<State>("counter"),
    20 << TO | STATE + offsetof<State>("root_version"),
    40 << TO | WIDE | STATE + offsetof<State>("floor_s"),
    48 << TO | STATE + offsetof<State>("phase"),
    52 << TO | STATE + offsetof<State>("generation"),
    56 << TO | STATE + offsetof<State>("rate_nl_per_h"),
    64 << TO | STATE + offsetof<State>("rate_permitted_nl_per_h"),
    72 << TO | WIDE | FLOW + offsetof<Flow>("delivered_nl"),
    88 << TO | WIDE | FLOW + offsetof<Flow>("uncertain_nl"),
    96 << TO | WIDE | STATE + offsetof<State>("vtbi_nl"),
    104 << TO | WIDE | STATE + offsetof<State>("total_nl"),
    120 << TO | STATE + offsetof<State>("alarms"),
    124 << TO | STATE + offsetof<State>("area"),
    128 << TO | WIDE | STATE + offsetof<State>("patient_0"),
    136 << TO | WIDE | STATE + offsetof<State>("patient_1"),
    144 << TO | STATE + offsetof<State>("weight_g"),
    148 << TO | STATE + offsetof<State>("bsa_cm2"),
    160 << TO | WIDE | PENDING_NONCE,
    172 << TO | DEVICE + offsetof<Device>("pumpClass"),
    176 << TO | WIDE | DEVICE + offsetof<Device>("id_0"),
    184 << TO | WIDE | DEVICE + offsetof<Device>("id_1"),
    192 << TO | STATE + offsetof<State>("mode"),
    196 << TO | STATE + offsetof<State>("step"),
    200 << TO | STATE + offsetof<State>("steps"),
    248 << TO | WIDE | STATE + offsetof<State>("window_1"),
    256 << TO | WIDE | STATE + offsetof<State>("window_2"),
    264 << TO | WIDE | STATE + offsetof<State>("window_4"),
    272 << TO | WIDE | STATE + offsetof<State>("window_24"),
    288 << TO | STATE + offsetof<State>("weight_next_g"),
    292 << TO | STATE + offsetof<State>("bsa_next_cm2"),
    296 << TO | STATE + offsetof<State>("area_next"),
    300 << TO | STATE + PRIMARY_AT - PROGRAM_AT + offsetof<State>("generation"),
    304 << TO | STATE + offsetof<State>("kvo_rate_nl_per_h"),
    0,
  ]);
}

/** Flags of the state record. */
export function stateFlags(): u32 {
  const s = changetype<State>(STATE);
  return (
    (stageNow() > STAGE_EMPTY ? 1 : 0) |
    ((s.flags & FLAG_TAMPERED) != 0 ? 2 : 0) |
    ((s.flags & FLAG_REVOKED) != 0 ? 4 : 0) |
    ((s.flags & FLAG_ASSOCIATED) != 0 ? 8 : 0) |
    (stageNow() == STAGE_OPENING ? 16 : 0) |
    (flow().degraded << 5) |
    (pending().active << 6) |
    (installOpen() ? 128 : 0)
  );
}

/** Writes the state record to the inspect buffer. */
export function inspect(): u32 {
  const s = changetype<State>(STATE);
  clearBytes(INSPECT, STATE_BYTES);
  store<u32>(INSPECT, STATE_RECORD);
  store<u32>(INSPECT, STATE_BYTES, 4);
  store<u32>(INSPECT, stateFlags(), 8);
  copyFields(fields(), INSPECT);
  if (s.manifest_active != 0) {
    store<u32>(INSPECT, activeManifest().epoch, 24);
    store<u32>(INSPECT, activeManifest().version, 28);
  }
  if (s.manifest_next != 0) {
    store<u32>(INSPECT, waitingManifest().epoch, 32);
    store<u32>(INSPECT, waitingManifest().version, 36);
  }
  store<u64>(INSPECT, reservedNl(), 80);
  store<u64>(INSPECT, bolusLeftNl(), 112);
  store<u32>(INSPECT, streamAt(0).sequence, 152);
  store<u32>(INSPECT, streamAt(1).sequence, 156);
  store<u32>(INSPECT, pending().mask, 168);
  copyLedger();
  return status.OK;
}

/** What the program's account has had, and the counts of its program: those of another program read as zero. */
function copyLedger(): void {
  const m = changetype<Meter>(METER);
  const known = m.generation == changetype<State>(STATE).generation;
  store<u32>(INSPECT, flow().demand_attempts + (known ? m.attempts : 0), 204);
  store<u32>(INSPECT, flow().demand_given + (known ? m.demands : 0), 208);
  store<u32>(INSPECT, lockoutLeftS(), 212);
  for (let window: u32 = 0; window < WINDOWS; window++) {
    store<u64>(INSPECT + (window << 3), windowHad(window), 216);
  }
  store<u32>(INSPECT, ledgerClockS(), 280);
  store<u32>(INSPECT, accountsUsed(), 284);
}
