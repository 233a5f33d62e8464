// Owns ledger entries as a table: one row an entry, one column a field, with every mistake located by line and column.
import type { Problem } from './config/yaml-file.ts';
import { type LedgerEntry, ledgerEntrySchema } from './ledger.ts';
import type { Text } from './text.ts';

type Cell = { text: string; line: number };

/** RFC 4180: quoted cells may hold commas, quotes and line ends. A byte order mark, as Excel writes it, is skipped. */
function parseCsv(source: string): Cell[][] {
  const rows: Cell[][] = [];
  const text = source.replace(/^\uFEFF/, '');
  let row: Cell[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let started = 1;
  const endCell = () => {
    row.push({ text: cell, line: started });
    cell = '';
    started = line;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] as string;
    if (sign === '\n') line++;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === ',') endCell();
    else if (sign === '\n') {
      endCell();
      rows.push(row);
      row = [];
    } else if (sign !== '\r') cell += sign;
  }
  if (cell !== '' || row.length > 0) {
    endCell();
    rows.push(row);
  }
  return rows.filter((cells) => cells.some(({ text: content }) => content.trim() !== ''));
}

/** `lines`: where each entry begins. */
export function ledgerFromCsv(
  source: string,
  file: string,
): { entries: LedgerEntry[]; lines: number[]; problems: Problem[] } {
  const [head = [], ...rows] = parseCsv(source);
  const columns = head.map(({ text }) => text.trim());
  const entries: LedgerEntry[] = [];
  const lines: number[] = [];
  const problems = columns.flatMap((name, index): Problem[] => {
    const other = columns.findIndex((one, at) => at !== index && name !== '' && `${name}.`.startsWith(`${one}.`));
    const text = { zh: `表头 “${name}” 重复`, en: `the head has "${name}" twice` };
    return other < 0 ? [] : [{ file, line: 1, column: index + 1, path: name, text }];
  });
  if (problems.length > 0) return { entries, lines, problems };
  for (const cells of rows) {
    const line = cells[0]?.line ?? 0;
    const tell = (column: number, path: string, text: Text) => problems.push({ file, line, column, path, text });
    if (cells.length > columns.length) {
      tell(columns.length + 1, '', { zh: '单元格多于表头', en: 'the row has more cells than the head' });
      continue;
    }
    const parsed = readRow(columns, cells);
    if (parsed.success) {
      entries.push(parsed.data);
      lines.push(line);
    } else {
      for (const issue of parsed.error.issues) {
        const path = issue.path.map(String).join('.');
        tell(
          Math.max(
            0,
            columns.findIndex((column) => column === path || column.startsWith(`${path}.`)),
          ) + 1,
          path,
          textOf(issue.message),
        );
      }
    }
  }
  return { entries, lines, problems };
}

const textOf = (message: string): Text =>
  message.startsWith('{"zh":') ? (JSON.parse(message) as Text) : { zh: message, en: message };

/** A number stays a word where the schema wants a word: clause 4.1, evidence 20250131. */
function readRow(columns: readonly string[], cells: readonly Cell[]) {
  const given = columns.flatMap((column, index) => {
    const text = (cells[index]?.text.trim() ?? '').replace(/^'(?=[=+\-@])/, '');
    return text === '' ? [] : [[column, text] as const];
  });
  const first = ledgerEntrySchema.safeParse(assemble(given, new Set()));
  if (first.success) return first;
  const words = first.error.issues
    .filter((issue) => issue.code === 'invalid_type' && issue.expected === 'string')
    .map(({ path }) => path.map(String).join('.'));
  return words.length === 0 ? first : ledgerEntrySchema.safeParse(assemble(given, new Set(words)));
}

type Branch = Map<string, unknown>;

/** `saves.0.amount` becomes the amount of the first item of saves. Names stay names: no object is asked for one before all are in. */
function assemble(given: readonly (readonly [string, string])[], words: ReadonlySet<string>): unknown {
  const root: Branch = new Map();
  for (const [column, text] of given) {
    const path = column.split('.');
    let at = root;
    for (const key of path.slice(0, -1)) {
      const inner = (at.get(key) ?? new Map()) as Branch;
      at.set(key, inner);
      at = inner;
    }
    at.set(path.at(-1) as string, words.has(column) ? text : asWritten(text));
  }
  return unfolded(root);
}

function unfolded(node: unknown): unknown {
  if (!(node instanceof Map)) return node;
  const entries = [...(node as Branch)].map(([key, inner]) => [key, unfolded(inner)] as const);
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  if (!isList) return Object.fromEntries(entries);
  return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, inner]) => inner);
}

function asWritten(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Every field a column, so that `ledgerFromCsv` reads the same entries again. */
export function ledgerToCsv(entries: readonly LedgerEntry[]): string {
  const rows = entries.map((entry) => new Map(cellsOf(entry, '')));
  const columns = [...new Set(['kind', 'id', ...rows.flatMap((row) => [...row.keys()])])];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? ''))];
  return `\uFEFF${lines.map((cells) => cells.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function cellsOf(value: unknown, path: string): [string, string][] {
  if (value === undefined) return [];
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => cellsOf(item, path === '' ? key : `${path}.${key}`));
  // A text that begins like a formula would be computed by a spreadsheet.
  const text = String(value);
  return [[path, typeof value === 'string' && /^[=+\-@]/.test(text) ? `'${text}` : text]];
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
