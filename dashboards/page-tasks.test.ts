// The page in a real browser: what people do on it, with the keyboard and signed in, and what they see when something is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calendar, day } from '../core/calendar.ts';
import type { CarbonReport } from '../scoring/carbon/report.ts';
import { verifyBundle } from '../snapshot/verify.ts';
import { assertSays, goldenInBrowser, noBrowser, seriousViolations, takeNoise } from './browser.fixture.ts';
import { screens } from './screens.fixture.ts';

test('work on the page', { skip: noBrowser }, async (context) => {
  const { running, browser, url, open, picture } = await goldenInBrowser(context, { sealed: true });

  await context.test(
    'a snapshot is verified on the page, figure by figure, compared with now, and downloaded',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light&view=snapshots', '[data-sealed=ca-2]');
      await page.locator('[data-verify]').click();
      await page.locator('[data-outcome=sound]').waitFor();
      await assertSays(page.locator('[data-sealed=ca-2]'), /32\.344 %.*= equal/s);
      await page.locator('.deeds select').selectOption('now');
      await page.locator('[data-changes="0"]').waitFor();
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
    await assertSays(drawer, /261\.1625 tce \/ 807\.453 tce = 32\.34398782 %/);
    await drawer.locator('[data-meter-leaf="pv-roof.energy_generated"]').focus();
    await page.keyboard.press('Enter');
    await drawer.locator('.chart .u-over').first().waitFor();
    await assertSays(drawer, /35040 个 15 分钟时段/);
    await drawer.locator('input[type=date]').first().fill('2025-03-01');
    await drawer.locator('.samples tr').nth(23).waitFor();
    await assertSays(drawer.locator('.readings'), /7,000\.00 kWh/);
    await assertSays(drawer.locator('.samples'), /kWh\s+实测/);
    await assertSays(drawer.locator('.samples td').first(), /^\d\d:\d\d:\d\d$/);
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
    await picture(page, 'trace');
    const address = page.url();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    await page.waitForURL(({ search }) => !/trace|leaf|day/.test(search));
    await page.goto(address);
    await drawer.locator('.samples tr').nth(23).waitFor();
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
      await assertSays(page.locator('[data-indicator=ca-2]'), /not assessable[\s\S]*Missing: /);
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
      await assertSays(page.locator('.figures'), /18,000\s*kWh/);
      await page.locator('button[aria-label=Earlier]').focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/from=2025-03-02&to=2025-03-02/);
      await page.waitForFunction("document.querySelector('input[aria-label=from]').value === '2025-03-02'");
      await page.locator('details.table summary').focus();
      await page.keyboard.press('Enter');
      const [before = []] = await running.store.slots([{ meter: 'workshop', point: 'energy_import' }], 'quarter', {
        start: start - day,
        end: start,
      });
      const most = before.reduce((best, one) => (one.value > best.value ? one : best));
      await assertSays(page.locator('details.table tbody'), /^2 Mar 2025/);
      const [, total, maximum, at] = (await page.locator('details.table tbody').innerText()).split('\t');
      assert.equal(total, '18,000.0');
      assert.equal(Number(maximum?.replace(',', '')), Math.round((most.value * 4) / 100) / 10);
      assert.equal(at, new Date(most.start + 8 * 3_600_000).toISOString().slice(11, 16));
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'what a day cost is the stored slots at their prices; moving load is answered at once, and stays in the address',
    async () => {
      const { page, noise, close } = await open(
        'lang=en&theme=light&view=tariff&range=custom&from=2025-03-03&to=2025-03-03&compare=before&move=650',
        '[data-band=peak]',
      );
      await page.locator('[data-figure=cost]', { hasText: 'unchanged' }).waitFor(); // what it is compared with comes by itself
      // 2 000 + 4 500 kWh at 0.74, 3 500 at 0.28, 3 000 at 0.50; 650 kWh moved save 650 × 0.46.
      await assertSays(page.locator('[data-figure=cost]'), /7,290\.00\s*CNY[\s\S]*period before ＝ unchanged/);
      await assertSays(page.locator('[data-figure=price]'), /0\.5608[\s\S]*\+0\.0608/);
      await assertSays(page.locator('[data-band=peak]'), /6,500\s+50\.0 %\s+4,810\.00\s+0\.7400/);
      const outcome = page.locator('[data-figure=what-if]');
      await assertSays(outcome, /saves 299\.00 CNY/);
      await outcome.locator('input[type=range]').focus();
      await page.keyboard.press('End');
      await page.waitForURL(/move=100%25/);
      await assertSays(outcome, /saves 2,990\.00 CNY/);
      await page.locator('details.table summary').first().click();
      await assertSays(
        page.locator('details.table tbody').first(),
        /2025-03-03\s+6,500\s+3,000\s+3,500\s+13,000\s+7,290\.00/,
      );
      await page.goto(`${url}/?lang=en&theme=light&view=load&range=custom&from=2025-03-03&to=2025-03-03`);
      await page.locator('.band-key', { hasText: 'Peak' }).waitFor();
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test('the months of carbon add up to the year, and a source opens down to its meter', async () => {
    const { months, traces } = (await (await fetch(`${url}/api/carbon/2025`)).json()) as CarbonReport;
    const total = traces.find(({ id }) => id === 'emissions_total')?.value;
    const sum = months.reduce((all, one) => all + (one.total ?? Number.NaN), 0);
    assert.ok(Math.abs(sum - (total ?? 0)) < 1e-6, `${sum} is not ${total}`);
    assert.equal(total?.toFixed(6), '4847.638148');
    const { page, noise, close } = await open('lang=zh&theme=light&view=carbon&year=2025', '[data-figure=market]');
    await page.locator('.sources [data-figure=emissions_electricity]').focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('dialog.drawer');
    await drawer.waitFor();
    await assertSays(drawer, /grid_import \* grid_factor/);
    await drawer.locator('[data-meter-leaf="main.energy_import"]').waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    await page.locator('.choices button', { hasText: '2024' }).click();
    await page.locator('.empty', { hasText: '2024 年没有可核算的数据' }).waitFor();
    assert.deepEqual(noise, []);
    await close();
  });

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
        ['tariff?start=0&end=9000000&meter=workshop', 404, /没有总进线表/, /there are: main/],
        ['tariff/bands?start=0&end=9000000000', 400, /最多查询 62 天/, /at most 62 days/],
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

  await context.test(
    'an alarm is on the bell and on the first screen; a rule is tried; who is not signed in cannot shelve it',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light', '.alarm-strip .critical');
      assert.match(
        (await page.locator('.bell').getAttribute('aria-label')) ?? '',
        /Alarms: \d+ alarms?, \d+ not noted/,
      );
      await page.locator('.bell').focus();
      await page.keyboard.press('Enter');
      const line = page.locator('[data-alarm="always/main"]');
      await line.waitFor();
      await line.locator('button', { hasText: 'Shelve' }).click();
      const reason = page.locator('.alarm-form input');
      await page.waitForFunction("document.activeElement.name === 'words'");
      assert.deepEqual(await seriousViolations(page), []);
      await reason.fill('being rebuilt');
      await page.keyboard.press('Enter');
      await page.locator('.alarm-form [role=alert]', { hasText: 'sign in first' }).waitFor();
      assert.equal(await line.getAttribute('data-state'), 'active');
      await picture(page, 'alarm-form');
      await page.locator('.choices button', { hasText: 'Rules' }).click();
      await page.locator('[data-rule=always] a').focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-tried=always] [data-firings="1"]').waitFor();
      assert.match(page.url(), /tab=rules.*rule=always/);
      await page.locator('.tried [name=level]').fill('-100000');
      await page.keyboard.press('Tab');
      await page.waitForURL(/level=-100000/);
      await page.locator('[data-tried=always] [data-firings="0"]').waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await takeNoise(noise, /401/);
      await close();
    },
  );

  await context.test(
    'the first admin is made with the code of the terminal, adds a user, and is on record',
    async () => {
      // Without the checker of accessibility the page keeps to its own rules: no script and no style that is not a file of its own.
      const tab = await browser.newContext();
      const page = await tab.newPage();
      const noise: string[] = [];
      page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
      for (const { view, ready } of screens) {
        await page.goto(`${url}/?lang=zh&view=${view}&year=2025&range=custom&from=2025-01-01&to=2025-12-31`);
        await page.locator(ready).first().waitFor();
      }
      await page.locator('nav.nav a', { hasText: '用户' }).click();
      const fill = async (values: Record<string, string>) => {
        for (const [name, value] of Object.entries(values)) await page.locator(`form [name=${name}]`).fill(value);
      };
      const enrolment = running.dashboards?.access.enrolment ?? '';
      await fill({ code: enrolment, name: '王工', password: 'short' });
      await page.locator('form button.main').click();
      await assertSays(page.locator('form .failure'), /至少 10 个字符/);
      await takeNoise(noise, /400/);
      await page.locator('form [name=password]').fill('a long enough one');
      await page.locator('form button.main').click();
      await page.locator('[data-signed-in="王工"]').waitFor();
      await page.locator('[data-user="王工"]').waitFor();
      await fill({ name: 'li' });
      await page.locator('form select[name=role]').selectOption('operator');
      await page.locator('form button.main').click();
      await page.locator('[data-user=li]').waitFor();
      await assertSays(page.locator('.once code'), /^([A-Z2-9]{5}-){3}[A-Z2-9]{5}$/);
      await page.locator('.choices button', { hasText: '审计记录' }).click();
      await page.locator('td', { hasText: '添加用户' }).waitFor();
      await assertSays(page.locator('tbody tr').first(), /王工 · 管理员\s+添加用户\s+li operator\s+完成/);
      await page.locator('.head button', { hasText: '退出' }).click();
      await page.locator('form [name=name]').waitFor();
      assert.deepEqual(noise, []);
      await tab.close();
    },
  );

  await context.test(
    'who corrects a sealed year by hand is told that nothing changed, and gets a new snapshot when something did',
    async () => {
      const { page, noise, close } = await open('lang=en&theme=light&view=snapshots', '[data-sealed=ca-2]');
      const secret = await running.dashboards?.access.signIn('王工', 'a long enough one', '');
      await page.context().addCookies([{ name: 'tanbiao-golden', value: secret ?? '', url }]);
      await page.reload();
      await page.locator('.seal summary').click();
      const correct = async (cause: string) => {
        await page.locator('.seal [name=cause]').fill(cause);
        await page.locator('.seal button.main', { hasText: 'Correct' }).click();
      };
      await page.locator('.seal select').selectOption('2025');
      await correct('to be sure');
      await page.locator('.seal .unchanged', { hasText: 'no new one was made' }).waitFor();
      await takeNoise(noise, /409/);
      assert.equal(await page.locator('[data-snapshot="0002-2025"]').count(), 0);
      assert.deepEqual(await seriousViolations(page), []);
      const late = { kind: 'credit', program: 'CCER', vintage: 2024, tonnes: 100, retiredFor: 2025 } as const;
      running.ledger.append({ ...late, id: 'late-2025' }, 'test', 'came late', Date.now());
      await page.goto(`${url}/?view=score&lang=zh&year=2025`);
      await page.locator('[data-sealed-year="0001-2025"][data-moved="1"]').waitFor();
      await assertSays(page.locator('[data-moved-since=ca-4]'), /封存值 10\.50 %；现算 12\.56 %，未封存/);
      await page.goBack();
      await page.locator('.seal summary').click();
      await page.locator('.seal select').selectOption('2025');
      await correct('a credit came late');
      await page.locator('[data-frozen="0002-2025"]').waitFor();
      assert.equal(await page.locator('.seal .unchanged').count(), 0);
      await assertSays(page.locator('[data-snapshot="0002-2025"]'), /sealed[\s\S]*a credit came late/);
      await assertSays(page.locator('[data-snapshot="0001-2025"]'), /superseded/);
      await page.locator('.deeds select').selectOption('0001-2025');
      await page.locator('[data-changed=credits_retired]').waitFor();
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test('who may not read without signing in sees the way in, and nothing else', async () => {
    const tab = await browser.newContext();
    const page = await tab.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const body = JSON.stringify({ user: null, csrf: null, enrolment: false, readable: false });
    await page.route('**/api/session', (route) => route.fulfill({ contentType: 'application/json', body }));
    await page.goto(`${url}/?view=score&lang=en`);
    await page.locator('.entry form').waitFor();
    assert.deepEqual(
      asked.filter((path) => path.startsWith('/api/')),
      ['/api/session'],
    );
    assert.equal(await page.locator('.pill, nav a').count(), 0);
    await tab.close();
  });

  await context.test('a dead server looks dead: its tile says so, the rest is live, and it comes back', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.plant?.servers.get('boiler-house')?.stop();
    await page.locator('[data-meter=gas-main][data-state=missing]').waitFor();
    await page.locator('[data-total=carbon].missing').waitFor();
    assert.equal(await page.locator('[data-meter=gas-main] .number').innerText(), '—');
    await page
      .locator('main:has([data-meter=gas-main][data-state=missing]):has([data-meter=main][data-state=fresh])')
      .waitFor();
    await page.locator('nav.nav a', { hasText: 'Gateways' }).click();
    await page.locator('[data-device=gas-main][data-state=bad]').waitFor();
    await page.locator('[data-device=main][data-state=fresh]').waitFor();
    await page.goBack();
    await picture(page, 'missing');
    await running.plant?.servers.get('boiler-house')?.start();
    await page.locator('[data-meter=gas-main][data-state=fresh]').waitFor();
    await close();
  });

  await context.test('when the server is gone, nothing on the page pretends to be live', async () => {
    const { page, close } = await open('lang=en&theme=light', '[data-meter=main][data-state=fresh]');
    await running.dashboards?.stop();
    await page.locator('.pill.offline').waitFor();
    await page.locator('[data-meter=main][data-state=stale]').waitFor();
    await assertSays(page.locator('[data-meter=main]'), /read \d+ s ago/);
    await page.locator('[data-total=consumption].missing').waitFor();
    await picture(page, 'offline');
    await close();
  });
});
