// Owns the screen of users and the record of changes: signing in for whom nobody knows yet, and for others what their role may.
import { choice, go } from '../address.ts';
import { Choices } from '../parts/choices.tsx';
import { DeedList } from '../parts/deed-list.tsx';
import { Field, Form, type Given, Whose } from '../parts/form.tsx';
import { Once } from '../parts/once.tsx';
import { roleNames } from '../parts/role-words.ts';
import { SignIn } from '../parts/sign-in.tsx';
import { TokenList } from '../parts/token-list.tsx';
import { UserList } from '../parts/user-list.tsx';
import { change, session } from '../session.ts';
import { say, worded } from '../words.ts';

const parts = ['users', 'deeds', 'tokens', 'password'] as const;
type Part = (typeof parts)[number];
const part = choice<Part>('part', parts, () => 'users');

const words = worded(
  {
    title: '用户与审计',
    part: '内容',
    parts: { users: '用户', deeds: '审计记录', tokens: '令牌', password: '密码' },
    old: '当前密码',
    password: '新密码',
    atLeast: '至少 10 个字符；其他会话随之结束',
    set: '修改密码',
  },
  {
    title: 'Users and audit',
    part: 'Content',
    parts: { users: 'Users', deeds: 'Changes', tokens: 'Tokens', password: 'Password' },
    old: 'Present password',
    password: 'New password',
    atLeast: 'at least 10 characters; other sessions end',
    set: 'Change password',
  },
);

const changePassword = async ({ old, password }: Given) => {
  await change('PUT', 'api/password', { old, password });
};

export function UsersScreen() {
  const said = words.value;
  const user = session.value?.user;
  if (session.value === null) return <p class="empty">{say.value.loading}</p>;
  if (user === null || user === undefined) return <SignIn />;
  const oversees = user.role === 'manager' || user.role === 'admin';
  const allowed = oversees ? parts : (['tokens', 'password'] as const);
  const shown = allowed.find((one) => one === part.value) ?? allowed[0];
  return (
    <section class="users">
      <h1 class="title">
        {said.title}{' '}
        <small>
          {user.name} · {roleNames.value[user.role]}
        </small>
      </h1>
      <Choices
        name={said.part}
        all={allowed}
        chosen={shown}
        say={(one) => said.parts[one]}
        choose={(one) => go({ part: one, before: null })}
      />
      <Once />
      {shown === 'users' && <UserList />}
      {shown === 'deeds' && <DeedList />}
      {shown === 'tokens' && <TokenList />}
      {shown === 'password' && (
        <Form submit={said.set} send={changePassword}>
          <Whose name={user.name} />
          <Field name="old" label={said.old} kind="password" autocomplete="current-password" />
          <Field
            name="password"
            label={said.password}
            kind="password"
            autocomplete="new-password"
            hint={said.atLeast}
          />
        </Form>
      )}
    </section>
  );
}
