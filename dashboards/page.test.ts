// The page in a real browser: what a person sees, in both languages, when all is well and when something is not.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { runSite } from '../bin/run-site.ts';
import { temporarySite } from '../bin/temporary-site.ts';
import { findProgram } from '../core/real-programs.ts';

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

test('the page', { skip }, async (context) => {
  const { context: site } = temporarySite(context, 'golden');
  const running = await runSite(site, { signal: new AbortController().signal, port: 0 });
  context.after(() => running.stop());
  const browser = await launch();
  context.after(() => browser.close());
  const url = running.dashboards?.url ?? '';
  const screenshots = process.env.TANBIAO_SCREENSHOTS;
  if (screenshots !== undefined) mkdirSync(screenshots, { recursive: true });

  const open = async (query: string, width = 1_600, height = 1_000) => {
    // The page's own rules forbid scripts from outside: the checker of accessibility is one.
    const tab = await browser.newContext({ viewport: { width, height }, bypassCSP: true });
    const page = await tab.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(error.message));
    await page.goto(`${url}/?${query}`);
    await page.locator('[data-indicator=ca-4]').waitFor();
    await page.locator('[data-meter=main][data-state=fresh]').waitFor();
    return { page, noise, close: () => tab.close() };
  };

  for (const language of ['zh', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1_600, 390]) {
        await context.test(
          `${language}, ${theme}, ${width} px: complete, accessible, silent, and no wider than the screen`,
          async () => {
            const { page, noise, close } = await open(`lang=${language}&theme=${theme}`, width);
            const text = await page.locator('body').innerText();
            assert.match(text, /32\.34 %/);
            for (const words of language === 'zh'
              ? ['可再生电力消费占比', '（近）零碳工厂']
              : ['renewable electricity share', '(near) zero-carbon factory'])
              assert.ok(text.includes(words), words);
            assert.match(text, /kgCO₂e\/h/);
            if (language === 'en')
              assert.doesNotMatch(text.replaceAll('中文', ''), /[一-龥]/, 'Chinese on the English page');
            assert.deepEqual(await seriousViolations(page), []);
            assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'scrolls sideways');
            if (screenshots !== undefined)
              await page.screenshot({
                path: join(screenshots, `page-${language}-${theme}-${width}.png`),
                fullPage: true,
              });
            assert.deepEqual(noise, []);
            await close();
          },
        );
      }
    }
  }

  await context.test('a score opens down to the meter and its readings, by keyboard alone', async () => {
    const { page, noise, close } = await open('lang=zh&theme=light');
    await page.locator('[data-indicator=ca-2]').focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('dialog.drawer');
    await drawer.waitFor();
    assert.match(page.url(), /trace=ca-2/);
    assert.match(await drawer.innerText(), /261\.1625 tce \/ 807\.453 tce = 32\.34398782 %/);
    for (const name of ['electricity_self_used', 'electricity_generated', 'pv-roof.energy_generated']) {
      await drawer.locator('summary', { hasText: name }).first().focus();
      await page.keyboard.press('Enter');
    }
    await drawer.locator('.chart .u-over').first().waitFor();
    assert.match(await drawer.innerText(), /35040 个 15 分钟时段/);
    await drawer.locator('input[type=date]').first().fill('2025-03-01');
    await drawer.locator('.readings tr').nth(95).waitFor();
    assert.match(await drawer.locator('.readings').innerText(), /7,000\.00 kWh[\s\S]*实测/);
    assert.deepEqual(await seriousViolations(page), []);
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'trace.png') });
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test('a dead server looks dead: its tile says so, the rest is live, and it comes back', async () => {
    const { page, close } = await open('lang=en&theme=light');
    await running.plant?.servers.get('boiler-house')?.stop();
    await page.locator('[data-meter=gas-main][data-state=missing]').waitFor({ timeout: 15_000 });
    await page.locator('[data-total=carbon].missing').waitFor();
    assert.equal(await page.locator('[data-meter=gas-main] .number').innerText(), '—');
    assert.equal(await page.locator('[data-meter=main]').getAttribute('data-state'), 'fresh');
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'missing.png'), fullPage: true });
    await running.plant?.servers.get('boiler-house')?.start();
    await page.locator('[data-meter=gas-main][data-state=fresh]').waitFor({ timeout: 60_000 });
    await close();
  });

  await context.test('when the server is gone, nothing on the page pretends to be live', async () => {
    const { page, close } = await open('lang=en&theme=light');
    await running.dashboards?.stop();
    await page.locator('.pill.offline').waitFor({ timeout: 30_000 });
    await page.locator('[data-meter=main][data-state=stale]').waitFor();
    assert.match(await page.locator('[data-meter=main]').innerText(), /read \d+ s ago/);
    await page.locator('[data-total=consumption].missing').waitFor();
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, 'offline.png'), fullPage: true });
    await close();
  });
});
