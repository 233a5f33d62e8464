import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault } from '../../core/fault.ts';
import { findPython } from '../../core/real-programs.ts';
import type { Cell, Unreadable } from './cell.ts';
import { openTable, type Row, type TableForm } from './table.ts';

const form: TableForm = { head: 1, encoding: 'auto' };

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-table-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function read(
  file: string,
  how: TableForm = form,
): Promise<{ head: readonly string[]; rows: Row[]; readAs: string }> {
  const { head, rows, readAs } = await openTable(file, how);
  const all: Row[] = [];
  for await (const some of rows) all.push(...some);
  return { head, rows: all, readAs };
}

const cellsOf = (rows: readonly Row[]): Cell[][] => rows.map(({ cells }) => cells);

test('UTF-8 with and without its mark, UTF-16 and GB18030 are told apart, however late they differ', async (context) => {
  const folder = folderFor(context);
  const file = join(folder, 'readings.csv');
  const gb = Buffer.from('b1edbac52ccaa1b5e70a', 'hex'); // 表号,省电
  for (const [bytes, readAs] of [
    [Buffer.from('\uFEFF表号,省电\n'), 'utf-8'],
    [Buffer.from('表号,省电\n'), 'utf-8'],
    [Buffer.from('\uFEFF表号,省电\n', 'utf16le'), 'utf-16le'],
    [gb, 'gb18030'],
  ] as const) {
    writeFileSync(file, bytes);
    const table = await read(file);
    assert.deepEqual([table.head, table.readAs], [['表号', '省电'], readAs]);
  }
  writeFileSync(file, Buffer.concat([Buffer.from(`a,b\n${'1,2\n'.repeat(400_000)}`), gb]));
  const late = await read(file);
  assert.equal(late.readAs, 'gb18030');
  assert.deepEqual(late.rows.at(-1), { line: 400_002, cells: ['表号', '省电'] });
  writeFileSync(file, Buffer.from([0x61, 0xff, 0xff, 0x0a]));
  await assert.rejects(read(file), (error) => error instanceof Fault && error.code === 'encoding_unknown');
});

test('whatever cells hold, a table is read as it was written', async (context) => {
  const file = join(folderFor(context), 'any.csv');
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r\n', ' ', '表', '🙂'), maxLength: 6 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), async (rows) => {
      const kept = rows.map(([a, b, c]) => [`x${a}`, b, c]);
      writeFileSync(file, [['one', 'two', 'three'], ...kept].map((row) => row.map(quoted).join(',')).join('\r\n'));
      const table = await read(file);
      assert.deepEqual(cellsOf(table.rows), kept);
      let line = 2;
      for (const [at, row] of table.rows.entries()) {
        assert.equal(row.line, line);
        line += 1 + (kept[at] as string[]).join('').split('\n').length - 1;
      }
    }),
    { numRuns: Number(process.env.TANBIAO_CASES ?? 200) },
  );
});

test('the head may stand below a title, blank rows are skipped, and a quote that is never closed is told', async (context) => {
  const file = join(folderFor(context), 'titled.csv');
  writeFileSync(file, '电表日报\n\n时间;表;值\n\n1;2;3\n;;\n');
  const { head, rows } = await read(file, { ...form, head: 3 });
  assert.deepEqual([head, rows], [['时间', '表', '值'], [{ line: 5, cells: ['1', '2', '3'] }]]);
  await assert.rejects(read(file, { ...form, head: 9 }), /there is no row 9, the head/);
  writeFileSync(file, 'a,b\n1,"2\n3,4\n');
  await assert.rejects(read(file), /titled.csv:2: a quote is never closed/);
  await assert.rejects(read(`${file}.missing`), /cannot be read/);
});

const python = findPython('openpyxl', 'apt install python3-openpyxl');

const workbook = `
import sys, datetime, openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.title = '读数'
sheet.append(['时间', '表计', '正向有功'])
sheet.append([datetime.datetime(2025, 3, 1, 0, 15), '总进线', 1234.5])
sheet.append(['2025-03-01 00:30', '总进线', '1,235.5'])
sheet.append([45717.03125, '总进线', '=C2+1'])
sheet.append([None, None, None])
sheet.append([datetime.date(2025, 3, 2), True, None])
sheet['C6'].value = '#DIV/0!'
sheet['C6'].data_type = 'e'
other = book.create_sheet('说明')
other.append(['备注'])
other.append(['甲'])
if len(sys.argv) > 2: book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
book.save(sys.argv[1])
`;

test('a workbook of another program is read: dates, numbers, text, errors, formulas without a result', {
  skip: python.skip,
}, async (context) => {
  const file = join(folderFor(context), 'readings.xlsx');
  execFileSync(python.path, ['-c', workbook, file]);
  const { head, rows, readAs } = await read(file);
  assert.deepEqual([head, readAs], [['时间', '表计', '正向有功'], 'xlsx 读数']);
  assert.deepEqual(
    rows.map(({ line }) => line),
    [2, 3, 4, 6],
  );
  const [date, text, serial, error] = cellsOf(rows) as [Cell[], Cell[], Cell[], Cell[]];
  assert.deepEqual(date, [new Date(Date.UTC(2025, 2, 1, 0, 15)), '总进线', 1234.5]);
  assert.deepEqual(text, ['2025-03-01 00:30', '总进线', '1,235.5']);
  assert.deepEqual(serial.slice(0, 2), [45717.03125, '总进线']);
  assert.match((serial[2] as Unreadable).text.en, /the formula has no result/);
  assert.match((error[2] as Unreadable).text.zh, /#DIV\/0!/);
  assert.deepEqual(cellsOf((await read(file, { ...form, sheet: '说明' })).rows), [['甲']]);
  await assert.rejects(read(file, { ...form, sheet: '数据' }), /there is no sheet "数据"; there are: 读数, 说明/);
  execFileSync(python.path, ['-c', workbook, file, '1904']);
  const mac = await openTable(file, form);
  assert.equal(mac.from1904, true);
  for await (const [first] of mac.rows) {
    assert.deepEqual(first?.cells[0], new Date(Date.UTC(2025, 2, 1, 0, 15)));
    break;
  }
});

/** An archive of one part, of which the directory says what one likes. */
function archive(content: Buffer, told: number): Buffer {
  const packed = deflateRawSync(content, { level: 9 });
  const name = Buffer.from('xl/workbook.xml');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(told, 22);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(told, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, entry, name, end]);
}

test('an archive that unpacks without bound is refused, whether it says so or not', async (context) => {
  const file = join(folderFor(context), 'bomb.xlsx');
  const zeros = Buffer.alloc(64 * 2 ** 20);
  const before = process.memoryUsage().rss;
  for (const told of [2 ** 32 - 1, 0]) {
    writeFileSync(file, archive(zeros, told));
    await assert.rejects(read(file), /unpacks to more than 512 MiB/);
  }
  writeFileSync(file, archive(zeros, 1_000)); // says that it is small: it is held to that
  await assert.rejects(read(file), /cannot be read as xlsx/);
  assert.ok(process.memoryUsage().rss - before < 300 * 2 ** 20);
  writeFileSync(file, Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100)]));
  await assert.rejects(read(file), /is not an xlsx file, or has a password/);
});
