// Who gets in: what is kept of secrets, what ends and when, and how long guessing takes.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { day, hour } from '../../core/calendar.ts';
import { FakeClock } from '../../core/fake-clock.ts';
import { Access } from './access.ts';
import { openAccessFile } from './access-file.ts';
import { Buckets, Failures, TooManyRequests } from './patience.ts';

const start = Date.UTC(2026, 0, 1);
const password = 'a long enough one';

function opened(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tanbiao-access-'));
  const clock = new FakeClock(start);
  const access = new Access(folder, clock);
  context.after(() => {
    access.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, clock, access };
}

const refused = (code: string) => ({ code });

test('the code of the terminal makes one admin, once; a restart with a user makes no other', async (context) => {
  const { folder, clock, access } = opened(context);
  const code = access.enrolment ?? assert.fail('no code');
  assert.match(code, /^[A-Z2-9]{5}(-[A-Z2-9]{5}){3}$/);
  await assert.rejects(access.spendCode('WRONG-WRONG-WRONG-WRONG', password, 'chen', 'a'), refused('code_invalid'));
  await assert.rejects(access.spendCode(code, password, undefined, 'a'), refused('query_invalid'));
  const both = await Promise.allSettled([
    access.spendCode(code.toLowerCase().replaceAll('-', ' '), password, 'chen', 'a'),
    access.spendCode(code, password, 'other', 'b'),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await assert.rejects(access.spendCode(code, password, 'third', 'c'), refused('code_invalid'));
  assert.deepEqual(
    access.users.all().map(({ role }) => role),
    ['admin'],
  );
  const again = new Access(folder, clock);
  assert.equal(again.enrolment, null);
  again.close();
});

test('a user chooses a password by a code that works once and for a day, and signs in by it', async (context) => {
  const { clock, access } = opened(context);
  const { code } = access.users.add({ name: '张工', role: 'operator', expires: null }, clock.now());
  await assert.rejects(access.signIn('张工', '', 'a'), refused('sign_in_failed'));
  await access.spendCode(code, password, undefined, 'a');
  await assert.rejects(access.spendCode(code, 'another password', undefined, 'a'), refused('code_invalid'));
  const secret = await access.signIn('张工', password, 'a');
  assert.equal(access.sessions.find(secret, clock.now())?.user.role, 'operator');
  await assert.rejects(access.signIn('张工', `${password} `, 'a'), refused('sign_in_failed'));
  const late = access.users.reset('张工', clock.now());
  assert.equal(access.sessions.find(secret, clock.now()), undefined, 'a reset ends the sessions');
  await assert.rejects(access.signIn('张工', password, 'a'), refused('sign_in_failed'));
  await clock.advance(day);
  await assert.rejects(access.spendCode(late.code, password, undefined, 'b'), refused('code_invalid'));
});

test('a new password ends every other session', async (context) => {
  const { clock, access } = opened(context);
  const { code } = access.users.add({ name: 'li', role: 'viewer', expires: null }, clock.now());
  const [mine, other] = [
    await access.spendCode(code, password, undefined, 'a'),
    access.sessions.start('li', clock.now()),
  ];
  const kept = access.sessions.find(mine, clock.now())?.kept ?? '';
  await assert.rejects(access.changePassword('li', 'not this one', 'whatever it is', kept), refused('sign_in_failed'));
  await access.changePassword('li', password, 'whatever it is', kept);
  assert.equal(access.sessions.find(other, clock.now()), undefined);
  assert.ok(access.sessions.find(mine, clock.now()));
  await access.signIn('li', 'whatever it is', 'a');
});

test('a session ends after twelve hours of rest, after a week, and with the access of its user', async (context) => {
  const { clock, access } = opened(context);
  access.users.add({ name: 'li', role: 'viewer', expires: null }, clock.now());
  access.users.add({ name: 'wang', role: 'assessor', expires: start + 30 * hour }, clock.now());
  const lives = (secret: string) => access.sessions.find(secret, clock.now()) !== undefined;
  const [used, rested, assessor] = ['li', 'li', 'wang'].map((name) => access.sessions.start(name, clock.now()));
  for (let hours = 0; hours < 168; hours += 6) {
    assert.ok(lives(used ?? ''), `after ${hours} h`);
    assert.equal(lives(assessor ?? ''), hours < 30, `the assessor after ${hours} h`);
    await clock.advance(6 * hour);
    if (hours === 6) assert.equal(lives(rested ?? ''), false);
  }
  assert.equal(lives(used ?? ''), false, 'a week is over');
});

test('a token may no more than its owner, also when he may less than before, and ends with him', async (context) => {
  const { clock, access } = opened(context);
  access.users.add({ name: 'boss', role: 'admin', expires: null }, clock.now());
  access.users.add({ name: 'li', role: 'manager', expires: null }, clock.now());
  const of = { user: 'li', name: 'grafana', onlyReads: false, expires: start + day };
  assert.throws(() => access.tokens.make({ ...of, role: 'admin' }, 'manager', start), refused('role_missing'));
  const { id, secret } = access.tokens.make({ ...of, role: 'manager' }, 'manager', start);
  const roleOf = () => access.tokens.find(secret, clock.now())?.role;
  assert.equal(roleOf(), 'manager');
  access.users.change({ name: 'li', role: 'viewer', expires: null });
  assert.equal(roleOf(), 'viewer');
  await clock.advance(day);
  assert.equal(roleOf(), undefined, 'it has an end of its own');
  assert.throws(() => access.tokens.revoke(id, 'boss'), refused('token_unknown'));
  access.users.remove('li');
  assert.deepEqual(access.tokens.all(), []);
});

test('the last admin stays one, and an assessor has an end', (context) => {
  const { access } = opened(context);
  access.users.add({ name: 'boss', role: 'admin', expires: null }, start);
  assert.throws(() => access.users.remove('boss'), refused('admin_last'));
  assert.throws(() => access.users.change({ name: 'boss', role: 'viewer', expires: null }), refused('admin_last'));
  assert.throws(() => access.users.change({ name: 'boss', role: 'admin', expires: start }), refused('admin_last'));
  assert.throws(
    () => access.users.add({ name: 'a', role: 'assessor', expires: null }, start),
    refused('query_invalid'),
  );
  assert.throws(() => access.users.add({ name: 'boss', role: 'viewer', expires: null }, start), refused('name_taken'));
  assert.deepEqual(
    access.users.all().map(({ name, role }) => [name, role]),
    [['boss', 'admin']],
  );
});

test("nothing that opens the door stands in the file, which is its owner's alone; the record only grows", async (context) => {
  const { folder, access } = opened(context);
  const first = access.enrolment ?? '';
  const session = await access.spendCode(first, password, 'boss', 'a');
  const { code } = access.users.add({ name: 'li', role: 'viewer', expires: null }, start);
  const token = access.tokens.make(
    { user: 'boss', name: 't', role: 'admin', onlyReads: true, expires: null },
    'admin',
    start,
  );
  const deed = { who: 'boss', role: 'admin', by: 'session', address: '::1', route: 'POST /api/users', subject: 'li' };
  access.deeds.note({ ...deed, by: 'session', outcome: 'done' }, start);
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name)).toString('latin1');
    for (const secret of [
      first,
      first.replaceAll('-', ''),
      session,
      code,
      code.replaceAll('-', ''),
      token.secret,
      password,
    ])
      assert.ok(!bytes.includes(secret), `${name} has a secret`);
    assert.equal(statSync(join(folder, name)).mode & 0o077, 0, `${name} is open to others`);
  }
  const other = openAccessFile(folder);
  context.after(() => other.close());
  assert.throws(() => other.exec("UPDATE deed SET who = 'somebody'"), /append-only/);
  assert.throws(() => other.exec('DELETE FROM deed'), /append-only/);
  assert.equal(access.deeds.before(99, 9)[0]?.who, 'boss');
});

