// Owns tables on a terminal: columns that line up also under Chinese characters, and never run past its edge.
import { stripVTControlCharacters } from 'node:util';

export type Column = {
  title: string;
  align?: 'left' | 'right';
  /** Left out when the terminal is too narrow for it; the highest goes first. */
  optional?: number;
  /** The column that breaks into several lines; at most one. */
  wrap?: boolean;
};

/** East Asian Wide and Fullwidth (UAX #11). Ambiguous characters such as × and … are narrow in the terminals of today. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += wide.test(character) ? 2 : 1;
  return width;
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text;

/** A word, or a Chinese character, with what opens and closes it: what closes a phrase never begins a line. */
const piece = /\s+|[（“《]*(?:[^\s\u2e80-\uffef]+|[\u2e80-\uffef])[，。；：、）”》！？]*/gu;

/** Breaks between words, between Chinese characters, and within what is longer than a line. */
export function wrap(text: string, width: number): string[] {
  const pieces = (text.match(piece) ?? ['']).flatMap((one) => (widthOf(one) > width ? [...one] : [one]));
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (widthOf(line + piece) <= width || line === '') {
      if (line !== '' || piece.trim() !== '') line += piece;
      continue;
    }
    lines.push(line.trimEnd());
    line = piece.trimStart();
  }
  return [...lines, line.trimEnd()];
}

/** The text under a hanging indent. */
export const indented = (text: string, first: string, columns: number): string => {
  const rest = ' '.repeat(widthOf(first));
  return wrap(text, Math.max(20, columns - widthOf(first)))
    .map((line, index) => (index === 0 ? first : rest) + line)
    .join('\n');
};

const gap = '  ';
const leastWrapped = 24;

/** Two spaces before every row, so that a table stands apart from the text around it. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  most: number,
  heading: (text: string) => string = (text) => text,
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const shown = new Set(columns.keys());
  // A column in which no row says anything is not worth its place.
  for (const index of columns.keys()) if (rows.every((row) => (row[index] ?? '') === '')) shown.delete(index);
  const wrapped = columns.findIndex((column) => column.wrap);
  const total = (needed: (index: number) => number) =>
    [...shown].reduce((sum, index) => sum + needed(index) + gap.length, 0);
  const least = (index: number) =>
    index === wrapped ? Math.min(leastWrapped, widths[index] as number) : (widths[index] as number);
  const optional = [...columns.entries()]
    .filter(([, column]) => column.optional !== undefined)
    .sort(([, a], [, b]) => (b.optional as number) - (a.optional as number));
  for (const [index] of optional) if (total(least) > most) shown.delete(index);
  if (shown.has(wrapped)) {
    const others = total((index) => (index === wrapped ? 0 : (widths[index] as number)));
    widths[wrapped] = Math.max(leastWrapped, Math.min(widths[wrapped] as number, most - others));
  }
  const print = (cells: readonly string[]): string => {
    const columnsOf = [...shown].map((index) => {
      const cell = cells[index] ?? '';
      return index === wrapped ? wrap(cell, widths[index] as number) : [cell];
    });
    const height = Math.max(...columnsOf.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) =>
      [...shown]
        .map((index, place) => {
          const cell = columnsOf[place]?.[at] ?? '';
          const pad = columns[index]?.align === 'right' ? padStart : padEnd;
          return gap + pad(cell, widths[index] as number);
        })
        .join('')
        .trimEnd(),
    ).join('\n');
  };
  const titles = columns.map(({ title }) => title);
  const printed = rows.map(print);
  return (titles.some((title) => title !== '') ? [heading(print(titles)), ...printed] : printed).join('\n');
}
