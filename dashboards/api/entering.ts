// Owns what entering something means: the checks that the command line makes, the ledger as it would be, and what that changes.
import { Calendar } from '../../core/calendar.ts';
import { parseYaml } from '../../core/config/yaml-file.ts';
import { Fault } from '../../core/fault.ts';
import { type LedgerEntry, ledgerEntrySchema, type Revision, yearsOf } from '../../core/ledger.ts';
import { brokenBy, sealedYears } from '../../core/ledger-check.ts';
import type { IndicatorResult, Score } from '../../scoring/score.ts';
import { type Actor, rankOf } from '../access/roles.ts';
import type { Effect, EntryProblem } from './answers/records.ts';
import type { ApiParts } from './parts.ts';

/** Others are written by what the system does: imports, corrections, seals. */
export const enteredKinds = [
  'certificate',
  'retirement',
  'contract',
  'credit',
  'measure',
  'booking',
  'production',
  'fact',
  'emission',
  'attestation',
  'exemption',
  'activity',
  'base_year',
  'closing',
  'document',
  'factor',
] as const satisfies readonly LedgerEntry['kind'][];

/** They decide which factors count in a year. */
const managersOnly: readonly string[] = ['factor', 'closing'];

export const isManager = ({ role }: Pick<Actor, 'role'>): boolean => rankOf(role) >= rankOf('manager');

/** `revises`: the newest revision that its author saw; null for what is new. */
export type Proposal = { entry: unknown; revises: number | null; reason: string };

export type Checked = { entry: LedgerEntry | undefined; problems: EntryProblem[] };

export function checkProposal({ ledger }: ApiParts, { entry: given, revises, reason }: Proposal): Checked {
  // The same way as the command line goes, so that the same mistake has the same words.
  const { value: entry, problems } = parseYaml(JSON.stringify(given), 'entry', ledgerEntrySchema);
  const found: EntryProblem[] = problems.map(({ path, text }) => ({ path, text }));
  if (entry === undefined) return { entry, problems: found };
  const tell = (path: string, zh: string, en: string) => found.push({ path, text: { zh, en } });
  if (!(enteredKinds as readonly string[]).includes(entry.kind))
    tell('kind', '这类条目由系统自动写入', 'entries of this kind are written by the system itself');
  const known = ledger.history().findLast((one) => one.entry.id === entry.id);
  const standing = known !== undefined && known.entry.withdrawn !== true;
  if (known !== undefined && revises === null)
    tell(
      'id',
      `编号已被 #${known.number} 使用：请换一个编号，或打开该条目修订`,
      `#${known.number} has this id: choose another one, or open that entry and revise it`,
    );
  else if (revises !== null && known?.number !== revises)
    tell(
      'id',
      `此条目已有更新的修订 #${known?.number ?? '—'}：请重新打开后再改`,
      `the entry has a newer revision, #${known?.number ?? '—'}: open it again`,
    );
  if (known !== undefined && known.entry.kind !== entry.kind)
    tell('kind', '修订不能改变条目的类别', 'a revision cannot change the kind');
  if (entry.withdrawn === true && !standing) tell('withdrawn', '没有可撤销的条目', 'there is nothing to withdraw');
  if (revises !== null && reason.trim() === '') tell('reason', '请写明修订理由', 'say why it is revised');
  const current = ledger.current().map((revision) => revision.entry);
  for (const { id, text } of brokenBy(current, [entry]))
    tell('', id === entry.id ? text.zh : `${id}：${text.zh}`, id === entry.id ? text.en : `${id}: ${text.en}`);
  return { entry, problems: found };
}

export function append(parts: ApiParts, actor: Actor, proposal: Proposal): Revision | null {
  const { entry, problems } = checkProposal(parts, proposal);
  if (entry === undefined || problems.length > 0) throw refusal(problems);
  return write(parts, actor, [entry], proposal.reason)[0] ?? null;
}

