// Row 21 of the failure matrix: a gateway's certificate is expired, not yet valid or revoked, or the broker's authority is another one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { type Clock, systemClock } from '../core/clock.ts';
import { findProgram } from '../core/real-programs.ts';
import { chain, everything, folderFor, main, until } from './chain.fixture.ts';

const openssl = findProgram('openssl');
const mosquitto = findProgram('mosquitto');

const day = 86_400_000;
const asn1 = (time: number) => `${new Date(time).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;

/** An authority that keeps a register, since only what it knows can be revoked. */
function authority(folder: string, name: string) {
  const at = (file: string) => join(folder, `${name}-${file}`);
  const run = (...args: string[]) => execFileSync(openssl.path, args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(at('index'), '');
  writeFileSync(
    at('conf'),
    `[ca]
default_ca = own
[own]
database = ${at('index')}
new_certs_dir = ${folder}
certificate = ${at('ca.pem')}
private_key = ${at('ca.key')}
default_md = sha256
default_crl_days = 30
rand_serial = yes
unique_subject = no
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
`,
  );
  run('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', `/CN=${name}`, '-days', '400');
  const ca = (...args: string[]) => run('ca', '-batch', '-config', at('conf'), ...args);
  return {
    pem: at('ca.pem'),
    issue: (owner: string, from: number, to: number) => {
      const [pem, secret, request] = ['pem', 'key', 'csr'].map((kind) => at(`${owner}.${kind}`)) as [
        string,
        string,
        string,
      ];
      run('req', ...key, '-keyout', secret, '-out', request, '-subj', `/CN=${owner}`);
      ca('-in', request, '-out', pem, '-notext', '-startdate', asn1(from), '-enddate', asn1(to));
      return { pem, key: secret };
    },
    revoke: (pem: string) => ca('-revoke', pem),
    crl: (file: string) => ca('-gencrl', '-out', file),
  };
}

/** As whoever renews a certificate should: no half file is ever seen. */
function put(from: string, to: string): void {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

/** The ways back are short. */
const impatient: Clock = {
  ...systemClock,
  sleep: (time, signal) => systemClock.sleep(Math.min(time, 200), signal),
};

async function plant(context: TestContext) {
  const folder = folderFor(context);
  const at = (name: string) => join(folder, name);
  const [old, other] = [authority(folder, 'old'), authority(folder, 'other')];
  const [now, soon] = [Date.now() - day, Date.now() + 200 * day];
  const use = ({ pem, key }: { pem: string; key: string }, owner: string) => {
    put(key, at(`${owner}.key`));
    put(pem, at(`${owner}.pem`));
  };
  const good = old.issue('gateway', now, soon);
  use(good, 'gateway');
  use(old.issue('server', now, soon), 'server');
  use(old.issue('ingest', now, soon), 'ingest');
  put(old.pem, at('gateway-ca.pem'));
  writeFileSync(at('both.pem'), readFileSync(old.pem, 'utf8') + readFileSync(other.pem, 'utf8'));
  old.crl(at('old.crl'));
  other.crl(at('other.crl'));
  const publishCrl = () => {
    writeFileSync(at('crl.pem'), readFileSync(at('old.crl'), 'utf8') + readFileSync(at('other.crl'), 'utf8'));
  };
  publishCrl();
  let said = '';
  const log = pino(
    { level: 'warn' },
    {
      write: (line: string) => {
        said += line;
      },
    },
  );
  const running = await chain(context, {
    broker: 'mosquitto',
    log,
    clock: impatient,
    edgeClock: impatient,
    secured: {
      settings: `cafile ${at('both.pem')}\ncertfile ${at('server.pem')}\nkeyfile ${at('server.key')}\ncrlfile ${at('crl.pem')}\nrequire_certificate true\nuser root\n`,
      tls: (name) =>
        name === 'ingest'
          ? { ca: at('both.pem'), certificate: at('ingest.pem'), key: at('ingest.key') }
          : { ca: at('gateway-ca.pem'), certificate: at('gateway.pem'), key: at('gateway.key') },
    },
  });
  let n = 0;
  const stored = async () => (await running.store.samples(main, everything)).value;
  const allStored = () => until('the spool is empty', () => running.spool.size.batches === 0, 60_000);
  await allStored();
  return {
    ...running,
    at,
    old,
    other,
    good,
    use,
    publishCrl,
    days: { now, soon },
    /** The fault begins with the broker's next start; nobody touches the gateway, neither then nor when it is mended. */
    fails: async (reason: RegExp, mend: () => void) => {
      const before = n;
      running.send([[n, n++]]);
      await allStored();
      said = '';
      await running.restartBroker();
      running.send([[n, n++]]);
      running.send([[n, n++]]);
      await until(`${reason}`, () => reason.test(said)).catch((error) => {
        throw new Error(`${error.message}: ${said.slice(-1_000)}`);
      });
      assert.equal(running.spool.size.batches, 2);
      assert.equal((await stored()).length, before + 1);
      mend();
      await allStored();
      assert.deepEqual(
        await stored(),
        Array.from({ length: n }, (_, index) => index),
      );
    },
  };
}

const skip = openssl.skip || mosquitto.skip;

test('row 21: a certificate that expired, and one that is not valid yet: the date is told, the spool keeps the readings, the new file is taken without a restart', {
  skip,
}, async (context) => {
  const { old, use, good, days, fails } = await plant(context);
  use(old.issue('expired', days.now - 10 * day, days.now), 'gateway');
  await fails(/gateway\.pem expired on \d{4}-\d\d-\d\d: replace it/, () => use(good, 'gateway'));
  use(old.issue('early', days.soon, days.soon + day), 'gateway');
  await fails(/gateway\.pem is not valid before \d{4}-\d\d-\d\d/, () => use(good, 'gateway'));
});

test('row 21: a certificate that is revoked: the broker says so, the spool keeps the readings, the new file is taken without a restart', {
  skip,
}, async (context) => {
  const { at, old, use, good, days, publishCrl, fails } = await plant(context);
  old.revoke(good.pem);
  old.crl(at('old.crl'));
  publishCrl();
  await fails(/gateway\.pem is revoked: replace it/, () => use(old.issue('renewed', days.now, days.soon), 'gateway'));
});

test('row 21: the broker has another authority: the reason is told, the spool keeps the readings, the new authority is taken without a restart', {
  skip,
}, async (context) => {
  const { at, other, use, days, fails } = await plant(context);
  use(other.issue('server', days.now, days.soon), 'server');
  await fails(/of no authority among those in \S+gateway-ca\.pem/, () => put(at('both.pem'), at('gateway-ca.pem')));
});
