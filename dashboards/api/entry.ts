// Owns how the page is reached: from this machine or beyond, in clear or not, under which origin, and with which cookie.
import type { Request } from 'express';
import type { Site } from '../../core/config/site.ts';
import { isLoopback } from '../../core/config/site-schema.ts';
import { longestSession } from '../access/sessions.ts';

export class Entry {
  /** Everybody at this machine reads without a session. */
  readonly isOpen: boolean;
  readonly isBehindProxy: boolean;
  readonly isSecure: boolean;
  readonly #origin: string | undefined;
  readonly #isLoopback: boolean;
  readonly #cookie: string;

  constructor({ site, page: { host, tls, behindProxy, signIn } }: Pick<Site, 'site' | 'page'>) {
    this.#isLoopback = isLoopback(host);
    this.isBehindProxy = behindProxy !== undefined;
    // Who comes through a proxy looks as if he were at this machine.
    this.isOpen = this.#isLoopback && !this.isBehindProxy && signIn !== 'required';
    this.isSecure = tls !== undefined || this.isBehindProxy;
    this.#origin = behindProxy?.toLowerCase();
    // Cookies know no ports: two plants on one machine have two names. A browser holds __Host- to TLS and to this host.
    this.#cookie = `${this.isSecure ? '__Host-' : ''}tanbiao-${site}`;
  }

  /** A page from elsewhere may let its name point to 127.0.0.1, but its name stands in the request. */
  knows(request: Request): boolean {
    if (!this.#isLoopback) return true; // TLS proves the name
    const host = (request.get('host') ?? '').toLowerCase();
    if (this.#origin === `https://${host}`) return true;
    return isLoopback(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  }

  /** False where the browser says that another site asks; undefined where nobody says anything. */
  isOwn(request: Request): boolean | undefined {
    const origin = request.get('origin')?.toLowerCase();
    const site = request.get('sec-fetch-site');
    const own = this.#origin ?? `${this.isSecure ? 'https' : 'http'}://${request.get('host')?.toLowerCase()}`;
    if ((origin !== undefined && origin !== own) || (site !== undefined && site !== 'same-origin')) return false;
    return origin === undefined && site === undefined ? undefined : true;
  }

  secretIn(request: Request): string | undefined {
    const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${this.#cookie}=`))?.slice(this.#cookie.length + 1);
  }

  /** Without a secret, the cookie goes. */
  cookieFor(secret: string | null, longest = longestSession): string {
    const age = secret === null ? 0 : Math.floor(longest / 1_000);
    const secure = this.isSecure ? '; Secure' : '';
    return `${this.#cookie}=${secret ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
  }
}
