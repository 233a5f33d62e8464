// The way in and back in from the terminal, as docs/access.md tells it, beside a process that serves the page.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { systemClock } from '../../core/clock.ts';
import { loadSite } from '../../core/config/site.ts';
import { siteFields } from '../../core/config/site-schema.ts';
import { Access } from '../../dashboards/access/access.ts';
import { projectFolder } from '../context.ts';
import { runSite } from '../run-site.ts';
import { daysAgo, temporarySite } from '../temporary-site.ts';

const document = readFileSync(join(projectFolder, 'docs/access.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...document.matchAll(new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``, 'g'))].map(([, text = '']) => text);

type Ended = { code: number; stdout: string; stderr: string };

const tanbiao = (args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(projectFolder, 'bin/tanbiao.ts'), ...args];
    execFile(process.execPath, all, { env: { ...process.env, LANG: 'C' } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

test('the commands of the document add, reset and remove, and a code from the terminal opens the page', async (context) => {
  const { siteFolder, context: site } = temporarySite(context, 'golden');
  const access = new Access(site.dataFolder, systemClock);
  context.after(() => access.close());
  await access.spendCode(access.enrolment ?? '', 'a long enough one', 'boss', 'a');
  const [commands = ''] = blocks('sh');
  const said: string[] = [];
  for (const line of commands.trim().split('\n')) {
    const [, ...args] = line.replace('./mill', siteFolder).split(' ');
    const { code, stdout, stderr } = await tanbiao([...args, '--data', site.dataFolder]);
    assert.equal(code, 0, `${line}: ${stderr}`);
    said.push(stdout);
  }
  assert.match(said[0] ?? '', /^boss +admin$/m);
  const code = (text: string) => /([A-Z2-9]{5}-){3}[A-Z2-9]{5}/.exec(text)?.[0] ?? assert.fail(text);
  await assert.rejects(access.spendCode(code(said[1] ?? ''), 'a long enough one', undefined, 'a'), {
    code: 'code_invalid',
  });
  const secret = await access.spendCode(code(said[3] ?? ''), 'a long enough one', undefined, 'a');
  assert.equal(access.sessions.find(secret, Date.now())?.user.role, 'operator');
  assert.deepEqual(
    access.users.all().map(({ name }) => name),
    ['boss', 'zhang'],
  );
  assert.deepEqual(
    access.deeds.before(99, 9).map(({ by, route, subject }) => `${by} ${route} ${subject}`),
    [
      'command tanbiao users remove li',
      'command tanbiao users reset zhang',
      'command tanbiao users add li assessor',
      'command tanbiao users add zhang operator',
    ],
  );
  const last = await tanbiao(['users', 'remove', 'boss', '--site', siteFolder, '--data', site.dataFolder]);
  assert.deepEqual([last.code, /the last admin/.test(last.stderr)], [78, true]);
});

test('where reading needs a sign-in, the commands of this machine read on, and nobody else', async (context) => {
  const {
    siteFolder,
    context: of,
    beforeItGoes,
  } = temporarySite(context, 'golden', { start: daysAgo(2), withoutOpcua: true });
  appendFileSync(join(siteFolder, 'site.yaml'), '\npage: {signIn: required}\n');
  const site = { ...of, site: loadSite(siteFolder) };
  const running = await runSite(site, { signal: new AbortController().signal, port: 0 });
  beforeItGoes(() => running.stop());
  const year = String(new Date().getUTCFullYear());
  const score = await tanbiao(['score', '--year', year, '--site', siteFolder, '--data', of.dataFolder]);
  assert.equal(score.code, 0, score.stderr);
  for (const url of [running.dashboards?.url, running.dashboards?.forCommands])
    assert.equal((await fetch(`${url}/api/site`)).status, 401);
});

test('the pages that the document configures are accepted', () => {
  const pages = blocks('yaml').map((text) => siteFields.shape.page.parse(parse(text).page));
  assert.deepEqual(
    pages.map(({ host }) => host),
    ['0.0.0.0', '127.0.0.1'],
  );
});
