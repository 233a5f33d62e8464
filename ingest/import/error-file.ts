// Owns the file of the rows that were not taken: as they were, with what is wrong beside them, so that it is mended and imported itself.

import { once } from 'node:events';
import { createWriteStream, rmSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { textOfCell } from './cell.ts';
import type { RowProblem } from './columns.ts';
import type { Table } from './table.ts';

const added = ['行 row', '列 column', '错误', 'error'];

export class ErrorFile {
  readonly file: string;
  readonly #head: readonly string[];
  readonly #blankRows: number;
  readonly #delimiter: string;
  #stream: WriteStream | undefined;
  rows = 0;

  /** An error file of an earlier run goes: it speaks of rows that are taken by now. */
  constructor(file: string, { head }: Pick<Table, 'head'>, form: { head: number; delimiter?: string | undefined }) {
    this.file = file;
    this.#head = head.filter((name) => !added.includes(name));
    this.#blankRows = form.head - 1;
    this.#delimiter = form.delimiter ?? ',';
    rmSync(file, { force: true });
  }

  /** A row is written once, with all that is wrong with it. */
  async write(problems: readonly RowProblem[]): Promise<void> {
    for (const [row, some] of Map.groupBy(problems, (problem) => problem.row)) {
      const cells = this.#head.map((_, at) => textOfCell(row.cells[at] ?? null));
      const columns = [...new Set(some.map(({ column }) => column))].join(' ');
      const say = (language: 'zh' | 'en') => [...new Set(some.map(({ text }) => text[language]))].join('; ');
      const first = this.#stream === undefined;
      this.#stream ??= createWriteStream(this.file);
      // With the mark that tells spreadsheets that it is UTF-8, and the head where the mapping says that it is.
      if (first) this.#stream.write(`\uFEFF${'\n'.repeat(this.#blankRows)}${this.#line([...this.#head, ...added])}`);
      this.rows++;
      if (!this.#stream.write(this.#line([...cells, String(row.line), columns, say('zh'), say('en')])))
        await once(this.#stream, 'drain');
    }
  }

  #line(cells: readonly string[]): string {
    const quoted = cells.map((cell) =>
      cell.includes(this.#delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    );
    return `${quoted.join(this.#delimiter)}\n`;
  }

  async close(): Promise<void> {
    if (this.#stream === undefined) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}
