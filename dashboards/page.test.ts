// The page in a real browser: what a person sees, in both languages, when all is well and when something is not.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { runSite } from '../bin/run-site.ts';
import { software } from '../bin/software.ts';
import { temporarySite } from '../bin/temporary-site.ts';
import { Calendar, day } from '../core/calendar.ts';
import { systemClock } from '../core/clock.ts';
import { findProgram } from '../core/real-programs.ts';
import { sealYear } from '../snapshot/make.ts';
import { verifyBundle } from '../snapshot/verify.ts';

const { path: executablePath, skip } = findProgram('chromium');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Headless, and silent on the network: a browser looks for its maker at every start. */
const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

type Violation = { id: string; impact: string; nodes: { html: string }[] };

async function seriousViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const result = await page.evaluate('axe.run()');
  return (result as { violations: Violation[] }).violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Each screen, what it waits for, and what it must say. The golden plant's figures are known to the last digit. */
const screens = [
  {
    view: 'now',
    ready: 'main:has(.met [data-standard=tcace]):has([data-meter=main][data-state=fresh]):not(:has(.tile.missing))',
    texts: {
      zh: ['kgCO₂e/h', '（近）零碳工厂', '今日电量流向'],
      en: ['kgCO₂e/h', '(near) zero-carbon factory', "Today's electricity"],
    },
  },
  {
    view: 'score',
    ready: '[data-indicator=ca-4]',
    texts: {
      zh: ['可再生电力消费占比', '32.34', '（近）零碳工厂'],
      en: ['renewable electricity share', '32.34', '(near) zero-carbon factory'],
    },
  },
  {
    view: 'flow',
    ready: '.sankey rect',
    texts: {
      zh: ['能流图', '生产车间', '未计量', '583.2 tce'],
      en: ['Energy flow', 'Workshop', 'not metered', '583.2 tce'],
    },
  },
  {
    view: 'workshops',
    ready: '[data-workshop=workshop]',
    texts: {
      zh: ['车间对比', '生产车间', '6,570,000', '待机占比'],
      en: ['Workshops', 'Workshop', '6,570,000', 'Standby share'],
    },
  },
  {
    view: 'load',
    ready: '[data-figure=maximum]',
    texts: {
      zh: ['最大需量', '541.7', '4,745,000'],
      en: ['Maximum demand', '541.7', '4,745,000'],
    },
  },
  {
    view: 'snapshots',
    ready: '[data-frozen="0001-2025"] [data-sealed=ca-2]',
    texts: {
      zh: ['年度快照', '0001-2025', '封存', '32.344', '下载'],
      en: ['Annual snapshots', '0001-2025', 'sealed', '32.344', 'download'],
    },
  },
  {
    view: 'reports',
    ready: '[data-report=xlsx]',
    texts: {
      zh: ['报表中心', '温室气体排放报告', '没有计划的报表'],
      en: ['Reports', 'Greenhouse-gas report', 'No report is planned'],
    },
  },
  {
    view: 'quality',
    ready: '[data-quality="gas-main.gas_volume"]',
    texts: { zh: ['此范围内每天都完整', '100.00 %'], en: ['Every day of this range is complete', '100.00 %'] },
  },
  {
    view: 'gateways',
    ready: '[data-device=main][data-state=fresh]',
    texts: { zh: ['gw-1', '在线', '总进线表'], en: ['gw-1', 'online', 'Main incomer'] },
  },
] as const;

const looks = [
  { language: 'zh', theme: 'light', width: 1_600 },
  { language: 'en', theme: 'dark', width: 1_600 },
  { language: 'zh', theme: 'dark', width: 390 },
  { language: 'en', theme: 'light', width: 390 },
] as const;

