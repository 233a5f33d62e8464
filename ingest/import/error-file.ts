// Owns the file of the rows that were not taken: as they were, with what is wrong beside them, so that it is mended and imported itself.

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import { textOfCell } from './cell.ts';
import type { RowProblem } from './columns.ts';
import type { Table } from './table.ts';

const added = ['行 row', '列 column', '错误', 'error'];

export class ErrorFile {
  readonly file: string;
  readonly #head: readonly string[];
  readonly #blankRows: number;
  readonly #delimiter: string;
  #handle: number | undefined;
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
  write(problems: readonly RowProblem[]): void {
    const lines: string[] = [];
    for (const [row, some] of Map.groupBy(problems, (problem) => problem.row)) {
      const cells = this.#head.map((_, at) => textOfCell(row.cells[at] ?? null));
      const columns = [...new Set(some.map(({ column }) => column))].join(' ');
      const say = (language: 'zh' | 'en') => [...new Set(some.map(({ text }) => text[language]))].join('; ');
      lines.push(this.#line([...cells, String(row.line), columns, say('zh'), say('en')]));
    }
    if (lines.length === 0) return;
    // With the mark that tells spreadsheets that it is UTF-8, and the head where the mapping says that it is.
    if (this.rows === 0) lines.unshift(`\uFEFF${'\n'.repeat(this.#blankRows)}${this.#line([...this.#head, ...added])}`);
    this.rows += lines.length - (this.rows === 0 ? 1 : 0);
    try {
      this.#handle ??= openSync(this.file, 'w');
      writeSync(this.#handle, lines.join(''));
    } catch (cause) {
      throw new Fault(
        'error_file_refused',
        {
          zh: `无法写入错误文件 ${this.file}：${messageOf(cause)}；可用 --errors 指定别处`,
          en: `cannot write the file of errors ${this.file}: ${messageOf(cause)}; name another place with --errors`,
        },
        { cause, exitCode: exitCodes.unavailable },
      );
    }
  }

  #line(cells: readonly string[]): string {
    const quoted = cells.map((cell) =>
      cell.includes(this.#delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    );
    return `${quoted.join(this.#delimiter)}\n`;
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
  }
}
