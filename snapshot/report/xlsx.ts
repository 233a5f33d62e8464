// Owns a report as a workbook: live cells with their units, sums as formulas, and what each figure stands on.
import { type CellStyle, writeXlsx } from 'hucre';
import type { Language, Text } from '../../core/text.ts';
import { formatNumber } from '../../scoring/figure.ts';
import { type Block, type Cell, isFigure, type Report, roundedFigure } from './model.ts';

type Table = Extract<Block, { kind: 'table' }>;
type Value = string | number | null;
type WriteCell = { value: Value; style?: CellStyle; formula?: string; formulaResult?: number };
type Sheet = { name: string; rows: WriteCell[][]; head: number };

const ink = { rgb: '17211C' };
const soft = { rgb: '5D6B64' };
const styles = {
  title: { font: { bold: true, size: 16, color: ink } },
  subtitle: { font: { size: 11, color: soft } },
  section: { font: { bold: true, size: 12, color: ink } },
  head: {
    font: { bold: true, color: ink },
    fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'E8F1EC' } },
    border: { bottom: { style: 'thin', color: { rgb: '1F7A4D' } } },
    alignment: { vertical: 'center', wrapText: true },
  },
  unit: { font: { color: soft } },
  text: { alignment: { vertical: 'top', wrapText: true } },
} satisfies Record<string, CellStyle>;

/** As many decimals as the figure has in every other form. */
function numberStyle(value: number, isRounded: boolean): CellStyle {
  const digits = /\.(\d+)$/.exec(formatNumber(isRounded ? roundedFigure(value) : value))?.[1]?.length ?? 0;
  return { numFmt: digits === 0 ? '#,##0' : `#,##0.${'0'.repeat(digits)}` };
}

/** The first sheet has facts and statements; each table has a sheet of its own, so that its head can stay in sight. */
export async function writeWorkbook(report: Report, language: Language): Promise<Uint8Array> {
  const say = (text: Text): string =>
    text[language].replaceAll(/C(O|H)(2|4)/g, (_, letter, digit) => `C${letter}${digit === '2' ? '₂' : '₄'}`);
  const isRounded = report.rounded === true;
  const front: WriteCell[][] = [
    [{ value: say(report.title), style: styles.title }],
    [{ value: say(report.subtitle), style: styles.subtitle }],
  ];
  const sheets: Sheet[] = [];
  const names = new Set<string>();
  for (const { title, blocks } of report.sections) {
    front.push([], [{ value: say(title), style: styles.section }]);
    for (const block of blocks) {
      if (block.kind === 'text') front.push([{ value: say(block.text) }]);
      else if (block.kind === 'lines') front.push(...block.titles.map((one) => [{ value: say(one) }]));
      else if (block.kind === 'facts')
        front.push(...block.rows.map(([name, cell]) => [{ value: say(name) }, ...cellsOf(cell, say, true, isRounded)]));
      else if (block.kind === 'table') {
        const name = nameFor(say(block.title) === say(title) ? say(title) : `${say(block.title)}`, names);
        front.push([{ value: say(block.title) }, { value: `→ ${name}`, style: styles.unit }]);
        sheets.push({ name, ...tableRows(block, say, language, isRounded) });
      }
    }
  }
  const first = nameFor(language === 'zh' ? '报告' : 'Report', names);
  const made = new Date(0); // a workbook carries its time of making; the report has its own in its text
  return writeXlsx({
    properties: { title: say(report.title), created: made, modified: made },
    defaultFont: { name: language === 'zh' ? 'Microsoft YaHei' : 'Calibri', size: 10 },
    sheets: [{ name: first, rows: front, head: 2 }, ...sheets].map(({ name, rows, head }) => ({
      name,
      rows: rows.map((row) => row.map(({ value }) => value)),
      cells: new Map(
        rows.flatMap((row, index) =>
          row.map(({ style, formula, formulaResult }, column) => [
            `${index},${column}`,
            {
              ...(style === undefined ? {} : { style }),
              ...(formula === undefined ? {} : { formula, formulaResult: formulaResult ?? null }),
            },
          ]),
        ),
      ),
      columns: widthsOf(rows.slice(head - 1)).map((width) => ({ width })),
      freezePane: { rows: head },
      pageSetup: {
        paperSize: 'a4' as const,
        orientation: 'landscape' as const,
        fitToPage: true,
        fitToWidth: 1,
        fitToHeight: 0,
        printTitlesRow: `$${head}:$${head}`,
      },
    })),
  });
}

