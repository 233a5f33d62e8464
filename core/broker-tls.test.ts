// Certificates between us and a real mosquitto that asks for them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { BrokerLink } from './broker-link.ts';
import { readCertificates } from './certificate.ts';
import { systemClock } from './clock.ts';
import { Fault } from './fault.ts';
import { freePort } from './free-port.ts';
import { findProgram, startServer } from './real-programs.ts';

const openssl = findProgram('openssl');
const mosquitto = findProgram('mosquitto');

/** An authority, a server and a client of it; validity in days. */
function certificates(context: TestContext, days: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-tls-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  const run = (...args: string[]) => execFileSync(openssl.path, args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '400');
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    run('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'names'];
    run('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...sign);
  }
  return at;
}

test('row 21: a certificate that runs out is told of from 30 days before, one that ran out is refused with its date', {
  skip: openssl.skip,
}, (context) => {
  const at = certificates(context, 60);
  const files = { ca: at('ca.pem'), certificate: at('client.pem'), key: at('client.key') };
  const inDays = (days: number) => Date.now() + days * 86_400_000;
  assert.deepEqual(readCertificates(files, inDays(1)).warnings, []);
  for (const left of [30, 7, 1]) {
    const [warning] = readCertificates(files, inDays(60 - left) - 60_000).warnings;
    assert.match(warning?.en ?? '', new RegExp(`client\\.pem expires in ${left} days`));
  }
  const refused = (days: number, pattern: RegExp) =>
    assert.throws(
      () => readCertificates(files, inDays(days)),
      (error) => error instanceof Fault && pattern.test(error.message) && error.retry,
    );
  refused(61, /client\.pem expired on \d{4}-\d\d-\d\d: replace it/);
  refused(-1, /is not valid before/);
  writeFileSync(at('client.pem'), 'nothing');
  refused(1, /is not a PEM certificate/);
});

test('a gateway with a certificate publishes to a broker that demands one; without it the reason is told', {
  skip: openssl.skip || mosquitto.skip,
}, async (context) => {
  const at = certificates(context, 60);
  const port = await freePort();
  const file = at('mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\ncafile ${at('ca.pem')}\ncertfile ${at('server.pem')}\nkeyfile ${at('server.key')}\nrequire_certificate true\nuser root\n`,
  );
  const running = await startServer(mosquitto.path, ['-c', file], port);
  context.after(() => running.end());
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const link = (tls: { ca: string; certificate?: string; key?: string }) =>
    new BrokerLink({
      broker: { url: `mqtts://127.0.0.1:${port}`, username: 'gw', password: 'x', tls },
      clientId: 'gw',
      subscribe: [],
      onMessage: () => undefined,
      clock: systemClock,
      log,
    });
  const good = link({ ca: at('ca.pem'), certificate: at('client.pem'), key: at('client.key') });
  context.after(() => good.close());
  for (let waits = 0; !good.connected && waits < 3_000; waits++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await good.publish('a', 'b');
  const bad = link({ ca: at('ca.pem') });
  context.after(() => bad.close());
  for (let waits = 0; !lines.some((line) => line.includes('broker_refused')) && waits < 3_000; waits++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(bad.connected, false);
  assert.match(lines.join(''), /broker_refused/);
});

test('row 21: a session that lasts is told every day that its certificate runs out, and that it did', {
  skip: openssl.skip || mosquitto.skip,
}, async (context) => {
  const at = certificates(context, 32);
  const port = await freePort();
  const file = at('mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\ncafile ${at('ca.pem')}\ncertfile ${at('server.pem')}\nkeyfile ${at('server.key')}\nrequire_certificate true\nuser root\n`,
  );
  const running = await startServer(mosquitto.path, ['-c', file], port);
  context.after(() => running.end());
  let days = 0;
  const lines: string[] = [];
  const link = new BrokerLink({
    broker: {
      url: `mqtts://127.0.0.1:${port}`,
      tls: { ca: at('ca.pem'), certificate: at('client.pem'), key: at('client.key') },
    },
    clientId: 'gw',
    subscribe: [],
    onMessage: () => undefined,
    clock: {
      ...systemClock,
      now: () => Date.now() + days * 86_400_000,
      sleep: async (time, signal) => {
        await systemClock.sleep(Math.min(time, 10), signal); // a day is over at once
        if (time === 86_400_000) days++;
      },
    },
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
  });
  context.after(() => link.close());
  const told = (text: string) => lines.some((line) => line.includes(text));
  for (let waits = 0; !told('certificate_bad') && waits < 6_000; waits++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  for (const left of [30, 7, 1]) assert.ok(told(`client.pem expires in ${left} days`), `${left} days before`);
  assert.ok(told('client.pem expired on'));
  assert.ok(link.connected, 'what is connected stays so');
});