test('the page', { skip }, async (context) => {
  const { context: site } = temporarySite(context, 'golden');
  const running = await runSite(site, { signal: new AbortController().signal, port: 0 });
  context.after(() => running.stop());
  const { store, ledger } = running;
  await sealYear({ site: site.site, dataFolder: site.dataFolder, store, ledger, clock: systemClock, software }, 2025);
  const browser = await launch();
  context.after(() => browser.close());
  const url = running.dashboards?.url ?? '';
  const screenshots = process.env.TANBIAO_SCREENSHOTS;
  if (screenshots !== undefined) mkdirSync(screenshots, { recursive: true });

  const open = async (query: string, ready: string, width = 1_600, height = 1_000) => {
    // The page's own rules forbid scripts from outside: the checker of accessibility is one.
    const tab = await browser.newContext({ viewport: { width, height }, bypassCSP: true });
    const page = await tab.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(error.message));
    await page.goto(`${url}/?${query}`);
    await page.locator(ready).first().waitFor();
    return { page, noise, close: () => tab.close() };
  };

  for (const { view, ready, texts } of screens) {
    for (const { language, theme, width } of looks) {
      await context.test(
        `${view}, ${language}, ${theme}, ${width} px: complete, accessible, silent, and no wider than the screen`,
        async () => {
          const { page, noise, close } = await open(
            `view=${view}&lang=${language}&theme=${theme}&year=2025&range=custom&from=2025-01-01&to=2025-12-31`,
            ready,
            width,
          );
          const text = await page.locator('body').innerText();
          for (const words of texts[language]) assert.ok(text.includes(words), `${words} is not in ${text}`);
          if (language === 'en')
            assert.doesNotMatch(text.replaceAll('中文', ''), /[一-龥]/, 'Chinese on the English page');
          assert.deepEqual(await seriousViolations(page), []);
          assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'scrolls sideways');
          if (screenshots !== undefined)
            await page.screenshot({
              path: join(screenshots, `${view}-${language}-${theme}-${width}.png`),
              fullPage: true,
            });
          assert.deepEqual(noise, []);
          await close();
        },
      );
    }
  }

  await context.test(
    'a snapshot is verified on the page, figure by figure, compared with now, and downloaded',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light&view=snapshots', '[data-sealed=ca-2]');
      await page.locator('[data-verify]').click();
      await page.locator('[data-outcome=sound]').waitFor({ timeout: 120_000 });
      assert.match(await page.locator('[data-sealed=ca-2]').innerText(), /32\.344 %.*= equal/s);
      await page.locator('.doing select').selectOption('now');
      await page.locator('[data-changes="0"]').waitFor({ timeout: 120_000 });
      assert.match(page.url(), /check=yes.*against=now|against=now.*check=yes/);
      assert.deepEqual(await seriousViolations(page), []);
      const bundle = await fetch(new URL('/api/snapshots/0001-2025/bundle', url));
      assert.ok(verifyBundle(Buffer.from(await bundle.arrayBuffer())).ok);
      const report = await fetch(new URL('/api/reports/energy/2025-11/en/xlsx', url));
      assert.match(report.headers.get('content-disposition') ?? '', /golden-energy-2025-11\.en\.xlsx/);
      assert.equal((await fetch(new URL('/api/snapshots/..%2F..%2Fx/bundle', url))).status, 400);
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test('a score opens down to the meter and its readings in three steps, by keyboard alone', async () => {
    const { page, noise, close } = await open('lang=zh&theme=light&view=score&year=2025', '[data-indicator=ca-2]');
    await page.locator('[data-indicator=ca-2]').focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('dialog.drawer');
    await drawer.waitFor();
    assert.match(page.url(), /trace=ca-2/);
    assert.match(await drawer.innerText(), /261\.1625 tce \/ 807\.453 tce = 32\.34398782 %/);
    await drawer.locator('[data-meter-leaf="pv-roof.energy_generated"]').focus();
    await page.keyboard.press('Enter');
    await drawer.locator('.chart .u-over').first().waitFor();
    assert.match(await drawer.innerText(), /35040 个 15 分钟时段/);
    await drawer.locator('input[type=date]').first().fill('2025-03-01');
    await drawer.locator('.samples tr').nth(95).waitFor();
    assert.match(await drawer.locator('.readings').innerText(), /7,000\.00 kWh/);
    assert.match(await drawer.locator('.samples').innerText(), /kWh\s+实测/);
    const shown = await drawer.locator('.samples td:nth-child(2)').allInnerTexts();
    const { start, end } = new Calendar('Asia/Shanghai').dayOf(Date.UTC(2025, 2, 1));
    const stored = await running.store.samples({ meter: 'pv-roof', point: 'energy_generated' }, { start, end });
    assert.deepEqual(
      shown.map((cell) => Number(cell.replace(/[^0-9.]/g, ''))),
      stored.value,
      'the drawer ends at the readings that are stored',
    );
    await drawer.locator('summary').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await seriousViolations(page), []);
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'trace.png') });
    const address = page.url();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    assert.doesNotMatch(page.url(), /trace|leaf|day/);
    await page.goto(address);
    await drawer.locator('.samples tr').nth(95).waitFor();
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test(
    'the screens are reached by keyboard, the address names each, and going back goes back',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light', '[data-meter=main]');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
      await page.locator('nav.nav a', { hasText: 'Score' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-indicator=ca-2]').waitFor();
      assert.match(page.url(), /view=score/);
      assert.equal(await page.locator('nav.nav [aria-current=page]').innerText(), 'Score');
      await page.goBack();
      await page.locator('[data-meter=main]').waitFor();
      await page.goForward();
      await page.locator('.choices button', { hasText: '2024' }).click();
      await page.locator('[data-verdict=not_assessable]').waitFor();
      assert.match(page.url(), /year=2024/);
      assert.match(await page.locator('[data-indicator=ca-2]').innerText(), /not assessable/);
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'the load curve is the stored slots; its range moves by keyboard and stays in the address',
    async () => {
      const { page, noise, close } = await open(
        'lang=en&theme=dark&view=load&meter=workshop&range=custom&from=2025-03-03&to=2025-03-03&compare=before',
        '[data-figure=maximum]',
      );
      const { start, end } = new Calendar('Asia/Shanghai').dayOf(Date.UTC(2025, 2, 3));
      const [slots = []] = await running.store.slots([{ meter: 'workshop', point: 'energy_import' }], 'quarter', {
        start,
        end,
      });
      const response = await fetch(`${url}/api/load?meter=workshop&point=energy_import&start=${start}&end=${end}`);
      const curve = (await response.json()) as { amount: number[]; whole: number[] };
      assert.deepEqual(
        curve.amount,
        slots.map(({ value }) => value / 1_000),
      );
      assert.ok(curve.whole.every((one) => one === 1));
      assert.match(await page.locator('.figures').innerText(), /18,000\s*kWh/);
      await page.locator('button[aria-label=Earlier]').focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/from=2025-03-02&to=2025-03-02/);
      assert.equal(await page.locator('input[aria-label=from]').inputValue(), '2025-03-02');
      await page.locator('details.table summary').focus();
      await page.keyboard.press('Enter');
      const [before = []] = await running.store.slots([{ meter: 'workshop', point: 'energy_import' }], 'quarter', {
        start: start - day,
        end: start,
      });
      const most = before.reduce((best, one) => (one.value > best.value ? one : best));
      const [, total, maximum, at] = (await page.locator('details.table tbody').innerText()).split('\t');
      assert.equal(total, '18,000.0');
      assert.equal(Number(maximum?.replace(',', '')), Math.round((most.value * 4) / 100) / 10);
      assert.equal(at, new Date(most.start + 8 * 3_600_000).toISOString().slice(11, 16));
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'a question that cannot be answered is refused with the reason, in the language of who asks',
    async () => {
      const ask = async (path: string, language: string, headers: Record<string, string> = {}) => {
        const response = await fetch(`${url}/api/${path}`, { headers: { 'Accept-Language': language, ...headers } });
        return { response, text: await response.text() };
      };
      const refused: [path: string, status: number, zh: RegExp, en: RegExp][] = [
        [
          'load?meter=main&point=energy_import&start=5&end=5',
          400,
          /end: 必须晚于 start/,
          /end: must be later than start/,
        ],
        ['flow?start=0&end=1700000000000', 400, /最多查询 400 天/, /at most 400 days/],
        ['samples?meter=main&point=power&start=0&end=9000000000', 400, /最多查询 31 天/, /at most 31 days/],
        ['slots?meter=..%2f&point=energy_import&start=0&end=9', 400, /meter: /, /meter: /],
        ['score/tcace/1066', 400, /2000/, /2000/],
        ['score/no-such-pack/2025', 404, /no-such-pack/, /no-such-pack/],
        ['no-such-route', 404, /没有接口/, /there is no/],
      ];
      for (const [path, status, zh, en] of refused) {
        for (const [language, words] of [
          ['zh-CN', zh],
          ['en', en],
        ] as const) {
          const { response, text } = await ask(path, language);
          assert.equal(response.status, status, `${path}: ${text}`);
          assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
          assert.match((JSON.parse(text) as { detail: string }).detail, words);
        }
      }
      const { response } = await ask('score/tcace/2025', 'en');
      const again = await ask('score/tcace/2025', 'en', {
        'If-None-Match': response.headers.get('etag') ?? '',
        'Cache-Control': 'max-age=0',
      });
      assert.equal(again.response.status, 304, 'what did not change is not sent again');
    },
  );

  await context.test('a dead server looks dead: its tile says so, the rest is live, and it comes back', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.plant?.servers.get('boiler-house')?.stop();
    await page.locator('[data-meter=gas-main][data-state=missing]').waitFor({ timeout: 15_000 });
    await page.locator('[data-total=carbon].missing').waitFor();
    assert.equal(await page.locator('[data-meter=gas-main] .number').innerText(), '—');
    assert.equal(await page.locator('[data-meter=main]').getAttribute('data-state'), 'fresh');
    await page.locator('nav.nav a', { hasText: 'Gateways' }).click();
    await page.locator('[data-device=gas-main][data-state=bad]').waitFor();
    await page.locator('[data-device=main][data-state=fresh]').waitFor();
    await page.goBack();
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'missing.png'), fullPage: true });
    await running.plant?.servers.get('boiler-house')?.start();
    await page.locator('[data-meter=gas-main][data-state=fresh]').waitFor({ timeout: 60_000 });
    await close();
  });

  await context.test('when the server is gone, nothing on the page pretends to be live', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.dashboards?.stop();
    await page.locator('.pill.offline').waitFor({ timeout: 30_000 });
    await page.locator('[data-meter=main][data-state=stale]').waitFor();
    assert.match(await page.locator('[data-meter=main]').innerText(), /read \d+ s ago/);
    await page.locator('[data-total=consumption].missing').waitFor();
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'offline.png'), fullPage: true });
    await close();
  });
});
