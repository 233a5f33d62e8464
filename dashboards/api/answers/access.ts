// Owns the shapes of what is said about users: the session, users, their tokens and codes, and the record of changes.
import { z } from 'zod';
import { roles } from '../../access/roles.ts';
import { pageOf } from '../questions.ts';

const role = z.enum(roles);
const time = z.number().int();

export const sessionAnswer = z.object({
  /** Null: nobody is signed in. */
  user: z.object({ name: z.string(), role }).nullable(),
  /** What every change must carry as x-tanbiao-csrf. */
  csrf: z.string().nullable(),
  /** There is no user yet: the code in the terminal makes the first one. */
  enrolment: z.boolean(),
  /** Whether figures are shown without a session. */
  readable: z.boolean(),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

const userAnswer = z.object({
  name: z.string(),
  role,
  expires: time.nullable(),
  added: time,
  /** False: has not chosen a password yet. */
  hasPassword: z.boolean(),
});
export const usersAnswer = z.object({ users: z.array(userAnswer) });
export type UsersAnswer = z.infer<typeof usersAnswer>;

export const codeAnswer = z.object({ name: z.string(), code: z.string(), until: time });
export type CodeAnswer = z.infer<typeof codeAnswer>;

const tokenAnswer = z.object({
  id: z.string(),
  user: z.string(),
  name: z.string(),
  role,
  onlyReads: z.boolean(),
  wall: z.boolean(),
  made: time,
  expires: time.nullable(),
  used: time.nullable(),
});
export const tokensAnswer = z.object({ tokens: z.array(tokenAnswer) });
export type TokensAnswer = z.infer<typeof tokensAnswer>;
export const secretAnswer = z.object({ id: z.string(), secret: z.string() });
export type SecretAnswer = z.infer<typeof secretAnswer>;

const deedAnswer = z.object({
  number: time,
  at: time,
  who: z.string(),
  role: z.union([role, z.literal('')]),
  by: z.enum(['session', 'token', 'local', 'nobody', 'command']),
  address: z.string(),
  route: z.string(),
  subject: z.string(),
  outcome: z.string(),
});
export const deedsAnswer = pageOf(deedAnswer);
export type DeedsAnswer = z.infer<typeof deedsAnswer>;

export const doneAnswer = z.object({ done: z.literal(true) });
