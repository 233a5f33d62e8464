// Owns the address of what is shown: every choice on the page is in its URL, so that it can be sent, kept and gone back to.
import { computed, type ReadonlySignal, signal } from '@preact/signals';

/** A wall's token stands behind the #, where no server and no log sees it: kept before the address changes, and gone from it. */
export const broughtToken = /^#token=(\S+)$/.exec(location.hash)?.[1];
if (broughtToken !== undefined) history.replaceState(null, '', location.pathname + location.search);

const query = signal(new URLSearchParams(location.search));
addEventListener('popstate', () => {
  query.value = new URLSearchParams(location.search);
});

/** Null takes a choice away. `replace` is for what nobody would go back to. */
export function go(choices: Record<string, string | null>, how: 'push' | 'replace' = 'push'): void {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(choices)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  if (next.toString() === query.peek().toString()) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', `?${next}`);
  query.value = next;
}

/** Where a link would lead that makes these choices. */
export function linkTo(choices: Record<string, string | null>): string {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(choices)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return `?${next}`;
}

export const written = (name: string): ReadonlySignal<string | null> => computed(() => query.value.get(name));

/** A choice among few; what is not one of them counts as not made. */
export const choice = <T extends string>(name: string, allowed: readonly T[], otherwise: () => T): ReadonlySignal<T> =>
  computed(() => allowed.find((one) => one === query.value.get(name)) ?? otherwise());
