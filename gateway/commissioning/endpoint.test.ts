import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { siteSchema } from '../../core/config/site-schema.ts';
import { Fault } from '../../core/fault.ts';
import { connectionYaml, endpointArguments, parseEndpoint } from './endpoint.ts';
import { parseRegisterAddress } from './register-address.ts';
import { unitsOf } from './scan.ts';

const usual = { baud: 9_600, parity: 'none', dataBits: 8, stopBits: 1 };

for (const [text, protocol, expected] of [
  ['tcp://10.0.0.7', undefined, { protocol: 'modbus-tcp', address: { kind: 'tcp', host: '10.0.0.7', port: 502 } }],
  ['10.0.0.7:8899', 'line', { protocol: 'line', address: { kind: 'tcp', host: '10.0.0.7', port: 8899 } }],
  ['tcp://[fe80::1]:502', undefined, { protocol: 'modbus-tcp', address: { kind: 'tcp', host: 'fe80::1', port: 502 } }],
  ['/dev/ttyUSB0', undefined, { protocol: 'line', address: { kind: 'serial', path: '/dev/ttyUSB0', ...usual } }],
  ['serial://COM3', undefined, { protocol: 'line', address: { kind: 'serial', path: 'COM3', ...usual } }],
  [
    'serial:///dev/ttyS1?baud=2400&parity=E&stopBits=2',
    undefined,
    {
      protocol: 'line',
      address: { kind: 'serial', path: '/dev/ttyS1', ...usual, baud: 2_400, parity: 'even', stopBits: 2 },
    },
  ],
] as const) {
  test(`${text} is understood, and again as it is told back`, () => {
    const endpoint = parseEndpoint(text, protocol);
    assert.deepEqual(endpoint, expected);
    if (text.includes('fe80')) return;
    const [again = '', , back] = endpointArguments(endpoint).replaceAll('"', '').split(' ');
    assert.deepEqual(parseEndpoint(again, back), endpoint);
  });

  test(`${text} becomes a connection that site.yaml accepts`, () => {
    if (text.includes('COM3') || text.includes('fe80')) return;
    const [connection] = parse(connectionYaml(parseEndpoint(text, protocol), 'line-1'));
    const meter = { id: 'm', name: { zh: '表', en: 'm' }, connection: 'line-1', role: 'feeder' };
    const site = {
      site: 's',
      name: { zh: '厂', en: 's' },
      gateways: [{ id: 'g', connections: [connection] }],
      meters: [meter],
    };
    assert.deepEqual(siteSchema.safeParse(site).error?.issues ?? [], []);
  });
}

for (const text of [
  'opc.tcp://h:1',
  'mqtt://h',
  'tcp://',
  'serial:///dev/x?baud=fast',
  'serial:///dev/x?speed=1',
  'tcp://h:99999',
]) {
  test(`${text} is refused with what to write`, () => {
    assert.throws(
      () => parseEndpoint(text),
      (error) => error instanceof Fault && error.code === 'endpoint_invalid',
    );
  });
}

test('there is no Modbus TCP on a serial port', () => {
  assert.throws(() => parseEndpoint('/dev/ttyUSB0', 'modbus-tcp'), Fault);
});

for (const [text, onWire, expected] of [
  ['0', false, { address: 0, fc: undefined }],
  ['8198', false, { address: 8_198, fc: undefined }],
  ['0x2006', false, { address: 8_198, fc: undefined }],
  ['40001', false, { address: 0, fc: 3 }],
  ['30001', false, { address: 0, fc: 4 }],
  ['49999', false, { address: 9_998, fc: 3 }],
  ['400001', false, { address: 0, fc: 3 }],
  ['465536', false, { address: 65_535, fc: 3 }],
  ['300072', false, { address: 71, fc: 4 }],
  ['40000', false, { address: 40_000, fc: undefined }],
  ['32080', true, { address: 32_080, fc: undefined }],
  ['0x7530', false, { address: 30_000, fc: undefined }],
  ['50000', false, { address: 50_000, fc: undefined }],
] as const) {
  test(`register ${text}${onWire ? ' on the wire' : ''} is wire address ${expected.address}`, () => {
    const { address, fc } = parseRegisterAddress(text, onWire);
    assert.deepEqual({ address, fc }, expected);
  });
}

for (const text of ['-1', '65536', '4x0001', '0x10000', '465537', ''])
  test(`"${text}" is no register`, () => {
    assert.throws(
      () => parseRegisterAddress(text),
      (error) => error instanceof Fault && error.code === 'address_invalid',
    );
  });

test('units are written as ranges and single numbers', () => {
  assert.deepEqual(unitsOf('1-3,247,2'), [1, 2, 3, 247]);
  assert.equal(unitsOf('3-1'), undefined);
  assert.equal(unitsOf('1-256'), undefined);
  assert.equal(unitsOf('all'), undefined);
});