test('guessing becomes slow for the account and for the address, and right ones are let through again', () => {
  const failures = new Failures(5, 60);
  const waits: number[] = [];
  let now = 0;
  for (let n = 0; n < 14; n++) {
    for (;;) {
      try {
        failures.begin('li', now);
        break;
      } catch (error) {
        assert.ok(error instanceof TooManyRequests);
        waits.push(error.seconds);
        now += error.seconds * 1_000;
      }
    }
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  failures.succeeded('li');
  failures.begin('li', now);
  for (let n = 0; n < 10_500; n++) failures.begin(`name ${n}`, now);
  assert.equal(failures.size, 10_000, 'names without end do not fill the memory');
});

test('an allowance is spent, fills again, and is forgotten in order', () => {
  const buckets = new Buckets({ burst: 3, perSecond: 2 });
  for (let n = 0; n < 3; n++) buckets.take('a', 0);
  assert.throws(
    () => buckets.take('a', 0),
    (error) => error instanceof TooManyRequests && error.seconds === 1,
  );
  buckets.take('b', 0);
  buckets.take('a', 500);
  assert.throws(() => buckets.take('a', 500), TooManyRequests);
  for (let n = 0; n < 10_500; n++) buckets.take(`c${n}`, 500);
  assert.equal(buckets.size, 10_000);
});
