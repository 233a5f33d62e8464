// Owns the wall display: which screens it shows in turn and for how long, and what keeps it whole over weeks.
import { computed, effect } from '@preact/signals';
import { go, written } from './address.ts';
import { calendar } from './range.ts';
import { frame, type Screen, screen, screens } from './state.ts';

const asked = written('kiosk');
export const kiosk = computed(() => asked.value === '1');

const named = written('pages');
const pages = computed<Screen[]>(() =>
  (named.value ?? '').split(',').flatMap((name) => screens.filter((one) => one === name)),
);

const pace = written('every');
const [shortest, usual, longest] = [5, 20, 3_600];
/** 20s or 2m. */
const seconds = computed(() => {
  const [, count, unit] = /^(\d{1,4})(s|m)?$/.exec(pace.value ?? '') ?? [];
  if (count === undefined) return usual;
  return Math.min(longest, Math.max(shortest, Number(count) * (unit === 'm' ? 60 : 1)));
});

const turn = (): void => {
  const list = pages.peek();
  const next = list[(list.indexOf(screen.peek()) + 1) % list.length];
  if (next !== undefined) go({ view: next, trace: null }, 'replace');
};

/** A picture that never moves burns itself into the panel: it wanders by a few pixels. */
const places = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
] as const;
const wanderEvery = 60_000;

effect(() => {
  document.documentElement.toggleAttribute('data-kiosk', kiosk.value);
  if (!kiosk.value) return;
  let place = 0;
  const wander = setInterval(() => {
    place = (place + 1) % places.length;
    const [x, y] = places[place] ?? [0, 0];
    document.body.style.translate = `${x}px ${y}px`;
  }, wanderEvery);
  return () => clearInterval(wander);
});

effect(() => {
  if (!kiosk.value || pages.value.length < 2) return;
  const turning = setInterval(turn, seconds.value * 1_000);
  return () => clearInterval(turning);
});

/** Once a day the page begins anew, with what the server has by then; never while the server is not there. */
const today = computed(() => (frame.value === null ? null : (calendar.value?.dayOf(frame.value.now).start ?? null)));
let began: number | null = null;
effect(() => {
  const now = today.value;
  if (!kiosk.value || now === null) return;
  began ??= now;
  if (now !== began) location.reload();
});
