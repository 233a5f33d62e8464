// Owns binary-coded decimals and addresses as Chinese meters send them: two digits a byte, the low byte first. Pure.

/** absent: every bit is set, the meter has no such value. broken: not a decimal number. */
export type Decimal = number | 'absent' | 'broken';

export function readDecimal(bytes: Uint8Array, offset: number, length: number, signed = false): Decimal {
  let value = 0;
  let isAbsent = true;
  let isBroken = false;
  let isNegative = false;
  for (let index = length - 1; index >= 0; index--) {
    let byte = bytes[offset + index];
    if (byte === undefined) return 'broken';
    if (byte !== 0xff) isAbsent = false;
    if (signed && index === length - 1 && byte >= 0x80) {
      isNegative = true;
      byte -= 0x80;
    }
    if (byte >> 4 > 9 || (byte & 0xf) > 9) isBroken = true;
    value = value * 100 + (byte >> 4) * 10 + (byte & 0xf);
  }
  if (isAbsent) return 'absent';
  if (isBroken) return 'broken';
  return isNegative && value !== 0 ? -value : value;
}

/** Printed with the highest digits first, sent with the lowest byte first. */
export const addressBytes = (printed: string): Buffer => Buffer.from(printed, 'hex').reverse();
export const printedAddress = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex').toUpperCase();

/** Sum of bytes, without what runs over. */
export function byteSum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let index = start; index < end; index++) sum += bytes[index] as number;
  return sum & 0xff;
}
