// Owns what a report is made of: sections, tables and bars without a language or a form, so that every form says the same.
import type { Text } from '../../core/text.ts';
import { formatNumber } from '../../scoring/figure.ts';

/** A word in both languages, a word that needs none, or a figure. */
export type Cell = Text | string | { figure: number | null; unit?: string };
/** right: figures. short: a word or two that should not be broken. machine: names and digests without spaces. */
export type Column = { title: Text; look?: 'right' | 'short' | 'machine' };

export type Block =
  | { kind: 'text'; text: Text }
  | { kind: 'facts'; rows: [Text, Cell][] }
  | { kind: 'table'; title: Text; columns: Column[]; rows: Cell[][] }
  | { kind: 'bars'; title: Text; unit: string; bars: { name: Text; value: number }[] }
  /** Lines that a person fills in by hand and signs. */
  | { kind: 'lines'; titles: Text[] };

export type Section = { title: Text; blocks: Block[] };
export type Report = { title: Text; subtitle: Text; sections: Section[] };

export const both = (word: string): Text => ({ zh: word, en: word });
export const figure = (value: number | null, unit?: string): Cell =>
  unit === undefined ? { figure: value } : { figure: value, unit };

/** One way to write a figure, for every form of a report. */
export const figureText = (value: number | null): string => (value === null ? '—' : formatNumber(value));
