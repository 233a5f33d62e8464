// Owns the list of a plant's snapshots: what each is, and whether a correction stands in its place.
import { statSync } from 'node:fs';
import { sha256 } from '../core/canonical.ts';
import type { Text } from '../core/text.ts';
import type { IndicatorResult } from '../scoring/score.ts';
import { openSound } from './open.ts';
import { verdictOf } from './report/indicators.ts';
import { draftsIn, fileOf, readSnapshot, sealedIn } from './shelf.ts';

export type Listed = {
  name: string;
  year: number;
  state: 'draft' | 'sealed' | 'superseded';
  /** Of what is signed. */
  hash: string;
  /** Of the file as a whole, as `sha256sum` tells it. */
  fileHash: string;
  previous: string | null;
  at: string;
  cause: string | null;
  verdicts: {
    pack: string;
    name: Text;
    verdict: Text;
    score: number | null;
    indicators: Pick<IndicatorResult, 'id' | 'value' | 'unit'>[];
  }[];
};

/** A sealed file never changes, and a draft is replaced whole: what was read once is known. */
const known = new Map<string, { stamp: string; said: Omit<Listed, 'state'> & { draft: boolean } }>();

function read(file: string, name: string) {
  const { mtimeMs, size, ino } = statSync(file);
  const stamp = `${mtimeMs} ${size} ${ino}`;
  const before = known.get(file);
  if (before?.stamp === stamp) return before.said;
  const bytes = readSnapshot(file);
  const { snapshot, hash, signature } = openSound(bytes);
  const said = {
    name,
    year: snapshot.period.year,
    draft: snapshot.state === 'draft',
    hash,
    fileHash: sha256(bytes),
    previous: snapshot.previous,
    at: signature.at,
    cause: snapshot.correction?.cause ?? null,
    verdicts: snapshot.scores.map((score) => ({
      pack: score.pack,
      name: score.packName,
      verdict: verdictOf(score),
      score: score.total?.score ?? null,
      indicators: score.indicators.map(({ id, value, unit }) => ({ id, value, unit })),
    })),
  };
  known.set(file, { stamp, said });
  return said;
}

/** The sealed ones in the order of their chain, then the drafts. */
export function listSnapshots(shelf: string): Listed[] {
  const sealed = sealedIn(shelf);
  const one = (name: string, superseded: boolean): Listed => {
    const { draft, ...said } = read(fileOf(shelf, name), name);
    return { ...said, state: superseded ? 'superseded' : draft ? 'draft' : 'sealed' };
  };
  return [
    ...sealed.map(({ name, year, number }) =>
      one(
        name,
        sealed.some((later) => later.year === year && later.number > number),
      ),
    ),
    ...draftsIn(shelf).map((name) => one(name, false)),
  ];
}
