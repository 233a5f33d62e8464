// Owns the strip of alarms on the first screen: the gravest ones in a line each, or since when there are none.
import { alarmList } from '../alarm-list.ts';
import { age, momentOf, text } from '../format.ts';
import { frame } from '../state.ts';
import { AlarmValue, alarmWords, objectName, SeverityMark } from './alarm-words.tsx';
import { Link } from './link.tsx';

const mostShown = 3;

export function AlarmStrip() {
  const list = alarmList.value;
  if (list === null) return null;
  const words = alarmWords.value;
  if (list.open.length === 0)
    return (
      <p class="alarm-strip calm">
        <span class="met">✓ {words.none}</span>
        {list.quietSince !== null && <small>{words.since(momentOf(list.quietSince))}</small>}
      </p>
    );
  const now = frame.value?.now ?? list.now;
  return (
    <ul class="alarm-strip">
      {list.open.slice(0, mostShown).map((alarm) => (
        <li key={alarm.id} class={alarm.severity}>
          <Link to={{ view: 'alarms', tab: null }}>
            <SeverityMark severity={alarm.severity} />
            <b>{text(alarm.name)}</b>
            <span>{objectName(alarm.object)}</span>
            <span class="value">
              <AlarmValue {...alarm} />
            </span>
            <small>{age(Math.max(0, now - alarm.first))}</small>
          </Link>
        </li>
      ))}
      {list.open.length > mostShown && (
        <li>
          <Link to={{ view: 'alarms', tab: null }}>
            <small>{words.more(list.open.length - mostShown)}</small>
          </Link>
        </li>
      )}
    </ul>
  );
}
