// Owns who comes in: finds out who asks, and holds each to how often he may ask, to his role, and changes to the page itself.
import type { Request } from 'express';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Access } from '../access/access.ts';
import { type Allowance, Buckets } from '../access/patience.ts';
import { type Actor, type Deed, rankOf } from '../access/roles.ts';
import { csrfOf, isSame } from '../access/secrets.ts';
import { tokenMark } from '../access/tokens.ts';
import type { Entry } from './entry.ts';
import type { Door, Route } from './route.ts';

/** A page that opens asks some twenty things at once; a program that fills forms changes a few a second. */
export type Allowances = { reading: Allowance; changing: Allowance };
export const usual: Allowances = {
  reading: { burst: 300, perSecond: 50 },
  changing: { burst: 60, perSecond: 2 },
};

/** What a screen on a wall shows: the figures of its pages and the live stream; no ledger, no files, no users. */
export const onWalls: ReadonlySet<string> = new Set([
  '/api/site',
  '/api/live',
  '/api/today',
  '/api/alarms',
  '/api/alarms/of-meter',
  '/api/flow',
  '/api/load',
  '/api/tariff',
  '/api/tariff/bands',
  '/api/workshops',
  '/api/carbon/:year',
  '/api/score/:pack/:year',
  '/api/way/:pack/:year',
  '/api/quality',
  '/api/gateways',
]);

type Asker = Actor & { onlyReads?: boolean; wall?: boolean };

/** A person at the page needs no word about tokens. */
export const signedOut = (isPage = false) =>
  new Fault(
    'signed_out',
    isPage
      ? { zh: '请先登录', en: 'sign in first' }
      : {
          zh: '请先登录；程序须带令牌（Authorization: Bearer …）',
          en: 'sign in first; a program sends its token (Authorization: Bearer …)',
        },
  );

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

  whoAsks(request: Request): Asker {
    const now = this.#clock.now();
    const authorization = request.get('authorization');
    if (authorization !== undefined) return this.#byToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '') ?? nobody;
    const secret = this.#entry.secretIn(request);
    // The cookie of a wall holds its token: when that is revoked, the next question is refused.
    const wall = secret?.startsWith(tokenMark) === true ? this.#byToken(secret) : undefined;
    if (wall?.wall === true) return wall;
    const session = secret === undefined ? undefined : this.#access.sessions.find(secret, now);
    if (secret !== undefined && session !== undefined) {
      const { user, kept } = session;
      return { name: user.name, role: user.role, by: 'session', credential: kept, csrf: csrfOf(secret) };
    }
    return this.#entry.isOpen ? { name: '', role: 'viewer', by: 'local' } : nobody;
  }

  #byToken(secret: string): Asker | undefined {
    const found = this.#access.tokens.find(secret, this.#clock.now());
    if (found === undefined) return undefined;
    const { token, owner, role } = found;
    const { id, onlyReads, wall } = token;
    return { name: owner.name, role, by: 'token', credential: id, onlyReads, wall };
  }

  admit(request: Request, asked: Route, actor: Asker): void {
    const who = actor.credential ?? request.ip ?? '';
    this.#buckets[asked.method === 'get' ? 'reading' : 'changing'].take(who, this.#clock.monotonic());
    if (asked.method !== 'get') this.#checkOrigin(request, asked, actor);
    this.#checkRole(asked, actor, request);
  }

  stillMay(request: Request, asked: Route): boolean {
    try {
      this.#checkRole(asked, this.whoAsks(request), request);
      return true;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  }

  note(deed: Deed): void {
    this.#access.deeds.note(deed, this.#clock.now());
  }

  #checkRole({ may, method, path, inPerson }: Route, { by, role, onlyReads, wall }: Asker, request: Request): void {
    if (may === 'anyone') return;
    if (by === 'nobody' || (by === 'local' && (method !== 'get' || inPerson === true || !may.includes(role))))
      throw signedOut(request.get('sec-fetch-site') !== undefined);
    if (inPerson === true && by !== 'session')
      throw new Fault('role_missing', {
        zh: '这须由登录的用户本人操作，令牌不可以',
        en: 'only a person who signed in may do this, not a token',
      });
    if (method !== 'get' && onlyReads === true)
      throw new Fault('role_missing', { zh: '该令牌只能读取', en: 'this token only reads' });
    if (wall === true && !onWalls.has(path))
      throw new Fault('role_missing', {
        zh: '该令牌只供大屏显示',
        en: 'this token is for a screen on a wall, which does not show this',
      });
    if (may.includes(role)) return;
    const least = [...may].sort((a, b) => rankOf(a) - rankOf(b)).join(', ');
    throw new Fault('role_missing', {
      zh: `权限不足：您是 ${role}，需要 ${least}`,
      en: `your role does not allow this: you are ${role}, it needs ${least}`,
    });
  }

  /** A browser sends the cookie along for whoever asks: that the page itself asks must be shown. Tokens are sent by nobody else. */
  #checkOrigin(request: Request, { may }: Route, { by, csrf }: Actor): void {
    if (by === 'token' && request.get('authorization') !== undefined) return;
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
