// The page in a real browser: what a person sees on each screen, in both languages, on a desk and on a phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenInBrowser, noBrowser, seriousViolations } from './browser.fixture.ts';
import { screens } from './screens.fixture.ts';

const everyLook = [
  { language: 'zh', theme: 'light', width: 1_600 },
  { language: 'en', theme: 'dark', width: 390 },
  { language: 'en', theme: 'dark', width: 1_600 },
  { language: 'zh', theme: 'dark', width: 390 },
  { language: 'en', theme: 'light', width: 390 },
] as const;
/** Two of them see each language, each theme and each width; TANBIAO_LOOKS=all sees them all. */
const looks = process.env.TANBIAO_LOOKS === 'all' ? everyLook : everyLook.slice(0, 2);

test('the page', { skip: noBrowser }, async (context) => {
  const { open, picture } = await goldenInBrowser(context, { sealed: true });
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
          // Parts of a screen come when their question is answered: what never comes is missing.
          const body = page.locator('body');
          for (const words of texts[language])
            await body
              .filter({ hasText: words })
              .waitFor()
              .catch(() => undefined);
          const text = await body.innerText();
          for (const words of texts[language]) assert.ok(text.includes(words), `${words} is not in ${text}`);
          // What is cited in its own language says so.
          const cited = await page.locator('[lang=zh-CN]:not(html)').allInnerTexts();
          if (language === 'en')
            assert.doesNotMatch(
              cited.reduce((rest, one) => rest.replace(one, ''), text).replaceAll('中文', ''),
              /[一-龥]/,
              'Chinese on the English page',
            );
          assert.deepEqual(await seriousViolations(page), []);
          assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'scrolls sideways');
          await picture(page, `${view}-${language}-${theme}-${width}`);
          assert.deepEqual(noise, []);
          await close();
        },
      );
    }
  }
});
