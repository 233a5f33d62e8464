// Owns guessing what registers hold: every decoding of every place, weighed by how unlikely it is that chance looks so. Pure.
import type { Text } from '../../core/text.ts';
import { decodeRegisters, type RegisterType, registerTypes, type WordOrder, wordOrders } from '../modbus/registers.ts';
import { type Meaning, meaningsOf, type Weighed } from './meanings.ts';

export type Guess = {
  /** Wire address of the first register. */
  address: number;
  type: RegisterType;
  order: WordOrder;
  scale: number;
  /** Scaled, one for each reading. */
  values: number[];
  meaning: Meaning;
  /** Bits of evidence: each halves the odds that it is chance. */
  bits: number;
  reasons: Text[];
};

const integers: readonly RegisterType[] = ['uint16', 'int16', 'uint32', 'int32', 'int64'];
const others: readonly RegisterType[] = ['float32', 'float64', 'bcd16', 'bcd32'];
const scales = [1, 0.1, 0.01, 0.001] as const;

/** Of one register only the bytes can be swapped; byte orders that no meter was ever seen with need more evidence. */
const ordersOf = (type: RegisterType): readonly WordOrder[] =>
  registerTypes[type] === 1 ? ['ABCD', 'BADC'] : wordOrders;
const orderCost: Record<WordOrder, number> = { ABCD: 0, CDAB: 0.5, BADC: 4, DCBA: 3 };
/** Types that meters use less often. */
const typeCost: Partial<Record<RegisterType, number>> = {
  bcd16: 4,
  bcd32: 4,
  float64: 1,
  int64: 3,
  int16: 0.2,
  int32: 0.2,
};
/** A scaled float is an oddity that some meters do have. */
const scaledFloatCost = 3;
/** Neighbours of the same make that mean the same: three phases in a row. */
const neighbourBits = 4;

/** `readings`: the same registers, read several times. Best first. */
export function guess(first: number, readings: readonly (readonly number[])[]): Guess[] {
  const count = readings[0]?.length ?? 0;
  const found: Guess[] = [];
  for (let offset = 0; offset < count; offset++) {
    for (const type of [...integers, ...others]) {
      const size = registerTypes[type];
      if (offset + size > count) continue;
      const words = readings.map((reading) => reading.slice(offset, offset + size));
      if (words.every((one) => one.every((word) => word === 0))) continue; // zero is zero in every decoding
      for (const order of ordersOf(type)) {
        const raw = words.map((one) => decodeRegisters(one, 0, type, order));
        if (raw.some((value) => !Number.isFinite(value)) || isSignTwin(type, raw)) continue;
        for (const scale of scales) {
          const values = raw.map((value) => scaled(value, scale));
          const cost =
            orderCost[order] + (typeCost[type] ?? 0) + (type.startsWith('float') && scale !== 1 ? scaledFloatCost : 0);
          for (const weighed of meaningsOf({ type, order, scale, raw, values, words }))
            found.push(guessOf(first + offset, type, order, scale, values, weighed, cost));
        }
      }
    }
  }
  return rank(found.map((one) => withNeighbours(one, found)));
}

/** What is never negative reads the same signed and unsigned: it is listed once, unsigned. */
const isSignTwin = (type: RegisterType, raw: readonly number[]): boolean =>
  (type === 'int16' || type === 'int32') && raw.every((value) => value >= 0);

const scaled = (value: number, scale: number): number => (scale === 1 ? value : value / Math.round(1 / scale));

const guessOf = (
  address: number,
  type: RegisterType,
  order: WordOrder,
  scale: number,
  values: number[],
  { meaning, bits, reasons }: Weighed,
  cost: number,
): Guess => ({ address, type, order, scale, values, meaning, bits: bits - cost, reasons });

function withNeighbours(one: Guess, all: readonly Guess[]): Guess {
  const size = registerTypes[one.type];
  if (one.meaning === 'quantity') return one;
  const alike = all.filter(
    (other) =>
      other.meaning === one.meaning &&
      other.type === one.type &&
      other.order === one.order &&
      other.scale === one.scale &&
      other.address !== one.address &&
      Math.abs(other.address - one.address) <= 2 * size &&
      (other.address - one.address) % size === 0,
  );
  // Next to it, not with a gap: registers of zero between them belong to somebody.
  if (!alike.some(({ address }) => Math.abs(address - one.address) === size)) return one;
  const places = alike.map(({ address }) => address).sort((a, b) => a - b);
  const list = [...new Set(places)].join(', ');
  return {
    ...one,
    bits: one.bits + neighbourBits * Math.min(2, new Set(places).size),
    reasons: [...one.reasons, { zh: `与 ${list} 相像`, en: `like ${list}` }],
  };
}

const rank = (guesses: readonly Guess[]): Guess[] =>
  [...guesses].sort((a, b) => b.bits - a.bits || a.address - b.address);

/** The best guesses that can all be true at once: no register is taken twice. */
export function withoutOverlaps(guesses: readonly Guess[]): Guess[] {
  const taken = new Set<number>();
  const chosen: Guess[] = [];
  for (const one of guesses) {
    const places = Array.from({ length: registerTypes[one.type] }, (_, index) => one.address + index);
    if (places.some((place) => taken.has(place))) continue;
    for (const place of places) taken.add(place);
    chosen.push(one);
  }
  return chosen;
}

export type Confidence = 'strong' | 'likely' | 'possible';

export const confidenceOf = ({ bits }: Pick<Guess, 'bits'>): Confidence =>
  bits >= 14 ? 'strong' : bits >= 8 ? 'likely' : 'possible';
