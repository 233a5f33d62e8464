// The rules of alarms.yaml: mistakes are told with their places, and the built-in ones need no file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sitesFolder } from '../../bin/context.ts';
import { temporarySite } from '../../bin/temporary-site.ts';
import { loadSite } from '../../core/config/site.ts';
import { writeRule } from './edit-rule.ts';
import { clearLevel, conditionOf } from './latch.ts';
import { checkAlarms, loadAlarms } from './rules.ts';

const golden = loadSite(join(sitesFolder, 'golden'));

test('a site without a file has the built-in rules, and no rule of a contract that it does not name', () => {
  const { rules, webhooks } = loadAlarms(golden);
  assert.ok(rules.length >= 10 && rules.every(({ builtin }) => builtin));
  assert.equal(
    rules.find(({ id }) => id === 'contract_demand'),
    undefined,
  );
  assert.deepEqual(webhooks, []);
});

test('every mistake is told at its line, with what to do', (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'golden');
  writeFileSync(
    join(siteFolder, 'alarms.yaml'),
    `rules:
  - {id: a, name: {zh: 甲, en: a}, kind: threshold, meter: nobody, point: power, above: 5}
  - {id: a, name: {zh: 甲, en: a}, kind: threshold, meter: main, point: power, above: 5}
  - {id: meter_silent, name: {zh: 甲, en: a}, kind: stale, meter: main}
webhooks:
  - {id: w, url: "\${TANBIAO_NO_SUCH_URL}", rules: [nothing]}
`,
  );
  const { settings, problems } = checkAlarms(site.site, {});
  assert.ok(settings !== undefined);
  assert.deepEqual(
    problems.map(({ line, text }) => [line, text.en.replace(/; there are.*/, '')]),
    [
      [2, 'there is no meter "nobody"'],
      [3, 'the id "a" is in use'],
      [4, 'the id "meter_silent" is in use'],
      [6, 'there is no rule "nothing"'],
      [6, 'the environment variable TANBIAO_NO_SUCH_URL is not set to an http(s) address'],
    ],
  );
  assert.throws(() => loadAlarms(site.site), { code: 'configuration_invalid' });
  writeFileSync(
    join(siteFolder, 'alarms.yaml'),
    `rules:
  - {id: a, name: {zh: 甲, en: a}, kind: threshold, meter: main, point: power, above: 5, below: 1}
  - {id: b, name: {zh: 甲, en: a}, kind: demand, meter: main, above: 5, clear: 6}
  - {id: c, name: {zh: 甲, en: a}, kind: stale, meter: main, colour: red}
`,
  );
  const told = checkAlarms(site.site, {}).problems.map(({ line, text }) => `${line}: ${text.en}`);
  assert.equal(told.length, 3);
  assert.match(told[0] ?? '', /^2: give above or below/);
  assert.match(told[1] ?? '', /^3: clear must lie on the good side/);
  assert.match(told[2] ?? '', /^4: unknown key "colour"; allowed: .*after/);
});

test('a built-in rule can be changed and taken away; a contract makes a rule of its demand', (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'golden');
  writeFileSync(
    join(siteFolder, 'alarms.yaml'),
    'contractDemand: 800\nbuiltin: {meter_silent: {severity: critical, hold: 5m}, clock_wrong: {off: true}}\n',
  );
  const { rules } = loadAlarms(site.site);
  const silent = rules.find(({ id }) => id === 'meter_silent');
  assert.deepEqual([silent?.severity, silent?.hold, silent?.release], ['critical', 300_000, 10_000]);
  assert.equal(
    rules.find(({ id }) => id === 'clock_wrong'),
    undefined,
  );
  const contract = rules.find(({ id }) => id === 'contract_demand');
  assert.ok(contract?.kind === 'demand' && contract.above === 800 && contract.meter === 'main');
});

test('levels have a way back: a twentieth inside, on either side of zero', () => {
  assert.equal(clearLevel({ above: 100 }), 95);
  assert.equal(clearLevel({ below: 100 }), 105);
  assert.equal(clearLevel({ above: -100 }), -105);
  assert.equal(clearLevel({ below: -100 }), -95);
  assert.deepEqual(
    [101, 100, 96, 95, null].map((value) => conditionOf({ above: 100 }, value)),
    ['on', 'between', 'between', 'off', 'unknown'],
  );
});

test('a rule that is changed by hand changes its words in the file, and nothing else', (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'demo');
  const file = join(siteFolder, 'alarms.yaml');
  const before = readFileSync(file, 'utf8').replace('    above: 540', '    above: 540 # by the shift leader');
  writeFileSync(file, before);
  const ruleOf = (id: string) => {
    const { rules, off } = loadAlarms(site.site);
    return [...rules, ...off].find((one) => one.id === id) ?? assert.fail(id);
  };
  const change = { level: 560, clear: 500, hold: 90_000, release: 120_000, off: true };
  const { rules, off } = writeRule(site.site, ruleOf('foundry-power'), change);
  assert.partialDeepStrictEqual(off, [{ id: 'foundry-power', above: 560, clear: 500, hold: 90_000 }]);
  assert.ok(!rules.some(({ id }) => id === 'foundry-power'));
  assert.equal(
    readFileSync(file, 'utf8'),
    before
      .replace('above: 540 #', 'above: 560 #')
      .replace('hold: 30s', 'hold: 90s')
      .replace('    owner: 铸造车间\n', '    owner: 铸造车间\n    off: true\n'),
  );
  writeRule(site.site, ruleOf('foundry-power'), { level: 540, hold: 30_000, off: false });
  assert.equal(readFileSync(file, 'utf8'), before);
  writeRule(site.site, ruleOf('contract_demand'), { level: 1_650 });
  writeRule(site.site, ruleOf('meter_silent'), { hold: 300_000, off: true });
  writeRule(site.site, ruleOf('main-jump'), { clear: null });
  assert.equal(
    readFileSync(file, 'utf8'),
    `${before.replace('1700', '1650').replace('    clear: 250\n', '')}builtin:\n  meter_silent:\n    hold: 5m\n    off: true\n`,
  );
  assert.throws(() => writeRule(site.site, ruleOf('main-jump'), { off: false }), { code: 'nothing_changed' });
  assert.throws(() => writeRule(site.site, ruleOf('main-jump'), { clear: 900 }), { code: 'rule_refused' });
  assert.throws(() => writeRule(site.site, ruleOf('meter_silent'), { level: 3 }), { code: 'query_invalid' });
  const rule = ruleOf('main-jump');
  writeFileSync(file, `${before}keep: never\n`);
  assert.throws(() => writeRule(site.site, rule, { level: 600 }), /not saved: a duration is written as/);
  assert.equal(readFileSync(file, 'utf8'), `${before}keep: never\n`);
});

for (const file of ['docs/alarms.md', 'docs/alarms.en.md'])
  test(`the example in ${file} is sound for the demo plant`, (context) => {
    const { siteFolder, context: site } = temporarySite(context, 'demo');
    const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
    const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example);
    assert.ok(examples.length > 0);
    for (const example of examples) {
      writeFileSync(join(siteFolder, 'alarms.yaml'), example);
      assert.deepEqual(checkAlarms(site.site, { ALARM_URL: 'https://alarms.example/hook' }).problems, []);
    }
  });
