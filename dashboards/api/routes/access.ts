// Owns the routes of signing in and out, users, tokens, and the record of changes.
import { z } from 'zod';
import { day } from '../../../core/calendar.ts';
import { Fault } from '../../../core/fault.ts';
import { type Actor, type Role, roles } from '../../access/roles.ts';
import { csrfOf } from '../../access/secrets.ts';
import { namePattern, type User } from '../../access/users.ts';
import {
  codeAnswer,
  deedsAnswer,
  doneAnswer,
  secretAnswer,
  sessionAnswer,
  tokensAnswer,
  usersAnswer,
} from '../answers/access.ts';
import type { ApiParts } from '../parts.ts';
import { cutPage, moment, pageShape } from '../questions.ts';
import { Reply, type Route, readers, route } from '../route.ts';

const name = z.string().regex(namePattern);
const newPassword = z
  .string()
  .max(200)
  .superRefine((password, context) => {
    const params = { zh: '密码至少 10 个字符', en: 'a password has at least 10 characters' };
    if ([...password].length < 10) context.addIssue({ code: 'custom', params, message: params.en });
  });
const oldPassword = z.string().max(200);
const standing = { role: z.enum(roles), expires: moment.nullable() };
const admins: readonly Role[] = ['admin'];
const overseers: readonly Role[] = ['manager', 'admin'];
const done = { done: true } as const;
/** Browsers keep none for longer. */
const longestCookie = 400 * day;

/** A wall is nobody. */
const isPerson = (actor: Actor & { wall?: boolean }): boolean =>
  (actor.by === 'session' || actor.by === 'token') && actor.wall !== true;

