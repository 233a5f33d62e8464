// The frame of the page in a real browser: the way between the screens on a phone, the wall display, paper, and sealing by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenInBrowser, noBrowser, seriousViolations } from './browser.fixture.ts';

test('the frame of the page', { skip: noBrowser }, async (context) => {
  const { running, url, open, picture } = await goldenInBrowser(context, { sealed: true });

  await context.test('on a phone the rest of the screens is behind one button, and by keyboard too', async () => {
    const { page, noise, close } = await open('lang=zh&theme=light', '[data-meter=main]', 390, 844);
    const shown = () => page.locator('nav.nav a:visible').allInnerTexts();
    assert.deepEqual(await shown(), ['总览', '负荷', '碳排放', '记分卡']);
    const more = page.locator('nav.nav .more');
    await more.focus();
    await page.keyboard.press('Enter');
    await page.locator('nav.nav.open').waitFor();
    assert.equal((await shown()).length, 16);
    assert.equal(await more.getAttribute('aria-expanded'), 'true');
    assert.deepEqual(await seriousViolations(page), []);
    await picture(page, 'nav-phone');
    await page.keyboard.press('Escape');
    await page.locator('nav.nav:not(.open)').waitFor();
    await page.waitForFunction("document.activeElement.className === 'more'");
    await page.keyboard.press('Enter');
    await page.locator('nav.nav.open a', { hasText: '网关' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-device=main]').waitFor();
    await page.locator('nav.nav:not(.open) .within').waitFor();
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test('the first screen shows the day, and each figure leads to its history', async () => {
    const { page, noise, close } = await open('lang=en&theme=light', '[data-day=demand]');
    for (const one of ['energy', 'cost', 'emitted', 'green', 'demand'])
      await page.locator(`[data-day=${one}]`).waitFor();
    await page.locator('.day-curve .chart canvas').waitFor();
    assert.match(
      (await page.locator('.day-curve .chart').getAttribute('aria-label')) ?? '',
      /Load from the grid today/,
    );
    const told = (await (await fetch(`${url}/api/today`)).json()) as { carbon: number | null };
    assert.ok(told.carbon === null || told.carbon >= 0);
    await page.locator('[data-total=grid]').click();
    await page.waitForURL(/view=load.*meter=main|meter=main.*view=load/);
    await page.locator('.load').waitFor();
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test('a wall display has no controls, turns its pages, and tells the hour', async () => {
    const { page, noise, close } = await open(
      'lang=zh&theme=dark&kiosk=1&pages=now,flow,nonsense&every=10s',
      '[data-total=consumption]',
      1_920,
      1_080,
    );
    assert.equal(await page.locator('nav, .controls, .range').count(), 0);
    assert.match(await page.locator('.wall-clock time').innerText(), /^\d\d:\d\d$/);
    await page.locator('.wall .pill.live').waitFor();
    await page.locator('.day-curve canvas').waitFor();
    await page.locator('.balance b').first().waitFor();
    await page.waitForFunction(
      "document.querySelector('main').scrollHeight <= document.querySelector('main').clientHeight",
    );
    await picture(page, 'wall');
    await page.waitForURL(/view=flow/);
    assert.match(
      await page.locator('.wall .plant').innerText(),
      /能流\s*20\d\d-\d\d-\d\d – /,
      'no figure without its days',
    );
    await page.waitForURL(/view=now/);
    assert.deepEqual(noise, []);
    await close();
  });

  await context.test('on paper there are figures and no controls, dark or not', async () => {
    for (const [view, ready] of [
      ['score', '[data-indicator=ca-4]'],
      ['snapshots', '[data-sealed=ca-2]'],
      ['reports', '[data-report=xlsx]'],
    ] as const) {
      const { page, close } = await open(`lang=en&theme=dark&view=${view}&year=2025`, ready);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('nav.nav:visible, .controls:visible, .choices:visible').count(), 0);
      assert.equal(await page.evaluate('getComputedStyle(document.body).color'), 'rgb(0, 0, 0)');
      await picture(page, `paper-${view}`);
      await close();
    }
  });

  await context.test(
    'a manager makes a draft of the running year by hand; who is not signed in is told who may',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light&view=snapshots', '[data-sealed=ca-2]');
      assert.equal(await page.locator('.seal').count(), 0);
      await page.locator('.hint', { hasText: 'who sign in may seal' }).waitFor();
      const access = running.dashboards?.access;
      const secret = await access?.spendCode(access.enrolment ?? '', 'correct horse battery', 'wang', '');
      await page.context().addCookies([{ name: 'tanbiao-golden', value: secret ?? '', url }]);
      await page.reload();
      await page.locator('.seal summary').click();
      assert.deepEqual(await seriousViolations(page), []);
      const newest = page.locator('.seal option').first();
      await page.locator('.seal select').selectOption((await newest.getAttribute('value')) ?? '');
      await page.locator('.seal button.main').click();
      await page.locator('[data-snapshot^=draft-]').waitFor();
      await page.locator('[data-frozen^=draft-]').waitFor();
      await page.waitForURL(/snapshot=draft-/);
      assert.deepEqual(noise, []);
      await close();
    },
  );
});
