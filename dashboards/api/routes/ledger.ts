// Owns the routes of the ledger: what is entered, what each entry was before, and entering with its effects told first.
import { z } from 'zod';
import { canonicalJson } from '../../../core/canonical.ts';
import { parseYaml } from '../../../core/config/yaml-file.ts';
import { Fault } from '../../../core/fault.ts';
import {
  type EntryOf,
  type LedgerEntry,
  ledgerEntrySchema,
  ledgerFileSchema,
  ledgerKinds,
  type Revision,
  yearsOf,
} from '../../../core/ledger.ts';
import { brokenBy, checkLedger, ofKind } from '../../../core/ledger-check.ts';
import { ledgerFromCsv, ledgerToCsv } from '../../../core/ledger-csv.ts';
import { idPattern } from '../../../core/sample.ts';
import type { Text } from '../../../core/text.ts';
import { standardsOf } from '../../../scoring/pack.ts';
import { entryCheck, entryHistory, formsAnswer, importAnswer, ledgerList, revisionAnswer } from '../answers/ledger.ts';
import type { EntryCheck, EntryHistory, Holding, ImportAnswer, LedgerList, LedgerRow } from '../answers/records.ts';
import { append, checkProposal, effectsOf, enteredKinds, isManager, refusal, write } from '../entering.ts';
import { askedBy } from '../evidence.ts';
import type { ApiParts } from '../parts.ts';
import { type Route, readers, route } from '../route.ts';

export const enterers = ['operator', 'manager', 'admin'] as const;

const proposal = z.object({
  entry: z.record(z.string(), z.unknown()),
  revises: z.int().nullable(),
  reason: z.string().max(500).default(''),
});
const kind = z.enum(ledgerKinds as [LedgerEntry['kind'], ...LedgerEntry['kind'][]]).optional();

export const ledgerRoutes = (parts: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/ledger',
    about: { zh: '台账条目及其状态', en: 'The entries of the ledger and their state' },
    may: readers,
    query: z.object({ kind }),
    answer: ledgerList,
    run: ({ query, actor }): LedgerList => {
      const { ledger } = parts;
      const history = ledger.history();
      const current = ledger.current();
      const entries = current.map(({ entry }) => entry);
      const revised = new Map<string, number>();
      for (const { entry } of history) revised.set(entry.id, (revised.get(entry.id) ?? 0) + 1);
      const rows = current.map((revision) => rowOf(revision, entries, revised.get(revision.entry.id) ?? 1));
      return {
        may: { enter: (enterers as readonly string[]).includes(actor.role), manage: isManager(actor) },
        chain: { whole: isWhole(parts), revisions: history.length, head: history.at(-1)?.hash ?? null },
        findings: checkLedger(entries),
        kinds: ledgerKinds.map((one) => ({
          kind: one,
          count: entries.filter((entry) => entry.kind === one).length,
          entered: (enteredKinds as readonly string[]).includes(one),
        })),
        years: [...new Set(rows.flatMap(({ years }) => years))].sort((a, b) => b - a),
        names: namesOf(parts),
        rows: rows
          .filter(({ entry }) => query.kind === undefined || entry.kind === query.kind)
          .sort((a, b) => b.number - a.number),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/ledger/entries/:id',
    about: { zh: '一个条目的全部修订', en: 'Every revision of an entry' },
    may: readers,
    params: z.object({ id: z.string().regex(idPattern) }),
    answer: entryHistory,
    run: ({ params: { id } }): EntryHistory => {
      const revisions = parts.ledger.history().filter(({ entry }) => entry.id === id);
      if (revisions.length === 0)
        throw new Fault('entry_unknown', { zh: `没有条目 “${id}”`, en: `there is no entry "${id}"` });
      return {
        revisions: revisions.reverse().map((one) => ({ ...one, withdrawn: one.entry.withdrawn === true })),
        by: parts.ledger.current().flatMap(({ entry }) => (namesIn(entry).includes(id) ? [entry.id] : [])),
      };
    },
  }),
  route({
    method: 'get',
    path: '/api/ledger/forms',
    about: { zh: '各类条目的字段，JSON Schema', en: 'The fields of each kind of entry, as JSON Schema' },
    may: readers,
    answer: formsAnswer,
    run: () => forms,
  }),
  route({
    method: 'get',
    path: '/api/ledger/export.csv',
    about: { zh: '导出台账', en: 'The entries as a table' },
    may: readers,
    query: z.object({ kind }),
    answer: 'text/csv',
    run: ({ query }) => ({
      type: 'text/csv; charset=utf-8',
      name: `ledger-${query.kind ?? 'all'}.csv`,
      content: ledgerToCsv(
        parts.ledger
          .current()
          .map(({ entry }) => entry)
          .filter((entry) => query.kind === undefined || entry.kind === query.kind),
      ),
    }),
  }),
  route({
    method: 'post',
    path: '/api/ledger/check',
    about: {
      zh: '检查一个条目并预览其影响，不写入',
      en: 'Checks an entry and tells what it would change; nothing is written',
    },
    may: enterers,
    body: proposal,
    answer: entryCheck,
    async run({ body }): Promise<EntryCheck> {
      const { entry, problems } = checkProposal(parts, body);
      if (entry === undefined || problems.length > 0) return { problems, effects: [], years: [] };
      return { problems, ...(await effectsOf(parts, entry)) };
    },
  }),
  route({
    method: 'post',
    path: '/api/ledger',
    about: {
      zh: '登记或修订一个条目；撤销也是一次修订',
      en: 'Enters or revises an entry; to withdraw one is a revision, too',
    },
    may: enterers,
    body: proposal,
    answer: revisionAnswer,
    run: ({ body, actor }) => append(parts, actor, body),
  }),
  route({
    method: 'post',
    path: '/api/ledger/import',
    about: { zh: '导入 YAML 或 CSV；先试运行', en: 'Takes a YAML or CSV file in; to be tried first' },
    may: enterers,
    body: z.object({
      name: z.string().max(200),
      text: z.string().max(900_000),
      reason: z.string().max(500).default(''),
      dryRun: z.boolean().default(true),
    }),
    answer: importAnswer,
    run: ({ body: { name, text, reason, dryRun }, actor }): ImportAnswer => {
      const { entries, problems } = readFile(name, text);
      const known = new Map(parts.ledger.current().map(({ entry }) => [entry.id, entry]));
      const broken = brokenBy([...known.values()], entries).map(({ id, text: what }) => ({
        ...{ line: 0, column: 0, path: id },
        text: what,
      }));
      const barred = entries
        .filter((entry) => !(enteredKinds as readonly string[]).includes(entry.kind))
        .map(({ id }) => ({
          ...{ line: 0, column: 0, path: id },
          text: { zh: '这类条目由系统自动写入', en: 'entries of this kind are written by the system itself' },
        }));
      const all = [...problems.map(({ file: _, ...problem }) => problem), ...broken, ...barred];
      const rows = entries.map((entry) => {
        const before = known.get(entry.id);
        const same = before !== undefined && canonicalJson(before) === canonicalJson(entry);
        return {
          kind: entry.kind,
          id: entry.id,
          state: before === undefined ? 'new' : same ? 'same' : 'changed',
        } as const;
      });
      if (dryRun) return { rows, problems: all, written: 0 };
      if (rows.some(({ state }) => state === 'changed') && reason.trim() === '')
        all.push({
          line: 0,
          column: 0,
          path: 'reason',
          text: { zh: '请写明修订理由', en: 'say why entries are revised' },
        });
      if (all.length > 0) throw refusal(all);
      return { rows, problems: [], written: write(parts, actor, entries, reason).length };
    },
  }),
];

