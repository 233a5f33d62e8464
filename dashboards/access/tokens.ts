// Owns the tokens by which programs use the API: each of a user, never more than he may, shown once and kept as hashes.
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/fault.ts';
import { lesserOf, type Role, rankOf } from './roles.ts';
import { keptSecret, newSecret } from './secrets.ts';
import { isOver, type User } from './users.ts';

export type Token = {
  id: string;
  user: string;
  name: string;
  role: Role;
  onlyReads: boolean;
  /** For a screen on a wall: it sees what such a screen shows, and nothing else. */
  wall: boolean;
  made: number;
  expires: number | null;
  /** To the minute; null: never. */
  used: number | null;
};

const usedEvery = 60_000;
const mostOfOne = 50;
const columns = 'id, user, name, role, only_reads AS onlyReads, wall, made, expires, used';

type Row = Omit<Token, 'onlyReads' | 'wall'> & { onlyReads: number; wall: number };
const tokenOf = (row: Row): Token => ({ ...row, onlyReads: row.onlyReads === 1, wall: row.wall === 1 });

/** What a token's secret begins with, and a session's never does. */
export const tokenMark = 'tanbiao_';

const rightsOf = ({ role, onlyReads, wall }: { role: Role; onlyReads: boolean; wall?: boolean }) =>
  wall === true ? (['viewer', 1, 1] as const) : ([role, onlyReads ? 1 : 0, 0] as const);

export class Tokens {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Gives the secret, which is shown once. */
  make(
    of: Pick<Token, 'user' | 'name' | 'role' | 'onlyReads' | 'expires'> & { wall?: boolean },
    ownerRole: Role,
    now: number,
  ) {
    if (of.wall === true && ownerRole !== 'admin')
      throw new Fault('role_missing', {
        zh: '大屏令牌只能由管理员创建',
        en: 'only an admin makes the token of a wall',
      });
    if (rankOf(of.role) > rankOf(ownerRole))
      throw new Fault('role_missing', {
        zh: `令牌的权限不能高于其所有者（${ownerRole}）`,
        en: `a token may not do more than its owner (${ownerRole})`,
      });
    if (this.all(of.user).length >= mostOfOne)
      throw new Fault('token_taken', {
        zh: `每名用户最多 ${mostOfOne} 个令牌：先撤销不用的`,
        en: `a user has at most ${mostOfOne} tokens: revoke what is not used`,
      });
    const secret = `${tokenMark}${newSecret()}`;
    const id = randomBytes(6).toString('hex');
    this.#database
      .prepare(
        'INSERT INTO token (id, kept, user, name, role, only_reads, wall, made, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(id, keptSecret(secret), of.user, of.name, ...rightsOf(of), now, of.expires);
    return { id, secret };
  }

  /** Of one user, or of everybody. */
  all(user?: string): Token[] {
    const of = user === undefined ? '' : 'WHERE user = ?';
    const rows = this.#database.prepare(`SELECT ${columns} FROM token ${of} ORDER BY made, id`);
    return ((user === undefined ? rows.all() : rows.all(user)) as Row[]).map(tokenOf);
  }

  /** A token is worth what its owner may at the moment. */
  find(secret: string, now: number): { token: Token; owner: User; role: Role } | undefined {
    const found = this.#database.prepare(`SELECT ${columns} FROM token WHERE kept = ?`).get(keptSecret(secret)) as
      | Row
      | undefined;
    if (found === undefined || isOver(found, now)) return undefined;
    const owner = this.#database.prepare('SELECT * FROM user WHERE name = ?').get(found.user) as User | undefined;
    if (owner === undefined || isOver(owner, now)) return undefined;
    if (now - (found.used ?? 0) >= usedEvery)
      this.#database.prepare('UPDATE token SET used = ? WHERE id = ?').run(now, found.id);
    return { token: tokenOf(found), owner, role: lesserOf(found.role, owner.role) };
  }

  /** Of one user, or of whomever. */
  revoke(id: string, user?: string): void {
    const of = user === undefined ? '' : 'AND user = ?';
    const taken = this.#database.prepare(`DELETE FROM token WHERE id = ? ${of}`);
    const { changes } = user === undefined ? taken.run(id) : taken.run(id, user);
    if (changes === 0) throw new Fault('token_unknown', { zh: `没有令牌 ${id}`, en: `there is no token ${id}` });
  }
}
