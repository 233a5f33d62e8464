// Owns the bell in the head: how many alarms are open; it is spoken quietly when they change, at once when a critical one came.
import { computed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { newCritical } from '../alarm-list.ts';
import { text } from '../format.ts';
import { frame } from '../state.ts';
import { say } from '../words.ts';
import { alarmWords, objectName } from './alarm-words.tsx';
import { Link } from './link.tsx';

/** Who listens to a page is not told of every change. */
const spokenEvery = 10_000;

/** A frame comes each second, and nearly always with the same of them. */
const opened = computed(() => frame.value?.alarms.open ?? 0);
const unread = computed(() => frame.value?.alarms.fresh ?? 0);
const grave = computed(() => frame.value?.alarms.critical ?? 0);

export function Bell() {
  const words = alarmWords.value;
  const [open, fresh, critical] = [opened.value, unread.value, grave.value];
  const told =
    open === 0 ? words.none : fresh === 0 ? words.count(open) : `${words.count(open)}, ${words.unread(fresh)}`;
  const [spoken, speak] = useState('');
  useEffect(() => {
    const later = setTimeout(() => speak(told), spoken === '' ? 0 : spokenEvery);
    return () => clearTimeout(later);
  }, [told]);
  const came = newCritical.value;
  return (
    <>
      <Link
        to={{ view: 'alarms', tab: null, rule: null, trace: null, leaf: null, day: null }}
        class={`bell ${critical > 0 ? 'critical' : fresh > 0 ? 'fresh' : ''}`}
        aria-label={`${say.value.screens.alarms}: ${told}`}
        data-alarms={String(open)}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M10 3a4.5 4.5 0 0 1 4.5 4.5c0 4 1.5 5 2 6h-13c.5-1 2-2 2-6A4.5 4.5 0 0 1 10 3zM8.5 16.5h3" />
        </svg>
        {open > 0 && <b>{open}</b>}
      </Link>
      <span class="hidden" aria-live="polite">
        {spoken}
      </span>
      <span class="hidden" aria-live="assertive">
        {came === null ? '' : words.critical(`${text(came.name)} ${objectName(came.object)}`)}
      </span>
    </>
  );
}
