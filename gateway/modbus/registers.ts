// Owns the register codec: 16-bit words to values and back, for every type and word order that meters use.

export const registerTypes = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
  /** Four decimal digits a register. */
  bcd16: 1,
  bcd32: 2,
  /** SunSpec scale factor: a power of ten. */
  sunssf: 1,
} as const;

export type RegisterType = keyof typeof registerTypes;

/** A is the most significant byte. CDAB swaps words, BADC swaps bytes, DCBA both. */
export const wordOrders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;
export type WordOrder = (typeof wordOrders)[number];

const buffer = new ArrayBuffer(8);
const view = new DataView(buffer);

const swapBytes = (word: number): number => ((word & 0xff) << 8) | (word >> 8);

function load(words: readonly number[], offset: number, length: number, order: WordOrder): void {
  const wordsReversed = order === 'CDAB' || order === 'DCBA';
  const bytesSwapped = order === 'BADC' || order === 'DCBA';
  for (let i = 0; i < length; i++) {
    const word = words[offset + (wordsReversed ? length - 1 - i : i)];
    if (word === undefined) throw new RangeError(`register ${offset + i} is outside the block`);
    view.setUint16(2 * i, bytesSwapped ? swapBytes(word) : word);
  }
}

/** 64-bit integers come back as numbers: above 2^53 the last digits are lost, far beyond any counter's resolution. */
export function decodeRegisters(
  words: readonly number[],
  offset: number,
  type: RegisterType,
  order: WordOrder,
): number {
  load(words, offset, registerTypes[type], order);
  switch (type) {
    case 'int16':
    case 'sunssf':
      return view.getInt16(0);
    case 'uint16':
      return view.getUint16(0);
    case 'int32':
      return view.getInt32(0);
    case 'uint32':
      return view.getUint32(0);
    case 'int64':
      return Number(view.getBigInt64(0));
    case 'uint64':
      return Number(view.getBigUint64(0));
    case 'float32':
      return view.getFloat32(0);
    case 'float64':
      return view.getFloat64(0);
    case 'bcd16':
    case 'bcd32':
      return decodeBcd(registerTypes[type] * 4);
  }
}

/** Digits above nine are no number. */
function decodeBcd(digits: number): number {
  let value = 0;
  for (let digit = 0; digit < digits; digit++) {
    const nibble = (view.getUint8(digit >> 1) >> (digit % 2 === 0 ? 4 : 0)) & 0xf;
    if (nibble > 9) return Number.NaN;
    value = value * 10 + nibble;
  }
  return value;
}

/** Text in registers: two characters each, ended by a zero. */
export function decodeText(words: readonly number[]): string {
  const bytes = words.flatMap((word) => [word >> 8, word & 0xff]);
  const end = bytes.indexOf(0);
  return new TextDecoder('latin1').decode(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end))).trim();
}

/** The words of a value, wrapped where the register is too small for it, as a real meter wraps. */
export function encodeRegisters(value: number, type: RegisterType, order: WordOrder): number[] {
  const length = registerTypes[type];
  switch (type) {
    case 'float32':
      view.setFloat32(0, value);
      break;
    case 'float64':
      view.setFloat64(0, value);
      break;
    case 'bcd16':
    case 'bcd32':
      view.setBigUint64(
        0,
        BigInt(`0x${String(Math.round(value) % 10 ** (4 * length)).padStart(4 * length, '0')}`) <<
          BigInt(64 - 16 * length),
      );
      break;
    default:
      view.setBigUint64(0, BigInt.asUintN(64, BigInt(Math.round(value))) << BigInt(64 - 16 * length));
  }
  const words = Array.from({ length }, (_, i) => view.getUint16(2 * i));
  const bytesSwapped = order === 'BADC' || order === 'DCBA';
  const ordered = bytesSwapped ? words.map(swapBytes) : words;
  return order === 'CDAB' || order === 'DCBA' ? ordered.reverse() : ordered;
}