function namesOf({ site }: ApiParts): Record<string, Text> {
  return Object.fromEntries(
    standardsOf(site).flatMap((pack) => [
      // What is asked of the base year is named by what is asked of every year.
      ...pack.inputs
        .toSorted((a, b) => Number(b.year === 'base') - Number(a.year === 'base'))
        .map(({ id, fact, activity, product, name }) => [fact ?? activity ?? product ?? id, name] as const),
      ...askedBy(pack).map(({ clause, name }) => [`${pack.id} ${clause}`, name] as const),
      ...pack.indicators.map(({ id, name }) => [`${pack.id} ${id}`, name] as const),
    ]),
  );
}

const isWhole = ({ ledger }: ApiParts): boolean => {
  try {
    ledger.verify();
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'ledger_broken') return false;
    throw error;
  }
};

const readFile = (name: string, text: string) => {
  if (/\.csv$/i.test(name)) return ledgerFromCsv(text, name);
  const { value, problems } = parseYaml(text, name, ledgerFileSchema);
  return { entries: value?.entries ?? [], problems };
};

const namesIn = (entry: LedgerEntry): (string | undefined)[] => [
  entry.evidence,
  'certificate' in entry ? entry.certificate : undefined,
  'supersedes' in entry ? entry.supersedes : undefined,
];

function rowOf(revision: Revision, entries: readonly LedgerEntry[], revisions: number): LedgerRow {
  const { number, at, author, reason, hash, entry } = revision;
  const holding = entry.kind === 'certificate' ? holdingOf(entry, entries) : null;
  // A correction holds a value for every quarter of an hour: a list has no use for them.
  const listed = entry.kind === 'correction' ? { ...entry, values: entry.values.slice(0, 1) } : entry;
  return { number, at, author, reason, hash, entry: listed, years: yearsOf(entry), revisions, holding };
}

function holdingOf({ id, count, retired }: EntryOf<'certificate'>, entries: readonly LedgerEntry[]): Holding {
  const gone = ofKind(entries, 'retirement')
    .filter(({ certificate }) => certificate === id)
    .reduce((sum, one) => sum + one.count, retired);
  return { held: count, retired: gone, left: count - gone };
}

const forms: Record<string, unknown> = Object.fromEntries(
  (z.toJSONSchema(ledgerEntrySchema, { io: 'input', unrepresentable: 'any' }).oneOf ?? []).flatMap((one) => {
    const named = (one.properties?.kind as { const?: string } | undefined)?.const ?? '';
    return (enteredKinds as readonly string[]).includes(named) ? [[named, one]] : [];
  }),
);
