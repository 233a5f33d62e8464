// Owns hucre: reads the rows of one sheet of an xlsx file, within limits that no file can exceed.
import { readXlsx } from 'hucre/xlsx';
import { exitCodes, Fault, messageOf } from '../../core/fault.ts';
import type { Text } from '../../core/text.ts';
import { type Cell, Unreadable } from './cell.ts';
import type { Row } from './table.ts';

/** A year of quarters of an hour for twenty meters has 700,000 cells in 15 MB. What is larger belongs into CSV. */
export const xlsxLimits = { file: 64 * 2 ** 20, unpacked: 512 * 2 ** 20 };

export type Sheet = { name: string; rows: Row[]; from1904: boolean };

export async function readSheet(file: string, content: Uint8Array, wanted?: string): Promise<Sheet> {
  refuseBomb(file, content);
  const names: string[] = [];
  const workbook = await readXlsx(content, {
    sheets: (info, index) => {
      names.push(info.name);
      return wanted === undefined ? index === 0 : info.name === wanted;
    },
  }).catch((cause: unknown) => {
    throw refusal(file, {
      zh: `无法作为 xlsx 读取（${messageOf(cause)}）：请在电子表格中重新另存`,
      en: `cannot be read as xlsx (${messageOf(cause)}): save it anew in the spreadsheet`,
    });
  });
  const [sheet] = workbook.sheets;
  if (sheet === undefined)
    throw refusal(file, {
      zh: `没有工作表 “${wanted}”；有：${names.join('、')}`,
      en: `there is no sheet "${wanted}"; there are: ${names.join(', ')}`,
    });
  const rows = sheet.rows.map((values, index): Row => ({ line: index + 1, cells: values }));
  for (const [place, { type, value, formula }] of sheet.cells ?? []) {
    const [row = 0, column = 0] = place.split(',').map(Number);
    const cells = rows[row]?.cells;
    if (cells === undefined) continue;
    if (type === 'error') cells[column] = unreadable(`单元格为错误 ${value}`, `the cell is the error ${value}`);
    else if (formula !== undefined && (cells[column] ?? null) === null)
      cells[column] = unreadable(
        '公式没有计算结果：请在电子表格中打开并保存一次',
        'the formula has no result: open and save the file in a spreadsheet once',
      );
  }
  return { name: sheet.name, rows, from1904: workbook.dateSystem === '1904' };
}

const unreadable = (zh: string, en: string): Cell => new Unreadable({ zh, en });

const refusal = (file: string, { zh, en }: Text): Fault =>
  new Fault('spreadsheet_refused', { zh: `${file}：${zh}`, en: `${file}: ${en}` }, { exitCode: exitCodes.data });

/** The directory of the archive tells what each part unpacks to; the reader holds each part to it. */
function refuseBomb(file: string, content: Uint8Array): void {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  let end = content.length - 22;
  while (end >= 0 && content.length - end < 66_000 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50)
    throw refusal(file, { zh: '不是 xlsx 文件（或有密码）', en: 'is not an xlsx file, or has a password' });
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let entry = 0; entry < view.getUint16(end + 10, true); entry++) {
    if (at + 46 > content.length || view.getUint32(at, true) !== 0x02014b50)
      throw refusal(file, { zh: '压缩目录已损坏', en: 'the directory of the archive is damaged' });
    const [packed, unpacked] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    // A part that says that it unpacks to nothing would be held to nothing.
    total += unpacked === 0 && packed > 16 ? Number.POSITIVE_INFINITY : unpacked;
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  if (total <= xlsxLimits.unpacked) return;
  const most = `${xlsxLimits.unpacked / 2 ** 20} MiB`;
  throw refusal(file, {
    zh: `解压后超过 ${most}：请分成几个文件，或另存为 CSV`,
    en: `unpacks to more than ${most}: split it, or save it as CSV`,
  });
}
