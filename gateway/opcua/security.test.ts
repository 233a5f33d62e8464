// Who we are to OPC UA servers, whom of them we trust, and what a refusal says.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { silentLog } from '../../core/log.ts';
import { type OpcuaServerOptions, startOpcuaServer } from '../../simulators/opcua-server.ts';
import { once, temporaryFolder, unsecured, until } from './opcua.fixture.ts';
import { type OpcuaServer, openSession } from './session.ts';
import { fingerprintOf, listCertificates, ownCertificateFile, trustCertificate } from './trust.ts';

/** Keys are made once: theirs and ours. */
const folder = mkdtempSync(join(tmpdir(), 'tanbiao-opcua-'));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const node = 'ns=1;s=power';
const encrypted = { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' } as const;
const offers = ['Sign/Basic256Sha256', 'SignAndEncrypt/Aes256_Sha256_RsaPss', 'Sign/Aes128_Sha256_RsaOaep'];

async function serve(context: TestContext, options: Partial<OpcuaServerOptions> = {}) {
  const server = await startOpcuaServer([{ node, name: 'power', read: () => 7 }], {
    folder,
    security: offers,
    ...options,
  });
  const close = once(() => server.close());
  context.after(close);
  return { endpoint: server.endpoint, close };
}

/** Gives the value, or the fault. */
async function ask(given: Partial<OpcuaServer> & { endpoint: string }): Promise<number | Fault> {
  const options = { ...unsecured, timeout: 10_000, pkiFolder: folder, clock: systemClock, log: silentLog, ...given };
  try {
    const session = await openSession(options, new AbortController().signal);
    try {
      const [answer] = await session.read([node]);
      return answer?.value.value;
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** As somebody who has compared the fingerprints. */
async function askTrusting(given: Partial<OpcuaServer> & { endpoint: string }): Promise<number | Fault> {
  const answer = await ask(given);
  if (!(answer instanceof Fault) || answer.code !== 'opcua_server_untrusted') return answer;
  trustCertificate(given.pkiFolder ?? folder, /fingerprint ([0-9a-f]{64})/.exec(answer.message)?.[1] ?? '');
  return ask(given);
}

function refused(answer: number | Fault, code: string, en: RegExp, zh: RegExp): void {
  assert.ok(answer instanceof Fault, `it answered ${answer}`);
  assert.equal(answer.code, code);
  assert.match(answer.text.en, en);
  assert.match(answer.text.zh, zh);
  assert.ok(answer.retry);
}

test('row 26: an unknown server is refused with its fingerprint and what to run; trusted, it is read; with another certificate, refused again', async (context) => {
  const { endpoint, close } = await serve(context);
  const answer = await ask({ endpoint, security: encrypted });
  const certificates = join(folder, 'opcua-server/own/certs');
  const [file = ''] = readdirSync(certificates).filter((name) => name.endsWith('.pem'));
  const shown = fingerprintOf(new X509Certificate(readFileSync(join(certificates, file))));
  const command = new RegExp(`SHA-256[^]*${shown}[^]*tanbiao devices trust ${shown}`);
  refused(answer, 'opcua_server_untrusted', command, command);
  assert.match((answer as Fault).message, /CN=/);

  assert.deepEqual(
    listCertificates(folder).map(({ state }) => state),
    ['own', 'refused'],
  );
  assert.throws(() => trustCertificate(folder, 'ab:cd'), new RegExp(`waiting: \n  ${shown}  .*CN=`));
  const colons = shown.toUpperCase().replaceAll(/(..)(?!$)/g, '$1:');
  const trusted = trustCertificate(folder, colons);
  assert.equal(trusted.state, 'trusted');
  assert.ok(trusted.validTo.getTime() > Date.now());
  assert.deepEqual(trustCertificate(folder, shown), trusted);
  for (const pair of offers) {
    const [mode, policy] = pair.split('/') as ['Sign', 'Basic256Sha256'];
    assert.equal(await ask({ endpoint, security: { mode, policy } }), 7, pair);
  }

  await close();
  const other = await serve(context, { folder: temporaryFolder(context), port: Number(new URL(endpoint).port) });
  refused(
    await ask({ endpoint: other.endpoint, security: encrypted }),
    'opcua_server_untrusted',
    /Compare it with what the server shows/,
    /核对/,
  );
  const waiting = listCertificates(folder).filter(({ state }) => state === 'refused');
  assert.equal(waiting.length, 1);
  assert.notEqual(waiting[0]?.fingerprint, shown);
});

test('a policy that the server does not offer, and a server that trusts us not, are told apart', async (context) => {
  const theirs = temporaryFolder(context);
  const { endpoint } = await serve(context, { folder: theirs, security: ['Sign/Basic256Sha256'], trustsAll: false });
  const attempt = { endpoint, security: { mode: 'Sign', policy: 'Basic256Sha256' } } as const;
  refused(
    await ask({ endpoint, security: { mode: 'SignAndEncrypt', policy: 'Aes256_Sha256_RsaPss' } }),
    'opcua_policy_refused',
    /does not offer SignAndEncrypt with Aes256_Sha256_RsaPss: check opcua\.security/,
    /SignAndEncrypt \/ Aes256_Sha256_RsaPss/,
  );
  assert.equal((await ask({ endpoint })) instanceof Fault && 'refused', 'refused', 'None was let in');
  const answer = await askTrusting(attempt);
  refused(answer, 'opcua_not_trusted_by_server', /trust .*tanbiao\.pem at the server/, /不信任本机证书/);
});

test('users: a wrong password, nobody where somebody is asked for, a login that the server does not take, and the right one', async (context) => {
  const { endpoint } = await serve(context, { users: { reader: 'secret' } });
  const user = { name: 'reader', password: 'secret' };
  assert.equal(await askTrusting({ endpoint, user, security: encrypted }), 7);
  refused(
    await ask({ endpoint, user: { ...user, password: 'wrong' }, security: encrypted }),
    'opcua_user_refused',
    /refuses the user reader: check opcua\.user/,
    /拒绝用户 reader/,
  );
  refused(
    await ask({ endpoint, security: encrypted }),
    'opcua_login_refused',
    /takes no anonymous users: give opcua\.user/,
    /匿名/,
  );
  const open = await serve(context, { security: ['None/None'], users: { reader: 'secret' } });
  refused(
    await ask({ endpoint: open.endpoint, user }),
    'opcua_login_refused',
    /encrypt with opcua\.security/,
    /加密的 opcua\.security/,
  );
});

test('a user may have a certificate in place of a password', async (context) => {
  const { endpoint } = await serve(context);
  const certificate = ownCertificateFile(folder);
  const key = join(folder, 'opcua/own/private/private_key.pem');
  assert.equal(await askTrusting({ endpoint, user: { certificate, key }, security: encrypted }), 7);
  refused(
    await ask({ endpoint, user: { certificate: '/nowhere/user.pem', key }, security: encrypted }),
    'certificate_unreadable',
    /cannot read \/nowhere\/user\.pem/,
    /无法读取/,
  );
});

test('a server whose certificate has run out is refused with its dates, trusted or not', async (context) => {
  const theirs = temporaryFolder(context);
  const manager = new OPCUACertificateManager({ rootFolder: theirs, disableFileWatchers: true });
  await manager.initialize();
  const certificateFile = join(theirs, 'old.pem');
  await manager.createSelfSignedCertificate({
    applicationUri: 'urn:old',
    dns: ['old'],
    outputFile: certificateFile,
    startDate: new Date(Date.UTC(2024, 0, 1)),
    subject: '/CN=Old',
    validity: 30,
  });
  const certificate = { certificateFile, privateKeyFile: manager.privateKey };
  await manager.dispose();
  const { endpoint } = await serve(context, { certificate });
  refused(
    await askTrusting({ endpoint, security: encrypted }),
    'opcua_server_certificate_expired',
    /CN=Old is not valid today \(2024-01-01 … 2024-01-31\): renew it/,
    /不在有效期内/,
  );
});

test('our certificate is made once, by whoever comes first; its key is for nobody else, and its end is foretold', async (context) => {
  const pkiFolder = temporaryFolder(context);
  const { endpoint } = await serve(context, { security: ['None/None'] });
  assert.deepEqual(await Promise.all([ask({ endpoint, pkiFolder }), ask({ endpoint, pkiFolder })]), [7, 7]);
  const own = listCertificates(pkiFolder).filter(({ state }) => state === 'own');
  assert.equal(own.length, 1);
  assert.ok(own[0] && existsSync(own[0].file) && own[0].file === ownCertificateFile(pkiFolder));
  assert.match(new X509Certificate(readFileSync(own[0].file)).subjectAltName ?? '', /URI:urn:tanbiao:/);
  const mode = statSync(join(pkiFolder, 'opcua/own/private/private_key.pem')).mode & 0o077;
  assert.equal(mode, 0, `others may read the key: ${mode.toString(8)}`);
  await ask({ endpoint, pkiFolder });
  assert.equal(listCertificates(pkiFolder)[0]?.fingerprint, own[0].fingerprint);

  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const at = (time: number): Clock => ({ ...systemClock, now: () => time });
  const secured = { endpoint, pkiFolder, security: encrypted, log };
  const end = own[0].validTo.getTime();
  await ask({ ...secured, clock: at(end - 10 * 86_400_000) });
  await until('the warning', () => lines.some((line) => /certificate_expires.*expires in \d+ days/.test(line)));
  const expired = await ask({ ...secured, clock: at(end + 1_000) });
  refused(expired, 'certificate_not_valid', /tanbiao\.pem expired on/, /已于 .* 过期/);
});
