// Owns who is signed in on this page, and how it asks the server to change something.
import { signal } from '@preact/signals';
import type { SessionAnswer } from '../api/answers/access.ts';
import { broughtToken } from './address.ts';
import { get, language } from './state.ts';

export const session = signal<SessionAnswer | null>(null);

export async function loadSession(): Promise<SessionAnswer> {
  session.value = await get<SessionAnswer>('api/session');
  return session.value;
}

/** What the server says to a change that it does not make, in the reader's language; `code` is what it calls it. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Throws what the server says. */
export async function change<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: {
      'Accept-Language': language.peek(),
      'x-tanbiao-csrf': session.peek()?.csrf ?? '',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = (await response.json()) as T & { title?: string; detail?: string };
  if (!response.ok) throw new Refusal(said.title ?? '', said.detail ?? response.statusText);
  return said;
}

/** What a wall brought is given for a cookie. */
export async function enterWall(): Promise<void> {
  if (broughtToken !== undefined) await change('POST', 'api/session/wall', { token: broughtToken });
}

/** Everything on the page may be another one's now: it begins anew, at the same address. */
export const beginAnew = (): void => location.reload();

export async function signOut(): Promise<void> {
  await change('DELETE', 'api/session');
  beginAnew();
}
