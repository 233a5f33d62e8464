// Owns a table in a file, whichever kind of file it is: its head, its rows, its fingerprint, and how it was read.
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';
import { type Cell, textOfCell } from './cell.ts';
import { type Encoding, EncodingFinder, textRows } from './text-table.ts';

/** `line`: where it stands in the file, from 1. */
export type Row = { line: number; cells: Cell[] };

export type Table = {
  file: string;
  sha256: string;
  bytes: number;
  /** How it was read: the encoding that was taken, or the sheet. */
  readAs: string;
  from1904: boolean;
  head: readonly string[];
  /** After the head, without rows that are blank. May be asked for once. */
  rows: AsyncIterable<Row[]>;
  /** How far the rows have been read, from 0 to 1. */
  share(): number;
};

export type TableForm = {
  /** The row of the names of the columns. */
  head: number;
  encoding: Encoding | 'auto';
  delimiter?: string | undefined;
  sheet?: string | undefined;
};

export async function openTable(file: string, form: TableForm): Promise<Table> {
  const finder = new EncodingFinder();
  const hash = createHash('sha256');
  let isXlsx = false;
  try {
    isXlsx = await isArchive(file);
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(piece as Buffer);
      if (!isXlsx) finder.take(piece as Buffer);
    }
  } catch (cause) {
    throw refusal(file, { zh: `无法读取：${messageOf(cause)}`, en: `cannot be read: ${messageOf(cause)}` }, cause);
  }
  const known = { file, sha256: hash.digest('hex'), bytes: statSync(file).size };
  if (isXlsx) {
    const { readSheet, xlsxLimits } = await import('./spreadsheet.ts');
    if (known.bytes > xlsxLimits.file)
      throw refusal(file, {
        zh: `超过 ${xlsxLimits.file / 2 ** 20} MiB：请分成几个文件，或另存为 CSV`,
        en: `is larger than ${xlsxLimits.file / 2 ** 20} MiB: split it, or save it as CSV`,
      });
    const { name, rows, from1904 } = await readSheet(file, await readFile(file), form.sheet);
    let done = 0;
    const all = pieces(rows, (count) => {
      done = count;
    });
    const share = () => done / rows.length;
    return { ...known, readAs: `xlsx ${name}`, from1904, share, ...(await headed(file, all, form.head)) };
  }
  const encoding = finder.marked() ?? (form.encoding === 'auto' ? finder.found(file) : form.encoding);
  let done = 0;
  const rows = textRows(file, { encoding, delimiter: form.delimiter, head: form.head }, (bytes) => {
    done += bytes;
  });
  const share = () => done / known.bytes;
  return { ...known, readAs: encoding, from1904: false, share, ...(await headed(file, rows, form.head)) };
}

const refusal = (file: string, { zh, en }: Text, cause?: unknown): Fault =>
  new Fault('table_refused', { zh: `${file}：${zh}`, en: `${file}: ${en}` }, { cause, exitCode: exitCodes.data });

/** xlsx is a zip archive, whatever its name is. */
async function isArchive(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.readUInt32LE() === 0x04034b50; // PK 3 4
  } finally {
    await handle.close();
  }
}

async function* pieces(rows: Row[], onRows: (count: number) => void): AsyncGenerator<Row[]> {
  for (let from = 0; from < rows.length; from += 5_000) {
    yield rows.slice(from, from + 5_000);
    onRows(from + 5_000);
  }
}

const isBlank = ({ cells }: Row): boolean =>
  cells.every((cell) => cell === null || (typeof cell === 'string' && cell.trim() === ''));

async function headed(
  file: string,
  rows: AsyncGenerator<Row[]>,
  line: number,
): Promise<{ head: string[]; rows: AsyncIterable<Row[]> }> {
  for (;;) {
    const { value, done } = await rows.next();
    if (done === true)
      throw refusal(file, { zh: `没有第 ${line} 行（表头）`, en: `there is no row ${line}, the head` });
    const at = value.findIndex((row) => row.line >= line);
    if (at < 0) continue;
    const head = (value[at] as Row).cells.map((cell) => textOfCell(cell).trim());
    return { head, rows: rest(value.slice(at + 1), rows) };
  }
}

async function* rest(first: Row[], others: AsyncGenerator<Row[]>): AsyncGenerator<Row[]> {
  yield first.filter((row) => !isBlank(row));
  for await (const some of others) yield some.filter((row) => !isBlank(row));
}
