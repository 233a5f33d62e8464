import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exitCodes, Fault } from '../fault.ts';
import { checkSite, comesWithSoftware, findSiteFolder, loadSite, sitesFolder } from './site.ts';

function folderWith(context: TestContext, yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-site-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'site.yaml'), yaml);
  return folder;
}

const sound = `site: mill
name: {zh: 轧钢厂, en: Rolling mill}
gateways:
  - id: gw-1
    connections:
      - {id: switchroom, protocol: modbus-tcp, endpoint: "tcp://10.0.0.5:502"}
meters:
  - {id: main, name: {zh: 总表, en: Main}, connection: switchroom, unit: 1, template: acrel.adw300, role: grid}
`;

test('a sound site gets its defaults', (context) => {
  const site = loadSite(folderWith(context, sound));
  assert.equal(site.timezone, 'Asia/Shanghai');
  assert.equal(site.gateways[0]?.connections[0]?.poll.fast, 5_000);
  assert.deepEqual(site.broker, { kind: 'embedded' });
});

test('ten mistakes get ten messages, each with its place and what is allowed', (context) => {
  const folder = folderWith(
    context,
    `site: my mill
name: {zh: 轧钢厂, en: Rolling mill}
timezone: Asia/Beijing
colour: red
gateways:
  - id: gw-1
    connections:
      - {id: switchroom, protocol: modbus-udp, endpoint: "10.0.0.5:502", poll: {fast: 5 seconds}}
meters:
  - {id: main, name: {zh: 总表, en: Main}, connection: switch-room, unit: 1, role: grid}
  - {id: main, name: {zh: 车间, en: Shop}, connection: switchroom, unit: 300, template: a.b, role: feeders, parent: hall}
`,
  );
  const { site, problems } = checkSite(folder);
  assert.equal(site, undefined);
  const found = problems.map(({ line, column, path, text }) => [line, column, path, text.en, text.zh.length > 0]);
  assert.deepEqual(found, [
    [1, 1, 'site', 'an id has letters, digits, - and _, starts with a letter or digit, and is at most 64 long', true],
    [3, 1, 'timezone', 'not an IANA time zone; for example Asia/Shanghai', true],
    [
      4,
      1,
      'colour',
      'unknown key "colour"; allowed: site, name, timezone, store, broker, gateways, meters, virtual, packs, factors, coverageLimit, snapshots, reports, retention, page',
      true,
    ],
    [
      8,
      26,
      'gateways.0.connections.0.protocol',
      'Invalid option: expected one of "modbus-tcp"|"line"|"opcua"|"mqtt-json"',
      true,
    ],
    [
      8,
      48,
      'gateways.0.connections.0.endpoint',
      'must be tcp://host:port, serial:///dev/ttyS0, opc.tcp://host:port, mqtt://host:port, or sim for the virtual plant',
      true,
    ],
    [8, 81, 'gateways.0.connections.0.poll.fast', 'a duration is written as 500ms, 1s, 15m, 1h or 1d', true],
    [10, 42, 'meters.0.connection', 'there is no connection "switch-room"; there are: switchroom', true],
    [11, 6, 'meters.1.id', 'the id "main" is used twice', true],
    [11, 66, 'meters.1.unit', 'Too big: expected number to be <=255', true],
    [
      11,
      92,
      'meters.1.role',
      'Invalid option: expected one of "grid"|"grid_import"|"grid_export"|"generation"|"storage"|"storage_charge"|"storage_discharge"|"feeder"|"fuel"|"heat"|"heat_export"|"water"|"waste"|"product"|"none"',
      true,
    ],
    [11, 107, 'meters.1.parent', 'there is no meter "hall"', true],
  ]);
});

test('a gateway has no name that the system itself has', (context) => {
  for (const name of ['import', 'history', 'ingest', 'dashboards']) {
    const { problems } = checkSite(folderWith(context, sound.replace('id: gw-1', `id: ${name}`)));
    assert.deepEqual(
      problems.map(({ path, text }) => [path, text.en]),
      [['gateways.0.id', `a gateway cannot be called "${name}": the system itself has this name`]],
    );
  }
});

test('the refusal lists every mistake with file and line, in both languages, and asks for exit code 78', (context) => {
  const folder = folderWith(context, sound.replace('role: grid', 'role: gird').replace('unit: 1', 'unit: -1'));
  assert.throws(
    () => loadSite(folder),
    (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.exitCode, exitCodes.configuration);
      assert.equal(exitCodes.configuration, 78);
      assert.match(
        error.text.en,
        /2 mistakes[\s\S]*site\.yaml:8:\d+ {2}meters\.0\.unit[\s\S]*site\.yaml:8:\d+ {2}meters\.0\.role/,
      );
      assert.match(error.text.zh, /2 处错误/);
      return true;
    },
  );
});

test('broken YAML is located', (context) => {
  const { problems } = checkSite(folderWith(context, 'site: mill\nname: {zh: 厂\n'));
  assert.equal(problems[0]?.line, 3);
  assert.match(problems[0]?.text.en ?? '', /YAML syntax/);
});

