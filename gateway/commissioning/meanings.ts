// Owns what a number from a meter can be: voltage, frequency, power factor, a counter; and how seldom chance would look so. Pure.
import type { Text } from '../../core/text.ts';
import { type RegisterType, registerTypes, type WordOrder } from '../modbus/registers.ts';

export type Meaning = 'voltage' | 'frequency' | 'power_factor' | 'counter' | 'quantity';

export type Decoded = {
  type: RegisterType;
  order: WordOrder;
  scale: number;
  /** One for each reading. */
  raw: readonly number[];
  values: readonly number[];
  words: readonly (readonly number[])[];
};

export type Weighed = { meaning: Meaning; bits: number; reasons: Text[] };

type Window = { meaning: Meaning; low: number; high: number; reason: Text };

/** Narrow windows first: a value deep in one is worth more. GB/T 12325 allows −10 % … +7 % of 220 V, ±7 % of 380 V; GB/T 15945 ±0.2 Hz. */
const windows: readonly Window[] = [
  around('frequency', 50, 0.1, '电网 50 Hz', '50 Hz mains'),
  around('frequency', 50, 0.5, '接近 50 Hz', 'close to 50 Hz'),
  ...[220, 230].map((volts) => around('voltage', volts, 8, `接近 ${volts} V`, `close to ${volts} V`)),
  ...[380, 400].map((volts) =>
    around('voltage', volts, 12, `接近线电压 ${volts} V`, `close to ${volts} V between lines`),
  ),
  ...[220, 380].map((volts) =>
    around('voltage', volts, volts * 0.1, `${volts} V ±10 % 以内`, `within 10 % of ${volts} V`),
  ),
  { meaning: 'power_factor', low: 0.8, high: 1, reason: { zh: '0.8…1', en: '0.8…1' } },
];

function around(meaning: Meaning, nominal: number, spread: number, zh: string, en: string): Window {
  return { meaning, low: nominal - spread, high: nominal + spread, reason: { zh, en } };
}

/** A float that a meter may mean; beyond it words of another type look like floats. */
const [leastFloat, mostFloat] = [1e-3, 1e9];
/** No meter counts beyond it in any unit that it counts in. */
const mostCounted = 1e12;

export function meaningsOf(decoded: Decoded): Weighed[] {
  const weighed = [counterOf(decoded), ...wherePlausible(decoded), quantityOf(decoded)];
  return weighed.filter((one) => one !== undefined);
}

function wherePlausible(decoded: Decoded): Weighed[] {
  const { values } = decoded;
  const found: Weighed[] = [];
  for (const window of windows) {
    if (found.some(({ meaning }) => meaning === window.meaning)) continue;
    if (!values.every((value) => value >= window.low && value <= window.high)) continue;
    if (window.meaning === 'power_factor' && !canBePowerFactor(decoded)) continue;
    const bits = bitsOfWindow(decoded, window);
    const moves = values.some((value) => value !== values[0]);
    found.push({
      meaning: window.meaning,
      bits: bits + (moves ? 2 : 0),
      reasons: [window.reason, ...(moves ? [{ zh: '略有波动', en: 'moves a little' }] : [])],
    });
  }
  return found;
}

/** One register of two digits and more, or a float: 1 is everywhere, and 32 bits for a share of one are nobody's idea. */
const canBePowerFactor = ({ type, raw }: Decoded): boolean =>
  type === 'float32' || ((type === 'uint16' || type === 'int16') && raw.every((value) => value >= 80));

const isFloat = ({ type }: Decoded): boolean => type === 'float32' || type === 'float64';
const isBcd = ({ type }: Decoded): boolean => type.startsWith('bcd');

