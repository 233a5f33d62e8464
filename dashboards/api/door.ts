// Owns who comes in: finds out who asks, and holds each to how often he may ask, to his role, and changes to the page itself.
import type { Request } from 'express';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Access } from '../access/access.ts';
import { type Allowance, Buckets } from '../access/patience.ts';
import { type Actor, type Deed, rankOf } from '../access/roles.ts';
import { csrfOf, isSame } from '../access/secrets.ts';
import type { Entry } from './entry.ts';
import type { Door, Route } from './route.ts';

/** A page that opens asks some twenty things at once; a program that fills forms changes a few a second. */
export type Allowances = { reading: Allowance; changing: Allowance };
export const usual: Allowances = {
  reading: { burst: 300, perSecond: 50 },
  changing: { burst: 60, perSecond: 2 },
};

const signedOut = () =>
  new Fault('signed_out', {
    zh: '请先登录；程序须带令牌（Authorization: Bearer …）',
    en: 'sign in first; a program sends its token (Authorization: Bearer …)',
  });

export class Doorkeeper implements Door {
  readonly #access: Access;
  readonly #entry: Entry;
  readonly #clock: Clock;
  readonly #buckets: Record<'reading' | 'changing', Buckets>;

  constructor(access: Access, entry: Entry, clock: Clock, allowances: Allowances = usual) {
    this.#access = access;
    this.#entry = entry;
    this.#clock = clock;
    this.#buckets = { reading: new Buckets(allowances.reading), changing: new Buckets(allowances.changing) };
  }

  whoAsks(request: Request): Actor & { onlyReads?: boolean } {
    const now = this.#clock.now();
    const authorization = request.get('authorization');
    if (authorization !== undefined) {
      const found = this.#access.tokens.find(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '', now);
      if (found === undefined) return nobody;
      const { token, owner, role } = found;
      return { name: owner.name, role, by: 'token', credential: token.id, onlyReads: token.onlyReads };
    }
    const secret = this.#entry.secretIn(request);
    const session = secret === undefined ? undefined : this.#access.sessions.find(secret, now);
    if (secret !== undefined && session !== undefined) {
      const { user, kept } = session;
      return { name: user.name, role: user.role, by: 'session', credential: kept, csrf: csrfOf(secret) };
    }
    return this.#entry.isOpen ? { name: '', role: 'viewer', by: 'local' } : nobody;
  }

  admit(request: Request, asked: Route, actor: Actor & { onlyReads?: boolean }): void {
    const who = actor.credential ?? request.ip ?? '';
    this.#buckets[asked.method === 'get' ? 'reading' : 'changing'].take(who, this.#clock.monotonic());
    if (asked.method !== 'get') this.#checkOrigin(request, asked, actor);
    this.#checkRole(asked, actor);
  }

  stillMay(request: Request, asked: Route): boolean {
    try {
      this.#checkRole(asked, this.whoAsks(request));
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }

  note(deed: Deed): void {
    this.#access.deeds.note(deed, this.#clock.now());
  }

  #checkRole({ may, method, inPerson }: Route, { by, role, onlyReads }: Actor & { onlyReads?: boolean }): void {
    if (may === 'anyone') return;
    if (by === 'nobody' || (by === 'local' && (method !== 'get' || inPerson === true || !may.includes(role))))
      throw signedOut();
    if (inPerson === true && by !== 'session')
      throw new Fault('role_missing', {
        zh: '这须由登录的用户本人操作，令牌不可以',
        en: 'only a person who signed in may do this, not a token',
      });
    if (method !== 'get' && onlyReads === true)
      throw new Fault('role_missing', { zh: '该令牌只能读取', en: 'this token only reads' });
    if (may.includes(role)) return;
    const least = [...may].sort((a, b) => rankOf(a) - rankOf(b)).join(', ');
    throw new Fault('role_missing', {
      zh: `权限不足：您是 ${role}，需要 ${least}`,
      en: `your role does not allow this: you are ${role}, it needs ${least}`,
    });
  }

  /** A browser sends the cookie along for whoever asks: that the page itself asks must be shown. Tokens are sent by nobody else. */
  #checkOrigin(request: Request, { may }: Route, { by, csrf }: Actor): void {
    if (by === 'token') return;
    const isOwn = this.#entry.isOwn(request);
    if (isOwn === false || (isOwn === undefined && by === 'session'))
      throw new Fault('origin_foreign', {
        zh: '更改只能由本页面发出（Origin 或 Sec-Fetch-Site 不符）',
        en: 'changes come from this page only (Origin or Sec-Fetch-Site is another)',
      });
    if (may === 'anyone' || csrf === undefined) return;
    if (!isSame(request.get('x-tanbiao-csrf') ?? '', csrf))
      throw new Fault('csrf_missing', {
        zh: '缺少或不正确的 x-tanbiao-csrf：取自 GET /api/session',
        en: 'x-tanbiao-csrf is missing or wrong: GET /api/session gives it',
      });
  }
}

const nobody: Actor = { name: '', role: 'viewer', by: 'nobody' };
