// Owns the way between the screens: plain links in groups, beside the page on a desk; on a phone a bar of the most used, and the rest behind it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Screen, screen } from '../state.ts';
import { say, worded } from '../words.ts';
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
} as const satisfies Record<Screen, string>;

/** From what happens now to who may do what: the order in which a day needs them. */
const groups = {
  watch: ['now', 'flow', 'load', 'alarms'],
  analyse: ['workshops', 'tariff', 'carbon', 'quality'],
  assess: ['score', 'snapshots', 'reports', 'evidence', 'ledger'],
  maintain: ['gateways', 'factors', 'users'],
} as const satisfies Record<string, readonly Screen[]>;

/** What a phone's bar has room for; the bell leads to the alarms. */
const often: readonly Screen[] = ['now', 'load', 'carbon', 'score'];

/** What is open on one screen is not open on the next. */
const closed = { trace: null, leaf: null, day: null, rule: null, part: null, before: null, open: null };

const words = worded(
  {
    groups: { watch: '监控', analyse: '分析', assess: '评价与申报', maintain: '运维与管理' },
    more: '更多',
    less: '收起',
  },
  {
    groups: { watch: 'Watch', analyse: 'Analyse', assess: 'Assess', maintain: 'Maintain' },
    more: 'More',
    less: 'Close',
  },
);

export function Nav() {
  const [isOpen, open] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => open(false), [screen.value]);
  return (
    <nav
      class={isOpen ? 'nav open' : 'nav'}
      aria-label={say.value.title}
      onKeyDown={({ key }) => {
        if (key !== 'Escape' || !isOpen) return;
        open(false);
        opener.current?.focus();
      }}
    >
      {(Object.keys(groups) as (keyof typeof groups)[]).map((group) => (
        <ul key={group} aria-label={words.value.groups[group]}>
          <li class="nav-group" aria-hidden="true">
            {words.value.groups[group]}
          </li>
          {groups[group].map((one) => (
            <li key={one} class={often.includes(one) ? 'often' : ''}>
              <Link to={{ view: one, ...closed }} aria-current={screen.value === one ? 'page' : undefined}>
                <Drawing of={drawings[one]} />
                {say.value.screens[one]}
              </Link>
            </li>
          ))}
        </ul>
      ))}
      <button
        type="button"
        ref={opener}
        class={often.includes(screen.value) ? 'more' : 'more within'}
        aria-expanded={isOpen}
        onClick={() => open(!isOpen)}
      >
        <Drawing of={isOpen ? 'M5 8l5 5 5-5' : 'M4 5h12M4 10h12M4 15h12'} />
        {isOpen ? words.value.less : words.value.more}
      </button>
    </nav>
  );
}

function Drawing({ of }: { of: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={of} />
    </svg>
  );
}
