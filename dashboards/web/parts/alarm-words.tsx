// Owns how an alarm is said: its severity as a sign and a word, its object, its value beside the level.
import type { Alarm, AlarmObject, Severity } from '../../alarms/answers.ts';
import { compact, text, unitText } from '../format.ts';
import { site } from '../state.ts';
import { worded } from '../words.ts';
import { Link } from './link.tsx';

export const alarmWords = worded(
  {
    severities: { critical: '严重', warning: '警告', info: '提示' },
    states: { active: '未确认', acknowledged: '已确认', shelved: '已搁置', cleared: '已恢复' },
    limit: '限值',
    days: '天',
    none: '没有告警',
    since: (when: string) => `自 ${when} 起`,
    count: (count: number) => `${count} 条告警`,
    unread: (count: number) => `${count} 条未确认`,
    more: (count: number) => `另有 ${count} 条`,
    critical: (what: string) => `新的严重告警：${what}`,
    inside: (count: number) => `含 ${count} 条`,
  },
  {
    severities: { critical: 'critical', warning: 'warning', info: 'info' },
    states: { active: 'active', acknowledged: 'noted', shelved: 'shelved', cleared: 'over' },
    limit: 'limit',
    days: 'd',
    none: 'No alarms',
    since: (when) => `since ${when}`,
    count: (count) => `${count} ${count === 1 ? 'alarm' : 'alarms'}`,
    unread: (count) => `${count} not noted`,
    more: (count) => `${count} more`,
    critical: (what) => `New critical alarm: ${what}`,
    inside: (count) => `with ${count} inside`,
  },
);

const signs: Record<Severity, string> = {
  critical: 'M6.5 2h7L18 6.5v7L13.5 18h-7L2 13.5v-7zM10 6v5M10 13.8v.1',
  warning: 'M10 2.5 18.5 17h-17zM10 8v4.5M10 14.6v.1',
  info: 'M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM10 9.2v4.8M10 6.3v.1',
};

export function SeverityMark({ severity, bare = false }: { severity: Severity; bare?: boolean }) {
  const word = alarmWords.value.severities[severity];
  return (
    <span class={`severity ${severity}`}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d={signs[severity]} />
      </svg>
      <span class={bare ? 'hidden' : ''}>{word}</span>
    </span>
  );
}

export function objectName({ kind, id }: AlarmObject): string {
  if (kind === 'file') return id.replace(/^.*[\\/]/, '');
  if (kind === 'site') return site.value === null ? id : text(site.value.name);
  const meter = kind === 'meter' ? site.value?.meters.find((one) => one.id === id) : undefined;
  return meter === undefined ? id : text(meter.name);
}

/** Leads to where the cause is seen. */
export function ObjectLink({ object }: { object: AlarmObject }) {
  const name = objectName(object);
  if (object.kind === 'meter') return <Link to={{ view: 'load', meter: object.id, range: 'today' }}>{name}</Link>;
  if (object.kind === 'gateway') return <Link to={{ view: 'gateways' }}>{name}</Link>;
  if (object.kind === 'site') return <Link to={{ view: 'quality', range: 'year' }}>{name}</Link>;
  return <span>{name}</span>;
}

export function AlarmValue({ value, limit, unit }: Pick<Alarm, 'value' | 'limit' | 'unit'>) {
  if (value === null) return null;
  const written = unit === 'd' ? alarmWords.value.days : unitText(unit);
  return (
    <>
      {unit === '个' ? value : compact(value)} <span class="unit">{written}</span>
      {limit !== null && (
        <small>
          {alarmWords.value.limit} {compact(limit)}
        </small>
      )}
    </>
  );
}
