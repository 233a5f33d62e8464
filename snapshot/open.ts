// Owns opening a bundle: is every byte what was signed? Says all that is wrong, and reads nothing that it did not check.
import { z } from 'zod';
import { canonicalJson, sha256 } from '../core/canonical.ts';
import type { Text } from '../core/text.ts';
import { formatVersion, type Signature, type Snapshot, signatureSchema, snapshotSchema } from './form.ts';
import { fingerprintOf, isSignedBy } from './key.ts';
import { readZip, refuseBundle } from './zip.ts';

export type Opened = {
  snapshot: Snapshot;
  /** Of snapshot.json: its name in the chain. */
  hash: string;
  signature: Signature;
  files: ReadonlyMap<string, Uint8Array>;
  problems: Text[];
};

export const openBundle = (bytes: Uint8Array): Opened =>
  checkFiles(new Map(readZip(bytes).map((entry) => [entry.name, entry.bytes])));

export function checkFiles(files: ReadonlyMap<string, Uint8Array>): Opened {
  const signature = readJson(files, 'signature.json', signatureSchema);
  const snapshot = readJson(files, 'snapshot.json', snapshotSchema);
  const { signature: mark, ...said } = signature;
  const problems: Text[] = [];
  if (
    fingerprintOf(signature.publicKey) !== signature.fingerprint ||
    !isSignedBy(signature.publicKey, canonicalJson(said), mark)
  )
    problems.push({ zh: 'signature.json：签名不符', en: 'signature.json: the signature does not fit' });
  const listed = { ...snapshot.files, ...signature.files };
  for (const [name, expected] of Object.entries(listed)) {
    const found = files.get(name);
    if (found === undefined) problems.push({ zh: `缺少 ${name}`, en: `${name} is missing` });
    else if (sha256(found) !== expected)
      problems.push({ zh: `${name} 与签名时不同`, en: `${name} is not what was signed` });
  }
  for (const name of files.keys())
    if (!Object.hasOwn(listed, name) && name !== 'signature.json')
      problems.push({ zh: `${name} 不属于该快照`, en: `${name} does not belong to the snapshot` });
  if (!Object.hasOwn(signature.files, 'snapshot.json'))
    problems.push({ zh: 'snapshot.json 未被签名', en: 'snapshot.json is not signed' });
  return { snapshot, hash: sha256(files.get('snapshot.json') as Uint8Array), signature, files, problems };
}

/** For those who only read: what fails its checks is not shown as if it were sound. */
export function openSound(bytes: Uint8Array): Opened {
  const opened = openBundle(bytes);
  const { problems } = opened;
  if (problems.length > 0)
    refuseBundle(problems.map(({ zh }) => zh).join('；'), problems.map(({ en }) => en).join('; '));
  return opened;
}

export const textOf = (files: ReadonlyMap<string, Uint8Array>, name: string): string =>
  Buffer.from(files.get(name) ?? []).toString('utf8');

function readJson<T>(files: ReadonlyMap<string, Uint8Array>, name: string, schema: z.ZodType<T>): T {
  const text = textOf(files, name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuseBundle(`${name} 缺失或无法读取`, `${name} is missing or cannot be read`);
  }
  const version = z.looseObject({ version: z.int() }).safeParse(value).data?.version ?? formatVersion;
  if (version > formatVersion)
    refuseBundle(
      `该快照的格式版本为 ${version}，本程序只认得 ${formatVersion}：请升级后再核验`,
      `the snapshot has format version ${version}, this program knows ${formatVersion}: verify it with a newer one`,
    );
  const parsed = schema.safeParse(value);
  if (!parsed.success || canonicalJson(value) !== text)
    return refuseBundle(`${name} 不是规范形式`, `${name} does not have the canonical form`);
  return parsed.data;
}
