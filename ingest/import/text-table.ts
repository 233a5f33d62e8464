// Owns tables in text files: which encoding they are in, and their rows, read piece by piece so that no size is too large.
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { exitCodes, Fault } from '../../core/fault.ts';
import type { Row } from './table.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'gb18030';

/** Tells the encodings apart by reading the whole file: its first characters may be ASCII in each of them. */
export class EncodingFinder {
  #first: Uint8Array | undefined;
  readonly #decoders = new Map<Encoding, TextDecoder>(
    (['utf-8', 'gb18030'] as const).map((name) => [name, new TextDecoder(name, { fatal: true })]),
  );

  take(piece: Uint8Array): void {
    this.#first ??= piece.slice(0, 3);
    this.#decode(piece, true);
  }

  #decode(piece: Uint8Array | undefined, stream: boolean): void {
    for (const [name, decoder] of this.#decoders) {
      try {
        decoder.decode(piece, { stream });
      } catch {
        this.#decoders.delete(name); // a fatal decoder throws where the bytes are not in its encoding
      }
    }
  }

  /** A byte order mark says it, whatever anybody else says. */
  marked(): Encoding | undefined {
    const [a, b, c] = this.#first ?? [];
    if (a === 0xff && b === 0xfe) return 'utf-16le';
    return a === 0xef && b === 0xbb && c === 0xbf ? 'utf-8' : undefined;
  }

  found(file: string): Encoding {
    const marked = this.marked();
    if (marked !== undefined) return marked;
    this.#decode(undefined, false);
    const [found] = this.#decoders.keys();
    if (found !== undefined) return found;
    throw new Fault(
      'encoding_unknown',
      {
        zh: `${file} 既不是 UTF-8 也不是 GB18030：请在电子表格中另存为 “CSV UTF-8”，或用 xlsx`,
        en: `${file} is neither UTF-8 nor GB18030: save it as "CSV UTF-8" in the spreadsheet, or use xlsx`,
      },
      { exitCode: exitCodes.data },
    );
  }
}

/** Longer lines than this come from a quote that is never closed. */
const longestRow = 1 << 16;

/** Rows by the piece. `line` is where a row begins; quoted cells may hold line ends, delimiters and quotes (RFC 4180). */
export async function* textRows(
  file: string,
  form: { encoding: Encoding; delimiter: string | undefined; head: number },
  onBytes: (count: number) => void,
): AsyncGenerator<Row[]> {
  const decoder = new TextDecoder(form.encoding);
  let rest = '';
  let line = 1;
  let { delimiter } = form;
  const rowsIn = (text: string, isEnd: boolean): Row[] => {
    const rows: Row[] = [];
    let start = 0;
    let end = text.indexOf('\n');
    for (; end >= 0 || (isEnd && start < text.length); end = text.indexOf('\n', end + 1)) {
      const stop = end < 0 ? text.length : end;
      const one = text.slice(start, stop);
      if (isOpen(one)) {
        if (one.length > longestRow || end < 0) throw quoteOpen(file, line);
        continue;
      }
      if (line >= form.head) delimiter ??= delimiterOf(one);
      rows.push({ line, cells: cellsOf(one.endsWith('\r') ? one.slice(0, -1) : one, delimiter ?? ',') });
      line += 1 + countOf(one, '\n');
      start = stop + 1;
      if (end < 0) break;
    }
    rest = text.slice(start);
    if (rest.length > longestRow) throw quoteOpen(file, line);
    return rows;
  };
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 })) {
    onBytes((piece as Buffer).length);
    yield rowsIn(rest + decoder.decode(piece as Buffer, { stream: true }), false);
  }
  yield rowsIn(rest + decoder.decode(), true);
}

const quoteOpen = (file: string, line: number): Fault =>
  new Fault(
    'quote_open',
    { zh: `${file}:${line}：引号没有闭合`, en: `${file}:${line}: a quote is never closed` },
    { exitCode: exitCodes.data },
  );

const isOpen = (text: string): boolean => text.includes('"') && countOf(text, '"') % 2 === 1;

function countOf(text: string, sign: string): number {
  let count = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) count++;
  return count;
}

/** The sign that the head has most of. */
const delimiterOf = (row: string): string =>
  [',', ';', '\t'].reduce((best, sign) => (countOf(row, sign) > countOf(row, best) ? sign : best));

function cellsOf(row: string, delimiter: string): string[] {
  if (!row.includes('"')) return row.split(delimiter);
  const cells: string[] = [];
  for (let at = 0; at <= row.length; ) {
    if (row[at] !== '"') {
      const end = row.indexOf(delimiter, at);
      cells.push(row.slice(at, end < 0 ? row.length : end));
      if (end < 0) return cells;
      at = end + 1;
      continue;
    }
    let cell = '';
    let from = at + 1;
    for (;;) {
      const end = row.indexOf('"', from);
      cell += row.slice(from, end < 0 ? row.length : end);
      if (end < 0 || row[end + 1] !== '"') {
        at = end < 0 ? row.length : end + 1;
        break;
      }
      cell += '"';
      from = end + 2;
    }
    const next = row.indexOf(delimiter, at);
    cells.push(cell + row.slice(at, next < 0 ? row.length : next));
    if (next < 0) return cells;
    at = next + 1;
  }
  return cells;
}