/** How seldom random words would fall into the window, in bits. */
function bitsOfWindow(decoded: Decoded, { low, high }: Window): number {
  const { type, scale } = decoded;
  // Of all floats, those between two values are as many as the octaves between them: 254 octaves and a sign.
  if (isFloat(decoded)) return Math.log2((2 * (type === 'float32' ? 254 : 2_046)) / Math.log2(high / low));
  const steps = Math.max(1, (high - low) / scale);
  const wideBits = registerTypes[type] === 1 ? 0 : isReversed(decoded.order) ? 0.2 : 2.5;
  const patterns = isBcd(decoded) ? 10_000 : 65_536;
  return Math.log2(patterns / steps) + wideBits;
}

/** Never falls, rises at least once, and by little: what a counter does while load flows. */
function counterOf(decoded: Decoded): Weighed | undefined {
  const { raw, values, words, type, order, scale } = decoded;
  const [first = 0] = raw;
  const last = raw.at(-1) ?? first;
  const rises = raw.filter((value, index) => index > 0 && value > (raw[index - 1] as number)).length;
  if (scale !== 1 || rises === 0 || first < 0 || last > mostCounted) return undefined;
  if (raw.some((value, index) => index > 0 && value < (raw[index - 1] as number))) return undefined;
  if (isFloat(decoded) && first < leastFloat) return undefined;
  const growth = last - first;
  if (growth > Math.max(1_000, first * 0.01) || values.length < 3) return undefined;
  // Counting moves the last word; a word order by which only the first one moves is the wrong one.
  if (!isFloat(decoded) && !lastWordMoves(words, order)) return undefined;
  const relative = growth / Math.max(first, 1);
  const small = Math.min(16, -Math.log2(Math.max(relative, 2 ** -16)));
  const leadingZero = Math.min(1, leadingZeroWords(words, order)) / 2;
  // The words of a float are a huge integer that rises, too.
  const huge = isFloat(decoded) ? 0 : Math.max(0, 2 * Math.log2(first / 1e8));
  return {
    meaning: 'counter',
    bits: 2 * rises + small / 2 - huge + (registerTypes[type] === 1 ? -3 : leadingZero),
    reasons: [
      {
        zh: `${values.length} 次只增不减，共 +${plain(growth)}`,
        en: `only rises: +${plain(growth)} in ${values.length} readings`,
      },
    ],
  };
}

const plain = (value: number): string => String(Number(value.toPrecision(6)));

const isReversed = (order: WordOrder): boolean => order === 'CDAB' || order === 'DCBA';

function lastWordMoves(words: readonly (readonly number[])[], order: WordOrder): boolean {
  const least = (one: readonly number[]) => (isReversed(order) ? one[0] : one.at(-1));
  return words.some((one) => least(one) !== least(words[0] ?? []));
}

function leadingZeroWords(words: readonly (readonly number[])[], order: WordOrder): number {
  const [first = []] = words;
  const ordered = isReversed(order) ? [...first].reverse() : first;
  const nonZero = ordered.findIndex((word) => word !== 0);
  return nonZero < 0 ? ordered.length : nonZero;
}

/** A number of which nothing can be said but that it is one a person could mean. */
function quantityOf(decoded: Decoded): Weighed | undefined {
  const { values, scale } = decoded;
  const sizes = values.map((value) => Math.abs(value));
  if (isFloat(decoded)) {
    if (scale !== 1 || !sizes.every((size) => size >= leastFloat && size <= mostFloat)) return undefined;
    return {
      meaning: 'quantity',
      bits: bitsOfWindow(decoded, {
        meaning: 'quantity',
        low: leastFloat,
        high: mostFloat,
        reason: { zh: '', en: '' },
      }),
      reasons: [{ zh: '大小合理', en: 'of reasonable size' }],
    };
  }
  if (scale !== 1 || isBcd(decoded) || !sizes.every((size) => size <= 1e6)) return undefined;
  return {
    meaning: 'quantity',
    bits: registerTypes[decoded.type] === 1 ? 0.5 : 1 + leadingZeroWords(decoded.words, decoded.order),
    reasons: [{ zh: '小整数，倍率未知', en: 'small; scale unknown' }],
  };
}
