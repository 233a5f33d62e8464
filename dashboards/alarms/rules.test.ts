// The rules of alarms.yaml: mistakes are told with their places, and the built-in ones need no file.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporarySite } from '../../bin/temporary-site.ts';
import { loadSite, sitesFolder } from '../../core/config/site.ts';
import { createLog } from '../../core/log.ts';
import { writeRule } from './edit-rule.ts';
import { followRules } from './follow-rules.ts';
import { clearLevel, conditionOf } from './latch.ts';
import { type AlarmSettings, checkAlarms, loadAlarms, rulePlaces } from './rules.ts';

const golden = loadSite(join(sitesFolder, 'golden'));

test('a site without a file has the built-in rules, and no rule of a contract that it does not name', () => {
  const { rules, webhooks } = loadAlarms(golden, golden.folder);
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
  const { settings, problems } = checkAlarms(site.site, join(siteFolder, 'alarms.yaml'), {});
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
  assert.throws(() => loadAlarms(site.site, site.dataFolder), { code: 'configuration_invalid' });
  writeFileSync(
    join(siteFolder, 'alarms.yaml'),
    `rules:
  - {id: a, name: {zh: 甲, en: a}, kind: threshold, meter: main, point: power, above: 5, below: 1}
  - {id: b, name: {zh: 甲, en: a}, kind: demand, meter: main, above: 5, clear: 6}
  - {id: c, name: {zh: 甲, en: a}, kind: stale, meter: main, colour: red}
`,
  );
  const told = checkAlarms(site.site, join(siteFolder, 'alarms.yaml'), {}).problems.map(
    ({ line, text }) => `${line}: ${text.en}`,
  );
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
  const { rules } = loadAlarms(site.site, site.dataFolder);
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
    const { rules, off } = loadAlarms(site.site, site.dataFolder);
    return [...rules, ...off].find((one) => one.id === id) ?? assert.fail(id);
  };
  const change = { level: 560, clear: 500, hold: 90_000, release: 120_000, off: true };
  const { rules, off } = writeRule(site.site, site.dataFolder, ruleOf('foundry-power'), change);
  assert.partialDeepStrictEqual(off, [{ id: 'foundry-power', above: 560, clear: 500, hold: 90_000 }]);
  assert.ok(!rules.some(({ id }) => id === 'foundry-power'));
  assert.equal(
    readFileSync(file, 'utf8'),
    before
      .replace('above: 540 #', 'above: 560 #')
      .replace('hold: 30s', 'hold: 90s')
      .replace('    owner: 铸造车间\n', '    owner: 铸造车间\n    off: true\n'),
  );
  writeRule(site.site, site.dataFolder, ruleOf('foundry-power'), { level: 540, hold: 30_000, off: false });
  assert.equal(readFileSync(file, 'utf8'), before);
  writeRule(site.site, site.dataFolder, ruleOf('contract_demand'), { level: 1_650 });
  writeRule(site.site, site.dataFolder, ruleOf('meter_silent'), { hold: 300_000, off: true });
  writeRule(site.site, site.dataFolder, ruleOf('main-jump'), { clear: null });
  assert.equal(
    readFileSync(file, 'utf8'),
    `${before.replace('1700', '1650').replace('    clear: 250\n', '')}builtin:\n  meter_silent:\n    hold: 5m\n    off: true\n`,
  );
  assert.throws(() => writeRule(site.site, site.dataFolder, ruleOf('main-jump'), { off: false }), {
    code: 'nothing_changed',
  });
  assert.throws(() => writeRule(site.site, site.dataFolder, ruleOf('main-jump'), { clear: 900 }), {
    code: 'rule_refused',
  });
  assert.throws(() => writeRule(site.site, site.dataFolder, ruleOf('meter_silent'), { level: 3 }), {
    code: 'query_invalid',
  });
  const rule = ruleOf('main-jump');
  writeFileSync(file, `${before}keep: never\n`);
  assert.throws(
    () => writeRule(site.site, site.dataFolder, rule, { level: 600 }),
    /not saved: a duration is written as/,
  );
  assert.equal(readFileSync(file, 'utf8'), `${before}keep: never\n`);
});

test('a site that comes with the software is never written to: its changed rules lie in the data folder, hold and are followed there', async (context) => {
  const demo = loadSite(join(sitesFolder, 'demo'));
  const dataFolder = mkdtempSync(join(tmpdir(), 'tanbiao-rules-'));
  context.after(() => rmSync(dataFolder, { recursive: true, force: true }));
  const files = () => readdirSync(demo.folder).map((name) => [name, statSync(join(demo.folder, name)).mtimeMs]);
  const before = files();
  const foundry = () =>
    loadAlarms(demo, dataFolder).rules.find(({ id }) => id === 'foundry-power') ?? assert.fail('no rule');
  assert.partialDeepStrictEqual(rulePlaces(demo, dataFolder), {
    holds: join(demo.folder, 'alarms.yaml'),
    changesGoTo: 'data',
  });
  writeRule(demo, dataFolder, foundry(), { level: 560 });
  assert.partialDeepStrictEqual(foundry(), { above: 560 });
  const own = join(dataFolder, 'alarms.yaml');
  assert.equal(
    readFileSync(own, 'utf8'),
    readFileSync(join(demo.folder, 'alarms.yaml'), 'utf8').replace('above: 540', 'above: 560'),
  );
  const { promise, resolve } = Promise.withResolvers<AlarmSettings>();
  const stop = followRules(demo, dataFolder, createLog('test', 'error'), resolve, () => undefined);
  context.after(stop);
  writeFileSync(own, readFileSync(own, 'utf8').replace('above: 560', 'above: 570'));
  assert.partialDeepStrictEqual(
    (await promise).rules.find(({ id }) => id === 'foundry-power'),
    { above: 570 },
  );
  writeRule(demo, dataFolder, foundry(), { level: 580 });
  assert.partialDeepStrictEqual(foundry(), { above: 580 });
  assert.deepEqual(files(), before);
});

test('where a site folder cannot be written, a copy of its rules in the data folder holds and is changed', (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'demo');
  mkdirSync(site.dataFolder);
  cpSync(join(siteFolder, 'alarms.yaml'), join(site.dataFolder, 'alarms.yaml'));
  const places = rulePlaces(site.site, site.dataFolder);
  assert.deepEqual([places.holds, places.changesGoTo], [join(site.dataFolder, 'alarms.yaml'), 'data']);
});

for (const file of ['docs/alarms.md', 'docs/alarms.en.md'])
  test(`the example in ${file} is sound for the demo plant`, (context) => {
    const { siteFolder, context: site } = temporarySite(context, 'demo');
    const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
    const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example);
    assert.ok(examples.length > 0);
    for (const example of examples) {
      writeFileSync(join(siteFolder, 'alarms.yaml'), example);
      assert.deepEqual(
        checkAlarms(site.site, join(siteFolder, 'alarms.yaml'), { ALARM_URL: 'https://alarms.example/hook' }).problems,
        [],
      );
    }
  });
