import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkSite } from '../core/config/site.ts';
import { connectionSchema } from '../core/config/site-schema.ts';
import { Fault } from '../core/fault.ts';
import { withSettings } from './connection.ts';
import { misfits, refuseMisfits } from './fit.ts';

const site = (connections: string[], meters: string[]): string => `site: mill
name: {zh: 轧钢厂, en: Rolling mill}
gateways:
  - id: gw-1
    connections:
${connections.map((one) => `      - {${one}}`).join('\n')}
meters:
${meters.map((one, n) => `  - {id: m${n}, name: {zh: 表, en: Meter}, role: none, ${one}}`).join('\n')}
`;

const line = 'id: bus, protocol: line, endpoint: "serial:///dev/ttyS1"';
const tcp = 'id: tcp, protocol: modbus-tcp, endpoint: "tcp://10.0.0.5:502"';
const opcua = 'id: ua, protocol: opcua, endpoint: "opc.tcp://10.0.0.6:4840"';

function checked(context: TestContext, yaml: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-fit-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'site.yaml'), yaml);
  return checkSite(folder);
}

function misfitsOf(context: TestContext, yaml: string): string[] {
  const { site: loaded, problems, problemAt } = checked(context, yaml);
  assert.deepEqual(problems, []);
  assert.ok(loaded);
  const found = misfits(loaded).map(({ path, text }) => problemAt(path, text));
  assert.ok(found.every(({ text }) => text.zh !== text.en));
  return found.map(({ line: at, column, text }) => `${at}:${column} ${text.en}`);
}

test('meters of one protocol on a line fit, and so do the three together where the site gives the parameters', (context) => {
  const meters = [
    'connection: bus, template: dlt645.single-phase, address: "000012345678"',
    'connection: bus, template: cjt188.heat, address: "005500202100AF"',
  ];
  assert.deepEqual(misfitsOf(context, site([line], meters)), []);
  const rtu = 'connection: bus, template: acrel.adw300, unit: 7';
  assert.deepEqual(misfitsOf(context, site([`${line}, serial: {baud: 9600, parity: even}`], [...meters, rtu])), []);
  assert.deepEqual(misfitsOf(context, site([line], [...meters, rtu])), [
    '6:9 the meters on this line leave the factory with different parameters (2400 8E1, 9600 8N1): set them alike and say serial',
  ]);
});

test('a template on a connection that does not speak its protocol is refused with what is allowed', (context) => {
  const found = misfitsOf(
    context,
    site(
      [tcp, opcua],
      [
        'connection: tcp, unit: 1, template: dlt645.single-phase, address: "000012345678"',
        'connection: ua, template: acrel.adw300, nodes: {power: "ns=2;s=P"}',
      ],
    ),
  );
  assert.deepEqual(found, [
    '9:78 the template dlt645.single-phase speaks dlt645, the connection tcp is modbus-tcp; allowed: modbus, sunspec',
    '10:68 the template acrel.adw300 speaks modbus, the connection ua is opcua; a meter on such a connection has no template',
  ]);
});

test('each protocol wants its own address, and ratios are not taken where they would be ignored', (context) => {
  const found = misfitsOf(
    context,
    site(
      [`${line}, serial: {baud: 2400, parity: even}`],
      [
        'connection: bus, template: dlt645.single-phase, address: "00001234567812"',
        'connection: bus, template: cjt188.water, address: "000012345678"',
        'connection: bus, template: acrel.adw300',
        'connection: bus, template: acrel.adw300, unit: 4, ratios: {ct: 40}',
        'connection: bus, template: dlt645.three-phase, unit: 5',
      ],
    ),
  );
  assert.deepEqual(found, [
    '8:100 a dlt645 meter needs its address: 12 digits',
    '9:93 a cjt188 meter needs its address: 14 hexadecimal digits',
    '10:5 a modbus meter needs its unit',
    '11:102 only DL/T 645 meters take ratios; a Modbus template reads them from the meter',
    '12:5 a dlt645 meter needs its address: 12 digits',
  ]);
});

test('a gateway does not start with meters that do not fit: it says all of them', (context) => {
  const { site: loaded } = checked(
    context,
    site(
      [tcp],
      Array(2)
        .fill('connection: tcp, template: dlt645.single-phase, address: "000012345678", unit: 1')
        .map((one, n) => one.replace('unit: 1', `unit: ${n}`)),
    ),
  );
  assert.ok(loaded);
  assert.throws(
    () => refuseMisfits(loaded),
    (error) => error instanceof Fault && error.exitCode === 78 && error.text.en.split('\n').length === 2,
  );
});

test('two meters of one address on a line are found', (context) => {
  const meter = 'connection: bus, template: dlt645.single-phase, address: "000012345678"';
  assert.deepEqual(
    checked(context, site([line], [meter, meter])).problems.map(({ text }) => text.en),
    ['address 000012345678 on bus already belongs to meter m0'],
  );
});

test('what the site leaves open of a serial line is as its meters leave the factory', (context) => {
  const connection = (more: string) =>
    connectionSchema.parse({ id: 'bus', protocol: 'line', endpoint: 'serial:///dev/ttyS1', ...JSON.parse(more) });
  const settingsWith = (template: string, more = '{}') => {
    const { site: loaded } = checked(
      context,
      site([line], [`connection: bus, template: ${template}, unit: 1, address: "000012345678"`]),
    );
    return withSettings(connection(more), loaded?.meters ?? []).serial;
  };
  const factory = { baud: 2_400, parity: 'even', dataBits: 8, stopBits: 1 };
  assert.deepEqual(settingsWith('dlt645.three-phase'), factory);
  assert.deepEqual(settingsWith('cjt188.water'), factory);
  assert.deepEqual(settingsWith('dlt645.three-phase', '{"serial":{"baud":9600}}'), { ...factory, baud: 9_600 });
  assert.deepEqual(settingsWith('acrel.adw300'), { baud: 9_600, parity: 'none', dataBits: 8, stopBits: 1 });
});
