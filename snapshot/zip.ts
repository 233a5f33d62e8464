// Owns the one archive of a bundle: deflated entries without clock or machine in them, read back only as they were written.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { exitCodes, Fault } from '../core/fault.ts';

export type Entry = { name: string; bytes: Uint8Array };

/** Enough for a thousand meters' year; more than that is not a snapshot. */
const mostBytes = 2 ** 30;
const mostEntries = 10_000;
const fixed = { version: 20, flags: 0x0800, method: 8, time: 0, date: 0x0021 } as const; // UTF-8 names, 1980-01-01
const centralSize = 46;
const endSize = 22;
const sealLabel = 'sha256:';
const sealSize = sealLabel.length + 64;
const namePattern = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

export function refuseBundle(zh: string, en: string): never {
  throw new Fault('bundle_refused', { zh, en }, { exitCode: exitCodes.data });
}

const damaged = (name: string): never => refuseBundle(`${name} 已损坏或被改动`, `${name} is damaged or was altered`);

type Place = { name: string; crc: number; packed: number; size: number; offset: number };

/** What the headers of an entry say; both are made from the same facts, so that a reader can compare every byte. */
function headers({ name, crc, packed, size, offset }: Place): { local: Buffer; central: Buffer } {
  const text = Buffer.from(name);
  const same = Buffer.alloc(26);
  same.writeUInt16LE(fixed.version, 0);
  same.writeUInt16LE(fixed.flags, 2);
  same.writeUInt16LE(fixed.method, 4);
  same.writeUInt16LE(fixed.time, 6);
  same.writeUInt16LE(fixed.date, 8);
  same.writeUInt32LE(crc, 10);
  same.writeUInt32LE(packed, 14);
  same.writeUInt32LE(size, 18);
  same.writeUInt16LE(text.length, 22);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04'), same, text]),
    central: Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([fixed.version, 0]), same, rest, text]),
  };
}

/** The end record, with a digest of everything before it as the archive's comment. */
function endOf(before: readonly Uint8Array[], entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(endSize);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(sealSize, 20);
  const hash = createHash('sha256');
  for (const part of before) hash.update(part);
  return Buffer.concat([end, Buffer.from(sealLabel + hash.digest('hex'))]);
}

/** Matches of three digits, which tables of numbers are full of, cost more than the digits themselves: they are passed over. */
const packing = { level: 6, strategy: constants.Z_FILTERED };

export const writeZip = (entries: readonly Entry[]): Buffer =>
  joinZip(
    entries,
    entries.map(({ bytes }) => deflateRawSync(bytes, packing)),
  );

/** The same bytes, made by all the processors there are. */
export async function packZip(entries: readonly Entry[]): Promise<Buffer> {
  const deflate = promisify<Uint8Array, typeof packing, Buffer>(deflateRaw);
  return joinZip(entries, await Promise.all(entries.map(({ bytes }) => deflate(bytes, packing))));
}

function joinZip(entries: readonly Entry[], contents: readonly Buffer[]): Buffer {
  const parts: Uint8Array[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [index, { name, bytes }] of entries.entries()) {
    if (!namePattern.test(name)) throw new TypeError(`${name} is no name for an entry`);
    const packed = contents[index] as Buffer;
    const { local, central } = headers({ name, crc: crc32(bytes), packed: packed.length, size: bytes.length, offset });
    parts.push(local, packed);
    centrals.push(central);
    offset += local.length + packed.length;
  }
  const size = centrals.reduce((sum, { length }) => sum + length, 0);
  parts.push(...centrals);
  return Buffer.concat([...parts, endOf(parts, entries.length, size, offset)]);
}

/** Refuses whatever the writer would not have written, and names the entry where it can. */
export function readZip(file: Uint8Array): Entry[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const at = bytes.length - endSize - sealSize;
  if (at < 0 || bytes.toString('latin1', at, at + 4) !== 'PK\x05\x06')
    refuseBundle(
      '不是快照文件，或已被截断，或经其他程序重新打包',
      'not a snapshot, or cut off, or packed anew by another program',
    );
  const count = bytes.readUInt16LE(at + 10);
  const start = bytes.readUInt32LE(at + 16);
  if (count > mostEntries || start > at) damaged('zip');
  const entries: Entry[] = [];
  let position = start;
  let offset = 0;
  let total = 0;
  for (let index = 0; index < count; index++) {
    if (position + centralSize > at) damaged(`zip #${index}`);
    const nameEnd = position + centralSize + bytes.readUInt16LE(position + 28);
    const name = bytes.toString('utf8', position + centralSize, Math.min(nameEnd, at));
    if (!namePattern.test(name)) refuseBundle(`条目 ${index} 的名称不可接受`, `the name of entry ${index} is refused`);
    const [crc, packed, size] = [16, 20, 24].map((field) => bytes.readUInt32LE(position + field)) as [
      number,
      number,
      number,
    ];
    total += size;
    if (total > mostBytes) refuseBundle(`${name} 过大`, `${name} is too large`);
    const expected = headers({ name, crc, packed, size, offset });
    if (!bytes.subarray(position, nameEnd).equals(expected.central)) damaged(name);
    const data = offset + expected.local.length;
    if (data + packed > start || !bytes.subarray(offset, data).equals(expected.local)) damaged(name);
    entries.push({ name, bytes: inflate(name, bytes.subarray(data, data + packed), size, crc) });
    position = nameEnd;
    offset = data + packed;
  }
  if (offset !== start || position !== at) damaged('zip');
  if (!bytes.subarray(at).equals(endOf([bytes.subarray(0, at)], count, position - start, start))) damaged('zip');
  if (new Set(entries.map(({ name }) => name)).size !== count) damaged('zip');
  return entries;
}

/** Never more than the entry says that it is. */
function inflate(name: string, packed: Uint8Array, size: number, crc: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    return damaged(name); // whatever zlib says of it, the entry is not what was written
  }
  return bytes.length === size && crc32(bytes) === crc ? bytes : damaged(name);
}
