// Owns the way between the screens: plain links, beside the page on a desk and below it on a phone.
import { useEffect, useRef } from 'preact/hooks';
import { screen, screens } from '../state.ts';
import { say } from '../words.ts';
import { Link } from './link.tsx';

const drawings = {
  now: 'M3 12a7 7 0 0 1 14 0M10 12l3-4',
  flow: 'M3 5c7 0 7 3 14 3M3 9c7 0 7 6 14 6M3 15h3',
  workshops: 'M4 5h12M4 10h7M4 15h4',
  load: 'M3 15l4-6 3 3 3-7 4 10',
  tariff: 'M10 3a7 7 0 1 1 0 14a7 7 0 0 1 0-14M10 6v4l3 2',
  carbon: 'M6 15h8a3 3 0 0 0 .4-6A4.6 4.6 0 0 0 5.7 8.6 3.3 3.3 0 0 0 6 15z',
  score: 'M4 5h12M4 10h8M4 15h5M14 14l2 2 3-4',
  snapshots: 'M5 3h10v14l-5-3-5 3z',
  reports: 'M5 3h7l3 3v11H5zM8 9h5M8 12h5',
  quality: 'M4 4h3v3H4zM9 4h3v3H9zM14 4h3v3h-3zM4 9h3v3H4zM9 9h3v3H9zM14 14h3v3h-3zM4 14h3v3H4z',
  alarms: 'M10 3a4.5 4.5 0 0 1 4.5 4.5c0 4 1.5 5 2 6h-13c.5-1 2-2 2-6A4.5 4.5 0 0 1 10 3zM8.5 16.5h3',
  users: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 17a6 6 0 0 1 12 0',
  gateways: 'M4 12h12v4H4zM7 14h.1M10 12V8M6 6a6 6 0 0 1 8 0',
  ledger: 'M5 3h9a2 2 0 0 1 2 2v12H7a2 2 0 0 1-2-2zM5 15a2 2 0 0 1 2-2h9M8.5 6.5h4',
  evidence: 'M6 3h6l3 3v11H6zM12 3v3h3M8.5 11.5l1.8 1.8 3-3.6',
  factors: 'M4 6h6M14 6h2M12 4v4M4 14h2M10 14h6M8 12v4',
} as const;

export function Nav() {
  const words = say.value;
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the bar is longer than the screen.
    const { current } = bar;
    const chosen = current?.querySelector<HTMLElement>('[aria-current]');
    if (current && chosen) current.scrollLeft = chosen.offsetLeft + chosen.offsetWidth / 2 - current.clientWidth / 2;
  }, [screen.value, words]);
  return (
    <nav class="nav" aria-label={words.title} ref={bar}>
      {screens.map((one) => {
        // What is open on one screen is not open on the next.
        const choices = {
          view: one,
          trace: null,
          leaf: null,
          day: null,
          rule: null,
          part: null,
          before: null,
          open: null,
        };
        return (
          <Link key={one} to={choices} aria-current={screen.value === one ? 'page' : undefined}>
            <svg viewBox="0 0 20 20" aria-hidden="true">
              <path d={drawings[one]} />
            </svg>
            {words.screens[one]}
          </Link>
        );
      })}
    </nav>
  );
}
