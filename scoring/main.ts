// Composition root of scoring: computes a year's score from store and ledger when asked, and keeps it for a while.
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import type { Ledger, Revision } from '../core/ledger.ts';
import type { Text } from '../core/text.ts';
import { type CarbonReport, carbonReport } from './carbon/report.ts';
import { type Account, accountFor } from './emissions.ts';
import { type Forecast, forecastYear } from './forecast.ts';
import { type Gap, gapsOf, type NextGrade, nextGrade } from './gap.ts';
import { gatherInputs, type Inputs, type Reader } from './inputs.ts';
import { Kept } from './kept.ts';
import { loadMeasures } from './measures.ts';
import { type LoadedPack, loadPack, standardsOf } from './pack.ts';
import { cheapestPlan, type Plan } from './plan.ts';
import { groundsOf, type Score, scoreSite } from './score.ts';

export type Scorer = {
  /** The standards that the site is judged by. */
  packs: { id: string; name: Text }[];
  /** With the ledger as it was known at a moment, where one is named. */
  score(pack: string, year: number, asOf?: number): Promise<Score>;
  /** The way to each threshold and to the next grade, and the cheapest set of the site's own measures. */
  way(pack: string, year: number): Promise<Way>;
  /** Where the year's emissions come from, by month, and against the year before. */
  carbon(year: number): Promise<CarbonReport>;
  /** Every standard of the site over a year: with the ledger as it is, and as it would be. */
  whatIf(year: number, ledger: readonly Revision[]): Promise<{ before: Score; after: Score }[]>;
  /** What was kept goes: something was entered. */
  forget(): void;
};

export type Way = {
  pack: string;
  year: number;
  gaps: Gap[];
  next: NextGrade | null;
  plan: Plan | null;
  /** Of the running year only. */
  forecast: Forecast | null;
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
  const packs = new Map<string, LoadedPack>(standardsOf(site).map((pack) => [pack.id, pack]));
  const scores = new Kept<Score>(clock, keptFor);
  const ways = new Kept<Way>(clock, keptFor);
  const carbons = new Kept<CarbonReport>(clock, keptFor);
  /** Several standards over one year stand on the same account: it is gathered once. A year of slots is large: one is kept. */
  const accounts = new Kept<{ inputs: Inputs; account: Account }>(clock, keptFor);
  let gathered = '';
  const accountOf = (year: number, asOf?: number) => {
    const name = `${year}/${asOf ?? ''}`;
    if (name !== gathered) accounts.forget();
    gathered = name;
    return accounts.of(name, async () => {
      const inputs = await gatherInputs(site, year, store, ledger, asOf);
      return { inputs, account: accountFor(inputs) };
    });
  };
  const compute = async (id: string, year: number, asOf?: number): Promise<Score> => {
    const pack = packs.get(id) ?? loadPack(id, site.folder);
    const { inputs, account } = await accountOf(year, asOf);
    return scoreSite(inputs, pack, account);
  };
  const findWay = async (id: string, year: number): Promise<Way> => {
    const pack = packs.get(id) ?? loadPack(id, site.folder);
    const { inputs, account } = await accountOf(year);
    const grounds = groundsOf(inputs, pack, account);
    const next = nextGrade(pack, grounds);
    const measures = loadMeasures(site.folder);
    const plan = next === null || measures.length === 0 ? null : cheapestPlan(pack, grounds, measures, next.level.zh);
    const before = (await gatherInputs(site, year - 1, store, ledger)).slots;
    const forecast = forecastYear(pack, inputs, before, clock.now());
    return { pack: id, year, gaps: gapsOf(pack, grounds), next, plan, forecast };
  };
  const computeCarbon = async (year: number): Promise<CarbonReport> => {
    const { inputs, account } = await accountOf(year);
    return carbonReport(inputs, account, await gatherInputs(site, year - 1, store, ledger), clock.now());
  };
  return {
    packs: [...packs.values()].map(({ id, name }) => ({ id, name })),
    way: (id, year) => ways.of(`${id}/${year}`, () => findWay(id, year)),
    carbon: (year) => carbons.of(String(year), () => computeCarbon(year)),
    async whatIf(year, next) {
      const { inputs } = await accountOf(year);
      const scored = (entries: Revision[]): Score[] => {
        const over = { ...inputs, ledger: entries };
        const account = accountFor(over);
        return [...packs.values()].map((pack) => scoreSite(over, pack, account));
      };
      const after = scored([...next]);
      return scored(ledger.current()).map((before, index) => ({ before, after: after[index] as Score }));
    },
    forget() {
      for (const one of [scores, ways, accounts, carbons]) one.forget();
    },
    score: (id, year, asOf) => scores.of(`${id}/${year}/${asOf ?? ''}`, () => compute(id, year, asOf)),
  };
}
