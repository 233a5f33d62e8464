// The page in a real browser: entries and documents, as somebody who signed in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenInBrowser, noBrowser, seriousViolations } from './browser.fixture.ts';

test('what people enter on the page', { skip: noBrowser }, async (context) => {
  const { running, url, open } = await goldenInBrowser(context);
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
      assert.match(await form.innerText(), /was 1000/);
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
      assert.match(await page.locator('.problems').innerText(), /line 2, column 5/);
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
});
