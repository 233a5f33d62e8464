// What the documents tell a newcomer to write and to run is written and run here.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { checkSite } from '../core/config/site.ts';
import { parseReading } from '../core/wire.ts';
import { describeSeries } from '../gateway/main.ts';
import { projectFolder } from './context.ts';

const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');
const blocks = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

for (const name of ['README.md', 'README.en.md']) {
  test(`${name}: the example of a site is sound, and its templates exist`, (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tanbiao-readme-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const [yaml = ''] = blocks(read(name), 'yaml');
    writeFileSync(join(folder, 'site.yaml'), yaml);
    const { site, problems } = checkSite(folder);
    assert.deepEqual(problems, []);
    assert.ok(site);
    const series = site.gateways.flatMap((gateway) =>
      describeSeries({ site, gateway, dataFolder: folder, clock: systemClock }),
    );
    assert.ok(series.some(({ meter, point }) => meter === 'gas' && point === 'gas_volume'));
  });
}

test('docs/opcua-and-mqtt.md: the example is sound, and says where every point comes from', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-readme-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['PLC_PASSWORD', 'CLOUD_PASSWORD']) {
    process.env[name] = 'secret';
    context.after(() => delete process.env[name]);
  }
  const [yaml = ''] = blocks(read('docs/opcua-and-mqtt.md'), 'yaml');
  writeFileSync(join(folder, 'site.yaml'), yaml);
  const { site, problems } = checkSite(folder);
  assert.deepEqual(problems, []);
  assert.ok(site);
  const series = site.gateways.flatMap((gateway) =>
    describeSeries({ site, gateway, dataFolder: folder, clock: systemClock }),
  );
  assert.deepEqual(
    series.map(({ source }) => source),
    [
      'opc.tcp://192.168.1.30:4840 ns=2;s=Gas.Volume',
      'opc.tcp://192.168.1.30:4840 nsu=http://maker.example/plc;s=Gas.Flow',
      'mqtts://192.168.1.40:8883 hall/compressors data.p',
      'mqtts://192.168.1.40:8883 hall/compressors data.values.0.kwh',
    ],
  );
});

test('docs/influxdb.md: each example of a store is sound', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-readme-'));
  context.after(() => rmSync(folder, { recursive: true }));
  Object.assign(process.env, { INFLUX_PASSWORD: 'secret', INFLUX_TOKEN: 'secret' });
  const [site = ''] = blocks(read('README.md'), 'yaml');
  const stores = blocks(read('docs/influxdb.md'), 'yaml');
  assert.equal(stores.length, 2);
  for (const store of stores) {
    writeFileSync(join(folder, 'site.yaml'), `${site}${store}`);
    assert.deepEqual(checkSite(folder).problems, []);
  }
});

test('docs/mqtt.md: the example of a reading is one', () => {
  const [reading = ''] = blocks(read('docs/mqtt.md'), 'json');
  const time = Date.parse('2025-03-01T00:15:00Z');
  assert.deepEqual(parseReading(new TextEncoder().encode(reading), 0), {
    meter: 'gas',
    point: 'gas_volume',
    time,
    value: 1234.5,
    quality: 0,
  });
});

test('both languages show the same commands', () => {
  const commands = (text: string) => blocks(text, 'sh');
  assert.deepEqual(commands(read('README.md')), commands(read('README.en.md')));
});

test('every npm command in the documents is a script of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const name of ['README.md', 'README.en.md', 'CONTRIBUTING.md']) {
    for (const [, script = ''] of read(name).matchAll(/npm run ([\w-]+)/g))
      assert.ok(script in scripts, `${name}: npm run ${script}`);
  }
});
