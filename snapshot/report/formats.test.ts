// Every report in every form: the same figures to the last digit, in HTML, on paper and in live cells.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { reportIds } from '../../core/config/report-schema.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import type { LedgerEntry } from '../../core/ledger.ts';
import { findProgram, findPython } from '../../core/real-programs.ts';
import { languages } from '../../core/text.ts';
import { accountFor } from '../../scoring/emissions.ts';
import { formatNumber } from '../../scoring/figure.ts';
import { inputs, site, slots } from '../../scoring/golden.fixture.ts';
import { ledgerOf, newYear, software, storeOf } from '../golden.fixture.ts';
import { sealYear, type Workshop } from '../make.ts';
import { composeReport, writeReport } from './desk.ts';
import { type Cell, type FigureCell, isFigure, type Report, roundedFigure } from './model.ts';

const folder = mkdtempSync(join(tmpdir(), 'tanbiao-formats-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const heat = { 'heat-main.heat_energy': slots(() => 1.5, 5) };
const shop: Workshop = {
  site,
  dataFolder: folder,
  store: storeOf({ slots: heat }),
  ledger: ledgerOf({ slots: heat }),
  clock: new FakeClock(newYear),
  software,
};
const { snapshot } = await sealYear(shop, 2025);
const asked = [
  ...reportIds.map((id) => [id, '2025'] as const),
  ['energy', '2025-11'],
  ['energy', '2025-11-03'],
] as const;
const reports: Report[] = [];
for (const [id, period] of asked) reports.push(await composeReport(shop, id, period));

const tablesOf = ({ sections }: Report) =>
  sections.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'table' ? [block] : [])));
const figuresIn = (row: readonly Cell[]): FigureCell[] => row.filter(isFigure);
const factsOf = ({ sections }: Report): FigureCell[] =>
  sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.kind === 'facts' ? block.rows.flatMap(([, cell]) => (isFigure(cell) ? [cell] : [])) : [],
    ),
  );
const allOf = (report: Report): number[] =>
  [...factsOf(report), ...tablesOf(report).flatMap(({ rows }) => rows.flatMap(figuresIn))].flatMap(
    ({ figure }) => figure ?? [],
  );

test('what is reported is what was sealed: indicators, sources of emissions, energy of the year', () => {
  const [annual, gases, energy] = reports as [Report, Report, Report];
  const account = snapshot.scores[0]?.account ?? {};
  const told = (report: Report) => new Set(allOf(report));
  for (const { value } of snapshot.scores.flatMap(({ indicators }) => indicators))
    assert.ok(value === null || told(annual).has(value), `${value}`);
  for (const { value } of [account.emissions_total, ...(account.emissions_total?.parts ?? [])].flatMap(
    (one) => one ?? [],
  ))
    assert.ok(value === null || told(gases).has(value), `${value}`);
  for (const id of ['grid_import', 'electricity_consumed', 'energy_total', 'energy_heat', 'heat_purchased'])
    assert.ok(told(energy).has(account[id]?.value ?? Number.NaN), id);
});

test('heat that was sold is deducted from the emissions of energy, as in the account', async () => {
  const sold = {
    ...{ kind: 'booking', id: 'sold', carrier: 'heat_sold', from: '2025-02-01', to: '2025-02-28' },
    ...{ amount: 1_000, unit: 'GJ' },
  } as LedgerEntry;
  const change = { slots: heat, ledger: (entries: LedgerEntry[]) => [...entries, sold] };
  const report = await composeReport({ ...shop, ledger: ledgerOf(change) }, 'energy', '2025');
  const rows = tablesOf(report).flatMap((table) => table.rows);
  const of = (name: string) =>
    rows.find(([first]) => typeof first === 'object' && 'en' in first && first.en === name)?.[1] as FigureCell;
  assert.equal(of('emissions of heat sold, deducted').figure, -110);
  const total = accountFor(inputs(change)).emissions_total.trace.value ?? Number.NaN;
  assert.ok(Math.abs((of('sum of the emissions of energy').figure ?? Number.NaN) - total) < 1e-6);
});

