// Owns the verification of a bundle: signature, hashes, and every figure computed again, equal or different and why.
import { canonicalJson, sha256 } from '../core/canonical.ts';
import { messageOf } from '../core/fault.ts';
import type { Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import type { Score } from '../scoring/score.ts';
import { entriesIn, factorsIn, periodRecord, rootsOf, type Software, seriesRecords } from './compose.ts';
import { type Opened, openBundle } from './open.ts';
import { type Basis, basisOf, scoresOf } from './recompute.ts';
import { verdictOf } from './report/indicators.ts';
import { reportsOf } from './report/pages.ts';

export type FigureCheck = {
  pack: string;
  id: string;
  clause: string | null;
  name: Text;
  unit: string;
  /** What stands in words where there is no number by design: a verdict. */
  said: Text | null;
  sealed: number | null;
  recomputed: number | null;
  equal: boolean;
  why: Text | null;
};

export type Verification = {
  ok: boolean;
  site: string;
  year: number;
  state: 'sealed' | 'draft';
  hash: string;
  previous: string | null;
  fingerprint: string;
  at: string;
  files: number;
  /** What is wrong beside the figures. */
  problems: Text[];
  figures: FigureCheck[];
};

/** `trusted`: the fingerprint that the plant made known by another way. `program`: the one that verifies. */
export function verifyBundle(bytes: Uint8Array, trusted?: string, program?: Software): Verification {
  const opened = openBundle(bytes);
  const { snapshot, hash, signature, files } = opened;
  const problems = [...opened.problems];
  if (trusted !== undefined && trusted.toLowerCase() !== signature.fingerprint)
    problems.push({
      zh: `签名密钥是 ${signature.fingerprint}，不是 ${trusted}`,
      en: `it is signed by the key ${signature.fingerprint}, not by ${trusted}`,
    });
  const figures: FigureCheck[] = [];
  try {
    const basis = basisOf(opened);
    const scores = scoresOf(basis);
    for (const [index, sealed] of snapshot.scores.entries())
      figures.push(...compareScores(sealed, scores[index], index === 0));
    problems.push(...recordsThatDiffer(opened, basis, scores));
  } catch (error) {
    problems.push({
      zh: `无法重算：${messageOf(error, 'zh')}`,
      en: `it cannot be computed again: ${messageOf(error, 'en')}`,
    });
  }
  problems.push(...reportsThatDiffer(opened, program));
  return {
    ok: problems.length === 0 && figures.every(({ equal }) => equal),
    site: snapshot.plant.site,
    year: snapshot.period.year,
    state: snapshot.state,
    hash,
    previous: snapshot.previous,
    fingerprint: signature.fingerprint,
    at: signature.at,
    files: files.size,
    problems,
    figures,
  };
}

/** What the snapshot says beside its figures follows from the same files, or it is not sound either. */
function recordsThatDiffer({ snapshot, files }: Opened, { inputs }: Basis, scores: readonly Score[]): Text[] {
  const { series, factors, ledger, period, plant, evidence } = snapshot;
  const documents = inputs.ledger.flatMap(({ entry }) => (entry.kind === 'document' ? [entry] : []));
  const enclosed = evidence.map(({ document, title, sha256: declared, file }) => ({
    document,
    title,
    sha256: file === null ? declared : sha256(files.get(file) ?? new Uint8Array()),
  }));
  const checks: [told: unknown, found: unknown, zh: string, en: string][] = [
    [
      series,
      seriesRecords(inputs),
      '各表覆盖率记录与时段数据不符',
      'the records of coverage do not follow from the slots',
    ],
    [
      factors,
      factorsIn(scores),
      '因子记录与所用因子不符',
      'the records of factors are not those that the figures stand on',
    ],
    [
      ledger.used,
      entriesIn(scores),
      '“所用条目”与依据的台账条目不符',
      'the entries used are not those that the figures stand on',
    ],
    [
      period,
      periodRecord(period.year, plant.timezone),
      '核算期不是该自然年',
      'the period is not the year that it is called',
    ],
    [
      enclosed,
      documents.map(({ id, title, sha256: declared }) => ({ document: id, title, sha256: declared })),
      '佐证材料与台账登记的校验值不符',
      'the evidence is not what the ledger entered',
    ],
  ];
  return checks.flatMap(([told, found, zh, en]) => (canonicalJson(told) === canonicalJson(found) ? [] : [{ zh, en }]));
}

/** The pages are written from the snapshot alone: the same program writes the same ones. Another may write them otherwise. */
function reportsThatDiffer({ snapshot, hash, signature, files }: Opened, program: Software | undefined): Text[] {
  if (program === undefined || canonicalJson(program) !== canonicalJson(snapshot.software)) return [];
  return reportsOf(snapshot, hash, signature.fingerprint)
    .filter(({ name, bytes }) => !Buffer.from(files.get(name) ?? []).equals(bytes))
    .map(({ name }) => ({ zh: `${name} 与快照所载不符`, en: `${name} does not say what the snapshot says` }));
}

/** The account is the same under every standard: it is told once, and compared under each. */
function compareScores(sealed: Score, found: Score | undefined, withAccount: boolean): FigureCheck[] {
  const traces = new Map((found === undefined ? [] : rootsOf(found)).map((trace) => [trace.id, trace]));
  const told = withAccount ? rootsOf(sealed) : rootsOf({ ...sealed, account: {} });
  const figures = told.map((trace): FigureCheck => {
    const other = traces.get(trace.id);
    const equal = canonicalJson(trace) === canonicalJson(other ?? null);
    const { id, name, unit, value, clause = null } = trace;
    const why = equal ? null : differenceOf(trace, other);
    const facts = { pack: sealed.pack, id, clause, name, unit, said: null };
    return { ...facts, sealed: value, recomputed: other?.value ?? null, equal, why };
  });
  const same = found !== undefined && canonicalJson(sealed) === canonicalJson(found);
  const verdict: FigureCheck = {
    pack: sealed.pack,
    id: 'verdict',
    clause: null,
    name: sealed.total === null ? { zh: '结论', en: 'verdict' } : { zh: '得分', en: 'score' },
    unit: '',
    said: sealed.total === null ? verdictOf(sealed) : null,
    sealed: sealed.total?.score ?? null,
    recomputed: found?.total?.score ?? null,
    equal: same,
    why: same ? null : judgementsOf(sealed.verdict, found?.verdict),
  };
  return [...figures, verdict];
}

const judgementsOf = (sealed: string, found: string | undefined): Text =>
  sealed === found
    ? { zh: `结论相同（${sealed}），依据不同`, en: `${sealed} as sealed, on other grounds` }
    : { zh: `封存 ${sealed}，重算 ${found}`, en: `sealed ${sealed}, found ${found}` };

/** The figure farthest down that differs while all that it is made of does not. */
function differenceOf(sealed: Trace, found: Trace | undefined): Text {
  if (found === undefined) return { zh: '重算没有该数字', en: 'computing again does not give this figure' };
  for (const [index, part] of sealed.parts.entries())
    if (canonicalJson(part) !== canonicalJson(found.parts[index] ?? null))
      return differenceOf(part, found.parts[index]);
  const { id, value, formula } = sealed;
  if (value !== found.value)
    return { zh: `${id}：封存 ${value}，重算 ${found.value}`, en: `${id}: sealed ${value}, found ${found.value}` };
  if (formula !== found.formula) return { zh: `${id}：公式不同`, en: `${id}: the formula is another` };
  return { zh: `${id}：来源或说明不同`, en: `${id}: its source or its notes differ` };
}
