/** What a NOR flash partition looks like; the values of the `flashGeometry` import. */
export interface FlashGeometry {
  /** Smallest programmable piece, in bytes: a power of two, 1..32. */
  readonly unitBytes: number;
  /** Smallest erasable piece, in bytes: 1024..131072, a whole number of units. */
  readonly sectorBytes: number;
  readonly sectorCount: number;
  /** Longest time one sector erase takes, in ms. */
  readonly eraseMsMax: number;
}

/** Two sectors are the least any journal can live in: one in use, one erased; the gate itself needs more (SPEC 9.2). */
const SECTORS_MIN = 2;
/** Addresses stay below 2^31, so that no host confuses them with negative numbers. */
const PARTITION_BYTES_MAX = 0x7fff_ffff;

/** Throws a RangeError that names the field unless `geometry` is within SPEC 9.1. */
export function checkGeometry(geometry: FlashGeometry): void {
  const { unitBytes, sectorBytes, sectorCount, eraseMsMax } = geometry;
  if (![1, 2, 4, 8, 16, 32].includes(unitBytes)) refuse("unitBytes", unitBytes, "a power of two of 1..32");
  if (!isWhole(sectorBytes, 1024, 131_072) || sectorBytes % unitBytes !== 0) {
    refuse("sectorBytes", sectorBytes, `1024..131072 and a multiple of the ${unitBytes} B unit`);
  }
  if (!isWhole(sectorCount, SECTORS_MIN, Math.floor(PARTITION_BYTES_MAX / sectorBytes))) {
    refuse("sectorCount", sectorCount, `at least ${SECTORS_MIN}, the partition below 2 GiB`);
  }
  if (!isWhole(eraseMsMax, 0, 0xffff_ffff)) refuse("eraseMsMax", eraseMsMax, "0..2^32-1 ms");
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function refuse(field: string, value: number, rule: string): never {
  throw new RangeError(`flash geometry: ${field} is ${value}; it must be ${rule}`);
}
