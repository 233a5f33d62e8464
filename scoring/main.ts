// Composition root of scoring: computes a year's score from store and ledger when asked, and keeps it for a while.
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Ledger } from '../core/ledger.ts';
import { gatherInputs, type Reader } from './inputs.ts';
import { loadPack, type Pack } from './pack.ts';
import { type Score, scoreSite } from './score.ts';

export type Scorer = {
  /** With the ledger as it was known at a moment, where one is named. */
  score(pack: string, year: number, asOf?: number): Promise<Score>;
};

/** Slots of the running year change every minute; nobody reads a score more often. */
const keptFor = 60_000;

export function startScoring(options: {
  site: Site;
  store: Reader;
  ledger: Pick<Ledger, 'current'>;
  clock: Clock;
}): Scorer {
  const { site, store, ledger, clock } = options;
  const packs = new Map<string, Pack>(site.packs.map((id) => [id, loadPack(id)]));
  const known = new Map<string, { at: number; score: Promise<Score> }>();
  const compute = async (id: string, year: number, asOf?: number): Promise<Score> => {
    const pack = packs.get(id) ?? loadPack(id);
    return scoreSite(await gatherInputs(site, year, store, ledger, asOf), pack);
  };
  return {
    score(id, year, asOf) {
      const name = `${id}/${year}/${asOf ?? ''}`;
      const last = known.get(name);
      if (last !== undefined && clock.monotonic() - last.at < keptFor) return last.score;
      const score = compute(id, year, asOf);
      known.set(name, { at: clock.monotonic(), score });
      score.catch(() => known.delete(name)); // who asked has the failure; the next one asks anew
      return score;
    },
  };
}
