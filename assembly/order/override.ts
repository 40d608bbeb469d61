/** Answering for the soft limits of the command that waits (SPEC 4.3, 6.3): by signed approval, or at the panel. */
import { TRUST } from "../layout";
import { ENTRY_OVERRIDE_SIGNED } from "../library/entry";
import { workStaged } from "../staged";
import * as status from "../status";
import { POLICY_LOCAL_OVERRIDE, Root } from "../trust/root";
import { sender, senderBegin } from "./authenticate";
import { decide } from "./decision";
import { pending, pendingActive, pendingDrug, takePending } from "./pending";

const PORT_PANEL: u32 = 0;

/** Judges the waiting command again with `mask` waived, answered for by the key whose kid is at `approver` (0 = the panel). */
export function overridePending(mask: u32, reason_code: u32, approver: usize, signed: u32): u32 {
  takePending();
  return decide(mask, reason_code, approver, signed);
}

/** The panel's answer, where root policy allows it and the entry does not ask for a signature; or for an emergency. */
export function overrideLocal(mask: u32, reason_code: u32): u32 {
  if (workStaged()) return status.BUSY;
  if (senderBegin(PORT_PANEL, false) != status.OK) return status.CLOCK;
  if (!pendingActive(sender().now_ms)) return status.PENDING_NONE;
  const policy = changetype<Root>(TRUST).policyFlags;
  const allowed = (policy & POLICY_LOCAL_OVERRIDE) != 0 && (pendingDrug().flags & ENTRY_OVERRIDE_SIGNED) == 0;
  // An emergency has asked its own permission, and asks again when it is judged (SPEC 6.6).
  if (!allowed && pending().emergency == 0) return status.OVERRIDE_NOT_ALLOWED;
  if (mask != pending().mask || reason_code == 0 || reason_code > 255) return status.APPROVAL_MISMATCH;
  return overridePending(mask, reason_code, 0, 0);
}
