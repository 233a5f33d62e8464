// Owns what the page knows: language, theme, site, the live frame, and what the server answered to each question.
import { effect, type Signal, signal } from '@preact/signals';
import type { TodaysFlow } from '../../scoring/today.ts';
import type { LiveFrame, SiteDescription } from '../live-frame.ts';
import { choice, go, written } from './address.ts';

export const screens = [
  'now',
  'flow',
  'workshops',
  'load',
  'tariff',
  'carbon',
  'score',
  'snapshots',
  'reports',
  'quality',
  'gateways',
  'alarms',
  'ledger',
  'evidence',
  'factors',
  'users',
] as const;
export type Screen = (typeof screens)[number];
/** What these show lies in the range that the reader chose; the others have a time of their own. */
export const ranged: readonly Screen[] = ['flow', 'workshops', 'load', 'tariff', 'quality'];
export type Language = 'zh' | 'en';
export type Theme = 'light' | 'dark';

const prefersDark = matchMedia('(prefers-color-scheme: dark)').matches;

export const screen = choice<Screen>('view', screens, () => 'now');
export const language = choice<Language>('lang', ['zh', 'en'], () =>
  navigator.language.startsWith('zh') ? 'zh' : 'en',
);
export const theme = choice<Theme>('theme', ['light', 'dark'], () => (prefersDark ? 'dark' : 'light'));
/** The figure whose trace is open, and how far down. */
export const opened = written('trace');

export const site = signal<SiteDescription | null>(null);
export const frame = signal<LiveFrame | null>(null);
/** Milliseconds since the last frame came: the page's own sense of being connected. */
export const silence = signal(0);
export const today = signal<TodaysFlow | null>(null);
export const failure = signal<string | null>(null);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset.theme = theme.value;
  go({ lang: language.value, theme: theme.value }, 'replace');
});

export async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { 'Accept-Language': language.peek() } });
  const body = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Error(body.detail ?? response.statusText);
  return body;
}

export async function send<T>(path: string, body: unknown): Promise<T> {
  const { csrf } = await get<{ csrf: string | null }>('api/session');
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      'Accept-Language': language.peek(),
      'Content-Type': 'application/json',
      ...(csrf !== null && { 'x-tanbiao-csrf': csrf }),
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer;
}

export type Answer<T> = { data: T | null; error: string | null };

const mostKept = 24;
const freshFor = 60_000;
type Kept = { answer: Signal<Answer<unknown>>; at: number };
const answers = new Map<string, Kept>();
const changes = signal(0);

/** What the server says to a path: kept for a minute, and shown until a newer answer is there. */
export function ask<T>(path: string): Signal<Answer<T>> {
  changes.value; // whoever shows an answer asks again when something was changed
  const kept = answers.get(path);
  if (kept !== undefined && performance.now() - kept.at < freshFor) return kept.answer as Signal<Answer<T>>;
  const answer = (kept?.answer ?? signal({ data: null, error: null })) as Signal<Answer<T>>;
  answers.delete(path);
  answers.set(path, { answer: answer as Signal<Answer<unknown>>, at: performance.now() });
  const [oldest] = answers.keys();
  if (answers.size > mostKept && oldest !== undefined) answers.delete(oldest);
  get<T>(path).then(
    (data) => {
      answer.value = { data, error: null };
    },
    (error: Error) => {
      answer.value = { data: null, error: error.message };
    },
  );
  return answer;
}

/** The next one who asks has the server asked anew. */
export const forget = (path: string): boolean => answers.delete(path);

/** Something was changed: what is shown is asked for again, and stands until the newer answer is there. */
export function forgetAll(): void {
  for (const kept of answers.values()) kept.at = Number.NEGATIVE_INFINITY;
  changes.value++;
}

export async function start(isReadable: () => Promise<boolean>): Promise<void> {
  try {
    if (!(await isReadable())) return;
    followLive();
    const describe = async () => {
      site.value = await get<SiteDescription>('api/site');
    };
    const refresh = async () => {
      today.value = await get<TodaysFlow>('api/today');
    };
    await Promise.all([describe(), refresh()]);
    setInterval(() => refresh().catch(tell), 30_000);
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  failure.value = error instanceof Error ? error.message : String(error);
}

const reopenAfter = 5_000;

/** The browser reconnects by itself; until it does, everything on the page grows old visibly. */
function followLive(): void {
  let last = performance.now();
  const open = () => {
    const stream = new EventSource('api/live');
    stream.addEventListener('frame', (event) => {
      last = performance.now();
      silence.value = 0;
      failure.value = null;
      frame.value = JSON.parse((event as MessageEvent<string>).data) as LiveFrame;
    });
    // After an answer that is no stream, such as a proxy's while the server starts, the browser gives up: we do not.
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, reopenAfter * (0.5 + Math.random()));
    });
  };
  open();
  setInterval(() => {
    const quiet = Math.floor((performance.now() - last) / 1_000) * 1_000;
    // A frame comes each second: between two of them nothing has grown old.
    silence.value = quiet < 2_000 ? 0 : quiet;
  }, 1_000);
}
