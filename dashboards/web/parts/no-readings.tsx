// Owns what a range without readings says, and the way out of it.
import { worded } from '../words.ts';
import { Link } from './link.tsx';

const words = worded(
  { none: '此范围内没有读数', lately: '看近 7 日 →' },
  { none: 'There are no readings in this range', lately: 'the last 7 days →' },
);

export function NoReadings() {
  return (
    <p class="empty">
      {words.value.none}{' '}
      <Link to={{ range: 'week', from: null, to: null }} class="todo">
        {words.value.lately}
      </Link>
    </p>
  );
}
