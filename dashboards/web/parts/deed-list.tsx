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

/** What each way of changing something is called; one that has no name is shown as it is. */
const deeds = worded<Record<string, string>>(
  {
    'PUT /api/alarms/rules/:rule': '修改告警规则',
    'POST /api/alarms/:id/ack': '确认告警',
    'POST /api/alarms/:id/shelve': '搁置告警',
    'POST /api/alarms/:id/unshelve': '取消搁置告警',
    'POST /api/snapshots': '封存、更正或生成草稿',
    'POST /api/reports/planned/:number': '立即生成报表',
    'POST /api/ledger': '登记或修订台账',
    'POST /api/ledger/import': '导入台账',
    'POST /api/evidence': '上传佐证文件',
    'POST /api/session': '登录',
    'POST /api/session/wall': '大屏登录',
    'DELETE /api/session': '退出',
    'POST /api/code': '用一次性代码设置密码',
    'PUT /api/password': '修改密码',
    'POST /api/users': '添加用户',
    'PUT /api/users/:name': '修改用户',
    'DELETE /api/users/:name': '删除用户',
    'POST /api/users/:name/code': '重置用户',
    'POST /api/tokens': '创建令牌',
    'DELETE /api/tokens/:id': '吊销令牌',
  },
  {
    'PUT /api/alarms/rules/:rule': 'changed an alarm rule',
    'POST /api/alarms/:id/ack': 'took note of an alarm',
    'POST /api/alarms/:id/shelve': 'shelved an alarm',
    'POST /api/alarms/:id/unshelve': 'took an alarm from the shelf',
    'POST /api/snapshots': 'sealed, corrected or drafted a year',
    'POST /api/reports/planned/:number': 'made a planned report',
    'POST /api/ledger': 'entered or revised a ledger entry',
    'POST /api/ledger/import': 'imported ledger entries',
    'POST /api/evidence': 'uploaded a document',
    'POST /api/session': 'signed in',
    'POST /api/session/wall': 'a wall signed in',
    'DELETE /api/session': 'signed out',
    'POST /api/code': 'chose a password by a one-time code',
    'PUT /api/password': 'changed a password',
    'POST /api/users': 'added a user',
    'PUT /api/users/:name': 'changed a user',
    'DELETE /api/users/:name': 'removed a user',
    'POST /api/users/:name/code': 'reset a user',
    'POST /api/tokens': 'made a token',
    'DELETE /api/tokens/:id': 'revoked a token',
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
                      <td>{deeds.value[one.route] ?? <code>{one.route}</code>}</td>
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
