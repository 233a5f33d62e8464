// Owns repeatable chance: the same seed and place give the same number, in whatever order they are asked for.

/** A whole number from 0 to 2^32 - 1 for a name (FNV-1a). */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** From 0 up to 1, evenly spread (the finaliser of MurmurHash3 over seed and place). */
export function chance(seed: number, place: number): number {
  let mixed = Math.imul(seed ^ (place + 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0xc2b2ae35) ^ Math.imul(place, 0x27d4eb2f);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** A smooth curve through chance: from -1 to 1, turning about once in `width` places. */
export function drift(seed: number, place: number, width: number): number {
  const cell = Math.floor(place / width);
  const within = place / width - cell;
  const ease = within * within * (3 - 2 * within);
  return 2 * (chance(seed, cell) * (1 - ease) + chance(seed, cell + 1) * ease) - 1;
}
