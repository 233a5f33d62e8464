// Owns who may do how much: the roles, in their order, and the one who acts.

/** From the one who may least to the one who may most; an assessor reads and verifies, and his access ends by itself. */
export const roles = ['viewer', 'assessor', 'operator', 'manager', 'admin'] as const;
export type Role = (typeof roles)[number];

export const rankOf = (role: Role): number => roles.indexOf(role);
export const lesserOf = (a: Role, b: Role): Role => (rankOf(a) <= rankOf(b) ? a : b);

/** `local`: whoever sits at this machine and only reads. `nobody`: the door stands open to all, as for signing in. */
export type Actor = {
  name: string;
  role: Role;
  by: 'session' | 'token' | 'local' | 'nobody';
  /** What every change by a session must carry. */
  csrf?: string;
  /** Under which the session or token is kept. */
  credential?: string;
};

/** A change that somebody made or was refused. */
export type Deed = {
  who: string;
  role: string;
  by: Actor['by'] | 'command';
  address: string;
  route: string;
  subject: string;
  /** `done`, or the code of the refusal. */
  outcome: string;
};
