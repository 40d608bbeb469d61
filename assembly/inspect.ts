/** `inspect` (SPEC 11.2): the state record, for displays and tests. Reads only. */
import { STAGE_EMPTY, STAGE_OPENING, stageNow } from "./boot";
import { bolusLeftNl, flow, reservedNl } from "./delivery/flow";
import { activeManifest, waitingManifest } from "./library/active";
import { installOpen } from "./library/install";
import { INSPECT, PENDING_NONCE, STATE } from "./layout";
import { pending } from "./order/pending";
import { streamAt } from "./store/stream";
import { FLAG_ASSOCIATED, FLAG_REVOKED, FLAG_TAMPERED, State } from "./store/state";
import * as status from "./status";
import { deviceId, pumpClass } from "./trust/device";

const STATE_RECORD: u32 = 0x0501 | (1 << 16);
const STATE_BYTES: u32 = 192;

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
  const f = flow();
  memory.fill(INSPECT, 0, STATE_BYTES);
  store<u32>(INSPECT, STATE_RECORD);
  store<u32>(INSPECT, STATE_BYTES, 4);
  store<u32>(INSPECT, stateFlags(), 8);
  store<u32>(INSPECT, s.boot, 12);
  store<u32>(INSPECT, s.counter, 16);
  store<u32>(INSPECT, s.root_version, 20);
  if (s.manifest_active != 0) {
    store<u32>(INSPECT, activeManifest().epoch, 24);
    store<u32>(INSPECT, activeManifest().version, 28);
  }
  if (s.manifest_next != 0) {
    store<u32>(INSPECT, waitingManifest().epoch, 32);
    store<u32>(INSPECT, waitingManifest().version, 36);
  }
  store<u64>(INSPECT, s.floor_s, 40);
  store<u32>(INSPECT, s.phase, 48);
  store<u32>(INSPECT, s.generation, 52);
  store<u64>(INSPECT, <u64>s.rate_nl_per_h, 56);
  store<u64>(INSPECT, <u64>s.rate_permitted_nl_per_h, 64);
  store<u64>(INSPECT, f.delivered_nl, 72);
  store<u64>(INSPECT, reservedNl(), 80);
  store<u64>(INSPECT, f.uncertain_nl, 88);
  store<u64>(INSPECT, s.vtbi_nl, 96);
  store<u64>(INSPECT, s.total_nl, 104);
  store<u64>(INSPECT, bolusLeftNl(), 112);
  store<u32>(INSPECT, s.alarms, 120);
  store<u32>(INSPECT, s.area, 124);
  memory.copy(INSPECT + 128, STATE + offsetof<State>("patient_0"), 16);
  store<u32>(INSPECT, s.weight_g, 144);
  store<u32>(INSPECT, s.bsa_cm2, 148);
  store<u32>(INSPECT, streamAt(0).sequence, 152);
  store<u32>(INSPECT, streamAt(1).sequence, 156);
  memory.copy(INSPECT + 160, PENDING_NONCE, 8);
  store<u32>(INSPECT, pending().mask, 168);
  store<u32>(INSPECT, pumpClass(), 172);
  memory.copy(INSPECT + 176, deviceId(), 16);
  return status.OK;
}
