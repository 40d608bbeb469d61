import { expect, it } from "vitest";
import { calling, HAS_TOOLS, recordingOf, replayOn, wasmOf } from "./mcu-support.js";

/** Both halves of a 64-bit product: on a Cortex-M0+ each is a call of __aeabi_lmul. */
const PARAMETERS = "(param i32 i32 i32 i32) (result i32)";
const operand = (low: number) =>
  `(i64.or (i64.extend_i32_u (local.get ${low})) (i64.shl (i64.extend_i32_u (local.get ${low + 1})) (i64.const 32)))`;
const PRODUCT = `(i64.mul ${operand(0)} ${operand(2)})`;
const MODULE = wasmOf(
  "mcu-lmul",
  `(module (memory (export "memory") 1 1)
    (func (export "low") ${PARAMETERS} (i32.wrap_i64 ${PRODUCT}))
    (func (export "high") ${PARAMETERS} (i32.wrap_i64 (i64.shr_u ${PRODUCT} (i64.const 32)))))`,
);
const TARGET = { label: "mcu-lmul", core: "cortex-m0plus", check: "full" } as const;

/** Edges of halves, words and signs, sign-extended ones among them, and numbers without a pattern. */
const VALUES: readonly bigint[] = [
  0n,
  1n,
  2n,
  0xffffn,
  0x10000n,
  0x10001n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x1_0000_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_0000_0000n,
  ...[-1n, -2n, -0x10000n, -0x8000_0000n, -0x1234_5678n].map((value) => BigInt.asUintN(64, value)),
  0x0123_4567_89ab_cdefn,
  0xdead_beef_feed_facen,
];

const half = (value: bigint, high: boolean) => Number((value >> (high ? 32n : 0n)) & 0xffff_ffffn);

/** The calls that ask for a product, with the halves it should have. */
function asked(a: bigint, b: bigint, product: bigint) {
  const args = [half(a, false), half(a, true), half(b, false), half(b, true)];
  return [calling("low", args, half(product, false)), calling("high", args, half(product, true))];
}

it.skipIf(!HAS_TOOLS)(
  "the 64-bit multiplication for ARMv6-M gives every product of edge values",
  async () => {
    const calls = VALUES.flatMap((a) => VALUES.flatMap((b) => asked(a, b, BigInt.asUintN(64, a * b))));
    const run = await replayOn(MODULE, TARGET, recordingOf(calls));
    expect(run).toMatchObject({ globalsBytes: expect.any(Number) as number });
    expect(typeof run === "string" ? 0 : run.counts.length).toBe(2 * VALUES.length ** 2);
  },
);

it.skipIf(!HAS_TOOLS)("a product that is off by one bit is told", async () => {
  const [a, b] = [0x0123_4567_89ab_cdefn, 0xdead_beef_feed_facen];
  const product = BigInt.asUintN(64, a * b);
  for (const bit of [0n, 15n, 16n, 31n, 32n, 48n, 63n]) {
    const run = await replayOn(MODULE, TARGET, recordingOf(asked(a, b, product ^ (1n << bit))));
    expect(run).toMatch(/status/);
  }
});

it.skipIf(!HAS_TOOLS)("takes as many instructions whatever the operands are", async () => {
  const calls = VALUES.map((a) => asked(a, 0xffff_ffff_ffff_ffffn, BigInt.asUintN(64, -a))[0]!);
  const run = await replayOn(MODULE, TARGET, recordingOf(calls));
  if (typeof run === "string") throw new Error(run);
  expect(new Set(run.counts.map(({ instructions }) => instructions)).size).toBe(1);
});
