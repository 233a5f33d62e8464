// From evidence to diagnosis: each way in which a device does not answer has its own name and something to check next.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rtuFrame } from '../../simulators/modbus-rtu-server.ts';
import { answerFrame } from '../../simulators/modbus-server.ts';
import { mbap, type Question, rtu } from '../modbus/frames.ts';
import { diagnose } from './diagnosis.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import type { Evidence } from './evidence.ts';
import { type ForeignBytes, whatAre } from './foreign-bytes.ts';

const tcp = parseEndpoint('tcp://10.0.0.7');
const bus = parseEndpoint('tcp://10.0.0.7:4001', 'line');
const port = parseEndpoint('serial:///dev/ttyUSB0');

const question: Question = { unit: 1, fc: 3, address: 0, count: 2 };
const answer = (unit: number, words = [1, 2]) => rtuFrame({ ...question, unit }, { words });
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const heard: [string, Endpoint['protocol'], Buffer, ForeignBytes][] = [
  ['its own question comes back', 'line', rtu.request(question, 0), { kind: 'echo' }],
  ['an RTU answer on a Modbus TCP port', 'modbus-tcp', answer(1), { kind: 'rtu', unit: 1 }],
  [
    'an RTU exception on a Modbus TCP port',
    'modbus-tcp',
    rtuFrame(question, { exception: 2 }),
    { kind: 'rtu', unit: 1 },
  ],
  ['a Modbus TCP answer on a line', 'line', answerFrame(7, question, { words: [1, 2] }), { kind: 'mbap', unit: 1 }],
  ['the answer of another unit', 'line', answer(9), { kind: 'other_unit', unit: 9 }],
  [
    'the answer of another unit behind noise',
    'line',
    Buffer.concat([hex('00 ff'), answer(9)]),
    { kind: 'other_unit', unit: 9 },
  ],
  ['the answer of the unit, after its time', 'line', answer(1), { kind: 'late', unit: 1 }],
  [
    'a question of somebody else',
    'line',
    rtu.request({ ...question, unit: 5 }, 0),
    { kind: 'other_question', unit: 5 },
  ],
  [
    'an answer of DL/T 645',
    'line',
    hex('FE FE FE FE 68 25 04 03 02 01 00 68 91 08 33 33 34 33 75 39 45 33 8B 16'),
    { kind: 'dlt645' },
  ],
  ['an answer of CJ/T 188', 'line', hex('68 10 44 33 22 11 00 33 78 81 03 1F 90 00 00 16'), { kind: 'dlt645' }],
  ['a web server', 'modbus-tcp', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), { kind: 'http' }],
  ['an alert of TLS', 'modbus-tcp', hex('15 03 03 00 02 02 46'), { kind: 'tls' }],
  ['a login prompt', 'modbus-tcp', Buffer.from('SSH-2.0-dropbear\r\n'), { kind: 'text', text: 'SSH-2.0-dropbear' }],
  ['a broken pair of wires', 'line', hex('00 00 00 00'), { kind: 'level' }],
  ['the wrong speed', 'line', hex('91 12 77 00 fe 13 55'), { kind: 'noise' }],
];

for (const [what, protocol, received, expected] of heard) {
  test(`${what} is told from its bytes`, () => {
    const sent = protocol === 'line' ? rtu.request(question, 0) : mbap.request(question, 1);
    assert.deepEqual(whatAre({ sent, received }, protocol, 1), expected);
  });
}

