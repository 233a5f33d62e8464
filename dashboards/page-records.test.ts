// The page in a real browser, as somebody who signed in: entries, documents, rules of alarms, planned reports, a wall's token.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSays, goldenInBrowser, noBrowser, seriousViolations } from './browser.fixture.ts';

test('what people enter on the page', { skip: noBrowser }, async (context) => {
  const { running, siteFolder, browser, url, open, picture } = await goldenInBrowser(context);
  const signedIn = async (query: string, ready: string) => {
    const one = await open(query, 'nav.nav');
    const { access } = running.dashboards ?? {};
    const secret =
      access?.enrolment && access.users.isEmpty()
        ? await access.spendCode(access.enrolment, 'correct horse battery', 'wang', '')
        : await access?.signIn('wang', 'correct horse battery', '');
    await one.page.context().addCookies([{ name: 'tanbiao-golden', value: secret ?? '', url }]);
    await one.page.reload();
    await one.page.locator(ready).first().waitFor();
    return one;
  };

  await context.test(
    'whoever signed in enters, revises and withdraws, and is told what it changes before',
    async () => {
      const { page, noise, close } = await signedIn(
        'lang=en&theme=light&view=ledger&kind=credit',
        '[data-entry=ccer-2025]',
      );
      await page.locator('.deeds select').selectOption('credit');
      const form = page.locator('form.editor');
      const fill = async (fields: Record<string, string>) => {
        for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
      };
      await fill({ id: 'ccer-more', program: 'CCER', vintage: '2024', tonnes: '-5', retiredFor: '2025' });
      await form.locator('button.primary').click();
      await form.locator('#problem-tonnes').waitFor();
      assert.equal(await form.locator('[name=tonnes]').getAttribute('aria-invalid'), 'true');
      await fill({ tonnes: '1,000' });
      await form.locator('button.primary').click();
      await form.locator('[data-effect="tcace 2025"] [data-changed=ca-4]').waitFor();
      assert.ok(!running.ledger.history().some(({ entry }) => entry.id === 'ccer-more'), 'the preview wrote nothing');
      assert.deepEqual(await seriousViolations(page), []);
      await form.locator('button.primary').click();
      await page.locator('[data-history=ccer-more]').waitFor();
      const written = running.ledger.history().at(-1);
      assert.partialDeepStrictEqual(written, { author: 'wang', entry: { id: 'ccer-more', tonnes: 1_000 } });
      await page.locator('[data-entry=ccer-more]').waitFor();
      assert.match(page.url(), /open=entry%3Accer-more/);
      await page.locator('.history button.primary').click();
      await fill({ tonnes: '900' });
      await assertSays(form, /was 1000/);
      await form.locator('button.primary').click();
      await form.locator('#problem-reason').waitFor();
      await fill({ reason: 'typing error' });
      await form.locator('button.primary').click();
      await form.locator('.effects').waitFor();
      await form.locator('button.primary').click();
      await page.locator('.revisions li').nth(1).waitFor();
      await page.locator('.history .actions button').nth(1).click();
      await page.locator('.editor .warning').waitFor();
      await fill({ reason: 'sold' });
      await form.locator('button.primary').click();
      await form.locator('.effects').waitFor();
      await form.locator('button.primary').click();
      await page.locator('.revisions li').nth(2).waitFor();
      assert.ok(!running.ledger.current().some(({ entry }) => entry.id === 'ccer-more'));
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'a file is tried before it is taken in, and a document proves what it was uploaded for',
    async () => {
      const { page, noise, close } = await signedIn('lang=en&theme=dark&view=ledger&open=import', '.drawer .drop');
      const table = (tonnes: string) => ({
        name: 'credits.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(`kind,id,program,vintage,tonnes\ncredit,ccer-file,CCER,2024,${tonnes}\n`),
      });
      await page.locator('.drop input').setInputFiles(table('none'));
      await assertSays(page.locator('.problems'), /line 2, column 5/);
      await page.locator('.drop input').setInputFiles(table('7'));
      await page.locator('[data-tried]').waitFor();
      await page.locator('.drawer button.primary').click();
      await page.locator('[data-entry=ccer-file]').waitFor();
      await page.locator('nav.nav a', { hasText: 'Evidence' }).click();
      const requirement = page.locator('[data-requirement="tcace 4.1"]').first();
      await requirement.locator('button', { hasText: 'Upload' }).click();
      const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
      await page.locator('input[name=file]').setInputFiles({
        ...{ name: 'licence.png', mimeType: 'image/png' },
        buffer: Buffer.from(dot, 'base64'),
      });
      await page.locator('#upload-to').fill('2025-12-31');
      assert.deepEqual(await seriousViolations(page), []);
      await page.locator('.drawer button.primary').click();
      await page.locator('[data-requirement="tcace 4.1"][data-state=expired]').waitFor();
      await page.locator('[data-reminders]').waitFor();
      await page.locator('[data-document] button').click();
      await page.locator('img.preview').waitFor();
      await page.waitForFunction('document.querySelector("img.preview").naturalWidth === 1');
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'a manager tries another level, saves it into alarms.yaml, and switches the rule off and on',
    async () => {
      const { page, noise, close } = await signedIn(
        'lang=en&theme=light&view=alarms&tab=rules&rule=always',
        '[data-tried=always]',
      );
      const panel = page.locator('[data-tried=always]');
      const save = panel.locator('[data-save]');
      await panel.locator('[data-firings="1"]').waitFor();
      await panel.locator('small', { hasText: 'alarms.yaml of the site folder' }).waitFor();
      assert.ok(await save.isDisabled(), 'nothing is changed yet');
      await panel.locator('[name=level]').fill('900000');
      await page.keyboard.press('Tab');
      await panel.locator('small', { hasText: 'now 1,000,000' }).waitFor();
      await panel.locator('[data-firings="1"]').waitFor();
      assert.deepEqual(await seriousViolations(page), []);
      await save.click();
      await page.locator('[data-rule=always]', { hasText: '900,000' }).waitFor();
      await panel.locator('[data-switch]', { hasText: 'Switch off' }).click();
      await page.locator('[data-rule=always] .mark', { hasText: 'switched off' }).waitFor();
      await panel.locator('[data-switch]', { hasText: 'Switch on' }).click();
      await page.locator('[data-rule=always]:not(.off)').waitFor();
      const file = join(siteFolder, 'alarms.yaml');
      assert.match(readFileSync(file, 'utf8'), /^# By hand\nrules:\n {2}- \{id: always, .*below: 900000, hold: 0s/);
      writeFileSync(file, `${readFileSync(file, 'utf8')}keep: never\n`);
      for (let told = 0; told === 0; ) {
        await page.goto(`${url}/?lang=en&theme=light&view=alarms&tab=rules`);
        await page.locator('[data-rule=always]').waitFor();
        told = await page.locator('[data-problems="1"]', { hasText: /alarms\.yaml:\d+:\d+/ }).count();
      }
      assert.deepEqual(await seriousViolations(page), []);
      await picture(page, 'alarm-rule');
      assert.deepEqual(noise, []);
      await close();
    },
  );

  await context.test(
    'an admin makes a token for a wall; its address shows the wall, and keeps the token to itself',
    async () => {
      const { page, noise, close } = await signedIn('lang=en&theme=light&view=users', '.choices');
      await page.locator('.choices button', { hasText: 'Tokens' }).click();
      await page.locator('form [name=name]').fill('hall');
      await page.locator('form select[name=scope]').selectOption('wall');
      await page.locator('form button.main').click();
      const address = await page.locator('.once code').innerText();
      await page.locator('td', { hasText: 'screen on a wall' }).waitFor();
      assert.deepEqual(noise, []);
      await close();
      const wall = await browser.newContext({ viewport: { width: 1_920, height: 1_080 } });
      const screen = await wall.newPage();
      assert.match(address, /\?kiosk=1.*#token=tanbiao_\S+$/);
      await screen.goto(address);
      await screen.locator('.wall .pill.live').waitFor();
      assert.match(screen.url(), /kiosk=1[^#]*$/);
      const [cookie] = await wall.cookies();
      assert.ok(cookie?.httpOnly && address.endsWith(`#token=${cookie.value}`));
      assert.deepEqual(JSON.parse((await (await screen.goto(`${url}/api/session`))?.text()) ?? ''), {
        ...{ user: null, csrf: null, enrolment: false, readable: true },
      });
      assert.equal((await screen.goto(`${url}/api/ledger`))?.status(), 403);
      await wall.close();
    },
  );

  await context.test('a planned report is made on the page by who may, and what became of it is listed', async () => {
    const { page, noise, close } = await signedIn('lang=en&theme=light&view=reports', '[data-run="1"]');
    await page.locator('[data-run="1"]').click();
    const made = page.locator('.met', { hasText: 'made' });
    await made.waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('[data-kept]').click()]);
    assert.match(file.suggestedFilename(), /^golden-energy-\d{4}-\d{2}\.en\.xlsx$/);
    assert.equal(
      readFileSync(await file.path())
        .subarray(0, 2)
        .toString(),
      'PK',
    );
    assert.deepEqual(await seriousViolations(page), []);
    assert.deepEqual(noise, []);
    await close();
  });
});
