// Owns what the page knows: language, theme, site, the live frame, the score, and which figure is open.
import { computed, effect, signal } from '@preact/signals';
import type { Score } from '../../scoring/score.ts';
import type { TodaysFlow } from '../../scoring/today.ts';
import type { LiveFrame, SiteDescription } from '../live-frame.ts';
import { words } from './words.ts';

export type Language = 'zh' | 'en';
export type Theme = 'light' | 'dark';

const url = new URL(location.href);
const fromUrl = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
  const value = url.searchParams.get(name);
  return allowed.find((one) => one === value);
};
const prefersDark = matchMedia('(prefers-color-scheme: dark)').matches;

export const language = signal<Language>(
  fromUrl('lang', ['zh', 'en']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = signal<Theme>(fromUrl('theme', ['light', 'dark']) ?? (prefersDark ? 'dark' : 'light'));
/** The figure whose trace is open; part of the address, so that it can be sent to somebody. */
export const opened = signal<string | null>(url.searchParams.get('trace'));
export const say = computed(() => words[language.value]);

export const site = signal<SiteDescription | null>(null);
export const frame = signal<LiveFrame | null>(null);
/** Milliseconds since the last frame came: the page's own sense of being connected. */
export const silence = signal(0);
export const today = signal<TodaysFlow | null>(null);
export const score = signal<Score | null>(null);
export const failure = signal<string | null>(null);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset.theme = theme.value;
  const address = new URL(location.href);
  address.searchParams.set('lang', language.value);
  address.searchParams.set('theme', theme.value);
  if (opened.value === null) address.searchParams.delete('trace');
  else address.searchParams.set('trace', opened.value);
  history.replaceState(null, '', address);
});

export async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { 'Accept-Language': language.peek() } });
  const body = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Error(body.detail ?? response.statusText);
  return body;
}

export async function start(): Promise<void> {
  followLive();
  try {
    site.value = await get<SiteDescription>('api/site');
    const refresh = async () => {
      today.value = await get<TodaysFlow>('api/today');
    };
    await Promise.all([refresh(), loadScore(site.value)]);
    setInterval(() => refresh().catch(tell), 30_000);
  } catch (error) {
    tell(error);
  }
}

async function loadScore({ packs, lastClosedYear }: SiteDescription): Promise<void> {
  score.value = await get<Score>(`api/score/${packs[0]}/${lastClosedYear}`);
}

function tell(error: unknown): void {
  failure.value = error instanceof Error ? error.message : String(error);
}

/** The browser reconnects by itself; until it does, everything on the page grows old visibly. */
function followLive(): void {
  let last = performance.now();
  new EventSource('api/live').addEventListener('frame', (event) => {
    last = performance.now();
    silence.value = 0;
    failure.value = null;
    frame.value = JSON.parse((event as MessageEvent<string>).data) as LiveFrame;
  });
  setInterval(() => {
    silence.value = Math.round((performance.now() - last) / 1_000) * 1_000;
  }, 1_000);
}
