// Owns the record of changes as a list: the newest first, older ones page by page.
import type { DeedsAnswer } from '../../api/answers/access.ts';
import { written } from '../address.ts';
import { momentOf } from '../format.ts';
import { worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { CsvButton } from './csv.tsx';
import { Link } from './link.tsx';
import { roleNames } from './role-words.ts';

const words = worded(
  {
    at: '时间',
    who: '用户',
    from: '来源',
    what: '操作',
    subject: '对象',
    outcome: '结果',
    done: '完成',
    older: '更早',
    newest: '最新',
    none: '还没有更改记录。',
    command: '命令行',
    token: '令牌',
    nobody: '未登录',
  },
  {
    at: 'Time',
    who: 'User',
    from: 'From',
    what: 'Change',
    subject: 'Subject',
    outcome: 'Outcome',
    done: 'done',
    older: 'Older',
    newest: 'Newest',
    none: 'Nothing has been changed yet.',
    command: 'command line',
    token: 'token',
    nobody: 'not signed in',
  },
);

const cursor = written('before');
type Item = DeedsAnswer['items'][number];

function whoOf({ who, by, role }: Item): string {
  const said = words.value;
  if (by === 'command') return said.command;
  if (by === 'nobody' || by === 'local') return said.nobody;
  const name = role === '' ? who : `${who} · ${roleNames.value[role]}`;
  return by === 'token' ? `${name} · ${said.token}` : name;
}

export function DeedList() {
  const said = words.value;
  const from = cursor.value;
  return (
    <Answered<DeedsAnswer> path={`api/deeds${from === null ? '' : `?cursor=${encodeURIComponent(from)}`}`}>
      {({ items, next }) => (
        <>
          {items.length === 0 && <p class="empty">{said.none}</p>}
          {items.length > 0 && (
            <section class="scroll" tabIndex={0} aria-label={said.what}>
              <table class="access">
                <thead>
                  <tr>
                    {[said.at, said.who, said.what, said.subject, said.outcome, said.from].map((head) => (
                      <th key={head}>{head}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {items.map((one) => (
                    <tr key={one.number}>
                      <td>{momentOf(one.at)}</td>
                      <td>{whoOf(one)}</td>
                      <td>
                        <code>{one.route}</code>
                      </td>
                      <td>{one.subject}</td>
                      <td class={one.outcome === 'done' ? '' : 'over'}>
                        {one.outcome === 'done' ? said.done : one.outcome}
                      </td>
                      <td class="unit">{one.address}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )}
          <p class="pages">
            {from !== null && <Link to={{ before: null }}>{said.newest}</Link>}
            {next !== null && <Link to={{ before: next }}>{said.older}</Link>}
            <CsvButton
              name="deeds"
              rows={() => [
                [said.at, said.who, said.what, said.subject, said.outcome, said.from],
                ...items.map((one) => [
                  new Date(one.at).toISOString(),
                  whoOf(one),
                  one.route,
                  one.subject,
                  one.outcome,
                  one.address,
                ]),
              ]}
            />
          </p>
        </>
      )}
    </Answered>
  );
}
