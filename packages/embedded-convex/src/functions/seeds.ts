/** Seeds of executions: four 32-bit numbers from the engine's randomness. */
export function randomSeed(random: (bytes: number) => Uint8Array): readonly number[] {
  const bytes = random(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [0, 4, 8, 12].map((offset) => view.getUint32(offset));
}
