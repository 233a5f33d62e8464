// Owns what proves who one is: passwords, random secrets, one-time codes, and the forms in which they are kept.
import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { TooManyRequests } from './patience.ts';

/** OWASP's advice for scrypt: 2^15, 8, 3 costs 32 MB and a tenth of a second or two. */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 };
const keyLength = 32;

const derived = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, keyLength, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });

/** Two at once, of the four threads that the store's files are read with, too; a few may wait. */
const mostAtOnce = 2;
const mostWaiting = 8;
let working = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (working >= mostAtOnce) {
    if (waiting.length >= mostWaiting) throw new TooManyRequests(2);
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else working++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) working--;
    else next();
  }
}

export const keptPassword = (password: string): Promise<string> =>
  inTurn(async () => {
    const salt = randomBytes(16);
    const key = await derived(password, salt);
    return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`;
  });

/** Of a name that does not exist, or has no password, it takes as long to say no. */
export const isPassword = (password: string, kept: string | null): Promise<boolean> =>
  inTurn(async () => {
    const [, salt = '', key = ''] = (kept ?? '').split('$');
    const expected = Buffer.from(key, 'base64url');
    const given = await derived(password, Buffer.from(salt, 'base64url'));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });

export const newSecret = (): string => randomBytes(32).toString('base64url');

/** A random secret needs no salt: nobody can guess it. */
export const keptSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Follows from the session's secret, and tells nothing of it. */
export const csrfOf = (secret: string): string => createHmac('sha256', secret).update('csrf').digest('base64url');

export const isSame = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(keptSecret(a)), Buffer.from(keptSecret(b)));

/** Without 0, 1, I and O: a code is read from a screen and typed. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A hundred random bits, in groups. */
export function newCode(): string {
  const text = [...randomBytes(20)].map((byte) => letters[byte % 32]).join('');
  return text.replaceAll(/(.{5})(?=.)/g, '$1-');
}

export const keptCode = (code: string): string => keptSecret(code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''));