export function write(
  { ledger, scorer, clock }: ApiParts,
  actor: Actor,
  entries: readonly LedgerEntry[],
  reason: string,
): Revision[] {
  if (!isManager(actor) && entries.some(({ kind }) => managersOnly.includes(kind)))
    throw new Fault('role_missing', {
      zh: '因子与关账由能源管理负责人登记',
      en: 'factors and closings are entered by a manager',
    });
  const at = clock.now();
  const why = reason.trim() === '' ? '登记 entered' : reason.trim();
  const revisions = entries.flatMap((entry) => ledger.append(entry, actor.name, why, at) ?? []);
  scorer.forget();
  return revisions;
}

export function refusal(problems: readonly EntryProblem[]): Fault {
  const say = (language: 'zh' | 'en') =>
    problems.map(({ path, text }) => (path === '' ? text[language] : `${path}: ${text[language]}`)).join('; ');
  return new Fault('entry_refused', { zh: `未写入：${say('zh')}`, en: `nothing was written: ${say('en')}` });
}

/** The newest years count most to who enters something, and each is computed twice. */
const mostYears = 3;

/** What an entry that passes its checks would change: every standard of the site, in the years that it speaks of. */
export async function effectsOf(
  { site, ledger, scorer, clock }: ApiParts,
  entry: LedgerEntry,
): Promise<{ effects: Effect[]; years: number[] }> {
  const thisYear = new Calendar(site.timezone).yearOf(clock.now());
  const current = ledger.current();
  const before = current.find((one) => one.entry.id === entry.id);
  const years = new Set(
    [entry, ...(before === undefined ? [] : [before.entry])].flatMap((one) => spoken(one, thisYear)),
  );
  const judged = [...years]
    .filter((year) => year <= thisYear)
    .sort((a, b) => b - a)
    .slice(0, mostYears);
  const sealed = sealedYears(current.map((one) => one.entry));
  const would: Revision = {
    number: (ledger.history().at(-1)?.number ?? 0) + 1,
    at: clock.now(),
    author: '',
    reason: '',
    entry,
    previous: '',
    hash: '',
  };
  const next = [...current.filter((one) => one !== before), ...(entry.withdrawn === true ? [] : [would])];
  const effects: Effect[] = [];
  for (const year of judged)
    for (const { before: was, after } of await scorer.whatIf(year, next))
      effects.push(effectOf(was, after, sealed.includes(year)));
  return { effects, years: judged };
}

/** What is said of a base year decides figures of later ones; a factor holds until another one does. */
function spoken(entry: LedgerEntry, thisYear: number): number[] {
  if (entry.kind === 'document') return [];
  if (entry.kind === 'factor') {
    const last = Math.min(entry.to ?? thisYear, thisYear);
    return Array.from({ length: Math.max(0, last - entry.from + 1) }, (_, index) => entry.from + index);
  }
  const later = entry.kind === 'fact' || entry.kind === 'base_year' ? [thisYear - 1, thisYear] : [];
  return [...yearsOf(entry), ...later];
}

const told = ({ value, met, score }: IndicatorResult) => ({ value, met, score });

function effectOf(before: Score, after: Score, sealed: boolean): Effect {
  const indicators = before.indicators.flatMap((was) => {
    const is = after.indicators.find(({ id }) => id === was.id);
    if (is === undefined || JSON.stringify(told(was)) === JSON.stringify(told(is))) return [];
    return [{ id: was.id, name: was.name, unit: was.unit, before: told(was), after: told(is) }];
  });
  const prerequisites = before.prerequisites.flatMap(({ id, clause, name, met }) => {
    const is = after.prerequisites.find((one) => one.id === id)?.met ?? null;
    return is === met ? [] : [{ id, clause, name, before: met, after: is }];
  });
  return {
    pack: before.pack,
    packName: before.packName,
    year: before.year,
    sealed,
    verdict: { before: before.verdict, after: after.verdict },
    level: { before: before.verdictName, after: after.verdictName },
    total:
      before.total === null || after.total === null ? null : { before: before.total.score, after: after.total.score },
    emissions: { before: before.emissions.total_tCO2e, after: after.emissions.total_tCO2e },
    indicators,
    prerequisites,
  };
}
