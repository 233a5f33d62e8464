// Owns printing a page to PDF by the Chromium that is on the machine, where there is one.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { exitCodes, Fault } from '../../core/fault.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'msedge'];
const patience = 120_000;

function findChromium(): string {
  const asked = process.env.TANBIAO_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = [
    ...(asked === undefined ? [] : [asked]),
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
  ];
  const path = found.find((file) => existsSync(file));
  if (path !== undefined) return path;
  throw new Fault(
    'chromium_missing',
    {
      zh: '没有找到 Chromium，无法生成 PDF：请安装（Debian：apt install chromium fonts-noto-cjk），或用 TANBIAO_CHROMIUM 指明；HTML 已可打印',
      en: 'there is no Chromium to make a PDF with: install it (Debian: apt install chromium fonts-noto-cjk) or name it with TANBIAO_CHROMIUM; the HTML prints as well',
    },
    { exitCode: exitCodes.unavailable },
  );
}

/** The page loads nothing: the browser has a profile of its own and no network to speak to. */
export async function printPdf(page: string, pdf: string): Promise<void> {
  const chromium = findChromium();
  const profile = mkdtempSync(join(tmpdir(), 'tanbiao-print-'));
  const isRoot = process.getuid?.() === 0;
  try {
    const options = [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--no-pdf-header-footer',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      ...(isRoot ? ['--no-sandbox'] : []),
      `--user-data-dir=${profile}`,
      `--print-to-pdf=${pdf}`,
      pathToFileURL(page).href,
    ];
    await promisify(execFile)(chromium, options, { timeout: patience });
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