test('the days of a month, and the hours of a day, add up to the whole', () => {
  const electricity = (report: Report | undefined) => {
    const steps = tablesOf(report as Report).find(({ title }) => title.en === 'Step by step');
    return steps?.rows.reduce((sum, row) => sum + ((row[1] as FigureCell).figure ?? Number.NaN), 0) ?? Number.NaN;
  };
  const consumed = (report: Report | undefined) => {
    const rows = tablesOf(report as Report)[0]?.rows ?? [];
    const row = rows.find(([name]) => (name as { en: string }).en === 'electricity consumed') ?? [];
    return (row[1] as FigureCell).figure ?? Number.NaN;
  };
  for (const report of reports.slice(-2)) assert.ok(Math.abs(electricity(report) - consumed(report)) < 1e-6);
  assert.equal(consumed(reports.at(-2)), 30 * 18_000);
});

test('the HTML has every figure in its cell, in both languages', async () => {
  for (const report of reports)
    for (const language of languages) {
      const html = Buffer.from(await writeReport(report, language, 'html')).toString();
      const cells = [...html.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, text = '']) =>
        text.replaceAll(/<[^>]+>/g, ''),
      );
      const kept = new Set(cells.map((text) => text.replace(/(?<=\d) [^\d ].*$/, '')));
      for (const one of allOf(report))
        assert.ok(kept.has(formatNumber(report.rounded ? roundedFigure(one) : one)), `${report.subtitle.en}: ${one}`);
    }
});

const python = findPython('openpyxl', 'apt install python3-openpyxl');
const reading = `
import json, sys, openpyxl
live = openpyxl.load_workbook(sys.argv[1]); kept = openpyxl.load_workbook(sys.argv[1], data_only=True)
print(json.dumps([{
  'name': s.title, 'freeze': s.freeze_panes,
  'live': [[c.value for c in row] for row in s.iter_rows()],
  'kept': [[c.value for c in row] for row in kept[s.title].iter_rows()],
} for s in live]))
`;

type ReadSheet = {
  name: string;
  freeze: string;
  live: (string | number | null)[][];
  kept: (string | number | null)[][];
};

test('the workbook, read by another program, has every figure as a number, its unit and grounds beside it, and sums that add up', {
  skip: python.skip,
}, async () => {
  const file = join(folder, 'report.xlsx');
  let formulas = 0;
  for (const report of reports)
    for (const language of languages) {
      const bytes = await writeReport(report, language, 'xlsx');
      assert.deepEqual(Buffer.from(bytes), Buffer.from(await writeReport(report, language, 'xlsx')));
      writeFileSync(file, bytes);
      const read = JSON.parse(
        execFileSync(python.path, ['-c', reading, file], { maxBuffer: 2 ** 27 }).toString(),
      ) as ReadSheet[];
      const [front, ...sheets] = read as [ReadSheet, ...ReadSheet[]];
      const numbers = (rows: ReadSheet['kept']) => rows.flat().filter((one) => typeof one === 'number');
      assert.deepEqual(
        numbers(front.kept),
        factsOf(report).flatMap(({ figure }) => figure ?? []),
      );
      const tables = tablesOf(report);
      assert.equal(sheets.length, tables.length);
      for (const [index, { name, freeze, live, kept }] of sheets.entries()) {
        const { rows = [] } = tables[index] ?? {};
        assert.equal(freeze, 'A4', name);
        for (const [at, row] of rows.entries()) {
          const cells = kept[at + 3] ?? [];
          const figures = figuresIn(row).filter(({ figure }) => figure !== null);
          assert.deepEqual(
            cells.filter((one) => typeof one === 'number'),
            figures.map(({ figure }) => figure),
            `${name} ${at}`,
          );
          for (const { figure, unit = '1' } of figures)
            if (unit !== '1')
              assert.ok(
                cells.some((cell, place) => cell === figure && cells[place + 1] === unit.replace('CO2', 'CO₂')),
                `${figure} ${unit}`,
              );
          for (const { from } of figures) if (from !== undefined) assert.ok(String(cells.at(-1)).includes(from), from);
          for (const [column, formula] of (live[at + 3] ?? []).entries()) {
            if (typeof formula !== 'string' || !/^=[A-Z]+\d/.test(formula)) continue;
            const sum = formula
              .slice(1)
              .split('+')
              .reduce((total, place) => total + Number(kept[Number(place.replace(/\D/g, '')) - 1]?.[column]), 0);
            const told = Number(cells[column]);
            assert.ok(Math.abs(sum - told) <= 1e-9 * Math.max(1, Math.abs(told)), `${name}: ${formula}`);
            formulas++;
          }
        }
      }
    }
  assert.ok(formulas >= 10);
});

