/** A blank gate out of the package, booted over the host of host.mjs: nothing may move, and nothing is believed. */
import { BOOT_CAUSE, describeStatus, Gate, loadModule, phaseName, PORT, STATE_FLAG } from "dosegate";
import { memoryHost } from "./host.mjs";

const gate = new Gate(loadModule(), memoryHost());
const { major, minor } = gate.abiVersion();
console.log(`abi       ${major}.${minor}`);
console.log(`boot      ${describeStatus(gate.boot(BOOT_CAUSE.POWER_ON))}`);

const { state } = gate.inspect();
const provisioned = (state.flags & STATE_FLAG.PROVISIONED) !== 0;
console.log(
  `state     ${phaseName(state.phase)}, ${provisioned ? "provisioned" : "not provisioned"}, boot ${state.boot}`,
);

const { status: opened } = gate.sessionOpen(PORT.NETWORK);
console.log(`session   ${describeStatus(opened)}`);
const forged = gate.submit({
  port: PORT.NETWORK,
  command: new Uint8Array([0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40]),
});
console.log(`submit    ${describeStatus(forged.status)}`);

const { status, grant } = gate.tick({ steps: 0n, stepEpoch: 1, sensors: 0 });
console.log(`tick      ${describeStatus(status)}`);
console.log(
  `grant     ${grant === null ? "none" : `at most ${grant.rateMaxNlPerH} nL/h up to step ${grant.reachStep}`}`,
);
