// Owns the list of tokens: which programs may ask in whose name, for how long, and when they last did.
import { useState } from 'preact/hooks';
import type { SecretAnswer, TokensAnswer } from '../../api/answers/access.ts';
import { momentOf } from '../format.ts';
import { calendar, dayFrom } from '../range.ts';
import { change, session } from '../session.ts';
import { worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { Field, Form, type Given } from './form.tsx';
import { shownOnce } from './once.tsx';
import { roleNames } from './role-words.ts';
import { RoleField } from './user-list.tsx';

const words = worded(
  {
    hint: '程序以令牌访问接口：Authorization: Bearer …；接口文档见 api/openapi.json。令牌的权限不超过其所有者。',
    name: '用途',
    role: '角色',
    scope: '范围',
    reads: '只读',
    all: '读写',
    wall: '大屏（只读其画面）',
    madeWall: '大屏地址：',
    last: '最后一日',
    owner: '所有者',
    until: '截止',
    always: '不限期',
    used: '上次使用',
    never: '从未',
    make: '创建令牌',
    made: '令牌：',
    revoke: '撤销',
    sure: (name: string) => `撤销令牌 ${name}？`,
    none: '还没有令牌。',
  },
  {
    hint: 'Programs use the API with a token: Authorization: Bearer …; api/openapi.json describes it. A token never may more than its owner.',
    name: 'Purpose',
    role: 'Role',
    scope: 'Scope',
    reads: 'reads only',
    all: 'reads and changes',
    wall: 'screen on a wall',
    madeWall: 'Address of the wall:',
    last: 'Last day',
    owner: 'Owner',
    until: 'Until',
    always: 'no end',
    used: 'Last used',
    never: 'never',
    make: 'Make token',
    made: 'Token:',
    revoke: 'Revoke',
    sure: (name) => `Revoke the token ${name}?`,
    none: 'There is no token yet.',
  },
);

export function TokenList() {
  const [version, setVersion] = useState(0);
  const [failed, setFailed] = useState<string | null>(null);
  const said = words.value;
  const done = () => setVersion((count) => count + 1);
  const make = async ({ name, role, scope, until }: Given) => {
    const start = dayFrom(until ?? null);
    const expires = start === null ? null : (calendar.peek()?.dayOf(start).end ?? null);
    const wall = scope === 'wall';
    const body = { name, role, onlyReads: scope !== 'all', wall, expires };
    const { secret } = await change<SecretAnswer>('POST', 'api/tokens', body);
    const address = `${location.origin}${location.pathname}?kiosk=1&pages=now,flow,carbon#token=${secret}`;
    shownOnce.value = wall ? { what: said.madeWall, secret: address } : { what: said.made, secret };
    done();
  };
  const revoke = (id: string) => {
    setFailed(null);
    change('DELETE', `api/tokens/${id}`).then(done, (error: Error) => setFailed(error.message));
  };
  return (
    <>
      <p class="hint">{said.hint}</p>
      <Form class="line" submit={said.make} send={make}>
        <Field name="name" label={said.name} />
        <RoleField label={said.role} most={session.value?.user?.role ?? 'viewer'} />
        <label class="field">
          <span>{said.scope}</span>
          <select name="scope">
            <option value="reads">{said.reads}</option>
            <option value="all">{said.all}</option>
            {session.value?.user?.role === 'admin' && <option value="wall">{said.wall}</option>}
          </select>
        </label>
        <Field name="until" label={said.last} kind="date" required={false} />
      </Form>
      {failed !== null && (
        <p class="failure" role="alert">
          {failed}
        </p>
      )}
      <Answered<TokensAnswer> key={version} path={`api/tokens?${version}`}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <p class="empty">{said.none}</p>
          ) : (
            <section class="scroll" tabIndex={0} aria-label={said.name}>
              <table class="access">
                <thead>
                  <tr>
                    <th>{said.name}</th>
                    <th>{said.owner}</th>
                    <th>{said.role}</th>
                    <th>{said.scope}</th>
                    <th>{said.until}</th>
                    <th>{said.used}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {tokens.map(({ id, name, user, role, onlyReads, wall, expires, used }) => (
                    <tr key={id}>
                      <td>
                        <b>{name}</b> <small>{id}</small>
                      </td>
                      <td>{user}</td>
                      <td>{roleNames.value[role]}</td>
                      <td>{wall ? said.wall : onlyReads ? said.reads : said.all}</td>
                      <td>{expires === null ? <span class="unit">{said.always}</span> : momentOf(expires)}</td>
                      <td>{used === null ? <span class="unit">{said.never}</span> : momentOf(used)}</td>
                      <td class="right">
                        <button type="button" class="quiet" onClick={() => confirm(said.sure(name)) && revoke(id)}>
                          {said.revoke}
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Answered>
    </>
  );
}
