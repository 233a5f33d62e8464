// The report says what the snapshot says: the same figures in both languages and on paper.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram } from '../../core/real-programs.ts';
import { formatNumber } from '../../scoring/figure.ts';
import { inputs } from '../../scoring/golden.fixture.ts';
import { loadPack } from '../../scoring/pack.ts';
import { scoreSite } from '../../scoring/score.ts';
import { bundle } from '../golden.fixture.ts';
import { plantKey } from '../key.ts';
import { openSound, textOf } from '../open.ts';
import { standardSection } from './indicators.ts';
import { isFigure } from './model.ts';
import { printPdf } from './pdf.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-report-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const { snapshot, files, hash } = openSound((await bundle(plantKey(folder))).bytes);
const pages = { zh: textOf(files, 'report.zh.html'), en: textOf(files, 'report.en.html') };
const wordsOf = (html: string) => html.replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, '').replaceAll('&gt;', '>');

/** What must be found on every page, however it is made. */
const figures = snapshot.scores.flatMap(({ indicators, account }) =>
  [
    ...indicators,
    ...(account.emissions_total?.parts ?? []),
    ...Object.values(account).filter(({ id }) => /^(emissions|energy)_total/.test(id)),
  ].flatMap(({ value, unit }) => (value === null ? [] : [`${formatNumber(value)} ${unit}`])),
);

test('every figure of the snapshot stands on both pages, with its unit', () => {
  assert.ok(figures.length >= 8);
  for (const page of Object.values(pages)) for (const one of figures) assert.ok(wordsOf(page).includes(one), one);
});

test('a figure that is withheld for want of readings stands in no table as if it were given', () => {
  const part = Object.fromEntries([...inputs().slots].map(([name, list]) => [name, list.slice(0, list.length / 4)]));
  const { blocks } = standardSection(scoreSite(inputs({ slots: part }), loadPack('tcace')));
  const table = blocks.find((block) => block.kind === 'table');
  const row = table?.kind === 'table' ? table.rows[1] : undefined;
  assert.deepEqual(
    row?.slice(2, 5).map((cell) => (isFigure(cell) ? cell.figure : (cell as { en: string }).en)),
    [null, '≥30', 'withheld: too few readings'],
  );
});

test('both pages name the snapshot and carry the same figures in the same order', () => {
  const numbers = (html: string) => [...html.matchAll(/<td class="right">(.*?)<\/td>/g)].map(([, cell]) => cell);
  assert.deepEqual(numbers(pages.zh), numbers(pages.en));
  for (const page of Object.values(pages)) assert.ok(page.includes(hash));
  assert.match(pages.zh, /<html lang="zh-CN">/);
  assert.match(pages.zh, /一、报告主体基本信息[\s\S]*五、其他说明[\s\S]*真实性声明/);
  assert.match(pages.en, /1\. The reporting entity[\s\S]*5\. Other statements[\s\S]*Statement of truth/);
});

test('nothing is loaded from elsewhere, and nothing that a plant wrote becomes markup', async () => {
  assert.doesNotMatch(pages.en, /<script|<link|<img|url\(|http-equiv/);
  const name = { zh: '<b>甲</b>', en: '<script>alert(1)</script>' };
  const hostile = openSound((await bundle(plantKey(folder), { site: { name } })).bytes);
  assert.match(textOf(hostile.files, 'report.en.html'), /&lt;script&gt;alert\(1\)/);
  assert.doesNotMatch(textOf(hostile.files, 'report.en.html'), /<script/);
});

const chromium = findProgram('chromium');
const pdftotext = findProgram('pdftotext');

test('the PDF says the same, CO2 and Chinese included', { skip: chromium.skip || pdftotext.skip }, async () => {
  for (const [language, html] of Object.entries(pages)) {
    const [page, pdf] = [join(folder, `${language}.html`), join(folder, `${language}.pdf`)];
    writeFileSync(page, html);
    await printPdf(page, pdf);
    const text = execFileSync(pdftotext.path, ['-raw', pdf, '-'], { encoding: 'utf8' }).replaceAll(/\s/g, '');
    for (const one of figures) assert.ok(text.includes(one.replaceAll(' ', '')), `${language}: ${one}`);
    assert.ok(text.includes(hash));
    assert.ok(text.includes(language === 'zh' ? '购入电力排放' : 'emissionsofpurchasedelectricity'));
  }
});
