// `tanbiao devices` as a person runs it: a process of its own, its exit code, its JSON, and Ctrl-C.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { freePort } from '../core/free-port.ts';
import { findProgram } from '../core/real-programs.ts';
import { languages } from '../core/text.ts';
import { loadRegisterTemplate, loadTemplate, templateIds } from '../gateway/template.ts';
import { SimulatedDevice } from '../simulators/device.ts';
import { serveModbus } from '../simulators/serve-modbus.ts';
import { projectFolder } from './context.ts';
import { printTemplate } from './print-devices.ts';
import { widthOf } from './table.ts';
import { ourTerminal } from './terminal.ts';

type Result = { code: number | null; out: string; err: string };

/** `until`: Ctrl-C as soon as so much was printed. */
function run(
  args: readonly string[],
  { until, columns = '80' }: { until?: RegExp; columns?: string } = {},
): Promise<Result> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), 'devices', ...args],
    { env: { ...process.env, COLUMNS: columns, TANBIAO_LANG: 'zh' } },
  );
  const said = { out: '', err: '' };
  const hear = (which: 'out' | 'err') => (chunk: Buffer) => {
    said[which] += chunk;
    if (until?.test(said[which])) child.kill('SIGINT');
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

async function meter(context: TestContext, framing: 'tcp' | 'rtu' = 'tcp'): Promise<string> {
  const device = new SimulatedDevice(loadRegisterTemplate('acrel.adw300'), (point) =>
    point.startsWith('voltage') ? 230 : 12,
  );
  const server = await serveModbus({ units: new Map([[1, device]]), framing });
  context.after(() => server.close());
  return server.endpoint;
}

const noColours = (text: string) => assert.ok(!text.includes('\u001b'), 'there are colours');

for (const columns of [80, 120]) {
  test(`every template fits into ${columns} columns, in both languages`, () => {
    const terminal = { ...ourTerminal(), columns };
    for (const template of templateIds().map(loadTemplate)) {
      for (const language of languages)
        for (const line of printTemplate(template, language, terminal).split('\n'))
          assert.ok(widthOf(line) <= columns, `${template.id} ${language}: ${line}`);
    }
  });
}

suite('tanbiao devices', { concurrency: 3 }, () => {
  test('list: all templates, no line beyond the terminal, no colour in a pipe', async () => {
    const { code, out } = await run(['list']);
    assert.equal(code, 0);
    for (const id of templateIds()) assert.ok(out.includes(id), id);
    for (const line of out.split('\n')) assert.ok(widthOf(line) <= 80, line);
    noColours(out);
  });

  test('list: words narrow it down, as JSON', async () => {
    const { out } = await run(['list', '--json', 'eastron', 'energy_import']);
    const ids = (JSON.parse(out) as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(ids, ['eastron.sdm630', 'eastron.sdm72d-v2']);
  });

  test('show: an unknown template is told with those that there are', async () => {
    const { code, err } = await run(['show', 'acme.none']);
    assert.notEqual(code, 0);
    assert.match(err, /没有设备模板 “acme.none”.*eastron.sdm630/);
  });

  test('lint: a broken file ends with 78 and says where', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tanbiao-devices-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'acme.one.yaml');
    writeFileSync(file, 'schema: 1\nid: acme.one\nprotocol: modbus\n');
    const { code, out } = await run(['lint', file]);
    assert.equal(code, 78);
    assert.match(out, /acme\.one\.yaml:\d+:\d+/);
    const json = JSON.parse((await run(['lint', '--json', file])).out) as { ok: boolean };
    assert.equal(json.ok, false);
  });

  test('read: once, as a table and as JSON', async (context) => {
    const endpoint = await meter(context);
    const { code, out } = await run(['read', endpoint, '-t', 'acrel.adw300']);
    assert.equal(code, 0);
    assert.match(out, /A相电压 +voltage_l1 +230 +V +3:20 +08FC +实测/);
    for (const line of out.split('\n')) assert.ok(widthOf(line) <= 80, line);
    noColours(out);
    const json = JSON.parse((await run(['read', endpoint, '-t', 'acrel.adw300', '--json'])).out);
    assert.deepEqual(json.points[0].raw, '08FC');
  });

  test('read --watch: goes on until Ctrl-C, which is its good end', async (context) => {
    const { code, out } = await run(['read', await meter(context), '-t', 'acrel.adw300', '--watch', '--json'], {
      until: /\n.*\n/,
    });
    assert.equal(code, 0);
    const lines = out.trim().split('\n');
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.equal(JSON.parse(line).points[0].value, 230);
  });

  test('scan: Ctrl-C keeps what was found, and says how to go on', async (context) => {
    const { code, out } = await run(['scan', await meter(context, 'rtu'), '--protocol', 'line', '--units', '1-247'], {
      until: /扫描/,
    });
    assert.equal(code, 130);
    assert.match(out, /✓ 站号 1/);
    assert.match(out, /已停止；继续：--units \d+-247/);
  });

  test('probe: a closed port ends with 69 and a diagnosis, also as JSON', async () => {
    const endpoint = `tcp://127.0.0.1:${await freePort()}`;
    const { code, out, err } = await run(['probe', endpoint]);
    assert.equal(code, 69);
    assert.equal(out, '');
    assert.match(err, /没有服务[\s\S]*接下来检查：\n {3}1\. /);
    const json = await run(['probe', endpoint, '--json']);
    assert.equal(json.code, 69);
    assert.equal(JSON.parse(json.out).diagnosis.code, 'connection_refused');
  });

  test('guess: what cannot be asked is refused before anything is asked', async () => {
    for (const wrong of [
      ['--addr', '70000'],
      ['--addr', '0', '--count', '126'],
      ['--addr', '65535', '--count', '2'],
      ['--addr', '0', '--fc', '5'],
    ]) {
      const { code, err } = await run(['guess', 'tcp://127.0.0.1:1', ...wrong]);
      assert.equal(code, 78, err);
    }
  });
});

const openssl = findProgram('openssl');
test('a refused OPC UA server is listed, and trusted by its fingerprint', { skip: openssl.skip }, async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'tanbiao-trust-'));
  context.after(() => rmSync(data, { recursive: true }));
  const refused = join(data, 'pki/opcua/rejected');
  mkdirSync(refused, { recursive: true });
  const certificate = ['-subj', '/CN=Press shop/O=Mill', '-days', '30', '-out', join(refused, 'server.pem')];
  execFileSync(
    openssl.path,
    [...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(data, 'key')], ...certificate],
    { stdio: 'ignore' },
  );

  const trust = (...args: string[]) => run(['trust', '--data', data, ...args]);
  const [listed] = JSON.parse((await trust('--json')).out);
  assert.deepEqual([listed.state, listed.subject], ['refused', 'CN=Press shop, O=Mill']);
  const { out } = await trust('--lang', 'en');
  assert.ok(
    out.includes(`  refused  ${listed.validTo.slice(0, 10)}  CN=Press shop, O=Mill\n      ${listed.fingerprint}\n`),
    out,
  );
  noColours(out);
  const unknown = await trust('ab:cd');
  assert.equal(unknown.code, 70);
  assert.match(unknown.err, new RegExp(listed.fingerprint));
  assert.match((await trust(listed.fingerprint)).out, /^ {2}已信任/);
  const [again] = JSON.parse((await trust('--json')).out);
  assert.deepEqual([again.state, again.fingerprint], ['trusted', listed.fingerprint]);
  assert.match((await run(['trust'])).err, /--site/);
});
