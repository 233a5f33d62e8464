// Owns who may connect to the embedded broker: one generated secret for each gateway and service, readable by the owner only.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const schema = z.record(z.string(), z.string().min(32));
export type Credentials = z.infer<typeof schema>;

export const credentialsFile = (dataFolder: string): string => join(dataFolder, 'broker-credentials.json');

/** Names that are new get a secret; nobody's secret changes. */
export function loadCredentials(dataFolder: string, names: readonly string[]): Credentials {
  const file = credentialsFile(dataFolder);
  const known: Credentials = existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const missing = names.filter((name) => !Object.hasOwn(known, name));
  if (missing.length === 0) return known;
  const all = { ...known, ...Object.fromEntries(missing.map((name) => [name, randomBytes(32).toString('base64url')])) };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600, flush: true });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  return all;
}