test('a circle of parents and two meters on one unit are found', (context) => {
  const yaml = `${sound.trimEnd().replace('role: grid', 'role: grid, parent: shop')}
  - {id: shop, name: {zh: 车间, en: Shop}, connection: switchroom, unit: 1, template: a.b, role: feeder, parent: main}
`;
  const texts = checkSite(folderWith(context, yaml)).problems.map(({ text }) => text.en);
  assert.deepEqual(texts, [
    'meters form a circle: main → shop → main',
    'unit 1 on switchroom already belongs to meter main',
    'meters form a circle: shop → main → shop',
  ]);
});

test('secrets come from the environment; a missing one is named', (context) => {
  const yaml = `${sound}broker: {kind: external, url: "mqtts://broker:8883", username: mill, password: "\${TANBIAO_TEST_PASSWORD}"}\n`;
  const folder = folderWith(context, yaml);
  assert.match(checkSite(folder).problems[0]?.text.en ?? '', /TANBIAO_TEST_PASSWORD is not set/);
  process.env.TANBIAO_TEST_PASSWORD = 'secret';
  context.after(() => delete process.env.TANBIAO_TEST_PASSWORD);
  const { broker } = loadSite(folder);
  assert.equal(broker.kind === 'external' && broker.password, 'secret');
  const lower = folderWith(context, yaml.replace('TANBIAO_TEST_PASSWORD', 'tanbiao_test_password'));
  assert.match(checkSite(lower).problems[0]?.text.en ?? '', /tanbiao_test_password is not set/);
});

test('a password in the address of a broker, where it would be logged and shown, is refused', (context) => {
  const yaml = `${sound}broker: {kind: external, url: "mqtts://mill:secret@broker:8883", username: mill, password: "x"}\n`;
  assert.match(checkSite(folderWith(context, yaml)).problems[0]?.text.en ?? '', /without user and password/);
});

test('a foreign device: its units are checked, its files are named from the site, one topic is of one meter', (context) => {
  const connection = (id: string, rest: string) => `\n      - {id: ${id}, ${rest}}`;
  const yaml = (unit: string, topic: string, policy: string) =>
    `${sound
      .replace(
        /connections:/,
        `connections:${connection('plc', `protocol: opcua, endpoint: "opc.tcp://plc:4840", opcua: {security: {mode: Sign, policy: ${policy}}, user: {certificate: user.pem, key: /keys/user.pem}}`)}${connection('cloud', 'protocol: mqtt-json, endpoint: "mqtts://cloud:8883", mqtt: {tls: {ca: ca.pem}}')}`,
      )
      .trimEnd()}
  - {id: gas, name: {zh: 气, en: gas}, connection: plc, role: fuel, nodes: {gas_flow: "ns=2;s=F", power: {node: "nsu=http://a/b;s=P", unit: ${unit}}}}
  - {id: air, name: {zh: 气, en: air}, connection: cloud, role: none, topic: "${topic}", fields: {power: {path: p, unit: ${unit}}}}
`;
  const broken = checkSite(folderWith(context, yaml('kWh', 'hall/+', 'None'))).problems.map(({ text }) => text.en);
  assert.deepEqual(broken, [
    'mode and policy are both None, or neither of them is',
    'kWh cannot be converted to kW: their dimensions differ',
    'a topic has no wildcards (+ and #): it is of one meter',
    'kWh cannot be converted to kW: their dimensions differ',
  ]);
  const folder = folderWith(context, yaml('W', 'hall/air', 'Basic256Sha256'));
  const { gateways, meters } = loadSite(folder);
  const [plc, cloud] = gateways[0]?.connections ?? [];
  assert.deepEqual(plc?.opcua.user, { certificate: join(folder, 'user.pem'), key: '/keys/user.pem' });
  assert.deepEqual(cloud?.mqtt.tls, { ca: join(folder, 'ca.pem') });
  assert.deepEqual(meters[1]?.nodes?.gas_flow, { node: 'ns=2;s=F', scale: 1, unit: undefined });
});

test('a site that is nowhere is refused with the places that were searched', () => {
  assert.throws(
    () => findSiteFolder('nowhere'),
    /no site "nowhere": there is no site.yaml in .*nowhere or .*sites\/nowhere/,
  );
});

test('a site that comes with the software is known as such by any way that leads to it, and a copy is not', (context) => {
  const folder = folderWith(context, sound);
  const link = join(folder, 'link');
  symlinkSync(sitesFolder, link);
  assert.deepEqual(
    [join(sitesFolder, 'demo'), join(link, 'demo'), findSiteFolder('golden'), folder, sitesFolder].map(
      comesWithSoftware,
    ),
    [true, true, true, false, false],
  );
});

test('an endpoint has one owner: a second connection to the same bus is refused with the first one’s name', (context) => {
  const second = '      - {id: hall, protocol: line, endpoint: "tcp://10.0.0.5:502"}\n';
  const folder = folderWith(context, sound.replace('meters:\n', `${second}meters:\n`));
  assert.throws(
    () => loadSite(folder),
    /site\.yaml:7:.*tcp:\/\/10\.0\.0\.5:502 already belongs to connection switchroom/s,
  );
});

