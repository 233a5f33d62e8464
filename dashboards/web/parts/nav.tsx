// Owns the way between the screens: plain links, beside the page on a desk and below it on a phone.
import { screen, screens } from '../state.ts';
import { say } from '../words.ts';
import { Link } from './link.tsx';

const drawings = {
  now: 'M3 12a7 7 0 0 1 14 0M10 12l3-4',
  flow: 'M3 5c7 0 7 3 14 3M3 9c7 0 7 6 14 6M3 15h3',
  workshops: 'M4 5h12M4 10h7M4 15h4',
  load: 'M3 15l4-6 3 3 3-7 4 10',
  score: 'M4 5h12M4 10h8M4 15h5M14 14l2 2 3-4',
  snapshots: 'M5 3h10v14l-5-3-5 3z',
  reports: 'M5 3h7l3 3v11H5zM8 9h5M8 12h5',
  quality: 'M4 4h3v3H4zM9 4h3v3H9zM14 4h3v3h-3zM4 9h3v3H4zM9 9h3v3H9zM14 14h3v3h-3zM4 14h3v3H4z',
  gateways: 'M4 12h12v4H4zM7 14h.1M10 12V8M6 6a6 6 0 0 1 8 0',
} as const;

export function Nav() {
  const words = say.value;
  return (
    <nav class="nav" aria-label={words.title}>
      {screens.map((one) => {
        // What is open on one screen is not open on the next.
        const choices = { view: one, trace: null, leaf: null, day: null };
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
