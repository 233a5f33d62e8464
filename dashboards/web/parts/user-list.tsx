// Owns the list of users: who may what until when, and how an admin adds, changes, resets and removes one.
import { useState } from 'preact/hooks';
import { type Role, roles } from '../../access/roles.ts';
import type { CodeAnswer, UsersAnswer } from '../../api/answers/access.ts';
import { isoDay, momentOf } from '../format.ts';
import { calendar, dayFrom } from '../range.ts';
import { change, session } from '../session.ts';
import { worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { Field, Form, type Given } from './form.tsx';
import { shownOnce } from './once.tsx';
import { roleNames } from './role-words.ts';

const words = worded(
  {
    name: '用户名',
    role: '角色',
    until: '访问截止',
    last: '最后一日',
    lastHint: '评价人员必填',
    always: '不限期',
    over: '已到期',
    noPassword: '尚未设置密码',
    add: '添加用户',
    reset: '重置',
    remove: '删除',
    code: (name: string) => `${name} 的一次性代码：`,
    sure: (name: string) => `删除 ${name}，连同其会话与令牌？`,
    sureReset: (name: string) => `${name} 的密码与会话将立即失效。继续？`,
    failed: '未能更改',
  },
  {
    name: 'Name',
    role: 'Role',
    until: 'Access until',
    last: 'Last day',
    lastHint: 'an assessor must have one',
    always: 'no end',
    over: 'has ended',
    noPassword: 'no password yet',
    add: 'Add user',
    reset: 'Reset',
    remove: 'Remove',
    code: (name) => `One-time code of ${name}:`,
    sure: (name) => `Remove ${name}, with sessions and tokens?`,
    sureReset: (name) => `The password and the sessions of ${name} end at once. Go on?`,
    failed: 'Not changed',
  },
);

/** The access ends with the last day, at the plant. */
const endOf = (iso: string | undefined): number | null => {
  const start = dayFrom(iso ?? null);
  return start === null ? null : (calendar.peek()?.dayOf(start).end ?? null);
};

const path = (name: string): string => `api/users/${encodeURIComponent(name)}`;
const showCode = ({ name, code }: CodeAnswer): void => {
  shownOnce.value = { what: words.value.code(name), secret: code };
};

export function UserList() {
  const [version, setVersion] = useState(0);
  const [failed, setFailed] = useState<string | null>(null);
  const said = words.value;
  const mayChange = session.value?.user?.role === 'admin';
  const done = () => setVersion((count) => count + 1);
  const act = (work: Promise<unknown>) => {
    setFailed(null);
    work.then(done, (error: Error) => setFailed(error.message));
  };
  const add = async ({ name, role, until }: Given) => {
    showCode(await change<CodeAnswer>('POST', 'api/users', { name, role, expires: endOf(until) }));
    done();
  };
  return (
    <>
      {mayChange && (
        <Form class="line" submit={said.add} send={add}>
          <Field name="name" label={said.name} />
          <RoleField label={said.role} most="admin" />
          <Field name="until" label={said.last} kind="date" required={false} hint={said.lastHint} />
        </Form>
      )}
      {failed !== null && (
        <p class="failure" role="alert">
          {said.failed}: {failed}
        </p>
      )}
      <Answered<UsersAnswer> key={version} path={`api/users?${version}`}>
        {({ users }) => (
          <section class="scroll" tabIndex={0} aria-label={said.name}>
            <table class="access">
              <thead>
                <tr>
                  <th>{said.name}</th>
                  <th>{said.role}</th>
                  <th>{said.until}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {users.map(({ name, role, expires, hasPassword }) => (
                  <tr key={name} data-user={name}>
                    <td>
                      <b>{name}</b> {!hasPassword && <small>{said.noPassword}</small>}
                    </td>
                    <td>
                      {mayChange ? (
                        <select
                          aria-label={`${said.role} ${name}`}
                          value={role}
                          onChange={({ currentTarget }) =>
                            act(change('PUT', path(name), { role: currentTarget.value, expires }))
                          }
                        >
                          {roles.map((one) => (
                            <option key={one} value={one}>
                              {roleNames.value[one]}
                            </option>
                          ))}
                        </select>
                      ) : (
                        roleNames.value[role]
                      )}
                    </td>
                    <td>
                      {mayChange ? (
                        <input
                          type="date"
                          aria-label={`${said.until} ${name}`}
                          value={expires === null ? '' : isoDay(expires - 1)}
                          onChange={({ currentTarget }) =>
                            act(change('PUT', path(name), { role, expires: endOf(currentTarget.value) }))
                          }
                        />
                      ) : (
                        expires !== null && momentOf(expires)
                      )}{' '}
                      {expires === null && <span class="unit">{said.always}</span>}
                      {expires !== null && expires <= Date.now() && <span class="over">{said.over}</span>}
                    </td>
                    <td class="right">
                      {mayChange && (
                        <>
                          <button
                            type="button"
                            class="quiet"
                            onClick={() =>
                              confirm(said.sureReset(name)) &&
                              act(change<CodeAnswer>('POST', `${path(name)}/code`).then(showCode))
                            }
                          >
                            {said.reset}
                          </button>
                          <button
                            type="button"
                            class="quiet"
                            onClick={() => confirm(said.sure(name)) && act(change('DELETE', path(name)))}
                          >
                            {said.remove}
                          </button>
                        </>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </Answered>
    </>
  );
}

export function RoleField({ label, most }: { label: string; most: Role }) {
  return (
    <label class="field">
      <span>{label}</span>
      <select name="role">
        {roles.slice(0, roles.indexOf(most) + 1).map((one) => (
          <option key={one} value={one}>
            {roleNames.value[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
