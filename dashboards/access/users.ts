// Owns the users: name, role, the end of their access, and the one-time codes by which they choose a password.
import type { DatabaseSync } from 'node:sqlite';
import { exitCodes, Fault } from '../../core/fault.ts';
import { transaction } from '../../core/transaction.ts';
import type { Role } from './roles.ts';
import { keptCode, newCode } from './secrets.ts';

export type User = {
  name: string;
  role: Role;
  /** Null: has to choose one, by a one-time code. */
  password: string | null;
  /** When the access ends. */
  expires: number | null;
  added: number;
};
export type Standing = Pick<User, 'name' | 'role' | 'expires'>;

export const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

const codeFor = 24 * 3_600_000;
export type Code = { code: string; until: number };

export const isOver = ({ expires }: Pick<User, 'expires'>, now: number): boolean => expires !== null && expires <= now;

const configuration = { exitCode: exitCodes.configuration };

export class Users {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(): User[] {
    return this.#database.prepare('SELECT * FROM user ORDER BY name').all() as User[];
  }

  find(name: string): User | undefined {
    return this.#database.prepare('SELECT * FROM user WHERE name = ?').get(name) as User | undefined;
  }

  isEmpty(): boolean {
    return this.#database.prepare('SELECT 1 FROM user LIMIT 1').get() === undefined;
  }

  /** Gives the code by which the user chooses a password. */
  add(standing: Standing, now: number): Code {
    return transaction(this.#database, () => {
      this.#insert(standing, now);
      return this.#code(standing.name, now);
    });
  }

  /** The first one, who came with the code of the terminal. */
  addFirst(name: string, password: string, now: number): void {
    transaction(this.#database, () => {
      if (!this.isEmpty()) throw codeInvalid();
      this.#insert({ name, role: 'admin', expires: null }, now);
      this.#database.prepare('UPDATE user SET password = ? WHERE name = ?').run(password, name);
    });
  }

  change({ name, role, expires }: Standing): void {
    checkStanding({ role, expires });
    transaction(this.#database, () => {
      this.#known(name);
      const had = this.#hasAdmin();
      this.#database.prepare('UPDATE user SET role = ?, expires = ? WHERE name = ?').run(role, expires, name);
      if (had && !this.#hasAdmin()) throw adminLast();
    });
  }

  remove(name: string): void {
    transaction(this.#database, () => {
      this.#known(name);
      const had = this.#hasAdmin();
      this.#database.prepare('DELETE FROM user WHERE name = ?').run(name);
      if (had && !this.#hasAdmin()) throw adminLast();
    });
  }

  /** The old password and every session end; the user chooses a new one by the code. */
  reset(name: string, now: number): Code {
    return transaction(this.#database, () => {
      this.#known(name);
      this.#database.prepare('UPDATE user SET password = NULL WHERE name = ?').run(name);
      for (const table of ['session', 'code']) this.#database.prepare(`DELETE FROM ${table} WHERE user = ?`).run(name);
      return this.#code(name, now);
    });
  }

  setPassword(name: string, password: string): void {
    this.#database.prepare('UPDATE user SET password = ? WHERE name = ?').run(password, name);
  }

  /** Whose code this is. */
  ownerOf(code: string, now: number): string | undefined {
    const row = this.#database.prepare('SELECT user, expires FROM code WHERE kept = ?').get(keptCode(code));
    return row === undefined || Number(row.expires) <= now ? undefined : String(row.user);
  }

  /** Once: two who come with the same code do not both have it. */
  spend(code: string, password: string, now: number): string {
    return transaction(this.#database, () => {
      const name = this.ownerOf(code, now);
      if (name === undefined) throw codeInvalid();
      this.#database.prepare('DELETE FROM code WHERE user = ?').run(name);
      this.#database.prepare('UPDATE user SET password = ? WHERE name = ?').run(password, name);
      return name;
    });
  }

  #insert({ name, role, expires }: Standing, now: number): void {
    checkStanding({ role, expires });
    if (this.find(name) !== undefined)
      throw new Fault('name_taken', { zh: `用户 “${name}” 已存在`, en: `there is a user "${name}"` }, configuration);
    this.#database
      .prepare('INSERT INTO user (name, role, expires, added) VALUES (?, ?, ?, ?)')
      .run(name, role, expires, now);
  }

  #code(name: string, now: number): Code {
    const code = newCode();
    const until = now + codeFor;
    this.#database.prepare('DELETE FROM code WHERE user = ? OR expires <= ?').run(name, now);
    this.#database.prepare('INSERT INTO code (kept, user, expires) VALUES (?, ?, ?)').run(keptCode(code), name, until);
    return { code, until };
  }

  #known(name: string): void {
    if (this.find(name) === undefined)
      throw new Fault('user_unknown', { zh: `没有用户 “${name}”`, en: `there is no user "${name}"` }, configuration);
  }

  /** Without one nobody could ever make another. */
  #hasAdmin(): boolean {
    const found = this.#database.prepare("SELECT 1 FROM user WHERE role = 'admin' AND expires IS NULL LIMIT 1").get();
    return found !== undefined;
  }
}

const adminLast = () =>
  new Fault(
    'admin_last',
    {
      zh: '这是最后一名不限期的管理员：先让另一名用户成为管理员',
      en: 'this is the last admin whose access does not end: make another user an admin first',
    },
    configuration,
  );

export const codeInvalid = () =>
  new Fault('code_invalid', {
    zh: '一次性代码不正确、已用过或已过期；可用 tanbiao users reset 重新生成',
    en: 'the one-time code is wrong, used or too old; "tanbiao users reset" makes another',
  });

function checkStanding({ role, expires }: Pick<User, 'role' | 'expires'>): void {
  if (role !== 'assessor' || expires !== null) return;
  throw new Fault(
    'query_invalid',
    { zh: '评价人员（assessor）的访问须有截止日期', en: 'the access of an assessor must have an end' },
    configuration,
  );
}
