/** Flash as far as the runner knows it: what was programmed, so that a vector need not repeat what is read back. */
export class ShadowFlash {
  #bytes = new Uint8Array(0);
  #sectorBytes = 0;

  /** What flashGeometry answered: erases are counted in its sectors. */
  geometry(answer: Uint8Array): void {
    this.#sectorBytes = new DataView(answer.buffer, answer.byteOffset).getUint32(4, true);
  }

  /** What a part holds at `address` if it did as it was told. */
  read(address: number, length: number): Uint8Array {
    this.#reach(address + length);
    return this.#bytes.slice(address, address + length);
  }

  program(address: number, data: Uint8Array): void {
    this.#reach(address + data.length);
    this.#bytes.set(data, address);
  }

  erase(sector: number): void {
    const [from, to] = [sector * this.#sectorBytes, (sector + 1) * this.#sectorBytes];
    this.#reach(to);
    this.#bytes.fill(0xff, from, to);
  }

  copy(): ShadowFlash {
    const copy = new ShadowFlash();
    copy.#bytes = this.#bytes.slice();
    copy.#sectorBytes = this.#sectorBytes;
    return copy;
  }

  #reach(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length)).fill(0xff);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
