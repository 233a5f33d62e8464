// Owns the shelf of a plant's snapshots: whole files only, sealed ones never written over and never taken away.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { exitCodes, Fault } from '../core/fault.ts';

export type Shelved = { file: string; name: string; number: number; year: number };

export const shelfOf = (dataFolder: string): string => join(dataFolder, 'snapshots');
const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
export const sealedName = (number: number, year: number): string => `${pad(number, 4)}-${year}`;
export const draftName = (year: number, month: number): string => `draft-${year}-${pad(month, 2)}`;
export const fileOf = (shelf: string, name: string): string => join(shelf, `${name}.tanbiao`);

/** The sealed ones, in the order of their chain. */
export function sealedIn(shelf: string): Shelved[] {
  return namesIn(shelf).flatMap((name) => {
    const [, number, year] = /^(\d{4})-(\d{4})$/.exec(name) ?? [];
    return number === undefined
      ? []
      : [{ file: fileOf(shelf, name), name, number: Number(number), year: Number(year) }];
  });
}

export const draftsIn = (shelf: string): string[] => namesIn(shelf).filter((name) => name.startsWith('draft-'));

const namesIn = (shelf: string): string[] =>
  existsSync(shelf)
    ? readdirSync(shelf)
        .filter((name) => name.endsWith('.tanbiao'))
        .map((name) => name.slice(0, -'.tanbiao'.length))
        .sort()
    : [];

/** Written beside its place and moved there whole. A sealed one takes its place only when nothing is there. */
export function putOnShelf(shelf: string, name: string, bytes: Uint8Array): string {
  mkdirSync(shelf, { recursive: true });
  const file = fileOf(shelf, name);
  const part = join(shelf, `.${name}.${process.pid}.part`);
  const handle = openSync(part, 'w', 0o644);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    if (name.startsWith('draft-')) renameSync(part, file);
    else {
      linkSync(part, file); // unlike a rename, it fails where another stands already
      chmodSync(file, 0o444);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Fault(
      'snapshot_taken',
      { zh: `${file} 已存在：封存的快照不会被覆盖`, en: `${file} exists: a sealed snapshot is never written over` },
      { cause, exitCode: exitCodes.data },
    );
  } finally {
    rmSync(part, { force: true });
  }
  const folder = openSync(shelf, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return file;
}

/** What a process left half written when it was killed. */
export function sweepShelf(shelf: string): void {
  if (!existsSync(shelf)) return;
  for (const name of readdirSync(shelf)) if (name.endsWith('.part')) rmSync(join(shelf, name));
}

/** By a file's path, its name on the shelf, its number in the chain, or its year: then the newest of that year. */
export function findSnapshot(shelf: string, asked: string): string {
  const sealed = sealedIn(shelf);
  const found =
    sealed.findLast(({ name, year, number }) => name === asked || String(year) === asked || `#${number}` === asked)
      ?.file ?? [asked, fileOf(shelf, asked)].find((file) => existsSync(file));
  if (found !== undefined) return found;
  const known = [...sealed.map(({ name }) => name), ...draftsIn(shelf)].join(', ');
  throw new Fault(
    'snapshot_unknown',
    {
      zh: `没有快照 “${asked}”；已有：${known === '' ? '无' : known}`,
      en: `there is no snapshot "${asked}"; there are: ${known === '' ? 'none' : known}`,
    },
    { exitCode: exitCodes.configuration },
  );
}

export const readSnapshot = (file: string): Buffer => readFileSync(file);
