// Owns what a command knows of the terminal it prints to: its width, its colours, its language; and how it can be told to stop.
import { styleText } from 'node:util';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Language, Text } from '../core/text.ts';
import { openStream } from '../gateway/line/byte-stream.ts';
import { untilSignalled } from './lifetime.ts';
import { Progress } from './progress.ts';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Everything outside of a command: given by hand where its output is to be the same every time. */
export type Terminal = {
  print(text: string): void;
  columns: number;
  /** Up to so many lines can be drawn over; none where nobody looks. */
  rows: number;
  paint(style: Style, text: string): string;
  progress(label: Text, unit: Text, language: Language): Pick<Progress, 'update' | 'clear'>;
  /** Aborted when the person has seen enough. */
  stop(): AbortSignal;
  clock: Clock;
  open: typeof openStream;
};

/** Where nobody says how wide it is: a page that is sent around. */
const usualColumns = 100;

export const ourTerminal = (): Terminal => ({
  print: (text) => console.log(text),
  columns: process.stdout.columns ?? (Number(process.env.COLUMNS) || usualColumns),
  rows: process.stdout.rows ?? 0,
  // Asks the stream: no colours in a file, under NO_COLOR, or on a terminal that has none.
  paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  progress: (label, unit, language) => new Progress(label, unit, language),
  stop: untilSignalled,
  clock: systemClock,
  open: openStream,
});