test('a store on InfluxDB says how it is written, and takes its secrets from the environment only', (context) => {
  process.env.TANBIAO_TEST_TOKEN = 'a-secret';
  const site = loadSite(
    folderWith(
      context,
      `${sound}store: {kind: influxdb, url: "http://10.0.0.9:8086", write: v2, bucket: plant, org: mill, token: "\${TANBIAO_TEST_TOKEN}"}\n`,
    ),
  );
  assert.deepEqual(site.store, {
    kind: 'influxdb',
    url: 'http://10.0.0.9:8086',
    write: 'v2',
    bucket: 'plant',
    org: 'mill',
    token: 'a-secret',
  });
});

for (const [store, path, expected] of [
  ['{kind: influxdb, url: "http://db:8086"}', 'store.database', /write: v1 needs database/],
  ['{kind: influxdb, url: "http://db:8086", write: v2, database: d}', 'store.bucket', /write: v2 needs bucket/],
  [
    '{kind: influxdb, url: "http://db:8086", database: d, bucket: b}',
    'store.write',
    /bucket and org are for write: v2/,
  ],
  [
    '{kind: influxdb, url: "http://db:8086", database: d, token: abc}',
    'store.token',
    /a secret is not written into a file/,
  ],
  ['{kind: influxdb, url: "http://me:abc@db:8086", database: d}', 'store.url', /without user and password/],
  ['{kind: influxdb, url: "http://db:8086", database: d, username: me}', 'store.username', /come together/],
  [
    `{kind: influxdb, url: "http://db:8086", database: d, username: me, password: "\${TANBIAO_NOBODY}"}`,
    'store.password',
    /TANBIAO_NOBODY is not set/,
  ],
  ['{kind: duckdb, url: "http://db:8086"}', 'store.url', /unknown key "url"/],
] as const) {
  test(`the store ${store} is refused at ${path}`, (context) => {
    const { site, problems } = checkSite(folderWith(context, `${sound}store: ${store}\n`));
    assert.equal(site, undefined);
    assert.deepEqual(
      problems.map((problem) => [problem.path, problem.line]),
      [[path, 9]],
    );
    assert.match(problems[0]?.text.en ?? '', expected);
    assert.match(problems[0]?.text.zh ?? '', /[一-龥]/);
  });
}

test('how long readings are kept is said for the embedded store, and for a month at least', (context) => {
  const influx = 'store: {kind: influxdb, url: "http://db:8086", database: d}\n';
  for (const [yaml, path, text] of [
    [`${influx}retention: {gauge: 90d}\n`, 'retention', /own retention policy/],
    ['retention: {gauge: 7d}\n', 'retention.gauge', /at least 31d/],
    ['retention: {power: 90d}\n', 'retention.power', /allowed: gauge, state, counter/],
  ] as const) {
    const { problems } = checkSite(folderWith(context, `${sound}${yaml}`));
    assert.deepEqual(
      problems.map((problem) => problem.path),
      [path],
    );
    assert.match(problems[0]?.text.en ?? '', text);
  }
});

test('steam in tonnes is refused at its meter until somebody says what heat a tonne has', (context) => {
  const boiler = 'id: boiler, name: {zh: 锅炉, en: Boiler}, connection: switchroom, unit: 9, template: t, role: heat';
  const steam = (more: string) => `${sound}  - {${boiler}, nodes: {steam_mass: "ns=1;s=x"}${more}}\n`;
  const [problem, ...others] = checkSite(folderWith(context, steam(''))).problems;
  assert.deepEqual(others, []);
  assert.deepEqual([problem?.path, problem?.line], ['meters.1', 9]);
  assert.match(problem?.text.en ?? '', /boiler counts tonnes of steam only: give heatPerTonne/);
  assert.deepEqual(checkSite(folderWith(context, steam(', heatPerTonne: 2.7'))).problems, []);
});

test('a page that others reach in clear is refused, with the place and the remedy; this machine may', (context) => {
  const told = (page: string) =>
    checkSite(folderWith(context, `${sound}page: ${page}\n`)).problems.map(({ path, text }) => `${path} ${text.en}`);
  const remedy = /^page\.host what listens beyond this machine is encrypted: give page\.tls .* page\.behindProxy$/;
  for (const host of ['0.0.0.0', '"::"', '192.168.1.20', 'carbon.plant.example', '128.0.0.1'])
    assert.match(told(`{host: ${host}}`).join('\n'), remedy, host);
  for (const host of ['127.0.0.1', '127.0.1.1', '"::1"', 'localhost']) assert.deepEqual(told(`{host: ${host}}`), []);
  assert.deepEqual(told('{host: 0.0.0.0, tls: {certificate: a.pem, key: b.pem}}'), []);
  assert.deepEqual(told('{host: 0.0.0.0, behindProxy: "https://carbon.plant.example"}'), []);
  assert.match(told('{behindProxy: "http://carbon.plant.example"}').join(), /must be the origin/);
});
