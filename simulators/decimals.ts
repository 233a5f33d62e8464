// Owns how simulated meters write decimals, addresses and sums of bytes: digit by digit, not with the gateway's codec.

/** Two digits a byte, the lowest first; wrapped where there are too few digits, as a real counter wraps. */
export function decimalBytes(steps: number, length: number, signed: boolean): Buffer {
  const bytes = Buffer.alloc(length);
  let left = Math.abs(Math.round(steps)) % 100 ** length;
  for (let index = 0; index < length; index++, left = Math.floor(left / 100))
    bytes[index] = (Math.floor((left % 100) / 10) << 4) | (left % 10);
  if (signed && steps < 0) bytes[length - 1] = (bytes[length - 1] as number) | 0x80;
  return bytes;
}

/** The bytes of hexadecimal digits as they are printed, the last two first. */
export const backwards = (digits: string): Buffer => {
  const bytes = Buffer.alloc(digits.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[bytes.length - 1 - index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  return bytes;
};

/** The frame with its sum and its last byte behind it. */
export function closed(frame: Buffer): Buffer {
  let sum = 0;
  for (const byte of frame) sum = (sum + byte) % 256;
  return Buffer.concat([frame, Buffer.from([sum, 0x16])]);
}

/** What a meter of this address and `AA` for any two digits is asked by. */
export const isMeant = (asked: Buffer, address: string): boolean =>
  backwards(address).every((byte, index) => asked[index] === 0xaa || asked[index] === byte);
