/**
 * The store and the log as a module of their own, before and beside the gate: thin exports, compiled for the tests that
 * drive them. AssemblyScript, given to its compiler as the text of a file in assembly/.
 */
export const STORE_SOURCE = `
import * as layout from "./layout";
import * as journal from "./store/journal";
import * as boot from "./store/boot";
import * as opening from "./store/opening";
import * as objects from "./store/objects";
import * as counter from "./store/counter";
import * as event from "./log/event";
import * as read from "./log/read";
import * as attestation from "./log/attestation";
import * as statuses from "./status";
import { Meter, METER_BYTES, State, STATE_BYTES } from "./store/state";
import { streamAt } from "./store/stream";
import { DEVICE_BYTES, Device } from "./trust/device";

export const IO: usize = layout.IO_BUFFER;
export const INPUT: usize = layout.INPUT;
export const DEVICE: usize = layout.DEVICE;
export const DEVICE_LENGTH: u32 = DEVICE_BYTES;
export const DEVICE_ID: usize = layout.DEVICE + offsetof<Device>("id_0");
export const DEVICE_SECRET: usize = layout.DEVICE + offsetof<Device>("secret_0");
export const STATE: usize = layout.STATE;
export const NEXT: usize = layout.NEXT;
export const STATE_LENGTH: u32 = STATE_BYTES;
export const METER: usize = layout.METER;
export const METER_NEXT: usize = layout.METER_NEXT;
export const METER_LENGTH: u32 = METER_BYTES;
export const AT_BOOT: u32 = offsetof<State>("boot");
export const AT_COUNTER: u32 = offsetof<State>("counter");
export const AT_ROOT_VERSION: u32 = offsetof<State>("root_version");
export const AT_OBJECT_SEGMENT: u32 = offsetof<State>("object_segment");
export const AT_ACKED_0: u32 = offsetof<State>("acked_0");
export const AT_ACKED_1: u32 = offsetof<State>("acked_1");
export const AT_GENERATION: u32 = offsetof<State>("generation");
export const AT_DELIVERED: u32 = offsetof<Meter>("delivered_nl");
export const AT_AHEAD: u32 = offsetof<Meter>("ahead_nl");
export const AT_CLOCK: u32 = offsetof<Meter>("clock_s");
export const AT_ACCOUNTS: u32 = offsetof<Meter>();

export function bootStore(): u32 { return boot.bootStore(); }
export function openStep(): u32 { return opening.openStep(); }
export function storeOpen(): u32 { return journal.storeOpen() ? 1 : 0; }
export function backgroundStep(): u32 { return opening.backgroundStep(); }
export function commit(stream: u32): u32 { return journal.commit(stream); }
export function rollback(): void { journal.rollback(); }
export function formatBegin(logKey: usize): void { opening.formatBegin(logKey); }
export function formatStep(): u32 { return opening.formatStep(); }
export function tornStreams(): u32 { return opening.tornStreams(); }
export function objectsStage(part: u32, address: usize, length: u32): void { objects.objectsStage(part, address, length); }
export function objectsBegin(): void { objects.objectsBegin(); }
export function objectsStep(): u32 { return objects.objectsStep(); }
export function objectRead(part: u32, out: usize, max: u32): u32 { return objects.objectRead(part, out, max); }
export function counterCheckAtBoot(): u32 { return counter.counterCheckAtBoot(); }
export function counterAdvance(): u32 { return counter.counterAdvance(); }
export function eventBegin(kind: u32, details: u32): void { event.eventBegin(kind, details); }
export function eventUnsigned(key: u32, value: u64): void { event.eventUnsigned(key, value); }
export function eventBytes(key: u32, address: usize, length: u32): void { event.eventBytes(key, address, length); }
export function eventMap(key: u32, entries: u32): void { event.eventMap(key, entries); }
export function logRead(stream: u32, sequence: u32): u32 { return read.logRead(stream, sequence); }
export function sequenceOf(stream: u32): u32 { return streamAt(stream).sequence; }
export function tailOf(stream: u32): u32 { return streamAt(stream).tail; }
export function usedOf(stream: u32): u32 { return streamAt(stream).used; }
export function attestBegin(length: u32): u32 { return attestation.attestBegin(length); }
export function attestStep(attested: usize): u32 { return attestation.attestStep(changetype<attestation.Attested>(attested)); }
`;