export const accessRoutes = ({ access, entry, clock }: ApiParts): Route[] => {
  const started = (secret: string, user: Pick<User, 'name' | 'role'>) =>
    new Reply(
      {
        user: { name: user.name, role: user.role },
        csrf: csrfOf(secret),
        enrolment: false,
        readable: true,
      } satisfies z.infer<typeof sessionAnswer>,
      { 'Set-Cookie': entry.cookieFor(secret), 'Cache-Control': 'no-store' },
    );
  const withUser = (secret: string) => {
    const found = access.sessions.find(secret, clock.now());
    // Between the two, a command may have taken the user away.
    if (found === undefined) throw new Fault('signed_out', { zh: '请重新登录', en: 'sign in again' });
    return started(secret, found.user);
  };
  return [
    route({
      method: 'get',
      path: '/api/session',
      about: { zh: '谁已登录', en: 'Who is signed in' },
      may: 'anyone',
      answer: sessionAnswer,
      run: ({ actor }) =>
        new Reply(
          {
            user: isPerson(actor) ? { name: actor.name, role: actor.role } : null,
            csrf: actor.csrf ?? null,
            enrolment: access.isOpenForFirst(),
            readable: actor.by !== 'nobody',
          } satisfies z.infer<typeof sessionAnswer>,
          { 'Cache-Control': 'no-store' },
        ),
    }),
    route({
      method: 'post',
      path: '/api/session',
      about: { zh: '登录', en: 'Sign in' },
      may: 'anyone',
      body: z.strictObject({ name: z.string().max(64), password: oldPassword }),
      answer: sessionAnswer,
      subject: ({ body }) => body.name,
      run: async ({ body, address }) => withUser(await access.signIn(body.name, body.password, address)),
    }),
    route({
      method: 'post',
      path: '/api/session/wall',
      about: { zh: '大屏以其令牌换取 cookie', en: 'A screen on a wall gives its token for a cookie' },
      may: 'anyone',
      body: z.strictObject({ token: z.string().max(200) }),
      answer: doneAnswer,
      subject: () => '',
      run({ body }) {
        const now = clock.now();
        const found = access.tokens.find(body.token, now);
        if (found?.token.wall !== true)
          throw new Fault('sign_in_failed', {
            zh: '大屏令牌无效、已到期或已撤销：请管理员在“用户 → 令牌”中另建一个',
            en: 'the token of this wall is unknown, has ended or was revoked: an admin makes another under Users → Tokens',
          });
        const { expires } = found.token;
        const longest = Math.min(longestCookie, (expires ?? Number.POSITIVE_INFINITY) - now);
        return new Reply(done, { 'Set-Cookie': entry.cookieFor(body.token, longest), 'Cache-Control': 'no-store' });
      },
    }),
    route({
      method: 'delete',
      path: '/api/session',
      about: { zh: '退出登录', en: 'Sign out' },
      may: readers,
      inPerson: true,
      answer: doneAnswer,
      run({ actor }) {
        access.sessions.end(actor.credential ?? '');
        return new Reply(done, { 'Set-Cookie': entry.cookieFor(null) });
      },
    }),
    route({
      method: 'post',
      path: '/api/code',
      about: {
        zh: '用一次性代码设置密码并登录；第一名管理员另须取名',
        en: 'Choose a password by a one-time code, and sign in; the first admin chooses a name, too',
      },
      may: 'anyone',
      body: z.strictObject({ code: z.string().max(64), password: newPassword, name: name.optional() }),
      answer: sessionAnswer,
      subject: ({ body }) => body.name ?? '',
      run: async ({ body, address }) => withUser(await access.spendCode(body.code, body.password, body.name, address)),
    }),
    route({
      method: 'put',
      path: '/api/password',
      about: { zh: '修改自己的密码；其他会话随之结束', en: "Change one's own password; other sessions end" },
      may: readers,
      inPerson: true,
      body: z.strictObject({ old: oldPassword, password: newPassword }),
      answer: doneAnswer,
      async run({ body, actor }) {
        await access.changePassword(actor.name, body.old, body.password, actor.credential ?? '');
        return done;
      },
    }),
    route({
      method: 'get',
      path: '/api/users',
      about: { zh: '用户', en: 'The users' },
      may: overseers,
      answer: usersAnswer,
      run: () => ({
        users: access.users.all().map(({ password, ...user }) => ({ ...user, hasPassword: password !== null })),
      }),
    }),
    route({
      method: 'post',
      path: '/api/users',
      about: { zh: '添加用户；给出其一次性代码', en: 'Add a user; gives his one-time code' },
      may: admins,
      inPerson: true,
      body: z.strictObject({ name, ...standing }),
      answer: codeAnswer,
      subject: ({ body }) => `${body.name} ${body.role}`,
      run: ({ body }) => ({ name: body.name, ...access.users.add(body, clock.now()) }),
    }),
    route({
      method: 'put',
      path: '/api/users/:name',
      about: { zh: '更改用户的角色与期限', en: "Change a user's role and the end of his access" },
      may: admins,
      inPerson: true,
      params: z.object({ name }),
      body: z.strictObject(standing),
      answer: doneAnswer,
      subject: ({ params, body }) => `${params.name} ${body.role}`,
      run({ params, body }) {
        access.users.change({ ...params, ...body });
        return done;
      },
    }),
    route({
      method: 'delete',
      path: '/api/users/:name',
      about: { zh: '删除用户及其会话与令牌', en: 'Remove a user with his sessions and tokens' },
      may: admins,
      inPerson: true,
      params: z.object({ name }),
      answer: doneAnswer,
      run({ params }) {
        access.users.remove(params.name);
        return done;
      },
    }),
    route({
      method: 'post',
      path: '/api/users/:name/code',
      about: {
        zh: '重置用户：旧密码与会话失效，给出一次性代码',
        en: 'Reset a user: his password and sessions end, and he gets a one-time code',
      },
      may: admins,
      inPerson: true,
      params: z.object({ name }),
      answer: codeAnswer,
      run: ({ params }) => ({ name: params.name, ...access.users.reset(params.name, clock.now()) }),
    }),
    route({
      method: 'get',
      path: '/api/tokens',
      about: { zh: '自己的令牌；管理员见全部', en: "One's own tokens; an admin sees all" },
      may: readers,
      inPerson: true,
      answer: tokensAnswer,
      run: ({ actor }) => ({ tokens: access.tokens.all(actor.role === 'admin' ? undefined : actor.name) }),
    }),
    route({
      method: 'post',
      path: '/api/tokens',
      about: { zh: '创建令牌；只显示一次', en: 'Make a token; it is shown once' },
      may: readers,
      inPerson: true,
      body: z.strictObject({
        name: z.string().min(1).max(64),
        onlyReads: z.boolean(),
        /** Of a screen on a wall: reads what such a screen shows, whatever its owner may. */
        wall: z.boolean().default(false),
        ...standing,
      }),
      answer: secretAnswer,
      subject: ({ body }) => `${body.name} ${body.wall ? 'wall' : body.role}`,
      run: ({ body, actor }) => access.tokens.make({ ...body, user: actor.name }, actor.role, clock.now()),
    }),
    route({
      method: 'delete',
      path: '/api/tokens/:id',
      about: { zh: '撤销令牌', en: 'Revoke a token' },
      may: readers,
      inPerson: true,
      params: z.object({ id: z.string().regex(/^[0-9a-f]{12}$/) }),
      answer: doneAnswer,
      run({ params, actor }) {
        access.tokens.revoke(params.id, actor.role === 'admin' ? undefined : actor.name);
        return done;
      },
    }),
    route({
      method: 'get',
      path: '/api/deeds',
      about: { zh: '经接口所做更改的审计记录，新的在前', en: 'The record of changes through the API, newest first' },
      may: overseers,
      query: z.object({ ...pageShape, cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional() }),
      answer: deedsAnswer,
      run: ({ query: { cursor, limit } }) =>
        cutPage(access.deeds.before(cursor ?? Number.MAX_SAFE_INTEGER, limit + 1), limit, ({ number }) => number),
    }),
  ];
};
