/** The host's part of a recorded call: makes its lines, and answers from them. */
import type { ExportName, HostImportName } from "../gate/abi.js";
import { STATUS, statusName, type StatusName } from "../gate/status.js";
import {
  HOST_CALLS,
  type CallEnd,
  type HostAnswer,
  type HostCall,
  fromHex,
  hostCallText,
  toHex,
} from "./protocol.js";
import type { ShadowFlash } from "./shadow-flash.js";
import type { HostLine, HostStatusText } from "./vector.js";

/** Exports whose result is no status. */
const NUMBERS: ReadonlySet<string> = new Set([
  "abiVersion",
  "ioBuffer",
  "resultBuffer",
  "tickBuffer",
  "localBuffer",
  "inspectBuffer",
]);

/** `PHASE` of a verb; the number of what returns no status. */
export function returnText(name: ExportName, status: number): StatusName | number {
  const text = statusName(status);
  return NUMBERS.has(name) || !(text in STATUS) ? status : (text as StatusName);
}

/** The line of a host call that was answered, or that never returned. */
export function hostLine(
  { name, numbers, data }: HostCall,
  status: HostStatusText,
  outputs: Uint8Array,
  flash: ShadowFlash,
): HostLine {
  const text = toHex(outputs);
  switch (name) {
    case "flashRead": {
      const [address, length] = numbers as [number, number];
      const known = status === 0 && toHex(flash.read(address, length)) === text;
      return [name, address, length, status, known ? null : text];
    }
    case "flashProgram":
      return [name, numbers[0]!, toHex(data!), status];
    case "flashErase":
      return [name, numbers[0]!, status];
    case "entropy":
      return [name, numbers[0]!, status, text];
    case "counterAdvance":
      return [name, status];
    default:
      return [name, status, text];
  }
}

/** What flash holds after a host call that succeeded; of one that failed nobody knows. */
export function follow(flash: ShadowFlash, { name, numbers, data }: HostCall, outputs: Uint8Array): void {
  if (name === "flashProgram") flash.program(numbers[0]!, data!);
  else if (name === "flashErase") flash.erase(numbers[0]!);
  else if (name === "flashGeometry") flash.geometry(outputs);
}

/** What is wrong with a host call, in words. */
export class HostDifference extends Error {
  override readonly name = "HostDifference";
}

/** Answers the host calls of one call of the module from the vector's lines, and notices every one that is another. */
export class HostScript {
  readonly #lines: readonly HostLine[];
  readonly #flash: ShadowFlash;
  #position = 0;
  /** The first difference; the power goes with it. */
  difference: string | null = null;

  constructor(lines: readonly HostLine[], flash: ShadowFlash) {
    this.#lines = lines;
    this.#flash = flash;
  }

  readonly answer = (call: HostCall): HostAnswer => {
    try {
      return this.#answer(call);
    } catch (thrown) {
      if (!(thrown instanceof HostDifference)) throw thrown;
      this.difference ??= thrown.message;
      return { cut: true };
    }
  };

  /** After the call: a host call that the vector has and the module did not make. */
  end(): void {
    const line = this.#lines[this.#position];
    if (line !== undefined) {
      this.difference ??= `host call ${this.#position + 1} of ${this.#lines.length} was not made: ${lineText(line)}`;
    }
  }

  #answer(call: HostCall): HostAnswer {
    const line = this.#lines[this.#position];
    const where = `host call ${this.#position + 1}`;
    if (line === undefined) {
      throw new HostDifference(`${where} is ${hostCallText(call)}: the vector has none`);
    }
    this.#position++;
    if (line[0] === "nested") {
      const [, name, args, expected] = line;
      return { call: name, args, then: (end) => this.#nested(call, name, expected, end) };
    }
    compare(where, line, call);
    const { status, data } = answerOf(line, this.#flash);
    if (status === "cut") return { cut: true };
    if (status === 0) follow(this.#flash, call, data);
    return { status, data };
  }

  #nested(call: HostCall, name: ExportName, expected: StatusName | number, end: CallEnd): HostAnswer {
    const got = end.status === undefined ? "trap" : returnText(name, end.status);
    if (got !== expected) {
      throw new HostDifference(`${name} called inside ${hostCallText(call)} returns ${got}, not ${expected}`);
    }
    return this.#answer(call);
  }
}

type Answered = Exclude<HostLine, readonly ["nested", ...unknown[]]>;

function compare(where: string, line: Answered, call: HostCall): void {
  const expected = callOf(line);
  if (expected.name !== call.name || expected.numbers.some((value, i) => value !== call.numbers[i])) {
    throw new HostDifference(`${where} is ${hostCallText(call)}, not ${hostCallText(expected)}`);
  }
  if (expected.data && toHex(expected.data) !== toHex(call.data!)) {
    const at = expected.data.findIndex((byte, i) => byte !== call.data![i]);
    const byte =
      at < 0
        ? "another length"
        : `byte ${at} is ${hexByte(call.data![at])}, not ${hexByte(expected.data[at])}`;
    throw new HostDifference(`${where}, ${hostCallText(call)}, programs other bytes: ${byte}`);
  }
}

const hexByte = (byte: number | undefined): string =>
  byte === undefined ? "missing" : `0x${byte.toString(16).padStart(2, "0")}`;

/** The host call that a line answers. */
function callOf(line: Answered): HostCall {
  const name: HostImportName = line[0];
  const numbers = line.slice(1, 1 + HOST_CALLS[name].numbers.length) as number[];
  return { name, numbers, ...(line[0] === "flashProgram" && { data: fromHex(line[2]) }) };
}

function answerOf(line: Answered, flash: ShadowFlash): { status: HostStatusText; data: Uint8Array } {
  const none = new Uint8Array();
  switch (line[0]) {
    case "flashRead":
      return { status: line[3], data: line[4] === null ? flash.read(line[1], line[2]) : fromHex(line[4]) };
    case "flashProgram":
      return { status: line[3], data: none };
    case "flashErase":
      return { status: line[2], data: none };
    case "entropy":
      return { status: line[2], data: fromHex(line[3]) };
    case "counterAdvance":
      return { status: line[1], data: none };
    default:
      return { status: line[1], data: fromHex(line[2]) };
  }
}

function lineText(line: HostLine): string {
  return line[0] === "nested" ? `${line[1]} from inside the next` : hostCallText(callOf(line));
}
