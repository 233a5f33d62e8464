// Owns the door for the commands of this machine: who can read the secret in the data folder may read the rest of it, too.
import { isSame } from '../access/secrets.ts';
import { signedOut } from './door.ts';
import type { Door } from './route.ts';

export const commandDoor = (secret: string): Door => ({
  whoAsks: (request) => ({
    name: '',
    role: 'viewer',
    by: isSame(request.get('authorization') ?? '', `Bearer ${secret}`) ? 'local' : 'nobody',
  }),
  admit(_request, { method, may }, { by, role }) {
    if (by === 'nobody' || method !== 'get' || may === 'anyone' || !may.includes(role)) throw signedOut();
  },
  stillMay: () => true,
  note: () => undefined,
});
