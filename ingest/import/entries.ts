// Owns rows of a table as entries of the ledger: bills of energy that no meter reads, and what the plant made.
import type { Calendar } from '../../core/calendar.ts';
import { sha256 } from '../../core/canonical.ts';
import { textOf } from '../../core/config/yaml-file.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../../core/ledger.ts';
import { type Cell, dateOf, isMissing, monthOf, numberOf, textOfCell } from './cell.ts';
import { attempt, Columns, type RowProblem } from './columns.ts';
import type { Chosen, EntriesMapping } from './mapping.ts';
import type { Row, Table } from './table.ts';

export type EntryReader = (row: Row, problems: RowProblem[]) => LedgerEntry | undefined;

const words = ['carrier', 'product', 'meter', 'supply', 'unit', 'evidence', 'note', 'id'] as const;

export function entriesReader(table: Table, mapping: EntriesMapping, calendar: Calendar): EntryReader {
  const columns = new Columns(table);
  const { numbers, missing, format } = mapping;
  const form = { format, calendar, from1904: table.from1904 };
  const given: Partial<Record<string, Chosen | undefined>> = mapping.fields;
  const readers = new Map(
    Object.entries(given).flatMap(([name, chosen]) => (chosen === undefined ? [] : [[name, columns.chooser(chosen)]])),
  );
  const rowOf = new Map<string, number>();
  return (row, problems) => {
    const before = problems.length;
    const take = <T>(name: string, read: (cell: Cell) => T): T | undefined => {
      const reader = readers.get(name);
      if (reader === undefined) return undefined;
      return attempt(row, reader.column, problems, () => {
        const cell = reader.read(row);
        return isMissing(cell, missing) ? undefined : read(cell);
      });
    };
    const months = take('month', (cell) => monthOf(cell, form));
    const fields: Record<string, unknown> = {
      from: months?.from ?? take('from', (cell) => dateOf(cell, form)),
      to: months?.to ?? take('to', (cell) => dateOf(cell, form)),
      amount: take('amount', (cell) => numberOf(cell, numbers)),
    };
    for (const name of words) fields[name] = take(name, (cell) => textOfCell(cell).trim());
    if (problems.length > before) return undefined;
    const kind = mapping.kind === 'bills' ? 'booking' : 'production';
    const id = fields.id ?? idOf(kind, fields);
    const defined = Object.entries({ kind, ...fields, id }).filter(([, value]) => value !== undefined);
    const parsed = ledgerEntrySchema.safeParse(Object.fromEntries(defined));
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        const field = String(issue.path[0] ?? '');
        const column =
          (readers.get(field) ?? (fields[field] === undefined ? undefined : readers.get('month')))?.column ?? '';
        const { zh, en } = textOf(issue);
        problems.push({
          row,
          column,
          text: field === '' ? { zh, en } : { zh: `${field}：${zh}`, en: `${field}: ${en}` },
        });
      }
      return undefined;
    }
    const first = rowOf.get(parsed.data.id);
    if (first !== undefined) {
      problems.push({
        row,
        column: readers.get('id')?.column ?? '',
        text: {
          zh: `与第 ${first} 行重复（编号 ${parsed.data.id}）：同一期间、同一凭证只能有一行；请用 id 或 evidence 区分`,
          en: `repeats row ${first} (id ${parsed.data.id}): a period and a document have one row; tell them apart by id or evidence`,
        },
      });
      return undefined;
    }
    rowOf.set(parsed.data.id, row.line);
    return parsed.data;
  };
}

/** The same bill has the same id, whichever file it comes in: a changed amount is then a revision, not a second bill. */
function idOf(kind: string, { carrier, product, meter, supply, from, to, evidence }: Record<string, unknown>): string {
  const what = String(carrier ?? product)
    .replace(/\W/g, '_')
    .slice(0, 20);
  const told = (text: unknown) => (text === undefined ? '' : `-${sha256(String(text)).slice(0, 8)}`);
  return `${kind}-${what}-${from}-${to}${told(meter ?? supply)}${told(evidence)}`;
}
