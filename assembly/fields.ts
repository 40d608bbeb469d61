/**
 * Copies fields by a table: a record of twenty costs its rows of four bytes each, instead of instructions of twelve.
 *
 *   function fields(): usize {
 *     // prettier-ignore
 *     return memory.data<usize>([
 *       12 << TO | STATE + offsetof<State>("boot"),
 *       40 << TO | WIDE | STATE + offsetof<State>("floor_s"),
 *       0,
 *     ]);
 *   }
 *
 * (In a function, because the compiler reads a file's constants before the addresses of layout.ts are settled.) A row is {where to << TO | WIDE for 8 bytes, else 4 | address, near (layout.ts)}; 0 ends the table.
 */
import { copyBytes } from "./bytes";

/** Eight bytes instead of four. */
export const WIDE: u32 = 1 << 15;
/** Where the destination stands in a row: an offset in a record, or a key. */
export const TO: u32 = 16;

const ADDRESS_MASK: u32 = WIDE - 1;

/** The row's field as a number. */
export function fieldValue(row: u32): u64 {
  const address = row & ADDRESS_MASK;
  return (row & WIDE) != 0 ? load<u64>(address) : <u64>load<u32>(address);
}

/** Copies every field of the table at `rows` to its offset from `record`. */
export function copyFields(rows: usize, record: usize): void {
  let row = load<u32>(rows);
  while (row != 0) {
    copyBytes(record + (row >> TO), row & ADDRESS_MASK, (row & WIDE) != 0 ? 8 : 4);
    rows += 4;
    row = load<u32>(rows);
  }
}
