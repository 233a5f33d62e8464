// Owns `tanbiao users`: who may use the page, and the way back in for those who lost their password.
import { type Command, Option } from 'commander';
import { Calendar } from '../../core/calendar.ts';
import { systemClock } from '../../core/clock.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { Access } from '../../dashboards/access/access.ts';
import { type Role, roles } from '../../dashboards/access/roles.ts';
import { type Code, namePattern } from '../../dashboards/access/users.ts';
import { type Context, contextOf, type SiteOptions, siteOptions } from '../context.ts';

type AddOptions = SiteOptions & { role: Role; until?: string };

export function addUsers(program: Command): void {
  const users = program.command('users').description('Who may use the page of a site; also while it runs.');
  siteOptions(users.command('list').description('Lists the users, their roles, and when their access ends.')).action(
    (options: SiteOptions) => withAccess(options, list),
  );
  siteOptions(
    users
      .command('add <name>')
      .description('Adds a user and prints a one-time code, with which he chooses a password on the page.')
      .addOption(new Option('--role <role>', 'what he may do').choices([...roles]).default('viewer'))
      .option('--until <date>', 'the last day of his access (an assessor must have one): 2026-03-31'),
  ).action((name: string, { role, until, ...options }: AddOptions) =>
    withAccess(options, (access, context) => {
      if (!namePattern.test(name)) throw nameInvalid(name);
      const expires = until === undefined ? null : endOf(until, context);
      printCode(access.users.add({ name, role, expires }, systemClock.now()), context);
      note(access, 'users add', `${name} ${role}`);
    }),
  );
  siteOptions(
    users
      .command('reset <name>')
      .description('Ends the password and the sessions of a user, and prints a one-time code for a new password.'),
  ).action((name: string, options: SiteOptions) =>
    withAccess(options, (access, context) => {
      printCode(access.users.reset(name, systemClock.now()), context);
      note(access, 'users reset', name);
    }),
  );
  siteOptions(
    users
      .command('remove <name>')
      .description('Removes a user with his sessions and tokens; the record of changes stays.'),
  ).action((name: string, options: SiteOptions) =>
    withAccess(options, (access) => {
      access.users.remove(name);
      note(access, 'users remove', name);
    }),
  );
}

function withAccess(options: SiteOptions, work: (access: Access, context: Context) => void): void {
  const context = contextOf(options);
  const access = new Access(context.dataFolder, systemClock);
  try {
    work(access, context);
  } finally {
    access.close();
  }
}

const note = (access: Access, what: string, subject: string): void =>
  access.deeds.note(
    { who: '', role: '', by: 'command', address: '', route: `tanbiao ${what}`, subject, outcome: 'done' },
    systemClock.now(),
  );

function list(access: Access, { site, language }: Context): void {
  const calendar = new Calendar(site.timezone);
  const chinese = language === 'zh';
  const users = access.users.all();
  if (users.length === 0) console.log(chinese ? '尚无用户' : 'there is no user yet');
  for (const { name, role, expires, password } of users) {
    const end = expires === null ? '' : `${chinese ? '至 ' : 'until '}${calendar.formatSecond(expires)}`;
    const open = password === null ? (chinese ? '尚未设置密码' : 'has no password yet') : '';
    console.log([name.padEnd(24), role.padEnd(10), end, open].join(' ').trimEnd());
  }
}

function printCode({ code, until }: Code, { site, language }: Context): void {
  const at = new Calendar(site.timezone).formatSecond(until);
  console.log(
    language === 'zh'
      ? `一次性代码（${at} 前有效）：${code}\n在页面的“登录”处选择“使用一次性代码”，设置密码。`
      : `One-time code (until ${at}): ${code}\nOn the page, under "Sign in", choose "Use a one-time code" and set a password.`,
  );
}

/** The access ends with the day, at the plant. */
function endOf(date: string, { site }: Context): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  if (day !== undefined) return new Calendar(site.timezone).startOf(Number(year), Number(month), Number(day) + 1);
  throw new Fault(
    'date_invalid',
    { zh: `“${date}” 不是日期，应写成 2026-03-31`, en: `"${date}" is not a date such as 2026-03-31` },
    { exitCode: exitCodes.configuration },
  );
}

const nameInvalid = (name: string) =>
  new Fault(
    'name_invalid',
    {
      zh: `用户名 “${name}” 不合法：以字母、汉字或数字开头，可含 . _ @ -，最长 64 个字符`,
      en: `"${name}" is no name: letters, digits, . _ @ - , starting with a letter or digit, at most 64`,
    },
    { exitCode: exitCodes.configuration },
  );