type Say = (text: Text) => string;

/** A figure takes two cells: the number, and its unit. */
function cellsOf(cell: Cell | undefined, say: Say, withUnit: boolean, isRounded: boolean): WriteCell[] {
  if (cell === undefined) return [{ value: null }];
  if (!isFigure(cell)) return [{ value: typeof cell === 'string' ? cell : say(cell), style: styles.text }];
  const { figure, unit = '1' } = cell;
  const number: WriteCell = figure === null ? { value: '—' } : { value: figure, style: numberStyle(figure, isRounded) };
  return withUnit
    ? [number, { value: unit === '1' ? null : say({ zh: unit, en: unit }), style: styles.unit }]
    : [number];
}

function tableRows(
  { title, columns, rows, sums = [] }: Table,
  say: Say,
  language: Language,
  isRounded: boolean,
): Omit<Sheet, 'name'> {
  const hasFigures = columns.map((_, index) => rows.some((row) => isFigure(row[index])));
  const hasUnits = columns.map((_, index) =>
    rows.some((row) => {
      const cell = row[index];
      return isFigure(cell) && cell.unit !== undefined && cell.unit !== '1';
    }),
  );
  const hasGrounds = rows.some((row) => row.some((cell) => isFigure(cell) && cell.from !== undefined));
  /** Where a column of the report begins in the sheet. */
  const places = columns.map((_, index) => index + hasUnits.slice(0, index).filter(Boolean).length);
  const [unitWord, groundWord] = language === 'zh' ? ['单位', '依据'] : ['Unit', 'Stands on'];
  const head = columns.flatMap(({ title: name, unit }, index): WriteCell[] => [
    {
      value: unit === undefined ? say(name) : `${say(name)} (${say({ zh: unit, en: unit })})`,
      style: hasFigures[index]
        ? { ...styles.head, alignment: { ...styles.head.alignment, horizontal: 'right' } }
        : styles.head,
    },
    ...(hasUnits[index] ? [{ value: unitWord, style: styles.head }] : []),
  ]);
  const top = 3;
  const body = rows.map((row, at) => {
    const padded = columns.flatMap((_, index): WriteCell[] => {
      const own = cellsOf(row[index], say, hasUnits[index] === true, isRounded);
      return hasUnits[index] && own.length === 1 ? [...own, { value: null }] : own;
    });
    for (const { column, of } of sums.filter((sum) => sum.row === at)) {
      const place = places[column] ?? 0;
      const cell = padded[place];
      if (typeof cell?.value !== 'number') continue;
      const formula = of.map((one) => `${letters(place)}${one + top + 1}`).join('+');
      padded[place] = { ...cell, formula, formulaResult: cell.value };
    }
    const grounds = [...new Set(row.flatMap((cell) => (isFigure(cell) && cell.from !== undefined ? [cell.from] : [])))];
    return hasGrounds ? [...padded, { value: grounds.join('; '), style: styles.unit }] : padded;
  });
  return {
    head: top,
    rows: [
      [{ value: say(title), style: styles.section }],
      [],
      [...head, ...(hasGrounds ? [{ value: groundWord, style: styles.head }] : [])],
      ...body,
    ],
  };
}

/** 0 is A, 26 is AA. */
const letters = (index: number): string =>
  index < 26 ? String.fromCharCode(65 + index) : letters(Math.floor(index / 26) - 1) + letters(index % 26);

/** Excel takes no more than 31 characters, none of its own signs, and no name twice. */
function nameFor(wanted: string, taken: Set<string>): string {
  const plain = wanted
    .replaceAll(/[[\]:*?/\\']/g, ' ')
    .slice(0, 28)
    .trim();
  let name = plain;
  for (let count = 2; taken.has(name); count++) name = `${plain.slice(0, 25)} ${count}`;
  taken.add(name);
  return name;
}

const widthOf = (value: Value): number =>
  typeof value === 'number'
    ? formatNumber(value).length + 2
    : [...(value ?? '')].reduce((sum, letter) => sum + ((letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 2);

function widthsOf(rows: readonly WriteCell[][]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, { value }] of row.entries())
      widths[index] = Math.min(52, Math.max(widths[index] ?? 9, widthOf(value)));
  return widths;
}