const cases: [string, Evidence][] = [
  ['name_not_resolved', { endpoint: tcp, unit: 1, failure: 'refused', system: 'ENOTFOUND getaddrinfo' }],
  ['network_unreachable', { endpoint: tcp, unit: 1, failure: 'refused', system: 'EHOSTUNREACH connect' }],
  ['connection_refused', { endpoint: tcp, unit: 1, failure: 'refused', system: 'ECONNREFUSED connect' }],
  ['no_connection', { endpoint: tcp, unit: 1, failure: 'refused', system: 'no connection within 3000 ms' }],
  [
    'serial_missing',
    {
      endpoint: port,
      unit: 1,
      failure: 'refused',
      system: 'Error: No such file or directory, cannot open /dev/ttyUSB0',
    },
  ],
  [
    'serial_permission',
    { endpoint: port, unit: 1, failure: 'refused', system: 'Error: Permission denied, cannot open /dev/ttyUSB0' },
  ],
  [
    'serial_busy',
    { endpoint: port, unit: 1, failure: 'refused', system: 'Error Resource temporarily unavailable Cannot lock port' },
  ],
  ['serial_unusable', { endpoint: port, unit: 1, failure: 'refused', system: 'Error: Inappropriate ioctl for device' }],
  ['connection_closed', { endpoint: tcp, unit: 1, failure: 'closed' }],
  ['silent', { endpoint: tcp, unit: 1, failure: 'timeout' }],
  ['silent', { endpoint: bus, unit: 1, failure: 'timeout' }],
  ['unit_absent', { endpoint: bus, unit: 1, failure: 'timeout', otherUnit: 3 }],
  ['rtu_on_tcp', { endpoint: tcp, unit: 1, failure: 'timeout', otherFraming: true }],
  ['tcp_on_line', { endpoint: bus, unit: 1, failure: 'closed', otherFraming: true }],
  [
    'serial_settings',
    {
      endpoint: port,
      unit: 1,
      failure: 'timeout',
      otherSerial: { baud: 2_400, parity: 'even', dataBits: 8, stopBits: 1 },
    },
  ],
  ['other_master', { endpoint: bus, unit: 1, failure: 'timeout', overheard: { kind: 'other_question', unit: 4 } }],
  [
    'other_master',
    {
      endpoint: bus,
      unit: 1,
      failure: 'framing',
      foreign: { kind: 'noise' },
      overheard: { kind: 'other_unit', unit: 4 },
    },
  ],
  ['late', { endpoint: bus, unit: 1, failure: 'timeout', overheard: { kind: 'late', unit: 1 } }],
  ['wrong_unit', { endpoint: tcp, unit: 1, failure: 'framing', foreign: { kind: 'other_unit', unit: 4 } }],
  ['echo', { endpoint: port, unit: 1, failure: 'framing', foreign: { kind: 'echo' } }],
  ['rtu_on_tcp', { endpoint: tcp, unit: 1, failure: 'framing', foreign: { kind: 'rtu', unit: 1 } }],
  ['dlt645', { endpoint: port, unit: 1, failure: 'framing', foreign: { kind: 'dlt645' } }],
  ['not_modbus', { endpoint: tcp, unit: 1, failure: 'framing', foreign: { kind: 'http' } }],
  ['wiring_level', { endpoint: port, unit: 1, failure: 'framing', foreign: { kind: 'level' } }],
  ['garbage', { endpoint: bus, unit: 1, failure: 'framing', foreign: { kind: 'noise' } }],
  ...[1, 2, 3, 4, 5, 6, 10, 11, 8].map((exception): [string, Evidence] => [
    `exception_${exception}`,
    { endpoint: tcp, unit: 1, failure: 'exception', exception },
  ]),
];

for (const [code, evidence] of cases) {
  const { endpoint, ...rest } = evidence;
  test(`${JSON.stringify(rest)} on ${endpoint.protocol} is ${code}, in both languages, with something to check`, () => {
    const { code: found, finding, checks } = diagnose(evidence);
    assert.equal(found, code);
    assert.ok(checks.length > 0, 'nothing to check next');
    for (const { zh, en } of [finding, ...checks]) {
      assert.match(zh, /[\u4e00-\u9fff]/);
      assert.doesNotMatch(en, /[\u4e00-\u9fff]/);
    }
  });
}

test('what answers elsewhere is the first thing to try', () => {
  const { checks } = diagnose({ endpoint: tcp, unit: 9, failure: 'exception', exception: 11, otherUnit: 1 });
  assert.match(checks[0]?.en ?? '', /unit 1 answers: add --unit 1/);
});