const chromium = findProgram('chromium');
const pdftotext = findProgram('pdftotext');

test('on paper stand the same figures', { skip: chromium.skip || pdftotext.skip }, async () => {
  const sections = reports.flatMap((report) => report.sections);
  const whole = { ...(reports[0] as Report), sections };
  for (const language of languages) {
    const file = join(folder, `${language}.pdf`);
    writeFileSync(file, await writeReport(whole, language, 'pdf'));
    const text = execFileSync(pdftotext.path, ['-raw', file, '-'], { encoding: 'utf8', maxBuffer: 2 ** 26 }).replaceAll(
      /\s/g,
      '',
    );
    for (const one of allOf(whole))
      assert.ok(text.includes(formatNumber(one).replaceAll(' ', '')), `${language}: ${one}`);
    assert.ok(text.includes(language === 'zh' ? '按车间与部位' : 'Byworkshop'));
    assert.ok(text.includes('tCO2e') || text.includes('tCO₂e'));
  }
});

test('a month is written for people: two decimals, words for qualities, plain times, the cost of its power, and sums', async () => {
  const own = join(folder, 'with-tariff');
  mkdirSync(own);
  copyFileSync(join(import.meta.dirname, '../../deploy/sites/demo/tariffs.yaml'), join(own, 'tariffs.yaml'));
  const month = await composeReport({ ...shop, site: { ...site, folder: own } }, 'energy', '2025-11');
  const table = (name: string) => tablesOf(month).find(({ title }) => title.en === name)?.rows ?? [];
  const [grid] = table('By medium');
  const bands = table('Cost by time of use');
  const amount = (row: readonly Cell[] | undefined, column: number) =>
    (row?.[column] as FigureCell | undefined)?.figure ?? Number.NaN;
  assert.equal(amount(bands.at(-1), 1), amount(grid, 1));
  assert.ok(amount(bands.at(-1), 2) > 100_000);
  assert.equal(roundedFigure(30_423.225), 30_423.23);
  const emissions = table('Emissions of energy').map((row) => amount(row, 1));
  const whole = emissions.pop() as number;
  assert.ok(Math.abs(emissions.reduce((sum, one) => sum + one, 0) - whole) < 1e-9 && whole > 0);
  const html = Buffer.from(await writeReport(month, 'zh', 'html')).toString();
  assert.match(html, /2025-11-01 00:00 … 2025-12-01 00:00/);
  assert.match(html, /<td>实测<\/td>/);
  assert.doesNotMatch(html, /<td[^>]*>[\d ]+\.\d{3,}|\bgood\b|\+08:00/);
});

test('a period that is none, and a month of a yearly report, are refused with an example', async () => {
  await assert.rejects(composeReport(shop, 'energy', '2025-13'), { code: 'period_invalid' });
  await assert.rejects(composeReport(shop, 'energy', '2025-02-30'), { code: 'period_invalid' });
  await assert.rejects(composeReport(shop, 'annual', '2025-11'), { code: 'report_yearly' });
  await assert.rejects(composeReport(shop, 'energy', '2026-02'), { code: 'period_empty' });
});

test('the same place in another period: 环比 and 同比 compare equal lengths, and say nothing where too little was measured', async () => {
  const { period } = inputs();
  const running: Workshop = { ...shop, clock: new FakeClock(Date.UTC(2025, 10, 11, 2)) };
  const november = await composeReport(running, 'energy', '2025-11');
  const row =
    tablesOf(november)[0]?.rows.find(([name]) => (name as { en: string }).en === 'electricity consumed') ?? [];
  const values = row.map((cell) => (isFigure(cell) ? cell.figure : cell));
  assert.deepEqual(values.slice(1, 4), [10 * 18_000, 10 * 18_000, 0]);
  assert.deepEqual(values.slice(4, 6), [null, null]);
  assert.ok(period.start < running.clock.now());
});
