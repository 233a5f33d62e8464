// Owns what a report is made of: sections, tables and bars without a language or a form, so that every form says the same.
import type { Text } from '../../core/text.ts';
import { leavesOf, type Trace } from '../../core/trace.ts';
import { formatNumber } from '../../scoring/figure.ts';

export type FigureCell = {
  figure: number | null;
  unit?: string;
  /** What the figure stands on: meters, factors and entries of the ledger. */
  from?: string;
};
/** A word in both languages, a word that needs none, or a figure. */
export type Cell = Text | string | FigureCell;
/** right: figures. name: what a row is about. short: a word or two that should not be broken. machine: names and digests. unit: of all its figures. */
export type Column = {
  title: Text;
  look?: 'right' | 'name' | 'short' | 'machine';
  unit?: string;
};
/** A cell that is the sum of cells above it, by their rows. */
export type Sum = { row: number; column: number; of: number[] };

export type Block =
  | { kind: 'text'; text: Text }
  | { kind: 'facts'; rows: [Text, Cell][] }
  | { kind: 'table'; title: Text; columns: Column[]; rows: Cell[][]; sums?: Sum[] }
  | { kind: 'bars'; title: Text; unit: string; bars: { name: Text; value: number }[] }
  /** In order of time; what is not known is left open. */
  | { kind: 'columns'; title: Text; unit: string; columns: { name: string; value: number | null }[] }
  /** Lines that a person fills in by hand and signs. */
  | { kind: 'lines'; titles: Text[] };

export type Section = { title: Text; blocks: Block[] };
/** `rounded`: on paper to two decimals, as on the page; a workbook keeps every digit behind its format. */
export type Report = { title: Text; subtitle: Text; sections: Section[]; rounded?: true };

export const both = (word: string): Text => ({ zh: word, en: word });
export const figure = (value: number | null, unit?: string): FigureCell =>
  unit === undefined ? { figure: value } : { figure: value, unit };

export const isFigure = (cell: Cell | undefined): cell is FigureCell => typeof cell === 'object' && 'figure' in cell;

const mostNamed = 8;

/** The leaves of a trace, each once: `main.energy_import, grid_factor, c-2025 #3`. */
export function standsOn(trace: Trace): string {
  const names = new Set(
    [...leavesOf(trace)].map(({ id, meter, factor, ledger }) => {
      if (meter !== undefined) return `${meter.meter}.${meter.point}`;
      if (factor !== undefined) return factor.factor;
      return ledger === undefined ? id : `${ledger.entry} #${ledger.revision}`;
    }),
  );
  const more = names.size - mostNamed;
  return `${[...names].slice(0, mostNamed).join(', ')}${more > 0 ? `, … +${more}` : ''}`;
}

export const traced = (trace: Trace): FigureCell => ({
  figure: trace.value,
  unit: trace.unit,
  from: standsOn(trace),
});

export const percent = (share: number | null): FigureCell => ({
  figure: share === null ? null : Math.round(share * 10_000) / 100,
  unit: '%',
});

const mostDecimals = 2;

/** Half up on its digits: 30423.225 is 30423.23, which a double would not know. A figure below one keeps two digits that say something. */
export function roundedFigure(value: number): number {
  const digits =
    value === 0 || Math.abs(value) >= 1 ? mostDecimals : mostDecimals - Math.ceil(Math.log10(Math.abs(value)));
  const written = { maximumFractionDigits: Math.min(10, digits), useGrouping: false } as const;
  return Number(new Intl.NumberFormat('en-US', written).format(`${value}` as `${number}`));
}

/** One way to write a figure, for every form of a report. */
export const figureText = (value: number | null): string => (value === null ? '—' : formatNumber(value));
