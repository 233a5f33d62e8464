// Owns the head of the wall display: the plant, the hour in large figures, and how old the picture is.
import { useEffect, useState } from 'preact/hooks';
import { dateOf, hourOf, text } from '../format.ts';
import { calendar, period } from '../range.ts';
import { daysText } from '../spans.ts';
import { frame, ranged, screen, silence, site } from '../state.ts';
import { say } from '../words.ts';
import { LivePill } from './head.tsx';

export function WallHead() {
  const [, tick] = useState(0);
  useEffect(() => {
    const ticking = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(ticking);
  }, []);
  // The server's clock, carried on while it is silent: the wall's own may be wrong.
  const now = frame.value === null ? Date.now() : frame.value.now + silence.value;
  // There is no picker on a wall, and no figure without its days.
  const days =
    !ranged.includes(screen.value) || period.value === null || calendar.value === null
      ? null
      : daysText(period.value, calendar.value);
  return (
    <header class="head wall">
      <p class="plant">
        <span>{site.value === null ? '' : text(site.value.name)}</span>
        <b>{say.value.screens[screen.value]}</b>
        {days !== null && <small>{days}</small>}
      </p>
      <p class="wall-clock">
        <LivePill />
        <span>{dateOf(now)}</span>
        <time>{hourOf(now)}</time>
      </p>
    </header>
  );
}
