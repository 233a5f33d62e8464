// Owns signing in: by name and password, by a one-time code, and by the code of the terminal as long as there is no user.
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import { openAccessFile } from './access-file.ts';
import { Deeds } from './deeds.ts';
import { Failures } from './patience.ts';
import { isPassword, isSame, keptCode, keptPassword, newCode } from './secrets.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import { codeInvalid, isOver, Users } from './users.ts';

/** An account waits for a minute at most, so that nobody can be shut out for long; an address for a quarter of an hour. */
const patience = { account: { free: 5, longest: 60 }, address: { free: 20, longest: 900 } };

export class Access {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly deeds: Deeds;
  /** Makes the first admin; null when there is a user already. It is valid until it is used, or until the end of the process. */
  readonly enrolment: string | null;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #accounts = new Failures(patience.account.free, patience.account.longest);
  readonly #addresses = new Failures(patience.address.free, patience.address.longest);

  constructor(dataFolder: string, clock: Clock) {
    this.#database = openAccessFile(dataFolder);
    this.#clock = clock;
    this.users = new Users(this.#database);
    this.sessions = new Sessions(this.#database);
    this.tokens = new Tokens(this.#database);
    this.deeds = new Deeds(this.#database);
    this.enrolment = this.users.isEmpty() ? newCode() : null;
  }

  isOpenForFirst(): boolean {
    return this.enrolment !== null && this.users.isEmpty();
  }

  /** Gives the secret of a new session. */
  async signIn(name: string, password: string, address: string): Promise<string> {
    const now = this.#clock.monotonic();
    this.#addresses.begin(address, now);
    this.#accounts.begin(name, now);
    const user = this.users.find(name);
    const fits = await isPassword(password, user?.password ?? null);
    if (!fits || user === undefined || isOver(user, this.#clock.now())) throw signInFailed();
    this.#accounts.succeeded(name);
    this.#addresses.succeeded(address);
    return this.sessions.start(name, this.#clock.now());
  }

  /** Takes a code and the password that its owner chose. `name` is for the first user, who has none yet. */
  async spendCode(code: string, password: string, name: string | undefined, address: string): Promise<string> {
    this.#addresses.begin(address, this.#clock.monotonic());
    const isFirst = this.isOpenForFirst() && isSame(keptCode(code), keptCode(this.enrolment ?? ''));
    if (!isFirst && this.users.ownerOf(code, this.#clock.now()) === undefined) throw codeInvalid();
    if (isFirst && name === undefined)
      throw new Fault('query_invalid', { zh: 'name: 请填写用户名', en: 'name: choose a name' });
    const kept = await keptPassword(password);
    const now = this.#clock.now();
    let user: string;
    if (isFirst && name !== undefined) {
      this.users.addFirst(name, kept, now);
      user = name;
    } else user = this.users.spend(code, kept, now);
    this.#addresses.succeeded(address);
    this.#accounts.succeeded(user);
    return this.sessions.start(user, now);
  }

  /** Every other session of the user ends. */
  async changePassword(name: string, old: string, next: string, session: string): Promise<void> {
    this.#accounts.begin(name, this.#clock.monotonic());
    if (!(await isPassword(old, this.users.find(name)?.password ?? null))) throw signInFailed();
    this.#accounts.succeeded(name);
    this.users.setPassword(name, await keptPassword(next));
    this.sessions.endOthers(name, session);
  }

  close(): void {
    this.#database.close();
  }
}

const signInFailed = () =>
  new Fault('sign_in_failed', {
    zh: '用户名或密码不正确，或访问已到期',
    en: 'the name or the password is wrong, or the access has ended',
  });
