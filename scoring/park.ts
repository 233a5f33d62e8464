// Owns a park's count of its factories: how many of them a standard calls zero-carbon, from the scores that they hand in.
import { z } from 'zod';
import { exitCodes, Fault } from '../core/fault.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { LoadedPack } from './pack.ts';

const figure = z.object({
  value: z.number().nullable(),
  unit: z.string(),
  coverage: z.number().nullable(),
  quality: z.number(),
});

/** What a park reads in a factory's score, live (`tanbiao score --json`) or sealed in a snapshot; the rest is the factory's. */
export const factoryScoreSchema = z.object({
  site: z.string().min(1),
  pack: z.string().min(1),
  year: z.int(),
  verdict: z.enum(['met', 'not_met', 'not_assessable', 'none']),
  verdictName: z.object({ zh: z.string(), en: z.string() }).nullable(),
  account: z.record(z.string(), figure),
});
export type FactoryScore = z.infer<typeof factoryScoreSchema>;

/** `evidence`: the hash of the file that the score came in. */
export type HandedIn = { score: FactoryScore; evidence: string };

export type ParkCount = {
  enterprises: number;
  /** Factories by the best that any of their scores reached. */
  zero: string[];
  near: string[];
  notMet: string[];
  /** Nobody knows: they are no zero-carbon factories until somebody does. */
  open: string[];
};

const grades = ['zero', 'near', 'notMet', 'open'] as const;

/** The highest level of a standard is its zero; a lower one that is reached is near to it. */
function gradeOf({ verdict, verdictName, pack }: FactoryScore, packOf: (id: string) => LoadedPack) {
  if (verdict === 'not_met') return 'notMet';
  if (verdict !== 'met') return 'open';
  const rule = packOf(pack).verdict;
  const highest = 'levels' in rule ? rule.levels[0]?.name.zh : undefined;
  return highest === verdictName?.zh ? 'zero' : 'near';
}

/** `enterprises`: how many the park has in all, with those that hand in no score. */
export function countFactories(
  handedIn: readonly HandedIn[],
  year: number,
  enterprises: number,
  packOf: (id: string) => LoadedPack,
): ParkCount {
  const best = new Map<string, (typeof grades)[number]>();
  for (const { score } of handedIn) {
    if (score.year !== year)
      refuse(
        `${score.site} 的得分是 ${score.year} 年的，应为 ${year} 年`,
        `the score of ${score.site} is of ${score.year}, not of ${year}`,
      );
    const grade = gradeOf(score, packOf);
    const before = best.get(score.site) ?? grade;
    best.set(score.site, grades.indexOf(grade) < grades.indexOf(before) ? grade : before);
  }
  if (enterprises < best.size)
    refuse(
      `企业总数 ${enterprises} 少于提交得分的 ${best.size} 家`,
      `the park has ${enterprises} enterprises, but ${best.size} handed in a score`,
    );
  const named = (grade: (typeof grades)[number]) => [...best].flatMap(([site, own]) => (own === grade ? [site] : []));
  return { enterprises, zero: named('zero'), near: named('near'), notMet: named('notMet'), open: named('open') };
}

/** As facts of the park's own ledger, under the names that the standards of parks ask for. */
export function factsOf(count: ParkCount, year: number, handedIn: readonly HandedIn[]): LedgerEntry[] {
  const note = handedIn.map(({ score, evidence }) => `${score.site} ${score.pack} sha256:${evidence}`).sort();
  const fact = { kind: 'fact', year, unit: '家' } as const;
  return [
    { ...fact, id: `enterprises-${year}`, name: 'enterprises', value: count.enterprises },
    {
      ...fact,
      id: `zero-carbon-enterprises-${year}`,
      name: 'zero_carbon_enterprises',
      value: count.zero.length,
      note: note.join('; '),
    },
  ];
}

function refuse(zh: string, en: string): never {
  throw new Fault('park_refused', { zh, en }, { exitCode: exitCodes.data });
}
